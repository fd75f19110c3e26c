"""What composing an image has to do with its note (notes.py): it is used where layers have forgotten their values, and
written where they have them."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence

from imagelint.image import notes
from imagelint.image.model import Image
from imagelint.image.notes_texts import Texts, texts_of
from imagelint.image.packages import Published
from imagelint.image.provenance_build import Build
from imagelint.image.result import LayerResult
from imagelint.image.secrets import Spot
from imagelint.image.stored_values import mentioned, says
from imagelint.image.surfaces import Surface
from imagelint.record import record
from imagelint.secrets.redact import Redactor
from imagelint.secrets.standing import Text

Data = bytes


@record
class Remembering:
    """What whoever keeps results of layers says to `lint`."""

    note: bytes | None = None
    """The note of the image, of an earlier run."""


class Memory:
    """Of one image while it is composed. Without `remembering` it does nothing, and costs nothing."""

    def __init__(
        self,
        own: Sequence[Surface],
        image: Image,
        layers: Sequence[LayerResult],
        remembering: Remembering | None,
        names: list[str],
        rules: Container[str],
    ) -> None:
        """`own` are the texts of the image's documents; `names` come from elsewhere; `rules` has the ids of all that
        secrets may be of."""
        self._own, self._image, self._layers = own, image, layers
        self.names = [*names, image.name]
        self._asked = remembering is not None
        self._forgot = any(layer.forgot for layer in layers)
        self.wanted = remembering is not None and not self._forgot and _complete(layers)
        """Whether a note is to be written."""
        asked = remembering is not None and (self._forgot or self.wanted)
        self._note = notes.read(remembering.note) if remembering is not None and asked else None
        if self._forgot and any(one.candidate.rule not in rules for layer in layers for one in layer.found):
            self._note = None  # whoever wrote that had other rules
        self.useless = False
        """Reports show texts that no note knows of, or values."""
        self._surfaces: list[Surface] = []
        self._texts = Texts()
        self._applied = False

    def packaged(self) -> Published | None:
        """What packages brought, where the note has to tell it."""
        if self.useless:
            self.wanted, self._note = False, None
        return self._note.packaged(self._layers) if self._forgot and self._note is not None else None

    @property
    def lost(self) -> bool:
        """Whether values are forgotten that no note makes up for; `packaged` was asked."""
        return self._forgot and (self._note is None or self._note.packaged(self._layers) is None)

    def heard(self, surfaces: Iterable[Surface]) -> None:
        """The texts of an attestation."""
        if self._forgot or self.wanted:
            self._surfaces += surfaces

    def recall(self, spots: Sequence[Spot], builds: Iterable[Build], redactor: Redactor) -> None:
        """All values that are there are learned: those that are forgotten, too."""
        if self._forgot or self.wanted:
            self._texts = texts_of(self._image, self._own, self._layers, self._surfaces, builds)
        if self._forgot and self._note is not None:
            self._applied = self._note.apply(spots, self._texts, redactor)

    def unsure(self) -> bool:
        """Whether the note is of another image, or does not know a name that the report shows."""
        known = self._note is not None and self._applied and self._note.knows(self._texts, self.names)
        return self._forgot and not known

    def note(self, packaged: Published, spots: Sequence[Spot], redactor: Redactor, own: Redactor) -> bytes | None:
        """The note; None where none is sound. `own` has learned what the image's own texts say."""
        return notes.make(
            self._texts, self._layers, packaged, spots, redactor.learned, own.learned, self.names, self._note
        )

    def mentioned(self, redactor: Redactor) -> list[int]:
        """The layers in which a value of the image stands where it cannot be left out, as in the name of a file: what
        was read of them may not be kept, and what was is to be dropped."""
        known = [one for one in self._layers if one.ledger is not None]
        return mentioned(known, redactor.learned) if self._asked else []

    def quoted(self, redactor: Redactor) -> bool:
        """Whether a value stands in the image's own documents: its configuration, its manifest, what leads there."""
        texts = (text for one in self._own for text in (one.path, one.name, one.text))
        return says(Text(lambda: "\0".join(texts)), redactor.learned)


def _complete(layers: Sequence[LayerResult]) -> bool:
    """Whether there is something to forget, and all paths are known."""
    known = all(one.ledger is not None and not one.ledger.cut and not one.incomplete for one in layers)
    return known and any(layer.found for layer in layers)
