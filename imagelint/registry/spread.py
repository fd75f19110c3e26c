"""The reader of layers for more than one machine: each layer is a task of a Dask scheduler that exists already.

    for layer, result in Spread("tcp://127.0.0.1:8786", settings, detector).read(layers): ...

A task says where a layer lies and what to look for (spread_task.py); the worker opens it straight from its registry
(spread_worker.py) and seals what it found to this process (spread_seal.py). Distribution, retries and load are Dask's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from imagelint.errors import UsageError, defect
from imagelint.image.layer import place_of, read_layer
from imagelint.image.model import Layer
from imagelint.image.paths import Allowance
from imagelint.image.reading_settings import ReadingSettings
from imagelint.image.result import LayerResult
from imagelint.registry.spread_cluster import Cluster, Tls, quiet
from imagelint.registry.spread_reading import PATIENCE, Reading
from imagelint.registry.spread_seal import Opener
from imagelint.registry.spread_task import pack_run
from imagelint.secrets.confirm import Detector

Tell = Callable[[Layer, int], None]
"""Called with a layer and how many of its stored bytes are read: once, when it is done."""


class Spread:
    """Reads layers on the workers of a scheduler. `read` is a Reader, and may be called several times."""

    def __init__(
        self,
        scheduler: str,
        settings: ReadingSettings,
        detector: Detector,
        *,
        tls: Tls | None = None,
        plain: bool = False,
        insecure: Iterable[str] = (),
        tell: Tell | None = None,
        patience: float = PATIENCE,
    ) -> None:
        """`plain`: the scheduler may be off this machine without TLS. `insecure` are the registries (HOST[:PORT]) that
        may be asked without TLS. `patience`: seconds that a run waits for a scheduler that went away, or for a worker.

        UsageError for an address or files that are wrong, and for a detector that explains what it turns away; the
        scheduler is asked when something is read.
        """
        if detector.explains:
            raise UsageError("what was turned away is only known where layers are read: leave --dask away to see it")
        self.told: list[str] = []
        """What went wrong beside layers, one line each, for the report's `limited`."""
        self._cluster, self._patience = Cluster(scheduler, tls, plain), patience
        self._settings, self._detector, self._insecure = settings.kept(), detector, tuple(insecure)
        self._tell = tell
        self._opener: Opener | None = None
        self._run = b""

    def read(self, layers: Sequence[Layer]) -> Iterator[tuple[Layer, LayerResult]]:
        """The layers' results as they are done. A layer that no other machine can open is read here, ahead of the
        others.

        AbsentError when there is no scheduler, or it has no worker; UsageError when all workers have another version.
        Once something was read, what keeps the rest from being read is told in their results. No more than a few
        results are ahead of who takes them; closing the iterator cancels what is still to be read.
        """
        spread = [layer for layer in layers if layer.repository]
        for layer in layers:
            if not layer.repository:
                yield layer, self._done(layer, self._here(layer))
        if spread:
            # The same for each call, so that workers are ready for the next one, with their connections.
            self._opener = self._opener or Opener()
            self._run = self._run or pack_run(self._settings, self._detector, self._insecure, self._opener.public)
            reading = Reading(self._cluster, self._run, self._opener, spread, self._here, self._patience, self.told)
            with quiet():
                for layer, result in reading.results():
                    yield layer, self._done(layer, result)

    def _done(self, layer: Layer, result: LayerResult) -> LayerResult:
        if self._tell is not None:
            self._tell(layer, layer.size if layer.size >= 0 else result.bytes_in)
        return result

    def _here(self, layer: Layer) -> LayerResult:
        try:
            return self._settings.reader(self._detector, read_layer)(layer, Allowance())
        except Exception as error:
            return LayerResult(layer.index, incomplete=[(place_of(layer), defect(error))])
