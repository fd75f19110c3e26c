"""Whether a value stands in what is kept of a layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imagelint.image.ledger import Ledger
from imagelint.image.result import LayerResult
from imagelint.image.stored_head import text_of
from imagelint.secrets.learned import Learned
from imagelint.secrets.standing import standing


def stands(result: LayerResult, ledger: Ledger) -> bool:
    """One of its own values."""
    learned = Learned()
    for found in result.found:
        learned.add(found.candidate.value)
    return mentions(result, ledger, learned)


def mentions(result: LayerResult, ledger: Ledger, learned: Learned) -> bool:
    """One of these values, in whatever form (secrets/disguises.py), where a report would mask it: a short password is
    one where it stands alone, and a word that everybody uses is none."""
    return says([text_of(ledger.text), "\0".join(_texts(result))], learned) if learned.forms else False


def says(texts: Sequence[str], learned: Learned) -> bool:
    """The same of texts."""
    near = standing(learned.forms, texts)
    if not near:
        return False
    few = Learned()
    few.recall(dict.fromkeys(near, ""), (), 0)
    return any(True for text in texts for _ in few.spans(text))


def _texts(result: LayerResult) -> Iterator[str]:
    """All of what is kept but the paths of entries."""
    for place, reason in result.limited:
        yield f"{place} {reason}"
    for found in result.found:
        yield from (found.candidate.name, text_of(found.way), text_of(found.path))
    for kept in result.kept:
        yield text_of(kept.entry.link)
        yield from (text_of(value) for value in kept.entry.xattrs.values())
        yield text_of(bytes(kept.content or b""))
        yield from (one.subject for one in kept.certificates)
    yield from map(text_of, result.links)
    for listed in result.listed.values():
        yield listed.unread
        yield from (text_of(path) for pair in listed.diverted.items() for path in pair)
