"""What builders write into the history of an image (`created_by`), and which instruction such a text can come from.

The legacy builder: `/bin/sh -c #(nop) COPY file:HASH in /dst`, `/bin/sh -c make`, `|1 A=b /bin/sh -c make` (moby's
builder/dockerfile/dispatchers.go, internals.go). BuildKit: `COPY a /dst # buildkit`, `RUN |1 A=b /bin/sh -c make #
buildkit`, `ENV A=b` (frontend/dockerfile/dockerfile2llb/convert.go). Buildah and Podman: as the legacy builder, with
the instruction as it is written (imagebuildah/stage_executor.go, getCreatedBy).

Texts are compared without blanks, quotes and backslashes: builders join lines, take quotes off, and put others on. Of a
RUN the blanks between quotes count.
Variables stand for anything, since whoever calls a build may set them, but for those that an ENV of the file sets.
"""

from __future__ import annotations

from collections.abc import Callable
from posixpath import normpath

from imagelint.image.recipe import Made
from imagelint.lazy import Lazy
from imagelint.record import once

_KEYWORDS = (
    "ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME"
    "|WORKDIR"
)
_NOP = Lazy(rf"\S+(?: \S+){{0,8}}? #\(nop\)( +)((?i:{_KEYWORDS}))(?: |$)")
_PLAIN = Lazy(rf"({_KEYWORDS})(?: |$)")
_BUILDKIT = " # buildkit"
_ARGUMENTS = Lazy(r"\|\d{1,4} ")
_DROPPED = Lazy(r"[\s\"'\\\ufffd]+")
_LISTED = Lazy(r"[\s\"'\\\ufffd,\[\]]+")
"""Of lists: Go prints `["a" "b"]` or `[a b]`, JSON `["a", "b"]`."""
_ESCAPE = Lazy(r"\\(?:(\\)|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|[abfnrtv])")
"""Of Go's %q that stand for a blank or for nothing that can be seen; a backslash stays one."""
_FLAGS = Lazy(r"(?:--[a-z-]+(?:=\S*)? +)+")
_QUOTED = Lazy(r"\"[^\"\\\n]*\"|'[^'\\\n]*'")
_MOST_PORTS = 1 << 17
"""Of ranges, which may overlap; of more the ranges are compared."""
_PORTS = Lazy(r"(\d{1,5})(?:-(\d{1,5}))?(?:/[a-z]+)?")

FILES = frozenset(("ADD", "COPY", "RUN"))
"""What makes a layer of its own; WORKDIR does where its folder is not there."""


class Entry:
    """A text of the history, taken apart."""

    def __init__(self, keyword: str, rest: str, nop: str, buildkit: bool) -> None:
        """`nop`: `#(nop)` stands ahead of it; the blanks behind that, of which the legacy builder writes two for most
        instructions, and Buildah one."""
        self.keyword, self.rest, self.nop, self.buildkit = keyword, rest, nop, buildkit

    @once
    def bare(self) -> str:
        return stripped(self.rest)

    @once
    def listed(self) -> str:
        return _list(self.rest)

    @once
    def unquoted(self) -> str:
        """The list that Go's %q stands for."""
        return _list(_ESCAPE.sub(lambda match: match[1] or "", self.rest))


def read(created_by: str, comment: str = "") -> Entry | None:
    """None for a text that says nothing of an instruction."""
    text = created_by.strip()
    if not text:
        return None
    buildkit = text.endswith(_BUILDKIT) or comment.startswith("buildkit.")
    text = text.removesuffix(_BUILDKIT)
    if match := _NOP.match(text[:2000]):
        return Entry(match[2].upper(), text[match.end() :], match[1], buildkit)
    if match := _PLAIN.match(text):
        return Entry(match[1], text[match.end() :], "", buildkit)
    return Entry("RUN", text, "", buildkit)


def fits(made: Made, entry: Entry, trigger: bool = False) -> bool:
    """Whether the text can come from the instruction; `trigger`: from what an ONBUILD of a stage below put off."""
    if made.onbuild and not trigger:
        return entry.keyword == "ONBUILD" and entry.bare.upper() == stripped(f"{made.keyword} {made.text}").upper()
    if made.keyword != entry.keyword:
        return False
    if entry.nop and made.keyword == "ARG" and len(entry.nop) == 1:
        return True  # Buildah lists all arguments so far, by its own order
    return _FITS.get(made.keyword, _words)(made, entry) or _as_written(made, entry)


def stripped(text: str) -> str:
    """What of a text builders never change: no blanks, quotes and backslashes."""
    return str(_DROPPED.sub("", text))


def _list(text: str) -> str:
    return str(_LISTED.sub("", text))


def _as_written(made: Made, entry: Entry) -> bool:
    """Buildah, and others that keep the line; newer ones of Buildah add what else went into the layer, behind a `|`."""
    written = stripped(made.text)
    found = entry.bare
    return found == written or (entry.nop != "" and found.startswith(f"{written}|"))


def _run(made: Made, entry: Entry) -> bool:
    found = entry.bare
    given = _ARGUMENTS.match(entry.rest) is not None
    alike = any(found == text or (given and found.endswith(text)) for text in _commands(made))
    return alike and (made.json or bool(made.bodies) or _blanks_stay(made, entry))


def _blanks_stay(made: Made, entry: Entry) -> bool:
    """Between quotes blanks count, and every builder writes them down as they stand."""
    at = 0
    parts = (part for part in _QUOTED.findall(made.text) if " " in part)
    return all((at := entry.rest.find(part, at)) >= 0 for part in parts)


