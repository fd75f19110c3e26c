"""An image is judged by what its layers are found to hold now, or were in an earlier run."""

from __future__ import annotations

from typing import Any

from imagelint.image.lint import Result, lint
from imagelint.image.memory import Remembering
from imagelint.image.model import Image


def judge(image: Image, *words: Any, **more: Any) -> Result:
    """As `lint`, whose words these are. Where results of layers are kept (keeping.py), those that have forgotten their
    values serve an image that has a note; for any other they are read again, and the note is written."""
    shared = image.shared
    keeping = shared.keeping if shared is not None else None
    if shared is None or keeping is None:
        return lint(image, *words, **more)
    note = keeping.note(image)
    if note is None:
        shared.want_values(image)
    result = lint(image, *words, remembering=Remembering(note), **more)
    if result.again:
        shared.want_values(image)
        result = lint(image, *words, remembering=Remembering(note), **more)
    if result.note is not None:
        keeping.keep_note(image, result.note)
    return result
