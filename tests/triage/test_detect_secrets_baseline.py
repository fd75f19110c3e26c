"""A baseline that the real detect-secrets wrote keeps the same secrets quiet, and no others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from imagelint.engine.shapes import expand
from tests.material import password, rsa_key
from tests.triage.commands import Command, loud, quiet

NAME = ".secrets.baseline"
ONE, TWO, THREE = password(11), password(12), password(13)


def known_to_detect_secrets(command: Command, *files: str) -> dict[str, Any]:
    """Its baseline of the folder."""
    words = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", "--all-files", *files]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=command.folder)
    (command.folder / NAME).write_text(done.stdout)
    document: dict[str, Any] = json.loads(done.stdout)
    assert document["results"], "detect-secrets found nothing"
    return document


def judge(command: Command, document: dict[str, Any], is_secret: bool) -> None:
    """As `detect-secrets audit` does."""
    for rows in document["results"].values():
        for row in rows:
            row["is_secret"] = is_secret
    (command.folder / NAME).write_text(json.dumps(document))


def secrets(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for finding in report["findings"] if "secret" in finding]


def test_what_it_knows_is_quiet_wherever_the_line_moves(command: Command) -> None:
    file = command.write("Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    document = known_to_detect_secrets(command)
    report = command.scan("--baseline", NAME)
    (found,) = secrets(report)
    assert (found["baseline"], found["suppressed"]) == ("unchanged", f"in baseline {NAME}")
    assert found["reason"] == "in detect-secrets' baseline"
    (use,) = report["baseline"]
    assert (use["form"], use["entries"], use["used"], use["quieted"]) == ("detect-secrets", 1, 1, 1)
    judge(command, document, False)
    assert secrets(command.scan("--baseline", NAME))[0]["reason"] == "audited as no secret in detect-secrets' baseline"
    judge(command, document, True)
    assert secrets(command.scan("--baseline", NAME))[0]["reason"] == "in detect-secrets' baseline"
    file.write_text(f'FROM debian:12\n\n# more\nENV DB_PASSWORD="{ONE}"\n')
    assert secrets(command.scan("--baseline", NAME))[0]["baseline"] == "unchanged"


def test_another_value_is_new_at_the_same_line(command: Command) -> None:
    file = command.write("Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    known_to_detect_secrets(command)
    file.write_text(f'FROM debian:12\nENV DB_PASSWORD="{TWO}"\n')
    report = command.scan("--baseline", NAME)
    assert [finding["baseline"] for finding in secrets(report)] == ["new"]
    assert command("scan", "--no-progress", "--baseline", NAME) == 1


def test_the_same_value_is_new_in_another_file(command: Command) -> None:
    command.write("a/Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    known_to_detect_secrets(command)
    command.write("b/Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    found = {finding["path"]: finding["baseline"] for finding in secrets(command.scan("--baseline", NAME))}
    assert found == {"a/Dockerfile": "unchanged", "b/Dockerfile": "new"}


def test_two_on_one_line_are_told_apart(command: Command) -> None:
    file = command.write("Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    known_to_detect_secrets(command)
    file.write_text(f'FROM debian:12\nENV DB_PASSWORD="{ONE}" ADMIN_PASSWORD="{TWO}"\n')
    found = {finding["column"]: finding["baseline"] for finding in secrets(command.scan("--baseline", NAME))}
    assert list(found.values()).count("unchanged") == 1
    assert found[min(found)] == "unchanged"


def test_a_hash_of_a_beginning_counts_on_its_own_line_only(command: Command) -> None:
    """Its plugin for GitHub gives `ghp` for the whole token, and that for private keys the first line."""
    token, other = expand("ghp_{base62:30}{crc32:github}", "a"), expand("ghp_{base62:30}{crc32:github}", "b")
    file = command.write("Dockerfile", f"FROM debian:12\nRUN echo {token}\n")
    known_to_detect_secrets(command)
    found = secrets(command.scan("--baseline", NAME))
    assert [(finding["rule"], finding["baseline"]) for finding in found] == [("github-token", "unchanged")]
    file.write_text(f"FROM debian:12\nRUN echo {token}\nRUN echo {other}\n")
    found = secrets(command.scan("--baseline", NAME))
    assert sorted((finding["line"], finding["baseline"]) for finding in found) == [(2, "unchanged"), (3, "new")]


def test_files_of_the_context_are_known_too(command: Command) -> None:
    command.write("Dockerfile", "FROM debian:12\nCOPY . /srv\n")
    command.write("conf/app.py", f'# ours\ndb_password = "{ONE}"\n')
    command.write("conf/id.pem", rsa_key(7))
    known_to_detect_secrets(command)
    before = secrets(command.scan())
    assert {finding["surface"] for finding in before} == {"context"}
    assert len(before) == 2
    report = command.scan("--baseline", NAME)
    assert [finding["baseline"] for finding in secrets(report)] == ["unchanged"] * 2
    command.write("conf/app.py", f'# ours\n\n\ndb_password = "{ONE}"\n')
    command.write("conf/id.pem", "moved\n" + rsa_key(8))
    found = {finding["rule"]: finding["baseline"] for finding in secrets(command.scan("--baseline", NAME))}
    assert found == {"secret-in-assignment": "unchanged", "pem-private-key": "new"}
    command.write("more/app.py", f'db_password = "{ONE}"\n')
    assert "new" in [finding["baseline"] for finding in secrets(command.scan("--baseline", NAME))]


def test_standard_input_is_not_what_lies_on_the_disk(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    known_to_detect_secrets(command)
    read, write = os.pipe()
    os.write(write, f'FROM debian:12\nENV DB_PASSWORD="{THREE}"\n'.encode())
    os.close(write)
    with os.fdopen(read) as stream, monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", stream)
        assert [finding["baseline"] for finding in secrets(command.scan("--baseline", NAME, "-"))] == ["new"]


def test_both_baselines_together(command: Command) -> None:
    command.write("Dockerfile", f'FROM debian\nENV DB_PASSWORD="{ONE}"\n')
    known_to_detect_secrets(command)
    assert command("baseline", "known.json", "--baseline", NAME) == 0
    assert [entry["rule"] for entry in command.entries()] == ["base-untagged"]
    report = command.scan("--baseline", NAME, "--baseline", "known.json")
    assert loud(report) == []
    assert quiet(report) == ["base-untagged", "secret-in-assignment"]
    assert [use["quieted"] for use in report["baseline"]] == [1, 1]


def test_no_hash_and_no_value_is_told(command: Command) -> None:
    command.write("Dockerfile", f'FROM debian:12\nENV DB_PASSWORD="{ONE}"\n')
    document = known_to_detect_secrets(command)
    (row,) = document["results"]["Dockerfile"]
    words = ["scan", "--no-progress", "--baseline", NAME, "--format"]
    for form in ("json", "sarif", "terminal"):
        command(*words, form)
        assert ONE not in command.out
        assert row["hashed_secret"] not in command.out


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"version": "1.5.0", "results": []}, "are lists by file"),
        ({"version": "1.5.0", "results": {"a": {}}}, "are lists by file; 'a' is none"),
        ({"version": "1.5.0", "results": {"a": [{"type": "x"}]}}, "an entry for 'a' has no type and hashed_secret"),
        ({"version": "1.5.0", "results": {"a": [3]}}, "an entry for 'a' has no type and hashed_secret"),
        ({"results": {}}, "this is no baseline"),
        ([], "this is no baseline"),
    ],
)
def test_a_broken_one_is_one_line(command: Command, document: object, said: str) -> None:
    command.write("Dockerfile", "FROM debian:12\n")
    command.write(NAME, json.dumps(document))
    assert command("scan", "--baseline", NAME) == 2
    assert said in command.err
    assert command.err.count("\n") == 1


def test_a_plugin_that_it_names_is_never_loaded(command: Command) -> None:
    command.write("Dockerfile", f"FROM debian:12\nENV DB_PASSWORD={TWO}\n")
    command.write("own.py", f"open({str(command.folder / 'ran')!r}, 'w')\n")
    own = {"name": "Own", "path": f"file://{command.folder}/own.py"}
    row = {"type": "Own", "hashed_secret": "0" * 40, "line_number": 2}
    command.write(NAME, json.dumps({"version": "1.5.0", "plugins_used": [own], "results": {"Dockerfile": [row]}}))
    assert loud(command.scan("--baseline", NAME)) == ["secret-in-assignment"]
    assert not (command.folder / "ran").exists()
