"""BuildKit's provenance: lines that are told, and documents that nothing is believed of.

Composed by BuildKit's documents (docs/attestations/slsa-definitions.md) and types (solver/llbsolver/provenance/types,
solver/pb/ops.proto): the engines that the tests start (Docker 20.10) write none.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from imagelint.image.model import Image
from imagelint.image.provenance import Dockerfiles, Traced, trace
from imagelint.image.provenance_build import Build, read_build
from imagelint.made_from import read
from tests.attested import provenance
from tests.image.test_provenance import BASE, image
from tests.imagemaker import dumps

KEY = "https://mobyproject.org/buildkit@v1#metadata"
FILE = """\
# syntax=docker/dockerfile:1
FROM base
COPY x /x
COPY x /x
ENV A=b
RUN <<EOF
  make
EOF
COPY --link y /y
"""
HISTORY = [
    BASE,
    *["COPY x /x # buildkit"] * 2,
    "- ENV A=b",
    "RUN /bin/sh -c   make\n # buildkit",
    "COPY y /y # buildkit",
]
DIGESTS = [f"sha256:{number:064}" for number in range(5)]
Ranges = Sequence[tuple[int, int]]
STEPS: dict[str, tuple[list[str], Ranges]] = {
    "step0": (DIGESTS[:1], [(2, 2)]),
    "step2": (DIGESTS[:2], [(3, 3)]),
    "step3": (DIGESTS[:3], [(4, 4)]),
    "step4": (DIGESTS[:4], [(6, 6), (7, 8)]),
    "step5": (DIGESTS[4:], [(9, 9)]),
    "step6": (DIGESTS, [(9, 9)]),
}
"""COPY --link is two steps: a layer upon nothing, and what is merged of it and all below."""


def source(text: str, name: str = "Dockerfile") -> dict[str, str]:
    return {"filename": name, "data": base64.b64encode(text.encode()).decode(), "language": "Dockerfile"}


def metadata(steps: Mapping[str, tuple[list[str], Ranges]] = STEPS, text: str = FILE) -> dict[str, Any]:
    """BuildKit's part of the document."""
    return {
        "source": {
            "infos": [source(text)],
            "locations": {
                step: {"locations": [{"ranges": [{"start": {"line": a}, "end": {"line": b}} for a, b in ranges]}]}
                for step, (_, ranges) in steps.items()
            },
        },
        "layers": {
            f"{step}:0": [[{"mediaType": "x", "digest": digest, "size": 1} for digest in chain]]
            for step, (chain, _) in steps.items()
        },
    }


def statement(told: Any, target: str = "", form: str = "v0.2") -> dict[str, Any]:
    made = provenance(dockerfile=FILE)
    arguments = {"target": target} if target else {}
    if form == "v0.2":
        made["predicate"]["metadata"][KEY] = told
        made["predicate"]["invocation"]["parameters"]["args"] = arguments
        return made
    asked = "request" if form == "v1" else "parameters"
    made["predicateType"] = "https://slsa.dev/provenance/v1"
    made["predicate"] = {
        "buildDefinition": {"externalParameters": {asked: {"frontend": "dockerfile.v0", "args": arguments}}},
        "runDetails": {"metadata": {"buildkit_metadata" if form == "v1" else KEY: told}},
    }
    return made


def built(document: Any) -> Build:
    build = read_build(document)
    assert build is not None
    return build


def traced(build: Build, history: Sequence[Any] = HISTORY, given: str = "") -> tuple[Traced, Image]:
    told = image(history)
    assert [layer.digest for layer in told.layers] == DIGESTS
    recipe = read("docker/given", given.encode()) if given else None
    return trace(told, [build], DIGESTS, Dockerfiles(read, given=recipe)), told


def found(told: Traced, of: Image) -> list[tuple[int, str]]:
    layers = {layer.history: layer.index for layer in of.layers}
    pairs = [told.of(layers.get(index, -1), index) for index in range(len(of.history))]
    return [(made.line if made else 0, certainty) for made, certainty in pairs]


ALL = [
    (0, "uncertain"),
    (3, "exact"),
    (4, "exact"),
    (5, "matched"),
    (6, "exact"),
    (9, "exact"),
]


@pytest.mark.parametrize("form", ["v0.2", "v1", "v1 of BuildKit 0.22"])
def test_the_layers_and_what_lies_between_them(form: str) -> None:
    told, of = traced(built(statement(metadata(), form=form)))
    assert (told.path, told.limited) == ("Dockerfile", [])
    assert found(told, of) == ALL


def test_in_an_envelope() -> None:
    payload = base64.b64encode(dumps(statement(metadata()))).decode()
    assert found(*traced(built({"payloadType": "application/vnd.in-toto+json", "payload": payload}))) == ALL
    assert read_build({"payload": "%"}) is None
    assert read_build({"payload": base64.b64encode(b"{").decode()}) is None


def test_layers_without_any_history_text() -> None:
    told, of = traced(built(statement(metadata())), [{}] * 5)
    lines = [(0, "uncertain"), (3, "exact"), (4, "exact"), (6, "exact"), (9, "exact")]
    assert found(told, of) == lines
    ((path, reason),) = told.limited
    assert (path, reason) == ("Dockerfile", "does not fit the history of app:1: COPY in line 9 did not make history[4]")


