"""What one COPY or ADD takes from the build context
(https://docs.docker.com/reference/dockerfile/#copy, and `--exclude` and `--parents` there)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from posixpath import basename, normpath

from imagelint.dockerfile.dockerignore import Ignore, Pattern, clean, compiled
from imagelint.dockerfile.patterns import BadPatternError, has_wildcard, matcher
from imagelint.dockerfile.tree import Entry, Tree
from imagelint.record import field, record

_NOTHING = Ignore()


@record
class Taken:
    """What a COPY takes."""

    files: list[tuple[Entry, str]] = field(default_factory=list)
    """Files, links and the like, and the path at which each comes to lie below the destination; empty where the
    destination is its name."""
    missing: list[str] = field(default_factory=list)
    """Sources that name nothing."""
    ignored: list[str] = field(default_factory=list)
    """Sources that name something, of which .dockerignore leaves nothing."""
    swept: list[tuple[Entry, str]] = field(default_factory=list)
    """Those of the files that no source names, since they come along in a folder or with a wildcard, and their paths
    below what is named."""
    known: dict[str, list[str]] = field(default_factory=dict)
    """Facts about it that were asked for; several Dockerfiles may take the same."""


def take(
    tree: Tree,
    ignore: Ignore,
    sources: Sequence[tuple[str, bool]],
    *,
    into: bool,
    exclude: Sequence[str],
    parents: bool,
) -> Taken:
    """Resolve sources, each with whether its text is certain (no variable that a build may set otherwise). `into`: the
    destination is a folder for certain."""
    taken = Taken()
    leave = excluded(exclude)
    seen: set[tuple[str, str]] = set()
    several = len(sources) > 1
    for source, certain in sources:
        there = any_file = False
        for entry, name, where, swept in (
            _with_parents(tree, ignore, source) if parents else _named(tree, ignore, source)
        ):
            there = True
            if entry is None:
                continue
            any_file = True
            if leave.patterns and _left_out(leave, name, entry.path, where):
                continue
            place = where or (name if into or several else "")
            if several:
                if (entry.path, place) in seen:
                    continue
                seen.add((entry.path, place))
            taken.files.append((entry, place))
            if swept:
                taken.swept.append((entry, swept))
        if certain and not any_file and not parents:
            if not there and not has_wildcard(source):
                taken.missing.append(source)
            elif there and _is_ignored(tree, ignore, source):
                taken.ignored.append(source)
    return taken


Found = tuple[Entry | None, str, str, str]
"""A file (None: something is there, and nothing of it is taken), its name in the source, its path below the source's
folder, and that below what the source names without wildcards."""


def _named(tree: Tree, ignore: Ignore, source: str) -> Iterator[Found]:
    for match, named in _matches(tree, source):
        entry = tree.at(match)
        if entry is None:
            continue
        if entry.sort == "dir":
            yield None, "", "", ""
            skip = len(entry.path) + 1 if entry.path else 0
            for inner in tree.below(entry.path, ignore):
                where = inner.path[skip:]
                yield inner, "", where, f"{match[named:]}/{where}" if named < len(match) else where
        else:
            yield None if ignore.along(entry.path)[0] else entry, basename(match), "", match[named:]


def _matches(tree: Tree, source: str) -> Iterator[tuple[str, int]]:
    """The paths that a source names, and the length of what stands there without wildcards. Ahead of the first one
    links are followed; behind it, only the last name."""
    path = _inside(source)
    if not has_wildcard(path):
        # a backslash quotes a wildcard for what reads patterns, and this is none
        path = path.replace("\\", "") if "\\" in path and tree.at(path) is None else path
        yield path, len(path)
        return
    parts = path.split("/")
    first = next(number for number, part in enumerate(parts) if has_wildcard(part))
    start = tree.at("/".join(parts[:first]))
    folders = [start] if start is not None else []
    for number, part in enumerate(parts[first:], first + 1):
        try:
            match = matcher(part, deep=False)
        except BadPatternError:
            return
        inside = (entry for above in folders if above.sort == "dir" for entry in tree.folder(above.path).values())
        found = [entry for entry in inside if tree.spend(1) and match(basename(entry.path))]
        if number == len(parts):
            skip = len(start.path) + 1 if start is not None and start.path else 0
            yield from ((entry.path, skip) for entry in found)
        folders = found


def _with_parents(tree: Tree, ignore: Ignore, source: str) -> Iterator[Found]:
    """COPY --parents: wildcards as in .dockerignore, and paths kept behind the pivot `/./`."""
    base, pivot, pattern = source.partition("/./")
    if not pivot:
        base, pattern = "", source
    folder = tree.at(_inside(base))
    if folder is None or folder.sort != "dir":
        return
    wanted = _inside(pattern)
    if not wanted:
        only = _NOTHING
    else:
        try:
            only = Ignore([Pattern(wanted, False, matcher(wanted, deep=True))])
        except BadPatternError:
            return
    skip = len(folder.path) + 1 if folder.path else 0
    for entry in tree.below(folder.path, ignore):
        rest = entry.path[skip:]
        if not only.patterns or only.along(rest)[0]:
            yield entry, "", rest, "" if rest == wanted else rest


def excluded(patterns: Sequence[str]) -> Ignore:
    """The --exclude flags; broken ones are left aside, for the build refuses them."""
    found = []
    for text in patterns:
        try:
            if pattern := compiled(text):
                found.append(pattern)
        except BadPatternError:
            continue
    return Ignore(found)


def _left_out(leave: Ignore, name: str, path: str, where: str) -> bool:
    """In a folder, by the path below it; a file that is named, by its name or by its path in the context."""
    if where:
        return leave.along(where)[0]
    return leave.along(name)[0] or leave.along(path)[0]


def _is_ignored(tree: Tree, ignore: Ignore, source: str) -> bool:
    """Whether it is .dockerignore that leaves nothing, and not an empty folder."""
    for match, _ in _matches(tree, source):
        entry = tree.at(match)
        if entry is None:
            continue
        if entry.sort != "dir":
            return True
        if entry.path and ignore.along(entry.path)[0] and next(tree.below(entry.path, _NOTHING), None) is not None:
            return True
    return False


def _inside(source: str) -> str:
    """A source from the context's folder, out of which no `..` leads."""
    return clean(normpath("/" + source)).removeprefix("/")
