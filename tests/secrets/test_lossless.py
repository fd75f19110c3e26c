"""Our prefilter with detect-secrets' plugins says what detect-secrets says, no more and no less."""

from __future__ import annotations

import string
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from imagelint.secrets import plugins, transformed
from imagelint.secrets.plugins import LINE, OVERLAP, Plugins
from imagelint.secrets.transformed import Room
from tests.secrets import lossless
from tests.secrets.samples import SIGNS, generated

WORD = "pass" + "word"
HEX = f"{0x3F9A0C5D7BE12846:x}" * 2
BASE64 = generated(3, 44)
NAMES = (
    "a.conf",
    "a.ini",
    "a.yml",
    "a.json",
    "a.py",
    "a.go",
    "a.c",
    "a.cpp",
    "a.properties",
    "a.tf",
    "environment",
    "a.sh",
)
FRAGMENTS = (
    WORD, "pa\u017f\u017fword", "PA\u017fSWD", "api\u212aey", "ap\u0130_key", "ap\u0131key", "contrase\u00d1a",
    "secret", "db_key", "=", " = ", ": ", ":=", "=>", " == ", "!=", '"', "'", "`", "(", ")", "[", "]", "{", "}", ";",
    ",", "\\", "%", "%(x)s", "$", "#", HEX, BASE64, SIGNS, "x", "1", "\u0661", "\u4e16", "\u00e9", "<", ">", "|", "- ",
    "&a ", "*a", "[section]\n", "x = ", "x: ", " ", "\t", "\n", "\n\n", "\r\n", "\r", "\f", "\v", "\x1c", "\x85",
    "\u2028", "\0", "\ufeff", "\u00a0", "\n  ", "_id ", "aws_secret_" + "key", "cloudant_" + "pwd",
    "softlayer_api_" + "key", "cos_secret_access_" + "key", "://me:", "@host", "8.8.8.8", "# pragma: allowlist secret",
    "# pragma: allowlist nextline secret\n", "//pragma: whitelist secret",
)  # fmt: skip
"""What the texts are mixed of: names, signs, values, line ends of all sorts, what transformers look at."""


@pytest.fixture(scope="module", autouse=True)
def stock_settings() -> Iterator[None]:
    with lossless.settings(lossless.plugins()):
        yield


def both(folder: Path, name: str, text: str) -> tuple[set[plugins.Said], set[plugins.Said]]:
    """(what detect-secrets says, what we say) of a file."""
    path = folder / name
    path.write_bytes(text.encode())
    room = Room(lossless.UNLIMITED)
    return lossless.stock(str(path)), lossless.ours(str(path), text, lossless.plugins(), room)


