"""Credentials in files that have no lines."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable


def _keytab(rng: random.Random) -> bytes:
    """A file of MIT Kerberos with two entries and a hole, as its format page has it."""
    out = b"\x05\x02"
    for number in range(2):
        texts = [b"ACME.IO", b"host", b"a.acme.io"]
        entry = struct.pack(">H", 2) + b"".join(struct.pack(">H", len(text)) + text for text in texts)
        entry += struct.pack(">IIBHH", 1, 1700000000, 2, 18, 32) + rng.randbytes(32) + struct.pack(">I", 2 + number)
        out += struct.pack(">i", len(entry)) + entry
    return out + struct.pack(">i", -8) + bytes(8)


def _login_path(rng: random.Random) -> bytes:
    """What mysql_config_editor writes: four bytes, the key, lines in AES."""
    lines = [rng.randbytes(16), rng.randbytes(32), rng.randbytes(32)]
    return bytes(4) + rng.randbytes(20) + b"".join(struct.pack("<I", len(line)) + line for line in lines)


BINARY: dict[str, tuple[str, str, Callable[[random.Random], bytes]]] = {
    "keytab": ("etc/krb5.keytab", "password-in-credentials-file", _keytab),
    "keytab of a service": ("srv/app/http.keytab", "password-in-credentials-file", _keytab),
    "mylogin": ("root/.mylogin.cnf", "obscured-password", _login_path),
    "vnc": ("root/.vnc/passwd", "obscured-password", lambda rng: rng.randbytes(8)),
}
