"""The instructions of a Dockerfile beside the history of an image.

A build writes one entry for each instruction, in order, on top of the base image's. So all instructions of a stage, and
of those that it stands on, are held against the last entries, one by one: either every one fits, or the Dockerfile is
not this image's, and nothing is said. What is not known is tried in every way: which stage was the target, whether the
builder writes ONBUILD down (BuildKit does not) and runs what it puts off in a stage of the same file (older BuildKits
do not), and whether a tool wrote something behind the last instruction. An entry for which two ways give two
instructions has none, and neither have those that can have changed places since without another word in the history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from imagelint.image.model import History, Image
from imagelint.image.provenance_taken import taken
from imagelint.image.provenance_text import FILES, Entry, fits, read
from imagelint.image.recipe import Made, Recipe
from imagelint.record import field, record
from imagelint.stream import limits

Chain = list[tuple[Made, bool]]
"""What a build runs, and whether it is the trigger of a stage below."""


@record
class Match:
    """Which instruction an entry of the history comes from."""

    made: dict[int, Made] = field(default_factory=dict)
    """By the entry's index; those that are not in it are of no instruction that is known."""
    layers: dict[int, Made] = field(default_factory=dict)
    """What made the layer of an entry; those that are not in it hold what several did, or one that is not known."""
    reason: str = ""
    """Why the Dockerfile is not the image's; empty where it is."""
    start: int = -1
    """The entry that the build began with; -1 where that is not sure, or an image that was squashed has no other."""
    lowest: int = -1
    """The number of the stage that names the base image; -1 where that is not sure."""


_LIKENESS = {False: 0, None: 1, True: 2}
MOST_LABELS = 32
"""Of the command line: what writes labels by itself, as actions of GitHub do, writes about ten."""


class Told:
    """The history of an image, each entry read when it is needed."""

    def __init__(self, image: Image, files: Mapping[int, Sequence[bytes]] | None = None) -> None:
        """`files`: the first files of the layer of an entry, by the entry's index."""
        self.history = image.history
        self._files = files or {}
        labels = image.config.get("Labels")
        self.buildah = isinstance(labels, dict) and "io.buildah.version" in labels
        self.docker = not self.buildah and bool(image.document.get("docker_version"))
        """Its legacy builder; BuildKit and Buildah leave this out."""
        self._read: dict[int, Entry | None] = {}
        self.left = limits.COMPARED_ENTRIES

    def __len__(self) -> int:
        return len(self.history)

    def entry(self, index: int) -> Entry | None:
        """None for one that says nothing."""
        if index not in self._read:
            self._read[index] = read(self.history[index].created_by, self.history[index].comment)
        return self._read[index]

    def fits(self, index: int, made: Made, trigger: bool) -> bool:
        """Whether the entry can come from the instruction."""
        return self.likeness(index, made, trigger) > 0

    def likeness(self, index: int, made: Made, trigger: bool) -> int:
        """0 where the entry cannot come from the instruction, 1 where it can, 2 where its layer says so."""
        self.left -= 1
        entry = self.entry(index)
        if entry is None or self.left < 0 or not fits(made, entry, trigger):
            return 0
        files = self._files.get(index, ()) if trigger or not made.onbuild else ()
        return _LIKENESS[taken(made, entry, files)]


def match(recipe: Recipe, told: Told, target: str | None = None) -> Match:
    """`target` is the stage that was built, where that is known."""
    stages = list(range(len(recipe.stages)))
    if target:
        stages = [n for n in stages if target.lower() == recipe.stages[n].name or target == str(n)]
    elif target == "":
        stages = stages[-1:]
    if len(stages) > limits.TARGETS:
        return Match(reason=f"it has over {limits.TARGETS} stages, and it is not known which of them was built")
    if not stages:
        return Match(reason="it has no such stage" if target else "it has no stage")
    ways: list[dict[int, Made]] = []
    begins: set[int] = set()
    lowest: set[int] = set()
    reason, based = "", False
    for stage in reversed(stages):
        for chain, scratch in _chains(recipe, stage):
            if not chain and stage != len(recipe.stages) - 1:
                continue
            for end in _ends(told):
                start = end - len(chain)
                wrong = _wrong(chain, start, scratch, told)
                if wrong is None:
                    based = based or (start == 0 and not scratch)
                    ways.append({start + n: made for n, (made, _) in enumerate(chain)})
                    _forget_repeated(ways[-1], chain, start, told)
                    _forget_exchanged(ways[-1], chain, start, told)
                    begins.add(start if chain and start in ways[-1] else -1)
                    lowest.add(_lowest(recipe, stage))
                reason = reason or wrong or ""
    if told.left < 0:
        return Match(reason=f"it fits in too many ways to try them all ({limits.COMPARED_ENTRIES:,} comparisons)")
    if not ways:
        return Match(reason=reason)
    made = {index: one for index, one in ways[0].items() if all(way.get(index) is one for way in ways[1:])}
    layers = _layers(made, told)
    if based:  # `podman build --squash-all` puts the base into the same layer, and leaves its entries out
        layers.pop(next((index for index, entry in enumerate(told.history) if not entry.empty), -1), None)
    start = begins.pop() if len(begins) == 1 and not based else -1
    return Match(made, layers, start=start, lowest=lowest.pop() if len(lowest) == 1 else -1)


