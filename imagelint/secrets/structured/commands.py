"""Passwords on command lines: histories of shells, scripts, tables of cron.

Words are split as POSIX sh does (XCU 2.2, 2.3), with the place of each character kept. Options are those of each
program's own manual page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from imagelint.lazy import Lazy
from imagelint.secrets.structured.value import GENERAL, ON_COMMAND_LINE, Reader, Value

_LINE = 16384
"""Characters of one line that are read."""
_SHORTEST = 6
"""Characters of a line that can hold no program, option and password."""
_WORDS = 400
"""Words of one line that are looked at."""
_PIECE = Lazy(r"'([^'\n]*)'|\"((?:[^\"\\\n]|\\.)*)\"|\\(.)|([^\s'\"\\|;&<>()`]+)|(\|\|?|;|&&?|[<>()`])|([ \t\r]+)|(.)")
_ENVIRONMENT = Lazy(r"[A-Za-z_]\w*=")
_NAMED = frozenset(("sudo", "env", "time", "nohup", "exec", "then", "do", "else", "command", "nice", "!", "set"))
_HEADER = Lazy(
    r"(?:proxy-)?authorization:[ \t]*(?:bearer|basic|token|apikey)[ \t]+(\S{6,})"
    r"|(?:x-[\w-]{0,32}(?:token|api-?key|auth)|private-token|api-?key):[ \t]*(\S{6,})",
    re.IGNORECASE,
)
_HISTORY = Lazy(r": \d{9,11}:\d{1,6};")
_FISH = Lazy(r"- cmd: ")
_CRON = Lazy(
    r"[ \t]*(?:@\w{4,8}|(?:[\d*/,-]{1,64}[ \t]+){3}(?:[\d*/,A-Za-z-]{1,64}[ \t]+){2})[ \t]*"
    r"(?:[a-z_][\w-]{0,31}[ \t]+(?=[\w/.]+[ \t]))?"
)


class Word(NamedTuple):
    """What the shell hands on, and where each character of it stands."""

    text: str
    places: tuple[int, ...]

    def part(self, start: int) -> tuple[int, int]:
        """Where the word from its start-th character on stands."""
        return self.places[start], self.places[-1] + 1


class Program(NamedTuple):
    """How a program takes a password."""

    next: frozenset[str] = frozenset()
    """Options with the password as their next word, or behind `=`."""
    glued: tuple[str, ...] = ()
    """Options with the password in the same word."""
    behind: tuple[tuple[str, str], ...] = ()
    """(option, sign): the password stands behind the sign in the option's value."""
    after: frozenset[str] = frozenset()
    """Subcommands of which one must come ahead; empty for none."""
    last: int = 0
    """So many operands there are when the last of them is the password."""
    flag: frozenset[str] = frozenset()
    """Options without which the last operand is none."""


def _program(words: str = "", **how: object) -> Program:
    return Program(frozenset(words.split()), **how)  # type: ignore[arg-type]  # each field's own type, by name


_MYSQL = _program("--password", glued=("-p", "--password="))
_LOGIN = _program("-p --password", after=frozenset(("login",)), glued=("--password=",))
_LDAP = _program("-w", glued=("-w",))
_MONGO = _program("-p --password", glued=("--password=",))
_SQLCMD = _program("-P", glued=("-P",))
_BY_NAMES: dict[str, Program] = {
    "mysql mysqldump mysqladmin mysqlimport mysqlcheck mysqlshow mysqlsh mariadb mariadb-dump "
    "mariadb-admin mysqlbinlog": _MYSQL,
    "docker podman nerdctl skopeo buildah helm oras crane az oc": _LOGIN,
    "ldapsearch ldapadd ldapmodify ldapdelete ldapwhoami ldapcompare ldappasswd": _LDAP,
    "mongo mongosh mongodump mongorestore mongoexport mongoimport": _MONGO,
    "sqlcmd bcp isql tsql": _SQLCMD,
    "sshpass": _program("-p", glued=("-p",)),
    "redis-cli": _program("-a --pass", glued=("--pass=",)),
    "valkey-cli": _program("-a --pass"),
    "curl": _program(behind=(("-u", ":"), ("--user", ":"), ("-U", ":"), ("--proxy-user", ":"))),
    "http": _program(behind=(("-a", ":"), ("--auth", ":"))),
    "wget": _program("--password --http-password --ftp-password --proxy-password"),
    "smbclient": _program(behind=(("-U", "%"), ("--user", "%"))),
    "rpcclient": _program(behind=(("-U", "%"), ("--user", "%"))),
    "lftp": _program(behind=(("-u", ","), ("--user", ","))),
    "influx": _program("-password -p --password --token -t"),
    "cqlsh": _program("-p --password"),
    "clickhouse-client": _program("--password"),
    "useradd": _program("-p --password"),
    "usermod": _program("-p --password"),
    "htpasswd": _program(last=3, flag=frozenset("b")),
    "vault": _program(last=1, after=frozenset(("login",))),
    "gpg": _program("--passphrase"),
    "gpg2": _program("--passphrase"),
    "zip": _program("-P"),
    "unzip": _program("-P"),
    "7z": _program(glued=("-p",)),
    "keytool": _program("-storepass -keypass -deststorepass -srcstorepass"),
    "rabbitmqctl": _program(last=2, after=frozenset(("add_user", "change_password"))),
    "ipmitool": _program("-P"),
    "xfreerdp": _program(glued=("/p:",)),
    "rdesktop": _program("-p"),
    "svn": _program("--password"),
    "openssl": _program(behind=tuple((option, "pass:") for option in ("-pass", "-passin", "-passout"))),
}
_PROGRAMS = {name: program for names, program in _BY_NAMES.items() for name in names.split()}


