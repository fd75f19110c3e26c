"""The forms in which a value turns up elsewhere: escaped in JSON, quoted in a shell, encoded in a URL, as a part of a
path, in base64."""

from __future__ import annotations

import binascii
import json
import re

_SAFE_IN_URL = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~")
_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_DOUBLE_QUOTED = str.maketrans({c: "\\" + c for c in '"\\$`'})
_BARE = str.maketrans({c: "\\" + c for c in " \t\"'\\$`&|;<>()*?[]#~!{}"})
_GO_JSON = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})

_STEPS = re.compile(r"/(?:\.?/)+")
"""What a path is cleaned of: `1//0x` becomes `1/0x`."""

LEAST_FOR_NAME = 20
"""Characters ahead of the first `=` of a value that are masked alone: as the name of a variable it ends there."""

LEAST_FOR_BASE64 = 8
"""Bytes below which the middle of a base64 text is too short to be told from chance."""


def disguises(value: str) -> set[str]:
    """Every form of a value that is masked with it, the value itself first among them."""
    raw = value.encode("utf-8", "surrogatepass")
    quoted = json.dumps(value)[1:-1]
    forms = {
        value,
        quoted,
        json.dumps(value, ensure_ascii=False)[1:-1],
        quoted.translate(_GO_JSON),
        json.dumps(quoted)[1:-1],
        value.translate(_HTML),
        value.translate(_DOUBLE_QUOTED),
        value.translate(_BARE),
        value.replace("'", "'\\''"),
        value.replace("'", "'\"'\"'"),
        value.replace("$", "$$"),
        _STEPS.sub("/", value),
        *([head] if len(head := value.partition("=")[0]) >= LEAST_FOR_NAME else []),
        "".join(chr(byte) if byte in _SAFE_IN_URL else f"%{byte:02X}" for byte in raw),
        "".join(chr(byte) if byte in _SAFE_IN_URL else f"%{byte:02x}" for byte in raw),
    }
    return forms | in_base64(raw) if len(raw) >= LEAST_FOR_BASE64 else forms


def in_base64(raw: bytes) -> set[str]:
    """The characters that the value alone decides, wherever it begins in an encoded text."""
    forms: set[str] = set()
    for shift in range(3):
        text = binascii.b2a_base64(b"\0" * shift + raw, newline=False).decode()
        first = (0, 2, 3)[shift]
        last = len(text.rstrip("=")) - (1 if (shift + len(raw)) % 3 else 0)
        inner = text[first:last]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return forms
