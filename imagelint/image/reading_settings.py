"""What of a layer is looked for and kept: the same whoever reads it, this process, a fork of it or another machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from imagelint.engine.entry_index import EntryIndex
from imagelint.engine.rule import Index
from imagelint.record import field, fields, record

if TYPE_CHECKING:
    from imagelint.engine.evaluate import Engine
    from imagelint.engine.rule import Rule
    from imagelint.image.model import Layer
    from imagelint.image.paths import Allowance
    from imagelint.image.result import LayerResult
    from imagelint.secrets.confirm import Detector


@record
class ReadingSettings:
    """Plain data; `plain` and `of_plain` bring it from one machine to another. Which secrets are found is the
    detector's."""

    indexes: list[Index] = field(default_factory=list)
    """Which entries are kept."""
    contents: frozenset[bytes] = frozenset()
    """Which files are kept whole, as in Entry.path."""
    measure: int = 0
    """The steps of the ledger (steps.py); 0: there is none."""
    keep: bool = False
    """The results are for other processes too (stored.py)."""

    @classmethod
    def of(cls, engine: Engine, paths: Iterable[str]) -> ReadingSettings:
        """What the chosen rules ask for. `paths` are the folders of PATH, of all images that share the layers."""
        from imagelint.image.system import CONTENTS, wanted  # not where plain data is read
        from imagelint.stream.steps import COARSE

        asked = any(map(engine.has, ("image", "config", "entry")))
        indexes = [rule.index for rule in engine.chosen("entry").values() if rule.index is not None]
        return cls(
            [*indexes, *(wanted(paths) if asked else ())],
            CONTENTS if asked else frozenset(),
            COARSE if engine.has("waste") else 0,
        )

    @classmethod
    def for_all(cls, rules: Iterable[Rule], paths: Iterable[str]) -> ReadingSettings:
        """What any of the rules may ask for, chosen or not: what is kept then serves other choices too."""
        from imagelint.image.system import CONTENTS, FOLDERS, wanted
        from imagelint.stream.steps import COARSE

        indexes = {str(rule.index): rule.index for rule in rules if rule.kind == "entry" and rule.index is not None}
        of_rules = [indexes[text] for text in sorted(indexes)]
        return cls([*of_rules, *wanted(paths), Index(name=FOLDERS, type=("dir",))], CONTENTS, COARSE, True)

    def kept(self) -> ReadingSettings:
        """The same for results that other processes take, which must be measured."""
        from imagelint.stream.steps import COARSE

        return ReadingSettings(self.indexes, self.contents, self.measure or COARSE, True)

    def reader(
        self,
        detector: Detector,
        read: Callable[..., LayerResult],
    ) -> Callable[[Layer, Allowance], LayerResult]:
        """Reads a layer by `read`, which is read_layer; may be shared between threads."""
        entries, contents = EntryIndex((), self.indexes), self.contents
        measure, keep = self.measure, self.keep

        def one(layer: Layer, allowance: Allowance) -> LayerResult:
            return read(layer, detector, entries, contents=contents, allowance=allowance, measure=measure, keep=keep)

        return one

    def plain(self) -> dict[str, Any]:
        """As JSON has it; the same for the same settings."""
        return {
            "indexes": [
                {name: value for name in fields(each) if (value := getattr(each, name))} for each in self.indexes
            ],
            "contents": sorted(path.decode("utf-8", "surrogateescape") for path in self.contents),
            "measure": self.measure,
            "keep": self.keep,
        }

    @classmethod
    def of_plain(cls, value: dict[str, Any]) -> ReadingSettings:
        """What `plain` gave."""
        indexes = [
            Index(each.get("mode", 0), **{name: tuple(words) for name, words in each.items() if name != "mode"})
            for each in value["indexes"]
        ]
        contents = frozenset(path.encode("utf-8", "surrogateescape") for path in value["contents"])
        return cls(indexes, contents, value["measure"], value["keep"])