def slice_of_this_machine() -> list[str]:
    """Some files of each kind that there is; of which few have anything to find."""
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "/usr/share", "/etc", "/usr/lib/python3"]
    kinds: dict[str, list[str]] = {}
    for path in lossless.files([f for f in folders if Path(f).is_dir()], 7):
        if Path(path).stat().st_size < 1 << 16:
            kinds.setdefault(Path(path).suffix, []).append(path)
    return [path for paths in kinds.values() for path in paths[:: max(1, len(paths) // 12)]]


def test_files_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text("".join(f'{WORD}{number} = "{SIGNS}{number}"\n' for number in range(9)))
    out = lossless.run([*slice_of_this_machine(), str(tmp_path / "settings.ini")])
    assert out.files > 200
    assert out.findings >= 9
    assert len(out.kinds) > 15
    assert (out.missing, out.extra) == ([], [])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\f\n", "\v\n", "\x1c\n", "\x85\n", "\u2028\n"])
def test_line_ends(tmp_path: Path, name: str, end: str) -> None:
    lines = [
        "[x]",
        f'{WORD} = "{SIGNS}"',
        "",
        f'a = "{HEX}"',
        f'"pa\u017fsword": "{SIGNS}q"',
        f"api\u212aey: '{BASE64}'",
    ]
    found = set()
    for chosen in (lines, lines[1:], [f"x: {HEX}", f"{WORD}: {SIGNS}"]):
        for text in (end.join(chosen), end.join([*chosen, ""]), "\ufeff" + end.join(chosen), end + end.join(chosen)):
            expected, said = both(tmp_path, name, text)
            assert said == expected
            found |= expected
    assert found


@pytest.mark.parametrize(
    "word", ["PA\u017fSWORD", "pa\u017f\u017fword", "api\u212aey", "ap\u0130_key", "ap\u0131key", "contrase\u00d1a"]
)
@pytest.mark.parametrize("name", ["a.conf", "a.py", "a.yml"])
def test_letters_that_are_equal_when_case_is_ignored(tmp_path: Path, word: str, name: str) -> None:
    expected, said = both(tmp_path, name, f'{word} = "{SIGNS}"\n' if name != "a.yml" else f"{word}: {SIGNS}\n")
    assert len(expected) == 1
    assert said == expected


@pytest.mark.parametrize("size", [LINE - 1, LINE])
@pytest.mark.parametrize("name", ["a.json", "a.conf", "a.yml", "a.py"])
def test_the_longest_lines(tmp_path: Path, size: int, name: str) -> None:
    for value, filler in ((SIGNS, "x"), (SIGNS, "\u4e16"), (HEX, "z"), (BASE64, "#")):
        body = f'{WORD}: "{value}"'
        for text in (filler * (size - len(body) - 1) + " " + body, body + " # " + filler * (size - len(body) - 3)):
            assert len(text) == size
            expected, said = both(tmp_path, name, text)
            assert said == expected


@tries(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(NAMES),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(string.printable, max_size=3)), max_size=40),
)
def test_whatever_is_mixed(tmp_path: Path, name: str, pieces: list[str]) -> None:
    try:
        expected, said = both(tmp_path, name, "".join(pieces))
    except (RecursionError, ValueError, AttributeError, TypeError):  # detect-secrets itself gives up
        return
    assert said == expected


@tries(max_examples=400, deadline=None)
@given(
    st.lists(
        st.sampled_from(["=", ":", "!", "(", ")", "[", "]", "a", "-", ".", " ", "\v", "\n", "\u4e16"]), max_size=24
    )
)
def test_a_call_is_what_detect_secrets_takes_for_one(pieces: list[str]) -> None:
    from detect_secrets.filters.heuristic import is_indirect_reference

    line = "".join(pieces)
    assert (plugins._CALL.search(line) is not None) == is_indirect_reference(line)


def test_a_long_line_is_read_in_windows() -> None:
    chosen, size = Plugins({"KeywordDetector", "HexHighEntropyString"}), 40 * LINE
    assert OVERLAP < LINE
    for at in range(0, size, 997):
        line = "x" * at + f' {WORD} = "{SIGNS}" "{HEX}" ' + "y " * ((size - at) // 2)
        said = chosen.found(line, "a.json", Room(lossless.UNLIMITED))
        assert {(one.line, one.value) for one in said} == {(1, SIGNS), (1, HEX)}
    assert plugins._cut("x" * LINE) == ["x" * LINE]
    assert [len(piece) for piece in plugins._cut("x" * (LINE + 1))] == [LINE, OVERLAP + 1]


def test_a_line_costs_what_it_is_long() -> None:
    chosen = Plugins({"KeywordDetector"})
    seconds = []
    for size in (100_000, 200_000, 400_000):
        line = f"{WORD}=x, " * (size // 12)
        best = min(timed(chosen, line) for _ in range(2))
        seconds.append(best)
    assert seconds[2] < 8 * seconds[0]  # four times, were the machine quiet; sixteen, were it quadratic


def timed(chosen: Plugins, line: str) -> float:
    started = time.process_time()
    chosen.found(line, "a.js", Room(lossless.UNLIMITED))
    return time.process_time() - started


LEVELS = range(1, 12)
HOSTILE = {
    "laughs.yml": "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in LEVELS),
    "itself.yml": "a: &a [*a]\n",
    "deep.yml": "a: " + "[" * 300 + "]" * 300,
    "merged.yml": "a0: &a0 {k: v}\n"
    + "".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in LEVELS),
    "laughs.ini": "[s]\n" + "".join(f"a{n} = " + f"%(a{n + 1})s" * 9 + "\n" for n in range(10)) + "a10 = x\n",
    "defaults.ini": "\n".join(["[DEFAULT]", *(f"k{n} = v" for n in range(9000)), *(f"[s{n}]" for n in range(9000))]),
    "blanks.ini": "[s]\n" + ("a" + " " * 4000 + "b\n") * 250,
    "calls.conf": (WORD + " = " + " " * 900 + "x\n") * 1000,
    "words.json": (f"{WORD}={WORD}=" * 200 + "\n") * 250,
    "quotes.json": ('"`' * 2000 + WORD + "\n") * 200,
    "words.yml": f"{WORD}: " + "x " * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_configuration_ends(name: str) -> None:
    room = Room(1 << 20)
    started = time.process_time()
    assert isinstance(lossless.plugins().found(HOSTILE[name], name, room), list)
    assert time.process_time() - started < 20, "it should take a second or two"
    if name != "itself.yml":
        assert room.cut


def test_no_finding_shows_its_value() -> None:
    (said,) = lossless.plugins().found(f'{WORD} = "{SIGNS}"', "a.py", Room(1000))
    assert said.value == SIGNS
    assert SIGNS not in repr(said)
    assert transformed.File("x", "a").name == "a"
