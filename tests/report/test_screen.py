"""What a screen can do."""

from __future__ import annotations

import io
import os

import pytest

from imagelint.report.screen import Screen, cells, wants_color, width_of


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


def test_cells() -> None:
    assert [cells(text) for text in ("abc", "\u65e5\u672c", "e\u0301", "\uff21")] == [3, 4, 1, 2]
