"""The bed itself: it counts lines as its author marked them, and sees a wrong line when there is one."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.imagemaker import layer_tar
from tests.provenance.bed import Built, judge
from tests.provenance.template import Dockerfile, Span, write
from tests.provenance.truth import Mark, of_layer

FILE = write(
    "a",
    """\
# first
> FROM scratch

>   RUN touch /{mark} && \\
|
|     # inside
|     true
> RUN echo >> /{count}
> RUN echo >> /{count}
> ENV X={secret}
> EXPOSE {ssh}
> EXPOSE 80 {ssh}
""",
)


def test_lines() -> None:
    assert FILE.text.split("\n")[3:8] == [
        "  RUN touch /mark_a_4 && \\",
        "",
        "    # inside",
        "    true",
        FILE.text.split("\n")[7],
    ]
    assert FILE.spans == {
        2: Span(2, 1, 2),
        4: Span(4, 3, 7),
        8: Span(8, 1, 8),
        9: Span(9, 1, 9),
        10: Span(10, 1, 10),
        11: Span(11, 1, 11),
        12: Span(12, 1, 12),
    }
    assert FILE.counted == (8, 9)
    assert FILE.ruled == {"ssh-port-in-image": 12}
    assert FILE.text.endswith("\nEXPOSE 80 22\n")
    (secret,) = FILE.secrets
    assert (FILE.secrets[secret], secret in FILE.text) == (10, True)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (FILE.after(0, "#", "#"), Span(6, 3, 9)),
        (FILE.ahead("FROM scratch"), Span(5, 3, 8)),
        (FILE.more(0, "RUN true", "x"), Span(6, 3, 9)),
        (FILE.without(0), Span(3, 3, 6)),
        (FILE.swapped(1, 2), Span(5, 3, 8)),
        (FILE.rewritten(1, "RUN x"), Span(4, 1, 4)),
        (FILE.without(1), None),
        (FILE.doubled(1), None),
        (FILE.instead(1, "RUN x"), None),
        (FILE.forgotten(1), None),
    ],
)
def test_changes_move_lines(shown: Dockerfile, expected: Span | None) -> None:
    assert shown.spans.get(4) == expected
    if expected:
        assert shown.text.split("\n")[expected.line - 1].lstrip().startswith("RUN")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([{"path": "mark_a_4"}], {Mark("a", 4)}),
        ([{"path": "srv", "type": "dir"}, {"path": "srv/mark_b_12"}], {Mark("b", 12)}),
        ([{"path": "mark_a_4", "type": "dir"}, {"path": "mark_a_4/mark_a_5"}], {Mark("a", 5)}),
        ([{"path": "mark_a_4", "type": "dir"}], {Mark("a", 4)}),
        ([{"path": "mark_a_4", "type": "dir"}, {"path": "mark_a_4/x"}], {Mark("a", 4)}),
        ([{"path": "mark_a_4/x"}, {"path": "mark_a_4/y/z"}], {Mark("a", 4)}),
        ([{"path": "count_a", "content": "x\n"}, {"path": "x/mark_a_4"}], {Mark("a", 8), Mark("a", 4)}),
        ([{"path": "srv/said_a", "content": "8\n"}], {Mark("a", 8)}),
        ([{"path": ".wh.mark_a_4"}, {"path": "etc/mark"}], set()),
        ([{"path": "count_a", "content": "x\nx\n"}], {Mark("a", 9)}),
        ([{"path": "mark_a_4"}, {"path": "mark_a_8"}], {Mark("a", 4), Mark("a", 8)}),
    ],
)
def test_marks_of_a_layer(entries: list[dict[str, Any]], expected: set[Mark]) -> None:
    with tarfile.open(fileobj=io.BytesIO(layer_tar(entries))) as layer:
        assert of_layer(layer, {"a": FILE}) == expected


BUILT = Built("made up", "nobody", FILE, Path(), [frozenset(), frozenset({Mark("a", 4)}), frozenset({Mark("b", 4)})])
RIGHT = {"path": "x/Dockerfile", "line": 4, "column": 3, "end_line": 7, "end_column": 9}


def report(*said: dict[str, Any], value: dict[str, Any] | None = None) -> dict[str, Any]:
    layers = [{"rule": "every-layer", "layer": {"index": index, **told}} for index, told in enumerate(said)]
    secret = {"rule": "token", "secret": {"value": next(iter(FILE.secrets))}, "layer": value}
    return {"findings": layers + ([secret] if value is not None else [])}


def test_the_right_line_is_right() -> None:
    value = {"source": {**RIGHT, "line": 10, "column": 1, "end_line": 10}, "certainty": "exact"}
    told = judge(report({}, {"source": RIGHT, "certainty": "matched"}, {}, value=value), BUILT, FILE)
    assert (len(told.right), told.unsure, told.wrong, told.silent, told.share) == (2, [], [], 2, 1.0)


def test_silence_is_unsure() -> None:
    told = judge(report({}, {"certainty": "uncertain"}, {}, value={"certainty": "uncertain"}), BUILT, FILE)
    assert (told.right, len(told.unsure), told.wrong, told.share) == ([], 2, [], 0.0)


@pytest.mark.parametrize(
    ("at", "source", "certainty"),
    [
        (1, {**RIGHT, "line": 8}, "matched"),
        (1, {**RIGHT, "end_line": 8}, "exact"),
        (1, {**RIGHT, "column": 1}, "exact"),
        (1, {**RIGHT, "path": "x/Dockerfile.other"}, "exact"),
        (1, RIGHT, "uncertain"),
        (1, RIGHT, ""),
        (0, RIGHT, "matched"),
        (2, RIGHT, "matched"),
    ],
)
def test_a_wrong_line_is_wrong(at: int, source: dict[str, Any], certainty: str) -> None:
    said: list[dict[str, Any]] = [{}, {}, {}]
    said[at] = {"source": source, "certainty": certainty}
    told = judge(report(*said), BUILT, FILE)
    assert (told.right, len(told.wrong)) == ([], 1)
    # In a trail as well.
    step = {"layer": {"index": at, **said[at]}}
    told = judge({"findings": [*report({}, {}, {})["findings"], {"rule": "x", "trail": [step]}]}, BUILT, FILE)
    assert len(told.wrong) == 1


def test_a_value_at_a_wrong_line_is_wrong() -> None:
    told = judge(report({}, {}, {}, value={"source": RIGHT, "certainty": "matched"}), BUILT, FILE)
    assert (told.right, len(told.wrong)) == ([], 1)
    told = judge(report({}, {}, {}, value={}), BUILT, FILE.without(4))  # nor is its line there any more
    assert told.unsure == ["layer 1, line 4:3 to 7: None, ''"]


def test_a_finding_about_the_configuration() -> None:
    source = {**RIGHT, "line": 12, "column": 1, "end_line": 12}
    layers = report({}, {}, {})["findings"]
    for line, right in ((12, 1), (11, 0)):
        told = {"source": {**source, "line": line, "end_line": line}, "certainty": "matched"}
        judged = judge({"findings": [*layers, {"rule": "ssh-port-in-image", "layer": told}]}, BUILT, FILE)
        assert (len(judged.right), len(judged.wrong)) == (right, 1 - right)
    assert len(judge({"findings": [*layers, {"rule": "ssh-port-in-image"}]}, BUILT, FILE).unsure) == 2


def test_a_layer_that_nobody_told_of_is_seen() -> None:
    with pytest.raises(AssertionError, match="layers were told of"):
        judge(report({}, {}), BUILT, FILE)
