"""--fix, --unsafe-fixes and --diff through the command."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint import cli
from tests.imagemaker import Recipe, docker_archive
from tests.material import password

TEXT = "FROM debian:12\n# why\nRUN apt update \\\n  && apt install curl\nCMD run it\nUSER app\n"
SAFE = (
    TEXT.replace("apt update", "apt-get update")
    .replace("apt install curl", "apt-get install -y curl")
    .replace("curl\n", "curl \\\n  && rm -rf /var/lib/apt/lists/*\n")
)
ALL = SAFE.replace("install -y", "install --no-install-recommends -y").replace("run it", '["run", "it"]')


class Run:
    """The command, in a folder of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        self.file = folder / "Dockerfile"
        self.file.write_text(TEXT, encoding="utf-8")

    def __call__(self, *words: str) -> tuple[int, str]:
        status = cli.run(["scan", "--no-config", "--no-progress", *words])
        return status, self.capsys.readouterr().out

    def json(self, *words: str) -> tuple[int, dict[str, Any]]:
        status, out = self(*words, "--format", "json")
        return status, json.loads(out)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return Run(tmp_path, capsys)


def test_safe_fixes_are_written_and_told(run: Run) -> None:
    status, report = run.json("--fix")
    assert run.file.read_text(encoding="utf-8") == SAFE
    rules = {"apt-for-people": 2, "apt-get-assume-yes": 1, "apt-lists-left": 1}
    assert report["mended"] == [{"path": "Dockerfile", "rules": rules, "written": True}]
    left = {finding["rule"] for finding in report["findings"]}
    assert left.isdisjoint(rules)
    assert {"apt-get-no-recommends", "shell-form-entrypoint"} <= left
    assert status == 1
    assert "mended" not in run.json("--fix")[1]


def test_the_status_is_that_of_the_mended_file(run: Run) -> None:
    assert run("--select", "apt-for-people", "Dockerfile")[0] == 1
    status, out = run("--select", "apt-for-people", "--fix", "Dockerfile")
    assert status == 0
    assert "Dockerfile: 2 findings mended: apt-for-people (2)\n\nno findings in 1 Dockerfile\n" in out


def test_unsafe_fixes_are_all_fixes(run: Run) -> None:
    run("--unsafe-fixes")
    assert run.file.read_text(encoding="utf-8") == ALL


@pytest.mark.parametrize(("option", "text"), [("--diff", SAFE), ("--unsafe-fixes", ALL)])
def test_a_diff_shows_and_writes_nothing(run: Run, option: str, text: str) -> None:
    status, out = run(option, "--diff")
    assert status == 1
    assert run.file.read_text(encoding="utf-8") == TEXT
    assert "Dockerfile: " in out
    assert " can be mended: " in out
    assert "apt-for-people]" in out  # what is reported is the file as it is
    patch, _, _ = out.partition("\n\n")
    subprocess.run(["patch", "-p0", "Dockerfile"], input=patch + "\n", text=True, check=True, capture_output=True)
    assert run.file.read_text(encoding="utf-8") == text


def test_a_diff_masks_secrets_and_the_file_has_them(run: Run) -> None:
    value = password(1)
    run.file.write_text(f"FROM debian:12\nENV APP_PASSWORD {value}\nMAINTAINER {value}\n", encoding="utf-8")
    options = ("--profile", "strict", "--unsafe-fixes")
    _, out = run(*options, "--diff")
    assert value not in out
    assert "+ENV APP_PASSWORD=****\n" in out
    _, report = run.json(*options, "--diff")
    assert value not in json.dumps(report)
    assert any(line.startswith("+LABEL") for line in report["mended"][0]["diff"])
    assert value not in run(*options)[1]
    assert run.file.read_text(encoding="utf-8") == (
        f'FROM debian:12\nENV APP_PASSWORD={value}\nLABEL org.opencontainers.image.authors="{value}"\n'
    )


def test_only_chosen_rules_mend_and_none_that_the_configuration_ignores(run: Run) -> None:
    run("--fix", "--select", "apt-for-people")
    assert run.file.read_text(encoding="utf-8") == TEXT.replace("apt ", "apt-get ")
    config = run.folder / "c.yaml"
    config.write_text("ignore: [apt-get-assume-yes, apt-lists-left]\n", encoding="utf-8")
    before = run.file.read_bytes()
    assert cli.run(["scan", "--config", str(config), "--no-progress", "--fix"]) == 1
    assert run.file.read_bytes() == before


def test_every_file_of_a_folder_and_no_link(run: Run) -> None:
    inner = run.folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "x.dockerfile").write_text(TEXT, encoding="utf-8")
    (inner / "Dockerfile.link").symlink_to("x.dockerfile")
    (run.folder / "README.md").write_text(TEXT, encoding="utf-8")
    outside = run.folder.parent / "real"
    outside.write_text(TEXT, encoding="utf-8")
    named = run.folder / "named"
    named.symlink_to(outside)
    _, report = run.json("--fix", ".", "named", "Dockerfile")
    assert (inner / "x.dockerfile").read_text(encoding="utf-8") == SAFE
    assert run.file.read_text(encoding="utf-8") == SAFE
    assert outside.read_text(encoding="utf-8") == TEXT
    assert (run.folder / "README.md").read_text(encoding="utf-8") == TEXT
    told = {file["path"]: file.get("reason", "") for file in report["mended"]}
    assert told == {
        "Dockerfile": "",
        "a/b/x.dockerfile": "",
        "named": "it is a link, and fixes are written to files only",
    }


def test_images_and_standard_input_are_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    image = docker_archive(run.folder / "image.tar", Recipe([[{"path": "a", "content": "b"}]], {}, None))
    before = image.read_bytes()
    _, out = run("--fix", "image.tar")
    assert "image.tar: not mended: it is an image; fixes are for Dockerfiles\n" in out
    assert image.read_bytes() == before
    for option, expected in (
        ("--fix", "not mended: it was read from standard input"),
        ("--diff", "+RUN apt-get update"),
    ):
        stdin = io.TextIOWrapper(io.BytesIO(TEXT.encode()))
        monkeypatch.setattr("sys.stdin", stdin)
        assert expected in run(option, "-")[1]


def test_formats_without_a_place_for_it_leave_it_to_standard_error(run: Run) -> None:
    assert cli.run(["scan", "--no-config", "--no-progress", "--diff", "--format", "sarif"]) == 1
    out, err = run.capsys.readouterr()
    assert json.loads(out)["version"] == "2.1.0"
    assert "+RUN apt-get update" in err
    assert "Dockerfile: 4 findings can be mended: " in err
