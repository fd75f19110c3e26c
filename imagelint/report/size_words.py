"""Words and numbers that every format of `imagelint size` for people shows."""

from __future__ import annotations

KINDS = {
    "deleted": "a later layer removes it, and each pull brings it all the same",
    "overwritten": "a later layer has other content at the same path",
    "hidden": "behind a folder that a later layer replaced",
    "metadata": "the same content once more, for the sake of a mode, an owner or a time",
    "duplicate": "the content of a file at another path; a link would do",
}
"""What each kind of waste means."""
MADE = {
    "deleted": "removed by",
    "overwritten": "replaced by",
    "hidden": "hidden by",
    "metadata": "the same as in",
    "duplicate": "the same as in",
}
"""What the layer `by` has to do with it."""


def amount(size: int) -> str:
    """A size for people, with powers of 1,000 as Docker and registries have them: 41.2 MB."""
    if size < 1000:
        return f"{size} B"
    number = float(size)
    for unit in ("kB", "MB", "GB"):
        number /= 1000
        if round(number, 1) < 1000:
            return f"{number:.1f} {unit}"
    return f"{number / 1000:.1f} TB"


def percent(part: int, whole: int) -> str:
    """A share for people."""
    return f"{100 * part / whole:.1f}%" if whole else "0.0%"
