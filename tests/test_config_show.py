"""`imagelint config`: what is in force and where it comes from, and the schema of the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from imagelint import config
from imagelint.config import schema
from imagelint.config.settings import FLAGS_ONLY, OVERRIDE, SETTINGS
from imagelint.errors import UsageError
from tests.triage.commands import TEXT, Command
from tests.triage.conftest import command as command

FILE = """\
profile: strict
ignore: [DL3006, sudo]
inline-ignores: false
baseline: known.json
parameters:
  file-too-long: {most: 9}
overrides:
  - rules: base-untagged
    paths: [tools]
    reason: "they are \\e[31mold"
    expires: 2999-01-31
"""


def shown(command: Command, *words: str) -> dict[str, list[tuple[Any, str]]]:
    """What `config show` says, by setting."""
    assert command("config", "show", "--format", "json", *words) == 0
    told: dict[str, list[tuple[Any, str]]] = {}
    for row in json.loads(command.out)["settings"]:
        told.setdefault(row["name"], []).append((row["value"], row["from"]))
    return told


def test_what_is_in_force_and_where_it_comes_from(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "--no-config")
    assert {source for rows in shown(command).values() for _, source in rows} == {"default"}
    command.write(".imagelint.yaml", FILE)
    told = shown(command, "--ignore", "DL3015", "--fail-on", "note")
    assert list(told) == list(SETTINGS)
    assert told["profile"] == [("strict", ".imagelint.yaml:1")]
    assert told["fail-on"] == [("note", "flag")]
    assert told["ignore"] == [(["DL3015"], "flag"), (["DL3006", "sudo"], ".imagelint.yaml:2")]
    assert told["inline-ignores"] == [(False, ".imagelint.yaml:3")]
    assert told["baseline"] == [(["known.json"], ".imagelint.yaml:4")]
    assert told["status"] == [(list(SETTINGS["status"].default), "default")]  # type: ignore[call-overload]
    assert told["overrides"][0][0][0]["expires"] == "2999-01-31"
    told = shown(command, "--profile", "default", "--baseline", "known.json")
    assert told["profile"] == [("default", "flag")]
    assert told["baseline"] == [(["known.json"], "flag")]
    assert shown(command, "--no-config")["profile"] == [("default", "default")]


def test_it_agrees_with_a_scan(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "--no-config")
    command.write(".imagelint.yaml", "baseline: known.json\n")
    assert shown(command)["baseline"] == [(["known.json"], ".imagelint.yaml:1")]
    assert command("scan", "--no-progress") == 0
    assert "4 in baseline known.json" in command.out
    assert command("baseline", "known.json") == 0
    assert "4 as before" in command.out
    assert command("scan", "--no-progress", "--no-config") == 1


def test_as_text_with_nothing_that_a_screen_obeys(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "--no-config")
    command.write(".imagelint.yaml", FILE)
    assert command("config", "show") == 0
    assert command.out.startswith("configuration: .imagelint.yaml\nprofile")
    assert "  .imagelint.yaml:8: base-untagged in tools ignored until 2999-01-31: they are \\x1b[31mold" in command.out
    assert "\x1b" not in command.out
    assert '{"file-too-long": {"most": 9}}' in command.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "profile: strict\nparameters: {sudo: {most: 1}}\n",
            ".imagelint.yaml:2: parameters: 'sudo': it has no parameters",
        ),
        ("ignore: [sudoo]\n", ".imagelint.yaml:1: there is no rule 'sudoo'"),
        ("overrides: [{rules: sudoo, reason: x}]\n", ".imagelint.yaml:1: there is no rule 'sudoo'"),
        ("baseline: none.json\n", "none.json: there is no such baseline"),
        ("profil: x\n", "no such setting"),
        ("parameters: {file-too-long: {most: x}}\n", "file-too-long"),
    ],
)
def test_what_a_scan_refuses_it_refuses(command: Command, text: str, said: str) -> None:
    command.write(".imagelint.yaml", text)
    for words in (["config", "show"], ["scan"]):
        assert command(*words) == 2
        assert said in command.err


def test_no_flag_of_a_scan_can_be_set_that_would_weaken_it() -> None:
    assert not set(FLAGS_ONLY) & set(SETTINGS)
    assert {"rules", "output", "show-secrets", "insecure-registry", "resolve", "limit"} <= set(FLAGS_ONLY)


def test_the_schema_is_printed_and_the_copy_is_the_same(command: Command, repository: Path) -> None:
    assert command("config", "schema") == 0
    assert command.out == schema.text()
    copy = repository / "docs/config.schema.json"
    assert copy.read_text() == schema.text(), "make docs writes it anew"
    Draft202012Validator.check_schema(schema.schema())
    assert set(schema.schema()["properties"]) == set(SETTINGS)
    assert set(schema.schema()["properties"]["overrides"]["items"]["properties"]) == set(OVERRIDE)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        (FILE.replace("\\e", ""), True),
        ("profile: default\nselect: sudo\n", True),
        ("status: [present]\nfail-on: never\nexclude: ['a/*']\n", True),
        ("overrides: [{rules: x, severity: note}]\n", True),
        ("overrides: [{rules: x}]\n", False),
        ("overrides: [{rules: x, severity: ignore}]\n", False),
        ("overrides: [{reason: x}]\n", False),
        ("overrides: [{rules: [], reason: x}]\n", False),
        ("overrides: [{rules: x, reason: y, path: z}]\n", False),
        ("overrides: [{rules: x, reason: ' '}]\n", False),
        ("overrides: [{rules: x, reason: y, expires: soon}]\n", False),
        ("overrides: {rules: x}\n", False),
        ("profile: loud\n", False),
        ("status: [gone]\n", False),
        ("status: gone\n", False),
        ("rules: x\n", False),
        ("select: 3\n", False),
        ("inline-ignores: 'no'\n", False),
        ("parameters: {x: 3}\n", False),
        ("- x\n", False),
    ],
)
def test_the_schema_says_what_the_reader_says(tmp_path: Path, text: str, good: bool) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(text)
    plain = json.loads(json.dumps(yaml.safe_load(text), default=str))
    assert Draft202012Validator(schema.schema()).is_valid(plain) is good
    if good:
        assert config.read(str(file)).given
    else:
        with pytest.raises(UsageError):
            config.read(str(file))
