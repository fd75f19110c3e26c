"""The code of Markdown pages: fenced and indented blocks, and what is typed in a terminal session.

https://spec.commonmark.org/0.31.2/, "Fenced code blocks" and "Indented code blocks".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from imagelint.dockerfile.located import Piece
from imagelint.lazy import Lazy

_FENCE = Lazy(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])?[ \t]*(?P<fence>`{3,}|~{3,})[ \t]*\{?\.?(?P<language>[\w+-]*)[^`]*$")
_SHELLS = frozenset(
    "sh bash shell zsh ksh console terminal shell-session shellsession sh-session bash-session session text txt "
    "plaintext cmd bat batch powershell pwsh ps1 ps command commandline cli docker".split()
)
_WINDOWS = {"cmd": "^", "bat": "^", "batch": "^", "powershell": "`", "pwsh": "`", "ps1": "`", "ps": "`"}
"""What ends a line that goes on, for the shells of Windows."""
_PROMPT = Lazy(
    r"[ \t>]*(?:\([^)]*\)[ \t]*)?(?:[\w.-]+@[\w.-]+[^$#%]*)?[$%][ \t]+"
    r"|[ \t]*(?:PS )?[A-Z]:\\[^>]*>[ \t]*"
)
_ROOT_PROMPT = Lazy(r"[ \t]*#[ \t]+(?=(?:docker|podman|nerdctl)\b)")
_QUOTE = Lazy(r"[ \t]{0,3}>[ \t]?")

_PLACEHOLDER = Lazy(r"(?<!<)<(?=[A-Za-z])[\w .,:/'-]{0,60}[\w.]>|\[(?=[A-Za-z])[\w.,'-]+ [\w .,'-]{0,60}[\w.]\]")
"""<your image>, [name of the container]: what readers put something of their own in."""


def blocks(lines: list[str]) -> Iterator[list[Piece]]:
    """The blocks that may be commands, each as the lines of a script: (line, column, text with its line end)."""
    number = 0
    blank = True
    while number < len(lines):
        line = lines[number]
        if found := _FENCE.match(line):
            end = _closing(lines, number + 1, found["fence"])
            language = found["language"].lower()
            if not language or language in _SHELLS:
                yield _typed([(at + 1, 1, lines[at]) for at in range(number + 1, end)], language)
            number, blank = end + 1, False
        elif blank and line.startswith(("    ", "\t")) and line.strip():
            end = number
            while end < len(lines) and (lines[end].startswith(("    ", "\t")) or not lines[end].strip()):
                end += 1
            yield _typed([(at + 1, 1, lines[at]) for at in range(number, end)], "")
            number = end
        else:
            blank = not line.strip()
            number += 1


def _closing(lines: list[str], number: int, fence: str) -> int:
    """The line that closes a block; the end of the page where none does."""
    while number < len(lines):
        text = lines[number].lstrip(" \t>").rstrip()
        if text.startswith(fence) and not text.strip(fence[0]):
            break
        number += 1
    return number


def _typed(lines: list[Piece], language: str) -> list[Piece]:
    """What somebody types: behind the prompts, where there are some, with the lines that go on; else everything."""
    if lines and all(text.lstrip(" ").startswith(">") for _, _, text in lines if text.strip()):
        lines = [_behind(piece, _QUOTE.match(piece[2])) for piece in lines]
    sign = _WINDOWS.get(language, "")
    prompted = any(_PROMPT.match(text) for _, _, text in lines)
    out: list[Piece] = []
    goes_on = False
    for piece in lines:
        found = _PROMPT.match(piece[2]) or (not prompted and _ROOT_PROMPT.match(piece[2]))
        if found and not goes_on:
            piece = _behind(piece, found)
        elif prompted and not goes_on:
            continue
        if goes_on and prompted and (more := _QUOTE.match(piece[2])):
            piece = _behind(piece, more)
        line, column, text = piece
        body = text.rstrip()
        if sign and body.endswith(sign):
            body = body[:-1] + "\\"
        goes_on = body.endswith("\\")
        out.append((line, column, _PLACEHOLDER.sub(_variable, body) + "\n"))
    return out


def _variable(placeholder: re.Match[str]) -> str:
    """As a variable of a shell, as long as it was: <docker options> is $docker_options_."""
    return "$" + re.sub(r"\W", "_", placeholder[0][1:])


def _behind(piece: Piece, found: re.Match[str] | None) -> Piece:
    line, column, text = piece
    end = found.end() if found else 0
    return line, column + end, text[end:]
