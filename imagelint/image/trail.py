"""Layers, history entries and steps as findings tell them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from imagelint.findings import LayerInfo, SafeText, Step
from imagelint.image.model import Image
from imagelint.image.origin import Origins
from imagelint.image.provenance import Traced
from imagelint.image.result import Found, Kept
from imagelint.image.surfaces import MAX_TEXT
from imagelint.image.timeline import Event, Life, Timeline
from imagelint.secrets.redact import Redactor, plain

MAX_CREATED_BY = 4096
"""Characters of a history entry that a finding carries; a heredoc RUN may hold a whole script."""
MAX_STEPS = 20
"""Of a path's life; of a file that every layer of an image writes anew, the first and the last ones are told."""
READER = "anyone who can pull the image can read it"
STRANGER = "this image can be pulled without credentials: a stranger can read it"
STILL_SHIPPED = "this layer is part of every pull: anyone who can pull the image can read it"
PART_OF_PULLS = "this layer is part of every pull"


class Trails:
    """Tells layers and steps of one image, each history entry masked once."""

    def __init__(
        self,
        image: Image,
        diff_ids: Sequence[str],
        timeline: Timeline,
        redactor: Redactor,
        traced: Traced,
        origins: Origins,
    ) -> None:
        self._image, self._diff_ids, self._timeline, self._redactor = image, diff_ids, timeline, redactor
        self._traced, self._origins = traced, origins
        self._layers: dict[int, LayerInfo] = {}
        self._entries: dict[int, LayerInfo] = {}

    def layer(self, index: int) -> LayerInfo:
        """A layer and the history entry that made it."""
        if index not in self._layers:
            layer, origin = self._image.layers[index], self._origins.of_layer(index)
            info = LayerInfo(index, self._diff_ids[index], origin=origin, history=layer.history)
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
            origin = self._origins.of_entry(index)
            self._entries[index] = (
                self.layer(made)
                if made >= 0 and self._traced.made_layer(index)
                else self._traced.fill(
                    LayerInfo(created_by=self._created_by(index), origin=origin, history=index), self._redactor
                )
            )
        return self._entries[index]

    def origin(self, layer: int, history: int) -> str:
        """base, own or empty, of a layer, or of a history entry where there is no layer (-1)."""
        return self._origins.of_layer(layer) if layer >= 0 else self._origins.of_entry(history)

    def introduced(self, found: Found, layer: int, layers: Collection[int], gone: Collection[int]) -> int:
        """Which layer brought a secret that lies in this one, at the same path: the first of those that have had it
        there ever since. `layers` and `gone` are as in of_secret."""
        first = layer
        for event, here in self._lives(found.path, layers, gone):
            if event.layer > layer:
                break
            if here and event.kind == "introduced":
                first = event.layer
        return first

    def of_secret(
        self, found: Found, life: Life, layer: int, layers: Collection[int], gone: Collection[int]
    ) -> tuple[Step, ...]:
        """What became of a secret at its path, from the layer that brought it to the pull that still ships it.

        `layers` are all whose entry at this path has it: one that only changes a file's mode or owner brings its bytes
        anew. In those of `gone`, a later entry of the same layer took the place of the last one that has it. `layer`
        is the one that ships it, and `life` that of the bytes.
        """
        text = plain(READER if life.status == "present" else STILL_SHIPPED)
        if life.name:
            text = self._redactor.safe(
                f"the same bytes are {life.name.decode('utf-8', 'replace')}, a hard link: {READER}"
            )
        shipped = Step("shipped", text, self.layer(layer))
        return (*self._steps(found.path, life, layer, layers, gone), shipped, *self._public())

    def of_entry(self, kept: Kept, life: Life, layer: int) -> tuple[Step, ...]:
        """What became of a file or folder that is wrong as it is."""
        steps = self._steps(kept.entry.path, life, layer, (layer,), (layer,) if kept.replaced else ())
        if life.status == "present":
            return tuple(steps)
        return (*steps, Step("shipped", plain(PART_OF_PULLS), self.layer(layer)))

    def of_waste(self, status: str, layer: int, by: int) -> tuple[Step, ...]:
        """Bytes of no use: from the layer that brought them to the one that took them out of sight, if any."""
        introduced = self._step("introduced", layer)
        if status == "present":
            return (introduced,)
        return introduced, self._step(status, by), Step("shipped", plain(PART_OF_PULLS), self.layer(layer))

    def of_value(self, history: int, surface: str) -> tuple[Step, ...]:
        """A value outside the layers: written by a history entry, where that is known, and shipped with the
        configuration, the manifest or an attestation."""
        where = {"annotation": "manifest", "manifest": "manifest"}.get(surface, "configuration")
        where = "it is in an attestation of the image" if surface == "attestation" else f"it is in the image's {where}"
        entry = self.history(history)
        written = [Step("introduced", entry.created_by or plain(""), entry)] if entry else []
        return (*written, Step("shipped", plain(f"{where}: {READER}")), *self._public())

    def _lives(self, path: bytes, layers: Collection[int], gone: Collection[int]) -> Iterator[tuple[Event, bool]]:
        """The events that matter to bytes of these layers, and whether they are there behind each."""
        here = False
        for event in self._timeline.steps(path, layers, gone):
            brings = event.layer in layers and event.kind in ("introduced", "changed")
            if brings:
                yield Event("changed" if here else "introduced", event.layer, path), True
            elif here:
                yield event, False
            here = brings

    def _steps(self, path: bytes, life: Life, layer: int, layers: Collection[int], gone: Collection[int]) -> list[Step]:
        if life.status == "present" and not life.name and len(layers) == 1:
            return [self._step("introduced", layer)]  # nothing came later: no need to walk all layers for each of many
        lives = list(self._lives(path, layers, gone))
        steps = [self._step(event.kind, event.layer) for event, _ in lives]
        here = bool(lives) and lives[-1][1]
        if not steps:  # of bytes that no path has
            steps.append(self._step("introduced", layer))
        if life.status != "present" and (here or len(steps) == 1):
            steps.append(self._step(life.status, life.by if life.by >= 0 else layer))
        if len(steps) > MAX_STEPS:
            half = MAX_STEPS // 2
            between = Step("changed", plain(f"{len(steps) - 2 * half} more steps, which are left out"))
            steps = [*steps[:half], between, *steps[-half:]]
        return steps

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
