"""Lines of a Dockerfile for layers and entries of the history: which are told, and which are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from imagelint.image.history import match as line_up
from imagelint.image.history import read_history
from imagelint.image.model import Image, Layer
from imagelint.image.provenance import Dockerfiles, Traced, trace
from imagelint.made_from import read
from imagelint.stream import limits

BASE = "/bin/sh -c #(nop) ADD file:1 in / "
LABEL = {"Labels": {"io.buildah.version": "1.28.2"}}
Entries = Sequence[str | Mapping[str, Any]]


def no_file() -> Any:
    raise AssertionError("nothing is read here")


def image(
    history: Entries, config: Mapping[str, Any] | None = None, document: Mapping[str, Any] | None = None
) -> Image:
    """Texts that begin with `-` are of entries without a layer."""
    told = [
        {"created_by": entry.removeprefix("- "), "empty_layer": entry.startswith("- ")}
        if isinstance(entry, str)
        else dict(entry)
        for entry in history
    ]
    entries = read_history(told)
    count = sum(not entry.empty for entry in entries)
    layers = [Layer(index, f"sha256:{index:064}", "", -1, "", no_file) for index in range(count)]
    line_up(entries, layers)
    return Image("app:1", "", "linux/amd64", dict(config or {}), entries, layers, document=dict(document or {}))


def traced(dockerfile: str, history: Entries, **more: Any) -> tuple[Traced, Image]:
    told = image(history, **more)
    recipe = read("Dockerfile", dockerfile.encode())
    return trace(told, [], [layer.digest for layer in told.layers], Dockerfiles(read, given=recipe)), told


def lines(dockerfile: str, history: Entries, **more: Any) -> list[int]:
    """The line of each entry, or of its layer where it has one; 0 where it is uncertain."""
    told, of = traced(dockerfile, history, **more)
    layers = {layer.history: layer.index for layer in of.layers}
    found = [told.of(layers.get(index, -1), index) for index in range(len(of.history))]
    assert {certainty for _, certainty in found} <= {"matched", "uncertain"}
    return [made.line if made is not None else 0 for made, _ in found]


def misfit(dockerfile: str, history: Entries, **more: Any) -> str:
    """What is said of a Dockerfile that is not the image's."""
    assert set(lines(dockerfile, history, **more)) <= {0}
    ((path, reason),) = traced(dockerfile, history, **more)[0].limited
    assert path == "Dockerfile"
    return reason.removeprefix("does not fit the history of app:1: ")


SIMPLE = 'FROM base\nENV A=b\nCOPY a /a\nCMD ["x"]\n'
WRITTEN = [BASE, "- ENV A=b", "COPY a /a # buildkit", '- CMD ["x"]']


def test_each_entry_has_its_line_and_the_base_has_none() -> None:
    assert lines(SIMPLE, WRITTEN) == [0, 2, 3, 4]
    assert traced(SIMPLE, WRITTEN)[0].limited == []


def test_without_a_dockerfile_nothing_is_said() -> None:
    told = image(WRITTEN)
    nothing = trace(told, [], [], Dockerfiles(read))
    assert (nothing.of(0, 0), nothing.limited) == ((None, ""), [])


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        (SIMPLE.replace("/a", "/b"), "COPY in line 3 did not make history[2]"),
        (SIMPLE + "USER app\n", "USER in line 5 did not make history[3]"),
        (SIMPLE.replace("ENV A=b\n", "ENV A=b\nRUN make\n"), "RUN in line 3 did not make history[1]"),
        (SIMPLE.replace("base", "scratch"), "it begins with nothing, and the history has 1 more entries"),
        ("FROM base\nUSER a\nUSER b\n" + SIMPLE[10:], "USER in line 3 did not make history[0]"),
        ("# nothing\n", "it has no stage"),
        ("hello\n", "it has no stage"),
    ],
)
def test_a_dockerfile_of_another_image(dockerfile: str, reason: str) -> None:
    assert misfit(dockerfile, WRITTEN) == reason


def test_history_without_text() -> None:
    assert misfit(SIMPLE, [{}, {"empty_layer": True}, {}, {"empty_layer": True}]) == (
        "CMD in line 4 did not make history[3]"
    )
    assert misfit(SIMPLE, []) == "it has more instructions than the history has entries (3, 0)"


def test_layers_that_do_not_line_up_have_no_line() -> None:
    told = image(WRITTEN)
    told.layers.append(Layer(2, "", "", -1, "", no_file))
    assert line_up(told.history, told.layers)
    found = trace(told, [], ["", "", ""], Dockerfiles(read, given=read("Dockerfile", SIMPLE.encode())))
    assert [found.of(layer.index, layer.history) for layer in told.layers] == [(None, "uncertain")] * 3
    made, certainty = found.of(-1, 1)
    assert made is not None
    assert (made.line, certainty) == (2, "matched")


COPIES = 127


