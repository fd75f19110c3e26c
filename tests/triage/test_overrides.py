"""Overrides: rules that are quiet, or of another severity, in some places; through the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from imagelint.findings import Finding, Location, Place, SafeText, Severity
from imagelint.triage.overrides import Override, Overrides, Patterns, bad_pattern, names
from tests.dockerfile.linting import rules
from tests.imagemaker import Recipe, docker_archive
from tests.material import password
from tests.triage.commands import TEXT, Command, loud, quiet

BY_PATH = """\
overrides:
  - rules: [DL3006, apt-get-assume-yes]
    paths: ["tools/**"]
    reason: nobody builds these any more
  - rules: apt-get-assume-yes
    severity: note
  - rules: shell-form-entrypoint
    severity: error
    paths: ./app/
"""


def test_by_path_with_a_reason_and_by_severity(command: Command) -> None:
    for folder in ("tools/old", "app"):
        command.write(f"{folder}/Dockerfile", TEXT)
    command.write(".imagelint.yaml", BY_PATH)
    report = command.scan()
    assert quiet(report) == ["apt-get-assume-yes", "base-untagged"]
    for finding in report["findings"]:
        if "suppressed" in finding:
            assert finding["path"] == "tools/old/Dockerfile"
            assert finding["suppressed"] == "ignored by .imagelint.yaml:2"
            assert finding["reason"] == "nobody builds these any more"
    now = {(finding["path"], finding["rule"]): finding["severity"] for finding in report["findings"]}
    assert now["app/Dockerfile", "apt-get-assume-yes"] == "note"
    assert now["app/Dockerfile", "shell-form-entrypoint"] == "error"
    assert now["tools/old/Dockerfile", "shell-form-entrypoint"] == "warning"
    told = report["config"]["overrides"]
    assert [row["findings"] for row in told] == [2, 1, 1]
    assert report["config"]["quieted"] == 2
    assert told[0]["rules"] == ["apt-get-assume-yes", "base-untagged"]


def test_exit_status_goes_by_the_severity_that_it_has_now(command: Command) -> None:
    command.write("Dockerfile", "FROM debian\nUSER app\n")
    assert command("scan", "--no-progress", "--fail-on", "error") == 0
    command.write(".imagelint.yaml", "overrides: [{rules: base-untagged, severity: error}]\n")
    assert command("scan", "--no-progress", "--fail-on", "error") == 1
    command.write(".imagelint.yaml", "overrides: [{rules: base-untagged, severity: note}]\n")
    assert command("scan", "--no-progress") == 0
    assert "1 finding made note by .imagelint.yaml:1" in command.out
    command.write(".imagelint.yaml", "overrides: [{rules: base-untagged, reason: ours}]\n")
    assert command("scan", "--no-progress") == 0
    assert command("scan", "--no-progress", "--no-config") == 1


def test_one_that_is_over_its_day_changes_nothing_and_is_told(command: Command) -> None:
    command.write("Dockerfile", TEXT)
    text = "overrides:\n- {rules: base-untagged, reason: soon, expires: %s}\n- {rules: sudo, reason: none here}\n"
    command.write(".imagelint.yaml", text % "2020-02-29")
    report = command.scan()
    assert "base-untagged" in loud(report)
    assert [(row.get("expired", False), row["findings"]) for row in report["config"]["overrides"]] == [
        (True, 1),
        (False, 0),
    ]
    command("scan", "--no-progress")
    assert "1 override expired: .imagelint.yaml:2" in command.out
    assert "1 override fit nothing: .imagelint.yaml:3" in command.out
    command.write(".imagelint.yaml", text % "2999-12-31")
    assert quiet(command.scan()) == ["base-untagged"]


def test_a_fix_leaves_alone_what_is_ignored(command: Command) -> None:
    file = command.write("Dockerfile", TEXT)
    override = "overrides: [{rules: apt-get-assume-yes, paths: %s, reason: ours}]\n"
    command.write(".imagelint.yaml", override % "Dockerfile")
    command("scan", "--no-progress", "--fix")
    assert "install curl" in file.read_text()
    command.write(".imagelint.yaml", override % "other")
    command("scan", "--no-progress", "--fix")
    assert "install -y curl" in file.read_text()


def test_in_images_by_path_and_by_name(command: Command) -> None:
    entries = [{"path": f"{folder}/.env", "content": f"DB_PASSWORD={password(n)}\n"} for n, folder in enumerate("ab")]
    docker_archive(command.folder / "app.tar", Recipe([entries], config={"User": "app"}, tags=["example:1"]))
    command.write("c.yaml", "overrides: [{rules: secret-in-assignment, paths: /a/**, reason: ours}]\n")
    report = command.scan("--config", "c.yaml", "app.tar")
    found = {finding["path"]: "suppressed" in finding for finding in report["findings"] if "secret" in finding}
    assert found == {"a/.env": True, "b/.env": False}
    for images, fits in (("app.tar", True), ("*.tar", True), ("other.tar", False), ("example:1", False)):
        command.write("c.yaml", f"overrides: [{{rules: secret-in-assignment, images: '{images}', reason: ours}}]\n")
        report = command.scan("--config", "c.yaml", "app.tar")
        assert quiet(report) == ["secret-in-assignment"] * 2 * fits, images
    command.write("Dockerfile", f"FROM debian:12\nENV DB_PASSWORD={password(3)}\n")
    command.write("c.yaml", "overrides: [{rules: secret-in-assignment, images: '**', reason: ours}]\n")
    assert quiet(command.scan("--config", "c.yaml", "Dockerfile")) == []


def test_a_secret_is_quiet_only_where_all_its_places_fit(command: Command) -> None:
    word = f"DB_PASSWORD={password(5)}\n"
    layers = [[{"path": "tests/.env", "content": word}]]
    docker_archive(command.folder / "one.tar", Recipe(layers))
    docker_archive(command.folder / "two.tar", Recipe([[*layers[0], {"path": "srv/.env", "content": word}]]))
    command.write("c.yaml", "overrides: [{rules: secret-in-assignment, paths: tests, reason: a sample}]\n")
    assert "secret-in-assignment" in quiet(command.scan("--config", "c.yaml", "one.tar"))
    assert "secret-in-assignment" in loud(command.scan("--config", "c.yaml", "two.tar"))


def test_files_of_the_context(command: Command) -> None:
    command.write("Dockerfile", "FROM debian:12\nCOPY . /srv\nUSER app\n")
    command.write("tests/settings.py", f'db_password = "{password(6)}"\n')
    for paths, fits in (("tests/**", True), ("Dockerfile", True), ("src/**", False)):
        command.write("c.yaml", f"overrides: [{{rules: secret-in-assignment, paths: '{paths}', reason: a sample}}]\n")
        report = command.scan("--config", "c.yaml")
        assert ("secret-in-assignment" in quiet(report)) is fits, paths


def test_a_comment_of_the_file_comes_first_and_a_baseline_last(command: Command) -> None:
    command.write("Dockerfile", "# imagelint ignore-file=base-untagged reason: by comment\n" + TEXT)
    command.write("c.yaml", "overrides: [{rules: [base-untagged, apt-get-assume-yes], reason: by override}]\n")
    command("baseline", "known.json", "--no-config", "--no-inline-ignores")
    report = command.scan("--config", "c.yaml", "--baseline", "known.json")
    by = {finding["rule"]: finding["suppressed"] for finding in report["findings"]}
    assert by["base-untagged"].startswith("inline: ")
    assert by["apt-get-assume-yes"] == "ignored by c.yaml:1"
    assert by["shell-form-entrypoint"] == "in baseline known.json"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("tools/**", "tools/a/Dockerfile", True),
        ("tools/*", "tools/a/b", True),  # a folder stands for what lies below it
        ("tools/*.txt", "tools/a/b.txt", False),
        ("**/*.txt", "tools/a/b.txt", True),
        ("./tools/", "tools/a", True),
        ("/etc/*.conf", "etc/x.conf", True),
        ("etc", "etcetera/x", False),
        ("etc", "usr/etc/x", False),
        (".", "whatever/x", True),
        ("a.b", "aXb", False),
        ("[ab]/x", "a/x", True),
        ("x.zip", "x.zip!inner", False),
    ],
)
def test_patterns(pattern: str, path: str, fits: bool) -> None:
    assert Patterns([pattern]).fits(path) is fits
    assert not bad_pattern(pattern)


@pytest.mark.parametrize("pattern", ["[", "a\\", "", "/", "a**b**c**d"])
def test_bad_patterns(pattern: str) -> None:
    assert bad_pattern(pattern)


def test_names_of_an_image() -> None:
    assert names("registry:registry.example.org:5000/legacy/app:1") == {
        "registry.example.org:5000/legacy/app:1",
        "registry.example.org:5000/legacy/app",
    }
    assert names("app@sha256:ab") == {"app@sha256:ab", "app"}
    legacy = Patterns(["registry.example.org/legacy/*"])
    assert any(map(legacy.fits, names("registry.example.org/legacy/app:1")))
    assert not any(map(legacy.fits, names("registry.example.org/new/legacy/app:1")))


def test_a_secret_in_too_many_places_is_not_quiet() -> None:
    """Its finding names the first ones only: the one that matters may be among the others."""
    now = Overrides([Override("c:1", ("sudo",), ("a",), reason="x")], rules().rules, "2027-01-01")
    for count, fits in ((999, True), (1000, False)):
        places = tuple(Place(SafeText(f"a/{n}"), 0, 0, "present", "file") for n in range(count))
        finding = Finding(
            "sudo", Severity.ERROR, SafeText(""), SafeText("x"), Location(SafeText("a/0")), "0", "file", places=places
        )
        assert (now.find(finding, True) is not None) is fits


def test_a_slow_pattern_and_a_long_path(command: Command) -> None:
    """Paths are hostile, and patterns are put to each."""
    path = "a/" * 2000 + "b" * 2000
    assert not Patterns(["**/*a*a*a*a*a*a*c", "**/x/**/y/**/z"]).fits(path)


def test_an_override_of_an_unknown_rule_is_told_with_its_place(command: Command, tmp_path: Path) -> None:
    command.write("Dockerfile", TEXT)
    command.write(".imagelint.yaml", "profile: strict\noverrides:\n- rules: [sudoo]\n  reason: x\n")
    assert command("scan") == 2
    assert command.err == "imagelint: .imagelint.yaml:3: there is no rule 'sudoo'; did you mean 'sudo'?\n"
