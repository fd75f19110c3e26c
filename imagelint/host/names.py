"""Which name an image had that has none any more.

An engine that builds or pulls a name anew gives it to the new image; the old one stays, without a name. What tells it:

1. Podman keeps every name that an image ever had (`NamesHistory`, podman-image-inspect(1); `History` in its list).
2. The engine's own events: `tag` with the image's id and the name. Docker forgets all but the last 256, and all of them
   when it starts anew.
3. A container that was made of it, by the name that it was started with (`Config.Image`).
4. The repository in a digest, where it was pulled; which tag it had is not told.
5. The labels that Compose gives an image that it builds (`com.docker.compose.project`, `.service`).
6. Likeness: a newer image with a name whose history and configuration have most lines in common with it, more than any
   other's. Only where the engine says that it had a name once (`Metadata.LastTagTime`).

The first three are certain, the others are told as probable. Nothing tells it of an image that a `docker load` took
the name of: Docker notes no such day, and it is dangling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from imagelint.host.stored import SHORT, Stored

_LATEST = ":latest"


def name_them(images: Sequence[Stored], told: Sequence[tuple[str, str]]) -> None:
    """Fill in which name each image without one had, and whether another one has it now. `told` has (id, name), the
    newest last, of what is certain."""
    now = {tag: image for image in images for tag in image.tags}
    given: dict[str, list[str]] = {}
    for identity, name in told:
        given.setdefault(identity, []).insert(0, _full(name, now))
    likeness = _Likeness(images)
    for image in images:
        if not image.tags:
            _name(image, given.get(image.id, []), now, likeness)


def _name(image: Stored, given: list[str], now: dict[str, Stored], likeness: _Likeness) -> None:
    started = [_full(name, now) for name in image.started_as if "@" not in name and not image.id.startswith(name)]
    known = [*given, *started]
    # Of several names that it had, the one that is another image's now.
    taken = [name for name in known if name in now and now[name] is not image]
    if known:
        image.was, image.certain = (taken or known)[0], True
        later = now.get(image.was)
    elif pinned := [name for name in image.started_as if "@" in name]:
        image.was, later = pinned[0], None  # somebody means this very image
    else:
        image.was, later = _probable(image, now, likeness)
    image.superseded = later is not None
    image.replaced_by = later.id[:SHORT] if later is not None else ""
    if image.was and not image.certain and later is not None:
        image.was += " (probably)"


def _probable(image: Stored, now: dict[str, Stored], likeness: _Likeness) -> tuple[str, Stored | None]:
    """The name that it had, and the image that has it now, where that can be told."""
    for digest in image.repositories:
        repository = digest.partition("@")[0]
        same = [(other.created, tag) for tag, other in now.items() if _repository(tag) == repository]
        later = [tag for created, tag in sorted(same) if created > image.created]
        return repository, now[later[-1]] if later else None
    for built in image.built_as:
        if (name := _full(built, now)) in now:
            return name, now[name]
    best = likeness.of(image) if image.had_name else None
    return (best.name, best) if best is not None else ("", None)


class _Likeness:
    """Which named image is most like another one."""

    def __init__(self, images: Sequence[Stored]) -> None:
        named = [image for image in images if image.tags]
        steps = {image.id: image.made for image in named}
        # What all of them have, those of one base, tells nothing.
        self._everywhere = frozenset.intersection(*steps.values()) if len(named) > 1 else frozenset[int]()
        self._sizes = {identity: len(found - self._everywhere) for identity, found in steps.items()}
        self._with: dict[int, list[Stored]] = {}
        for image in named:
            for step in steps[image.id] - self._everywhere:
                self._with.setdefault(step, []).append(image)

    def of(self, image: Stored) -> Stored | None:
        """A newer one for the same platform with half of the steps of both at least, and more than any other."""
        own = image.made - self._everywhere
        shared = Counter(other.id for step in own for other in self._with.get(step, ()))
        by_id = {other.id: other for step in own for other in self._with.get(step, ())}
        scores = sorted(
            (-count / max(len(own), self._sizes[identity]), identity)
            for identity, count in shared.items()
            if by_id[identity].created >= image.created and by_id[identity].platform == image.platform
        )
        if not scores or scores[0][0] > -0.5 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
            return None
        return by_id[scores[0][1]]


def _full(name: str, now: dict[str, Stored]) -> str:
    """A name as the engine lists it: with a tag, and for Podman with localhost/ or docker.io/."""
    name = name if ":" in name.rpartition("/")[2] or "@" in name else name + _LATEST
    return next((known for known in (name, f"localhost/{name}", f"docker.io/library/{name}") if known in now), name)


def _repository(tag: str) -> str:
    return tag.rpartition(":")[0]
