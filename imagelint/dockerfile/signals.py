"""Names of signals as STOPSIGNAL takes them, and which one a daemon ends well on.

The numbers are Linux's (signal(7)); the names those that Docker knows, https://docs.docker.com/reference/dockerfile/#stopsignal.
"""

from __future__ import annotations

from imagelint.lazy import Lazy

_NAMES = (
    "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG "
    "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS"
).split()
_OTHER = {"CLD": "CHLD", "IOT": "ABRT", "POLL": "IO"}
_LOWEST, _HIGHEST = 34, 64
"""Signals of a program's own use: what the C library leaves of them."""
_OWN = Lazy(r"RT(?:MIN(?:\+([1-9]|1[0-5]))?|MAX(?:-([1-9]|1[0-4]))?)")

SYSTEMD = "SIGRTMIN+3"
"""https://systemd.io/CONTAINER_INTERFACE/: it halts on that one, and goes on at SIGTERM."""
_GRACEFUL = {
    "nginx": "SIGQUIT",  # https://nginx.org/en/docs/control.html
    "openresty": "SIGQUIT",
    "php-fpm": "SIGQUIT",  # php-fpm(8)
    "httpd": "SIGWINCH",  # https://httpd.apache.org/docs/2.4/stopping.html
    "httpd-foreground": "SIGWINCH",
    "apache2": "SIGWINCH",
    "apache2ctl": "SIGWINCH",
    "apachectl": "SIGWINCH",
    "apache2-foreground": "SIGWINCH",
}
_INIT = frozenset(
    f"{folder}/{name}"
    for folder in ("/sbin", "/usr/sbin", "/lib/systemd", "/usr/lib/systemd")
    for name in ("init", "systemd")
)


def canonical(text: str) -> str:
    """SIGTERM for SIGTERM, sigterm, term and 15; empty for what is no signal, or one without a name."""
    if text.isascii() and text.isdigit():
        number = int(text[:4])
        if 1 <= number <= len(_NAMES):
            return f"SIG{_NAMES[number - 1]}"
        if _LOWEST <= number <= _HIGHEST:
            above, below = number - _LOWEST, _HIGHEST - number
            name = f"SIGRTMIN+{above}" if above <= 15 else f"SIGRTMAX-{below}"
            return name.removesuffix("+0").removesuffix("-0")
        return ""
    name = text.upper().removeprefix("SIG")
    name = _OTHER.get(name, name)
    return f"SIG{name}" if name in _NAMES or _OWN.fullmatch(name) else ""


def is_wrong(text: str) -> bool:
    """Whether a build refuses it, or a container cannot be sent it; a variable is never wrong."""
    if "$" in text or canonical(text):
        return False
    return not (text.isascii() and text.isdigit() and 0 < int(text[:4]) < _LOWEST)


def graceful(program: str) -> str:
    """The signal on which a daemon finishes what it does; empty where it is SIGTERM, or where nobody knows.

    `program`: as CMD or ENTRYPOINT names it.
    """
    if program in _INIT or program == "systemd":
        return SYSTEMD
    name = program.rpartition("/")[2]
    return _GRACEFUL.get(name, _GRACEFUL.get(name.rstrip("0123456789."), ""))
