"""`docker run`, `docker create` and podman's, in shell scripts and in the code of Markdown pages."""

from __future__ import annotations

from collections.abc import Callable

from imagelint.containers import settings
from imagelint.containers.derive import derive
from imagelint.containers.described import Described, Value, described
from imagelint.containers.markdown import blocks
from imagelint.containers.model import Container
from imagelint.containers.options import ENGINES, Option, Run, Word, read
from imagelint.dockerfile.located import Located, Piece
from imagelint.dockerfile.model import Span
from imagelint.dockerfile.quotes import NONE, RAW, Argument
from imagelint.dockerfile.shell import walked
from imagelint.dockerfile.wrappers import program_name
from imagelint.lazy import Lazy

PODMAN_PIDS = 2048
"""Processes that podman allows by default (podman-run(1), --pids-limit)."""
_IMAGE = Lazy(r"[a-z0-9][\w.:@/-]*|\[[0-9a-f:]+\][\w.:@/-]*")
"""A name of an image; anything else is a placeholder: IMAGE, <image>, your image."""
_NAMESPACES = {"network": "network", "pid": "pid", "ipc": "ipc", "uts": "uts", "userns": "user", "cgroupns": "cgroup"}
_MAKES = Lazy(r"\b(?:docker|podman|nerdctl)\b")


def script(path: str, source: str) -> Described:
    """A shell script."""
    file = described(path, source, "script")
    if _MAKES.search(source):
        _take(file, [(number, 1, f"{line}\n") for number, line in enumerate(file.file.lines, 1)])
    return file


def page(path: str, source: str) -> Described:
    """A page of Markdown."""
    file = described(path, source, "page")
    if _MAKES.search(source):
        for block in blocks(file.file.lines):
            if any(_MAKES.search(text) for _, _, text in block):
                _take(file, block)
    return file


def _take(file: Described, lines: list[Piece]) -> None:
    """The containers of a script, or of one block of a page."""
    walk = walked(lines)
    for command, (where, arguments) in zip(walk.commands, walk.words or (), strict=True):
        engine = program_name(arguments[0].value)
        if engine not in ENGINES:
            continue
        run = read([_word(where, argument) for argument in arguments], engine)
        if run is None or not (run.image or run.options):
            continue
        stage = len(file.containers)
        file.containers.append(_container(run, file.values))
        file.item(command.span, stage)
        file.parts.append((command.span.line, command.span.end_line, f"`{engine} run`"))
    file.limited += ((file.path, cut) for cut in dict.fromkeys(walk.cuts))


def _word(where: Located, argument: Argument) -> Word:
    return Word(argument.value, where.span(argument.start, argument.end), argument.quote in (NONE, RAW))


def _container(run: Run, values: list[Value]) -> Container:
    container = Container("", "", "command", partial=run.unknown or run.image is None)
    container.spans[""] = run.head
    if run.image is not None and not run.doubtful:
        if _IMAGE.fullmatch(run.image.value):
            container.image, container.spans["image"] = run.image.value, run.image.span
        else:
            container.partial = container.partial or not settings.is_unknown(run.image.value)
    if run.engine == "podman":
        container.pids_limit = PODMAN_PIDS
    period = next((settings.count(o.value) for o in run.options if o.name == "cpu-period"), 0) or 100_000
    for option in run.options:
        _apply(container, option, values, period)
    derive(container)
    return container


def _apply(container: Container, option: Option, values: list[Value], period: int) -> None:
    name, value = option.name, option.value
    if single := _TEXTS.get(name):
        container.spans[single[0]] = option.span
        setattr(container, single[0], single[1](value))
    elif fact := _SWITCHES.get(name):
        container.spans[fact] = option.span
        setattr(container, fact, value == "true")
    elif listed := _LISTS.get(name):
        for word in value.split(",") if name.startswith("cap-") else [value]:
            getattr(container, listed[0]).append(listed[1](word))
        container.spans.setdefault(listed[0], option.span)
    elif taken := _TAKEN.get(name):
        told = taken[1](container, value)
        container.spans.setdefault(taken[0], option.span)
        if told:
            container.spans[f"{taken[0]} {told}"] = option.span
    elif name == "cpu-quota":
        quota = settings.count(value)
        container.cpu_milli = quota if quota <= 0 or period < 0 else max(1, quota * 1000 // period)
        container.spans["cpu_milli"] = option.span
    elif namespace := _NAMESPACES.get(name):
        if value == "host" or (name == "network" and value.startswith("host,")):
            container.host_namespaces.append(namespace)
            container.spans[f"host_{namespace}"] = option.span
    elif name in ("env", "label"):
        _value(container, option, values)


def _value(container: Container, option: Option, values: list[Value]) -> None:
    name, equals, text = option.value.partition("=")
    if option.name == "env":
        container.env_names.append(name)
    if equals:
        part = "the environment" if option.name == "env" else "a label"
        values.append(Value(name, text, _behind(option.value_span, len(text)), part))


def _behind(span: Span, length: int) -> Span:
    """The last characters of a word, as far as it has no quotes."""
    if span.line != span.end_line or length >= span.end_column - span.column:
        return span
    return Span(span.line, span.end_column - length, span.line, span.end_column)


def _kept(value: str) -> str:
    return "" if settings.is_unknown(value) else value


def _device(container: Container, value: str) -> str:
    container.devices.append(value)
    return value


_Text = Callable[[str], object]
_TEXTS: dict[str, tuple[str, _Text]] = {
    "name": ("name", _kept),
    "memory": ("memory", settings.memory),
    "memory-swap": ("memory_swap", settings.swap),
    "cpus": ("cpu_milli", settings.thousandths),
    "cpu-shares": ("cpu_shares", settings.count),
    "cpuset-cpus": ("cpuset", str),
    "pids-limit": ("pids_limit", settings.count),
    "health-cmd": ("healthcheck", lambda value: value != "none"),
}
"""Options with one value: the fact, and how its value is read."""
_SWITCHES = {
    "privileged": "privileged",
    "read-only": "read_only",
    "oom-kill-disable": "oom_kill_disabled",
}
_LISTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "cap-add": ("added_capabilities", str),
    "cap-drop": ("dropped_capabilities", str),
    "ulimit": ("ulimits", lambda value: value.partition("=")[0]),
}
_TAKEN: dict[str, tuple[str, Callable[[Container, str], str | None]]] = {
    "volume": ("mounts", settings.volume),
    "mount": ("mounts", settings.mount_option),
    "publish": ("ports", settings.port),
    "device": ("devices", _device),
    "security-opt": ("unconfined", settings.security),
    "restart": ("restart", settings.restart),
    "user": ("user", settings.user),
}
"""Options that say more than one thing, or the same thing several times."""
