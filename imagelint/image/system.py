"""An image as one system: what the final file system holds, and what the entries of all layers say together.

Facts that one entry or the configuration cannot tell by itself are computed here, each once and only when a rule asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from imagelint.engine.rule import Index
from imagelint.image import certificates, programs
from imagelint.image.model import Image
from imagelint.image.packages import Published
from imagelint.image.privileges import is_installed, is_privileged, is_usual
from imagelint.image.result import Kept, LayerResult
from imagelint.image.timeline import Life, Timeline
from imagelint.record import once
from imagelint.secrets.structured.accounts import GROUP, PASSWD, Account, accounts
from imagelint.secrets.structured.hashes import PASSWORD_FILES
from imagelint.stream.tar import clean

RELEASES = ("etc/os-release", "usr/lib/os-release")
"""os-release(5)."""
CONTENTS = PASSWORD_FILES | {GROUP.encode(), *(path.encode() for path in RELEASES)}
"""Files that are kept whole."""
FOLDERS = ("bin", ".bin", "games", "sbin", "Scripts", "scripts", "shims")
"""What most folders of a PATH are called: where results are kept for images that nobody knows yet, all such are."""
_USUAL = {name.encode() for name in FOLDERS}
_DISTROLESS = "distroless"
_MOST = 20
"""Programs that one message names."""


class System:
    """What rules ask of an image beside its entries; all layers, in order."""

    def __init__(
        self,
        image: Image | None = None,
        layers: Sequence[LayerResult] = (),
        timeline: Timeline | None = None,
        packaged: Published | None = None,
        base: str = "",
    ) -> None:
        self._image, self._layers, self._base = image, layers, base
        self._timeline = timeline or Timeline(layers)
        self._packaged = packaged or Published()
        self._day = certificates.today()
        self._lives: dict[Kept, Life] = {}

    def life(self, kept: Kept, layer: int) -> Life:
        """What became of an entry."""
        if kept not in self._lives:
            self._lives[kept] = self._timeline.of(kept, layer)
        return self._lives[kept]

    @once
    def present(self) -> list[tuple[Kept, LayerResult]]:
        """The entries of the final file system that were kept."""
        return [
            (kept, layer)
            for layer in self._layers
            for kept in layer.kept
            if self.life(kept, layer.index).status == "present"
        ]

    @once
    def services(self) -> list[str]:
        """The services whose main programs are present, each once: `nginx (usr/sbin/nginx)`."""
        found: dict[str, str] = {}
        for kept, layer in self.present:
            path = kept.entry.path
            service = programs.SERVICES.get(path[path.rfind(b"/") + 1 :])
            if service is not None and service not in found and programs.is_program(kept, layer):
                found[service] = f"{service} ({path.decode('utf-8', 'replace')})"
        return [*found.values()]

    @once
    def tools(self) -> list[str]:
        """Shells, package managers, compilers, debuggers and download tools that are present, the first 20."""
        return self._tools(programs.TOOLS)

    @once
    def build_tools(self) -> list[str]:
        """Compilers, build tools and debuggers that are present, the first 20."""
        return self._tools({**programs.BUILDERS, **programs.DEBUGGERS})

    @once
    def distroless(self) -> bool:
        """Whether the image says so, by a name, a label, its base image or its os-release(5); one whose name says
        `debug` as well has its shell on purpose."""
        if self._image is None:
            return False
        labels = self._image.config.get("Labels")
        pairs = labels.items() if isinstance(labels, dict) else ()
        names = [name.lower() for name in self._image.tags or [self._image.name]]
        if any(_DISTROLESS in name and "debug" in name for name in names):
            return False
        names += [text.lower() for text in (self._base, *(str(text) for pair in pairs for text in pair))]
        names += [(self._content(path) or b"").decode("utf-8", "replace").lower() for path in RELEASES]
        return any(_DISTROLESS in name for name in names)

    def folders(self, path: Sequence[str]) -> Iterator[tuple[str, Kept]]:
        """The folders of a PATH that layers bring, as the final file system has them."""
        known = {kept.entry.path: kept for kept, _ in self.present if kept.entry.type == "dir"}
        for folder in dict.fromkeys(path):
            kept = known.get(clean(folder.encode("utf-8", "replace"))) if folder.startswith("/") else None
            if kept is not None:
                yield folder, kept

    @once
    def search_path(self) -> set[Kept]:
        """The folders of the image's own PATH."""
        return {kept for _, kept in self.folders(search_path(self._image.config))} if self._image is not None else set()

    @once
    def login_shells(self) -> dict[str, bool]:
        """Account -> whether its shell takes commands, by the final etc/passwd."""
        return {account.name: account.logs_in for account in self._accounts(PASSWD)}

    @once
    def keys(self) -> dict[Kept, bytes]:
        """Files with a certificate -> the file that has its private key."""
        return certificates.keys_of(self._layers, self._timeline)

    @once
    def stores(self) -> set[bytes]:
        """Folders of certificates that others trust."""
        return certificates.stores(self._layers)

    def expired(self, kept: Kept, layer: int) -> list[str]:
        """Whose certificates of a file have expired; none where the file is a package's, or one of a store."""
        if (layer, kept) in self._packaged.found or kept.entry.path.rpartition(b"/")[0] in self.stores:
            return []
        return certificates.expired(kept, self._day)

    def is_published(self, kept: Kept, layer: int) -> bool:
        """Whether a file with privileges is what its package brought: rpm and apk know the privileges too, and for
        dpkg the name decides."""
        told = self._packaged
        return (layer, kept) in told.granted or ((layer, kept) in told.found and is_usual(kept.entry.path))

    def is_unlike_package(self, kept: Kept, layer: int) -> bool:
        """Whether a package should have brought a file, and did not: those of others are listed."""
        told = bool(kept.digests) and self._packages_tell and (layer, kept) not in self._packaged.found
        return told and is_usual(kept.entry.path) and is_installed(kept.entry.path)

    @once
    def _packages_tell(self) -> bool:
        return any(
            is_privileged(kept.entry) and (layer.index, kept) in self._packaged.found
            for layer in self._layers
            for kept in layer.kept
        )

    def _tools(self, table: Mapping[bytes, str]) -> list[str]:
        found = (
            f"{kept.entry.path.decode('utf-8', 'replace')} ({what})"
            for kept, _ in self.present
            if (what := programs.tool(kept, table))
        )
        return [*islice(found, _MOST)]

    def _accounts(self, path: str) -> list[Account]:
        content = self._content(path)
        return accounts(path, content) if content is not None else []

    def _content(self, path: str) -> bytes | None:
        """Of a file that was kept whole, as the final file system has it."""
        found = [
            bytes(kept.content)
            for kept, _ in self.present
            if kept.content is not None and kept.entry.path == path.encode()
        ]
        return found[-1] if found else None


def search_path(config: Mapping[str, Any]) -> list[str]:
    """The folders of a configuration's PATH."""
    variables = config.get("Env")
    texts = (item for item in variables if isinstance(item, str)) if isinstance(variables, list) else ()
    value = next((item[5:] for item in texts if item.startswith("PATH=")), "")
    return value.split(":") if value else []


def unusual(config: Mapping[str, Any]) -> set[str]:
    """The folders of a configuration's PATH that are not called as most are."""
    return {
        folder
        for folder in search_path(config)
        if clean(folder.encode("utf-8", "replace")).rpartition(b"/")[2] not in _USUAL
    }


def wanted(paths: Iterable[str]) -> list[Index]:
    """Which entries are kept for the facts above; `paths` are the folders of PATH, of all images that share layers."""
    folders = {clean(path.encode("utf-8", "replace")).decode("utf-8", "replace") for path in paths if path[:1] == "/"}
    names = tuple(sorted(name.decode() for name in programs.NAMES))
    return [
        Index(0o111, name=names, type=("file", "hardlink", "symlink")),
        *([Index(path=tuple(sorted(folders)), type=("dir",))] if folders else []),
    ]
