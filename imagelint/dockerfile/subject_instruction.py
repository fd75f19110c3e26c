"""One instruction as a subject, and one NAME=value pair of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile import casing, package_lists, values
from imagelint.dockerfile.labels import LabelFacts, LabelOrderFacts
from imagelint.dockerfile.layers import LayerFacts
from imagelint.dockerfile.legacy_pairs import LegacyFacts
from imagelint.dockerfile.model import Instruction, Pair
from imagelint.dockerfile.order import ArgumentOrderFacts
from imagelint.dockerfile.runtime import RuntimeFacts
from imagelint.dockerfile.search_paths import SearchPathFacts
from imagelint.dockerfile.stage_graph import MountFacts
from imagelint.dockerfile.stages import LINUX_SHELL, WINDOWS_SHELL
from imagelint.dockerfile.steps import StepFacts
from imagelint.dockerfile.subject_command import CommandSubject, removed_paths
from imagelint.dockerfile.wrappers import program_name
from imagelint.lazy import Lazy
from imagelint.record import once
from imagelint.secrets.filters import why_no_password
from imagelint.secrets.kinds import CERTAIN
from imagelint.secrets.names import is_secret_name, words_of

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

BUILTINS = frozenset(
    ("cd", "exec", "export", "source", ".", "set", "eval", "ulimit", "umask", "test", "trap", "if", "while")
)
_PORT = Lazy(r"(\d+)(?:-(\d+))?(?:/(?:tcp|udp|sctp))?", re.I)


def shell_name(shell: tuple[str, ...]) -> str:
    """The program of a SHELL, without its path, in small letters."""
    return program_name(shell[0]).lower() if shell else "sh"


class InstructionSubject(RuntimeFacts, LayerFacts, StepFacts, MountFacts, LabelOrderFacts):
    """See the kind `instruction` of imagelint.engine.vocabulary for the facts.

    What only some facts need is imported by them: most runs over one Dockerfile never ask.
    """

    kind = "instruction"
    index_program = ""

    def __init__(self, stage: StageSubject, instruction: Instruction, keyword_raw: str) -> None:
        self.stage = stage
        self.dockerfile: DockerfileSubject = stage.dockerfile
        self.instruction = instruction
        self.keyword = self.index_instruction = instruction.keyword
        self.keyword_raw = keyword_raw
        self.text = instruction.text
        self.form = instruction.form
        self.onbuild = instruction.onbuild
        self.has_pipe = instruction.pipes
        self.is_heredoc = bool(instruction.heredocs)
        self.in_stage = instruction.stage >= 0
        self.occurrence = 0
        self.last_of_keyword = False
        self.user = ""
        self.workdir = ""
        self.previous = ""

    @property
    def keyword_cased(self) -> str:
        return casing.cased(self.keyword_raw, self.keyword, self.dockerfile.mostly_small)

    @property
    def words(self) -> list[str]:
        return [word.value for word in self.instruction.words]

    @property
    def raw_words(self) -> list[str]:
        return [word.raw for word in self.instruction.words]

    @property
    def flags(self) -> list[str]:
        return [f"--{flag.name}={flag.value}" for flag in self.instruction.flags]

    @property
    def flag_names(self) -> list[str]:
        return [flag.name for flag in self.instruction.flags]

    def flag(self, name: str) -> str:
        """The value of a flag; empty when it is missing."""
        return next((flag.value for flag in self.instruction.flags if flag.name == name), "")

    @property
    def network(self) -> str:
        return self.flag("network")

    @property
    def security(self) -> str:
        return self.flag("security")

    @property
    def dead_script(self) -> str:
        if self.dockerfile.context is None or self.keyword not in ("ENTRYPOINT", "CMD"):
            return ""
        from imagelint.dockerfile.entry_script import not_executable  # only with a build context

        return not_executable(self)

    @property
    def lost_script(self) -> str:
        if self.dockerfile.context is None or self.keyword not in ("ENTRYPOINT", "CMD"):
            return ""
        from imagelint.dockerfile.entry_script import left_out  # only with a build context

        return left_out(self)

    @once
    def mounts(self) -> list[str]:
        return [flag.value for flag in self.instruction.flags if flag.name == "mount"]

    @once
    def secret_mounts(self) -> list[str]:
        found = []
        for mount in self.mounts:
            keys = {key.strip(): value for key, _, value in (part.partition("=") for part in mount.split(","))}
            if keys.get("type") == "secret" and not ("env" in keys and "target" not in keys):
                where = keys.get("target") or keys.get("dst") or keys.get("destination")
                found.append(where or f"/run/secrets/{keys.get('id', '')}")
        return found

    @once
    def subjects(self) -> list[CommandSubject]:
        """Its commands; what `python -m pip` runs is a command of its own, as if pip had been called."""
        found = []
        for number, command in enumerate(self.instruction.commands):
            subject = CommandSubject(self, command, number)
            if subject.program.startswith("python") and subject.args[:2] == ["-m", "pip"]:
                subject.program = subject.index_program = "pip"
                subject.args = subject.args[2:]
            found.append(subject)
        return found

    @once
    def programs(self) -> list[str]:
        return list(dict.fromkeys(command.program for command in self.subjects))

    @once
    def runs(self) -> list[str]:
        return list(dict.fromkeys(f"{command.program} {command.subcommand}" for command in self.subjects))

    @property
    def commands(self) -> list[str]:
        return [command.text for command in self.subjects]

    @once
    def removes(self) -> list[str]:
        return [path for command in self.instruction.commands for path in removed_paths(command.words)]

    @once
    def removed(self) -> frozenset[str]:
        """The same as a set: what a command asks that wants to know whether its file stays."""
        return frozenset(self.removes)

    @once
    def writes(self) -> list[str]:
        return [path for command in self.subjects for path in command.writes]

    @once
    def last_verification(self) -> int:
        """The place of the last command that checks a checksum or a signature; -1 when none does."""
        return max((command.number for command in self.subjects if command.verifies), default=-1)

    @once
    def compares_sums(self) -> bool:
        """See verifiers.compares_sums."""
        from imagelint.dockerfile.verifiers import compares_sums

        return compares_sums(self)

    @once
    def exit_switches(self) -> list[tuple[int, bool]]:
        """See joins.exit_switches."""
        from imagelint.dockerfile.joins import exit_switches

        return exit_switches(self)

    @property
    def undefined(self) -> list[str]:
        from imagelint.dockerfile.undefined import undefined

        return undefined(self)

    @property
    def repeats_shell(self) -> bool:

        before = self.instruction.shell
        return self.keyword == "SHELL" and before not in (LINUX_SHELL, WINDOWS_SHELL) and list(before) == self.words

    @property
    def lacks_shell(self) -> bool:
        return self.form == "shell" and self.instruction.number < self.stage.shell_comes and self._lacks_shell

    @property
    def _lacks_shell(self) -> bool:
        from imagelint.dockerfile.shell_less import lacks_shell

        return lacks_shell(self)

    @property
    def left_running(self) -> str:
        if not self.text.endswith("&") or not self.subjects:
            return ""
        last = self.subjects[-1]
        return last.text if last.followed_by == ("&", "") else ""

    @property
    def runs_arguments(self) -> list[str]:
        if not self.stage.arguments:
            return []
        from imagelint.dockerfile.executed import executed

        found = (name for command in self.subjects if "$" in command.text for name in executed(command))
        return list(dict.fromkeys(found))

    @once
    def ignores_failure(self) -> str:
        if not self.is_heredoc:
            return ""
        from imagelint.dockerfile.joins import first_ignored

        return first_ignored(self)

    @once
    def pipefail(self) -> bool:
        if any("pipefail" in word for word in self.instruction.shell):
            return True
        if any(c.program in ("set", "shopt", "bash") and "pipefail" in c.text for c in self.subjects):
            return True
        return any("pipefail" in heredoc.body.partition("\n")[0] for heredoc in self.instruction.heredocs)

    @property
    def shell(self) -> str:
        return shell_name(self.instruction.shell)

    @once
    def expands_secrets(self) -> list[str]:
        text = "\n".join([self.text, *(heredoc.body for heredoc in self.instruction.heredocs)])
        if "$" not in text:
            return []
        known = self.stage.declared
        return [name for name in values.references(text) if name in known and is_secret_name(name)]

    @property
    def heredoc_text(self) -> str:
        return "".join(heredoc.body for heredoc in self.instruction.heredocs)

    @property
    def described(self) -> str:
        from imagelint.dockerfile import descriptions  # only a strict rule asks

        return descriptions.wrong(self.dockerfile.file, self.instruction)

    @property
    def keeps_apt_lists(self) -> bool:
        return package_lists.keeps_apt_lists(self)

    @property
    def only_updates(self) -> bool:
        return package_lists.only_updates(self)

    @once
    def joint(self) -> str:
        """What stands between its last command and one that a fix adds; empty where none may follow."""
        from imagelint.dockerfile.mends.joining import joint  # only for a finding with such a fix

        return joint(self, self.dockerfile.file)

    @once
    def first_pairs(self) -> dict[str, int]:
        """The place of the first pair of each name, from 0."""
        return {pair.name: place for place, pair in reversed(list(enumerate(self.instruction.pairs)))}

    @once
    def bad_ports(self) -> list[str]:
        if self.keyword != "EXPOSE":
            return []
        found = []
        for word in self.words:
            port = _PORT.fullmatch(word)
            if (
                "$" not in word
                and ":" not in word
                and not (port and max(int(port[1][:9]), int((port[2] or "0")[:9])) <= 65535)
            ):
                found.append(word)
        return found


class VariableSubject(LabelFacts, SearchPathFacts, LegacyFacts, ArgumentOrderFacts):
    """See the kind `variable` of imagelint.engine.vocabulary for the facts."""

    kind = "variable"
    index_program = ""

    def __init__(self, instruction: InstructionSubject, pair: Pair, place: int) -> None:
        """`place`: of the pair in its instruction, from 0."""
        self.instruction = instruction
        self.stage = instruction.stage
        self.dockerfile = instruction.dockerfile
        self.pair = pair
        self.index_instruction = instruction.keyword
        self.name = pair.name
        self.value = pair.value.value if pair.value else ""
        self.raw = pair.value.raw if pair.value else ""
        self.has_value = self.value.strip() != ""
        self.place = place

    @property
    def words(self) -> list[str]:
        return list(words_of(self.name))

    @property
    def is_secret_name(self) -> bool:
        return is_secret_name(self.name)

    @property
    def is_reference(self) -> bool:
        return values.is_reference(self.raw)

    @once
    def _harmless(self) -> str:
        if values.is_public(self.value):
            return "public"
        if values.is_stand_in(self.value):
            return "placeholder"
        return why_no_password(self.name, self.value, CERTAIN, True) if self.has_value else "no-value"

    @property
    def is_secret_value(self) -> bool:
        return self._harmless == "" and not self.is_reference

    @property
    def is_placeholder(self) -> bool:
        return self._harmless in ("placeholder", "repeated", "says-its-name", "no-value")

    @property
    def is_path(self) -> bool:
        return self._harmless == "path"

    @property
    def is_url(self) -> bool:
        return values.is_url(self.value)

    @property
    def is_legacy(self) -> bool:
        return (
            self.instruction.keyword in ("ENV", "LABEL") and re.match(r"[^\s=]+\s", self.instruction.text) is not None
        )

    @once
    def refers_to(self) -> list[str]:
        return values.references(self.raw) if not self.raw.startswith("'") else []

    @property
    def reads_siblings(self) -> list[str]:
        first = self.instruction.first_pairs
        return [name for name in self.refers_to if first.get(name, self.place) < self.place]

    @property
    def keeps_argument(self) -> bool:
        return self.instruction.keyword == "ENV" and not self.stage.given.isdisjoint(self.refers_to)
