"""A blob as it comes from a registry, taken up again where it was cut (RFC 9110, section 14)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import httpx

from imagelint.errors import UnreadableError
from imagelint.image.sources.registry_client import Client
from imagelint.stream import limits

_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)\Z")


class BlobStream(io.RawIOBase):
    """The bytes of one blob, not verified: that is the reader's work, who knows size and digest. Opened at the first
    read. Raises UnreadableError."""

    def __init__(self, client: Client, digest: str) -> None:
        super().__init__()
        self._client, self._digest = client, digest
        self._response: httpx.Response | None = None
        self._parts: Iterator[bytes] = iter(())
        self._rest = memoryview(b"")
        self._at = self._cuts = 0
        self._total = -1
        """As the registry says, -1 when it does not."""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Some of the next bytes; 0 at the end."""
        target = memoryview(buffer)  # type: ignore[arg-type]  # whatever buffer BufferedReader hands in
        while not len(self._rest):
            try:
                if self._response is None:
                    self._response = self._open()
                    continue
                self._rest = memoryview(next(self._parts, b""))
                if not len(self._rest):
                    if self._total <= self._at:
                        self._client.route.pace.answered(well=True)
                        return 0
                    raise httpx.RemoteProtocolError("the part ends early", request=self._response.request)
            except httpx.TransportError as error:
                self._release()
                self._cuts = self._client.cut(error, self._cuts)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        self._at += count
        return count

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end. No BufferedReader does it: it would drop what came ahead of a cut."""
        data, part = bytearray(), b"-"
        while part and (size < 0 or len(data) < size):
            part = super().read(size - len(data) if size >= 0 else limits.READ) or b""
            data += part
        return bytes(data)

    def close(self) -> None:
        """Let the connection go."""
        self._release()
        super().close()

    def _open(self) -> httpx.Response:
        """Ask for what is still wanted."""
        at = self._at
        response = self._client.open(f"blobs/{self._digest}", {"Range": f"bytes={at}-"} if at else {})
        self._parts = response.iter_raw()
        skip = at
        if response.status_code == 206:
            match = _RANGE.match(response.headers.get("content-range", ""))
            totals = ("*", str(self._total)) if self._total >= 0 else (match[2] if match else "",)
            if not at or not match or int(match[1]) != at or match[2] not in totals:
                response.close()
                raise UnreadableError(f"the registry sent another part than the one from byte {at} on")
            skip = 0
        elif self._total < 0:
            length = response.headers.get("content-length", "")
            self._total = int(length) if length.isdecimal() and len(length) < 19 else -1
        while skip:  # the server begins anew: what was read already, and hashed, is passed over
            part = next(self._parts, b"")
            if not part:
                raise UnreadableError(f"the registry sent {at - skip} bytes the second time, and {at} before")
            self._rest = memoryview(part)[skip:]
            skip = max(0, skip - len(part))
        return response

    def _release(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None
        self._rest = memoryview(b"")
