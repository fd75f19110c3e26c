"""The .dockerignore of a build context: which of its paths a build never sees.

The grammar is moby's (https://docs.docker.com/build/concepts/context/#dockerignore-files, and the packages ignorefile
and patternmatcher of https://github.com/moby/patternmatcher): a pattern a line, relative to the context, a leading or
trailing slash without meaning, `!` takes back, the last line that matches decides, `#` in the first column comments.
What lies in a folder that matches, matches.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence

from imagelint.dockerfile.patterns import BadPatternError, has_wildcard, matcher
from imagelint.record import record

NAME = ".dockerignore"
MAX_BYTES = 1 << 20
"""A .dockerignore is a page."""
MAX_PATTERNS = 5000
MAX_LINE = 64 << 10
"""The build's own limit for a line (Go's bufio.Scanner)."""

Verdicts = tuple[bool, ...]
"""Which of the patterns a folder matched, for judging what lies in it; empty for the context itself."""


@record
class Pattern:
    """A line: what matches it is left out, or, with a `!` in front, taken in again."""

    text: str
    again: bool
    match: Callable[[str], object]


class Ignore:
    """The lines of one file, in order."""

    def __init__(self, patterns: Sequence[Pattern] = ()) -> None:
        self.patterns = tuple(patterns)
        again = [pattern.text for pattern in patterns if pattern.again]
        self._again = bool(again)
        self._inside: list[str] | None = []
        """Paths that a `!` may name in a folder that is left out; None for anywhere."""
        for text in again:
            text = text.removesuffix("/**").removesuffix("/*")
            if self._inside is not None:
                self._inside = None if has_wildcard(text) or "\\" in text else [*self._inside, text + "/"]

    def judge(self, path: str, above: Verdicts = ()) -> tuple[bool, Verdicts]:
        """Whether a path is left out, and the verdicts for what lies in it; `above` are those of its folder."""
        ignored = False
        verdicts = []
        for number, pattern in enumerate(self.patterns):
            matched = bool(above) and above[number]
            if not matched and pattern.again == ignored:
                matched = bool(pattern.match(path))
            verdicts.append(matched)
            if matched:
                ignored = not pattern.again
        return ignored, tuple(verdicts)

    def along(self, path: str) -> tuple[bool, Verdicts]:
        """The same for a path whose folders were not judged yet."""
        ignored, at = False, 0
        verdicts: Verdicts = ()
        while path and at >= 0 and self.patterns:
            at = path.find("/", at + 1)
            ignored, verdicts = self.judge(path if at < 0 else path[:at], verdicts)
        return ignored, verdicts

    def closed(self, folder: str) -> bool:
        """Whether nothing in a folder that is left out can be taken in again."""
        if not self._again:
            return True
        return self._inside is not None and not any(text.startswith(folder + "/") for text in self._inside)


def read(data: bytes) -> tuple[Ignore, list[tuple[int, str]]]:
    """The patterns of a file, and (line, why) of each one that a build would refuse; the others count."""
    patterns: list[Pattern] = []
    mistakes: list[tuple[int, str]] = []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if len(line) > MAX_LINE:
            mistakes.append((number, f"the line has over {MAX_LINE >> 10} KiB"))
            continue
        if line.startswith(b"#"):
            continue
        if len(patterns) >= MAX_PATTERNS:
            mistakes.append((number, f"there are more than {MAX_PATTERNS:,} patterns; the rest was left aside"))
            break
        try:
            if found := compiled(line.decode("utf-8", "surrogateescape")):
                patterns.append(found)
        except BadPatternError as error:
            mistakes.append((number, str(error)))
    return Ignore(patterns), mistakes


def compiled(line: str) -> Pattern | None:
    """The pattern of a line; None for an empty one. Raises BadPatternError."""
    text = line.strip()
    again = text.startswith("!")
    text = text[1:].strip() if again else text
    if not text:
        if again:
            raise BadPatternError("a `!` alone")
        return None
    text = clean(text)
    return Pattern(text, again, matcher(text, deep=True))


def clean(path: str) -> str:
    """Go's filepath.Clean, then without a leading slash: `/a//b/../c/` is `a/c`, and the context itself is `.`."""
    path = posixpath.normpath(path)
    if path.startswith("/"):
        path = path.lstrip("/") or "/"
    return path
