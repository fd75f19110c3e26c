"""Made-up Dockerfiles of few words, so that they repeat themselves, and made-up changes. The images are composed: of
instructions as plain as these, both builders' history is known from the images that test_built.py builds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.provenance.bed import ask
from tests.provenance.composed import Step, compose
from tests.provenance.template import Dockerfile

WORDS: dict[str, tuple[str, str, bool]] = {
    "RUN one": ("/bin/sh -c one", "RUN /bin/sh -c one # buildkit", True),
    "RUN two": ("/bin/sh -c two", "RUN /bin/sh -c two # buildkit", True),
    "COPY one /": ("/bin/sh -c #(nop) COPY file:00 in / ", "COPY one / # buildkit", True),
    "COPY two /": ("/bin/sh -c #(nop) COPY file:01 in / ", "COPY two / # buildkit", True),
    "WORKDIR /one": ("/bin/sh -c #(nop) WORKDIR /one", "WORKDIR /one", True),
    "ENV A=1": ("/bin/sh -c #(nop)  ENV A=1", "ENV A=1", False),
    "USER 1": ("/bin/sh -c #(nop)  USER 1", "USER 1", False),
    'CMD ["one"]': ('/bin/sh -c #(nop)  CMD ["one"]', 'CMD ["one"]', False),
}
"""An instruction, what the legacy builder and BuildKit write of it, and whether it makes a layer."""
NAMELESS = {"COPY one /": "COPY /", "COPY two /": "COPY /"}
"""What is the same in the history of the legacy builder."""


def texts(file: Dockerfile, kit: bool) -> list[str]:
    """The instructions of a Dockerfile as a history can tell them apart."""
    found = [block.lines[0] for block in file.blocks if block.identity is not None]
    return found if kit else [NAMELESS.get(text, text) for text in found]


def changed(rng: random.Random, file: Dockerfile) -> Dockerfile:
    """One to three changes behind FROM."""
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(1, len(texts(file, True)))
        word = rng.choice(list(WORDS))
        kind = rng.choice(["more", "without", "instead", "doubled", "swapped", "after"])
        if kind == "more":
            file = file.more(at, word)
        elif kind == "instead":
            file = file.instead(at, word)
        elif kind == "doubled":
            file = file.doubled(at)
        elif kind == "after":
            file = file.after(at, "# a comment")
        elif kind == "swapped":
            file = file.swapped(at, rng.randrange(1, len(texts(file, True))))
        elif len(texts(file, True)) > 3:
            file = file.without(at)
    return file


@pytest.mark.parametrize("seed", range(24))
def test_no_change_makes_a_line_wrong(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    kit = rng.random() < 0.5
    chosen = [rng.choice(list(WORDS)) for _ in range(rng.randint(3, 7))]
    ahead = [rng.choice(list(WORDS)) for _ in range(rng.choice([0, 0, 3]))]
    stage = ["> FROM {base} AS ahead", *(f"> {word}" for word in ahead)] if ahead else []
    lines = [*stage, "> FROM {base}", *(f"> {word}" for word in chosen)]
    first = len(stage) + 1
    steps = [
        Step(first + number, WORDS[word][1] if kit else WORDS[word][0], ("{mark}",) if WORDS[word][2] else None)
        for number, word in enumerate(chosen)
    ]
    built, _ = compose("random", "\n".join(lines) + "\n", steps, tmp_path, "buildkit" if kit else "")
    told = ask(built, built.dockerfile, tmp_path)
    assert told.wrong == [], f"{lines}: {told}"
    shown = changed(rng, built.dockerfile)
    if texts(shown, kit) != texts(built.dockerfile, kit):  # else nobody could tell the one from the other
        told = ask(built, shown, tmp_path)
        assert told.wrong == [], f"{built.dockerfile.text}\nis now\n{shown.text}{told}"
