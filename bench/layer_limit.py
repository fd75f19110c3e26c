"""The limit: what any scanner of layers must do at least. Decompress, verify both digests, walk the headers; no more.

usage: python bench/layer_limit.py OCI_LAYOUT [WORKERS] [--inside]     one line of JSON: seconds, bytes, headers, layers

With --inside, the files of a layer that hold others (gzip, xz, bzip2, zip, ar, tar in them) are decompressed and walked
too: that is what a scanner has to do that looks into them. `inside` counts their bytes.

Layers go side by side in forked processes; in threads the limit is the same without --inside, and higher with it. Only
gzip layers are read, no PAX or sparse sizes: this program is a yardstick, not a reader, and may only get faster.
"""

from __future__ import annotations

import bz2
import hashlib
import io
import json
import lzma
import multiprocessing
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isal import isal_zlib

BLOCK = 512
READ = 1 << 20
MAGIC = {b"\x1f\x8b\x08": "gzip", b"\xfd7z": "xz", b"BZh": "bzip2", b"PK\3": "zip", b"!<a": "ar"}


class Headers:
    """Counts the headers of a tar that comes in windows; `inside` decompresses what its files hold."""

    def __init__(self, inside: bool) -> None:
        self.count = 0
        self.inside = 0
        """Bytes that came out of files that hold others."""
        self._look = inside
        self._file = bytearray()
        """What has come of such a file, and how much of it is still to come."""
        self._left = 0
        self._carry = b""
        """The beginning of a header that the last window cut."""
        self._next = 0
        """Where the next header stands, counted from the next window's beginning."""

    def feed(self, window: bytes) -> None:
        """Walk the headers that begin in this window."""
        if self._left:
            self._keep(window[: self._left])
        offset, end = self._next, len(window)
        if self._carry:
            cut = len(self._carry)
            header = self._carry + window[: BLOCK - cut]
            if len(header) < BLOCK:
                self._carry = header
                return
            self._carry = b""
            skip = self._skip(header, window[BLOCK - cut : BLOCK - cut + 3])
            offset = BLOCK - cut
            if self._left:
                self._keep(window[offset : offset + self._left])
            offset += skip
        while offset + BLOCK <= end:
            skip = self._skip(window[offset : offset + BLOCK], window[offset + BLOCK : offset + BLOCK + 3])
            offset += BLOCK
            if self._left:
                self._keep(window[offset : offset + self._left])
            offset += skip
        if offset < end:
            self._carry, self._next = window[offset:], 0
        else:
            self._next = offset - end

    def _keep(self, part: bytes) -> None:
        self._file += part
        self._left -= len(part)
        if not self._left:
            data, self._file = bytes(self._file), bytearray()
            self.inside += unpacked(data)

    def _skip(self, header: bytes, start: bytes) -> int:
        """Count a header and return the length of its data, padded. `start`: of the data."""
        if not header[0]:
            return 0
        self.count += 1
        field = header[124:136]
        size = int.from_bytes(field[1:], "big") if field[0] & 0x80 else int(field.rstrip(b"\0 ") or b"0", 8)
        if self._look and start[:3] in MAGIC and header[156] in b"0\0":
            self._left = size
        return size + BLOCK - 1 & ~(BLOCK - 1)


def unpacked(data: bytes) -> int:
    """Bytes that come out of a file, and of those inside of it."""
    kind = MAGIC.get(data[:3], "")
    if kind == "zip":
        try:
            return sum(zip_members(data))
        except zipfile.BadZipFile:
            return 0
    if kind == "ar":
        total, at = 0, 8
        while at + 60 <= len(data):
            size = int(data[at + 48 : at + 58])
            total += size + unpacked(data[at + 60 : at + 60 + size])
            at += 60 + size + size % 2
        return total
    return stream(kind, data) if kind else 0


def zip_members(data: bytes) -> Iterator[int]:
    """Bytes of each member and of what is inside of it."""
    for member in zipfile.ZipFile(io.BytesIO(data)).infolist():
        begin = member.header_offset
        begin += 30 + sum(int.from_bytes(data[begin + at : begin + at + 2], "little") for at in (26, 28))
        content = data[begin : begin + member.compress_size]
        if member.compress_type == zipfile.ZIP_DEFLATED:
            content = isal_zlib.decompress(content, wbits=-15)
        yield len(content) + unpacked(content)


def stream(kind: str, data: bytes) -> int:
    """Bytes of a compressed stream, walked when it is a tar."""
    decoder: Any
    if kind == "gzip":
        decoder = isal_zlib.decompressobj(wbits=31)
    else:
        decoder = lzma.LZMADecompressor() if kind == "xz" else bz2.BZ2Decompressor()
    total, feed = 0, data
    headers: Headers | None = Headers(inside=True)
    try:
        while not decoder.eof:
            window = decoder.decompress(feed, READ)
            feed = decoder.unconsumed_tail if kind == "gzip" else b""
            if not window:
                break
            if not total and window[257:262] != b"ustar":
                headers = None
            total += len(window)
            if headers is not None:
                headers.feed(window)
    except (isal_zlib.error, lzma.LZMAError, OSError, ValueError):  # type: ignore[misc]
        pass  # what is damaged costs no more
    return total + (headers.inside if headers is not None else 0)


def walk(path: Path, digest: str, diff_id: str, inside: bool) -> tuple[int, int, int]:
    """Bytes and headers of one layer, both digests verified, and bytes inside of its files."""
    inflate = isal_zlib.decompressobj(wbits=31)
    stored, plain, headers = hashlib.sha256(), hashlib.sha256(), Headers(inside)
    total = 0
    with path.open("rb") as file:
        while chunk := file.read(READ):
            stored.update(chunk)
            window = inflate.decompress(chunk)
            plain.update(window)
            total += len(window)
            headers.feed(window)
    if f"sha256:{stored.hexdigest()}" != digest or f"sha256:{plain.hexdigest()}" != diff_id:
        raise SystemExit(f"{path}: the digests do not match")
    return total, headers.count, headers.inside


def main() -> None:
    """Walk every layer of the layout's first image."""
    words = [word for word in sys.argv[1:] if word != "--inside"]
    inside = len(words) < len(sys.argv) - 1
    layout, workers = Path(words[0]), int(words[1]) if len(words) > 1 else 2

    def blob(digest: str) -> Path:
        return layout / "blobs" / digest.replace(":", "/")

    def document(digest: str) -> Any:
        return json.loads(blob(digest).read_bytes())

    manifest = document(json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"])
    diff_ids = document(manifest["config"]["digest"])["rootfs"]["diff_ids"]
    # The largest first: otherwise one worker ends with a large layer alone.
    layers = sorted(zip(manifest["layers"], diff_ids, strict=True), key=lambda pair: -pair[0]["size"])
    started = time.perf_counter()
    tasks = [(blob(layer["digest"]), layer["digest"], diff_id, inside) for layer, diff_id in layers]
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        rows = pool.starmap(walk, tasks, chunksize=1)
    seconds = time.perf_counter() - started
    print(
        json.dumps(
            {
                "seconds": round(seconds, 3),
                "bytes": sum(r[0] for r in rows),
                "headers": sum(r[1] for r in rows),
                "inside": sum(r[2] for r in rows),
                "layers": len(rows),
            }
        )
    )


if __name__ == "__main__":
    main()
