"""A baseline: what it holds, what stays in it, and what a scan makes of it."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from imagelint.findings import Finding, Location, SafeText, Severity
from imagelint.triage.baseline import match, of_findings
from imagelint.triage.entries import Entry, is_ours, parse, render
from imagelint.triage.images import repository
from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import password
from tests.triage.commands import TEXT, Command, loud, quiet

RULES = ["apt-get-assume-yes", "apt-get-no-recommends", "base-untagged", "shell-form-entrypoint"]


def edit(path: Path, rule: str, **values: str) -> None:
    """Say something about the entries of a rule, as somebody who reviews the file does."""
    rows = [json.loads(line.rstrip(",")) for line in path.read_text().splitlines() if line.startswith('{"place"')]
    for row in rows:
        if row["rule"] == rule:
            row.update(values)
    path.write_text(json.dumps({"imagelint-baseline": 1, "entries": rows}, indent=1))


def test_what_is_known_is_quiet_and_what_is_new_is_not(command: Command) -> None:
    file = command.write("Dockerfile", TEXT)
    assert command("baseline", "known.json", "Dockerfile") == 0
    assert "known.json: 4 entries: 4 new, 0 as before; 0 not found any more" in command.out
    assert "4 entries without a reason" in command.out
    assert [entry["rule"] for entry in command.entries()] == RULES
    assert command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile") == 0
    assert "4 suppressed: 4 in baseline known.json" in command.out
    assert "baseline known.json: 4 of 4 entries found, 4 findings quiet" in command.out
    file.write_text(TEXT + "RUN sudo make\n")
    assert command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile") == 1
    report = command.scan("--baseline", "known.json", "Dockerfile")
    assert quiet(report) == RULES
    assert loud(report) == ["sudo"]
    states = {finding["rule"]: finding["baseline"] for finding in report["findings"]}
    assert states == {**dict.fromkeys(RULES, "unchanged"), "sudo": "new"}
    assert "baseline" not in command.scan("Dockerfile")
    assert all("baseline" not in finding for finding in command.scan("Dockerfile")["findings"])


def test_reasons_and_days_stay_and_what_is_mended_goes(command: Command) -> None:
    file = command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    baseline = command.folder / "known.json"
    edit(baseline, "shell-form-entrypoint", reason="bis zum Frühling", expires="2999-01-31")
    file.write_text("# a line more\n" + TEXT.replace("debian", "debian:12"))
    assert command("baseline", "known.json", "Dockerfile") == 0
    assert "3 entries: 0 new, 3 as before; 1 not found any more" in command.out
    assert "base-untagged in Dockerfile" in command.out
    kept = {entry["rule"]: (entry["reason"], entry["expires"]) for entry in command.entries()}
    assert "base-untagged" not in kept
    assert kept["shell-form-entrypoint"] == ("bis zum Frühling", "2999-01-31")
    assert "Frühling" in baseline.read_text(encoding="utf-8")
    found = command.scan("--baseline", "known.json", "Dockerfile")["findings"]
    assert [f.get("reason") for f in found if f["rule"] == "shell-form-entrypoint"] == ["bis zum Frühling"]
    again = baseline.read_bytes()
    command("baseline", "known.json", "Dockerfile")
    assert baseline.read_bytes() == again


def test_an_expired_entry_keeps_nothing_quiet_and_is_told(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    edit(command.folder / "known.json", "base-untagged", expires="2020-01-31")
    report = command.scan("--baseline", "known.json", "Dockerfile")
    assert loud(report) == ["base-untagged"]
    assert next(f["baseline"] for f in report["findings"] if f["rule"] == "base-untagged") == "unchanged"
    (use,) = report["baseline"]
    assert (use["number_expired"], use["quieted"], use["used"]) == (1, 3, 4)
    assert (use["expired"][0]["rule"], use["expired"][0]["expires"]) == ("base-untagged", "2020-01-31")
    assert command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile") == 1
    assert "1 expired, and quiet no more:" in command.out
    assert "base-untagged in Dockerfile, 2020-01-31" in command.out
    command("baseline", "known.json", "Dockerfile")
    assert "1 expired, and quiet no more:" in command.out
    assert [entry["expires"] for entry in command.entries() if entry["rule"] == "base-untagged"] == ["2020-01-31"]


def test_unused_entries_are_told(command: Command) -> None:
    file = command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    file.write_text("FROM debian:12\n")
    (use,) = command.scan("--baseline", "known.json", "Dockerfile")["baseline"]
    assert (use["number_unused"], use["used"], use["quieted"]) == (4, 0, 0)
    assert [entry["rule"] for entry in use["unused"]] == RULES
    assert [entry["line"] for entry in use["unused"]] == [4, 5, 6, 7]
    command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile")
    assert "4 not found any more:" in command.out
    assert "line 4: apt-get-assume-yes in Dockerfile" in command.out


def test_nothing_is_dropped_when_something_was_not_read(command: Command) -> None:
    file = command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    file.unlink()
    assert command("baseline", "known.json", "Dockerfile") == 3
    assert "4 not found any more, kept since something was not read" in command.out
    assert "not read: Dockerfile" in command.err
    assert [entry["rule"] for entry in command.entries()] == RULES


def test_what_something_else_keeps_quiet_is_not_taken_in(command: Command) -> None:
    command.write("Dockerfile", "# imagelint ignore-file=base-untagged reason: it is ours\n" + TEXT)
    command.write(".imagelint.yaml", "ignore: [apt-get-assume-yes]\n")
    command("baseline", "known.json", "Dockerfile")
    assert [entry["rule"] for entry in command.entries()] == ["apt-get-no-recommends", "shell-form-entrypoint"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("FROM debian\n", "known.json:1:1: no JSON"),
        ('{"version": "1.5.0", "results": {}}', "exists and is no baseline of imagelint; it is not overwritten"),
        ("{}", "exists and is no baseline of imagelint; it is not overwritten"),
        ("[" * 100_000, "no JSON"),
        ("\xff", "no JSON"),
        ('{"imagelint-baseline": 2}', "reads version 1 of a baseline only"),
        ('{"imagelint-baseline": 1, "entrys": []}', "did you mean 'entries'?"),
        ('{"imagelint-baseline": 1, "imagelint-baseline": 1}', "the key 'imagelint-baseline' stands twice"),
        ('{"imagelint-baseline": 1, "entries": {}}', "entries is a list"),
    ],
)
def test_what_is_no_baseline_is_neither_read_nor_overwritten(command: Command, content: str, said: str) -> None:
    command.write("Dockerfile", TEXT)
    path = command.folder / "known.json"
    path.write_bytes(content.encode("latin-1"))
    assert command("baseline", "known.json", "Dockerfile") == 2
    assert said in command.err
    assert command.err.count("\n") == 1
    assert path.read_bytes() == content.encode("latin-1")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{"rule": "x", "fingerprint": "abcdef01", "expires": "31.1.2027"}', "expires is a day, as 2027-01-31"),
        ('{"rule": "x", "fingerprint": "abcdef01", "expires": "2027-02-30"}', "expires is a day"),
        ('{"rule": "x", "fingerprint": "abcdef01", "reson": ""}', "an entry has no 'reson'; did you mean 'reason'?"),
        ('{"rule": "x", "fingerprint": "abcdef01", "reason": null}', "reason is a text"),
        ('{"rule": "x", "fingerprint": "abcdef01", "count": true}', "count is a whole number"),
        ('{"rule": "x", "fingerprint": "abcdef01", "count": 0}', "count is a number from 1 on"),
        ('{"rule": "x", "fingerprint": "Z"}', "a fingerprint is of hexadecimal digits"),
        ('{"fingerprint": "abcdef01"}', "an entry needs a rule"),
        ('{"rule": "x"}', "an entry needs a fingerprint"),
        ("3", "an entry is an object"),
    ],
)
def test_a_mistake_in_an_entry_has_its_line(command: Command, row: str, said: str) -> None:
    command.write("Dockerfile", TEXT)
    first = '{"rule": "base-untagged", "fingerprint": "01234567"},'
    command.write("known.json", f'{{"imagelint-baseline": 1,\n"entries": [\n{first}\n{row}\n]}}\n')
    assert command("scan", "--baseline", "known.json", "Dockerfile") == 2
    line = 4 if "abcdef01" in row or '"Z"' in row else 3
    assert command.err.startswith(f"imagelint: known.json:{line}: {said}")
    assert command.err.count("\n") == 1


def test_a_baseline_that_is_not_there_is_told_before_the_scan(command: Command) -> None:
    assert command("scan", "--baseline", "none.json", "nothing") == 2
    assert "none.json: there is no such baseline; `imagelint baseline none.json` writes one" in command.err
    assert command("baseline", "none/known.json") == 2
    assert "there is no folder none" in command.err
    os.mkfifo(command.folder / "pipe")
    assert command("scan", "--baseline", "pipe") == 2
    assert "not a regular file" in command.err


def test_it_is_written_whole_beside_and_never_through_a_link(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    path = command.folder / "known.json"
    path.chmod(0o600)
    before = path.read_bytes()
    command.write("Dockerfile", TEXT + "RUN sudo make\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert command("baseline", "known.json", "Dockerfile") == 2
    assert "the baseline cannot be written: No space left on device" in command.err
    assert path.read_bytes() == before
    assert sorted(os.listdir(command.folder)) == ["Dockerfile", "known.json"]
    assert command("baseline", "known.json", "Dockerfile") == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (command.folder / "link.json").symlink_to("elsewhere.json")
    assert command("baseline", "link.json", "Dockerfile") == 2
    assert "is a link" in command.err
    assert not (command.folder / "elsewhere.json").exists()


def test_options_of_reports_are_refused(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    for words in (["--show-secrets"], ["--format", "json"], ["--fix"], ["--fail-on", "note"]):
        assert command("baseline", "known.json", "Dockerfile", *words) == 2
        assert f"{words[0]} is for scan" in command.err
    assert not (command.folder / "known.json").exists()


def finding(place: str, target: str = ".", fingerprint: str = "ab" * 16) -> Finding:
    return Finding(
        "rule", Severity.ERROR, SafeText("m"), SafeText(target), Location(SafeText(place)), fingerprint, surface="file"
    )


def test_one_fingerprint_of_many_findings_is_one_entry_for_each_place() -> None:
    known = [Entry("ab" * 16, "rule", "a"), Entry("ab" * 16, "rule", "b", count=2)]
    found = [finding(place) for place in ("c", "b", "a", "b", "b", "a")]
    matched = match(known, of_findings(found, ()))
    assert [(item.location.path, entry.place) for item, entry in matched] == [("b", "b"), ("a", "a"), ("b", "b")]
    assert [entry.used for entry in known] == [1, 2]


def test_an_entry_of_one_image_is_for_no_other() -> None:
    images = {"docker:one:1", "docker:two"}
    found = [finding("a", target) for target in ("docker:two", "docker:one:1")]
    known = [Entry("ab" * 16, "rule", "image: a", image="one")]
    assert [item.target for item, _ in match(known, of_findings(found, images))] == ["docker:one:1"]
    known = [Entry("ab" * 16, "rule", "image: a"), Entry("ab" * 16, "rule", "image: a", image="one")]
    assert [(item.target, entry.image) for item, entry in match(known, of_findings(found, images))] == [
        ("docker:two", ""),
        ("docker:one:1", "one"),
    ]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("docker:app:1.2", "app"),
        ("registry:registry.example.org:5000/team/app", "registry.example.org:5000/team/app"),
        ("registry:registry.example.org:5000/team/app:1@sha256:" + "0" * 64, "registry.example.org:5000/team/app"),
        ("app", "app"),
        ("build/app.tar", "build/app.tar"),
    ],
)
def test_an_image_is_named_without_source_tag_and_digest(target: str, name: str) -> None:
    assert repository(target) == name


def test_what_is_written_can_be_read_whatever_it_says() -> None:
    odd = ['a"b', "line\nfeed", "\u202eright to left", "\udcff", "\U0001f511", "tab\t", "\U000e0041"]
    entries = [Entry("ab" * 16, "rule", text, reason=text, expires="2027-01-31") for text in odd]
    text = render(entries)
    assert text == render(reversed(entries))
    assert len(text.splitlines()) == len(odd) + 5
    assert not {"\u202e", "\udcff", "\U000e0041", "\t"} & set(text)
    document = json.loads(text)
    assert is_ours(document)
    read = parse("file", text, document)
    assert sorted(entry.place for entry in read) == sorted(odd)
    assert [entry.line for entry in read] == list(range(4, 4 + len(odd)))


def planted(folder: Path, word: str, **form: str) -> list[str]:
    """An image with a password, a strange file and a root user, in three forms."""
    layers: list[list[dict[str, Any]]] = [
        [{"path": "etc/motd", "content": "hello"}],
        [
            {"path": "srv/.env", "content": f"# first\nDB_PASSWORD={word}\n"},
            {"path": "usr/bin/x", "mode": 0o4755, "content": "x"},
        ],
    ]
    config = {"Env": [f"ADMIN_PASSWORD={word[::-1]}"]}
    steps = ["COPY a", f"RUN DEPLOY_TOKEN={password(9)} make deploy"]
    recipe = Recipe(layers, config, steps, tags=["example:1"])
    first: list[dict[str, Any]] = [{"path": "new", "content": "n"}]
    moved = Recipe([first, *layers], config, ["ADD new", *steps], tags=["example:2"])
    docker_archive(folder / "old.tar", recipe, layout="24")
    docker_archive(folder / "new.tar", recipe, layout="25")
    oci_layout(folder / "zstd", recipe, compress="zstd")
    oci_layout(folder / "moved", moved, compress="gzip")
    return ["old.tar", "new.tar", "zstd", "moved"]


def test_a_rebuilt_image_has_nothing_new(command: Command) -> None:
    """Another layout, another compression, another tag, a layer more below."""
    first, *others = planted(command.folder, password(1))
    command("baseline", "known.json", first)
    count = len(command.entries())
    assert count >= 4
    assert "image: history" in [entry["place"] for entry in command.entries()]
    for other in others:
        report = command.scan("--baseline", "known.json", other)
        assert loud(report) == [], other
        assert len(quiet(report)) == count
    written = (command.folder / "known.json").read_bytes()
    for other in others:
        command("baseline", "known.json", other)
        assert (command.folder / "known.json").read_bytes() == written


def test_two_images_have_an_entry_each(command: Command) -> None:
    first, *_, last = planted(command.folder, password(1))
    command("baseline", "known.json", first, last)
    entries = command.entries()
    assert {entry["image"] for entry in entries} == {first, last}
    assert loud(command.scan("--baseline", "known.json", first, last)) == []
    (use,) = command.scan("--baseline", "known.json", first)["baseline"]
    assert (use["number_unused"], use["used"]) == (0, len(entries) / 2)
    written = (command.folder / "known.json").read_bytes()
    command("baseline", "known.json", last, first)
    assert (command.folder / "known.json").read_bytes() == written


@pytest.mark.parametrize("above", ["# why\n", "\n\n", "# syntax=docker/dockerfile:1\n", "ARG X=1\n"])
def test_lines_that_come_above_make_nothing_new(command: Command, above: str) -> None:
    text = f"FROM debian:12\nRUN apt-get install curl\nENV DB_PASSWORD={password(2)}\nRUN apt-get install git\n"
    file = command.write("Dockerfile", text)
    command("baseline", "known.json", "Dockerfile")
    before = (command.folder / "known.json").read_bytes()
    assert len(command.entries()) >= 5
    file.write_text(above + text)
    report = command.scan("--baseline", "known.json", "Dockerfile")
    assert not set(loud(report)) & {entry["rule"] for entry in command.entries()}
    (use,) = report["baseline"]
    assert use["number_unused"] == 0
    if not loud(report):
        command("baseline", "known.json", "Dockerfile")
        assert (command.folder / "known.json").read_bytes() == before


def test_hostile_baselines_take_no_time(command: Command) -> None:
    """A discovered configuration may name one."""
    command.write("Dockerfile", "FROM debian:12\n")
    escaped = "\\u0061" * 8
    rows = ",".join(f'{{"rule": "r{n}", "fingerprint": "{escaped}"}}' for n in range(60_000))
    keys = ",".join(f'"{n}": 1' for n in range(200_000))
    started = time.process_time()
    command.write("known.json", f'{{"imagelint-baseline": 1, "entries": [{rows}]}}')
    assert command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile") == 0
    command.write("known.json", f"{{{keys}, {keys}}}")
    assert command("scan", "--no-progress", "--baseline", "known.json", "Dockerfile") == 2
    assert "stands twice" in command.err
    assert time.process_time() - started < 20


def test_detect_secrets_finds_nothing_in_a_baseline(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    command("baseline", "known.json", "Dockerfile")
    assert all(re.fullmatch(r"v1:[0-9a-f]{32}", entry["fingerprint"]) for entry in command.entries())
    words = [sys.executable, "-m", "detect_secrets", "scan", "--no-verify", "--all-files", "known.json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["results"] == {}


def test_a_filter_of_images_is_for_daemons(command: Command) -> None:
    assert command("baseline", "known.json", "Dockerfile", "--filter", "label=x") == 2
    assert "--filter narrows all images of a daemon" in command.err


def test_what_lies_outside_of_the_targets_is_not_looked_for(command: Command) -> None:
    """A hook that scans one Dockerfile of many says nothing of the others, and a baseline of it leaves them alone."""
    for folder in ("a", "b"):
        command.write(f"{folder}/Dockerfile", TEXT)
    entries: list[dict[str, Any]] = [{"path": "srv/.env", "content": f"DB_PASSWORD={password(4)}\n"}]
    docker_archive(command.folder / "app.tar", Recipe([entries]))
    command("baseline", "known.json", ".", "app.tar")
    before = (command.folder / "known.json").read_bytes()
    places = {entry["place"] for entry in command.entries()}
    assert {"a/Dockerfile", "b/Dockerfile", "image: srv/.env"} <= places
    for targets in (["a/Dockerfile"], ["a"], ["."], ["./a/../a/Dockerfile"], [str(command.folder)], ["app.tar"]):
        report = command.scan("--baseline", "known.json", *targets)
        assert loud(report) == [], targets
        assert report["baseline"][0]["number_unused"] == 0, targets
        assert command("baseline", "known.json", *targets) == 0
        assert (command.folder / "known.json").read_bytes() == before, targets
    command.write("a/Dockerfile", "FROM debian:12\n")
    assert command.scan("--baseline", "known.json", "a")["baseline"][0]["number_unused"] == 4
    command("baseline", "known.json", "a/Dockerfile")
    assert {entry["place"] for entry in command.entries()} == places - {"a/Dockerfile"}
    (command.folder / "b/Dockerfile").unlink()
    command("baseline", "known.json", ".")
    assert all(entry["place"].startswith("image: ") for entry in command.entries())
