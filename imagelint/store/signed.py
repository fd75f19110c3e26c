"""Entries that only a team can make: HMAC-SHA-256 (RFC 2104) over what an entry is, where it belongs, and its data.

Who can write to a registry could hide a secret by an entry that says a layer has none. So an entry counts only when its
signature is that of the team's key over its own kind and key: no forged one does, and none that was put elsewhere.

An entry's bytes are MAGIC, 32 bytes of signature, and the data.
"""

from __future__ import annotations

import hmac
import os
import shlex
import stat
from hashlib import sha256

from imagelint.errors import UsageError

VARIABLE = "IMAGELINT_CACHE_KEY"
MAGIC = b"imagelint result 1\n"
"""The format of entries, which is signed too. Raise it with each change of what is signed."""
LEAST = 32
"""Bytes of a key, as many as the signature has (RFC 2104, section 3)."""
_MOST = 4096
_SIZE = 32
_MEND = "`openssl rand -hex 32` makes one"


class Signer:
    """Signs entries, and opens those that are signed. Neither its text nor an error's has the key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def seal(self, kind: str, key: str, data: bytes) -> bytes:
        """The bytes of an entry."""
        return MAGIC + self._signature(kind, key, data) + data

    def open(self, kind: str, key: str, sealed: bytes) -> bytes | None:
        """Its data; None when it was not signed with our key as this very entry."""
        start = len(MAGIC) + _SIZE
        data = sealed[start:]
        genuine = hmac.compare_digest(sealed[len(MAGIC) : start], self._signature(kind, key, data))
        return data if genuine and sealed.startswith(MAGIC) else None

    def _signature(self, kind: str, key: str, data: bytes) -> bytes:
        whole = hmac.new(self._key, digestmod=sha256)
        for part in (MAGIC, kind.encode(), key.encode(), data):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
        return whole.digest()


def key(file: str) -> bytes:
    """The team's key: from the file that `--cache-key` names, else from the environment. White space around it does not
    count. UsageError when there is none, it is too short, or others may read the file."""
    if file:
        found, where = _read(file), f"--cache-key {file}"
    else:
        # surrogateescape, as the environment was decoded: its bytes are the key, whatever they are.
        found, where = os.fsencode(os.environ.get(VARIABLE, "")).strip(), VARIABLE
        if not found:
            raise UsageError(
                f"a cache in a registry needs the key that its entries are signed with: --cache-key FILE, or "
                f"{VARIABLE} in the environment ({_MEND})"
            )
    if len(found) < LEAST:
        raise UsageError(f"{where}: the key has {len(found)} bytes, and needs {LEAST} or more ({_MEND})")
    return found


def _read(path: str) -> bytes:
    try:
        # Not to wait for the other end of a pipe.
        file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
        with open(file, "rb") as opened:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise UsageError(f"--cache-key {path}: it is no file")
            if os.name == "posix" and hasattr(os, "geteuid"):
                if status.st_uid not in (os.geteuid(), 0):
                    raise UsageError(f"--cache-key {path}: it belongs to another user, who knows it: make a new key")
                if status.st_mode & 0o077:
                    mode = stat.S_IMODE(status.st_mode)
                    raise UsageError(
                        f"--cache-key {path}: others may read it (mode {mode:04o}): `chmod 600 {shlex.quote(path)}`"
                    )
            found = opened.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"--cache-key {path}: it cannot be read: {error.strerror}") from None
    if len(found) > _MOST:
        raise UsageError(f"--cache-key {path}: it has more than {_MOST} bytes, and is no key ({_MEND})")
    return found.strip()
