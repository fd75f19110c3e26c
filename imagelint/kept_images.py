"""Scans of images that keep what they found for the next one, and take it from the last."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from imagelint import __version__
from imagelint.engine.compiled import digest_of
from imagelint.findings import Report
from imagelint.image.keeping import Keeping, key_of
from imagelint.image.lint import Result
from imagelint.image.remembered import Remembered
from imagelint.image.shared import share
from imagelint.made_from import dockerfiles
from imagelint.scanning import Scan
from imagelint.store import Nothing, Store
from imagelint.store.options import asked_store

if TYPE_CHECKING:
    from argparse import Namespace

    from imagelint.image.model import Image
    from imagelint.image.origin import Known
    from imagelint.image.progress import Progress
    from imagelint.scan_options import Options
    from imagelint.secrets.confirm import Detector


def scanner(asked: Namespace) -> Callable[[Sequence[str], Options, Progress | None], Report]:
    """What scans and keeps, as `--cache` and `--cache-key` ask for it; UsageError for what cannot be meant."""
    store = asked_store(asked, asked.targets)
    return lambda names, options, progress: KeepingScan(options, progress, store).run(names)


class KeptImages:
    """What one scan keeps, and finds."""

    def __init__(self, store: Store, options: Options, chosen: Collection[str], detector: Detector) -> None:
        """`chosen` has the ids of the rules that are put."""
        self._store, self._options, self._detector = store, options, detector
        self._together: Remembered | None = None
        rules = options.rules.rules
        settings = [sorted(chosen), options.config.parameters, options.base, options.profile, __version__]
        conditions = (rule.when for rule in rules if rule.kind != "secret")
        self.rules = key_of(*settings, digest_of(rules), *conditions)
        """By what images are judged: rules and options."""

    def together(self, images: Sequence[Image]) -> Remembered | None:
        """What is kept of all images of the scan; None where nothing is."""
        if not self._options.once and not isinstance(self._store, Nothing):
            self._together = self._of_all(images)
        return self._together

    def judged(
        self, image: Image, name: str, beside: Callable[[], object], judge: Callable[[], Result | None]
    ) -> Result | None:
        """What was found in an image of the target of this name, in an earlier run or now. `beside` tells what decides
        that, and is neither the image's own nor rules nor options."""
        kept = self._of(image, name)
        if kept is None:
            return judge()
        known = beside()
        result = kept.find(image, known)
        if result is None and (result := judge()) is not None:
            kept.keep(result, image, known)
        return result

    def _of(self, image: Image, name: str) -> Remembered | None:
        """What is kept of an image, and of those of its target. Only what goes by the digests of its layers' bytes is
        kept, and a daemon tells none."""
        if self._together is not None:
            return self._together
        if self._options.once or isinstance(self._store, Nothing) or not all(one.digest for one in image.layers):
            return None
        shared = image.shared or share([image], always=True)
        if shared.keeping is None:
            shared.keeping = self._of_all(shared.to_come or [image]).keeping
        # A Dockerfile beside the image decides what is told of it, and its own digest might give away what is in it.
        return Remembered(shared.keeping, self.rules) if dockerfiles(None, name).beside is None else None

    def _of_all(self, images: Sequence[Image]) -> Remembered:
        return Remembered(Keeping(self._store, self._options.rules.rules, self._detector, images), self.rules)


def of_known(known: Known | None) -> object:
    """A base image, as it decides what is found in another one."""
    return (known.names, known.diff_ids, len(known.history)) if known is not None else None


class KeepingScan(Scan):
    """A scan whose images are kept."""

    def __init__(self, options: Options, progress: Progress | None, store: Store) -> None:
        super().__init__(options, progress)
        self.store = store
        self.kept = KeptImages(store, options, self.chosen, self.detector)

    def run(self, names: Sequence[str]) -> Report:
        """Scan the targets. What went wrong with the store is told in the report's `limited`."""
        try:
            return super().run(names)
        finally:
            self.close()

    def close(self) -> None:
        """Write what waits to be written, whatever came of the run."""
        self.store.close()
        for line in self.store.told:
            self._skip(self.report.limited, "", "", line)

    def _judged(self, name: str, image: Image) -> Result | None:
        return self.kept.judged(
            image, name, lambda: self._beside(name, image), lambda: super(KeepingScan, self)._judged(name, image)
        )

    def _beside(self, name: str, image: Image) -> object:
        """What decides what is told of an image, and is neither its own nor rules nor options: what --base names, and
        the images of the target that may be its base."""
        below = sorted((known.names, len(known.history)) for known in self._below(image))
        return name, of_known(self._base(name, image.platform)), below

    def _below(self, image: Image) -> Iterable[Known]:
        """The images of the target whose layers are the lowest ones of this image."""
        diff_ids = tuple(layer.diff_id for layer in image.layers)
        others = image.shared.known if image.shared is not None else ()
        return (known for known in others if known.diff_ids == diff_ids[: len(known.diff_ids)])
