"""An answer for programs: as one JSON document, or as a table for a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from imagelint import __version__
from imagelint.record import fields
from imagelint.registry.answers import Answer, FoundRow, Group, ImageRow, Numbers
from imagelint.report.escape import visible
from imagelint.report.json import dump, present

FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take a cell that begins with it for; the wide ones too, with some input methods."""
_GROUP = ("name", "about", "images", "fingerprints", "findings", "error", "warning", "note")
_FOUND = (
    "image digest platform base labels rule severity fingerprint message path line surface status layer origin "
    "layer_digest diff_id type masked"
).split()


def write_json(answer: Answer, found: Iterable[FoundRow], out: TextIO) -> None:
    """Everything, a finding at a time; images are named by their place in `images`, from 0."""
    numbers = {image.id: place for place, image in enumerate(answer.images)}
    totals = {**_counts(answer.totals), "suppressed": answer.suppressed, "fingerprints": answer.fingerprints}
    head = {
        "version": __version__,
        "index": answer.index,
        "asked": answer.asked,
        "totals": {"images": len(answer.images), **totals},
        "groups": {by: [_group(group) for group in groups] for by, groups in answer.groups.items()},
        "images": [_image(image) for image in answer.images],
    }
    out.write("{\n" + "".join(f' "{name}": {dump(value)},\n' for name, value in head.items()))
    out.write(' "findings": [')
    separator = "\n  "
    for one in found:
        told = {name: getattr(one, name) for name in fields(one)} | {"image": numbers[one.image]}
        out.write(separator + dump(present(told)))
        separator = ",\n  "
    out.write("],\n" if separator == "\n  " else "\n ],\n")
    holes = [{name: getattr(hole, name) for name in fields(hole)} for hole in answer.holes]
    out.write(f' "not_read": {dump(holes)},\n')
    out.write(f' "gone": {dump([{"reference": name, "since": since} for name, since in answer.gone])}\n}}\n')


def write_csv(answer: Answer, found: Iterable[FoundRow], out: TextIO) -> None:
    """The groups that were asked for; or else every finding of every image, a row for each."""
    rows = csv.writer(out, lineterminator="\n")
    if answer.by:
        rows.writerow([answer.by if name == "name" else name for name in _GROUP])
        for group in answer.groups[answer.by]:
            told = _group(group)
            rows.writerow([cell(told[name]) for name in _GROUP])
        return
    rows.writerow(_FOUND)
    images = {image.id: image for image in answer.images}
    for one in found:
        image = images[one.image]
        labels = "; ".join(f"{name}={value}" for name, value in image.labels.items())
        about = (" ".join(image.references) or image.name, image.digest, image.platform, image.base, labels)
        rows.writerow(map(cell, (*about, *(getattr(one, name) for name in _FOUND[len(about) :]))))


def cell(value: object) -> object:
    """A text that no spreadsheet takes for a formula, with nothing in it that a screen would not show; nothing for a
    layer that is not known (-1)."""
    if not isinstance(value, str):
        return "" if value == -1 else value
    text = visible(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _counts(numbers: Numbers) -> dict[str, int]:
    return {"findings": numbers.all, **{name: getattr(numbers, name) for name in fields(numbers)}}


def _group(group: Group) -> dict[str, object]:
    told: dict[str, object] = {"name": group.name, "about": group.about, "images": group.images}
    return {**told, "fingerprints": group.fingerprints, **_counts(group.numbers)}


def _image(image: ImageRow) -> dict[str, object]:
    told = {name: getattr(image, name) for name in fields(image) if name not in ("id", "numbers", "top")}
    return {**{name: value for name, value in told.items() if value not in ("", {})}, **_counts(image.numbers)}
