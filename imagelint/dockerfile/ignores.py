"""Comments that ignore rules, as imagelint and its peers write them.

    # imagelint ignore=RULE[,RULE] reason: TEXT            the next instruction; ignore-stage= its stage; ignore-file=
    # hadolint ignore=DL3008,SC2046 [# TEXT]               the next instruction; `hadolint global ignore=` the file
    # check=skip=JSONArgsRecommended;error=true            the file, as a parser directive; `skip=all`: every check
    # checkov:skip=CKV_DOCKER_2:TEXT                       the file
    # pragma: allowlist secret                             secrets of this line, behind anything
    # pragma: allowlist nextline secret                    secrets of the next line, alone on its own

https://github.com/hadolint/hadolint#inline-ignores, https://docs.docker.com/reference/dockerfile/#check,
https://www.checkov.io/2.Basics/Suppressing%20and%20Skipping%20Policies.html,
https://github.com/Yelp/detect-secrets#inline-allowlisting. A comment counts when it begins with these words, in small
letters; a peer's as the peer itself reads it, save that blank lines and other comments may stand between hadolint's and
its instruction. The body of a here-document is a script or a file, and holds no comments of the Dockerfile;
detect-secrets alone goes by lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from imagelint.dockerfile.model import Dockerfile
from imagelint.lazy import Lazy
from imagelint.record import field, record

MOST_NAMES = 10_000
"""Names of rules that are read in one file: whoever needs more means the file, and each may become a finding."""
MARKS = ("imagelint", "hadolint", "check", "bridgecrew:", "cortex:")
"""What the comments begin with."""
ALL = "all"
"""BuildKit's word for all of its checks."""

_NAME = r"[A-Za-z0-9][\w./-]*"
_OWN = Lazy(rf"imagelint[ \t]+(ignore[\w-]*)[ \t]*=[ \t]*({_NAME}(?:[ \t]*,[ \t]*{_NAME})*)(?:[ \t]+(\S.*))?")
_OWN_BEGINS = Lazy(r"imagelint[ \t]+(ignore[\w-]*)")
_HADOLINT = Lazy(
    r"hadolint[ \t]+(global[ \t]+)?ignore[ \t]*=[ \t]*([DLSC0-9]+(?:[ \t]*,[ \t]*[DLSC0-9]+)*)[ \t]*(?:#(.*))?"
)
_HADOLINT_BEGINS = Lazy(r"hadolint[ \t]+(?:global[ \t]+)?ignore\b")
_CHECK = Lazy(r"check\s*=\s*", re.I)
_SKIP = Lazy(r"\s*skip\s*=")
_CHECKOV = Lazy(r"((?:checkov|bridgecrew|cortex):skip=) *([A-Za-z_\d]+)(?::(.*))?")
_PRAGMA = Lazy(r"#[ \t]*pragma: ?(?:allow|white)list[ -]secret")
_PRAGMA_NEXT = Lazy(r"#[ \t]*pragma: ?allowlist[ -]nextline[ -]secret")
_WORD = Lazy(r"[^\s,]+")

FORMS = {"ignore": "instruction", "ignore-stage": "stage", "ignore-file": "file"}
"""Our own words, and what each is for."""


@record
class Ignore:
    """One comment that ignores rules."""

    peer: str
    """imagelint, hadolint, buildkit, checkov or detect-secrets."""
    form: str
    """What it begins with: `imagelint ignore-stage`."""
    scope: str
    """instruction (the next one, or the one it stands in), stage, file, or line: the secrets of the line `about`."""
    line: int
    column: int
    end_column: int
    names: list[tuple[str, int]] = field(default_factory=list)
    """Each with its column."""
    reason: str = ""
    takes_reason: bool = False
    """The form has a place for a reason."""
    problem: str = ""
    """Why it counts for nothing."""
    about: int = 0


