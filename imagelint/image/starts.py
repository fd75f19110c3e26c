"""What a container starts: the programs that ENTRYPOINT and CMD name, behind the shims and shells around them.

Docker's reference of the Dockerfile, "Understand how CMD and ENTRYPOINT interact": CMD's words follow the entrypoint's.
A script is taken to run the words that it is given, as the official images' docker-entrypoint.sh do; a program is not.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

_SHIMS: dict[str, tuple[int, frozenset[str]]] = {
    "tini": (0, frozenset(("-p", "-e"))),
    "tini-static": (0, frozenset(("-p", "-e"))),
    "docker-init": (0, frozenset(("-p", "-e"))),
    "catatonit": (0, frozenset()),
    "dumb-init": (0, frozenset(("-r", "--rewrite"))),
    "init": (0, frozenset()),
    "env": (0, frozenset(("-u", "-C", "-S"))),
    "exec": (0, frozenset(("-a",))),
    "nohup": (0, frozenset()),
    "setsid": (0, frozenset()),
    "nice": (0, frozenset(("-n",))),
    "ionice": (0, frozenset(("-c", "-n"))),
    "stdbuf": (0, frozenset(("-i", "-o", "-e"))),
    "sudo": (0, frozenset(("-u", "-g", "-C", "-h", "-p"))),
    "setpriv": (0, frozenset(("--reuid", "--regid", "--groups", "--inh-caps", "--bounding-set"))),
    "gosu": (1, frozenset()),
    "su-exec": (1, frozenset()),
    "chpst": (0, frozenset(("-u", "-U", "-e", "-n"))),
    "timeout": (1, frozenset(("-k", "-s"))),
}
"""Programs that only run another one -> (operands ahead of it, options that take a word)."""
_SHELLS = frozenset(("sh", "bash", "dash", "ash", "zsh", "ksh"))
_SERVICE_STARTERS = frozenset(("service", "invoke-rc.d", "rc-service"))
_STARTS = frozenset(("start", "restart", "onestart"))
_KEYWORDS = frozenset(("if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "(", ")"))
_BUILTINS = frozenset("[ [[ test cd set export umask ulimit echo printf trap wait true false : sleep".split())
"""Commands that start nothing that stays."""
MANAGERS = frozenset(
    (
        "systemd init upstart runit runit-init runsvdir runsvdir-start runsvchdir openrc openrc-init svscan svscanboot "
        "my_init dinit finit supervisord monit circusd getty agetty mingetty"
    ).split()
)
"""Programs that start others, and keep them running; terminals for people among them."""
_TEXT = 16 * 1024
"""Characters of a shell's text that are read."""
_MOST = 100
"""Programs that are told, and shims inside of each other."""


def started(entrypoint: Sequence[str], cmd: Sequence[str]) -> list[str]:
    """The names of the programs, without folders and each once; services that a script of init starts by their own
    name."""
    if entrypoint and cmd and not cmd[0].startswith("-") and _passes_on(entrypoint):
        return _once([*_programs(entrypoint), *_programs(cmd)])
    return _once(_programs([*entrypoint, *cmd]))


def _once(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))[:_MOST]


def _passes_on(words: Sequence[str]) -> bool:
    """Whether the words name a script, which runs what follows."""
    inner = _peeled(words)
    if inner and _name(inner[0]) in _SHELLS and len(inner) > 1 and not inner[1].startswith("-"):
        inner = inner[1:]
    name = _name(inner[0]) if inner else ""
    return name.endswith((".sh", ".bash")) or "entrypoint" in name


def _programs(words: Sequence[str]) -> list[str]:
    words = _peeled(words)
    if not words:
        return []
    name = _name(words[0])
    if name in _SHELLS:
        text = _shell_text(words[1:])
        if not text:
            return [name]
        found = (program for command in _commands(text) for program in _programs(command))
        return [program for program in found if program not in _BUILTINS][:_MOST]
    if name in _SERVICE_STARTERS and len(words) > 2 and words[2] in _STARTS:
        return [_name(words[1])]
    if name == "systemctl" and "start" in words[1:]:
        return [_name(word).removesuffix(".service") for word in words[words.index("start") + 1 :]]
    if words[0].startswith("/etc/init.d/") and len(words) > 1 and words[1] in _STARTS:
        return [name]
    return [name]


def _peeled(words: Sequence[str]) -> Sequence[str]:
    """The words from the first program on that is no shim."""
    for _ in range(_MOST):
        if not words:
            return words
        name = _name(words[0])
        # /init at the root is s6-overlay's, which supervises and reaps; /sbin/init is that of a whole system.
        if name not in _SHIMS or (name == "init" and words[0] != "/init"):
            return words
        operands, valued = _SHIMS[name]
        at = 1
        while at < len(words) and (words[at].startswith("-") or (name == "env" and "=" in words[at])):
            at += 2 if words[at] in valued else 1
            if words[min(at, len(words)) - 1] == "--":
                break
        words = words[at + operands :]
    return words


def _shell_text(words: Sequence[str]) -> str:
    """What follows a shell's -c; empty when it runs a file, or nothing."""
    for place, word in enumerate(words):
        if not word.startswith(("-", "+")):
            return ""
        if not word.startswith("--") and "c" in word and place + 1 < len(words):
            return words[place + 1][:_TEXT]
    return ""


def _commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a shell's text, as far as words and operators tell."""
    lexer = shlex.shlex(text.replace("\n", ";"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    try:
        for word in lexer:
            if set(word) <= set(";&|()") or word in _KEYWORDS:
                if command:
                    yield command
                command = []
            elif command or not _is_assignment(word):
                command.append(word)
    except ValueError:  # a quotation mark without its pair
        pass
    if command:
        yield command


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.replace("_", "a").isalnum()


def _name(word: str) -> str:
    return word.rstrip("/").rpartition("/")[2]
