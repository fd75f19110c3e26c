"""Programs that run what stands in their arguments: sudo apt-get ..., xargs rm, bash -c '...', find -exec."""

from __future__ import annotations

import re

from imagelint.record import record

SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh", "ksh", "mksh"})

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


@record
class _Wrapper:
    """Which options take a value in the next word, and how many words of its own stand in front of the program."""

    short: str = ""
    long: frozenset[str] = frozenset()
    own_words: int = 0
    assignments: bool = False
    not_with: str = ""
    """Options with which it runs nothing."""


def _wrapper(
    short: str = "", long: str = "", own_words: int = 0, assignments: bool = False, not_with: str = ""
) -> _Wrapper:
    return _Wrapper(short, frozenset(long.split()), own_words, assignments, not_with)


_PLAIN = _wrapper()
_WRAPPERS: dict[str, _Wrapper] = {
    "sudo": _wrapper(
        "CDghpRrTtUu",
        "user group host prompt chdir chroot role type close-from other-user",
        assignments=True,
        not_with="lvKV",
    ),
    "doas": _wrapper("Cu", not_with="L"),
    "env": _wrapper("uCS", "unset chdir", assignments=True),
    "exec": _wrapper("a"),
    "command": _wrapper(not_with="vV"),
    "builtin": _PLAIN,
    "time": _wrapper("fo", "format output"),
    "nice": _wrapper("n", "adjustment"),
    "ionice": _wrapper("cnpPu", "class classdata"),
    "nohup": _PLAIN,
    "setsid": _PLAIN,
    "stdbuf": _wrapper("ioe", "input output error"),
    "timeout": _wrapper("sk", "signal kill-after", own_words=1),
    "xargs": _wrapper("ILnPsdEa", "max-args max-procs delimiter arg-file max-chars replace max-lines"),
    "chroot": _wrapper("ugG", own_words=1),
    "gosu": _wrapper(own_words=1),
    "su-exec": _wrapper(own_words=1),
    "setpriv": _wrapper("", "reuid regid groups inh-caps ambient-caps bounding-set securebits"),
    "runuser": _wrapper("ugGsw", "user group supp-group shell"),
    "flock": _wrapper("wEo", "wait timeout conflict-exit-code", own_words=1),
    "fakeroot": _wrapper("lsifb", "lib faked"),
    "eatmydata": _PLAIN,
    "unbuffer": _PLAIN,
    "coproc": _PLAIN,
    "busybox": _PLAIN,
    "xvfb-run": _wrapper("efnpsw", "error-file auth-file server-num xauth-protocol server-args wait"),
    "tini": _wrapper("pe"),
    "dumb-init": _wrapper("r", "rewrite"),
    "catatonit": _PLAIN,
}

_FIND_RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})


@record
class Inner:
    """words[start:end]: a command of its own, or, when script is set, shell text (each word one piece of it)."""

    start: int
    end: int
    script: bool = False
    assignments: tuple[str, ...] = ()


def program_name(word: str) -> str:
    """A program without its path, and without .exe."""
    if "/" not in word and "\\" not in word:  # most are; each command asks several times
        return word.removesuffix(".exe")
    return word.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")


def inner(words: list[str]) -> list[Inner]:
    """What a command runs by its arguments; empty for most commands."""
    name = program_name(words[0]) if words else ""
    if name in SHELLS:
        return _shell(words)
    if name == "eval":
        return [Inner(1, len(words), script=True)] if len(words) > 1 else []
    if name == "find":
        return _find(words)
    if name in ("su", "runuser", "flock"):
        for number, word in enumerate(words[:-1]):
            if word in ("-c", "--command", "--session-command"):
                return [Inner(number + 1, number + 2, script=True)]
    wrapper = _WRAPPERS.get(name)
    return _wrapped(words, wrapper) if wrapper else []


def reads_script(words: list[str]) -> bool:
    """A shell that takes its script from its standard input: bash, sh -ex, bash -s --, sh /dev/stdin."""
    name, number, script = _shell_words(words)
    if not name or script:
        return False
    return (
        number >= len(words)
        or words[number] in ("-", "/dev/stdin")
        or any("s" in word for word in _letters(words[1:number]))
    )


def runs(words: list[str], limit: int = 8) -> str:
    """The program that a pipe reaches: what sudo, env and their like run; xargs itself, as it keeps its input."""
    while words and limit and program_name(words[0]) not in ("xargs", "find"):
        limit -= 1
        found = inner(words)
        if not found or found[0].script:
            break
        words = words[found[0].start : found[0].end]
    return program_name(words[0]) if words else ""


def _letters(words: list[str]) -> list[str]:
    return [word for word in words if word.startswith("-") and not word.startswith("--")]


def _shell_words(words: list[str]) -> tuple[str, int, bool]:
    """Name of the shell (empty: none), number of the first word behind its options, and whether -c is among them."""
    name = program_name(words[0]) if words else ""
    if name not in SHELLS:
        return "", 0, False
    number, script = 1, False
    while number < len(words):
        word = words[number]
        if word == "--":
            return name, number + 1, script
        if word in ("-", "+") or word[:1] not in ("-", "+"):
            break
        if word.startswith("--"):
            number += word in ("--rcfile", "--init-file")
        else:
            script = script or (word[0] == "-" and "c" in word)
            number += word[-1] in "oO"
        number += 1
    return name, number, script


def _shell(words: list[str]) -> list[Inner]:
    _, number, script = _shell_words(words)
    return [Inner(number, number + 1, script=True)] if script and number < len(words) else []


def _find(words: list[str]) -> list[Inner]:
    found: list[Inner] = []
    start = 0
    for number, word in enumerate(words):
        if word in _FIND_RUNS and not start:
            start = number + 1
        elif start and (word == ";" or (word == "+" and words[number - 1] == "{}")):
            if start < number:
                found.append(Inner(start, number))
            start = 0
    return found


def _wrapped(words: list[str], wrapper: _Wrapper) -> list[Inner]:
    number, own_words = 1, wrapper.own_words
    options = True
    assignments: list[str] = []
    while number < len(words):
        word = words[number]
        if options and word == "--":
            options = False
        elif options and word.startswith("--"):
            number += "=" not in word and word[2:] in wrapper.long
        elif options and word.startswith("-") and len(word) > 1:
            if any(letter in wrapper.not_with for letter in word[1:]):
                return []
            value = next((place for place, letter in enumerate(word[1:], 2) if letter in wrapper.short), 0)
            number += value == len(word)
        elif wrapper.assignments and _ASSIGNMENT.match(word):
            assignments.append(word)
        elif own_words:
            own_words -= 1
        else:
            return [Inner(number, len(words), assignments=tuple(assignments))]
        number += 1
    return []
