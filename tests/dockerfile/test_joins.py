"""What joins two commands, and whether a failure is noticed."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.dockerfile.subjects import subjects


def commands(text: str) -> list[CommandSubject]:
    found = list(subjects(parse(f"FROM debian:12\n{text}\n".encode()), ""))
    return [subject for subject in found if isinstance(subject, CommandSubject)]


def run(text: str) -> InstructionSubject:
    found = list(subjects(parse(f"FROM debian:12\n{text}\n".encode()), ""))
    return [subject for subject in found if isinstance(subject, InstructionSubject)][-1]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("RUN a && b", [("&&", "b"), ("", "")]),
        ("RUN a || true", [("||", "true"), ("", "")]),
        ("RUN a 2>&1 \\\n # why\n  || { b; }", [("||", "{"), (";", "}")]),
        ("RUN a; b & c", [(";", "b"), ("&", "c"), ("", "")]),
        ("RUN a &", [("&", "")]),
        ("RUN a | b # the end", [("|", "b"), ("", "")]),
        ("RUN (a); b", [(")", ""), ("", "")]),
        ("RUN <<EOF\na\n\nb\nEOF", [("\n", ""), ("", "")]),
        ("RUN a \\\n\n  && b", [("&&", "b"), ("", "")]),
    ],
)
def test_followed_by(text: str, joined: list[tuple[str, str]]) -> None:
    assert [command.followed_by for command in commands(text)] == joined


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("RUN a && b", []),
        ("RUN a; b", ["a"]),
        ("RUN a || :", ["a"]),
        ("RUN a || exit 1", []),
        ("RUN set -eu; a; b", ["set"]),
        ("RUN set -e; a; set +e; b; c", ["set", "b"]),
        ("RUN set -o errexit; a; b", ["set"]),
        ('SHELL ["/bin/bash", "-euo", "pipefail", "-c"]\nRUN a; b', []),
        ("RUN bash -ec 'a; b'", []),
        ("RUN if a; then b; c; fi; d", ["b"]),
        ("RUN if ! a; then exit 1; fi; c", []),
        ("RUN while a; do b; done", []),
        ("RUN <<EOF\n#!/bin/sh -e\na\nb\nEOF", []),
        ("RUN <<EOF\na\nb\nEOF", ["a"]),
    ],
)
def test_failure_ignored(text: str, ignored: list[str]) -> None:
    assert [command.program for command in commands(text) if command.failure_ignored] == ignored


def test_a_script_that_goes_on() -> None:
    assert run("RUN <<EOF\nexport A=b\nmake a\nmake b\nEOF").ignores_failure == "make a"
    assert run("RUN --mount=type=cache,target=/x <<EOF\nmake a\nmake b\nEOF").ignores_failure == "make a"
    assert run("RUN <<EOF\nmake a || true\nmake b\nEOF").ignores_failure == ""
    assert run("RUN bash -s <<EOF\nmake a\nmake b\nEOF").ignores_failure == ""


def test_left_running() -> None:
    assert run("RUN a && b > /dev/null &").left_running == "b > /dev/null"
    assert run("RUN a & wait").left_running == ""