def test_the_same_file_given_by_its_own_path() -> None:
    told, of = traced(built(statement(metadata())), given=FILE)
    assert (told.path, found(told, of)) == ("docker/given", ALL)


def test_another_file_given_is_the_only_one_that_counts() -> None:
    told, of = traced(built(statement(metadata())), given=FILE.replace("# syntax=docker/dockerfile:1\n", "\n\n"))
    assert found(told, of) == [(0, "uncertain"), *[(line + 1, "matched") for line, _ in ALL[1:]]]
    told, of = traced(built(statement(metadata())), given="FROM base\nUSER app\n")
    assert found(told, of) == [(0, "uncertain")] * 6
    assert len(told.limited) == 1


def test_the_target_that_was_built() -> None:
    text = FILE.replace("FROM base", "FROM base AS one") + "FROM base AS two\nUSER app\n"
    assert found(*traced(built(statement(metadata(text=text), target="one")))) == ALL
    told, of = traced(built(statement(metadata(text=text))))
    assert found(told, of)[1:] == [ALL[1], ALL[2], (0, "uncertain"), *ALL[4:]]
    assert "USER in line 11 did not make history[5]" in told.limited[0][1]
    told, of = traced(built(statement(metadata(text=text), target="three")))
    assert told.limited[0][1].endswith("it has no such stage")


CHANGED: list[tuple[str, tuple[list[str], Ranges], int]] = [
    ("a trigger has the line of FROM", (DIGESTS[:2], [(2, 2)]), 3),
    ("lines of two instructions", (DIGESTS[:2], [(3, 3), (4, 4)]), 3),
    ("behind the end", (DIGESTS[:2], [(30, 31)]), 3),
    ("far behind", (DIGESTS[:2], [(1 << 40, 1 << 40)]), 3),
    ("none", (DIGESTS[:2], []), 3),
    ("other layers", ([DIGESTS[0], DIGESTS[2]], [(3, 3)]), 3),
    ("the history says otherwise", (DIGESTS[:2], [(4, 4)]), 0),
]


@pytest.mark.parametrize(("step", "line"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED])
def test_what_is_not_believed_of_a_step(step: tuple[list[str], Ranges], line: int) -> None:
    """The history is asked then; where the two say different things, neither is believed."""
    told, of = traced(built(statement(metadata({**STEPS, "step2": step}))))
    expected = (line, "matched") if line else (0, "uncertain")
    assert found(told, of) == [ALL[0], expected, *ALL[2:]]


def test_two_steps_that_leave_the_same_layers() -> None:
    told, of = traced(built(statement(metadata({**STEPS, "step9": (DIGESTS[:2], [(5, 5)])}))))
    assert found(told, of)[1] == (3, "matched")


def test_several_files() -> None:
    told = metadata()
    told["source"]["infos"] = [source("FROM other\nRUN x\n", "base.Dockerfile"), source(FILE)]
    for step in told["source"]["locations"].values():
        step["locations"][0]["sourceIndex"] = 1
    told["source"]["locations"]["step2"]["locations"][0]["sourceIndex"] = 0
    lines, of = traced(built(statement(told)))
    assert lines.path == "Dockerfile"
    assert found(lines, of) == [ALL[0], (3, "matched"), *ALL[2:]]
    told["source"]["infos"][1]["language"] = "Go"
    lines, of = traced(built(statement(told)))
    assert lines.path == "base.Dockerfile"
    assert {certainty for _, certainty in found(lines, of)} == {"uncertain"}


def test_a_file_that_is_too_large() -> None:
    large = metadata(text=FILE + "#" * (256 << 10))
    lines, of = traced(built(statement(large)))
    assert lines.limited == [("Dockerfile", "in the provenance has over 256 KiB, and was not read for lines")]
    assert {certainty for _, certainty in found(lines, of)} == {""}
    lines, of = traced(built(statement(large)), given=FILE)
    assert (lines.limited, found(lines, of)[1]) == ([], (3, "matched"))


WRONG: list[Any] = [
    None,
    7,
    "x",
    [],
    [[]],
    {},
    [None],
    {"step2": 1},
    {"step2:0": [[{}]]},
    {"step2:0": [[{"digest": 7}]]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_parts_of_another_type(wrong: Any) -> None:
    history = [(0, "uncertain"), *[(line, "matched") for line, _ in ALL[1:]]]
    for told in ({**metadata(), "layers": wrong}, metadata()):
        if told["layers"] is not wrong:
            told["source"]["locations"] = wrong
        assert found(*traced(built(statement(told)))) == history
    told = metadata()
    for value in (wrong, {"locations": wrong}, {"locations": [{"ranges": wrong}]}, {"locations": [wrong]}):
        told["source"]["locations"]["step2"] = value
        assert found(*traced(built(statement(told))))[1] == (3, "matched")
    told["source"]["infos"] = [wrong]
    assert read_build(statement(told)) is None
    for document in (statement(wrong), wrong, {"predicate": wrong}, {"predicate": {"metadata": wrong}}):
        assert read_build(document) is None


@pytest.mark.parametrize("line", [True, "3", 3.0, -1, 0, None])
def test_lines_of_another_type(line: Any) -> None:
    told = metadata()
    told["source"]["locations"]["step2"]["locations"][0]["ranges"][0]["start"]["line"] = line
    assert found(*traced(built(statement(told))))[1] == (3, "matched")
