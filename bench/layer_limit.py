"""The limit: what any scanner of layers must do at least. Decompress, verify both digests, walk the headers; no more.

usage: python bench/layer_limit.py OCI_LAYOUT [THREADS]     one line of JSON: seconds, bytes, headers, layers

isal and hashlib release the interpreter lock, so two layers go side by side in two threads. Only gzip layers are read,
no PAX or sparse sizes: this program is a yardstick, not a reader, and may only get faster.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from isal import isal_zlib

BLOCK = 512
READ = 1 << 20


class Headers:
    """Counts the headers of a tar that comes in windows."""

    def __init__(self) -> None:
        self.count = 0
        self._carry = b""
        """The beginning of a header that the last window cut."""
        self._next = 0
        """Where the next header stands, counted from the next window's beginning."""

    def feed(self, window: bytes) -> None:
        """Walk the headers that begin in this window."""
        offset, end = self._next, len(window)
        if self._carry:
            cut = len(self._carry)
            header = self._carry + window[: BLOCK - cut]
            if len(header) < BLOCK:
                self._carry = header
                return
            self._carry = b""
            offset = BLOCK - cut + self._skip(header)
        while offset + BLOCK <= end:
            offset += BLOCK + self._skip(window[offset : offset + BLOCK])
        if offset < end:
            self._carry, self._next = window[offset:], 0
        else:
            self._next = offset - end

    def _skip(self, header: bytes) -> int:
        """Count a header and return the length of its data, padded."""
        if not header[0]:
            return 0
        self.count += 1
        field = header[124:136]
        size = int.from_bytes(field[1:], "big") if field[0] & 0x80 else int(field.rstrip(b"\0 ") or b"0", 8)
        return size + BLOCK - 1 & ~(BLOCK - 1)


def walk(path: Path, digest: str, diff_id: str) -> tuple[int, int]:
    """Bytes and headers of one layer, both digests verified."""
    inflate = isal_zlib.decompressobj(wbits=31)
    stored, plain, headers = hashlib.sha256(), hashlib.sha256(), Headers()
    total = 0
    with path.open("rb") as stream:
        while chunk := stream.read(READ):
            stored.update(chunk)
            window = inflate.decompress(chunk)
            plain.update(window)
            total += len(window)
            headers.feed(window)
    if f"sha256:{stored.hexdigest()}" != digest or f"sha256:{plain.hexdigest()}" != diff_id:
        raise SystemExit(f"{path}: the digests do not match")
    return total, headers.count


def main() -> None:
    """Walk every layer of the layout's first image."""
    layout, threads = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2

    def blob(digest: str) -> Path:
        return layout / "blobs" / digest.replace(":", "/")

    def document(digest: str) -> Any:
        return json.loads(blob(digest).read_bytes())

    manifest = document(json.loads((layout / "index.json").read_bytes())["manifests"][0]["digest"])
    diff_ids = document(manifest["config"]["digest"])["rootfs"]["diff_ids"]
    # The largest first: otherwise one thread ends with a large layer alone.
    layers = sorted(zip(manifest["layers"], diff_ids, strict=True), key=lambda pair: -pair[0]["size"])
    started = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        rows = list(pool.map(lambda pair: walk(blob(pair[0]["digest"]), pair[0]["digest"], pair[1]), layers))
    seconds = time.perf_counter() - started
    print(
        json.dumps(
            {
                "seconds": round(seconds, 3),
                "bytes": sum(r[0] for r in rows),
                "headers": sum(r[1] for r in rows),
                "layers": len(rows),
            }
        )
    )


if __name__ == "__main__":
    main()