def test_layers_that_are_all_alike_are_told_apart_by_their_order_alone() -> None:
    many = ["COPY x /x # buildkit"] * COPIES
    assert lines("FROM scratch\n" + "COPY x /x\n" * COPIES, many) == list(range(2, COPIES + 2))
    assert lines("FROM base\n" + "COPY x /x\n" * COPIES, [BASE, *many]) == [0, *range(2, COPIES + 2)]


def test_of_too_few_that_are_all_alike_none_has_a_line() -> None:
    many = ["COPY x /x # buildkit"] * COPIES
    assert misfit("FROM scratch\n" + "COPY x /x\n" * (COPIES - 1), many).startswith("it begins with nothing")
    written = [BASE, *many, "- USER app"]
    assert lines("FROM base\n" + "COPY x /x\n" * 100 + "USER app\n", written) == [0] * (COPIES + 1) + [102]
    misfit("FROM base\n" + "COPY x /x\n" * (COPIES + 2), [BASE, *many])


STAGES = """\
FROM base AS one
RUN make one
ONBUILD RUN make trigger
FROM one AS two
COPY a /two
FROM other
COPY --from=two /x /x
FROM two
USER app
"""
ONE, TRIGGER, TWO, LAST = (
    "RUN /bin/sh -c make one # buildkit",
    "RUN /bin/sh -c make trigger # buildkit",
    "COPY a /two # buildkit",
    "- USER app",
)


def test_stages_that_the_last_one_stands_on() -> None:
    assert lines(STAGES, [BASE, ONE, TWO, LAST]) == [0, 2, 5, 9]
    assert lines(STAGES, [BASE, ONE, TRIGGER, TWO, LAST]) == [0, 2, 3, 5, 9]
    put_off = "- /bin/sh -c #(nop)  ONBUILD RUN make trigger"
    assert lines(STAGES, [BASE, ONE, put_off, TRIGGER, TWO, LAST]) == [0, 2, 3, 3, 5, 9]


def test_another_target() -> None:
    assert lines(STAGES, [BASE, ONE, TRIGGER, TWO]) == [0, 2, 3, 5]
    assert lines(STAGES, [BASE, "COPY /x /x # buildkit"]) == [0, 7]
    assert lines(STAGES, [BASE, ONE]) == [0, 2]


def test_what_two_stages_can_have_made() -> None:
    dockerfile = "FROM a\nCOPY x /x\nCMD x\nFROM b\nRUN y\nCMD x\n"
    command = '- CMD ["/bin/sh" "-c" "x"]'
    assert lines(dockerfile, [BASE, "COPY x /x # buildkit", command]) == [0, 2, 3]
    assert lines(dockerfile, [BASE, "RUN /bin/sh -c y # buildkit", command]) == [0, 5, 6]
    dockerfile = "FROM a\nCOPY x /x\nCMD x\nFROM b\nCMD x\n"
    assert lines(dockerfile, [BASE, "COPY x /x # buildkit", command]) == [0, 0, 0]
    assert lines(dockerfile, [BASE, "RUN /bin/sh -c z # buildkit", command]) == [0, 0, 5]


def test_the_entry_below_that_could_be_the_first_one() -> None:
    assert lines("FROM base\nWORKDIR /app\nCOPY a /a\n", [BASE, "WORKDIR /app", "WORKDIR /app", WRITTEN[2]]) == [
        0,
        0,
        0,
        3,
    ]


NOP = "/bin/sh -c #(nop) "
ALL = 'FROM base\nCOPY a /a\nRUN make\nCMD ["x"]\n'


def test_one_layer_for_all() -> None:
    one = [BASE, f"- {NOP}COPY file:1 in /a ", "- /bin/sh -c make", f'{NOP}CMD ["x"]']
    assert lines(ALL, one, config=LABEL) == [0, 2, 3, 0]
    assert lines(ALL, one) == [0, 2, 3, 0]
    told, _ = traced(ALL, one, config=LABEL)
    assert told.of(-1, 3)[1] == "matched"


def test_one_layer_for_the_only_instruction_that_makes_files() -> None:
    copies = 'FROM base\nENV A=b\nCOPY a /a\nCMD ["x"]\n'
    one = [BASE, f"- {NOP}ENV A=b", f"- {NOP}COPY file:1 in /a ", f'{NOP}CMD ["x"]']
    assert lines(copies, one, config=LABEL) == [0, 2, 3, 3]
    told, _ = traced(copies, one, config=LABEL)
    assert not told.made_layer(3)
    made, _ = told.of(-1, 3)
    assert made is not None
    assert made.keyword == "CMD"


def test_one_layer_for_the_base_too() -> None:
    one = [f"- {NOP}COPY file:1 in /a ", f'{NOP}CMD ["x"]']
    assert lines('FROM base\nCOPY a /a\nCMD ["x"]\n', one, config=LABEL) == [2, 0]
    assert lines('FROM scratch\nCOPY a /a\nCMD ["x"]\n', one, config=LABEL) == [2, 2]


