"""Layers, history entries and steps as findings tell them."""

from __future__ import annotations

from collections.abc import Sequence

from imagelint.findings import LayerInfo, SafeText, Step
from imagelint.image.model import Image
from imagelint.image.provenance import Traced
from imagelint.image.result import Found
from imagelint.image.surfaces import MAX_TEXT
from imagelint.image.timeline import Life, Timeline
from imagelint.secrets.redact import Redactor, plain

MAX_CREATED_BY = 4096
"""Characters of a history entry that a finding carries; a heredoc RUN may hold a whole script."""
READER = "anyone who can pull the image can read it"
STRANGER = "this image can be pulled without credentials: a stranger can read it"
STILL_SHIPPED = "this layer is part of every pull: anyone who can pull the image can read it"


class Trails:
    """Tells layers and steps of one image, each history entry masked once."""

    def __init__(
        self, image: Image, diff_ids: Sequence[str], timeline: Timeline, redactor: Redactor, traced: Traced
    ) -> None:
        self._image, self._diff_ids, self._timeline, self._redactor = image, diff_ids, timeline, redactor
        self._traced = traced
        self._layers: dict[int, LayerInfo] = {}
        self._entries: dict[int, LayerInfo] = {}

    def layer(self, index: int) -> LayerInfo:
        """A layer and the history entry that made it."""
        if index not in self._layers:
            layer = self._image.layers[index]
            info = LayerInfo(index, self._diff_ids[index], history=layer.history)
            if layer.history >= 0:
                info.created_by = self._created_by(layer.history)
            self._layers[index] = self._traced.fill(info, self._redactor)
        return self._layers[index]

    def history(self, index: int) -> LayerInfo | None:
        """A history entry, and its layer when it made one; None when it is not known."""
        if index < 0:
            return None
        if index not in self._entries:
            made = next((layer.index for layer in self._image.layers if layer.history == index), -1)
            self._entries[index] = (
                self.layer(made)
                if made >= 0 and self._traced.made_layer(index)
                else self._traced.fill(LayerInfo(created_by=self._created_by(index), history=index), self._redactor)
            )
        return self._entries[index]

    def of_file(self, found: Found, layer: int, life: Life) -> tuple[Step, ...]:
        """What became of a file's bytes, from the layer that brought them to the pull that still ships them."""
        events = self._timeline.steps(found.path, layer, found.replaced)
        first = next(
            (n for n, event in enumerate(events) if event.layer == layer and event.kind in ("introduced", "changed")),
            len(events),
        )
        steps = [self._step("introduced", layer)]
        if life.status != "present" and len(events) > first + 1:
            steps.append(self._step(events[first + 1].kind, events[first + 1].layer))
        if life.status != "present" and len(steps) < 2:
            steps.append(self._step(life.status, life.by if life.by >= 0 else layer))
        if life.status == "present":
            text = plain(READER)
            if life.name:
                text = self._redactor.safe(
                    f"the same bytes are {life.name.decode('utf-8', 'replace')}, a hard link: {READER}"
                )
            steps.append(Step("shipped", text, self.layer(layer)))
        else:
            steps.append(Step("shipped", plain(STILL_SHIPPED), self.layer(layer)))
        return (*steps, *self._public())

    def of_value(self, history: int, surface: str) -> tuple[Step, ...]:
        """A value outside the layers: written by a history entry, where that is known, and shipped with the
        configuration, the manifest or an attestation."""
        where = {"annotation": "manifest", "manifest": "manifest"}.get(surface, "configuration")
        where = "it is in an attestation of the image" if surface == "attestation" else f"it is in the image's {where}"
        entry = self.history(history)
        written = [Step("introduced", entry.created_by or plain(""), entry)] if entry else []
        return (*written, Step("shipped", plain(f"{where}: {READER}")), *self._public())

    def _public(self) -> tuple[Step, ...]:
        """Where a registry was asked, and gives the image to everyone."""
        return (Step("public", plain(STRANGER)),) if self._image.public else ()

    def _step(self, kind: str, index: int) -> Step:
        layer = self.layer(index)
        return Step(kind, layer.created_by or plain(""), layer)

    def _created_by(self, index: int) -> SafeText:
        # Masked ahead of the cut, since half a secret would not be known for one.
        text = self._redactor.safe(self._image.history[index].created_by[:MAX_TEXT])
        return text if len(text) <= MAX_CREATED_BY else self._redactor.safe(text[:MAX_CREATED_BY] + " ...")
