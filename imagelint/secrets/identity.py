"""What tells one secret from another without telling the secret."""

from __future__ import annotations

import os

from imagelint.sha256 import sha256

_KEY = os.urandom(32)
"""Lives as long as the process and is never written."""


def fingerprint(rule: str, value: str, strong: bool, path: str, name: str, ordinal: int) -> str:
    """32 hexadecimal digits, the same in every run.

    A generated token of 80 bits or more (`strong`) is known by its value, wherever it lies. A password could be
    guessed from a digest, so it is known by its rule, path, key name and ordinal (from 0, among those of the same
    rule, path and name), never by its value.
    """
    return of_value(rule, value) if strong else _digest("place", rule, path, name, str(ordinal))


def of_value(rule: str, value: str) -> str:
    """The fingerprint of a strong value."""
    return _digest("value", rule, value)


def _digest(*parts: str) -> str:
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def grouping(value: str) -> bytes:
    """The same for the same value within this process, and useless outside it."""
    import hmac  # only for images

    return hmac.digest(_KEY, value.encode("utf-8", "surrogatepass"), "sha256")
