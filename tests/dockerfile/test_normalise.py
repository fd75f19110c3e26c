"""What dockerfile-parse is given, and what is kept from it."""

from __future__ import annotations

import codecs
import io
import time

import pytest
from dockerfile_parse import DockerfileParser

from imagelint.dockerfile.heredocs import operators
from imagelint.dockerfile.normalise import Normal, normalise


def structure(normal: Normal) -> list[tuple[str, int, int]]:
    """(instruction, first line, last line) as dockerfile-parse reads the skeleton, lines from 1."""
    data = "\n".join(normal.skeleton).encode() + b"\n"
    found = DockerfileParser(fileobj=io.BytesIO(data)).structure
    return [(x["instruction"], x["startline"] + 1, x["endline"] + 1) for x in found if x["instruction"] != "COMMENT"]


def joined(text: str) -> list[str]:
    normal = normalise(text.encode())
    return [normal.joined(first - 1, last - 1).text for _, first, last in structure(normal)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nRUN b\n", [("FROM", 1, 1), ("RUN", 2, 2)]),
        ("FROM a", [("FROM", 1, 1)]),
        ("RUN", [("RUN", 1, 1)]),
        ("\n\n  FROM a\n", [("FROM", 3, 3)]),
        ("RUN a \\\n  b\nUSER c", [("RUN", 1, 2), ("USER", 3, 3)]),
        ("RUN a \\\n\n  b\nUSER c", [("RUN", 1, 3), ("USER", 4, 4)]),
        ("RUN a \\\n# c\n  b\nUSER c", [("RUN", 1, 3), ("USER", 4, 4)]),
        ("RUN a \\  \t\n  b\nUSER c", [("RUN", 1, 2), ("USER", 3, 3)]),
        ("RUN a \\", [("RUN", 1, 1)]),
        ("RUN a \\\n# c\n\n", [("RUN", 1, 1)]),
        ("RUN a \\\nb \\\n", [("RUN", 1, 2)]),
        ("RUN a \\\\\nUSER b", [("RUN", 1, 1), ("USER", 2, 2)]),
        ("\\\nRUN a\nUSER b", [("RUN", 2, 2), ("USER", 3, 3)]),
        ("# escape=`\nRUN dir C:\\\nUSER b", [("RUN", 2, 2), ("USER", 3, 3)]),
        ("# escape=`\nRUN a `\n b\nUSER b", [("RUN", 2, 3), ("USER", 4, 4)]),
        ("RUN <<E\nUSER x\nE\nUSER b", [("RUN", 1, 1), ("USER", 4, 4)]),
        ("RUN a \\\n <<E\nUSER x\nE\nUSER b", [("RUN", 1, 2), ("USER", 5, 5)]),
        ("COPY <<A <<B /d/\nRUN a\nA\nRUN b\nB\nUSER b", [("COPY", 1, 1), ("USER", 6, 6)]),
        ("ONBUILD RUN <<E\nUSER x\nE\nUSER b", [("ONBUILD", 1, 1), ("USER", 4, 4)]),
    ],
)
def test_extent(text: str, expected: list[tuple[str, int, int]]) -> None:
    normal = normalise(text.encode())
    assert structure(normal) == expected
    assert len(normal.skeleton) == len(normal.lines)


def test_lines_are_joined_without_a_blank_of_their_own() -> None:
    assert joined("RUN foo\\\nbar\\\n  baz\n") == ["RUN foobar  baz"]
    assert joined("RUN a \\\n# no\n\n b") == ["RUN a  b"]


