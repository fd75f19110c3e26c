"""Fixes change what they name and nothing else, end in a fixed point, and leave every other instruction as it was."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from imagelint.dockerfile.mend import Mended, edited, mend
from imagelint.dockerfile.model import Command, Instruction
from imagelint.dockerfile.normalise import normalise
from imagelint.dockerfile.parse import parse
from imagelint.findings import Edit, Finding, Fix, Location, Severity
from imagelint.secrets.redact import plain
from tests.dockerfile.linting import rules
from tests.dockerfile.mending import dockerfiles, findings, mended

SLOW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EXAMPLES = sorted(
    {
        example["text"]
        for rule in rules().rules
        if rule.kind in ("dockerfile", "error", "stage", "instruction", "variable", "command", "copy")
        for example in (*rule.examples["bad"], *rule.examples["good"])
    }
)
ADDED = {"-y", "--no-cache", "--no-cache-dir", "--no-log-init", "-nv", "--retry", "3", "-f", "-L", "--locked"}
CLEANING = {
    "rm -rf /var/lib/apt/lists/*",
    "zypper clean --all",
    "yarn cache clean",
    *(f"{dnf} clean all" for dnf in ("dnf", "yum")),
}


def said(instruction: Instruction) -> tuple[object, ...]:
    """All that an instruction says, wherever it stands."""
    words = [word.raw for word in instruction.words]
    flags = [(flag.name, flag.value) for flag in instruction.flags]
    pairs = [(pair.name, pair.value and pair.value.raw) for pair in instruction.pairs]
    bodies = [heredoc.body for heredoc in instruction.heredocs]
    return instruction.keyword, instruction.onbuild, instruction.form, words, flags, pairs, bodies


def lines_of(instruction: Instruction) -> range:
    """The numbers of its lines, from 0, with those of its here-documents."""
    ends = [instruction.span.end_line, *(heredoc.span.end_line for heredoc in instruction.heredocs)]
    return range(instruction.span.line - 1, max(ends))


def check(data: bytes, done: Mended) -> None:
    """What must hold of any file and any fixes."""
    assert done.reason == ""
    before, after = parse(data), parse(done.data)
    kept = {origin: line for line, origin in enumerate(done.origins) if origin >= 0}
    old, new = data.split(b"\n"), done.data.split(b"\n")
    assert len(done.origins) == len(new)
    assert list(kept) == sorted(kept)
    assert all(old[origin] == new[line] for origin, line in kept.items())
    by_line = {instruction.span.line - 1: instruction for instruction in after.instructions}
    for instruction in before.instructions:
        if all(line in kept for line in lines_of(instruction)):
            assert said(by_line[kept[instruction.span.line - 1]]) == said(instruction)
    assert [text for _, text in after.comments] == [text for _, text in before.comments]
    assert not Counter(error.code for error in after.errors) - Counter(error.code for error in before.errors)
    if b"\r\n" in data and data.count(b"\n") == data.count(b"\r\n"):
        assert done.data.count(b"\n") == done.data.count(b"\r\n")
    elif b"\r" not in data:
        assert b"\r" not in done.data
    assert done.data.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
    assert done.data.endswith(b"\n") or not data.endswith(b"\n") or done.data == b""


@SLOW
@given(dockerfiles())
def test_all_fixes_of_made_up_files(data: bytes) -> None:
    done = mended(data)
    check(data, done)
    again = mended(done.data)
    assert (again.data, again.rules) == (done.data, {})


@SLOW
@given(dockerfiles())
def test_safe_fixes_keep_every_command(data: bytes) -> None:
    done = mended(data, unsafe=False)
    check(data, done)
    assert commands(done.data) == commands(data)
    assert all(rules().by_id[rule].fix.safety == "safe" for rule in done.rules)  # type: ignore[union-attr]  # it has one


def commands(data: bytes) -> list[list[str]]:
    """The words of all commands that are run in a build, without what safe fixes add."""
    found = [command for i in parse(data).instructions if i.keyword == "RUN" for command in i.commands]
    return [plain_words(command) for command in found if " ".join(command.words) not in CLEANING]


def plain_words(command: Command) -> list[str]:
    words = [word for word in " ".join(command.words).split() if word not in ADDED]
    return ["apt-get" if word == "apt" else word for word in words]


@pytest.mark.parametrize("text", EXAMPLES)
def test_all_fixes_of_the_rules_own_examples(text: str) -> None:
    data = text.encode()
    done = mended(data)
    check(data, done)
    assert mended(done.data).data == done.data


ANY = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            (
                b"a",
                b"\n",
                b"\r\n",
                b"\xe2\x82",
                b"\xff",
                "é".encode(),
                "\U0001f600".encode(),
                b"\xf0\x9f\x98",
                b"\xed\xa0\x80",
            )
        )
    ).map(b"".join),
).filter(lambda data: not data.startswith((b"\xff\xfe", b"\xfe\xff")))


@settings(max_examples=400, deadline=None)
@given(ANY, st.data())
@example(b"\xef\xbb\xbf\xe2\x82x\xe0\xa0", None)
def test_an_edit_stands_where_the_decoded_text_has_it(data: bytes, draw: st.DataObject | None) -> None:
    """An insertion at any line and column of any bytes: the bytes around it are the old ones, the text is right."""
    lines = normalise(data).lines or [""]
    line = draw.draw(st.integers(1, len(lines))) if draw else 1
    column = draw.draw(st.integers(1, len(lines[line - 1]) + 1)) if draw else 3
    after = edited(data, [Edit(line, column, line, column, plain("<X>"))])
    ahead, _, behind = after.partition(b"<X>")
    assert ahead + behind == data
    text = lines[line - 1]
    assert normalise(after).lines[line - 1] == text[: column - 1] + "<X>" + text[column - 1 :]


def finding(*edits: tuple[int, int, int, int, str], safety: str = "safe") -> Finding:
    fix = Fix("a title", safety, tuple(Edit(*edit[:4], plain(edit[4])) for edit in edits))
    where = Location(plain("Dockerfile"))
    return Finding("a-rule", Severity.NOTE, plain("m"), plain("t"), where, "0", fix=fix)


def test_overlapping_fixes_take_a_round_each() -> None:
    rounds = iter(
        [
            [finding((1, 1, 1, 2, "x"), (1, 5, 1, 6, "y")), finding((1, 3, 1, 4, "z"))],
            [finding((1, 3, 1, 4, "z"))],
            [],
        ]
    )
    done = mend(b"abcdef\n", lambda _: next(rounds), False)
    assert (done.data, done.rules, done.reason) == (b"xbzdyf\n", {"a-rule": 2}, "")


def test_rounds_are_bounded() -> None:
    done = mend(b"#\n", lambda _: [finding((1, 2, 1, 2, "a"))], False)
    assert done.data == b"#" + b"a" * 20 + b"\n"
    assert done.reason == "after 20 rounds there are still fixes left; run it again"


def test_unsafe_fixes_wait_to_be_asked_for() -> None:
    unsafe = [finding((1, 1, 1, 2, "b"), safety="unsafe")]
    assert mend(b"a\n", lambda _: unsafe, False).data == b"a\n"
    assert mend(b"a\n", lambda data: unsafe if data == b"a\n" else [], True).data == b"b\n"


def test_a_fix_after_which_a_build_refuses_more_is_left_out() -> None:
    text = b"FROM a\nUSER b\nUSER c\n"
    bad, good = finding((2, 1, 2, 5, "USRE")), finding((3, 6, 3, 7, "d"))
    done = mend(text, lambda now: [bad, good] if now == text else [bad], False)
    assert (done.data, done.rules) == (b"FROM a\nUSER b\nUSER d\n", {"a-rule": 1})


def test_utf_16_is_left_alone() -> None:
    data = "\ufeffFROM a\nMAINTAINER b\n".encode("utf-16-le")
    done = mended(data)
    assert (done.data, done.reason) == (data, "it is UTF-16, which a build does not read; save it as UTF-8 first")


def test_a_secret_is_written_as_it_is() -> None:
    value = "".join(chr(97 + number * 7 % 26) for number in range(20))
    data = f"FROM a:1\nENV DB_PASSWORD {value} {value}\nCMD run --x {value}\n".encode()
    done = mended(data, "legacy-key-value", "shell-form-entrypoint")
    text = f'FROM a:1\nENV DB_PASSWORD="{value} {value}"\nCMD ["run", "--x", "{value}"]\n'
    assert done.data.decode() == text
    assert any(value in str(finding.message) for finding in findings(data)) or done.rules


def test_the_origins_of_lines_are_those_of_a_real_diff() -> None:
    data = Path(__file__).read_bytes().replace(b"\n", b"\n# ")
    done = mend(data, lambda now: [finding((3, 1, 4, 1, ""), (9, 1, 9, 1, "x\ny\n"))] if now == data else [], False)
    old, new = data.split(b"\n"), done.data.split(b"\n")
    kept = [
        (i + n, j + n)
        for i, j, size in difflib.SequenceMatcher(None, old, new, False).get_matching_blocks()
        for n in range(size)
    ]
    ours = [(origin, line) for line, origin in enumerate(done.origins) if origin >= 0]
    assert len(old) - 3 <= len(ours) <= len(kept)
    assert set(ours) <= set(kept)
