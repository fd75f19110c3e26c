"""What a build refuses in the flags of an instruction: unknown, twice, without a value, or with one it does not know.

frontend/dockerfile/instructions/bflag.go and parse.go of https://github.com/moby/buildkit, and
https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

from collections.abc import Iterator

from imagelint.dockerfile.flags import KNOWN
from imagelint.dockerfile.model import Flag
from imagelint.lazy import Lazy

_SWITCHES = frozenset({"link", "keep-git-dir", "parents", "unpack"})
_REPEATED = frozenset({"mount", "exclude", "device"})
_DURATIONS = frozenset({"interval", "timeout", "start-period", "start-interval"})
_DURATION = Lazy(r"0|\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+")
_NUMBER = Lazy(r"\+?\d{1,10}")
_CHECKSUM = Lazy(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[0-9a-f]{32,}|[0-9a-f]{40}|[0-9a-f]{64}")
_CHOICES = {
    "network": ("none", "default", "host"),
    "security": ("insecure", "sandbox"),
}
_MOUNTS = ("bind", "cache", "tmpfs", "secret", "ssh")
_SHARING = ("shared", "private", "locked")


def mistakes(keyword: str, flags: list[Flag]) -> Iterator[tuple[Flag, str, str]]:
    """(flag, code, what is expected) for each flag that a build refuses. `keyword` is one that a build knows."""
    known = KNOWN.get(keyword, frozenset())
    seen: set[str] = set()
    for flag in flags:
        if flag.name not in known:
            takes = ", ".join("--" + name for name in sorted(known)) or "no flags"
            yield flag, "unknown-flag", f"{keyword} takes {takes}"
        elif flag.name in seen and flag.name not in _REPEATED:
            yield flag, "bad-syntax", f"--{flag.name} stands twice"
        elif wrong := _wrong(flag):
            yield flag, "bad-syntax", f"--{flag.name} {wrong}"
        seen.add(flag.name)


def _wrong(flag: Flag) -> str:
    name, value = flag.name, flag.value
    if name in _SWITCHES:
        return "" if _is_bare(flag) or value.lower() in ("true", "false") else "takes true or false"
    if _is_bare(flag):
        return f"wants a value: --{name}=..."
    if not value or "$" in value:
        return ""
    if name in _DURATIONS:
        return "" if _DURATION.fullmatch(value) else "wants a duration with its unit: 30s, 1m30s"
    if name == "retries":
        return "" if _NUMBER.fullmatch(value) else "wants a number"
    if name == "checksum":
        return "" if _CHECKSUM.fullmatch(value) else "wants an algorithm and a digest in small letters: sha256:..."
    if name in _CHOICES:
        return "" if value in _CHOICES[name] else f"takes {_either(_CHOICES[name])}"
    return _wrong_mount(value) if name == "mount" else ""


def _wrong_mount(value: str) -> str:
    """Only of types and of sharing: builders differ in what else they take."""
    if '"' in value:
        return ""
    for part in value.split(","):
        key, _, word = part.strip().partition("=")
        if key.lower() == "type" and word.lower() not in _MOUNTS:
            return f"takes the types {_either(_MOUNTS)}"
        if key.lower() == "sharing" and word.lower() not in _SHARING:
            return f"takes sharing={_either(_SHARING)}"
    return ""


def _either(words: tuple[str, ...]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def _is_bare(flag: Flag) -> bool:
    """--name with no equals sign behind it."""
    span = flag.span
    return not flag.value and span.line == span.end_line and span.end_column - span.column == len(flag.name) + 2
