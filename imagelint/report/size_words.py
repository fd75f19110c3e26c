"""Words and numbers that every format of `imagelint size` for people shows."""

from __future__ import annotations

from imagelint.image.leftovers import CATEGORIES

KINDS = {
    "deleted": "a later layer removes it, and each pull brings it all the same",
    "overwritten": "a later layer has other content at the same path",
    "hidden": "behind a folder that a later layer replaced",
    "metadata": "the same content once more, for the sake of a mode, an owner or a time",
    "duplicate": "the content of a file at another path; a link would do",
    **CATEGORIES,
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


def percent(part: int, whole: int) -> str:
    """A share for people."""
    return f"{100 * part / whole:.1f}%" if whole else "0.0%"
