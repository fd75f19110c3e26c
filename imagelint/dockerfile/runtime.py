"""Facts about how a container of the image runs: its ports and the signal that stops it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile import signals
from imagelint.dockerfile.inherited import inherited
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction, Stage
    from imagelint.dockerfile.subject_stage import StageSubject

_ADMIN = {
    "23": "telnet",
    "512": "rexec",
    "513": "rlogin",
    "2375": "the Docker API without TLS",
    "5985": "WinRM without TLS",
}
"""From IANA's registry of service names and port numbers."""
_DESKTOPS = {"3389": "remote desktop", "5900": "VNC"}
_DEBUGGERS = {"9229": "the inspector of Node.js"}
_JAVA_DEBUGGER = {"5005": "JDWP, the debugger of Java"}
"""Other programs serve on that port."""
_JAVA = Lazy(r"jdk|jre|java|temurin|corretto|maven|gradle|tomcat|zulu")
_PROTOCOL = Lazy(r"(?<=\d)/(?:tcp|udp|sctp)(?![A-Za-z])", re.I)
_PLAIN_SYSTEMS = frozenset("debian ubuntu alpine centos fedora rockylinux almalinux amazonlinux oraclelinux".split())
"""Images that set no STOPSIGNAL."""


def _services(instruction: Instruction, table: dict[str, str]) -> list[str]:
    if instruction.keyword != "EXPOSE":
        return []
    ports = (word.value.lower().removesuffix("/tcp") for word in instruction.words)
    return [f"{port} ({table[port]})" for port in ports if port in table]


class RuntimeFacts:
    """The facts of EXPOSE and STOPSIGNAL; empty for other instructions."""

    keyword: str
    text: str
    instruction: Instruction
    stage: StageSubject

    @property
    def admin_ports(self) -> list[str]:
        return _services(self.instruction, _ADMIN)

    @property
    def debug_ports(self) -> list[str]:
        found = _services(self.instruction, _DEBUGGERS)
        if _JAVA.search(self.stage.base_of_all) or self.stage.main_program == "java":
            found += _services(self.instruction, _JAVA_DEBUGGER)
        return found

    @property
    def desktop_ports(self) -> list[str]:
        return _services(self.instruction, _DESKTOPS)

    @property
    def lower_ports(self) -> str:
        if self.keyword != "EXPOSE":
            return ""
        lower = _PROTOCOL.sub(lambda match: match[0].lower(), self.text)
        return lower if lower != self.text else ""

    @property
    def signal(self) -> str:
        return signals.canonical(self._signal_word)

    @property
    def is_wrong_signal(self) -> bool:
        return self._signal_word != "" and signals.is_wrong(self._signal_word)

    @property
    def _signal_word(self) -> str:
        words = self.instruction.words
        return words[0].value if self.keyword == "STOPSIGNAL" and words else ""


class StageRuntimeFacts:
    """The facts of a stage about the signal that stops its containers."""

    data: Stage
    parent: StageSubject | None

    @inherited
    def stop_signal(self) -> str:
        """The STOPSIGNAL in force, as SIGTERM; `?` when it is not known, empty when the file sets none."""
        own = _last(self.data, "STOPSIGNAL")
        if own and own.words:
            return signals.canonical(own.words[0].value) or "?"
        return self.parent.stop_signal if self.parent else ""

    @inherited
    def main_program(self) -> str:
        """The program of ENTRYPOINT, or else of CMD, as written."""
        for keyword in ("ENTRYPOINT", "CMD"):
            own = _last(self.data, keyword)
            if own and own.commands and own.commands[0].words:
                return own.commands[0].words[0]
        return self.parent.main_program if self.parent else ""

    @property
    def graceful_signal(self) -> str:
        found = signals.graceful(self.main_program) if self.main_program else ""
        if found == signals.SYSTEMD and "alpine" in self.base_of_all:
            return ""  # its init is no systemd
        return found

    @inherited
    def base_of_all(self) -> str:
        """The image below, through all parents, without registry, tag and digest."""
        if self.parent:
            return self.parent.base_of_all
        return self.data.base.value.partition("@")[0].rpartition("/")[2].partition(":")[0]

    @property
    def inherits_no_signal(self) -> bool:
        return self.base_of_all in _PLAIN_SYSTEMS


def _last(stage: Stage, keyword: str) -> Instruction | None:
    own = (i for i in reversed(stage.instructions) if i.keyword == keyword and not i.onbuild)
    return next(own, None)
