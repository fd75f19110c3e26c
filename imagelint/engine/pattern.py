"""The pattern of a secret rule: one text that both `re` and Hyperscan take, with at most one named group, `secret`."""

from __future__ import annotations

import re

from imagelint.engine.marks import Mapping


def check(mapping: Mapping, thorough: bool) -> str:
    """The pattern; its mistakes are noted. `thorough` also puts it to Hyperscan, which costs some milliseconds."""
    pattern = mapping.string("pattern")
    if not pattern:
        return ""
    try:
        made = re.compile(pattern)
        re.compile(pattern.encode())
    except (re.error, ValueError) as error:
        mapping.mistake("pattern", f"no regular expression: {error}")
        return ""
    if set(made.groupindex) - {"secret"}:
        mapping.mistake("pattern", "the only group with a name is (?P<secret>...)")
    if made.match("") or made.search("\n \n"):
        mapping.mistake("pattern", "the pattern matches where there is nothing")
    elif thorough and (why := _refused(pattern.encode())):
        mapping.mistake("pattern", f"Hyperscan does not take it: {why}")
    return pattern


def _refused(pattern: bytes) -> str:
    """Why Hyperscan refuses a pattern; empty when it takes it."""
    import hyperscan  # heavy: only when a run needs it

    try:
        hyperscan.Database().compile(expressions=[pattern])
    except hyperscan.error as error:
        return str(error)
    return ""


def keywords(mapping: Mapping) -> tuple[str, ...]:
    """The literal words of which every match holds one, in lower case."""
    words = mapping.strings("keywords")
    for word in words:
        if word != word.lower() or len(word) < 2:
            mapping.mistake("keywords", f"{word!r}: keywords are of two characters or more, in lower case")
    return words