def test_comments_are_kept_with_their_lines() -> None:
    text = "# top\nFROM a\nRUN b \\\n  #inside\n c\nRUN <<E\n# body\nE\n   #  last  \n"
    assert normalise(text.encode()).comments == [(1, "top"), (4, "inside"), (9, "last")]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("RUN <<EOF", [("EOF", False, True)]),
        ("RUN <<-EOF", [("EOF", True, True)]),
        ("RUN <<'EOF'", [("EOF", False, False)]),
        ('RUN <<-"EOF"', [("EOF", True, False)]),
        ("RUN <<eo'f'", [("eof", False, False)]),
        ("RUN <<eo\\'f", [("eo'f", False, True)]),
        ("RUN <<'one two'", [("one two", False, False)]),
        ("RUN 3<<EOF", [("EOF", False, True)]),
        ("RUN <<A cat <<-B >x", [("A", False, True), ("B", True, True)]),
        ("RUN --mount=type=cache,target=/x <<EOF", [("EOF", False, True)]),
        ("COPY --chown=a <<f.txt /d", [("f.txt", False, True)]),
        ("run <<EOF", [("EOF", False, True)]),
        ("ONBUILD COPY <<EOF /d", [("EOF", False, True)]),
        ("RUN << EOF", [("EOF", False, True)]),
        ("RUN <<$EOF", [("$EOF", False, True)]),
        ('RUN "<<EOF"', []),
        ("RUN '<<EOF'", []),
        ("RUN <<<EOF", []),
        ("RUN a <<", []),
        ('RUN ["<<EOF"]', []),
        ("USER <<EOF", []),
        ("RUN echo $((1<<4))", []),
        ("RUN echo it's <<EOF", []),
        ("ENV A=<<EOF", []),
    ],
)
def test_operators(line: str, found: list[tuple[str, bool, bool]]) -> None:
    sure = [x for x in operators(line) if x.doubt != "guessed"]
    assert [(x.name, x.strip_tabs, x.expand) for x in sure] == found


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("RUN cat << EOF > f\nRUN x\nEOF\n", ["RUN x\n"]),
        ("RUN cat <<- 'EOF'\n\tx\n\tEOF\n", ["x\n"]),
        ("RUN echo $((1 << 2))\nUSER a\n", []),
        ("RUN cat<<EOF\nx\nEOF\n", ["x\n"]),
        ("RUN cat<<EOF\nUSER a\nRUN b\nEOF\n", []),
    ],
)
def test_doubtful_operators(text: str, bodies: list[str]) -> None:
    found = [body.heredoc.body for bodies in normalise(text.encode()).bodies.values() for body in bodies]
    assert found == bodies


def test_bodies() -> None:
    text = "COPY <<-A <<'B' /d/\n\tone\n\t\ttwo\n\tA\n\tthree\nB\n"
    bodies = normalise(text.encode()).bodies[0]
    assert [(x.heredoc.name, x.heredoc.body) for x in bodies] == [("A", "one\ntwo\n"), ("B", "\tthree\n")]
    assert [(x.heredoc.strip_tabs, x.heredoc.expand) for x in bodies] == [(True, True), (False, False)]
    assert [(x.heredoc.span.line, x.heredoc.span.end_line, x.heredoc.span.end_column) for x in bodies] == [
        (2, 3, 6),
        (5, 5, 7),
    ]
    assert bodies[0].where[1] == (3, 3, "two\n")


def test_an_empty_body_has_a_place() -> None:
    span = normalise(b"RUN <<E\nE\n").bodies[0][0].heredoc.span
    assert (span.line, span.column, span.end_line, span.end_column) == (2, 1, 2, 1)


def test_source_and_lines() -> None:
    normal = normalise(codecs.BOM_UTF8 + "FROM a\r\nRUN \u4f60\n".encode())
    assert normal.source == "FROM a\r\nRUN \u4f60\n"
    assert normal.lines == ["FROM a", "RUN \u4f60"]


def test_utf16_is_read_all_the_same() -> None:
    normal = normalise("\ufeffFROM a\nUSER b\n".encode("utf-16-le"))
    assert normal.lines == ["FROM a", "USER b"]
    assert [error.code for error in normal.errors] == ["not-utf8"]


@pytest.mark.parametrize(
    ("text", "directives", "escape"),
    [
        ("# syntax=docker/dockerfile:1\n# escape=`\n", {"syntax": "docker/dockerfile:1", "escape": "`"}, "`"),
        ("#ESCAPE = ` \nFROM a", {"escape": "`"}, "`"),
        ("# check=skip=all;error=true\n", {"check": "skip=all;error=true"}, "\\"),
        ("#!/usr/bin/env docker\n# syntax=x\n# escape=`", {"syntax": "x", "escape": "`"}, "\\"),
        ("\n# escape=`\n", {}, "\\"),
        ("# a comment\n# escape=`\n", {}, "\\"),
        ("# other=x\n# escape=`\n", {}, "\\"),
        ("FROM a\n# escape=`\n", {}, "\\"),
        ("# escape=x\n", {"escape": "x"}, "\\"),
    ],
)
def test_directives(text: str, directives: dict[str, str], escape: str) -> None:
    normal = normalise(text.encode())
    assert (normal.directives, normal.escape) == (directives, escape)


def test_open_heredocs_are_linear() -> None:
    start = time.process_time()
    normal = normalise(b"FROM a\n" + b"RUN <<EOF\n" * 20_000)
    assert time.process_time() - start < 5
    assert len(normal.errors) == 20_000