def _commands(made: Made) -> list[str]:
    """What a RUN may be written as, the build arguments left out."""
    shell, bodies = stripped("".join(made.shell)), made.bodies
    said = stripped("".join(made.words))
    texts = [said if made.json else shell + said]
    if bodies:
        texts.append(shell + stripped(bodies[0][1]))
        texts.append(shell + stripped(f"/dev/pipes/{bodies[0][0]}"))  # a script with a #! of its own
        texts.append(stripped(f"/dev/pipes/{bodies[0][0]}"))
        texts.append(shell + said + stripped("".join(body + name for name, body in bodies)))
    written = "/bin/sh-c" + stripped(made.text)
    texts.append(written)
    if bodies:
        texts.append(written + stripped("".join(body for _, body in bodies)))
    return [text for text in texts if text]


def _copy(made: Made, entry: Entry) -> bool:
    if not made.words:
        return False
    if entry.nop:
        destination = entry.rest.rpartition(" in ")[2].partition("|")[0]
        if "$" in destination:  # Buildah fills nothing in
            return stripped(made.text).rstrip("]").endswith(stripped(destination))
        return _to(made.words[-1], destination)
    sources = [word for word in made.words[:-1] if not word.startswith("<<")]
    opened = [f"<<{word[2:].lstrip('-')}" for word in made.words[:-1] if word.startswith("<<")]
    found = stripped(_FLAGS.sub("", entry.rest, count=1) if entry.rest.startswith("--") else entry.rest)
    return becomes("".join([*sources, *opened, made.words[-1]]), found)


def _to(word: str, destination: str) -> bool:
    """A relative one may be written as it is, or below a WORKDIR that only the base knows."""
    found = stripped(destination)
    if becomes(word, found):
        return True
    word = stripped(word)
    if word.startswith("/"):
        return False
    return found.startswith("/") and becomes(word.lstrip("./"), found, anywhere=True)


def _pairs(made: Made, entry: Entry) -> bool:
    return bool(made.pairs) and becomes("".join(f"{name}={value}" for name, value in made.pairs), entry.bare)


def _arg(made: Made, entry: Entry) -> bool:
    """Its value is the caller's."""
    found, at = entry.bare, 0
    for number, (name, _) in enumerate(made.pairs):
        at = found.find(name, at)
        if at < 0 or (number == 0 and at > 0):
            return False
        at += len(name)
        if len(made.pairs) == 1 and found[at : at + 1] not in ("", "="):
            return False
    return bool(made.pairs)


def _command(made: Made, entry: Entry) -> bool:
    said = "".join(made.words) if made.json else "".join(made.shell) + "".join(made.words)
    return entry.unquoted == _list(said)


def _health(made: Made, entry: Entry) -> bool:
    said = _list("".join(made.words[1:])) or "NONE"
    return said in entry.unquoted or said in entry.listed


def _expose(made: Made, entry: Entry) -> bool:
    words = " ".join(made.words)
    return "$" in words or _ports(words) == _ports(entry.rest)


def _ports(text: str) -> set[int] | set[tuple[int, int]]:
    """BuildKit writes each port of a range."""
    ranges = {(int(first), int(last or first)) for first, last in _PORTS.findall(text)}
    if sum(last - first for first, last in ranges) > _MOST_PORTS:
        return ranges
    return {port for first, last in ranges for port in range(first, last + 1)}


def _workdir(made: Made, entry: Entry) -> bool:
    word, found = stripped("".join(made.words)), entry.bare
    if "$" in word:
        return becomes(word.rstrip("/"), found.rstrip("/"), anywhere=True)
    if word.startswith("/"):
        return normpath(found).lstrip("/") == normpath(word).lstrip("/")
    inner = [part for part in normpath(word).split("/") if part not in (".", "..")]
    return found.startswith("/") and found.split("/")[len(found.split("/")) - len(inner) :] == inner


def _words(made: Made, entry: Entry) -> bool:
    return becomes("".join(made.words), entry.listed, _list)


_FITS = {
    "RUN": _run,
    "COPY": _copy,
    "ADD": _copy,
    "ENV": _pairs,
    "LABEL": _pairs,
    "ARG": _arg,
    "CMD": _command,
    "ENTRYPOINT": _command,
    "HEALTHCHECK": _health,
    "EXPOSE": _expose,
    "WORKDIR": _workdir,
}


def becomes(word: str, found: str, bare: Callable[[str], str] = stripped, anywhere: bool = False) -> bool:
    """Whether a word, as written, can have become this text; `anywhere`: with something ahead of it."""
    chunks = [bare(chunk) for chunk in _chunks(word)]
    if anywhere:
        chunks.insert(0, "")
    if len(chunks) == 1:
        return found == chunks[0]
    first, last = chunks[0], chunks[-1]
    if not (found.startswith(first) and found.endswith(last) and len(found) >= len(first) + len(last)):
        return False
    at, end = len(first), len(found) - len(last)
    for chunk in chunks[1:-1]:
        at = found.find(chunk, at, end)
        if at < 0:
            return False
        at += len(chunk)
    return True


_NAME = Lazy(r"\w+|[@*#?$!-]")


def _chunks(word: str) -> list[str]:
    """What stands around the variables of a word."""
    if "$" not in word:
        return [word]
    chunks, at = [], 0
    while (dollar := word.find("$", at)) >= 0:
        end = dollar + 1
        if word.startswith("{", end):
            depth = 0
            while end < len(word):
                depth += {"{": 1, "}": -1}.get(word[end], 0)
                end += 1
                if not depth:
                    break
        elif match := _NAME.match(word, end):
            end = match.end()
        chunks.append(word[at:dollar])
        at = end
    return [*chunks, word[at:]]
