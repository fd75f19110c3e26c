"""What runs on a worker: one layer, opened straight from its registry and read as everywhere.

Nothing is logged or raised: whatever a layer says may hold a secret, and logs are read by many.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from imagelint.errors import defect
from imagelint.image.layer import read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.image.sources.registry_blob import Blobs
from imagelint.registry.spread_seal import seal
from imagelint.registry.spread_task import FAILED, REFUSED, RESULT, UNSENT, detector_of, differences, versions
from imagelint.secrets.confirm import Detector
from imagelint.stream import limits

K = TypeVar("K")
V = TypeVar("V")

_READY = 4
"""Detectors that stay compiled, at some 30 MiB each, and runs that stay ready: several commands may use one cluster."""


class _Run:
    """A run, made ready once in each worker process."""

    def __init__(self, text: bytes) -> None:
        run = json.loads(text)
        self.about = hashlib.sha256(text).digest()
        self.refused = differences(versions(), run["versions"])
        if self.refused:
            return
        detector = _detector(run)
        self.public, self.limits = bytes.fromhex(run["public"]), run["limits"]
        self._blobs = Blobs(run["insecure"])
        self._read = ReadingSettings.of_plain(run["reading"]).reader(detector, read_layer)

    def read(self, said: Mapping[str, Any]) -> LayerResult:
        """Read one layer."""
        repository, digest = said["repository"], said["digest"]
        layer = Layer(
            said["index"],
            digest,
            said["diff_id"],
            said["size"],
            said["media_type"],
            lambda: self._blobs.open(repository, digest),
        )
        with _limits.held(self.limits):
            return self._read(layer, Allowance())


class _Limits:
    """Limits are a process's own (stream/limits.py), and a worker may serve two runs that have changed them: layers of
    the one wait for those of the other."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._set: Mapping[str, int] = {}

    @contextmanager
    def held(self, wanted: Mapping[str, int]) -> Iterator[None]:
        """Within, the limits are these."""
        with self._changed:
            self._changed.wait_for(lambda: not self._readers or self._set == wanted)
            self._set = wanted
            for name in limits.CHANGEABLE:
                setattr(limits, name, wanted[name])
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()


_limits = _Limits()
_runs: OrderedDict[bytes, _Run] = OrderedDict()
_detectors: OrderedDict[str, Detector] = OrderedDict()
"""By the rules, which are the same in many runs."""
_lock = threading.Lock()


def work(run: bytes, layer: bytes) -> bytes:
    """Read a layer (pack_layer) for a run (pack_run); an answer as spread_task.py says. It never raises."""
    try:
        ready = _ready(run)
        if ready.refused:
            return REFUSED + json.dumps([_name(), ready.refused]).encode()
        from imagelint.image.stored import dump

        result = ready.read(json.loads(layer))
        data = dump(result, lambda body: seal(body, ready.public, ready.about + layer))
        return UNSENT if data is None else RESULT + data
    except Exception as error:
        return FAILED + defect(error).encode()


def probe() -> dict[str, str]:
    """What this worker is; an exception where it lacks what is needed to read a layer."""
    import cryptography  # noqa: F401
    import httpx  # noqa: F401
    import hyperscan  # noqa: F401
    import isal  # noqa: F401

    return versions()


def _ready(text: bytes) -> _Run:
    with _lock:  # the second thread waits until the patterns are compiled, instead of compiling them again
        return _kept(_runs, text, lambda: _Run(text))


def _detector(run: Mapping[str, Any]) -> Detector:
    """The detector of a run, its patterns compiled. Called with the lock held."""
    key = json.dumps([run["versions"], run["more"], run["strict"], run["explains"]], sort_keys=True)
    found = _kept(_detectors, key, lambda: detector_of(run))
    found.patterns.prepare()
    return found


def _kept(known: OrderedDict[K, V], key: K, make: Callable[[], V]) -> V:
    """What is known by this key, or made; the least recently asked for is let go of."""
    if key not in known:
        known[key] = make()
    known.move_to_end(key)
    while len(known) > _READY:
        known.popitem(last=False)
    return known[key]


def _name() -> str:
    """This worker's address, by which the scheduler knows it."""
    from distributed import get_worker

    return str(get_worker().address)
