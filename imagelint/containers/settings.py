"""What single settings mean, in the words that compose files and `docker run` have in common.

A text with a `$` in it is not known: a variable says it.
"""

from __future__ import annotations

import re

from imagelint.containers.model import Container
from imagelint.lazy import Lazy

_SIZE = Lazy(r"(\d{1,15}(?:\.\d{1,6})?) ?([bkmgtp]?)i?b?", re.IGNORECASE)
_FACTOR = {letter: 1 << 10 * power for power, letter in enumerate("bkmgtp")} | {"": 1}
_NUMBER = Lazy(r"\d{1,9}(?:\.\d{1,9})?")
_DRIVE = Lazy(r"[A-Za-z]:[\\/]")
_PATH = Lazy(r"[/.~$%]|[A-Za-z]:[\\/]|\\\\")
"""How the path of a folder begins; what begins otherwise is the name of a volume."""
_MODES = frozenset(
    "ro rw z Z U O shared rshared slave rslave private rprivate nocopy consistent cached delegated exec noexec dev "
    "nodev suid nosuid idmap bind rbind".split()
)
TRUE = frozenset(("true", "yes", "on", "y", "1"))


def is_unknown(text: str) -> bool:
    """A variable whose value nobody knows, or a placeholder in a text for people."""
    return "$" in text or "`" in text or "<" in text or "%" in text


def size(text: str) -> int | None:
    """Bytes of 512m, 1.5 GiB, 1073741824; None for what is none (docker/go-units, RAMInBytes)."""
    found = _SIZE.fullmatch(text.strip())
    return int(float(found[1]) * _FACTOR[found[2].lower()]) if found else None


def memory(text: str) -> int:
    """Bytes; 0 without a limit, -1 where nobody knows."""
    found = size(text)
    return -1 if found is None else found


def swap(text: str) -> int:
    """Bytes; 0 where nothing is said, -1 without a limit, -2 where nobody knows."""
    if text.strip() == "-1":
        return -1
    found = size(text)
    return -2 if found is None else found


def thousandths(text: str, of: float = 1000) -> int:
    """1.5 -> 1500; 0 without a limit, -1 where nobody knows."""
    text = text.strip()
    return int(float(text) * of + 0.5) if _NUMBER.fullmatch(text) else 0 if text == "-1" else -1


def count(text: str) -> int:
    """A number; 0 for -1, which means no limit, and -1 where nobody knows."""
    text = text.strip()
    return int(text) if text.isdigit() and len(text) < 10 else 0 if text == "-1" else -1


def security(container: Container, text: str) -> str:
    """An option of security_opt: NAME, NAME=VALUE or NAME:VALUE. Returns the confinement that it switches off, if
    any."""
    name, _, value = text.strip().replace(":", "=", 1).partition("=")
    value = value.strip().lower()
    if name == "no-new-privileges":
        container.no_new_privileges = value in ("", *TRUE) or is_unknown(value)
    elif value == "unconfined" or (name == "label" and value == "disable"):
        container.unconfined.append(name)
        return name
    return ""


def restart(container: Container, text: str) -> None:
    """A restart policy: no, always, unless-stopped, on-failure[:TIMES]."""
    container.restart, _, most = text.strip().partition(":")
    container.restart_most = count(most) if most else 0


def user(container: Container, text: str) -> None:
    """USER[:GROUP]; empty where nobody knows it."""
    name = text.partition(":")[0].strip()
    container.user = "" if is_unknown(name) else name


def volume(container: Container, text: str) -> str:
    """SOURCE:PLACE[:MODE,...]; what of the host is mounted, or empty for a volume of the engine."""
    parts = _parts(text)
    if len(parts) < 2:
        return ""
    modes = parts.pop().split(",") if len(parts) > 2 and _MODES.issuperset(parts[-1].split(",")) else []
    return mount(container, ":".join(parts[:-1]), parts[-1], "ro" in modes, *modes)


def mount(container: Container, source: str, place: str, read_only: bool, *modes: str) -> str:
    """A mount; its text, or empty for a volume of the engine."""
    if not _PATH.match(source):
        return ""
    told = f"{source}:{place}{':ro' if read_only else ''}"
    container.mounts.append(told)
    if "shared" in modes or "rshared" in modes:
        container.shared_mounts.append(told)
    return told


def mount_option(container: Container, text: str) -> str:
    """The value of --mount: type=bind,source=PATH,target=PLACE,readonly."""
    said = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        said[name] = value if equals else "true"
    if said.get("type", "volume") not in ("bind", "npipe"):
        return ""
    source = said.get("source", said.get("src", ""))
    place = said.get("target", said.get("destination", said.get("dst", "")))
    read_only = said.get("readonly", said.get("ro", "false")) in TRUE or said.get("rw", "true") not in TRUE
    return mount(container, source, place, read_only, said.get("bind-propagation", ""))


def port(container: Container, text: str) -> str:
    """[[ADDRESS:]PORT:]PORT[/PROTOCOL] as [ADDRESS:]PORT:PORT/PROTOCOL."""
    rest, _, protocol = text.strip().partition("/")
    address, _, ports = rest.rpartition("]:") if rest.startswith("[") else ("", "", rest)
    pieces = ports.rsplit(":", 2)
    if address:
        address += "]"
    elif len(pieces) == 3:
        address = pieces.pop(0)
    inside, host = pieces.pop(), pieces.pop() if pieces else ""
    return published(container, address, host, inside, protocol)


def published(container: Container, address: str, host: str, inside: str, protocol: str) -> str:
    """A published port, in one form."""
    if ":" in address and not address.startswith("["):
        address = f"[{address}]"
    told = f"{address}:{host}:{inside}" if address else f"{host}:{inside}" if host else inside
    told += f"/{protocol or 'tcp'}"
    container.ports.append(told)
    return told


def _parts(text: str) -> list[str]:
    """Between the colons that are none of a drive's, nor of a variable's: C:\\data:/data, ${DATA:-/srv}:/data."""
    parts, begin, at, depth = [], 0, 0, 0
    while at < len(text):
        letter = text[at]
        if letter == "{":
            depth += 1
        elif letter == "}":
            depth -= 1
        elif letter == ":" and depth <= 0 and not (at - begin == 1 and _DRIVE.match(text, begin)):
            parts.append(text[begin:at])
            begin = at + 1
        at += 1
    return [*parts, text[begin:]]
