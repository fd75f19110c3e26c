"""Private keys: where the armour ends, whether the bytes inside are a key, whether a passphrase protects it."""

from __future__ import annotations

import binascii
import re

from imagelint.lazy import Lazy
from imagelint.sha256 import sha256

BLOCK_LIMIT = 16 * 1024
"""Characters of a block: a 16,384-bit RSA key takes 12.5 KB, and a text copy of it in JSON some more."""

BARE = frozenset({"der", "pkcs12", "java-store"})
"""Those without armour, whose length their own bytes say."""

_BODY = Lazy(r"[A-Za-z0-9+/=\s\\\"',.:()<>#|*;&_@{}\[\]-]{0,16384}")
"""What may stand between a block's first and last line: also `echo ... >> key && \\` line by line, which is masked."""
_BASE64_RUN = Lazy(r"(?:[A-Za-z0-9+/=\s]|\\[nr]){0,16384}")
_END = Lazy(r"-{4,5} ?END [A-Za-z0-9 -]{0,40}-{4,5}")
"""Five dashes as RFC 7468 has it, or four and a blank: RFC 4716, 3.1."""
_MAC = Lazy(r"Private-(?:MAC|Hash): [0-9a-f]{40,64}")
_ESCAPES = Lazy(r"[\"']\s*\+(?=\s)|\\[nrt]|\\(?=\s)|[\s\"',#*|;<>]")
_HEADER = Lazy(
    r"Proc-Type: ?4,ENCRYPTED|DEK-Info: ?[A-Z0-9-]{3,20},[0-9A-F]{0,64}|[A-Z][A-Za-z-]{2,30}: [^\n\\]{0,200}(?=\n|\\n)"
)


def block_end(text: str, start: int, end: int, name: str) -> int:
    """The end of a block whose first line is text[start:end]; without a last line, the end of what looks like
    base64.
    """
    if name in BARE:
        from imagelint.secrets import bare  # only where a text has one

        return bare.block_end(text, start, end, name)
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


def _inner(block: str) -> tuple[str, str]:
    """(the headers, the encoded text without blanks and quotes) of an armoured block."""
    first = block.find("----", 5)
    last = max(block.rfind("-----END"), block.rfind("---- END"))
    inner = block[first : last if last > first else len(block)].lstrip("-")
    return "".join(_HEADER.findall(inner)), _ESCAPES.sub("", _HEADER.sub("", inner))


def _body(block: str) -> tuple[str, bytes]:
    """(the headers, the decoded bytes) of an armoured block; empty bytes when it is no base64."""
    headers, inner = _inner(block)
    main = inner.partition("=")[0]
    try:
        return headers, binascii.a2b_base64(main + "=" * (-len(main) % 4))
    except (binascii.Error, ValueError):
        return headers, b""


def decoded(block: str) -> bytes:
    """The bytes in an armoured block; none when it is no base64."""
    return _body(block)[1]


def digest(block: str, name: str = "") -> str:
    """SHA-256 of the bytes in a block: the same in whatever dress a text has it; of a PuTTY key, of its text without
    blanks.
    """
    if name in BARE:
        from imagelint.secrets import bare  # only where a text has one

        return bare.digest(block)
    return sha256(_body(block)[1] or "".join(block.split()).encode("utf-8", "surrogatepass")).hexdigest()


def is_encrypted(block: str, name: str = "") -> bool:
    """Whether a passphrase protects the key, as far as the block says."""
    if name in BARE:
        from imagelint.secrets import bare  # only where a text has one

        return bare.protection(block, name) == "encrypted"
    if "SSH2" in block[:40]:
        return b"\0\0\0\x04none" not in _body(block)[1][:128]
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
    from imagelint.secrets import der  # only where a text has a key

    try:
        tags = [part.tag for part in der.sequence(data)]
    except ValueError:
        return False
    if tags[:2] in ([der.SEQUENCE, der.OCTETS], [der.INTEGER, der.OCTETS]):
        return True
    if tags[:3] == [der.INTEGER, der.SEQUENCE, der.OCTETS]:
        return True
    return len(tags) >= 6 and all(tag == der.INTEGER for tag in tags[:6])


def is_for_tests(text: str, start: int) -> bool:
    """Whether a key stands in the armour that Go's developers write around the keys of their tests."""
    return "TESTING KEY-----" in text[max(0, start - 40) : start]


def check_bare(block: str, name: str) -> bool | None:
    """A key or a key store in base64 without armour (bare.py)."""
    from imagelint.secrets import bare  # only where a text has one

    return bare.protection(block, name) in ("plain", "encrypted")


def check_openssh(block: str) -> bool | None:
    """OpenSSH's PROTOCOL.key: a magic, cipher, kdf, one public and one private part; in plain keys two equal check
    numbers.
    """
    data = _body(block)[1]
    if not data.startswith(b"openssh-key-v1\0"):
        return False
    try:
        (cipher, _, _), at = _strings(data, 15, 3)
        (_, private), _ = _strings(data, at + 4, 2)
    except ValueError:
        return False
    return len(private) >= 64 and (cipher != b"none" or private[:4] == private[4:8])


def _strings(data: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    """(so many strings of RFC 4251, 5, from an offset on; the offset behind them). ValueError when they leave the
    data.
    """
    found = []
    for _ in range(count):
        start = at + 4
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            raise ValueError
        found.append(data[start:at])
    return found, at


def check_ssh2(block: str) -> bool | None:
    """The private keys of SSH Communications Security, which `ssh-keygen -i` of OpenSSH reads: a magic number, the
    length of all, the key's type, a cipher, the key.
    """
    data = _body(block)[1]
    if not data.startswith(b"\x3f\x6f\xf9\xeb"):
        return False
    try:
        (_, _, key), _ = _strings(data, 8, 3)
    except ValueError:
        return False
    return len(key) >= 64


def check_nebula(block: str) -> bool | None:
    """Nebula's cert/pem.go: the bare key, of 32 bytes or (Ed25519) 64; an encrypted one is longer."""
    size = len(_body(block)[1])
    return size > 64 if "ENCRYPTED" in block[:60] else size in (32, 64)


def check_openvpn(block: str) -> bool | None:
    """OpenVPN's manual, --secret and --tls-crypt-v2: 2,048 bits in hexadecimal; base64 of a server's 128 bytes, or of a
    client's 256 and what the server wrapped.
    """
    if "Static" in block[:40]:
        return re.fullmatch(r"[0-9a-fA-F]{512}", _inner(block)[1]) is not None
    return len(_body(block)[1]) >= 128


def check_sealed(block: str) -> bool | None:
    """Cosign's keys: JSON with the function that makes a key of the passphrase, the cipher, and what it sealed
    (go-securesystemslib, encrypted/encrypted.go).
    """
    data = _body(block)[1]
    return data.startswith(b"{") and b'"kdf"' in data and b'"ciphertext"' in data


def check_pgp(block: str) -> bool | None:
    """RFC 9580: the first packet of a private key block is a Secret-Key packet (tag 5), in the old or the new header
    form.
    """
    data = _body(block)[1]
    return len(data) > 64 and ((data[0] & 0xC0 == 0xC0 and data[0] & 0x3F == 5) or data[0] & 0xFC == 0x94)


def check_putty(block: str) -> bool | None:
    """PuTTY's documentation, appendix C: a number of private lines, and a MAC at the end."""
    return (
        re.search(r"Private-Lines: \d+", block) is not None and re.search(r"Private-(?:MAC|Hash): ", block) is not None
    )
