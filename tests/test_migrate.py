"""hadolint's configuration as ours: what comes over, what is told, and that each mistake is one clear line."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from imagelint import config
from imagelint.engine.parameter import checked
from imagelint.errors import UsageError
from imagelint.migrate import migrate
from tests.dockerfile.linting import rules
from tests.material import password
from tests.program import imagelint

WHOLE = """\
failure-threshold: error
ignored:
  - DL3008
  - SC2046
  - DL3030
override:
  error: [DL3008, DL3004]
  info: [DL3049]
trustedRegistries: [docker.io, "*.example.org"]
label-schema:
  author: text
strict-labels: true
disable-ignore-pragma: true
format: json
"""


def turned(text: str, tmp_path: Path) -> tuple[str, list[str]]:
    file = tmp_path / ".hadolint.yaml"
    file.write_text(text)
    return migrate(str(file), rules())


def test_what_has_a_counterpart_is_a_configuration_of_ours(tmp_path: Path) -> None:
    text, _ = turned(WHOLE, tmp_path)
    made = tmp_path / ".imagelint.yaml"
    made.write_text(text)
    found = config.read(str(made))
    assert (found.fail_on, found.ignore, found.inline_ignores) == (
        "error",
        ("apt-get-unpinned", "dnf-assume-yes"),
        False,
    )
    assert "- apt-get-unpinned  # DL3008\n" in text


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        ("ignored: SC2046", "ShellCheck"),
        ("ignored: DL3030", "dnf-assume-yes stands for DL3038 too"),
        ("format", "--format"),
    ],
)
def test_what_has_none_is_told(begin: str, said: str, tmp_path: Path) -> None:
    _, told = turned(WHOLE, tmp_path)
    (line,) = [line for line in told if line.startswith(f"{begin}:")]
    assert said in line
    assert "example.org" not in "".join(told)


def test_registries_and_labels_become_parameters(tmp_path: Path) -> None:
    text, told = turned(WHOLE, tmp_path)
    made = tmp_path / ".imagelint.yaml"
    made.write_text(text)
    settings = checked(config.read(str(made)).parameters, rules().by_id, "")
    assert settings == {
        "base-registry-not-allowed": {"allowed": ("docker.io", "*.example.org")},
        "label-required-missing": {"required": ("author",)},
        "label-not-allowed": {"allowed": ("author",)},
    }
    assert not any(line.startswith(("trustedRegistries", "label-schema", "strict-labels")) for line in told)


def test_what_no_parameter_takes_is_told(tmp_path: Path) -> None:
    text, told = turned(
        "trustedRegistries: [hub.docker.com, 'reg*']\nlabel-schema: {created: rfc3339, x y: text}\n", tmp_path
    )
    assert yaml.safe_load(text)["parameters"] == {
        "base-registry-not-allowed": {"allowed": ["docker.io"]},
        "label-required-missing": {"required": ["created"]},
    }
    assert sum("1 of 2 entries are no hosts" in line for line in told) == 1
    assert sum("1 of 2 are no keys of labels" in line for line in told) == 1
    assert sum("1 of 1 labels with a type" in line for line in told) == 1
    text, told = turned("strict-labels: true\n", tmp_path)
    assert "parameters" not in (yaml.safe_load(text) or {})
    assert any(line.startswith("strict-labels: without") for line in told)


def test_severities_become_overrides(tmp_path: Path) -> None:
    text, told = turned("ignored: [DL3008]\noverride: {info: [DL3004, DL3008], error: [DL3006, DL3030]}\n", tmp_path)
    made = tmp_path / ".imagelint.yaml"
    made.write_text(text)
    found = {override.rules: override.severity for override in config.read(str(made)).overrides}
    assert found == {("sudo",): "note", ("base-untagged", "dnf-assume-yes"): "error"}
    assert "- sudo  # DL3004\n" in text
    assert "override: DL3030: dnf-assume-yes stands for DL3038 too: all become error" in told


def test_a_severity_that_is_ours_already_is_none(tmp_path: Path) -> None:
    severity = rules().by_id["sudo"].severity.value
    text, told = turned(f"override: {{{severity}: [DL3004]}}\n", tmp_path)
    assert "overrides" not in text
    assert not any("DL3004" in line for line in told)


@pytest.mark.parametrize(
    ("text", "fail_on"),
    [
        ("failure-threshold: warning", "warning"),
        ("failure-threshold: style", "note"),
        ("failure-threshold: none", "note"),
        ("failure-threshold: error\nno-fail: true", "never"),
        ("no-fail: true\nfailure-threshold: error", "never"),
        ("no-fail: false", None),
        ("", None),
        ("ignored:", None),
    ],
)
def test_the_threshold(text: str, fail_on: str | None, tmp_path: Path) -> None:
    made, _ = turned(text + "\n", tmp_path)
    assert (yaml.safe_load(made) or {}).get("fail-on") == fail_on


def test_rules_of_the_strict_profile_are_named(tmp_path: Path) -> None:
    strict = [line for line in turned("ignored: [DL3018]\n", tmp_path)[1] if "profile: strict" in line]
    assert len(strict) == 1
    assert "DL3008" in strict[0]
    assert "DL3018" not in strict[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ignored: [\n", "not valid YAML"),
        ("!!python/object/apply:os.system [x]\n", "not valid YAML"),
        ("- DL3008\n", "is a mapping"),
        ("ignored: {a: b}\n", "ignored is a list of rule ids"),
        ("trustedRegistries: {a: b}\n", "trustedRegistries is a list of registries"),
        ("label-schema: [a]\n", "label-schema has keys of labels"),
        ("ignored: [1]\n", "ignored is a list of rule ids"),
        ("override: [DL3008]\n", "override has lists of rules under error, warning, info, style"),
        ("override: {fatal: [DL3008]}\n", "override has lists of rules under"),
        ("failure-threshold: loud\n", "failure-threshold is one of error, warning"),
        ("failure-threshold: [error]\n", "failure-threshold is one of error, warning"),
        ("no-fail: perhaps\n", "no-fail is true or false"),
    ],
)
def test_a_mistake_is_one_line_with_the_file(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        turned(text, tmp_path)
    assert str(caught.value).startswith(str(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_that_stands_there_by_mistake_is_repeated(tmp_path: Path) -> None:
    value = password(21)
    file = f"ignored: [{value}, DL3008]\n{value}: 1\n'a\\x1b[31m': 2\nignord: [DL3006]\n"
    file += f"trustedRegistries: 'x:{value}@example.org'\n"
    text, told = turned(file, tmp_path)
    assert value not in text + "".join(told)
    assert "ignored: 1 of 2 entries are no rule ids, as DL3008 or SC2046" in told
    assert any("did you mean 'ignored'?" in line for line in told)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*imagelint(), *words], capture_output=True, text=True, check=False)


def test_the_command(tmp_path: Path) -> None:
    file = tmp_path / ".hadolint.yaml"
    file.write_text("ignored: [DL3008, SC2046]\n")
    done = run("migrate", str(file))
    assert done.returncode == 0
    assert yaml.safe_load(done.stdout) == {"ignore": ["apt-get-unpinned"]}
    assert "imagelint: ignored: SC2046: " in done.stderr
    file.write_text("ignored: [\n")
    done = run("migrate", str(file))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert run("migrate", str(tmp_path / "none")).returncode == 2
