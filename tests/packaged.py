"""Root file systems with packages in them, made by dpkg and rpm themselves; apk's database by hand, as its format says.

Nothing runs inside of them: the packages have no scripts.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import struct
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Files = Mapping[str, str | bytes]


def dpkg(root: Path, name: str, files: Files, *, version: str = "1", conffiles: Iterable[str] = ()) -> Path:
    """Build a Debian package of these files and install it below the root."""
    source = root.parent / f"{name}-{version}-deb"
    _write(source, files)
    (source / "DEBIAN").mkdir()
    control = f"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: a\n"
    (source / "DEBIAN" / "control").write_text(control)
    if conffiles:
        (source / "DEBIAN" / "conffiles").write_text("".join(f"/{path}\n" for path in conffiles))
    package = source.with_suffix(".deb")
    _run("dpkg-deb", "--root-owner-group", "--build", str(source), str(package))
    dpkg_do(root, "--install", str(package))
    return root


def dpkg_do(root: Path, *words: str) -> None:
    """One call of dpkg on the root."""
    for folder in ("info", "updates"):
        (root / "var/lib/dpkg" / folder).mkdir(parents=True, exist_ok=True)
    status = root / "var/lib/dpkg/status"
    status.write_bytes(status.read_bytes() if status.exists() else b"")
    _run("dpkg", f"--root={root}", "--force-not-root", "--force-bad-path", "--log=/dev/null", *words)


def dpkg_divert(root: Path, path: str) -> None:
    """Divert a file by hand to PATH.distrib."""
    words = ["--root", str(root), "--local", "--rename", "--divert", f"/{path}.distrib", "--add", f"/{path}"]
    _run("dpkg-divert", *words)


def rpm(root: Path, name: str, files: Files, given: Mapping[str, str] | None = None) -> Path:
    """Build an RPM package of these files and install it below the root, with its database where Fedora has it.
    `given`: what stands ahead of some of them in the list of files."""
    build = root.parent / f"{name}-rpm"
    _write(build / "files", files)
    listed = "\n".join(f"{(given or {}).get(path, '')} /{path}" for path in files)
    spec = build / "a.spec"
    spec.write_text(
        f"Name: {name}\nVersion: 1\nRelease: 1\nSummary: a\nLicense: none\nBuildArch: noarch\n%description\na\n"
        f"%install\nmkdir -p %{{buildroot}}\ncp -a {build}/files/. %{{buildroot}}/\n%files\n{listed}\n"
    )
    _run("rpmbuild", "-bb", "--nodeps", "--define", f"_topdir {build}/top", "--define", f"_tmppath {build}", str(spec))
    root.mkdir(exist_ok=True)
    (made,) = (build / "top/RPMS/noarch").iterdir()
    _run("rpm", "--root", str(root), "--dbpath", "/usr/lib/sysimage/rpm", "--nodeps", "--install", str(made))
    return root


def apk(files: Files) -> str:
    """The paragraph of a package in apk's installed database."""
    lines = ["C:Q1AAAA", "P:a", "V:1-r0", "A:noarch", "T:a package"]
    folder = None
    for path, content in sorted(files.items()):
        parent, _, name = path.rpartition("/")
        if parent != folder:
            lines += [f"F:{parent}", "M:0:0:755"]
            folder = parent
        digest = hashlib.sha1(_bytes(content), usedforsecurity=False).digest()
        lines += [f"R:{name}", "a:0:0:644", f"Z:Q1{base64.b64encode(digest).decode()}"]
    return "\n".join([*lines, "", ""])


def rpm_header(files: Sequence[tuple[str, str, bytes]], *, claim: int = -1, index: int = -1) -> bytes:
    """The header of a package as rpm's database keeps it, from (folder, name, digest). `claim`: a count that is not
    true; `index`: of a folder that is not there."""
    folders = list(dict.fromkeys(folder for folder, _, _ in files))
    indexes = [index if index >= 0 else folders.index(folder) for folder, _, _ in files]
    count = claim if claim >= 0 else len(files)
    values = [
        (1000, 6, 1, b"name\0"),
        (1035, 8, count, b"".join(digest + b"\0" for _, _, digest in files)),
        (1116, 4, count, struct.pack(f">{len(files)}I", *indexes)),
        (1117, 8, count, b"".join(name.encode() + b"\0" for _, name, _ in files)),
        (1118, 8, len(folders), b"".join(folder.encode() + b"\0" for folder in folders)),
    ]
    entries, store = b"", b""
    for tag, kind, number, value in values:
        entries += struct.pack(">IIII", tag, kind, len(store), number)
        store += value
    return struct.pack(">II", len(values), len(store)) + entries + store


def entries(root: Path, *, without: Iterable[str] = ()) -> list[dict[str, Any]]:
    """The regular files below a root as a layer has them, but for those whose path begins so."""
    found = []
    for folder, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = Path(folder, name)
            inside = str(path.relative_to(root))
            if path.is_file() and not path.is_symlink() and not inside.startswith(tuple(without)):
                found.append({"path": inside, "content": path.read_bytes()})
    return found


def missing(*programs: str) -> str:
    """What a test would need, or nothing: package managers give files to root."""
    return ", ".join([*(name for name in programs if shutil.which(name) is None), *(["root"] if os.geteuid() else [])])


def _write(folder: Path, files: Files) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(_bytes(content))


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def _run(*words: str) -> None:
    done = subprocess.run(words, check=False, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    assert done.returncode == 0, f"{words[0]}: {done.stderr}"
