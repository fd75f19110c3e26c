"""Shapes: how examples and tests name a secret without holding one.

`ghp_{base62:30}{crc32}` becomes a token when a test runs.

    {base62:N}     N characters of an alphabet: base62 alnum base64 base64url base58 base32 bech32 hex HEX
                   digits lower upper
    {word}         eight small letters that can be spoken
    {begin:WORDS}  {end:WORDS}: the first and the last line of a block of that name, which scanners look for
    {crc32}        six base62 digits, also {crc32:github}: the CRC-32 of the characters of the shape just ahead, with
                   which GitHub's and npm's tokens end (GitHub's blog, 2021, "Behind GitHub's new authentication token
                   formats")
    {crc32:word}   the same of the whole word ahead, without the underscore at its end (Synapse's tokens)
    {crc32:little} the same as eight hexadecimal digits, the lowest byte first (Grafana's tokens)
    {sum:bech32}   the six digits of bech32 for the whole word ahead, in its case (BIP 173)
    {certificate:YYYYMMDD}  a certificate that holds until this day, in PEM
    {base58check:HEX}  an extended key of BIP 32 whose version is these four bytes

The characters come from a seed, so that a text is the same in every run, and from nowhere else, so that none is a
published example.
"""

from __future__ import annotations

import hashlib
import re
import string
import zlib
from collections.abc import Iterator

from imagelint.engine import digits

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_ALPHABETS = {
    "base62": _BASE62,
    "alnum": _BASE62,
    "base64": _BASE62 + "+/",
    "base64url": _BASE62 + "-_",
    "base58": digits.BASE58,
    "bech32": digits.BECH32,
    "BECH32": digits.BECH32.upper(),
    "base32": digits.BASE32,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "digits": string.digits,
    "lower": string.ascii_lowercase,
    "upper": string.ascii_uppercase,
}
# `${name:1}` is shell, not a shape.
_SHAPE = re.compile(
    r"(?<!\$)\{(word|crc32(?::github|:word|:little)?|sum:bech32|base58check:[0-9a-f]{8}|certificate:[0-9]{8}"
    r"|(?:begin|end):[A-Z0-9 ]{1,40}|[A-Za-z0-9]+:[0-9]{1,5})\}"
)

_WORD = re.compile(r"[\s\"'=:]")


def found(text: str) -> bool:
    """Whether a text holds a shape."""
    return _SHAPE.search(text) is not None


def unknown(text: str) -> list[str]:
    """The shapes in a text whose alphabet does not exist."""
    return [f"{{{name}}}" for name in _SHAPE.findall(text) if ":" in name and not _known(name)]


def _known(name: str) -> bool:
    return (
        name in ("crc32:github", "crc32:word", "crc32:little", "sum:bech32")
        or name.startswith(("begin:", "end:", "base58check:", "certificate:"))
        or name.partition(":")[0] in _ALPHABETS
    )


def expand(text: str, seed: str) -> str:
    """The text with characters in the place of its shapes; the same for the same text and seed."""
    stream = _numbers(seed + "\0" + text)
    ahead = done = ""
    at = 0

    def made(match: re.Match[str]) -> str:
        nonlocal ahead
        name, _, size = match[1].partition(":")
        if size == "little":
            return digits.crc32_little(_WORD.split(done)[-1].rstrip("_"))
        if name == "sum":
            return _bech32(_WORD.split(done)[-1])
        if name == "crc32":
            return base62_crc32(_WORD.split(done)[-1].rstrip("_") if size == "word" else ahead)
        if name == "word":
            letters = ("bdfgklmnprstvz", "aeiou") * 4
            ahead = "".join(choice[next(stream) % len(choice)] for choice in letters)
        elif name == "base58check":
            ahead = _extended_key(bytes.fromhex(size), stream)
        elif name == "certificate":
            from imagelint.engine.certificate_shape import certificate  # only for tests

            return certificate(size, stream)
        elif name in ("begin", "end"):
            return f"-----{name.upper()} {size}-----"
        elif name in _ALPHABETS:
            ahead = "".join(_ALPHABETS[name][next(stream) % len(_ALPHABETS[name])] for _ in range(int(size)))
        else:
            return match[0]
        return ahead

    for match in _SHAPE.finditer(text):
        done += text[at : match.start()]
        done += made(match)
        at = match.end()
    return done + text[at:]


def base62_crc32(text: str) -> str:
    """Six base62 digits of the CRC-32 of a text, most significant first."""
    number, text = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        text = _BASE62[digit] + text
    return text


def _bech32(word: str) -> str:
    prefix, _, data = word.lower().rpartition("1")
    made = digits.bech32(prefix, data)
    return made.upper() if word.isupper() else made


def _extended_key(version: bytes, stream: Iterator[int]) -> str:
    data = version + bytes(next(stream) & 255 for _ in range(41)) + b"\0" + bytes(next(stream) & 255 for _ in range(32))
    return digits.to_base58(data + digits.double_sha256(data))


def _numbers(seed: str) -> Iterator[int]:
    count = 0
    while True:
        block = hashlib.sha256(f"{count}\0{seed}".encode()).digest()
        yield from (int.from_bytes(block[n : n + 2], "big") for n in range(0, 32, 2))
        count += 1
