"""The build context of a Dockerfile: which folder it is, what its .dockerignore leaves, what each COPY takes of it.

`--context DIR` says which folder it is. With a folder as the target nobody says it, and both habits are common:
`docker build DIR`, the folder in which the Dockerfile lies, and `docker build -f DIR/Dockerfile .`, one above it. It is
the nearest folder, from the Dockerfile's own up to the target, in which every source lies that COPY and ADD name. If
there is none, it is the one with most of them, and nothing is said about those that are missing: many a Dockerfile
copies what a build ahead of it makes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from imagelint.dockerfile import dockerignore, sent_secrets
from imagelint.dockerfile.dockerignore import Ignore
from imagelint.dockerfile.patterns import has_wildcard
from imagelint.dockerfile.take import Taken, take
from imagelint.dockerfile.tree import Entry, Tree, read_regular
from imagelint.paths import relative
from imagelint.record import field, once, record
from imagelint.secrets.dropped import Tally

if TYPE_CHECKING:
    from imagelint.dockerfile.excerpt import Excerpts
    from imagelint.dockerfile.model import Dockerfile, Flag, Word
    from imagelint.dockerfile.sent_secrets import Carried
    from imagelint.dockerfile.subjects import Subject
    from imagelint.engine.rule import Rule
    from imagelint.findings import Finding, SafeText
    from imagelint.secrets.confirm import Candidate
    from imagelint.secrets.redact import Redactor
    from imagelint.tracked import Tracked

MOST_CANDIDATES = 16
"""Folders between a Dockerfile and the target that are tried."""
MOST_MISTAKES = 10
"""Broken patterns of one .dockerignore that are told."""
MOST_TOLD = 50
"""Places of one context that could not be read and are told one by one."""
KEPT_TAKEN = 16
"""What is remembered of one context for other Dockerfiles that say the same: `COPY . .` is what many say."""
KEPT_TREES = 4
"""Contexts whose names are remembered for the next Dockerfile of the same target."""
NOTHING_IGNORED = Ignore()
REMOTE = ("http://", "https://", "ftp://", "git@", "git://", "ssh://")


@record
class Sent:
    """One place of a secret in a context. The candidate has the value, so it stays out of the repr."""

    candidate: Candidate = field(repr=False)
    path: str
    """Of the file in the context."""
    way: str
    """The path, and the way into an archive."""
    line: int
    surface: str


Reader = Callable[["Context", Sequence[Entry]], list[list[Sent]]]
"""Reads these files of a context, and gives each secret in them as the list of its places; what could not be read it
tells the context's notes."""


class Notes:
    """What was not read of one context: (place, reason) each."""

    def __init__(self) -> None:
        self.incomplete: list[tuple[str, str]] = []
        self.limited: list[tuple[str, str]] = []

    def miss(self, place: str, reason: str) -> None:
        """A hole."""
        _add(self.incomplete, place, reason)

    def cut(self, place: str, reason: str) -> None:
        """What was left aside on purpose."""
        _add(self.limited, place, reason)


def _add(to: list[tuple[str, str]], place: str, reason: str) -> None:
    if len(to) < MOST_TOLD and (place, reason) not in to:
        to.append((place, reason))
    elif len(to) == MOST_TOLD:
        to.append((place, "this and more places, which are not listed"))


