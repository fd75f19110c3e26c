"""What was not read, and why: one line each, and one for many that say the same."""

from __future__ import annotations

import re
from collections import Counter

from imagelint.image.sources.reference import Reference
from imagelint.registry.kinds import counted
from imagelint.stream import limits
from imagelint.targets import Hole

_DIGEST = re.compile(r"sha(?:256|512):[0-9a-f]+")


class Told:
    """Collects holes in the order in which they come."""

    def __init__(self, holes: list[Hole]) -> None:
        """`holes` is what they are added to."""
        self._holes = holes
        self._times: Counter[tuple[str, str, bool]] = Counter()
        self._reasons: dict[tuple[str, str, bool], str] = {}
        self._kinds: dict[str, Counter[str]] = {}

    def add(self, host: str, place: str, reason: str, *, limited: bool = False, group: str = "") -> None:
        """One hole; of those of one registry that have one reason (or one `group`), the first ones are listed."""
        key = (host, group or reason, limited)
        self._times[key] += 1
        self._reasons[key] = reason
        if self._times[key] <= limits.REGISTRY_TOLD:
            self._holes.append(Hole(place, reason, limited))

    def about(self, reference: Reference, reason: str) -> None:
        """An image that was not read; its own name, and digests, do not make the reason another one."""
        group = _DIGEST.sub("", reason.replace(reference.wanted, "").replace(reference.name, ""))
        self.add(reference.host, str(reference), reason, group=group)

    @property
    def any(self) -> bool:
        """Whether there is something to tell that `close` adds."""
        return bool(self._kinds)

    def kind(self, host: str, kind: str) -> None:
        """One that is no image."""
        self._kinds.setdefault(host, Counter())[kind] += 1

    def close(self) -> None:
        """Add the lines of those that were not listed one by one."""
        for (host, group, limited), times in self._times.items():
            if times > limits.REGISTRY_TOLD:
                last = self._reasons[host, group, limited]
                more = times - limits.REGISTRY_TOLD
                self._holes.append(Hole(host, f"{more} more the same way, the last one: {last}", limited))
        for host, kinds in self._kinds.items():
            listed = ", ".join(counted(kind, number) for kind, number in sorted(kinds.items()))
            self._holes.append(Hole(host, f"not read, since they are no images: {listed}", limited=True))
        self._times.clear()
        self._kinds.clear()
