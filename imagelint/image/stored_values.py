"""Whether a value stands in what is kept of a layer, or in another text."""

from __future__ import annotations

from collections.abc import Iterable

from imagelint.image.layer_text import LayerText
from imagelint.image.result import LayerResult
from imagelint.secrets.learned import Learned, small
from imagelint.secrets.standing import Text, standing, within


def stands(result: LayerResult) -> bool:
    """One of its own values."""
    learned = Learned()
    for found in result.found:
        learned.add(found.candidate.value)
    return bool(mentioned([result], learned))


def mentioned(layers: Iterable[LayerResult], learned: Learned) -> list[int]:
    """The numbers of those layers in which one of these values stands, in whatever form (secrets/disguises.py), where a
    report would mask it: a short password is one where it stands alone, and a word that everybody uses is none."""
    forms: dict[str, list[str]] = {}
    for form in learned.forms:
        forms.setdefault(small(form), []).append(form)
    known = [(layer.index, LayerText(layer)) for layer in (layers if forms else ())]
    shown = within([layer.small for _, layer in known], forms)
    kept = within([layer.rest for _, layer in known], learned.forms)
    return [
        index
        for (index, layer), near, rest in zip(known, shown, kept, strict=True)
        if (near and _says(layer.text, [form for one in near for form in forms[one]])) or _says(layer.rest, rest)
    ]


def says(text: Text, learned: Learned) -> bool:
    """The same of a text."""
    return _says(text, standing(learned.forms, [text]))


def _says(text: Text, forms: Iterable[str]) -> bool:
    few = Learned()
    few.recall(dict.fromkeys(forms, ""), (), 0)
    return bool(few) and any(True for _ in few.spans(text.whole))
