"""Mistakes: each has its code and its place, and the rest of the file is read."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imagelint.dockerfile.model import Dockerfile, Span
from imagelint.dockerfile.parse import parse
from tests.dockerfile.test_parse import WHOLE

ENDING = "FROM x AS last\nUSER nobody\n"


def errors(data: bytes) -> list[tuple[str, int, int]]:
    return [(error.code, error.span.line, error.span.column) for error in parse(data).errors]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM a\nFOO b\n", [("unknown-instruction", 2, 1)]),
        ("FROM a\n  RUUN b\n", [("unknown-instruction", 2, 3)]),
        ("FROM a\nRUN b\n && c\n && d\n", [("unknown-instruction", 3, 2)]),
        ("FROM a\nFOO x\nRNU y\n", [("unknown-instruction", 2, 1), ("unknown-instruction", 3, 1)]),
        ("RUN a\nRUN b\n", [("missing-from", 1, 1)]),
        ("ONBUILD ARG a\n", [("missing-from", 1, 9)]),
        ("FROM a\nRUN <<EOF\nb\n", [("open-heredoc", 2, 5)]),
        ("FROM a\nRUN b && \\\n  c <<EOF\nd\n", [("open-heredoc", 3, 5)]),
        ("FROM a\nRUN cat<<EOF\necho x\nEOF\n", [("open-heredoc", 2, 8)]),
        ("FROM a\nUSER\n", [("missing-argument", 2, 1)]),
        ("FROM\n", [("missing-argument", 1, 1)]),
        ("FROM a\nCOPY --from=b\n", [("missing-argument", 2, 1)]),
        ("FROM a\nONBUILD\n", [("missing-argument", 2, 1)]),
        ("FROM a\nHEALTHCHECK CMD\n", [("missing-argument", 2, 13)]),
        ("FROM a b\n", [("bad-syntax", 1, 8)]),
        ("FROM a AS 1st\n", [("bad-syntax", 1, 11)]),
        ("FROM a\nCOPY b\n", [("bad-syntax", 2, 1)]),
        ("FROM a\nADD b <<EOF\nEOF\n", [("bad-syntax", 2, 7)]),
        ("FROM a\nENV b\n", [("bad-syntax", 2, 1)]),
        ("FROM a\nENV b=c d\n", [("bad-syntax", 2, 9)]),
        ("FROM a\nLABEL =c\n", [("bad-syntax", 2, 7)]),
        ("FROM a\nENV b=${c^^}\n", [("bad-syntax", 2, 7)]),
        ("FROM a\nENV b='c\n", [("bad-syntax", 2, 7)]),
        ("FROM a\nWORKDIR ${\n", [("bad-syntax", 2, 9)]),
        ("FROM a\nSHELL bash -c\n", [("bad-syntax", 2, 1)]),
        ("FROM a\nSHELL []\n", [("bad-syntax", 2, 1)]),
        ("FROM a\nRUN [1]\n", [("bad-syntax", 2, 5)]),
        ('FROM a\nVOLUME [""]\n', [("bad-syntax", 2, 1)]),
        ("FROM a\nONBUILD FROM b\n", [("bad-syntax", 2, 9)]),
        ("FROM a\nONBUILD ONBUILD RUN b\n", [("bad-syntax", 2, 9)]),
        ("FROM a\nHEALTHCHECK curl x\n", [("bad-syntax", 2, 13)]),
        ("FROM a\nHEALTHCHECK NONE x\n", [("bad-syntax", 2, 13)]),
        ("FROM a\nCOPY --form=b c d\n", [("unknown-flag", 2, 6)]),
        ("FROM a\nENV --x a=b\n", [("unknown-flag", 2, 5)]),
        ("FROM --platform a\n", [("bad-syntax", 1, 6)]),
        ("FROM a\nCOPY --from=b --link --from=c d e\n", [("bad-syntax", 2, 22)]),
        ("FROM a\nCOPY --link=maybe d e\n", [("bad-syntax", 2, 6)]),
        ("FROM a\nADD --checksum=md5 d e\n", [("bad-syntax", 2, 5)]),
        ("FROM a\nRUN --network=bridge d\n", [("bad-syntax", 2, 5)]),
        ("FROM a\nRUN --mount=type=volume,target=/b d\n", [("bad-syntax", 2, 5)]),
        ("FROM a\nRUN --mount=type=cache,sharing=all d\n", [("bad-syntax", 2, 5)]),
        ("FROM a\nHEALTHCHECK --interval=5 --retries=x CMD d\n", [("bad-syntax", 2, 13), ("bad-syntax", 2, 26)]),
        ("# escape=x\nFROM a\n", [("bad-directive", 1, 1)]),
        ("# escape=`\n# escape=`\nFROM a\n", [("bad-directive", 2, 1)]),
        ("# mine\n# syntax=a\nFROM a\n", [("late-directive", 2, 1)]),
        ("\n  # escape=`\nFROM a\n", [("late-directive", 2, 3)]),
        ("# sytnax=a\nFROM a\n", [("misspelt-directive", 1, 1)]),
        ("FROM a\nRUN b \\\n\n  c\n", [("empty-continuation", 3, 1)]),
        ("FROM a\nRUN <<EOF\r\nb\r\nEOF\r\n", [("crlf", 3, 1)]),
        ("FROM a\nUSER b\0c\n", [("nul-byte", 2, 7)]),
        ("FROM a\nRUN " + "b" * 65_536 + "\n", [("line-too-long", 2, 1)]),
    ],
)
def test_mistake(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert errors(text.encode()) == expected
    whole = parse((text + ENDING).encode())
    assert whole.stages[-1].name == "last"
    assert [user.value for user in whole.stages[-1].users] == ["nobody"]


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nRUN\nCMD\nENTRYPOINT\n",
        "FROM a\nENTRYPOINT []\n",
        "ARG a=1\nFROM b:$a\n",
        "FROM a\r\nRUN b \\\r\n  c\r\nENV d=e\r\n",
        "FROM a\nRUN [ -f b ] && c\n",
        "FROM a\nRUN ['b']\n",
        "FROM a\nRUN echo it's ${x^^}\n",
        "FROM a\nENV b ${c:?not set}\n",
        "FROM a\nARG b c=d e\n",
        "FROM a\nLABEL one.two=three 'four five'=six\n",
        "FROM a\nHEALTHCHECK NONE\n",
        "FROM a\nRUN --mount=type=secret,id=x --network=none --security=sandbox b\n",
        "FROM a\nRUN --mount=target=/b --mount=type=bind,rw --security=insecure c\n",
        "FROM a\nHEALTHCHECK --interval=1h2m.5s --start-period=0 --timeout= --retries=0 CMD c\n",
        "FROM a\nADD --unpack --link=False --checksum=sha256:" + "0" * 64 + " b c\n",
        "FROM a\nCOPY --link --parents --exclude=*.md b c /d/\n",
        "FROM a\nADD --checksum=$SUM --keep-git-dir=true b c\n",
        "FROM a\n# syntax=late and harmless\nRUN b\n",
        "# version=1\n# author=me\nFROM a\n",
        "# syntax=a\n# note\n# syntax=b\nFROM a\n",
        "from a as b\ncopy --from=B c d\n",
        "FROM a\nRUN \\\n",
        "FROM a\nRUN b \\",
    ],
)
def test_no_mistake(text: str) -> None:
    assert errors(text.encode()) == []


@pytest.mark.parametrize("data", [b"", b"\n\n", b"# only a comment\n", b"\xef\xbb\xbf", b"\\\n"])
def test_empty(data: bytes) -> None:
    assert "empty-file" in {error.code for error in parse(data).errors}


def test_a_suggestion_is_the_nearest_name() -> None:
    texts = {error.text for error in parse(b"FROM a\nRUUN b\nWORKDRI c\nENTRYPIONT d\nBOGUS e\n").errors}
    assert [
        near for near in ("RUN", "WORKDIR", "ENTRYPOINT") if any(f"did you mean {near}?" in text for text in texts)
    ] == [
        "RUN",
        "WORKDIR",
        "ENTRYPOINT",
    ]


def test_prose_is_told_once() -> None:
    codes = [code for code, _, _ in errors(b"Some words here.\nMore of them.\n" * 100)]
    assert codes == ["unknown-instruction", "missing-from"]


def test_a_byte_that_is_not_utf8() -> None:
    dockerfile = parse(b"FROM a\nLABEL b=\xe4\xf6\nUSER c\n")
    assert [(error.code, error.span.line, error.span.column) for error in dockerfile.errors] == [("not-utf8", 2, 9)]
    assert "0xe4" in dockerfile.errors[0].text
    assert dockerfile.instructions[1].pairs[0].name == "b"
    assert dockerfile.instructions[2].words[0].value == "c"


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    dockerfile = parse(b"\xef\xbb\xbf# escape=`\nFROM a\n")
    assert [error.code for error in dockerfile.errors] == ["byte-order-mark"]
    assert dockerfile.directives == {"escape": "`"}
    assert dockerfile.source == "# escape=`\nFROM a\n"


def test_a_closing_line_with_blanks_is_named() -> None:
    dockerfile = parse(b"FROM a\nRUN <<EOF\nb\n EOF\nUSER c\n")
    assert [(error.code, "line 4" in error.text) for error in dockerfile.errors] == [("open-heredoc", True)]
    assert [instruction.keyword for instruction in dockerfile.instructions] == ["FROM", "RUN", "USER"]
    assert dockerfile.instructions[1].heredocs[0].body == "b\n"


def test_the_body_of_a_misspelt_instruction_is_no_instruction() -> None:
    dockerfile = parse(b"FROM a\nRUM <<EOF\necho x\nEOF\nUSER y\n")
    assert [instruction.keyword for instruction in dockerfile.instructions] == ["FROM", "RUM", "USER"]
    assert [error.code for error in dockerfile.errors] == ["unknown-instruction"]


def test_a_json_escape_that_cannot_be_encoded() -> None:
    words = parse(rb"FROM a" + b"\n" + rb'CMD ["\ud800x", "\ud83d\ude00", "a\u0000b"]' + b"\n").instructions[1].words
    assert [word.value for word in words] == ["\ufffdx", "\U0001f600", "a\ufffdb"]


# ---- no bytes make it fail ------------------------------------------------------------

PIECES = [
    *(
        "FROM a\n",
        "FROM a AS b\n",
        "RUN ",
        "ONBUILD ",
        "COPY ",
        "ENV A=",
        "ARG ",
        "CMD ",
        "HEALTHCHECK CMD ",
        "SHELL ",
        "LABEL ",
    ),
    *(
        "<<EOF",
        "<<-'E F'",
        "\nEOF\n",
        "\\\n",
        "`\n",
        "# escape=`\n",
        "# x\n",
        "\n",
        "\r\n",
        "\t",
        " ",
        "\0",
        "\u2028",
        "\x85",
    ),
    *(
        "$A",
        "${A:-",
        "${A//",
        "}",
        "'",
        '"',
        "[",
        '["a", "\\ud800"]',
        "--from=b ",
        "--mount=from=b,type=x ",
        "\\",
        "\\u00e4",
    ),
    *(
        "a",
        "b && ",
        "| ",
        "sh -c '",
        'bash -c "',
        "$(",
        "`",
        ")",
        "(",
        "{ ",
        "> f ",
        "2>&1 ",
        "if x; then ",
        "find -exec ",
        ";",
    ),
    *("sudo ", "env A=1 ", "xargs ", "eval ", "<(", "\u4f60\u597d", "\U0001f600", "powershell"),
]


def check(dockerfile: Dockerfile) -> None:
    """Every place lies in the file, and what stands there on one line is what was read."""
    lines = dockerfile.lines

    def inside(span: Span) -> None:
        assert (span.line, span.column) <= (span.end_line, span.end_column)
        assert span.line >= 1
        assert span.column >= 1
        if span.line <= len(lines):
            assert span.column <= len(lines[span.line - 1]) + 1
        else:
            assert (span.line, span.column) in ((1, 1), (len(lines) + 1, 1))

    for error in dockerfile.errors:
        inside(error.span)
        assert error.code
        assert "\n" not in error.text
    for instruction in dockerfile.instructions:
        for span in (instruction.span, instruction.keyword_span, *(heredoc.span for heredoc in instruction.heredocs)):
            inside(span)
        for word in instruction.words:
            inside(word.span)
            word.value.encode()
            if word.span.line == word.span.end_line:
                assert lines[word.span.line - 1][word.span.column - 1 : word.span.end_column - 1] == word.raw
        for command in instruction.commands:
            inside(command.span)
            assert command.words
            "".join([command.text, *command.words]).encode()


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check(parse(data))


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_pieces(text: str) -> None:
    check(parse(text.encode()))
    check(parse(("FROM a\nRUN " + text).encode()))


def test_every_prefix_of_a_file_is_read() -> None:
    text = WHOLE.encode()
    for end in range(0, len(text), 7):
        check(parse(text[:end]))


LONG = 20_000


@pytest.mark.parametrize(
    "text",
    [
        "RUN " + " && \\\n  ".join(["apt-get install -y curl"] * LONG),
        "RUN <<EOF\n" + "apt-get install -y curl\n" * LONG + "EOF",
        "RUN a " + "> b " * LONG,
        "RUN " + "$(" * LONG,
        "RUN " + "sudo " * LONG,
        "RUN " + "{ a; " * 2000 + "b; " + "} > c; " * 2000,
        "RUN a | " * 1 + "b | " * LONG + "c",
        "RUN [" + "[" * 10 * LONG,
        "ENV A=" + "${A:-" * LONG,
        "ENV A=" + "a" * 5000 + "\nENV B=${A//*a*a*b/x}" * 100,
        "ENV A=b\n" + "ENV A=$A$A\n" * LONG,
        "".join(f"FROM a{n} AS a{n + 1}\nENV B{n}=c\n" for n in range(LONG // 4)),
        "RUN a" + "\\ " * LONG * 5,
    ],
    ids=lambda text: text[:12],
)
def test_time_grows_with_the_file(text: str) -> None:
    data = f"FROM a0\n{text}\n".encode()
    start = time.process_time()
    dockerfile = parse(data)
    assert time.process_time() - start < 10, "some 1 s on a slow machine; a quadratic step takes minutes"
    assert len(dockerfile.instructions) > 1
