"""What a file is that a running container has no use for, told by its path alone.

Where each tool keeps what it downloaded, and whether anything but the tool reads it, is from its own manual:
apt-get(8), apk-cache(5), dnf.conf(5), zypper(8), pacman.conf(5); `pip cache dir`, `npm config get cache`, `yarn cache
dir`, pnpm's store, `go env GOCACHE GOMODCACHE`, Cargo's and rustup's home, Maven's local repository, Gradle's user
home, Composer's home, RubyGems' and NuGet's caches, `conda clean`, ccache(1). A folder called .cache is none by
itself: browsers for tests, model weights and poetry's environments lie there too, and programs run from them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint.record import record

if TYPE_CHECKING:
    from imagelint.image.ledger import Ledger
    from imagelint.image.result import LayerResult

CACHE, LISTS, LOGS, TEMPORARY, VCS = "package-cache", "package-lists", "logs", "temporary", "vcs"
BYTECODE, DOCUMENTATION, LOCALES, BUILD = "bytecode", "documentation", "locales", "build-tools"
CATEGORIES = {
    CACHE: "package caches",
    LISTS: "package lists",
    LOGS: "logs",
    TEMPORARY: "temporary files",
    VCS: "version control folders",
    BYTECODE: "compiled Python beside its source",
    DOCUMENTATION: "documentation and manual pages",
    LOCALES: "translations",
    BUILD: "compilers, headers and static libraries",
}
"""Every category, and what a sentence calls it. Of the last four each image may have good reasons to ship some."""
_NAMES = list(CATEGORIES)
_NUMBERS = {name: number for number, name in enumerate(_NAMES)}


@record
class Leftover:
    """What a path is."""

    category: str
    root: bytes
    """The folder that could be left out whole, or the path itself."""


_AT = {
    b"var/cache/apt": CACHE,
    b"var/cache/apk": CACHE,
    b"etc/apk/cache": CACHE,
    b"var/cache/dnf": CACHE,
    b"var/cache/yum": CACHE,
    b"var/cache/libdnf5": CACHE,
    b"var/cache/PackageKit": CACHE,
    b"var/cache/zypp": CACHE,
    b"var/cache/pacman/pkg": CACHE,
    b"var/cache/distfiles": CACHE,
    b"var/cache/binpkgs": CACHE,
    b"usr/local/cargo/registry": CACHE,
    b"usr/local/cargo/git": CACHE,
    b"usr/local/bundle/cache": CACHE,
    b"usr/local/share/.cache/yarn": CACHE,
    b"var/lib/apt/lists": LISTS,
    b"var/lib/pacman/sync": LISTS,
    b"var/lib/opkg/lists": LISTS,
    b"var/db/repos": LISTS,
    b"var/log": LOGS,
    b"tmp": TEMPORARY,
    b"var/tmp": TEMPORARY,
    b"usr/share/doc": DOCUMENTATION,
    b"usr/share/doc-base": DOCUMENTATION,
    b"usr/share/man": DOCUMENTATION,
    b"usr/share/info": DOCUMENTATION,
    b"usr/share/gtk-doc": DOCUMENTATION,
    b"usr/share/help": DOCUMENTATION,
    b"usr/local/share/doc": DOCUMENTATION,
    b"usr/local/share/man": DOCUMENTATION,
    b"usr/local/share/info": DOCUMENTATION,
    b"usr/local/man": DOCUMENTATION,
    b"var/cache/man": DOCUMENTATION,
    b"usr/share/locale": LOCALES,
    b"usr/local/share/locale": LOCALES,
    b"usr/share/i18n": LOCALES,
    b"usr/include": BUILD,
    b"usr/local/include": BUILD,
    b"usr/lib/gcc": BUILD,
    b"usr/libexec/gcc": BUILD,
    b"usr/local/lib/gcc": BUILD,
    b"usr/local/libexec/gcc": BUILD,
    b"usr/local/go": BUILD,
    b"usr/lib/go": BUILD,
    b"usr/local/rustup/toolchains": BUILD,
}
"""Folders by their whole path."""

_NAMED = {
    b".git": VCS,
    b".svn": VCS,
    b".hg": VCS,
    b".bzr": VCS,
    b".ccache": CACHE,
    b".sccache": CACHE,
}
"""Folders by their name, wherever they lie."""

_ENDS = {
    b".cache": dict.fromkeys(
        b"pip uv pipenv pre-commit yarn pnpm node-gyp go-build composer bazel bazelisk ccache sccache coursier "
        b"Homebrew rebar3 trivy golangci-lint".split(),
        CACHE,
    ),
    b"pypoetry": {b"cache": CACHE, b"artifacts": CACHE},
    b".npm": {b"_cacache": CACHE, b"_logs": LOGS, b"_npx": CACHE},
    b"berry": {b"cache": CACHE},
    b"pnpm": {b"store": CACHE},
    b"install": {b"cache": CACHE},
    b".composer": {b"cache": CACHE},
    b".cargo": {b"registry": CACHE, b"git": CACHE},
    b".rustup": {b"toolchains": BUILD, b"downloads": CACHE},
    b".m2": {b"repository": CACHE, b"wrapper": CACHE},
    b".gradle": {b"caches": CACHE, b"wrapper": CACHE, b"daemon": LOGS},
    b".ivy2": {b"cache": CACHE},
    b".sbt": {b"boot": CACHE},
    b".nuget": {b"packages": CACHE},
    b"NuGet": {b"v3-cache": CACHE, b"http-cache": CACHE, b"plugins-cache": CACHE},
    b".cpan": {b"build": CACHE, b"sources": CACHE},
    b".cpanm": {b"work": CACHE},
    b".hex": {b"packages": CACHE},
    b".bundle": {b"cache": CACHE},
    **{
        conda: {b"pkgs": CACHE}
        for conda in b"conda miniconda miniconda3 anaconda anaconda3 miniforge3 mambaforge micromamba".split()
    },
}
"""Folders by the last two parts of their path."""
_ABOVE = {b"berry": b".yarn", b"install": b".bun"}
"""For pairs that say too little: the part above them."""

_DOC = b"usr/share/doc"
_GO_MODULES = b"go/pkg/mod"
_GEMS = re.compile(rb"(?:\A|/)(?:gems/[0-9.]+|bundle/ruby/[0-9.]+|vendor)/cache\Z")
_LIBRARIES = re.compile(rb"(?:usr/(?:local/)?)?lib(?:32|64|x32)?(?:/|\Z)")
_PROGRAMS = re.compile(rb"(?:usr/(?:local/)?)?bin\Z")
_TOOL = re.compile(
    rb"(?:[a-z0-9_]+-(?:linux|alpine-linux|redhat-linux|suse-linux)(?:-[a-z0-9]+)?-)?"
    rb"(?:gcc|g\+\+|cpp|gfortran|gnat|gdc|gccgo|c\+\+|cc|clang(?:\+\+)?|ld|as|lto-dump|gdb|cmake|ctest|cpack|ninja|make|gmake|"
    rb"ar|ranlib|nm|objdump|objcopy|gprof|dwp|gold|readelf|strip)(?:\.bfd|\.gold|\.lld)?(?:-[0-9.]+)?\Z"
)
_SLIM = re.compile(r"(?:^|[/:._-])(?:slim|minimal|micro|alpine|wolfi|chiseled|distroless)(?:$|[/:@._0-9-])")
_EXCLUDES = (b"etc/dpkg/dpkg.cfg.d/docker", b"etc/dpkg/dpkg.cfg.d/excludes")
_DEEP = 40
"""Parts of a path that are looked at: what lies deeper lies in something that was seen, or is made to cost."""
_AT_ONCE = 10_000
"""Paths whose folders are held, a hundred bytes each."""
_REMEMBERED = 2048
"""Folders whose answer is kept: the entries of a layer come folder by folder."""


class Leftovers:
    """Answers for the entries of one image; what it said of their folders is remembered for a while."""

    def __init__(self) -> None:
        self._folders: dict[bytes, _Answer] = {b"": None}

    def of(self, path: bytes) -> Leftover | None:
        """What the file at this path (no slash in front) is; None where it may well be of use."""
        folder, _, name = path.rpartition(b"/")
        found = self.folder(folder)
        return found(path, folder, name) if callable(found) else found

    def among(self, paths: Sequence[bytes], *, compiled: bool) -> tuple[array[int], bytearray]:
        """The numbers of those paths that are left over, and for each which of CATEGORIES it is; `compiled` Python is
        dear to tell, and left aside otherwise. Of most folders nothing is left over, whatever lies in them: they are
        asked about once."""
        numbers, categories = array("I"), bytearray()
        for begin in range(0, len(paths), _AT_ONCE):
            folders = [path.rpartition(b"/")[0] for path in paths[begin : begin + _AT_ONCE]]
            aside = (None,) if compiled else (None, _compiled)
            some = {folder for folder in dict.fromkeys(folders) if self.folder(folder) not in aside}
            for number, folder in enumerate(folders, begin) if some else ():
                found = self.of(paths[number]) if folder in some else None
                if found is not None and (compiled or found.category != BYTECODE):
                    numbers.append(number)
                    categories.append(_NUMBERS[found.category])
        return numbers, categories

    def folder(self, folder: bytes) -> _Answer:
        """Of everything in a folder: the outermost that is left over says it."""
        known = self._folders
        if folder in known:
            return known[folder]
        if len(known) >= _REMEMBERED:
            known = self._folders = {b"": None}
        above = folder.rpartition(b"/")[0]
        if above in known and folder.count(b"/") < _DEEP:
            found = known[above]
            if not isinstance(found, Leftover) and found is not _documentation:
                found = _at(folder)
            known[folder] = found
            return found
        place, found = -1, None
        for _ in range(_DEEP):
            place = folder.find(b"/", place + 1)
            part = folder[:place] if place >= 0 else folder
            found = known[part] if part in known else _at(part)
            known[part] = found
            if place < 0 or isinstance(found, Leftover) or found is _documentation:
                break
        known[folder] = found
        return found


class Useless:
    """Tells what of an image is there to stay, and of no use."""

    def __init__(self, results: Sequence[LayerResult], *, compiled: bool = True) -> None:
        """`compiled` False leaves compiled Python aside, which is dear to tell: its source is looked for."""
        self._results, self._leftovers, self._compiled = results, Leftovers(), compiled
        self._of = self._leftovers.of
        self._used = {root for result in results for root, names in result.links.items() if self._by_others(names)}
        """Of their bytes, a hard link makes use: package managers link what they install to what they keep."""

    def __call__(self, path: bytes) -> str:
        """Its category, or empty."""
        found = self._of(path)
        return self._category(found.category, path) if found is not None else ""

    def _category(self, category: str, path: bytes) -> str:
        """Of a path that looks like this one: the same, or empty where somebody has a use for it."""
        if path in self._used:
            return ""
        if category == BYTECODE:
            source = source_of(path) if self._compiled else b""
            return BYTECODE if any(source in result.files for result in self._results) and source else ""
        return category

    def among(self, ledger: Ledger, paths: Sequence[bytes]) -> dict[int, str]:
        """The categories of those of a layer's paths that have one, by their numbers, as waste.pieces asks for them."""
        left = ledger.left or self._leftovers.among(paths, compiled=self._compiled)
        named = ((number, _NAMES[category]) for number, category in zip(*left, strict=True))
        return {number: name for number, name in named if self._category(name, paths[number])}

    def root(self, path: bytes) -> bytes:
        """The folder that could be left out whole, of a path or of the folder that stands for many of them."""
        found = self._of(path) or self._of(path + b"/")
        return found.root if found is not None else path

    def _by_others(self, names: Iterable[tuple[bytes, int]]) -> bool:
        return any(self._of(name) is None for name, _ in names)