def test_a_run_that_changed_nothing() -> None:
    file = "FROM base\nRUN true\nENV A=b\nCOPY a /a\nWORKDIR /w\n"
    buildkit = [BASE, "- RUN /bin/sh -c true # buildkit", "- ENV A=b", "COPY a /a # buildkit", "- WORKDIR /w"]
    assert lines(file, buildkit) == [0, 2, 3, 4, 5]
    legacy = [BASE, "- /bin/sh -c true", f"- {NOP} ENV A=b", f"{NOP}COPY file:1 in /a ", f"{NOP}WORKDIR /w"]
    assert lines(file, legacy) == [0, 2, 3, 4, 5]
    file, legacy = file.replace("ENV A=b\n", ""), [*legacy[:2], *legacy[3:]]
    assert lines(file, legacy) == [0, 2, 0, 4]
    assert lines(file, legacy, document={"docker_version": "20.10"}) == [0, 2, 3, 4]
    assert lines("FROM base\nRUN true\nWORKDIR /w\n", [*legacy[:2], legacy[3]]) == [0, 2, 0]


def test_squashed_by_docker() -> None:
    squashed = [BASE, f"- {NOP}COPY file:1 in /a ", "- /bin/sh -c make", f'- {NOP} CMD ["x"]']
    merged = {"created_by": "", "comment": f"merge sha256:{'1' * 64} to sha256:{'2' * 64}"}
    assert lines(ALL, [*squashed, merged]) == [0, 2, 3, 4, 0]
    assert misfit(ALL, [*squashed, {"created_by": "bash", "comment": "by hand"}]).startswith("CMD in line 4")


def test_a_label_of_the_command_line() -> None:
    assert lines(SIMPLE, [*WRITTEN, f"- {NOP} LABEL a=b"]) == [0, 2, 3, 4, 0]
    assert lines(SIMPLE, [*WRITTEN, f"- {NOP} LABEL a=b", f'- {NOP}LABEL "c"="d"']) == [0, 2, 3, 4, 0, 0]
    misfit(SIMPLE, [*WRITTEN, *[f"- {NOP} LABEL a=b"] * 40])
    assert lines(SIMPLE + "LABEL a=b\n", [*WRITTEN, f"- {NOP} LABEL a=b"]) == [0, 2, 3, 4, 5]


def test_a_hundred_thousand_entries() -> None:
    many = ["- ENV A=b"] * 100_000
    assert lines(SIMPLE, [BASE, *many, *WRITTEN[1:]])[-3:] == [0, 3, 4]
    misfit(SIMPLE, [BASE, *many])


def test_too_many_ways_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "COMPARED_ENTRIES", 1000)
    stages = "FROM scratch AS s0\n" + "".join(f"ENV A=b\nFROM s{n} AS s{n + 1}\n" for n in range(60))
    assert misfit(stages, ["- ENV A=b"] * 60).startswith("it fits in too many ways")
    monkeypatch.setattr(limits, "TARGETS", 10)
    assert misfit(stages, ["- ENV A=b"] * 60).startswith("it has over 10 stages")


VARIABLES = """\
FROM base AS one
ARG A=1
ENV B=/srv C=$A D=${UNKNOWN} F=$B/f
ENV E=$B/e
FROM one
COPY x $B/$A/$C
COPY x ${B}/${D:-x}
ARG B
COPY y $B
ENV B=/opt
COPY x $E$F
"""


def test_only_variables_of_the_callers_and_of_the_base_stand_for_anything() -> None:
    written = [
        BASE,
        "- ARG A=2",
        "- ENV B=/srv C=2 D=7 F=/before/f",
        "- ENV E=/srv/e",
        "COPY x /srv/2/2 # buildkit",
        "COPY x /srv/7 # buildkit",
        "- ARG B",
        "COPY y /other # buildkit",
        "- ENV B=/opt",
        "COPY x /srv/e/before/f # buildkit",
    ]
    assert lines(VARIABLES, written) == [0, 2, 3, 4, 6, 7, 8, 9, 10, 11]
    for place, other in (
        (4, "COPY x /opt/2/2 # buildkit"),
        (9, "COPY x /opt/e/before/f # buildkit"),
        (3, "- ENV E=/e"),
    ):
        misfit(VARIABLES, [*written[:place], other, *written[place + 1 :]])
    many = VARIABLES + "FROM scratch\nUSER 1\n" * 100
    found = read("Dockerfile", many.encode())
    assert found.stages[1].made[0].words == ["x", "$B/$A/$C"]


def test_buildah_fills_nothing_in() -> None:
    file = "FROM base\nENV B=/srv\nCOPY x $B/x\n"
    assert lines(file, [BASE, f"- {NOP}ENV B=/srv", f"{NOP}COPY file:1 in $B/x "], config=LABEL) == [0, 2, 3]
    misfit(file, [BASE, f"- {NOP}ENV B=/srv", f"{NOP}COPY file:1 in /opt/x "], config=LABEL)
    misfit(file, [BASE, f"- {NOP}ENV B=/srv", f"{NOP}COPY file:1 in $C/x "], config=LABEL)
