"""One secret, once: which of the candidates of one place are another one's again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from imagelint.secrets.disguises import in_base64
from imagelint.secrets.keyword import VALUE_LIMIT

if TYPE_CHECKING:
    from imagelint.image.result import Found
    from imagelint.secrets.confirm import Candidate

NAMING = "gcp-service-account-key"
"""It finds what names the key that follows in the same file; where that is found too, it is the one finding."""
_KEY = "pem-private-key"
_COMPARED = 100
"""Values of one binary file that a value from base64 is looked for in."""


class Placed(Protocol):
    """A candidate with its line and column."""

    @property
    def candidate(self) -> Candidate: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


T = TypeVar("T", bound=Placed)


def once(items: Sequence[T], place: Callable[[T], Hashable]) -> list[T]:
    """Those that are told; `place` is the file, or the text, that a candidate lies in."""
    return list(_outermost(_accounts(items, place), place))


def settle(found: Iterable[Found]) -> None:
    """The same for all candidates of a layer, while their values are there: the others are marked."""
    every = list(found)
    told = set(map(id, once(every, lambda item: (item.path, item.way))))
    for item in every:
        item.within = id(item) not in told


def _accounts(items: Sequence[T], place: Callable[[T], Hashable]) -> list[T]:
    """A service account of Google is its key, told by the rule that names it."""
    named = {place(item) for item in items if item.candidate.rule == NAMING}
    keys = {place(item): item for item in items if named and item.candidate.rule == _KEY}
    told = [item for item in items if item.candidate.rule != NAMING or place(item) not in keys]
    for where in named & keys.keys():
        keys[where].candidate.rule = NAMING
    return told


def _outermost(items: Sequence[T], place: Callable[[T], Hashable]) -> Iterable[T]:
    """All but those read out of base64 that is itself a found value, as a kubeconfig's key is."""
    places: dict[tuple[Hashable, int], list[T]] = {}
    if any(item.candidate.encoded for item in items):
        for item in items:
            if not item.candidate.encoded:
                places.setdefault((place(item), item.line), []).append(item)
    for item in items:
        around = places.get((place(item), item.line), ()) if item.candidate.encoded else ()
        if not _lies_in(item, around):
            yield item


def _lies_in(item: Placed, around: Sequence[Placed]) -> bool:
    """Whether the base64 that a value was read out of is, or is a part of, one of these values."""
    if item.line:
        return any(one.column <= item.column < one.column + len(one.candidate.value) for one in around)
    forms = in_base64(item.candidate.value[:200].encode("utf-8", "surrogatepass")) if around else ()
    return any(form in one.candidate.value[:VALUE_LIMIT] for one in around[:_COMPARED] for form in forms)