def is_slim(name: str, results: Sequence[LayerResult]) -> bool:
    """Whether documentation was meant to be left out: the base image is called so, or dpkg is told so, in the files
    that Debian's slim images (debuerreotype) and Ubuntu's have for it."""
    return bool(_SLIM.search(name)) or any(path in result.files for path in _EXCLUDES for result in results)


def source_of(path: bytes) -> bytes:
    """Where the source of compiled Python lies (PEP 3147), with which alone it can be left out; empty for a path that
    is none."""
    folder, _, name = path.rpartition(b"/")
    module, _, rest = name.partition(b".")
    if not name.endswith(b".pyc") or not rest.startswith(b"cpython-"):
        return b""
    return folder.removesuffix(b"__pycache__") + module + b".py" if folder.endswith(b"__pycache__") else b""


def _at(folder: bytes) -> _Answer:
    """Of a folder by itself, without those around it."""
    above, _, name = folder.rpartition(b"/")
    category = _AT.get(folder) or _NAMED.get(name, "")
    if not category:
        parent = above[above.rfind(b"/") + 1 :]
        category = _ENDS.get(parent, {}).get(name, "")
        if category and parent in _ABOVE:
            category = category if above.endswith(_ABOVE[parent] + b"/" + parent) else ""
    if not category and name == b"mod" and (folder == _GO_MODULES or folder.endswith(b"/" + _GO_MODULES)):
        category = CACHE
    if category:
        return _documentation if folder == _DOC else Leftover(category, folder)
    if name == b"__pycache__":
        return _compiled
    if name == b"cache" and _GEMS.search(folder):
        return _gem
    if name == b"bin" and _PROGRAMS.match(folder):
        return _program
    return _library if _LIBRARIES.match(folder) else None


def _documentation(path: bytes, folder: bytes, name: bytes) -> Leftover | None:
    """Licences ask to be shipped along (Debian policy, 12.5)."""
    return Leftover(DOCUMENTATION, _DOC) if name != b"copyright" else None


def _compiled(path: bytes, folder: bytes, name: bytes) -> Leftover | None:
    return Leftover(BYTECODE, folder) if source_of(path) else None


def _gem(path: bytes, folder: bytes, name: bytes) -> Leftover | None:
    return Leftover(CACHE, folder) if name.endswith(b".gem") else None


def _library(path: bytes, folder: bytes, name: bytes) -> Leftover | None:
    return Leftover(BUILD, path) if name.endswith(b".a") else None


def _program(path: bytes, folder: bytes, name: bytes) -> Leftover | None:
    return Leftover(BUILD, path) if _TOOL.match(name) else None


_Answer = Leftover | None | Callable[[bytes, bytes, bytes], Leftover | None]
"""Of everything in a folder, or how to tell it of each file by path, folder and name."""
