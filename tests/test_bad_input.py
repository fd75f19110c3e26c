"""Bad input: one clear line each, no traceback, nothing that was found is lost, and the exit status says that there
is a hole."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.imagemaker import Recipe, docker_archive, oci_layout
from tests.material import rsa_key
from tests.program import imagelint

KEY = rsa_key(11)
IMAGE = Recipe(
    layers=[[{"path": "root/key.pem", "content": KEY}], [{"path": "srv/a", "content": "a" * 9000}]],
    config={"User": "app"},
)
BAD_DOCKERFILE = "FROM alpine\nMAINTAINER me\n"


HERE = {**os.environ, "PYTHONPATH": os.getcwd()}


def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    return subprocess.run(
        [*imagelint(), *words],
        capture_output=True,
        text=True,
        input=stdin,
        check=False,
        env=environment,
    )


def scan(*targets: str) -> tuple[int, dict[str, Any]]:
    done = run("scan", "--no-config", "--format", "json", *targets)
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    path = tmp_path / "good" / "Dockerfile"
    path.parent.mkdir()
    path.write_text(BAD_DOCKERFILE)
    return path


def truncated(tmp_path: Path) -> Path:
    path = docker_archive(tmp_path / "cut.tar", IMAGE, layout="25")
    path.write_bytes(path.read_bytes()[:6000])
    return path


def wrong_digest(tmp_path: Path) -> Path:
    folder = tmp_path / "layout"
    oci_layout(folder, IMAGE)
    largest = max((folder / "blobs" / "sha256").iterdir(), key=lambda path: path.stat().st_size)
    data = bytearray(gzip.decompress(largest.read_bytes()))
    data[-1] = 1
    largest.write_bytes(gzip.compress(bytes(data)))
    return folder


def zeros(tmp_path: Path) -> Path:
    path = tmp_path / "zeros.tar"
    with path.open("wb") as file:
        file.truncate(1 << 30)
    return path


def missing(tmp_path: Path) -> Path:
    return tmp_path / "none"


def empty_folder(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("make", [truncated, zeros, missing, empty_folder, pipe], ids=lambda make: make.__name__)
def test_a_bad_target_is_one_line_and_the_others_are_still_scanned(tmp_path: Path, dockerfile: Path, make: Any) -> None:
    bad = make(tmp_path)
    status, report = scan(str(bad), str(dockerfile))
    assert status == 3
    assert len(report["incomplete"]) == 1
    hole = report["incomplete"][0]
    assert hole["target"] == str(bad)
    assert hole["reason"]
    assert "\n" not in hole["reason"]
    assert {finding["target"] for finding in report["findings"]} == {str(dockerfile)}
    lines = run("scan", "--no-config", str(bad)).stdout.splitlines()
    assert sum(str(bad) in line for line in lines) == 1, lines


def test_a_digest_that_does_not_match_is_a_hole_and_what_was_found_is_kept(tmp_path: Path) -> None:
    status, report = scan(str(wrong_digest(tmp_path)))
    assert status == 3
    assert "digest" in report["incomplete"][0]["reason"]
    assert [finding["path"] for finding in report["findings"]] == ["root/key.pem"]


AS_NOBODY = """
import os, sys
from imagelint.engine.compiled import load
from imagelint.report.json import render
from imagelint.scanning import scan
from imagelint.scan_options import Options