def read(file: Dockerfile) -> list[Ignore]:
    """Every such comment of a file, in the order of lines, as far as MOST_NAMES go."""
    found = list(_comments(file))
    if "pragma" in file.source:
        found += _pragmas(file)
        found.sort(key=lambda ignore: ignore.line)
    left = MOST_NAMES
    for place, ignore in enumerate(found):
        left -= max(1, len(ignore.names))
        if left < 0:
            ignore.names, ignore.about = [], 0
            ignore.problem = f"the file names over {MOST_NAMES} rules to ignore: from here on they count for nothing"
            return found[: place + 1]
    return found


def _comments(file: Dockerfile) -> Iterator[Ignore]:
    check = file.directives.get("check", "")
    for number, text in file.comments:
        if not text.startswith(MARKS) and not (check and text[:5].lower() == "check"):
            continue
        line = file.lines[number - 1]
        at = line.index("#") + 1
        at += len(line) - at - len(line[at:].lstrip())  # where the text begins, from 0
        if check and (match := _CHECK.match(text)) and text[match.end() :].strip() == check:
            yield from _buildkit(text, match.end(), number, at)
            check = ""
        elif ignore := _comment(text, number, at):
            yield ignore


def _comment(text: str, line: int, at: int) -> Ignore | None:
    end = at + len(text) + 1
    if match := _OWN.fullmatch(text):
        form, why = match[1], match[3] or ""
        if form in FORMS:
            reason = why.removeprefix("reason:").strip() if why.startswith("reason:") else ""
            names = _names(text, match.start(2), match.end(2), at)
            return Ignore("imagelint", f"imagelint {form}", FORMS[form], line, at + 1, end, names, reason, True)
    if match := _OWN_BEGINS.match(text):
        return _broken("imagelint", _own_problem(match[1]), line, at, end)
    if match := _HADOLINT.fullmatch(text):
        names = _names(text, match.start(2), match.end(2), at)
        form, scope = ("hadolint global ignore", "file") if match[1] else ("hadolint ignore", "instruction")
        return Ignore("hadolint", form, scope, line, at + 1, end, names, (match[3] or "").strip(), True)
    if _HADOLINT_BEGINS.match(text):
        problem = (
            "hadolint does not read this: `hadolint ignore=` takes ids as DL3008 with commas, and a reason behind #"
        )
        return _broken("hadolint", problem, line, at, end)
    if match := _CHECKOV.match(text):
        names = [(match[2], at + match.start(2) + 1)]
        return Ignore("checkov", match[1][:-1], "file", line, at + 1, end, names, (match[3] or "").strip(), True)
    return None


def _own_problem(word: str) -> str:
    if word in FORMS:
        return f"`imagelint {word}` is written `imagelint {word}=RULE,RULE reason: TEXT`"
    shown = f"`{word}`" if len(word) <= 20 else "such a word"
    return f"there is no {shown}: it is ignore= for the next instruction, ignore-stage= or ignore-file="


def _broken(peer: str, problem: str, line: int, at: int, end: int) -> Ignore:
    return Ignore(peer, f"{peer} ignore", "instruction", line, at + 1, end, problem=problem)


def _names(text: str, start: int, end: int, at: int) -> list[tuple[str, int]]:
    return [(match[0], at + match.start() + 1) for match in _WORD.finditer(text, start, end)]


def _buildkit(text: str, start: int, line: int, at: int) -> Iterator[Ignore]:
    """The options of `# check=`: skip, error and experimental, with semicolons between them."""
    place = start
    for part in text[start:].split(";"):
        if match := _SKIP.match(part):
            names = _names(text, place + match.end(), place + len(part), at)
            yield Ignore("buildkit", "check=skip", "file", line, at + 1, at + len(text) + 1, names)
            return
        place += len(part) + 1


def _pragmas(file: Dockerfile) -> Iterable[Ignore]:
    for number, line in enumerate(file.lines, 1):
        if "pragma" not in line:
            continue
        if match := _PRAGMA_NEXT.match(line):
            about, form = number + 1, "pragma: allowlist nextline secret"
        elif match := _PRAGMA.search(line):
            about, form = number, "pragma: allowlist secret"
        else:
            continue
        column, end = match.start() + 1, match.end() + 1
        yield Ignore("detect-secrets", form, "line", number, column, end, about=about)
