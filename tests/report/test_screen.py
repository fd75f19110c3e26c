"""What a screen can do."""

from __future__ import annotations

import io
import os

import pytest

from imagelint.report.screen import Screen, cells, fit, wants_color, width_of


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "stream", "wanted"),
    [
        ({}, Terminal(), True),
        ({}, io.StringIO(), False),
        ({"TERM": "dumb"}, Terminal(), False),
        ({"NO_COLOR": "1"}, Terminal(), False),
        ({"NO_COLOR": ""}, Terminal(), True),
        ({"FORCE_COLOR": "1"}, io.StringIO(), True),
        ({"FORCE_COLOR": "0"}, Terminal(), False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, Terminal(), False),
    ],
)
def test_who_wants_colour(environment: dict[str, str], stream: io.StringIO, wanted: bool) -> None:
    assert wants_color(stream, environment) is wanted


def test_how_wide_a_screen_is() -> None:
    assert width_of(Terminal(), {"COLUMNS": "40"}) == 40
    assert width_of(io.StringIO(), {}) == 0
    assert width_of(Terminal(), {"COLUMNS": "wide"}) == 0
    leader, follower = os.openpty()
    with os.fdopen(follower, "w") as screen:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(leader, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 57, 0, 0))
        assert width_of(screen, {}) == 57
    os.close(leader)


def test_text_is_cut_at_blanks_and_long_words_where_they_must_be() -> None:
    screen = Screen(False, 20, "utf-8")
    assert screen.wrap("short", 4, 2) == ["short"]
    assert screen.wrap("one two three four five", 4, 2) == ["one two three", "  four five"]
    assert screen.wrap("x" * 50, 4, 2) == ["x" * 16, "  " + "x" * 18, "  " + "x" * 16]
    assert screen.wrap("\u65e5" * 12, 0, 0) == ["\u65e5" * 10, "\u65e5" * 2]
    assert Screen(False, 0, "utf-8").wrap("x" * 500, 4, 2) == ["x" * 500]


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("abc", 3),
        ("\u65e5\u672c", 4),
        ("\uff21", 2),
        ("e\u0301", 1),
        ("\u0e01\u0e35\u0e48", 1),  # Thai: a vowel and a tone above the letter
        ("\u0915\u0941", 1),  # Devanagari: a vowel below
        ("1\u20e3", 1),  # a key around the digit
        ("\u1112\u1161\u11ab", 2),  # a Korean syllable in pieces
        ("\U0001f511", 2),
    ],
)
def test_cells(text: str, columns: int) -> None:
    assert cells(text) == columns


@pytest.mark.parametrize(
    ("text", "room", "fitted"),
    [
        ("short", 5, "short"),
        ("srv/app/settings.py", 12, "srv/ap....py"),
        ("\u65e5\u672c\u8a9e\u65e5\u672c\u8a9e", 9, "\u65e5\u672c...\u8a9e"),
        ("xxxxxxxx" + "e\u0301" * 4, 9, "xxxx..." + "e\u0301" * 2),
        ("e\u0301" * 12, 9, "e\u0301" * 4 + "..." + "e\u0301" * 2),
        ("abcdefgh", 1, "a..."),
    ],
)
def test_the_middle_gives_way_by_columns(text: str, room: int, fitted: str) -> None:
    assert fit(text, room) == fitted
    assert cells(fitted) <= max(room, 4)
