"""Amounts as facts and reports say them."""

from __future__ import annotations


def in_words(size: int) -> str:
    """Bytes as people say them: 12.3 MB."""
    amount, unit = float(size), "bytes"
    for bigger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, bigger
    return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