class Known:
    """What is known of one folder, whichever Dockerfile asks."""

    def __init__(self, folder: str, listed: list[tuple[str, str, str]] | None, tracked: Tracked | None) -> None:
        self.notes, self._tracked = Notes(), tracked

        def tell(path: str, digest: str) -> None:
            if listed is not None:
                listed.append((folder, path, digest))

        keep = tracked.below(folder) if tracked is not None else None
        self.tree = Tree(folder, self._note, self._cut, None if listed is None else tell, keep)
        self.taken: dict[object, Taken] = {}
        self._ignores: dict[bytes, tuple[Ignore, list[tuple[int, str]]]] = {}

    def _note(self, path: str, reason: str) -> None:
        self.notes.miss(shown(self.tree.root, path), reason)

    def _cut(self, path: str, reason: str) -> None:
        self.notes.cut(shown(self.tree.root, path), reason)

    def ignore(self, path: str) -> Ignore:
        """That of the Dockerfile at `path`: its own NAME.dockerignore beside it, or else the context's."""
        inside = self.tree.at(dockerignore.NAME)
        places = [path + dockerignore.NAME]
        if self._tracked is not None and not self._tracked.has(places[0]):
            places = []
        if inside is not None and inside.sort == "file":
            places.append(shown(self.tree.root, inside.path))
        for place in places:
            try:
                data = read_regular(place, dockerignore.MAX_BYTES + 1)
            except FileNotFoundError:
                continue
            except OSError as error:
                self.notes.miss(place, f"cannot be read: {error.strerror or 'no reason given'}")
                continue
            if len(data) > dockerignore.MAX_BYTES:
                self.notes.miss(place, f"has over {dockerignore.MAX_BYTES >> 20} MiB; the rest was left aside")
                data = data[: dockerignore.MAX_BYTES]
            if data not in self._ignores:
                self._ignores[data] = dockerignore.read(data)
            ignore, mistakes = self._ignores[data]
            for line, reason in mistakes[:MOST_MISTAKES]:
                self.notes.miss(f"{place}:{line}", f"the pattern was left aside: {reason}")
            return ignore
        return NOTHING_IGNORED


class Context:
    """One folder as the context of one Dockerfile."""

    def __init__(self, known: Known, path: str, certain: bool, reader: Reader | None) -> None:
        """`path` is the Dockerfile's own."""
        self.tree, self.notes = known.tree, known.notes
        self.tree.allow()
        self.ignore = known.ignore(path)
        self.certain = certain
        """Whether a source that is missing here is missing: somebody said that this is the folder."""
        self._path = path
        self.dropped = Tally()
        """What filters turned away in files that were read for this Dockerfile."""
        self._known = known.taken
        self._reader = reader

    @once
    def own(self) -> str:
        """The Dockerfile, if it lies in its context: what it holds is told at its own lines."""
        return relative(os.path.abspath(self._path), os.path.abspath(self.tree.root)).replace(os.sep, "/")

    def take(self, words: Sequence[Word], flags: Sequence[Flag]) -> Taken:
        """What a COPY or ADD with these words (the destination last) and flags takes."""
        named = [(word.value, word.expanded and "$" not in word.raw) for word in words[:-1] if _is_local(word)]
        exclude = [flag.value for flag in flags if flag.name == "exclude"]
        parents = any(flag.name == "parents" and flag.value.lower() != "false" for flag in flags)
        into = words[-1].value.endswith(("/", "/.")) or words[-1].value in (".", "..") if words else False
        key = (id(self.ignore), tuple(named), into, tuple(exclude), parents)
        taken = self._known.get(key)
        if taken is None:
            while len(self._known) >= KEPT_TAKEN:
                del self._known[next(iter(self._known))]
            taken = take(self.tree, self.ignore, named, into=into, exclude=exclude, parents=parents)
            self._known[key] = taken
        return taken

    def carried(self, things: Iterable[Subject]) -> list[Carried]:
        """The secrets in what the Dockerfile of these subjects takes."""
        return sent_secrets.carried(self, things) if self._reader is not None else []

    def findings(
        self,
        found: list[Carried],
        chosen: dict[str, Rule],
        redactor: Redactor,
        excerpts: Excerpts,
        path: str,
        target: SafeText,
        show: bool,
    ) -> Iterator[Finding]:
        """What is reported of them."""
        return sent_secrets.findings(found, chosen, self, redactor, excerpts, path, target, show)

    def secrets(self, files: Sequence[Entry]) -> list[list[Sent]]:
        """The secrets in these files, each with its places."""
        return self._reader(self, files) if self._reader is not None and files else []

    def shown(self, path: str) -> str:
        """A path of the context as reports give it."""
        return shown(self.tree.root, path)


