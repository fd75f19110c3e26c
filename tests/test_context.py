"""A context through the whole scan: secrets in what a build would take, and targets that mean harm."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagelint import context as room
from imagelint.dockerfile.tree import Entry
from imagelint.engine.shapes import expand
from imagelint.stream import limits
from tests.program import imagelint
from tests.service import fill

TOKEN = expand("glpat-{base62:20}", "context")
LINE = f"TOKEN = '{TOKEN}'\n"


def scan(*words: str, status: int | None = None) -> dict[str, Any]:
    """The report of the command, and nothing on standard error."""
    command = [*imagelint(), "scan", "--format", "json", "--no-config", "--no-progress", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    assert TOKEN not in done.stdout
    if status is not None:
        assert done.returncode == status
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def found(report: dict[str, Any], rule: str = "gitlab-token") -> list[tuple[str, int, list[str]]]:
    """(severity, line, places) of the findings of a rule."""
    return [
        (f["severity"], f["line"], [f"{p['path'].rpartition('/')[2]}:{p.get('line', 0)}" for p in f.get("places", [])])
        for f in report["findings"]
        if f["rule"] == rule
    ]


def test_a_secret_stands_at_the_copy_that_takes_it(tmp_path: Path) -> None:
    fill(tmp_path, {"Dockerfile": "FROM a\nCOPY lib /lib\nCOPY src /src\n", "src/conf.py": "\n" + LINE, "lib/x": "x"})
    report = scan(str(tmp_path), status=1)
    assert found(report) == [("error", 3, ["conf.py:2"])]
    (finding,) = [f for f in report["findings"] if f["rule"] == "gitlab-token"]
    assert finding["surface"] == "context"
    assert finding["secret"]["masked"].startswith("glpat")
    assert finding["message"].startswith(f"GitLab token in {tmp_path}/src/conf.py:2, which COPY takes: ")


def test_sarif_has_the_file_as_a_related_location(tmp_path: Path) -> None:
    fill(tmp_path, {"Dockerfile": "FROM a\nCOPY . /src\n", "conf.py": LINE, "more.py": LINE})
    command = [
        *imagelint(),
        "scan",
        "--format",
        "sarif",
        "--no-config",
        "--select",
        "gitlab-token",
    ]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    (result,) = json.loads(done.stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    related = [place["physicalLocation"]["artifactLocation"]["uri"] for place in result["relatedLocations"]]
    assert [uri.rpartition("/")[2] for uri in related] == ["conf.py", "more.py"]
    assert TOKEN not in done.stdout


def test_only_what_a_build_takes_is_searched(tmp_path: Path) -> None:
    text = "FROM a\nCOPY src /src\n"
    fill(
        tmp_path, {"Dockerfile": text, "conf.py": LINE, "src/a.py": LINE, "src/ok.py": "x", ".dockerignore": "**/a.py"}
    )
    assert found(scan(str(tmp_path))) == []
    fill(tmp_path, {"Dockerfile.dockerignore": "#\n"})
    assert found(scan(str(tmp_path))) == [("error", 2, ["a.py:1"])]


def test_nothing_but_the_dockerfile_is_read_without_a_folder(tmp_path: Path) -> None:
    fill(tmp_path, {"Dockerfile": "FROM a\nCOPY . /src\n", "conf.py": LINE})
    assert found(scan(f"{tmp_path}/Dockerfile")) == []
    assert found(scan("--context", str(tmp_path), f"{tmp_path}/Dockerfile")) == [("error", 2, ["conf.py:1"])]


def test_a_stage_that_does_not_ship_is_a_note(tmp_path: Path) -> None:
    text = "FROM a AS build\nCOPY . /src\nFROM b\nCOPY --from=build /src/x /x\nUSER app\n"
    fill(tmp_path, {"Dockerfile": text, "conf.py": LINE})
    assert found(scan(str(tmp_path))) == [("note", 2, ["conf.py:1"])]
    fill(tmp_path, {"Dockerfile": f"{text}COPY conf.py /\n"})
    assert found(scan(str(tmp_path), status=1)) == [("error", 6, ["conf.py:1"])]


def test_each_dockerfile_of_a_context_is_told(tmp_path: Path) -> None:
    text = "FROM a\nCOPY . /src\n"
    fill(tmp_path, {"a.dockerfile": text, "b.dockerfile": text + f"# {TOKEN}\n", "conf.py": LINE})
    assert [line for _, line, _ in found(scan(str(tmp_path)))] == [2, 2, 3]


def test_what_lies_in_an_archive_is_found(tmp_path: Path) -> None:
    import zipfile

    fill(tmp_path, {"Dockerfile": "FROM a\nADD app.zip /\n"})
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("conf.py", LINE)
    assert [line for _, line, _ in found(scan(str(tmp_path)))] == [2]


def test_a_broken_pattern_is_a_hole_and_the_rest_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, {"Dockerfile": "FROM a\nCOPY . /\n", "a.py": LINE, "b.py": LINE, ".dockerignore": "a.py\n[\n"})
    report = scan(str(tmp_path), status=3)
    assert found(report) == [("error", 2, ["b.py:1"])]
    (hole,) = report["incomplete"]
    assert hole["place"] == f"{tmp_path}/.dockerignore:2"


def test_a_context_that_means_harm(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "key.py").write_text(LINE, encoding="utf-8")
    folder = tmp_path / "in"
    fill(folder, {"Dockerfile": "FROM a\nCOPY . /\n", "ok.py": LINE, "\x1b[31m\n.py": "x", "deep/a": "x"})
    os.mkfifo(folder / "fifo")
    os.mkfifo(folder / "Dockerfile.dockerignore")
    (folder / "link").symlink_to("../out/key.py")
    (folder / "folder").symlink_to("../out")
    (folder / "loop").symlink_to(".")
    with open(os.fsencode(folder) + b"/\xff\xfe.py", "wb") as stream:
        stream.write(LINE.encode())
    deep = folder
    for _ in range(30):
        deep = deep / ("d" * 100)
    os.makedirs(deep)
    with open(folder / "huge.bin", "wb") as stream:
        os.truncate(stream.fileno(), limits.CONTEXT_FILE + 1)
    report = scan(str(folder))
    ((severity, line, places),) = found(report)
    assert (severity, line) == ("error", 2)
    assert places == ["ok.py:1", "\\xff\\xfe.py:1"]
    assert [hole["place"].rpartition("/")[2] for hole in report["incomplete"]] == ["Dockerfile.dockerignore"]
    assert [hole["place"].rpartition("/")[2] for hole in report["limited"]] == ["huge.bin"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_a_hole(tmp_path: Path) -> None:
    fill(tmp_path, {"Dockerfile": "FROM a\nCOPY . /\n", "a.py": "x"})
    (tmp_path / "a.py").chmod(0)
    assert [hole["place"] for hole in scan(str(tmp_path), status=3)["incomplete"]] == [f"{tmp_path}/a.py"]


def test_a_file_that_shrinks_while_it_is_read(tmp_path: Path) -> None:
    size = 3 << 20
    path = tmp_path / "a"
    path.write_bytes(b"x" * size)
    handle = os.open(path, os.O_RDONLY)
    pieces = room._member(Entry("a", "file", size, 0o644), handle, lambda _, why: None)
    read = len(next(pieces))
    os.truncate(path, read)
    assert read + sum(map(len, pieces)) == 512 + size
    os.close(handle)


def test_a_folder_that_became_a_link(tmp_path: Path) -> None:
    fill(tmp_path, {"in/a/x": "x", "out/x": LINE})
    (tmp_path / "in" / "a" / "x").unlink()
    (tmp_path / "in" / "a").rmdir()
    (tmp_path / "in" / "a").symlink_to("../out")
    told: list[str] = []
    archive = room._Archive(str(tmp_path / "in"), [Entry("a/x", "file", 1, 0o644)], lambda e, _: told.append(e.path))
    assert LINE.encode() not in archive.read(1 << 16)
    assert told == ["a/x"]


def test_a_context_must_be_a_folder(tmp_path: Path) -> None:
    command = [*imagelint(), "scan", "--context", str(tmp_path / "gone")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no folder" in done.stderr


def test_a_program_that_lies_nowhere_in_the_context_is_no_hole(tmp_path: Path) -> None:
    """It is looked for in every folder of PATH below what `COPY . /` takes; none of them is there."""
    fill(tmp_path, {"Dockerfile": 'FROM alpine:3.22\nUSER app\nCOPY . /\nENTRYPOINT ["start"]\n', "a.txt": "x"})
    assert scan(str(tmp_path))["incomplete"] == []
