"""Signals, ports and search paths."""

from __future__ import annotations

import pytest

from imagelint.dockerfile.signals import canonical, graceful, is_wrong
from tests.dockerfile.linting import findings, lines


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("15", "SIGTERM"),
        ("term", "SIGTERM"),
        ("SigQuit", "SIGQUIT"),
        ("1", "SIGHUP"),
        ("31", "SIGSYS"),
        ("iot", "SIGABRT"),
        ("34", "SIGRTMIN"),
        ("37", "SIGRTMIN+3"),
        ("64", "SIGRTMAX"),
        ("50", "SIGRTMAX-14"),
        ("RTMAX-1", "SIGRTMAX-1"),
        ("RTMIN+16", ""),
        ("32", ""),
        ("0", ""),
        ("65", ""),
        ("SIGSIGTERM", ""),
        ("", ""),
    ],
)
def test_names_of_signals(text: str, name: str) -> None:
    assert canonical(text) == name


def test_what_is_no_signal() -> None:
    assert all(map(is_wrong, ("0", "65", "99999", "SIGSIGTERM", "TERMINATE", "-9", "٣")))
    assert not any(map(is_wrong, ("32", "9", "$SIGNAL", "${A}TERM", "rtmin+15")))


def test_daemons() -> None:
    assert graceful("/usr/sbin/nginx") == graceful("php-fpm8.2") == graceful("php-fpm") == "SIGQUIT"
    assert graceful("/usr/sbin/apache2") == graceful("httpd-foreground") == "SIGWINCH"
    assert graceful("/sbin/init") == graceful("/lib/systemd/systemd") == "SIGRTMIN+3"
    assert graceful("/init") == graceful("python3.12") == graceful("") == ""


def test_the_signal_in_force_is_inherited() -> None:
    text = "FROM debian:12 AS base\nSTOPSIGNAL 37\nFROM base\nCMD /sbin/init"
    assert lines(text, "stopsignal-systemd") == []
    assert lines(text.replace("37", "$UNKNOWN"), "stopsignal-systemd") == []
    assert lines(text.replace("37", "15"), "stopsignal-systemd") == [3]


@pytest.mark.parametrize(
    ("variable", "places"),
    [
        ("PATH=.:$PATH", "."),
        ("PATH=${HOME:-.}/bin:$PATH", "./bin"),
        ("PATH=:$PATH", "(empty: the working directory)"),
        ("PATH=~/bin:/usr/bin", "~/bin"),
        ("PATH=/tmp/x:/opt/bin:lib:$PATH:rest", "/tmp/x, lib"),
        ("LD_LIBRARY_PATH=/opt/a::/opt/b", "(empty: the working directory)"),
        ("LD_PRELOAD='/var/tmp/a.so lib/b.so libc.so.6'", "/var/tmp/a.so, lib/b.so"),
    ],
)
def test_unsafe_places(variable: str, places: str) -> None:
    [found] = findings(f"FROM a:1\nENV {variable}", "search-path-unsafe")
    assert f" has {places}: " in found.message


@pytest.mark.parametrize(
    "variable",
    [
        "PATH=/usr/bin:.",
        "PATH=$GOPATH/bin:$PATH",
        "PATH=/tmpfiles/bin:$PATH",
        r"PATH='C:\bin;C:\Windows'",
        "MANPATH=.",
        "LD_LIBRARY_PATH=/opt/a:$LD_LIBRARY_PATH",
        "PATH=",
    ],
)
def test_safe_places(variable: str) -> None:
    assert findings(f"FROM a:1\nENV {variable}", "search-path-unsafe") == []
