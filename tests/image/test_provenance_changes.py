"""Whatever becomes of a Dockerfile after the build: a line that is told is the one that was built, or none is.

Histories are written here as the builders write them, with nothing of what reads them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from imagelint.image.provenance import Dockerfiles, trace
from imagelint.made_from import read
from tests.image.test_provenance import BASE, LABEL, image

NOP = "/bin/sh -c #(nop) "
BUILDERS = ("buildkit", "legacy", "buildah", "one layer")


class Line(NamedTuple):
    """An instruction, and what each builder writes of it; `-` ahead where it makes no layer."""

    text: str
    buildkit: str
    legacy: str
    buildah: str


def line(kind: str, name: str) -> Line:
    """Instructions of one name are alike; `name` may be a text that others hold too."""
    if kind == "RUN":
        made = f"make {name}"
        return Line(f"RUN {made}", f"RUN /bin/sh -c {made} # buildkit", f"/bin/sh -c {made}", f"/bin/sh -c {made}")
    if kind == "RUN ":
        made = f"make {name} && \\\n    true"
        joined = f"make {name} &&     true"
        return Line(
            f"RUN {made}", f"RUN /bin/sh -c {joined} # buildkit", f"/bin/sh -c {joined}", f"/bin/sh -c {joined}"
        )
    if kind == "COPY":
        summed = f"{NOP}COPY file:{'0' * 64} in /{name} "
        return Line(f"COPY {name} /{name}", f"COPY {name} /{name} # buildkit", summed, summed)
    if kind == "ENV":
        return Line(f"ENV {name}='a b'", f"- ENV {name}=a b", f"- {NOP} ENV {name}=a b", f"- {NOP}ENV {name}='a b'")
    if kind == "CMD":
        listed = f'CMD ["{name}"]'
        return Line(listed, f"- {listed}", f"- {NOP} {listed}", f"- {NOP}{listed}")
    return Line(f"USER {name}", f"- USER {name}", f"- {NOP} USER {name}", f"- {NOP}USER {name}")


KINDS = st.sampled_from(["RUN", "RUN ", "COPY", "ENV", "CMD", "USER"])
LINES = st.builds(line, KINDS, st.sampled_from(["a", "b", "ab", "c"]))
STAGES = st.lists(st.lists(LINES, max_size=6), min_size=1, max_size=3)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["more", "less", "other", "twice"]), st.integers(0, 20), LINES), max_size=2
)


def written(stages: list[list[Line]]) -> str:
    """Each stage stands on the one before."""
    texts = []
    for number, made in enumerate(stages):
        below = f"s{number - 1}" if number else "base"
        texts += [f"FROM {below} AS s{number}", *(one.text for one in made)]
    return "\n".join(texts) + "\n"


def changed(stages: list[list[Line]], changes: list[tuple[str, int, Line]]) -> list[list[Line]]:
    stages = [list(stage) for stage in stages]
    for what, at, one in changes:
        stage = stages[at % len(stages)]
        place = at % (len(stage) + 1)
        if what == "more":
            stage.insert(place, one)
        elif place < len(stage):
            stage[place : place + 1] = {"less": [], "other": [one], "twice": [stage[place]] * 2}[what]
    return stages


def history(built: list[Line], builder: str) -> list[str]:
    if builder != "one layer":
        return [BASE, *(getattr(one, builder) for one in built)]
    texts = [f"- {one.buildah.removeprefix('- ')}" for one in built]
    return [BASE, *texts[:-1], *(text.removeprefix("- ") for text in texts[-1:])]


def told(dockerfile: str, entries: list[str], builder: str) -> list[str]:
    """The instruction that is told of each entry; of what makes a layer, of the layer."""
    config: dict[str, Any] = LABEL if builder.startswith(("buildah", "one")) else {}
    of = image(entries, config=config)
    found = trace(
        of, [], [layer.digest for layer in of.layers], Dockerfiles(read, given=read("Dockerfile", dockerfile.encode()))
    )
    layers = {layer.history: layer.index for layer in of.layers}
    texts = []
    for index in range(len(entries)):
        made, _ = found.of(layers.get(index, -1), index)
        rows = dockerfile.split("\n")[made.line - 1 : made.end_line] if made is not None else []
        texts.append("\n".join(rows))
    return texts


@given(STAGES, CHANGES, st.sampled_from(BUILDERS))
def test_no_line_is_told_that_was_not_built(
    stages: list[list[Line]], changes: list[tuple[str, int, Line]], builder: str
) -> None:
    built = [one for stage in stages for one in stage]
    entries = history(built, builder)
    made_files = [one.text for one in built if one.text.startswith(("RUN", "COPY"))]
    for index, text in enumerate(told(written(changed(stages, changes)), entries, builder)):
        if not text:
            continue
        assert index > 0, text
        if builder == "one layer" and index == len(built):
            assert made_files == [text]
        else:
            assert text == built[index - 1].text


@given(st.lists(LINES, max_size=12, unique=True), st.integers(0, 12), st.sampled_from(BUILDERS[:3]))
def test_every_line_of_what_was_built_is_told(built: list[Line], first: int, builder: str) -> None:
    """Where no two are alike, so that no stage ends as another does."""
    stages = [built[:first], built[first:]]
    assert told(written(stages), history(built, builder), builder)[1:] == [one.text for one in built]


@given(st.text(), st.text(), st.booleans())
def test_any_text_is_read(dockerfile: str, created_by: str, empty: bool) -> None:
    of = image([{"created_by": created_by, "empty_layer": empty}])
    found = trace(
        of, [], [], Dockerfiles(read, given=read("Dockerfile", f"FROM base\n{dockerfile}".encode(errors="replace")))
    )
    assert found.path == "Dockerfile"