options = Options(rules=load())
scan([sys.argv[1]], options)  # imports all it needs from folders that the next user may not be able to read
os.setuid(65534)
render(scan([sys.argv[1]], options), {}, sys.stdout)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_an_unreadable_file_is_a_hole() -> None:
    with TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        for folder in ("a", "b"):
            (top / folder).mkdir()
            (top / folder / "Dockerfile").write_text(BAD_DOCKERFILE)
        (top / "a" / "Dockerfile").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, name], capture_output=True, text=True, check=False, cwd=name, env=HERE
        )
    report = json.loads(done.stdout)
    assert [hole["reason"] for hole in report["incomplete"]] == ["cannot be read: Permission denied"]
    assert {finding["path"] for finding in report["findings"]} == {"b/Dockerfile"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["scan", "--format", "xml"], "invalid choice: 'xml'"),
        (["scan", "--select", "base-untaged"], "did you mean 'base-untagged'?"),
        (["scan", "--status", "gone"], "'gone' is not one of present"),
        (["scan", "--jobs", "0"], "'0' is not a number from 1 to 64"),
        (["scan", "--config", "none.yaml"], "none.yaml: cannot read the configuration"),
        (["scan", "--rules", "nowhere"], "nowhere: not a folder of rules"),
        (["scan", "--output", "no/such/folder/x.json"], "there is no folder no/such/folder"),
        (["explain", "no-such-rule"], "there is no rule 'no-such-rule'"),
        (["extract", "nowhere.tar", "abcdef0123", "-o", "x"], "nowhere.tar: there is no such file"),
        (["extract", "x", "short", "-o", "x"], "at least 8 characters"),
        (["scan", "--selct=x"], "there is no option --selct=x; did you mean '--select'?"),
        (["explain"], "the following arguments are required: RULE; `imagelint explain --help` tells more"),
        (["nonsense"], "there is no command 'nonsense'; there are scan, host, registry, explain, rules, size, extract"),
        (["scn"], "there is no command 'scn'; did you mean 'scan'?"),
        (["."], "there is no command '.'; did you mean `imagelint scan .`?"),
        ([], "usage: imagelint COMMAND"),
    ],
)
def test_wrong_words_are_told_on_standard_error(words: list[str], said: str, dockerfile: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*imagelint(), *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert done.returncode == (3 if "nowhere.tar" in words else 2)
    assert not (tmp_path / "x").exists()


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine\n" + "MAINTAINER me\n" * 3000)
    command = f"{sys.executable} -m imagelint scan --no-config {tmp_path} | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1


def test_standard_input(tmp_path: Path) -> None:
    done = run("scan", "--no-config", "-", "--stdin-filename", "x/Dockerfile", stdin=BAD_DOCKERFILE)
    assert done.returncode == 1
    assert "x/Dockerfile:2:1" in done.stdout


def test_the_exit_status_follows_fail_on(dockerfile: Path) -> None:
    assert run("scan", "--no-config", str(dockerfile)).returncode == 1
    assert run("scan", "--no-config", "--fail-on", "never", str(dockerfile)).returncode == 0
    dockerfile.write_text("FROM scratch\n")
    done = run("scan", "--no-config", "--quiet", str(dockerfile))
    assert (done.returncode, done.stdout) == (0, "")


def test_what_the_configuration_quiets_is_counted(dockerfile: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text("ignore: [maintainer, base-untagged]\n")
    done = run("scan", "--config", str(file), "--format", "json", str(dockerfile))
    report = json.loads(done.stdout)
    assert done.returncode == 0
    assert report["config"]["quieted"] == len(report["findings"]) == 2
    assert {finding["suppressed"] for finding in report["findings"]} == {f"ignored by {file}"}
    assert "2 suppressed" in run("scan", "--config", str(file), str(dockerfile)).stdout


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("tok_(x{20}", "no regular expression: missing ), unterminated subpattern"),
        ("(tok_)x{20}\\\\1", "Hyperscan does not take it: "),
        ("tok_(?=x{20})", "Hyperscan does not take it: "),
        ("tok_x*+{20}", "no regular expression: multiple repeat"),
    ],
)
def test_a_pattern_that_does_not_compile_is_told_with_its_line(
    dockerfile: Path, tmp_path: Path, pattern: str, said: str
) -> None:
    (tmp_path / "rules").mkdir()
    file = tmp_path / "rules" / "my-token.yaml"
    file.write_text(
        "id: my-token\ntitle: My token\nkind: secret\nseverity: error\n"
        f'pattern: "{pattern}"\nkeywords: [tok_]\nrationale: a reason\n'
        'examples:\n  bad:\n    - shape: "tok_{alnum:20}"\n  good:\n    - shape: "tok_{alnum:3}"\n'
    )
    done = run("scan", "--no-config", "--rules", str(tmp_path / "rules"), str(dockerfile))
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if "pattern" in line or said in line][:1]
    assert line.partition(str(file))[2].startswith(":5:")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
