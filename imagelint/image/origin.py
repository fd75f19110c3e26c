"""Base or own: which layers and history entries an image has from its base image.

Only what cannot be wrong in an ordinary build counts, the best first:

1. A base image that the user names: its layers are, one by one, the lowest ones of the image.
2. A Dockerfile whose instructions fit the last entries of the history: what stands below them came with the base image.
3. Buildah's comments: `FROM NAME` on the first entry that a build adds, `FROM ID` on the others (buildah, image.go).
4. An image of the same target whose name the image's own documents give, and whose layers are its lowest ones.
5. The builder changes: below an entry that BuildKit wrote (comment `buildkit...`), one that it did not write came with
   the base image. How many more did is not said.

The annotation `org.opencontainers.image.base.name` (OCI image specification 1.1, annotations.md) gives the base
image's name, and no number of layers. Nothing is guessed from dates, or from a CMD in the middle.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from imagelint.errors import UnreadableError
from imagelint.findings import Finding
from imagelint.image.model import History, Image
from imagelint.image.provenance import Traced
from imagelint.image.sources.reference import parse_reference
from imagelint.image.surfaces import Surface
from imagelint.record import field, record

BASE, OWN = "base", "own"
SCRATCH = "scratch"
"""Docker's reserved name for no image at all."""
NAME = "org.opencontainers.image.base.name"
"""An annotation. Of `base.digest`, Buildah's is that of the step before."""
UNKNOWN = "which layers are the base image's is not known, so findings of all layers are reported; --base IMAGE tells"
_NAMES = re.compile(r"\S{1,512}\Z")
"""What is longer is no name, and each finding would carry it."""
_BUILDKIT = "buildkit."
_ONBUILD = re.compile(r"(?:^|#\(nop\) +)ONBUILD ")
_FROM = re.compile(r"FROM (\S{1,512})\Z")
_STEP = re.compile(r"[0-9a-f]{12,64}\Z")
"""How Buildah names the image of the step before."""
_PACKAGE = re.compile(r"pkg:docker/([^@?#]{1,512})(?:@([^?#]{0,128}))?(?:\?|\Z)")
"""A material of a provenance (package-url: PURL-TYPES, docker; BuildKit's slsa-definitions.md)."""


@record
class Known:
    """What is known of another image, without its bytes."""

    names: tuple[str, ...]
    """The first one is what reports call it."""
    diff_ids: tuple[str, ...]
    history: tuple[History, ...] = ()

    @classmethod
    def of(cls, image: Image, *names: str) -> Known:
        """An image under these names, and those that its source has for it."""
        diff_ids = tuple(layer.diff_id for layer in image.layers)
        return cls((*names, image.name, *image.tags), diff_ids, tuple(image.history))


@record
class Origins:
    """Of an image's layers and history entries, counted from the lowest."""

    name: str = ""
    """Of the base image; a text of the target."""
    where: str = ""
    """The file and line of the FROM that names it."""
    base_layers: int = 0
    """So many are the base image's; there may be more."""
    own_layers: int = -1
    """From this one on they are the image's own; -1: not known."""
    base_entries: int = 0
    own_entries: int = -1
    limited: list[tuple[str, str]] = field(default_factory=list)

    @property
    def layers(self) -> int:
        """How many layers are the base image's; -1 when that is not known."""
        return self.base_layers if self.base_layers == self.own_layers else -1

    def of_layer(self, index: int) -> str:
        """base, own, or empty."""
        return _side(index, self.base_layers, self.own_layers)

    def of_entry(self, index: int) -> str:
        """The same of a history entry; what is not known of one (-1) is empty."""
        return _side(index, self.base_entries, self.own_entries) if index >= 0 else ""


def origins(
    image: Image,
    diff_ids: Sequence[str],
    base: Known | None = None,
    materials: Iterable[str] = (),
    traced: Traced | None = None,
) -> Origins:
    """Of an image whose layers have these diff_ids. `base` is what the user names, `materials` are addresses of what a
    provenance says the build took, and `traced` is what its Dockerfile tells."""
    traced = traced or Traced()
    annotated, named = image.annotations.get(NAME, ""), traced.base if traced.base != SCRATCH else ""
    found = Origins(next(filter(_NAMES.match, (annotated, named)), ""))
    if traced.line and (not named or _full(named) == _full(found.name)):
        found.where = f"{traced.path}:{traced.line}"
    if base is not None and (reason := _differs(base, diff_ids)):
        found.limited.append((f"--base {base.names[0]}", reason))
    elif base is not None:
        found.name = base.names[0]
        _lie_below(found, base, image)
        return found
    if traced.start >= 0:
        _by_dockerfile(found, image, traced.start)
    else:
        _by_history(found, image, min(traced.entries, default=0))
    if found.layers < 0 and (other := _neighbour(image, diff_ids, found, materials)) is not None:
        found.name = found.name or other.names[0]
        _lie_below(found, other, image)
    return found


def materials(texts: Iterable[Surface]) -> list[str]:
    """The addresses of images among the texts of an attestation."""
    return [one.text for one in texts if one.path.endswith(".uri") and one.text.startswith("pkg:docker/")]


def is_inherited(finding: Finding, mixed: Collection[str]) -> bool:
    """Whether a finding lies in the base image alone: in its layers, or a secret in its configuration. What else is
    wrong with the configuration is so for this image, too, whoever wrote it. `mixed` has the fingerprints of secrets
    that lie in others too."""
    layer = finding.layer
    if layer is None or layer.origin != BASE or finding.fingerprint in mixed:
        return False
    return layer.index >= 0 or finding.secret is not None