def _lowest(recipe: Recipe, stage: int) -> int:
    """The stage below all others that this one stands on."""
    for _ in recipe.stages:
        if recipe.stages[stage].parent < 0:
            break
        stage = recipe.stages[stage].parent
    return stage


def _chains(recipe: Recipe, target: int) -> Iterator[tuple[Chain, bool]]:
    """What the target and the stages below it run, in each way, and whether nothing lies below that."""
    line: list[int] = []
    stage = target
    while stage >= 0 and len(line) <= len(recipe.stages):
        line.append(stage)
        stage = recipe.stages[stage].parent
    line.reverse()
    puts_off = any(made.onbuild for stage in line for made in recipe.stages[stage].made)
    runs = any(made.onbuild for stage in line[:-1] for made in recipe.stages[stage].made)
    for written, run in product((True, False) if puts_off else (True,), (True, False) if runs else (False,)):
        chain: Chain = []
        for number, stage in enumerate(line):
            if run and number:
                chain += [(made, True) for made in recipe.stages[line[number - 1]].made if made.onbuild]
            chain += [(made, False) for made in recipe.stages[stage].made if written or not made.onbuild]
        yield chain, recipe.stages[line[0]].scratch


def _ends(told: Told) -> list[int]:
    """Where a build's entries may end: `docker build --squash` writes an entry without an instruction behind them,
    the legacy builder and Buildah a LABEL for each --label."""
    ends = [len(told)]
    if ends[-1] and _is_squash(told.history[-1]):
        ends.append(ends[-1] - 1)
    while ends[-1] > 0 and len(ends) < MOST_LABELS:
        entry = told.entry(ends[-1] - 1)
        if entry is None or entry.keyword != "LABEL" or not entry.nop:
            break
        ends.append(ends[-1] - 1)
    return ends


def _is_squash(entry: History) -> bool:
    """moby's daemon/images/image_squash.go."""
    return not entry.created_by.strip() and entry.comment.startswith(("merge sha256:", "create new from"))


def _wrong(chain: Chain, start: int, scratch: bool, told: Told) -> str | None:
    """Why these instructions did not make the entries from `start` on; None when they may have."""
    for number in range(len(chain) - 1, -1, -1):
        made, trigger = chain[number]
        if start + number < 0:
            return f"it has more instructions than the history has entries ({len(chain)}, {len(told)})"
        if not told.fits(start + number, made, trigger):
            return f"{made.keyword} in line {made.line} did not make history[{start + number}]"
    if scratch and start > 0:
        return f"it begins with nothing, and the history has {start} more entries"
    return None


def _forget_repeated(way: dict[int, Made], chain: Chain, start: int, told: Told) -> None:
    """Where the entry below the first one could be the first one's, too, it is not known how many of these there were
    when the image was built: of COPY after COPY, all alike, each could be the one above."""
    if start < 1:
        return
    for number, (made, trigger) in enumerate(chain):
        if not told.fits(start - 1, made, trigger):
            return
        way.pop(start + number)


def _forget_exchanged(way: dict[int, Made], chain: Chain, start: int, told: Told) -> None:
    """Instructions that differ and can have written the entries of each other, two or in a ring: if they changed places
    since, nobody would know. That equal ones did makes no difference."""
    alike: dict[str, list[int]] = {}
    for number, (made, _) in enumerate(chain):
        alike.setdefault(made.keyword, []).append(number)
    for numbers in alike.values():
        others = []
        """For each entry, a bit for each other instruction that can have made it."""
        for one in numbers:
            own, mask = told.likeness(start + one, *chain[one]), 0
            for place, other in enumerate(numbers):
                made, trigger = chain[other]
                if made.text != chain[one][0].text and told.likeness(start + one, made, trigger) >= own:
                    mask |= 1 << place
            others.append(mask)
        for place, mask in enumerate(others):
            for at, known in enumerate(others):
                if known >> place & 1:
                    others[at] |= mask
        for place, one in enumerate(numbers):
            if others[place] >> place & 1:
                way.pop(start + one, None)


def _layers(made: dict[int, Made], told: Told) -> dict[int, Made]:
    """What made the layer of each entry that has one. Buildah puts everything into one layer unless it is told
    otherwise (--layers), and so does `podman build --squash`: the history has all instructions, and says of all but the
    last that they made none. With other builders that is said only of a RUN that changed nothing."""
    found: dict[int, Made] = {}
    entries = [entry for index in made if (entry := told.entry(index)) is not None]
    legacy = told.docker or (not told.buildah and any(len(entry.nop) > 1 for entry in entries))
    above: list[int] = []
    """Entries that made files and no layer, since the last layer."""
    first = min(made, default=0)
    while first > 0 and told.history[first - 1].empty:  # what lies below may be in the same layer
        first -= 1
    for index in range(first, max(made, default=-1) + 1):
        entry, one, empty = told.entry(index), made.get(index), told.history[index].empty
        keyword, buildkit = (entry.keyword, entry.buildkit) if entry is not None else ("RUN", False)
        files = keyword in FILES
        if empty:
            above += [index] if files and not (legacy or buildkit) else []
            continue
        if one is not None and (not above or legacy or buildkit) and (files or keyword == "WORKDIR"):
            found[index] = one
        elif len(above) == 1 and above[0] in made and not files and keyword != "WORKDIR":
            found[index] = made[above[0]]
        above = []
    return found
