"""Private keys: where the armour ends, whether the bytes inside are a key, whether a passphrase protects it."""

from __future__ import annotations

import binascii
import re

from imagelint.secrets.lazy import Lazy
from imagelint.sha256 import sha256

BLOCK_LIMIT = 16 * 1024
"""Characters of a block: a 16,384-bit RSA key takes 12.5 KB, and a text copy of it in JSON some more."""

_BODY = Lazy(r"[A-Za-z0-9+/=\s\\\"',.:()<>#|*;&_@{}\[\]-]{0,16384}")
_BASE64_RUN = Lazy(r"(?:[A-Za-z0-9+/=\s]|\\[nr]){0,16384}")
_END = Lazy(r"-----END [A-Za-z0-9 ]{0,40}-----")
_MAC = Lazy(r"Private-(?:MAC|Hash): [0-9a-f]{40,64}")
_ESCAPES = Lazy(r"[\"']\s*\+(?=\s)|\\[nrt]|\\(?=\s)|[\s\"',#*|;<>]")
_HEADER = Lazy(
    r"Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[A-Z0-9-]{3,20},[0-9A-F]{0,64}|[A-Z][A-Za-z-]{2,30}: [^\n\\]{0,200}(?=\n|\\n)"
)


def block_end(text: str, start: int, end: int, name: str) -> int:
    """The end of a block whose first line is text[start:end]; without a last line, the end of what looks like
    base64.
    """
    limit = min(len(text), end + BLOCK_LIMIT)
    if name == "putty":
        mac: re.Match[str] | None = _MAC.search(text, end, limit)
        return mac.end() if mac else end
    last: re.Match[str] | None = _END.search(text, end, limit)
    if last:
        body = _BODY.match(text, end, last.start())
        if body and body.end() == last.start():
            return last.end()
    run = _BASE64_RUN.match(text, end, limit)
    return end + len(run[0].rstrip()) if run else end


def _body(block: str) -> tuple[str, bytes]:
    """(the headers, the decoded bytes) of an armoured block; empty bytes when it is no base64."""
    first = block.find("-----", 5)
    last = block.rfind("-----END")
    inner = block[first + 5 : last if last > first else len(block)]
    headers = "".join(_HEADER.findall(inner))
    inner = _HEADER.sub("", inner)
    inner = _ESCAPES.sub("", inner)
    main = inner.partition("=")[0]
    try:
        return headers, binascii.a2b_base64(main + "=" * (-len(main) % 4))
    except (binascii.Error, ValueError):
        return headers, b""


def digest(block: str) -> str:
    """SHA-256 of the bytes in an armoured block: the same in whatever dress a text has it; of a PuTTY key, of its text
    without blanks.
    """
    return sha256(_body(block)[1] or "".join(block.split()).encode("utf-8", "surrogatepass")).hexdigest()


def _read(data: bytes, at: int) -> tuple[int, int, int]:
    """(tag, start, end) of the DER element at an offset; X.690, 8.1. ValueError when it leaves the data."""
    if at + 2 > len(data):
        raise ValueError
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        if not 0 < count < 5:
            raise ValueError
        size = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + size > len(data):
        raise ValueError
    return tag, start, start + size


def _elements(data: bytes) -> list[tuple[int, int]]:
    """(tag, length) of the elements inside the outer SEQUENCE, which must be all there is."""
    tag, at, end = _read(data, 0)
    if tag != 0x30 or end != len(data):
        raise ValueError
    found: list[tuple[int, int]] = []
    while at < end and len(found) < 16:
        inner, start, stop = _read(data, at)
        found.append((inner, stop - start))
        at = stop
    return found


INTEGER, OCTETS, SEQUENCE = 0x02, 0x04, 0x30


def is_encrypted(block: str) -> bool:
    """Whether a passphrase protects the key, as far as the block says."""
    if "ENCRYPTED" in block:
        return True
    if block.startswith("PuTTY"):
        return re.search(r"Encryption: (?!none)\w", block) is not None
    if "OPENSSH" in block[:40]:
        data = _body(block)[1]
        return data.startswith(b"openssh-key-v1\0") and data[19:23] != b"none"
    return False


def check_pem(block: str) -> bool | None:
    """RFC 7468 and the older forms: RSA (RFC 8017, A.1.2), EC (RFC 5915), DSA, PKCS #8 plain and encrypted (RFC
    5958).
    """
    headers, data = _body(block)
    if "ENCRYPTED" in headers:  # RFC 1421: DEK-Info; the body is a block cipher's output
        return len(data) >= 64 and len(data) % 8 == 0
    try:
        parts = _elements(data)
    except ValueError:
        return False
    tags = [tag for tag, _ in parts]
    if tags[:1] == [SEQUENCE] and tags[1:2] == [OCTETS]:
        return True
    if tags[:2] == [INTEGER, SEQUENCE] and tags[2:3] == [OCTETS]:
        return True
    if tags[:2] == [INTEGER, OCTETS]:
        return True
    return len(tags) >= 6 and all(tag == INTEGER for tag in tags[:6])


def check_openssh(block: str) -> bool | None:
    """OpenSSH's PROTOCOL.key: a magic, cipher, kdf, one public and one private part; in plain keys two equal check
    numbers.
    """
    data = _body(block)[1]
    if not data.startswith(b"openssh-key-v1\0"):
        return False
    fields, at = [], 15
    for _ in range(3):
        size = int.from_bytes(data[at : at + 4], "big")
        fields.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    at += 4
    for _ in range(2):
        size = int.from_bytes(data[at : at + 4], "big")
        if at + 4 + size > len(data):
            return False
        fields.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    private = fields[4]
    return len(private) >= 64 and (fields[0] != b"none" or private[:4] == private[4:8])


def check_pgp(block: str) -> bool | None:
    """RFC 9580: the first packet of a private key block is a Secret-Key packet (tag 5), in the old or the new header
    form.
    """
    data = _body(block)[1]
    return len(data) > 64 and ((data[0] & 0xC0 == 0xC0 and data[0] & 0x3F == 5) or data[0] & 0xFC == 0x94)


def check_openvpn(block: str) -> bool | None:
    """openvpn(8), --genkey secret: 2,048 bits in hexadecimal digits."""
    body = _ESCAPES.sub("", block).split("-----")
    return len(body) == 5 and re.fullmatch(r"(?i)[0-9a-f]{512}", body[2]) is not None


def check_putty(block: str) -> bool | None:
    """PuTTY's documentation, appendix C: a number of private lines, and a MAC at the end."""
    return (
        re.search(r"Private-Lines: \d+", block) is not None and re.search(r"Private-(?:MAC|Hash): ", block) is not None
    )
