"""Whether a zstd stream ends where a frame does: the decoder takes a cut one for finished (RFC 8878, section 3.1)."""

from __future__ import annotations

_MAGIC, _SKIPPABLE = 0xFD2FB528, 0x184D2A50
_RLE = 1


class Frames:
    """Walks the headers of frames and blocks in a stream that comes in pieces."""

    def __init__(self) -> None:
        self._held = b""
        self._skip = 0
        self._inside = False
        self._checksum = 0

    @property
    def whole(self) -> bool:
        """Whether the stream may end here."""
        return not self._held and not self._skip and not self._inside

    def feed(self, data: bytes) -> None:
        """Take the next piece. What is no frame was told by the decoder."""
        at = min(self._skip, len(data))
        self._skip -= at
        data = self._held + data[at:] if self._held else data
        at = 0 if self._held else at
        while not self._skip:
            used = self._block(data, at) if self._inside else self._start(data, at)
            if not used:
                break
            at += used
            step = min(self._skip, len(data) - at)
            self._skip -= step
            at += step
        self._held = data[at:] if not self._skip else b""

    def _start(self, data: bytes, at: int) -> int:
        if len(data) - at < 5:
            return 0
        magic = int.from_bytes(data[at : at + 4], "little")
        if magic != _MAGIC:
            if magic & ~15 != _SKIPPABLE or len(data) - at < 8:
                return 0
            self._skip = int.from_bytes(data[at + 4 : at + 8], "little")
            return 8
        descriptor = data[at + 4]
        single, size = descriptor >> 5 & 1, descriptor >> 6
        self._skip = (1 - single) + (0, 1, 2, 4)[descriptor & 3] + ((single, 2, 4, 8)[size])
        self._checksum = descriptor >> 2 & 1
        self._inside = True
        return 5

    def _block(self, data: bytes, at: int) -> int:
        if len(data) - at < 3:
            return 0
        header = int.from_bytes(data[at : at + 3], "little")
        self._skip = 1 if header >> 1 & 3 == _RLE else header >> 3
        if header & 1:
            self._skip += 4 * self._checksum
            self._inside = False
        return 3
