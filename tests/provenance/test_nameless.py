"""Instructions of which the history says the same: builders that write the sum of what they copied, and no names, and
variables that may stand for anything. Whoever changes such a Dockerfile after the build leaves the history as it was;
what lies in the layers then tells the lines apart, or nothing does, and none is told."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.engines import BASE
from tests.provenance.bed import BUILDKIT, LEGACY, PODMAN, Built, ask
from tests.provenance.builders import Builders
from tests.provenance.template import Dockerfile, write

pytestmark = pytest.mark.engine

TEMPLATE = """\
> FROM {base}
> ARG one=/one
> ARG two=/two
> COPY {mark} /
> COPY {mark} /said_a
> COPY folders/{line}/ /tree/
> RUN touch /{mark}
> WORKDIR /{mark}
> COPY {mark} ./
> COPY {mark} /
> COPY {mark} /said_a
> COPY folders/{line}/ /tree/
> COPY {mark} ahead /pair/
> COPY {mark} behind /pair/
> COPY {mark} /pair
> COPY {mark} /pair
> COPY folders/{line} /
> COPY --chown=1:1 {mark} /said_a
> ADD {mark} /srv/
> ADD {mark} /srv/
> COPY {mark} $one/
> COPY {mark} $two/
> LABEL {mark}={secret}
"""
FILES = {f"folders/{line}/mark_a_{line}": "" for line in (6, 12, 17)} | {"ahead": "", "behind": ""}
FOLDERS = {6, 12}
UNSURE = {BUILDKIT: set[int](), LEGACY: {5, 11} | FOLDERS, PODMAN: {5, 11, 18} | FOLDERS}
"""Lines that nothing in the image tells from each other: files that are called otherwise where they came from, and what
lay in a folder. The legacy builder writes the owner."""
Change = Callable[[Dockerfile], Dockerfile]


def exchanged(*lines: int) -> Change:
    """Each stands where the next one stood; the last where the first did."""

    def change(file: Dockerfile) -> Dockerfile:
        for one, other in pairwise(lines):
            file = file.swapped(one - 1, other - 1)
        return file

    return change


def replaced(line: int, text: str) -> Change:
    return lambda file: file.instead(line - 1, text)


def moved(line: int, to: int, text: str) -> Change:
    """The line `to` is gone, this one stands there, and a new one where it stood."""
    return lambda file: file.swapped(line - 1, to - 1).instead(line - 1, text)


CHANGES: dict[str, Change] = {
    "files in a folder": exchanged(4, 10),
    "files of one path": exchanged(5, 11),
    "files of one path, one with an owner": exchanged(5, 18),
    "files of one path, in a ring": exchanged(5, 11, 18),
    "folders": exchanged(6, 12),
    "several files": exchanged(13, 14),
    "a folder that is named as a file is": exchanged(15, 16),
    "a file and a folder": exchanged(4, 17),
    "files and a folder, in a ring": exchanged(4, 10, 17),
    "what may be an archive": exchanged(19, 20),
    "by arguments": exchanged(21, 22),
    "another source": replaced(4, "COPY ahead /"),
    "another source below a WORKDIR": replaced(9, "COPY ahead ./"),
    "another source, the same path": replaced(5, "COPY ahead /said_a"),
    "another source, a folder named as a file is": replaced(15, "COPY ahead /pair"),
    "another folder": replaced(6, "COPY folders/17/ /tree/"),
    "a folder for a file": replaced(4, "COPY folders/6/ /"),
    "a file for a folder": replaced(12, "COPY ahead behind /tree/"),
    "several for one": replaced(4, "COPY mark_a_4 ahead /"),
    "one for several": replaced(13, "COPY mark_a_13 /pair/"),
    "ADD for COPY": replaced(4, "ADD mark_a_4 /"),
    "a wildcard of others": replaced(4, "COPY behin* /"),
    "one gone, one new, one moved": moved(10, 4, "COPY ahead /"),
    "one gone, one new, one moved, one path": moved(11, 5, "COPY ahead /said_a"),
    "one gone, one new, one moved, folders": moved(12, 6, "COPY folders/17/ /tree/"),
}
EDITED = {
    "a wildcard": (4, "COPY mark_a_4* /"),
    "other several": (13, "COPY ahead mark_a_13 /pair/"),
    "an owner": (4, "COPY --chown=1 mark_a_4 /"),
    "another owner": (18, "COPY --chown=2 mark_a_18 /said_a"),
    "JSON": (4, 'COPY ["mark_a_4", "/"]'),
}
"""Another text that does the same, as far as any image could tell: the line is the one that did it."""


@pytest.fixture(scope="module", params=[BUILDKIT, LEGACY, PODMAN])
def built(request: pytest.FixtureRequest, builders: Builders) -> Built:
    """One image, for all changes."""
    file = write("a", TEMPLATE, {"base": BASE})
    return builders.built("nameless", request.param, builders.image(file, request.param, FILES), {"a": file})


def lines_of(texts: list[str]) -> set[int]:
    return {int(text.partition(", line ")[2].partition(":")[0]) for text in texts}


def test_what_nothing_tells_apart_is_uncertain(built: Built, tmp_path: Path) -> None:
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], str(told)
    assert lines_of(told.unsure) == UNSURE[built.builder], str(told)
    layers = 19 if built.builder == PODMAN else 20  # podman makes the folder of WORKDIR with the file that comes there
    assert len(told.right) == layers - len(UNSURE[built.builder]), str(told)


@pytest.mark.parametrize("change", CHANGES)
def test_changed_since(built: Built, tmp_path: Path, change: str) -> None:
    shown = CHANGES[change](built.dockerfile)
    assert shown.text != built.dockerfile.text
    told = ask(built, shown, tmp_path)
    assert told.wrong == [], str(told)


@pytest.mark.parametrize("edit", EDITED)
def test_edited_since(built: Built, tmp_path: Path, edit: str) -> None:
    line, text = EDITED[edit]
    shown = built.dockerfile.rewritten(line - 1, text)
    told = ask(built, shown, tmp_path)
    assert told.wrong == [], str(told)
    seen = {BUILDKIT: ("a wildcard", "other several"), LEGACY: ("another owner",)}.get(built.builder, ())
    assert (line in lines_of(told.unsure)) == (edit in seen or line in UNSURE[built.builder]), str(told)


def test_one_layer_for_all(builders: Builders, tmp_path: Path) -> None:
    """Without --layers nothing tells which file came with which instruction."""
    file = write("a", TEMPLATE, {"base": BASE})
    tag = builders.image(file, PODMAN, FILES, words=("--layers=false",))
    built = builders.built("nameless", PODMAN, tag, {"a": file})
    for shown in (file, *(CHANGES[name](file) for name in ("files in a folder", "another source", "folders"))):
        told = ask(built, shown, tmp_path)
        assert told.wrong == [], str(told)
        assert len(told.right) == 1, str(told)
