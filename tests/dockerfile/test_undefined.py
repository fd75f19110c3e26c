"""Variables that nothing has defined, arguments that are run, shells that are not there, branches that move."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.dockerfile.subjects import Subject, subjects


def all_of(text: str) -> list[Subject]:
    return list(subjects(parse(text.encode()), ""))


def undefined(text: str) -> list[str]:
    return [name for s in all_of(text) if isinstance(s, InstructionSubject) for name in s.undefined]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("FROM debian\nCOPY $A /", ["A"]),
        ("FROM debian\nENV B=${A}x C=${A}", ["A"]),
        ("FROM debian\nCOPY ${A#v} /", ["A"]),
        ("FROM debian\nENV A=1:$A", ["A"]),
        ("FROM debian\nARG B=$A", ["A"]),
        ("FROM debian\nWORKDIR $HOME", ["HOME"]),
        ('FROM debian\nCOPY ["$A", "/"]', ["A"]),
        ("FROM debian\nCOPY $A /\nARG A", ["A"]),
        ("FROM debian AS a\nFROM a\nCOPY $A /", ["A"]),
        ("FROM x.example/y\nCOPY $a /", ["a"]),
        ("ARG A\nFROM x.example/y\nCOPY $A /", ["A"]),
        ("FROM debian AS a\nARG A\nFROM debian\nLABEL a=$A", ["A"]),
        ("FROM debian\nCOPY <<E /x\nexec $a ${B}\nE", ["a", "B"]),
        ("FROM debian\nARG A\nCOPY $A /", []),
        ("FROM debian AS a\nENV A=1\nFROM a\nCOPY $A /", []),
        ("FROM debian\nENV PATH=/x:$PATH\nARG X=$http_proxy", []),
        ("FROM x.example/y\nENV PATH=$JAVA_HOME/bin LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/x", []),
        ("FROM golang:1\nWORKDIR $GOPATH/src", []),
        ("FROM debian\nENV A='$B' C=\\$D E=${F:-g} H=${I-}", []),
        ("FROM debian\nENV A=/x${A:+:$A} B=${C:-${D}}", []),
        ('FROM debian\nENV A="/x${A:+:$A}:$B"', ["B"]),
        ("FROM x.example/y\nENV A=$A B=x C=${C}", ["A", "C"]),
        ("FROM debian\nARG A=$A", []),
        ("FROM debian\nENV A=1 B=$A", []),
        ("FROM debian\nRUN echo $A\nCMD $B", []),
        ("FROM debian\nCOPY <<'E' /x\nexec $a\nE", []),
        ("FROM debian\nONBUILD COPY $A /", []),
        ("# escape=`\nFROM debian\nCOPY $A /", []),
    ],
)
def test_undefined(text: str, names: list[str]) -> None:
    assert undefined(text) == names


def test_a_long_chain_of_stages() -> None:
    chain = "FROM debian AS s0\n" + "".join(f"FROM s{n} AS s{n + 1}\nCOPY $A /\n" for n in range(2000))
    assert undefined(chain).count("A") == 63


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ('eval "$A"', ["A"]),
        ("eval $A && eval ${A}", ["A"]),
        ('sh -c "x $A"', ["A"]),
        ("bash -ec $A", ["A"]),
        ("$A --x", ["A"]),
        ("eval '$A'", ["A"]),
        ("sh -c 'x $A'", []),
        ('eval "$(x $A)"', []),
        ("make $A", []),
        ('eval "$B"', []),
    ],
)
def test_runs_arguments(run: str, names: list[str]) -> None:
    runs = [s for s in all_of(f"FROM debian\nARG A\nRUN {run}\n") if isinstance(s, InstructionSubject)]
    assert runs[-1].runs_arguments == names


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("FROM scratch\nRUN x", True),
        ("FROM scratch AS a\nFROM a\nCMD x", True),
        ("FROM scratch\nCOPY a /srv/a\nHEALTHCHECK CMD /srv/a", True),
        ("FROM scratch\nCOPY a bin\nENTRYPOINT x", False),
        ("FROM scratch\nCOPY a /\nCMD x", False),
        ("FROM scratch\nADD a.tar /\nRUN x", False),
        ("FROM scratch AS a\nADD a.tar /\nFROM a\nRUN x", False),
        ('FROM scratch\nCMD ["x"]', False),
        ("FROM scratch\nRUN --mount=from=busybox,dst=/bin x", False),
        ('FROM scratch\nSHELL ["/x"]\nRUN x', False),
        ("FROM debian\nRUN x", False),
    ],
)
def test_lacks_shell(text: str, lacks: bool) -> None:
    found = [s for s in all_of(text) if isinstance(s, InstructionSubject)]
    assert found[-1].lacks_shell is lacks


@pytest.mark.parametrize(
    ("runs", "moves"),
    [
        ("RUN git clone https://example.org/a.git", True),
        ("RUN git clone git@example.org:a.git /a", True),
        ("RUN git -C /src clone --depth=1 -b main https://example.org/a.git", True),
        ("RUN git clone https://example.org/a.git && cd a && git checkout master", True),
        ("RUN git clone https://example.org/a.git && git -C a checkout -b x", True),
        ("RUN git checkout v1\nRUN git clone https://example.org/a.git", True),
        ("RUN git clone --branch=v1 https://example.org/a.git", False),
        ("RUN git clone -b $TAG https://example.org/a.git", False),
        ("RUN git clone https://example.org/a.git && cd a && git checkout $COMMIT", False),
        ("RUN git clone https://example.org/a.git\nRUN git -C a reset --hard 0123abc", False),
        ("RUN git clone /local/a.git && git clone $URL", False),
    ],
)
def test_moving_source(runs: str, moves: bool) -> None:
    found = [s for s in all_of(f"FROM debian\n{runs}\n") if isinstance(s, CommandSubject) and s.subcommand == "clone"]
    assert any(command.moving_source for command in found) is moves
