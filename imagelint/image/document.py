"""JSON documents of images, read with care: bounded, of the types that are expected, never trusted.

What is wrong becomes one UnreadableError whose text names the document and the key, both ours, and no content.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from imagelint.errors import DigestError, UnreadableError
from imagelint.stream import limits

_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z")


def is_digest(text: object) -> bool:
    """Whether it is a digest that can be checked (OCI image specification, descriptor.md, "Digests")."""
    return isinstance(text, str) and _DIGEST.match(text) is not None


def verify(data: bytes, digest: str, what: str) -> None:
    """DigestError when the bytes have another digest."""
    found = f"{digest[:6]}:{hashlib.new(digest[:6], data).hexdigest()}"
    if found != digest:
        raise DigestError(f"{what} has the digest {found} instead of {digest}")


class Document:
    """A JSON object, or a part of one; `what` names it in errors."""

    def __init__(self, value: object, what: str) -> None:
        if not isinstance(value, dict):
            raise UnreadableError(f"{what} is not a JSON object")
        self.value: dict[str, Any] = value
        self.what = what

    def text(self, key: str, default: str = "") -> str:
        """A text; the default when the key is missing or null."""
        value = self.value.get(key)
        if value is None:
            return default
        if not isinstance(value, str):
            raise UnreadableError(f"{self.what}: {key} is not a text")
        return value

    def number(self, key: str, default: int = -1) -> int:
        """A whole number that is not negative."""
        value = self.value.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise UnreadableError(f"{self.what}: {key} is not a size")
        return value

    def part(self, key: str) -> Document:
        """An object; an empty one when the key is missing or null."""
        return Document(self.value.get(key) or {}, f"{self.what}: {key}")

    def items(self, key: str) -> list[Any]:
        """A list; empty when the key is missing or null."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise UnreadableError(f"{self.what}: {key} is not a list")
        return value

    def parts(self, key: str) -> list[Document]:
        """A list of objects."""
        return [Document(item, f"{self.what}: an item of {key}") for item in self.items(key)]

    def texts(self, key: str) -> list[str]:
        """A list of texts."""
        values = self.items(key)
        if not all(isinstance(value, str) for value in values):
            raise UnreadableError(f"{self.what}: {key} is not a list of texts")
        return values

    def annotations(self) -> dict[str, str]:
        """The annotations that are texts."""
        return {key: value for key, value in self.part("annotations").value.items() if isinstance(value, str)}


def parse(data: bytes, what: str, doubled: list[str] | None = None) -> Any:
    """The JSON value. UnreadableError for what is no JSON, is too deep or too large.

    A key that stands twice in an object counts with its last value, as for Go; `what` is then added to `doubled`.
    """
    if len(data) > limits.DOCUMENT:
        raise UnreadableError(f"{what} has more than {limits.DOCUMENT} bytes")

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(items)
        if len(value) != len(items) and doubled is not None and what not in doubled:
            doubled.append(what)
        return value

    try:
        return json.loads(data, object_pairs_hook=pairs)
    except RecursionError:
        raise UnreadableError(f"{what} is nested too deeply") from None
    except ValueError:  # JSONDecodeError, UnicodeDecodeError, a number of too many digits
        raise UnreadableError(f"{what} is not JSON") from None
