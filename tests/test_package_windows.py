"""The installed command without what Windows does not have: fork, descriptors of folders, owners, signals.

Not the real thing: that is on the list of docs/releasing.md. But each name that only POSIX has is gone here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from imagelint import context, paths
from imagelint.dockerfile import tree
from tests import wheels
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

pytestmark = pytest.mark.slow

WITHOUT = """\
import multiprocessing, os, signal, sys

def refuse(name):
    raise ValueError(f"cannot find context for {name!r}")

def opened(path, flags, mode=0o777, *, dir_fd=None, real=os.open):
    if dir_fd is not None:
        raise NotImplementedError("dir_fd unavailable on this platform")
    if os.path.isdir(path):
        raise PermissionError(13, "Permission denied", path)
    return real(path, flags, mode)

flags = [name for name in dir(os) if name in ("O_NOFOLLOW", "O_DIRECTORY", "O_NONBLOCK", "O_CLOEXEC", "O_SYNC")]
for name in ["fork", "geteuid", "getuid", "fchmod", "preadv", "pread", "killpg", "mkfifo", "statvfs", *flags]:
    delattr(os, name)
for name in ["pthread_sigmask", "SIGHUP", "SIGKILL", "SIGALRM"]:
    delattr(signal, name)
for name in ["fcntl", "grp", "pwd", "resource", "termios"]:
    sys.modules[name] = None
os.open, os.supports_dir_fd, multiprocessing.get_context = opened, set(), refuse
from imagelint import cli
cli.main()
"""
KEY, WORD = rsa_key(11), password(11)


def windows(installed: Path, folder: Path, *words: str, status: Sequence[int] = (0,)) -> str:
    return wheels.run(installed.with_name("python"), "-c", WITHOUT, *words, folder=folder, status=status)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Enough Dockerfiles to be worth workers, a build context with a key and a link out of it, an image of 2 layers."""
    folder = tmp_path / "project"
    (folder / "conf/inner").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM debian:12\nCOPY conf /conf\nRUN apt-get install curl\n")
    (folder / "conf/inner/server.pem").write_text(KEY)
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/settings.cnf").write_text(f"[client]\npassword = {WORD}\n")
    (folder / "conf/linked").symlink_to(tmp_path / "outside")
    for number in range(40):
        (folder / f"{number}.dockerfile").write_text(f"FROM debian:12\nRUN apt-get install a{number}\n")
    layers = [
        [{"path": f"srv/{number}/.my.cnf", "content": f"[client]\r\npassword = {WORD}\r\n"}] for number in range(2)
    ]
    docker_archive(folder / "image.tar", Recipe(layers=layers))
    return folder


def test_a_scan_finds_the_same(installed: Path, project: Path) -> None:
    words = ("scan", ".", "image.tar", "--format", "json", "--no-cache")
    usual = json.loads(wheels.run(installed, *words, folder=project, status=(1,)))
    found = json.loads(windows(installed, project, *words, status=(1,)))
    assert found["findings"] == usual["findings"]
    assert found["incomplete"] == usual["incomplete"] == []
    assert {"pem-private-key", "password-in-credentials-file"} <= {finding["rule"] for finding in found["findings"]}
    assert len(found["findings"]) > 40


def test_a_finding_is_extracted_byte_for_byte(installed: Path, project: Path) -> None:
    found = json.loads(windows(installed, project, "scan", "image.tar", "--format", "json", status=(1,)))["findings"]
    finding = next(each for each in found if each["rule"] == "password-in-credentials-file")
    windows(installed, project, "extract", "image.tar", finding["fingerprint"], "-o", "out")
    assert (project / "out").read_bytes() == f"[client]\r\npassword = {WORD}\r\n".encode()


def test_a_fix_is_refused_and_a_baseline_written(installed: Path, project: Path) -> None:
    before = (project / "Dockerfile").read_bytes()
    told = windows(installed, project, "scan", "Dockerfile", "--fix", status=(1, 3))
    assert "use --diff" in told
    assert (project / "Dockerfile").read_bytes() == before
    assert "+RUN apt-get install -y" in windows(installed, project, "scan", "Dockerfile", "--diff", status=(1,))
    windows(installed, project, "baseline", "known", "Dockerfile")
    windows(installed, project, "scan", "Dockerfile", "--baseline", "known")


def test_what_a_link_leads_to_is_not_opened(project: Path) -> None:
    folders = context._Paths(str(project))
    os.close(folders.open("conf/inner/server.pem"))
    with pytest.raises(OSError, match="a link leads to it"):
        folders.open("conf/linked/settings.cnf")


def test_another_drive_is_no_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    def relpath(path: str, start: str) -> str:
        raise ValueError(f"path is on mount {path!r}, start on mount {start!r}")

    monkeypatch.setattr(os.path, "relpath", relpath)
    assert paths.relative("D:/images/Dockerfile") == "D:/images/Dockerfile"
    monkeypatch.undo()
    assert paths.relative("/srv/a", "/srv") == "a"


def test_below() -> None:
    assert paths.lies_below("/srv/a", "/srv")
    assert paths.lies_below("/srv", "/srv")
    assert paths.lies_below("/srv", "/")
    assert not paths.lies_below("/srv-2", "/srv")


def test_scripts_sent_from_windows_can_be_executed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "run.sh").touch(mode=0o644)
    unsaid: list[str] = []
    shown = SimpleNamespace(**{**vars(os), "name": "nt"})
    monkeypatch.setattr(tree, "os", shown)
    entry = tree.Tree(str(tmp_path), lambda *_: unsaid.append("note"), lambda *_: unsaid.append("cut")).at("run.sh")
    assert entry is not None
    assert entry.mode == 0o755
    assert not unsaid


def test_the_prelude_takes_something_away(installed: Path, tmp_path: Path) -> None:
    """What would use one of the names above does fail."""
    code = WITHOUT.replace("cli.main()", "os.open('.', os.O_RDONLY | os.O_DIRECTORY)")
    done = subprocess.run(
        [installed.with_name("python"), "-c", code], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert "has no attribute 'O_DIRECTORY'" in done.stderr
