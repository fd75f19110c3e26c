"""Ignores of a file that nobody should trust: they cost little, leak nothing and hide nothing from the report."""

from __future__ import annotations

import json
import random
import string
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imagelint.dockerfile.ignores import MOST_NAMES
from imagelint.report.interface import FORMATS
from tests.dockerfile.linting import findings, texts
from tests.material import password
from tests.program import imagelint
from tests.triage.inline import loud, quiet

STRICT = ("ignore-unused", "ignore-unknown", "ignore-without-reason", "sudo")


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*imagelint(), "scan", "--no-progress", *words],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def report(*words: str, stdin: str) -> tuple[int, dict[str, Any]]:
    done = run("--no-config", "--format", "json", *words, "-", stdin=stdin)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


QUIET = "FROM debian:12\n# imagelint ignore=sudo,no-user reason: an old script\nRUN sudo a\n"


def test_a_quiet_finding_stays_and_is_counted() -> None:
    status, document = report("--select", "sudo", stdin=QUIET)
    (found,) = document["findings"]
    assert (status, found["suppressed"], found["reason"]) == (
        0,
        "inline: imagelint ignore on line 2",
        "an old script",
    )
    assert document["config"] == {"inline": {"ignore": ["sudo"], "quieted": 1}}
    shown = run("--no-config", "--select", "sudo", "-", stdin=QUIET).stdout
    assert "1 suppressed: 1 by comments in Dockerfiles" in shown


def test_who_does_not_trust_the_file_sees_all_of_it() -> None:
    status, document = report("--select", "sudo", "--no-inline-ignores", stdin=QUIET)
    assert (status, [f.get("suppressed") for f in document["findings"]], document["config"]) == (1, [None], {})


