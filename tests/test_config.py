"""The configuration: what it may say, and that each mistake is one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint import config
from imagelint.errors import UsageError


def test_yaml_and_toml_say_the_same(tmp_path: Path) -> None:
    yaml, toml = tmp_path / ".imagelint.yaml", tmp_path / "pyproject.toml"
    yaml.write_text("profile: strict\nfail-on: error\nignore: [base-untagged]\nstatus: [present, deleted]\n")
    toml.write_text(
        '[tool.imagelint]\nprofile = "strict"\nfail-on = "error"\nignore = ["base-untagged"]\n'
        'status = ["present", "deleted"]\n'
    )
    first, second = config.read(str(yaml)), config.read(str(toml))
    assert (first.profile, first.fail_on, first.ignore, first.status) == (
        "strict",
        "error",
        ("base-untagged",),
        ("present", "deleted"),
    )
    second.file = first.file
    assert first == second


def test_discovery_prefers_its_own_file_and_passes_over_a_foreign_pyproject(tmp_path: Path) -> None:
    assert config.discover(str(tmp_path)) == config.Config()
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    assert config.discover(str(tmp_path)) == config.Config()
    (tmp_path / "pyproject.toml").write_text('[tool.imagelint]\nprofile = "strict"\n')
    assert config.discover(str(tmp_path)).profile == "strict"
    (tmp_path / ".imagelint.yaml").write_text("profile: default\n")
    assert config.discover(str(tmp_path)).profile == "default"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("show-secrets: true\n", "no such setting: 'show-secrets'"),
        ("parameters: [x]\n", "parameters has a rule's id"),
        ("parameters: {file-too-long: 3}\n", "parameters has a rule's id"),
        ("profil: strict\n", "did you mean 'profile'?"),
        ("profile: loud\n", "profile is one of default, strict"),
        ("ignore: {a: b}\n", "ignore is a list of words"),
        ("status: [gone]\n", "status has no 'gone'"),
        ("- a\n", "a configuration is a mapping"),
        ("a: [\n", "not valid YAML"),
        ("!!python/object/apply:os.system [x]\n", "not valid YAML"),
    ],
)
def test_a_mistake_is_one_line_with_the_file(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        config.read(str(file))
    assert str(caught.value).startswith(str(file))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        config.read(str(tmp_path / "none.yaml"))
    (tmp_path / "x.toml").write_text("[a]\nb = 1\n")
    with pytest.raises(UsageError, match=r"no \[tool.imagelint\]"):
        config.read(str(tmp_path / "x.toml"))
