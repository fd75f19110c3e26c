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
    assert first.given["ignore"] == f"{yaml}:3"
    assert second.given["ignore"] == f"{toml}: tool.imagelint.ignore"
    second.file, second.given = first.file, first.given
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


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("profile: strict\n\n# more\nprofil: x\n", 4, "no such setting: 'profil'"),
        ("ignore: [a]\nstatus:\n  - present\n  - gone\n", 4, "status has no 'gone'"),
        ("a: 1\nprofile: strict\nprofile: default\n", 3, "the key 'profile' stands twice"),
        ("parameters:\n  x:\n    y: 1\n  z: 2\n", 4, "parameters has a rule's id"),
        ("inline-ignores: 1\n", 1, "inline-ignores is true or false"),
        ("profile: strikt\n", 1, "profile is one of default, strict; did you mean 'strict'?"),
        ("rules: x\n", 1, "--rules is for the command line only"),
        ("show-secrets: true\n", 1, "--show-secrets is for the command line only"),
        ("baseline:\n- a.json\n- ../b.json\n", 3, "a baseline lies below the folder of the configuration"),
        ("baseline: /etc/passwd\n", 1, "a baseline lies below the folder of the configuration"),
        ("overrides: x\n", 1, "overrides is a list"),
        ("overrides:\n- x\n", 1, "overrides is a list"),
        (
            "overrides:\n- rules: x\n  reason: y\n- path: z\n",
            4,
            "no such key of an override: 'path'; did you mean 'paths'?",
        ),
        ("overrides:\n- paths: x\n  reason: y\n", 2, "an override names its rules"),
        ("overrides:\n- rules: x\n", 2, "an override that ignores needs a reason"),
        ("overrides:\n- rules: x\n  severity: off\n", 3, "severity is one of error, warning, note, ignore"),
        ("overrides:\n- rules: x\n  reason: ' '\n", 3, "reason is a text"),
        ("overrides:\n- rules: []\n  reason: y\n", 2, "rules is empty"),
        ("overrides:\n- rules: x\n  reason: y\n  expires: soon\n", 4, "expires is a day, as 2027-01-31"),
        ("overrides:\n- rules: x\n  reason: y\n  expires: 2027-02-30\n", 4, "expires is a day, as 2027-01-31"),
        (
            "overrides:\n- rules: x\n  reason: y\n  paths:\n  - a\n  - '['\n",
            6,
            "'[' is no pattern: a `[` is not closed",
        ),
        ("overrides:\n- rules: x\n  reason: y\n  paths: [" + "a, " * 2001 + "a]\n", 1, "over 2000 patterns"),
        ("1: x\n", 1, "no such setting: '1'"),
        ("? [a]\n: x\n", 1, "found unhashable key"),
    ],
)
def test_a_mistake_has_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text.replace("a: 1\n", "ignore: x\n"))
    with pytest.raises(UsageError) as caught:
        config.read(str(file))
    assert str(caught.value).startswith(f"{file}:{line}:")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("profil = 1", ": tool.imagelint.profil: no such setting"),
        ("status = ['present', 'gone']", ": tool.imagelint.status[2]: status has no 'gone'"),
        (
            "overrides = [{rules = 'x', reason = 'y'}, {rules = 'x', severity = 3}]",
            ": tool.imagelint.overrides[2].severity: ",
        ),
        ("overrides = [{rules = 'x', reason = 'y', expires = 2027-01-31T00:00:00}]", ".expires: expires is a day"),
        ("profile = 'strict'\nprofile = 'strict'", ": not valid TOML: "),
    ],
)
def test_a_mistake_in_toml_has_its_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text(f"[tool.imagelint]\n{text}\n")
    with pytest.raises(UsageError) as caught:
        config.read(str(file))
    assert str(caught.value).startswith(f"{file}{said}") or said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_overrides_are_the_same_in_both(tmp_path: Path) -> None:
    yaml, toml = tmp_path / "c.yaml", tmp_path / "pyproject.toml"
    yaml.write_text("overrides:\n- rules: [a, b]\n  paths: x/**\n  severity: note\n  expires: 2027-01-31\n")
    toml.write_text(
        "[[tool.imagelint.overrides]]\nrules = ['a', 'b']\npaths = 'x/**'\nseverity = 'note'\nexpires = 2027-01-31\n"
    )
    (first,), (second,) = config.read(str(yaml)).overrides, config.read(str(toml)).overrides
    assert (first.place, second.place) == (f"{yaml}:2", f"{toml}: tool.imagelint.overrides[1]")
    second.place = first.place
    assert first == second
    assert (first.rules, first.paths, first.severity, first.expires) == (("a", "b"), ("x/**",), "note", "2027-01-31")


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]\n",
        "[" * 20_000,
        "x: " + "{a: " * 5_000,
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)),
        "\0",
        "a: !!binary x\n",
        "a: 0x" + "f" * 100_000,
    ],
)
def test_hostile_yaml_is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        config.read(str(file))
    assert len(str(caught.value)) < 1000 + len(str(file))


def test_a_baseline_that_is_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out.json").write_text("{}")
    (tmp_path / "in/known.json").symlink_to("../out.json")
    file = tmp_path / "in/c.yaml"
    file.write_text("baseline: known.json\n")
    with pytest.raises(UsageError, match="below the folder of the configuration"):
        config.read(str(file))
    (tmp_path / "in/known.json").unlink()
    assert config.read(str(file)).baseline == (str(tmp_path / "in/known.json"),)


def test_a_file_that_is_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the configuration"):
        config.read(str(tmp_path / "none.yaml"))
    (tmp_path / "x.toml").write_text("[a]\nb = 1\n")
    with pytest.raises(UsageError, match=r"no \[tool.imagelint\]"):
        config.read(str(tmp_path / "x.toml"))