def _side(index: int, base: int, own: int) -> str:
    return BASE if index < base else OWN if 0 <= own <= index else ""


def _differs(base: Known, diff_ids: Sequence[str]) -> str:
    """Why these are not the lowest layers; empty where they are."""
    after = "so it is not known which layers came with the base image"
    for number, (theirs, ours) in enumerate(zip(base.diff_ids, diff_ids, strict=False)):
        if theirs != ours:
            return (
                f"the image was not built on it: layer {number} is {theirs[:19]} there and {ours[:19]} here, {after}; "
                "a base image that was rebuilt since is named by its digest"
            )
    if len(base.diff_ids) > len(diff_ids):
        return (
            f"the image was not built on it: it has {len(base.diff_ids)} layers, and this one {len(diff_ids)}, {after}"
        )
    return ""


def _lie_below(found: Origins, base: Known, image: Image) -> None:
    """The base image's layers and, as far as the histories agree, its entries."""
    found.base_layers = found.own_layers = count = len(base.diff_ids)
    entries = len(base.history)
    if (entries or not count) and _same(base.history, image.history[:entries]):
        found.base_entries = found.own_entries = entries
        return
    made = [layer.history for layer in image.layers]
    if count and made[count - 1] >= 0:
        found.base_entries = made[count - 1] + 1
    if count < len(made) and made[count] >= 0:
        found.own_entries = made[count]


def _same(theirs: Sequence[History], ours: Sequence[History]) -> bool:
    return [(one.created_by, one.empty) for one in theirs] == [(one.created_by, one.empty) for one in ours]


def _neighbour(image: Image, diff_ids: Sequence[str], found: Origins, materials: Iterable[str]) -> Known | None:
    """The largest image of the same target that the image's own documents name, and whose layers lie below. A tag may
    have moved on: the image must hold what is known to be the base's, and nothing that is the image's own."""
    if image.shared is None:
        return None
    asked = {_full(one) for one in (found.name, _last_from(image)[1], *map(_of_package, materials)) if one}
    if not asked:
        return None
    highest = len(diff_ids) - 1 if found.own_layers < 0 else found.own_layers
    below = [
        one
        for one in image.shared.known
        if max(found.base_layers, 1) <= len(one.diff_ids) <= highest
        and one.diff_ids == tuple(diff_ids[: len(one.diff_ids)])
        and not asked.isdisjoint(map(_full, one.names))
    ]
    return max(below, key=lambda one: len(one.diff_ids), default=None)


def _by_dockerfile(found: Origins, image: Image, start: int) -> None:
    """What stands below the first instruction. Where a base image that a legacy builder made has an ONBUILD, what it
    put off may stand in between."""
    found.own_entries = start
    puts_off = (number for number in range(start) if _ONBUILD.search(image.history[number].created_by[:200]))
    last = max(puts_off, default=-1)
    found.base_entries = last + 1 if last >= 0 else start
    _count_layers(found, image)


def _by_history(found: Origins, image: Image, own: int) -> None:
    """What the comments of builders tell; `own` is the lowest entry that comes from the Dockerfile, 0 for none."""
    history = image.history
    entry, name = _last_from(image)
    kit = [number for number, one in enumerate(history) if one.comment.startswith(_BUILDKIT)]
    if entry >= 0 and not (kit and kit[-1] > entry):
        # A build in one layer has the comment on its last entry, and its others ahead of it, empty and without one.
        known = (number for number in range(entry) if history[number].comment or not history[number].empty)
        found.base_entries = max(known, default=-1) + 1
        if found.name == name or all(_FROM.match(one.comment) for one in history[entry + 1 :]):
            found.own_entries = entry
        found.name = found.name or name
    elif kit:
        others = (number for number in range(kit[-1]) if not history[number].comment.startswith(_BUILDKIT))
        found.base_entries = max(others, default=-1) + 1
    if own and found.own_entries < 0:
        found.own_entries = own
    if found.base_entries or found.own_entries < 0 or not found.name:
        _count_layers(
            found, image
        )  # else the base image lies in the same layer, as `podman build --squash-all` makes it


def _count_layers(found: Origins, image: Image) -> None:
    """As many layers as there are entries with one."""
    made = [layer.history for layer in image.layers]
    if -1 in made:
        return  # the history does not tell which entry made which layer
    found.base_layers = sum(one < found.base_entries for one in made)
    if found.own_entries >= 0:
        found.own_layers = sum(one < found.own_entries for one in made)


def _last_from(image: Image) -> tuple[int, str]:
    """The last entry that Buildah says began on another image than one of its own steps, and that image's name;
    (-1, "") without one."""
    for number in range(len(image.history) - 1, -1, -1):
        match = _FROM.match(image.history[number].comment)
        if match and not _STEP.match(match[1]):
            return number, match[1]
    return -1, ""


def _of_package(address: str) -> str:
    """NAME:TAG or NAME@sha256:HEX of a package address; empty for another."""
    match = _PACKAGE.match(address)
    if match is None:
        return ""
    version = (match[2] or "").replace("%3A", ":")
    return f"{match[1]}{'@' if ':' in version else ':'}{version}" if version else match[1]


def _full(name: str) -> str:
    """A reference as Docker completes it; what is none stays as it is."""
    try:
        return str(parse_reference(name))
    except UnreadableError:
        return name