def shown(root: str, path: str) -> str:
    """A path below a folder, as reports give it."""
    if not path:
        return root
    return path if root == "." else f"{root.rstrip('/')}/{path}"


class Contexts:
    """The contexts of one scan."""

    def __init__(self, named: str = "", reader: Reader | None = None, tracked: Tracked | None = None) -> None:
        """`named` is the folder of --context; without it, each Dockerfile's is looked for below its target. With
        `tracked`, only what git tracks is there."""
        self._named, self._reader, self._tracked = named, reader, tracked
        self.listed: list[tuple[str, str, str]] | None = None
        """If it is a list, each folder that is read goes there: the context, the path in it, the listing's digest."""
        self.asked: list[str] = []
        """The folders that were looked at to find the context of the last Dockerfile."""
        self._folders: dict[str, Known] = {}
        self._candidates: dict[tuple[str, str], list[str]] = {}

    def where(self, top: str) -> Where:
        """For one Dockerfile below the folder `top`, or, when that is empty, named itself."""
        self.asked = []
        return Where(self, top)

    def of(self, file: Dockerfile, path: str, top: str) -> Context | None:
        """The context of the Dockerfile at `path`, which lies in the folder `top`; None where none is known."""
        sources = list(_sources(file))
        if not sources:
            return None
        if self._named:
            return self._made(self._named, path, True)
        if not top:
            return None
        literal = [word.value for word in sources if not has_wildcard(word.value) and word.expanded]
        literal = [source for source in literal if os.path.normpath("/" + source) != "/"]
        best, most = "", 0
        beside = (os.path.dirname(path) or ".", top)
        if beside not in self._candidates:
            self._candidates[beside] = list(_candidates(*beside))
        for folder in self._candidates[beside]:
            self.asked.append(folder)
            tree = self._known(folder).tree
            there = sum(tree.at(source) is not None for source in literal)
            if there == len(literal):
                return self._made(folder, path, False)
            if there > most:
                best, most = folder, there
        return self._made(best, path, False) if best else None

    def _known(self, folder: str) -> Known:
        if folder not in self._folders:
            while len(self._folders) >= KEPT_TREES:
                del self._folders[next(iter(self._folders))]
            self._folders[folder] = Known(folder, self.listed, self._tracked)
        return self._folders[folder]

    def _made(self, folder: str, path: str, certain: bool) -> Context:
        return Context(self._known(folder), path, certain, self._reader)


class Where:
    """Where one Dockerfile's context may lie, and, once it was asked for, what of it was not read."""

    def __init__(self, contexts: Contexts, top: str) -> None:
        self._contexts, self._top = contexts, top
        self.notes = Notes()

    def context(self, file: Dockerfile, path: str) -> Context | None:
        """The context of the Dockerfile at `path`; None where none is known."""
        found = self._contexts.of(file, path, self._top)
        if found is not None:
            self.notes = found.notes
        return found


def _candidates(folder: str, top: str) -> Iterator[str]:
    """A Dockerfile's own folder, then those above it as far as the target."""
    end = os.path.realpath(top)
    for _ in range(MOST_CANDIDATES):
        yield folder
        real = os.path.realpath(folder)
        if real == end or not real.startswith(end.rstrip("/") + "/"):
            return
        folder = os.path.normpath(os.path.join(folder, ".."))


def _sources(file: Dockerfile) -> Iterator[Word]:
    for instruction in file.instructions:
        if (
            instruction.keyword in ("COPY", "ADD")
            and not instruction.onbuild
            and not any(flag.name == "from" for flag in instruction.flags)
        ):
            yield from (word for word in instruction.words[:-1] if _is_local(word))


def _is_local(word: Word) -> bool:
    return not word.raw.startswith("<<") and not word.value.lower().startswith(REMOTE) and word.value != ""
