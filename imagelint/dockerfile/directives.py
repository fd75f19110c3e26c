"""`# syntax=`, `# escape=` and `# check=` at the top of a file."""

from __future__ import annotations

import re

from imagelint.dockerfile.model import ParseError, Span

NAMES = ("syntax", "escape", "check")
ESCAPES = ("\\", "`")

_DIRECTIVE = re.compile(r"\s*#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S(?:.*\S)?)\s*")


def read_directives(lines: list[str]) -> tuple[dict[str, str], str, list[ParseError]]:
    """The directives, the escape character, and what is wrong with them.

    They end at the first line that is none: an empty line, a comment, an unknown name. The rest of the comments at the
    top is looked through for one that comes too late. Below a line `#!...` BuildKit reads all of them but escape.
    """
    found: dict[str, str] = {}
    errors: list[ParseError] = []
    shebang = bool(lines) and lines[0].startswith("#!")
    top = True
    for number, line in enumerate(lines[shebang:], 1 + shebang):
        match = _DIRECTIVE.fullmatch(line)
        if not match and line.strip() and not line.lstrip().startswith("#"):
            break
        name = match[1].lower() if match else ""
        mistake = _mistake(name, match[2] if match else "", top, found)
        if mistake:
            column = line.index("#") + 1
            errors.append(ParseError(*mistake, Span(number, column, number, len(line.rstrip()) + 1)))
        top = top and name in NAMES
        if match and top:
            found.setdefault(name, match[2])
    escape = found.get("escape", "")
    return found, escape if escape in ESCAPES and not shebang else "\\", errors


def _mistake(name: str, value: str, top: bool, found: dict[str, str]) -> tuple[str, str] | None:
    """(code, text) of what is wrong with `# name=value`."""
    if name not in NAMES:
        near = _nearest(name) if top and name else ""
        return ("misspelt-directive", f"no directive has this name; did you mean {near}?") if near else None
    if name in found:
        return ("bad-directive", f"`# {name}=` stands twice") if top else None
    if not top:
        return (
            "late-directive",
            f"`# {name}=` counts only at the top of the file, ahead of other comments and empty lines",
        )
    if name == "escape" and value not in ESCAPES:
        return "bad-directive", "the escape character can be ` or \\ and nothing else"
    return None


def _nearest(name: str) -> str:
    from difflib import get_close_matches  # only for a file whose first comment looks like a directive

    near = get_close_matches(name[:16], NAMES, 1, 0.75)
    return near[0] if near else ""