def words(text: str, start: int, end: int) -> Iterator[list[Word]]:
    """The simple commands of a line, and `|` as a command of its own."""
    command: list[Word] = []
    letters: list[str] = []
    places: list[int] = []
    begun = False
    left = _WORDS

    for piece in _PIECE.finditer(text, start, min(end, start + _LINE)):
        group = piece.lastindex or 0
        if group in (5, 6):
            if begun and left:
                left -= 1
                command.append(Word("".join(letters), tuple(places)))
            letters, places, begun = [], [], False
            if group == 5:
                yield command
                if piece[0] == "|":
                    yield [Word("|", (piece.start(),))]
                command = []
            continue
        begun = True
        letters.append(piece[group])
        places += range(*piece.span(group))
    if begun and left:
        command.append(Word("".join(letters), tuple(places)))
    yield command


def in_line(text: str, start: int, end: int) -> Iterator[Value]:
    """The passwords of one command line."""
    before: list[Word] = []
    piped = False
    for command in words(text, start, end):
        if len(command) == 1 and command[0].text == "|":
            piped = True
            continue
        while command and (command[0].text in _NAMED or _ENVIRONMENT.match(command[0].text)) and len(command) > 1:
            if command[0].text == "set" and command[1].text not in ("-x", "-gx", "-Ux"):
                break
            if command[0].text == "set":
                command = command[2:]
                if len(command) == 2 and _secret(command[0].text) and command[1].places:
                    yield Value(*command[1].part(0), GENERAL, command[0].text)
                break
            command = command[1:]
        yield from _options(command)
        if piped and before and any(word.text == "--password-stdin" for word in command):
            name = before[0].text
            if name in ("echo", "printf") and before[-1].places and len(before) > 1:
                yield Value(*before[-1].part(0), ON_COMMAND_LINE)
        before, piped = command, False


def _secret(name: str) -> bool:
    from imagelint.secrets.names import is_secret_name

    return is_secret_name(name)


def _options(command: list[Word]) -> Iterator[Value]:
    if not command:
        return
    name = command[0].text.rpartition("/")[2]
    if name == "curl" or name == "wget":
        yield from _headers(command)
    program = _PROGRAMS.get(name)
    if program is None or (
        program.after
        and not any(w.text in program.after for w in command[1:4])
        and "--service-principal" not in {w.text for w in command}
    ):
        return
    operands: list[Word] = []
    flags = ""
    previous = ""
    for word in command[1:]:
        text = word.text
        if previous:
            span = _behind(program, previous, word)
            previous = ""
            if span:
                yield Value(*span, ON_COMMAND_LINE)
            continue
        option, sign, _ = text.partition("=")
        glued = next((head for head in program.glued if text.startswith(head) and len(text) > len(head)), "")
        if text in program.next or any(text == one for one, _ in program.behind):
            previous = text
        elif (
            sign
            and option.startswith("--")
            and (option in program.next or any(option == one for one, _ in program.behind))
        ):
            span = _behind(program, option, word, len(option) + 1)
            if span:
                yield Value(*span, ON_COMMAND_LINE)
        elif glued and text.startswith("--") == glued.startswith("--"):
            yield Value(*word.part(len(glued)), ON_COMMAND_LINE)
        elif short := next(
            (one for one, _ in program.behind if len(one) == 2 and text.startswith(one) and text[1] != "-"), ""
        ):
            if span := _behind(program, short, word, 2):
                yield Value(*span, ON_COMMAND_LINE)
        elif text.startswith("-"):
            flags += text.lstrip("-")
        else:
            operands.append(word)
    if program.last and (not program.flag or any(flag in flags for flag in program.flag)):
        operands = [word for word in operands if word.text not in program.after]
        if len(operands) == program.last and operands[-1].places:
            rule = "vault-token" if name == "vault" else ON_COMMAND_LINE
            yield Value(*operands[-1].part(0), rule)


def _behind(program: Program, option: str, word: Word, start: int = 0) -> tuple[int, int] | None:
    """The span of the password in an option's value, which begins at the word's start-th character."""
    sign = next((sign for one, sign in program.behind if one == option), "")
    if sign:
        at = word.text.find(sign, start)
        if at < 0:
            return None
        start = at + len(sign)
    return word.part(start) if start < len(word.text) and word.places else None


def _headers(command: list[Word]) -> Iterator[Value]:
    for before, word in pairwise(command):
        start = 0
        if before.text not in ("-H", "--header"):
            if not word.text.startswith(("-H", "--header=")):
                continue
            start = 2 if word.text.startswith("-H") else len("--header=")
        if found := _HEADER.match(word.text, start):
            group = found.lastindex or 0
            yield Value(
                word.places[found.start(group)], word.places[found.end(group) - 1] + 1, ON_COMMAND_LINE, "header"
            )


def _each_line(text: str, *heads: Lazy) -> Iterator[Value]:
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        for head in heads:
            if found := head.match(text, at, end):
                at = found.end()
                break
        if end - at > _SHORTEST:
            yield from in_line(text, at, end)
        at = end + 1


def history(text: str) -> Iterator[Value]:
    """Each line is a command; zsh may write the time ahead, fish a mapping's key."""
    return _each_line(text, _HISTORY, _FISH)


def script(text: str) -> Iterator[Value]:
    """Each line is a command."""
    return _each_line(text)


def crontab(text: str) -> Iterator[Value]:
    """When, then a command; in the tables of the system a user's name between them."""
    return _each_line(text, _CRON)


READERS: dict[str, Reader] = {
    ".bash_history .zsh_history .ash_history .sh_history .history .zhistory fish_history .ksh_history "
    "consolehost_history.txt *.history": history,
    "*.sh *.bash *.zsh rc.local": script,
    "crontabs/* etc/crontab cron.d/*": crontab,
}
