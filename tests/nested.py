"""Archives of every sort, made by real programs where there is one and by Python's own modules otherwise."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import zstandard

from tests.imagemaker import layer_tar

ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class Unseekable(io.RawIOBase):
    """What a zip is streamed to: sizes come behind the data then (APPNOTE, section 4.3.9)."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Append."""
        piece = bytes(data)  # type: ignore[call-overload]
        self.data += piece
        return len(piece)


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED, *, streamed: bool = False) -> bytes:
    """A zip of these files."""
    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return bytes(out.data) if isinstance(out, Unseekable) else out.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar of these files."""
    return layer_tar([{"path": name, "content": data} for name, data in files.items()])


def compressed(data: bytes, form: str) -> bytes:
    """gzip, bzip2, xz or zstd."""
    makers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda data: gzip.compress(data, mtime=0),
        "bzip2": bz2.compress,
        "xz": lzma.compress,
        "zstd": zstandard.compress,
    }
    return makers[form](data)


def apk(files: Mapping[str, bytes]) -> bytes:
    """An Alpine package: gzip streams one behind the other, whose tars are one; the first ones have no end mark."""
    first = tarred({".SIGN.RSA.key": b"s"})[:1024]
    second = tarred({".PKGINFO": b"pkgname = app\n"})[:1024]
    return b"".join(gzip.compress(part, mtime=0) for part in (first, second, tarred(files)))


def deb(folder: Path, files: Mapping[str, bytes], form: str) -> bytes:
    """A Debian package by dpkg-deb."""
    root = folder / "root"
    for name, data in {"DEBIAN/control": _CONTROL, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755)
    made = folder / "app.deb"
    subprocess.run(["dpkg-deb", f"-Z{form}", "--build", str(root), str(made)], check=True, capture_output=True)
    shutil.rmtree(root)
    return made.read_bytes()


_CONTROL = b"Package: app\nVersion: 1\nArchitecture: all\nMaintainer: a <a@example.org>\nDescription: app\n"


def nested(rng: random.Random, data: bytes, depth: int) -> tuple[bytes, str]:
    """The file inside of `depth` random archives, the last of which is the outer file; and the way in."""
    way = ""
    for _ in range(depth):
        kind = rng.choice(("zip", "tar", "gzip", "bzip2", "xz", "zstd"))
        name = f"m{rng.randrange(1000)}.ini"
        if kind in ("zip", "tar"):
            files = {"before": rng.randbytes(rng.randrange(3000)), name: data, "after": b"text\n" * rng.randrange(3000)}
            streamed = rng.random() < 0.3
            data = zipped(files, rng.choice(ZIP_METHODS), streamed=streamed) if kind == "zip" else tarred(files)
            way = f"{name}!{way}" if way else name
        else:
            data = compressed(data, kind)
            way = f"?!{way}" if way else "?"
    return data, way