def test_the_configuration_may_say_so_too(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("inline-ignores: false\nselect: [sudo]\n")
    assert run("--config", str(file), "-", stdin=QUIET).returncode == 1
    file.write_text("inline-ignores: perhaps\n")
    done = run("--config", str(file), "-", stdin=QUIET)
    assert (done.returncode, "inline-ignores is true or false" in done.stderr) == (2, True)


def test_sarif_says_where_and_why() -> None:
    done = run("--no-config", "--select", "sudo", "--format", "sarif", "-", stdin=QUIET)
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    (suppression,) = result["suppressions"]
    assert suppression["kind"] == "inSource"
    assert suppression["justification"] == "an old script (inline: imagelint ignore on line 2)"


def test_many_files_in_worker_processes(tmp_path: Path) -> None:
    for number in range(80):
        (tmp_path / f"Dockerfile.{number}").write_text(QUIET)
    done = run("--no-config", "--select", "sudo", "--format", "json", str(tmp_path))
    assert (done.returncode, json.loads(done.stdout)["config"]["inline"]["quieted"]) == (0, 80)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("profile", ["default", "strict"])
def test_a_secret_in_a_comment_never_leaks(form: str, profile: str) -> None:
    value = password(11)
    text = (
        f"FROM debian:12\n# imagelint ignore=sudo reason: the password={value} is old\nRUN sudo a\n"
        f"# hadolint ignore=DL3004 # password={value}\nRUN sudo b\n# checkov:skip=CKV_DOCKER_3:password={value}\n"
        f"# imagelint ignore={value},password={value} reason: x\nRUN sudo c\n"
        f"# imagelint ignore-{value}=sudo\nENV APP_PASSWORD={value}\n"
    )
    done = run("--no-config", "--profile", profile, "--format", form, "-", stdin=text)
    assert value not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_in_a_reason_is_masked_and_the_rest_is_not() -> None:
    value = password(12)
    text = f"FROM a:1\n# imagelint ignore=sudo reason: its password={value}\nRUN sudo a\n"
    (found,) = findings(text, "sudo")
    assert found.reason == "its password=****"
    assert value not in texts(found)


def test_a_secret_that_the_cut_of_a_reason_goes_through() -> None:
    value = password(13)
    text = f"FROM a:1\n# imagelint ignore=sudo reason: {'x ' * 144} password={value} y\nRUN sudo a\n"
    (found,) = findings(text, "sudo")
    assert found.reason is not None
    assert len(found.reason) < 310
    assert value[:4] not in found.reason


@pytest.mark.parametrize("form", ["terminal", "sarif", "json"])
def test_control_characters_never_reach_a_screen(form: str) -> None:
    evil = "\x1b[2J\x07\u202e\u2066\x9b31m ::error::x ##vso[task.x]"
    text = f"FROM a:1\n# imagelint ignore=sudo reason: {evil}\nRUN sudo a\n# imagelint ignore=s\x1b[31mudo reason: x\n"
    shown = run("--no-config", "--profile", "strict", "--format", form, "-", stdin=text).stdout
    assert not {"\x1b", "\x07", "\u202e", "\u2066", "\x9b"} & set(shown)
    assert not any(line.startswith(("::", "##")) for line in shown.split("\n"))


def growth(make: Callable[[int], str], small: int, *rules: str) -> float:
    """How much longer a file of eight times the size takes; a tenth of a second is nothing."""

    def seconds(size: int) -> float:
        started = time.process_time()
        findings(make(size), *rules)
        return time.process_time() - started

    seconds(1)
    return seconds(8 * small) / max(seconds(small), 0.1)


def test_thousands_of_ignores_in_linear_time() -> None:
    def make(size: int) -> str:
        return "FROM a:1\n" + "# imagelint ignore=sudo,no-user reason: x\nRUN sudo a\n" * size

    assert len(quiet(make(3_000), "sudo")) == 3_000
    assert growth(make, 400, "sudo") < 24


def test_thousands_of_ignores_for_one_instruction() -> None:
    comments = "# imagelint ignore=sudo\n" * 4_000
    text = "FROM a:1\n" + comments + "RUN " + " && ".join(["sudo a"] * 300) + "\n"
    assert len(quiet(text, "sudo")) == 300
    assert findings(text, "ignore-unused") == []


def test_names_without_end_are_cut_and_that_is_told() -> None:
    names = ",".join(["no-user"] * MOST_NAMES)
    text = f"FROM a:1\n# imagelint ignore={names}\nRUN sudo a\n# imagelint ignore=sudo\nRUN sudo b\n"
    assert (quiet(text, "sudo"), loud(text, "sudo")) == ([], [3, 5])
    ((line, message),) = [(f.location.line, f.message) for f in findings(text, "ignore-unknown")]
    assert (line, "from here on they count for nothing" in message) == (4, True)


def test_unknown_names_without_end_cost_no_search_each() -> None:
    names = ",".join(f"no-usr{number}" for number in range(3_000))
    found = findings(f"FROM a:1\n# imagelint ignore={names}\nRUN a\n", "ignore-unknown")
    assert len(found) == 3_000
    assert sum("did you mean" in finding.message for finding in found) == 20


@pytest.mark.parametrize(
    ("begin", "again", "end"),
    [
        ("# imagelint ignore=", ", ", ""),
        ("# imagelint ignore=a", " ", "="),
        ("# imagelint ", " ", "ignore"),
        ("# imagelint ignore=", "a", ""),
        ("# imagelint ignore=a", " ,a", " \0"),
        ("# hadolint ignore=", "D , ", "x"),
        ("# hadolint", "\t", "ignore=DL3004"),
        ("# check=skip=", ";", ""),
        ("# check=", " skip", "="),
        ("# checkov:skip=", " ", ""),
        ("#", " ", "pragma: allowlist"),
        ("", "# pragma: allowlist ", ""),
        ("", "#", " pragma"),
    ],
)
def test_strange_comments_are_read_in_linear_time(begin: str, again: str, end: str) -> None:
    def make(size: int) -> str:
        return f"{begin}{again * size}{end}\nFROM a:1\nRUN sudo a\n"

    assert growth(make, 5_000, *STRICT) < 24
    assert loud(make(100), "sudo") == [3]


def test_bytes_that_are_no_text() -> None:
    text = "FROM a:1\n# imagelint ignore=sudo reason: \0 \ufffd \U0001f511 \x80\nRUN sudo a\n"
    assert quiet(text, "sudo") == [3]


def test_what_only_the_strict_profile_finds_is_told_too() -> None:
    letters = random.Random(5)
    value = "".join(letters.choices(string.ascii_letters + string.digits, k=40))
    text = f'FROM debian:12\nRUN tool --blob "{value}" # pragma: allowlist secret\nLABEL blob="{value[::-1]}"\n'
    rule = ("--profile", "strict", "--select", "high-entropy-string")
    _, document = report(*rule, stdin=text)
    by = "inline: pragma: allowlist secret on line 2"
    assert [(f["line"], f.get("suppressed")) for f in document["findings"]] == [(2, by), (3, None)]
    _, document = report(*rule, "--no-inline-ignores", stdin=text)
    assert [(f["line"], f.get("suppressed")) for f in document["findings"]] == [(2, None), (3, None)]
