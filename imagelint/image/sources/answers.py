"""What an engine answers, taken for no type that it does not have."""

from __future__ import annotations

from typing import Any

_MOST = 1 << 53
"""What JSON tells exactly (RFC 8259, section 6); a thousand times as much fits into a fact."""


def plain_id(identity: str) -> str:
    """sha256:HEX, with or without the algorithm, as the hexadecimal digits; empty for what is none."""
    digits = identity.removeprefix("sha256:")
    return digits if digits and set(digits) <= set("0123456789abcdef") else ""


def text(value: Any) -> str:
    """A string, or an empty one for what is none."""
    return value if isinstance(value, str) else ""


def number(value: Any) -> int:
    """An integer, cut to what can be counted with, or 0 for what is none."""
    return max(min(value, _MOST), -_MOST) if isinstance(value, int) and not isinstance(value, bool) else 0


def as_map(value: Any) -> dict[str, Any]:
    """An object, or an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """A list, or an empty one for what is none."""
    return value if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """The strings of a list."""
    return [item for item in items(value) if isinstance(item, str)]
