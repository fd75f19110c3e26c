"""Which packages an installing command names without a version."""

from __future__ import annotations

from imagelint.lazy import Lazy

_INSTALLS = {
    "apt-get": ("install",),
    "apk": ("add",),
    "dnf": ("install",),
    "zypper": ("install", "in"),
    "pip": ("install",),
    "npm": ("install", "i", "add"),
    "gem": ("install",),
}
_PINNED = {
    "apt-get": Lazy(r"=|/[a-z]|\.deb$"),
    "apk": Lazy(r"[=<>~@]|\.apk$|^\."),
    "dnf": Lazy(r"-\d[^-]*(-[^-]+)?$|\.rpm$|^@|="),
    "zypper": Lazy(r"[=<>]|\.rpm$"),
    "pip": Lazy(r"==|===|@|^[./~]|^git\+|\.whl$|\.tar\.gz$|\.zip$|://|[/\\]"),
    "npm": Lazy(r".@|^[./~]|://|^git[+@]|\.tgz$|^[\w-]+/"),
    "gem": Lazy(r":\d|\.gem$"),
}
_VERSION = Lazy(r"[=<>~@].*")
_VARIABLE = Lazy(r"[$`*]")


def unpinned(program: str, subcommand: str, names: list[str], options: list[str]) -> list[str]:
    """The operands of an install that name a package without a version; what variables and globs hide is not judged."""
    if subcommand not in _INSTALLS.get(program, ()):
        return []
    if program == "gem" and any(option.startswith(("-v", "--version")) for option in options):
        return []
    pinned = _PINNED[program]
    return [name for name in names if name and not _VARIABLE.search(name) and not pinned.search(name)]


def unsorted(program: str, subcommand: str, names: list[str], lines: int) -> list[str]:
    """The first two packages of a list, one on each of so many lines, that do not stand in alphabetical order."""
    names = [name for name in names if name]
    if subcommand not in _INSTALLS.get(program, ()) or not 3 <= len(names) <= lines:
        return []
    small = [_VERSION.sub("", name).lower() for name in names]
    if any(_VARIABLE.search(name) for name in names):
        return []
    return next((names[at : at + 2] for at in range(len(names) - 1) if small[at] > small[at + 1]), [])
