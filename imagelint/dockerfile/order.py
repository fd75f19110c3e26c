"""Steps that are run again for a change that has nothing to do with them, because of the order they stand in.

A step's cache holds as long as everything ahead of it is the same. A build argument is part of what every RUN behind it
is known by, whether that reads it or not (https://docs.docker.com/reference/dockerfile/#impact-on-build-caching).
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from imagelint.dockerfile.layers import installs
from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.values import is_stand_in, references
from imagelint.lazy import Lazy
from imagelint.record import once, record

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction, Pair, Stage
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

_MANAGERS = {
    **dict.fromkeys(("apt-get", "apt", "aptitude", "dnf", "yum", "microdnf", "tdnf"), ("install", "groupinstall")),
    "apk": ("add",),
    "zypper": ("install", "in"),
}
"""What installs packages of the distribution, and by which subcommands."""
_LANGUAGES = {"pip": "install", "pip3": "install", "npm": "install", "gem": "install", "cargo": "install"}
_ASIDE = frozenset(
    """
    env sudo rm mkdir chmod chown ln set echo printf true : sleep update-ca-certificates ldconfig locale-gen
    update-locale
    groupadd useradd usermod addgroup adduser curl wget tar unzip gpg gpg2 apt-key apt-mark dpkg-reconfigure
    apt-get apt aptitude dnf yum microdnf tdnf apk zypper rpm dpkg fc-cache go pip pip3 npm yarn pnpm gem
    """.split()
)
"""Programs that read no variables of a project's own, unless their words do; what runs a project's scripts is judged
before."""
_CHEAP = frozenset(
    """
    env sudo rm mkdir chmod chown ln set echo printf true : cat cp mv touch ls test [ cd export groupadd useradd usermod
    addgroup adduser install id which sed
    """.split()
)
"""Programs that take no time."""
PASSIVE = frozenset("ENV ARG LABEL EXPOSE STOPSIGNAL CMD ENTRYPOINT HEALTHCHECK".split())
"""Instructions that read no file, and write none."""
_FOLLOWS = frozenset("ENV ARG LABEL".split())
"""Instructions that may go along with an argument that they read."""

_WHOSE = (
    "(?:(?:GIT|VCS|CI|SOURCE|SRC|BUILD|APP|IMAGE|HEAD|CURRENT|LAST|LATEST|SHORT|DOCKER|PROJECT|REPO|GITHUB|GITLAB)_?)*"
)
"""Of a name: that it is about what is built, and not about something that the build fetches."""
_COMMIT = Lazy(
    rf"{_WHOSE}(?:COMMIT|REVISION|VCS_REF|GIT_?REF|GIT_?(?:SHA1?|HASH|REV|DESCRIBE)|SHA|HASH)"
    r"(?:_?(?:SHA1?|HASH|ID|REF|SHORT|DATE|TIME|TIMESTAMP|MESSAGE))?"
)
_BUILD = Lazy(
    rf"{_WHOSE}(?:(?:BUILD|CI|PIPELINE|JENKINS|RUN|IMAGE)_?(?:DATE|TIME|TIMESTAMP|NUMBER|NUM|NO|ID|STAMP)"
    r"|BUILT_(?:AT|ON)|TIMESTAMP|CREATED|CREATED_AT|CREATION_DATE)"
)
_VERSION = Lazy(
    r"(?:(?:APP|APPLICATION|BUILD|RELEASE|IMAGE|PROJECT|PRODUCT|SERVICE|SEMANTIC|FULL)_)?VERSION|(?:GIT|IMAGE|RELEASE)_TAG"
)
_STAND_IN = Lazy(r"|v?0\.0\.0.*|dev.*|.*-?snapshot|unknown|unset|undefined|latest|local.*|none|n/a|n\.a\.|0|-", re.I)
"""Values of those who build without giving one."""
_MANY = 64
"""Arguments of one stage that are followed, and COPYs."""
_CUT = f"over {_MANY} arguments of a stage change with each build: the others are not held against its steps"
_CUT_COPIES = f"over {_MANY} COPYs in a stage: packages that are installed behind the others are not told"
MOST = 256
"""Instructions that are looked at behind one, and commands of theirs; a stage with more between is made to hurt."""


def changing(name: str, default: str) -> bool:
    """Whether an ARG of this name is one that has another value at nearly every build: a commit, a date, a build's
    number, or the version of what is built."""
    if not _STAND_IN.fullmatch(default) and not is_stand_in(default):
        return False  # somebody chose it, and a build takes just that
    name = name.upper()
    return any(pattern.fullmatch(name) is not None for pattern in (_COMMIT, _BUILD, _VERSION))


def installs_packages(command: CommandSubject) -> bool:
    """It fetches packages of the distribution by their names: nothing of the context is read."""
    if command.subcommand not in _MANAGERS.get(command.program, ()) or not command.operands:
        return False
    return not any(set("/`<") & set(operand) or "$(" in operand for operand in command.operands)


def _takes_away(run: InstructionSubject) -> bool:
    """Packages of the distribution are removed again by the same step, which is why they are installed in it."""
    return any(
        command.program in _MANAGERS and command.subcommand in ("del", "purge", "remove", "autoremove", "erase", "rm")
        for command in run.subjects
    )


def _is_costly(command: CommandSubject) -> bool:
    """It fetches packages, from the distribution or a language's registry."""
    if installs_packages(command) or installs([command.program, *command.args]):
        return True
    return _LANGUAGES.get(command.program) == command.subcommand != "" and bool(command.operands)


def names(instruction: Instruction) -> set[str]:
    """The variables that its text names; of a RUN, in any way a shell has of doing so."""
    texts = [instruction.text, *(heredoc.body for heredoc in instruction.heredocs)]
    found = {name for text in texts if "$" in text for name in references(text)}
    if instruction.keyword == "RUN":
        found |= {word for text in texts for word in _WORD.findall(text)}
    return found


_WORD = Lazy(r"[A-Za-z_]\w*")


def following(stage: StageSubject, number: int) -> list[Instruction]:
    """What stands behind an instruction of a stage, as far as it is looked at."""
    data = stage.data.instructions
    start = number - data[0].number + 1
    return data[start : start + MOST]


@record
class RunOrder:
    """What a RUN is, where arguments are held against it."""

    costly: CommandSubject | None
    """The first command that fetches packages, and keeps no cache of them."""
    slow: CommandSubject | None
    """The first one that is not known to take no time."""
    aside: bool
    """All is done by programs that read no variables of the project."""
    scripts: bool
    """Scripts of the project, or of packages, may be run."""

    @classmethod
    def of(cls, run: InstructionSubject) -> RunOrder:
        """Of a RUN."""
        commands = run.subjects if not any("type=cache" in mount for mount in run.mounts) else []
        return cls(
            next((command for command in commands if _is_costly(command)), None),
            next((command for command in commands if command.program not in _CHEAP), None),
            bool(run.subjects) and all(command.program in _ASIDE for command in run.subjects),
            any(map(_runs_scripts, run.subjects)),
        )


class StageOrderFacts:
    """What a stage knows of the order of its steps."""

    steps: list[InstructionSubject]
    data: Stage
    dockerfile: DockerfileSubject

    @once
    def run_steps(self) -> dict[int, InstructionSubject]:
        """Its RUNs, by their numbers."""
        return {step.instruction.number: step for step in self.steps if step.keyword == "RUN"}

    @once
    def run_orders(self) -> dict[int, RunOrder]:
        """The same, as far as arguments are held against them."""
        return {number: RunOrder.of(run) for number, run in self.run_steps.items()}

    @once
    def named(self) -> dict[int, set[str]]:
        """The variables that each instruction names, by its number."""
        return {instruction.number: names(instruction) for instruction in self.data.instructions}

    @once
    def copies_of_all(self) -> set[int]:
        """The numbers of its COPYs and ADDs that packages are looked for behind."""
        every = [i for i in self.data.instructions if i.keyword in ("COPY", "ADD") and not i.onbuild]
        if len(every) > _MANY:
            self.dockerfile.file.cuts.setdefault(_CUT_COPIES, every[_MANY].span.line)
        return {instruction.number for instruction in every[:_MANY]}


class CopyOrderFacts:
    """The facts of a COPY of the whole context about packages that are installed behind it."""

    instruction: InstructionSubject
    stage: StageSubject
    destination: str

    if TYPE_CHECKING:

        @property
        def copies_context(self) -> bool:
            """See CopySubject."""

        @property
        def target(self) -> str:
            """See CopyFlowFacts."""

    @once
    def _packages(self) -> CommandSubject | None:
        """The first command behind it that installs packages, where nothing on the way to it can have to do with what
        is copied."""
        if not self.copies_context or self.target == "/" or self.target.startswith("/etc"):
            return None
        if self.instruction.instruction.number not in self.stage.copies_of_all:
            return None
        left = MOST
        for other in following(self.stage, self.instruction.instruction.number):
            run = self.stage.run_steps.get(other.number)
            if run is None:
                if other.keyword not in ("RUN", "ADD", "SHELL"):
                    continue
                return None
            if any(mount for mount in run.mounts if "type=cache" in mount or "type=bind" in mount):
                return None
            for command in islice(run.subjects, left):
                left -= 1
                if installs_packages(command):
                    return None if _takes_away(run) else command
                if command.program not in _ASIDE or self._reads_copied(command, run):
                    return None
        return None

    def _reads_copied(self, command: CommandSubject, run: InstructionSubject) -> bool:
        """It names a path that may be one of those that are copied."""
        if command.program in ("sudo", "env") or (command.program in _MANAGERS and not command.operands):
            return False
        words = [word for word in command.args if not word.startswith("-") and re.match(r"[a-z]+://", word) is None]
        paths = (absolute(word, run.workdir) for word in (*words, *command.command.reads))
        return any(path == self.target or path.startswith(self.target.rstrip("/") + "/") for path in paths)

    @property
    def packages_line(self) -> int:
        return self._packages.command.span.line if self._packages else 0

    @property
    def packages_text(self) -> str:
        return self._packages.text if self._packages else ""


class Early:
    """What stands between an argument and the first step that needs it."""

    def __init__(
        self, name: str, group: list[Instruction], costly: CommandSubject | None, goes_behind: Instruction | None
    ) -> None:
        self.names = [name]
        """Its name, and those of arguments behind it that make the same step run again."""
        self.group = group
        """The ARG, and the LABEL, ENV and ARG that read it: what has to move with it."""
        self.costly = costly
        """The first command that takes its time and is run again for each new value, which it does not name: one that
        fetches packages, or any where nothing but labels tell the value. None where there is none."""
        self.goes_behind = goes_behind
        """The last such RUN, up to which nothing else reads it; None where some RUN may, unseen."""


def early(stage: StageSubject, argument: Instruction, name: str) -> Early:
    """Look from an ARG to the first instruction that reads it, and is not one that may move with it."""
    steps = following(stage, argument.number)
    only_told = all(other.keyword == "LABEL" for other in steps if name in stage.named[other.number])
    known, group = {name}, [argument]
    costly: CommandSubject | None = None
    last: Instruction | None = None
    sure = True
    for other in steps:
        run = stage.run_steps.get(other.number)
        if other.onbuild:
            break
        set_here = {pair.name for pair in other.pairs} if other.keyword in ("ENV", "ARG") else set()
        if known.isdisjoint(stage.named[other.number]) and known.isdisjoint(set_here):
            if run is None:
                continue
            order = stage.run_orders[other.number]
            found = order.costly or (order.slow if only_told else None)
            if found is None and not order.aside and not only_told:
                break  # it may well read it
            costly = costly or found
            sure = sure and order.aside and not order.scripts
            last = other if found is not None and sure else last
        elif other.keyword in _FOLLOWS and known.isdisjoint(set_here):
            group.append(other)
            known |= set_here
        elif other.keyword not in ("CMD", "ENTRYPOINT", "HEALTHCHECK"):
            break
    return Early(name, group, costly, last)


def _runs_scripts(command: CommandSubject) -> bool:
    """It may run scripts of the project, or of what it fetches."""
    if command.program in ("npm", "yarn", "pnpm"):
        return "--ignore-scripts" not in command.args
    return command.program == "go" and command.all_operands[:2] != ["mod", "download"]


def early_arguments(stage: StageSubject) -> dict[int, Early]:
    """By the identity of its pair: each ARG of a stage that is the first to make some step run again in vain."""
    file = stage.dockerfile.file
    found: dict[int, Early] = {}
    first: dict[tuple[int, int], Early] = {}
    pairs = [(i, p) for i in stage.data.instructions if i.keyword == "ARG" and not i.onbuild for p in i.pairs]
    pairs = [(i, p) for i, p in pairs if changing(p.name, p.value.value if p.value else file.arguments.get(p.name, ""))]
    if len(pairs) > _MANY:
        file.cuts.setdefault(_CUT, pairs[_MANY][0].span.line)
    for instruction, pair in pairs[:_MANY]:
        # One that nobody reads is there to make steps run again.
        if any(pair.name in stage.named[other.number] for other in following(stage, instruction.number)):
            made = early(stage, instruction, pair.name)
            if made.costly is not None and made.costly.place not in first:
                found[id(pair)] = first[made.costly.place] = made
            elif made.costly is not None:
                first[made.costly.place].names.append(pair.name)
    return found


class ArgumentOrderFacts:
    """The facts of an ARG about steps that run again for each of its values."""

    pair: Pair
    name: str
    instruction: InstructionSubject
    stage: StageSubject

    @property
    def early(self) -> Early | None:
        """What is known of it, if it is the first one that makes a certain step run again."""
        is_argument = self.instruction.keyword == "ARG" and self.instruction.in_stage
        return self.stage.early_arguments.get(id(self.pair)) if is_argument else None

    @property
    def early_line(self) -> int:
        return self.early.costly.command.span.line if self.early and self.early.costly else 0

    @property
    def early_text(self) -> str:
        return self.early.costly.text if self.early and self.early.costly else ""

    @property
    def early_names(self) -> list[str]:
        return self.early.names if self.early else []
