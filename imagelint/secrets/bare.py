"""Keys and stores that stand in base64 without armour: `private_key: MIIE...`, `keystore: /u3+...`."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from imagelint.lazy import Lazy
from imagelint.secrets import der, java_store, pkcs12
from imagelint.sha256 import sha256

if TYPE_CHECKING:
    import re

_LONGEST = 64 * 1024
_RUN = Lazy(r"(?:[A-Za-z0-9+/]+|\\[nr]|\\?\s{1,64})*={0,2}")
_PIECE = Lazy(r"\\[nr]|[A-Za-z0-9+/]+")


def block_end(text: str, start: int, end: int, name: str) -> int:
    """The end of a value that begins at `start`: where its own length says, else `end`."""
    run: re.Match[str] | None = _RUN.match(text, start, min(len(text), start + _LONGEST))
    found = _PIECE.finditer(run[0]) if run else ()
    pieces: list[tuple[int, str]] = [(piece.end(), piece[0]) for piece in found if piece[0][0] != "\\"]
    try:
        size = _size("".join(piece for _, piece in pieces), name)
    except ValueError:
        return end
    digits = -(-size * 4 // 3)
    left = digits
    for stop, piece in pieces:
        if len(piece) >= left:
            at = start + stop - (len(piece) - left)
            fill = text[at : at + -digits % 4]
            return at + len(fill) - len(fill.lstrip("="))
        left -= len(piece)
    return end


def _size(digits: str, name: str) -> int:
    """Bytes of what begins the value; behind it other words may follow."""
    data = decoded(digits[: len(digits) - (len(digits) % 4 == 1)])
    return java_store.read(data).size if name == "java-store" else der.element(data, 0, len(data)).next


def decoded(block: str) -> bytes:
    """What a value says; empty when it is no base64."""
    digits = "".join(piece for piece in _PIECE.findall(block) if piece[0] != "\\")
    try:
        return binascii.a2b_base64(digits + "=" * (-len(digits) % 4))
    except binascii.Error:
        return b""


def digest(block: str) -> str:
    """SHA-256 of the bytes, as keys.digest has it for armour."""
    return sha256(decoded(block)).hexdigest()


def protection(block: str, name: str) -> str:
    """`plain` or `encrypted` for a key or a store with one, `debug` for one that opens nothing, empty for anything
    else. No password is tried on PKCS #12: a text may have thousands of them."""
    data = decoded(block)
    try:
        if name == "der":
            return der.protection(data)
        if name == "pkcs12":
            return "encrypted" if pkcs12.read(data, try_passwords=False).protected else "plain"
        store = java_store.read(data)
    except ValueError:
        return ""
    return "debug" if store.debug else "encrypted" if store.protected else "plain"
