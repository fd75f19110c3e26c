"""The words of `docker run` and its kin: which of them are options, with which values, and which is the image.

https://docs.docker.com/reference/cli/docker/container/run/, podman-run(1). Options are read as pflag reads them:
`--name=web`, `--name web`, `-e A=b`, `-eA=b`, `-e=A=b`, and `-itp 80:80`, of which the last may have a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from imagelint.dockerfile.model import Span
from imagelint.record import record

ENGINES = frozenset(("docker", "podman", "nerdctl"))
_COMMANDS = frozenset(("run", "create"))
_GLOBAL_VALUES = frozenset(
    "--config --context --host --log-level --tlscacert --tlscert --tlskey -c -H -l "  # docker
    "--cgroup-manager --connection --events-backend --identity --log-level --module --namespace --network-cmd-path "
    "--root --runroot --runtime --ssh --storage-driver --storage-opt --tmpdir --transient-store --url --address".split()
)
"""Options ahead of `run` that take the next word; the others take none."""
SWITCHES = frozenset(
    "detach disable-content-trust env-host help http-proxy init interactive no-healthcheck no-hostname no-hosts "
    "oom-kill-disable passwd privileged publish-all quiet read-only read-only-tmpfs replace rm rmi rootfs sig-proxy "
    "tls-verify tty unsetenv-all use-api-socket".split()
)
"""Options without a value, except behind an equals sign."""
SHORT = {
    "a": "attach",
    "c": "cpu-shares",
    "d": "detach",
    "e": "env",
    "h": "hostname",
    "i": "interactive",
    "l": "label",
    "m": "memory",
    "P": "publish-all",
    "p": "publish",
    "q": "quiet",
    "t": "tty",
    "u": "user",
    "v": "volume",
    "w": "workdir",
}
_SAME = {"net": "network", "dns-opt": "dns-option", "net-alias": "network-alias"}
"""Old names that still work."""
_OPTIONS = ("OPT", "ARG", "FLAG", "PARAM")
"""Parts of the names of variables and placeholders that stand for options."""
_OFF = frozenset(("false", "0", "f", "F", "FALSE", "False"))


@record
class Word:
    """A word of a command: its value, quotes off, and its place."""

    value: str
    span: Span
    bare: bool = True
    """It has no quotes, so that a variable in it may become several words, or none."""


@record
class Option:
    """One option, under its long name."""

    name: str
    value: str
    """Of a switch `true` or `false`."""
    span: Span
    """From the option to the end of its value."""
    value_span: Span


@record
class Run:
    """A command that makes a container."""

    engine: str
    head: Span
    """From the engine's name to `run` or `create`."""
    options: list[Option]
    image: Word | None
    """None where there is none, as in a text about the command."""
    arguments: list[Word]
    """What runs in the container."""
    unknown: bool = False
    """A variable, or three dots, may stand for further options."""
    doubtful: bool = False
    """One of these may be the image, and what follows it the command."""


def read(words: Sequence[Word], engine: str) -> Run | None:
    """The command, if it makes a container; words[0] is the engine's program."""
    at = 1
    while at < len(words) and words[at].value.startswith("-"):
        at += 2 if words[at].value in _GLOBAL_VALUES else 1
    if at < len(words) and words[at].value == "container":
        at += 1
    if at >= len(words) or words[at].value not in _COMMANDS:
        return None
    run = Run(engine, _from(words[0].span, words[at].span), [], None, [])
    _options(words, at + 1, run)
    return run


def _options(words: Sequence[Word], at: int, run: Run) -> None:
    while at < len(words):
        word = words[at]
        text = word.value
        following = words[at + 1] if at + 1 < len(words) else None
        at += 1
        if text == "--":
            continue
        if text in ("...", "\N{HORIZONTAL ELLIPSIS}") or (maybe := _may_be_options(word, following)) == "options":
            run.unknown = True
        elif maybe:
            run.unknown = run.doubtful = True
        elif text.startswith("--"):
            at += _long(word, text[2:], following, run)
        elif text.startswith("-") and len(text) > 1:
            at += _cluster(word, following, run)
        elif text and not text.isspace():
            run.image, run.arguments = word, list(words[at:])
            return


def _may_be_options(word: Word, following: Word | None) -> str:
    """`options` for $OPTIONS, "${options[@]}", $(options) and [OPTIONS], `doubtful` for a variable that may be options
    or the image; empty for what is none. The last word of all is the image."""
    text = word.value
    name = text.upper()
    told = any(part in name for part in _OPTIONS)
    if text.startswith("[") and text.endswith("]"):
        return "options" if told else ""
    if "[@]" in text or ":+" in text:
        return "options"
    if not text.startswith(("$", "`")) or "/" in text or ":" in text.replace(":-", ""):
        return ""
    if told:
        return "options"
    named = any(part in name for part in ("IMAGE", "IMG", "TAG", "REPO", "CONTAINER"))
    return "doubtful" if word.bare and following is not None and not named else ""


def _long(word: Word, text: str, following: Word | None, run: Run) -> int:
    """Take a long option; how many further words it takes."""
    name, equals, value = text.partition("=")
    name = _SAME.get(name, name)
    if equals or name in SWITCHES:
        run.options.append(_option(name, value if equals else "true", word.span, word.span))
        return 0
    return _with_next(name, word, following, run)


def _cluster(word: Word, following: Word | None, run: Run) -> int:
    """Take -it, -p8080:80, -dp 8080:80; how many further words they take."""
    letters = word.value[1:]
    for number, letter in enumerate(letters):
        name = SHORT.get(letter, letter)
        rest = letters[number + 1 :]
        if rest.startswith("="):
            run.options.append(_option(name, rest[1:], word.span, word.span))
            return 0
        if name in SWITCHES:
            run.options.append(Option(name, "true", word.span, word.span))
        elif rest:
            run.options.append(Option(name, rest, word.span, word.span))
            return 0
        else:
            return _with_next(name, word, following, run)
    return 0


def _with_next(name: str, word: Word, following: Word | None, run: Run) -> int:
    if following is None:
        return 0
    run.options.append(Option(name, following.value, _from(word.span, following.span), following.span))
    return 1


def _option(name: str, value: str, span: Span, value_span: Span) -> Option:
    if name in SWITCHES:
        value = "false" if value in _OFF else "true"
    return Option(name, value, span, value_span)


def _from(first: Span, last: Span) -> Span:
    """Both and what is between, or the first alone where the last stands on another line."""
    if first.line != last.end_line:
        return first
    return Span(first.line, first.column, last.end_line, last.end_column)
