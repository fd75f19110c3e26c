"""Downloads that a stage runs, unpacks or installs while nothing has checked what they are.

The data is followed: from the command that downloads a file, through mv, cp, ln and decompression, across the commands
of a RUN and the RUNs of a stage, to the first command that uses it, unless a checksum or signature check stands
between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from posixpath import basename, join
from typing import TYPE_CHECKING

from imagelint.dockerfile.removals import absolute
from imagelint.dockerfile.verifiers import verifies
from imagelint.dockerfile.wrappers import SHELLS
from imagelint.lazy import Lazy

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject

LIVE = 64
"""Files that are followed at a time: the oldest is let go of. A stage that a person wrote has a dozen."""
_CUT = f"over {LIVE} downloads of a stage are followed at a time: the oldest may be run or unpacked unseen"
_LONGEST = 1000
"""Characters of a word in which variables are filled in, and of their values."""
_CHAIN = 8
"""How far a pipe is followed."""
_CUT_CHAIN = f"a pipe behind a download is followed over {_CHAIN} commands"

_NAME = Lazy(r"\$\{(\w+)\}|\$(\w+)")
_EXECUTABLE = Lazy(r"[ugoa]*[+=][rwXst]*x.*|[0-7]*[1357][0-7]*")
_VARIABLE = Lazy(r"(?:\$\w+|\$\{\w+\})$|[$`]\(?[^{\w]")
_OWN_FILE = Lazy(r"\./[\w.-]+|[\w.${}*-]+\.(?:tar(?:\.\w+)?|tgz|t[bx]z2?|zip|deb|rpm|sh|run|whl)")
"""A file of the working directory that one runs, unpacks or installs."""
_WORDS = Lazy(r"[\s\"'()/*=]+")
_GLOB = Lazy(r"[*?\[]")
_EXTRACTS = Lazy(r"-?[A-Za-z]*x[A-Za-z]*")
_SCRIPTS = SHELLS | {"python", "python2", "python3", "perl", "ruby", "node", "php", "Rscript", "source", ".", "java"}
_X = ("x", "-x", "e", "xf", "-xf", "--extract")
_INSTALL = ("install", "localinstall", "in", "i", "INSTALL")
_MANAGERS = ("apt-get", "apt", "dnf", "yum", "microdnf", "zypper", "pip", "pip3", "npm", "gem", "R")
_UNPACKS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("unzip", "cpio", "unsquashfs", "cabextract", "unar", "funzip", "gdebi", "alien", "rpm2cpio"), ()),
    **dict.fromkeys(("bsdtar", "7z", "7za", "7zr", "jar", "ar"), _X),
    **dict.fromkeys(_MANAGERS, _INSTALL),
    "apk": ("--allow-untrusted",),
    "dpkg": ("-i", "--install", "-x"),
    "dpkg-deb": ("-x",),
    "rpm": ("-i", "-U", "-F", "--install", "--upgrade"),
}
"""Programs that unpack or install, and the words of which one says so; without words they always do."""
_EXPANDS = {"gunzip": ".gz", "gzip": ".gz", "bunzip2": ".bz2", "bzip2": ".bz2"}
_EXPANDS |= {"unxz": ".xz", "xz": ".xz", "zstd": ".zst", "unzstd": ".zst"}
_PRINTS = frozenset(("cat", "zcat", "xzcat", "bzcat", *_EXPANDS))
_READ_ON = _SCRIPTS | {"tar", "bsdtar", "cpio"}
"""Programs that run or unpack what these print."""
_COPIES = frozenset(("mv", "cp", "ln", "install"))


class _Files:
    """Which path came from which downloads. Of a path that stands in no known folder the name alone counts."""

    def __init__(self, values: dict[str, str], cuts: dict[str, int]) -> None:
        """`values`: of the variables that the stage sets; `cuts`: of the file, to be added to."""
        self._values, self._cuts = values, cuts
        self._origins: dict[str, tuple[CommandSubject, ...]] = {}
        self._named: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self._origins)

    def add(self, path: str, origins: tuple[CommandSubject, ...]) -> None:
        self.forget(path)
        if len(self._origins) >= LIVE:
            self._cuts.setdefault(_CUT, origins[0].command.span.line if origins else 0)
            self.forget(next(iter(self._origins)))
        self._origins[path] = origins
        self._named.setdefault(basename(path), []).append(path)

    def forget(self, path: str) -> None:
        if self._origins.pop(path, None):
            self._named[basename(path)].remove(path)

    def find(self, word: str, folder: str) -> list[str]:
        """The paths that a word of a command means."""
        if " " in word or not word:
            return []
        path = self.path(word, folder)
        if path in self._origins:
            return [path]
        if _GLOB.search(word):
            whole = basename(path) == "*"
            return [known for known in self._origins if fnmatchcase(known, path) or (not whole and _alike(known, path))]
        found = self._named.get(basename(path), [])
        return [known for known in found if not path.startswith("/") or not word.startswith(("/", "$"))]

    def path(self, word: str, folder: str) -> str:
        """The path that a word of a command means in this folder, the variables of the stage filled in."""
        return absolute(self.filled_in(word), folder)

    def filled_in(self, text: str) -> str:
        if "$" not in text:
            return text
        names = _NAME.finditer(text, 0, _LONGEST)
        found = [(match.start(), match.end(), match[1] or match[2]) for match in names]
        for start, end, name in reversed(found):
            text = f"{text[:start]}{self._values.get(name, '$' + name)}{text[end:]}"
        return text

    def of(self, paths: Iterable[str]) -> tuple[CommandSubject, ...]:
        return tuple(dict.fromkeys(origin for path in paths for origin in self._origins.get(path, ())))

    def check(self, texts: list[str]) -> None:
        """Those that a check names need no further one; where it names none, a list of checksums names all."""
        words = {word for text in texts for word in _WORDS.split(self.filled_in(text))}
        named = [
            path
            for path in self._origins
            if (name := basename(path)) in words or (len(name) > 4 and any(name in word for word in words))
        ]
        origins = self.of(named or self._origins)
        for path in [path for path, found in self._origins.items() if not set(found).isdisjoint(origins)]:
            self.forget(path)


def _alike(path: str, pattern: str) -> bool:
    return fnmatchcase(basename(path), basename(pattern))


def unchecked(stage: StageSubject) -> dict[tuple[int, int], CommandSubject]:
    """For the place of each download that is used unchecked: the first command that does so."""
    if not any("curl" in run.programs or "wget" in run.programs for run in stage.steps):
        return {}
    flow = _Flow(_values(stage), stage.dockerfile.file.cuts)
    for run in stage.steps:
        flow.run(run)
    return flow.used


def _values(stage: StageSubject) -> dict[str, str]:
    """What the stage says its variables and build arguments are, as far as each is known and of a sensible length."""
    found = dict(stage.data.environment)
    for data in stage.data.instructions:
        for pair in data.pairs if data.keyword in ("ARG", "ENV") and not data.onbuild else ():
            default = stage.dockerfile.file.arguments.get(pair.name, "")
            found[pair.name] = pair.value.value if pair.value else default
    return {name: value for name, value in found.items() if value and len(value) < _LONGEST and "$" not in value}


class _Flow:
    def __init__(self, values: dict[str, str], cuts: dict[str, int]) -> None:
        self.files = _Files(values, cuts)
        self.used: dict[tuple[int, int], CommandSubject] = {}
        self.folder = ""
        self.nameless: CommandSubject | None = None
        """The last download whose file's name only the shell knows: curl -O "$URL"."""
        self.number = 0

    def run(self, run: InstructionSubject) -> None:
        self.folder = run.workdir
        if run.instruction.number != self.number + 1:
            self.nameless = None  # COPY may have brought the file
        self.number = run.instruction.number
        for command in run.subjects:
            if command.program == "cd" and command.args:
                self.folder = self.files.path(command.args[0], self.folder)
            elif command.program in ("curl", "wget"):
                self.downloaded(command)
            elif self.files or self.nameless:
                self.step(command)

    def downloaded(self, command: CommandSubject) -> None:
        names = [self.files.filled_in(name) for name in command.downloads]
        names = [
            name.partition("?")[0].rpartition("/")[2] if "://" in name and " " not in name else name for name in names
        ]
        writes = names or list(command.command.writes)
        if not names and command.pipes_to and any(map(_is_address, command.all_operands)):
            for reader in _readers(command):
                if _unpacks(reader):
                    self.used.setdefault(command.place, reader)
                    return
                if verifies(reader):
                    return
                writes += reader.writes
        for path in writes:
            if _VARIABLE.match(path):
                self.nameless = command
            if not path.startswith(("/dev/", "&")):
                self.files.add(self.files.path(path, self.folder), (command,))

    def step(self, command: CommandSubject) -> None:
        if verifies(command):
            if not command.failure_ignored:
                self.files.check([command.text, *_told(command)])
                self.nameless = None
            return
        program = command.program
        if program in ("rm", "unlink", "shred"):
            for path in self.found(command.all_operands):
                self.files.forget(path)
        elif program in _COPIES and self.copied(command):
            return
        elif program in _EXPANDS and not command.feeds:
            for path in self.found(command.all_operands):
                self.files.add(path.removesuffix(_EXPANDS[program]), self.files.of([path]))
        elif words := _used_words(command):
            found = self.found(words)
            self.use(command, found)
            if self.nameless and not found and any(map(_OWN_FILE.fullmatch, words)):
                self.used.setdefault(self.nameless.place, command)

    def found(self, words: Iterable[str]) -> list[str]:
        return [path for word in words for path in self.files.find(word, self.folder)]

    def use(self, command: CommandSubject, paths: list[str]) -> None:
        for origin in self.files.of(paths):
            self.used.setdefault(origin.place, command)

    def copied(self, command: CommandSubject) -> bool:
        """mv, cp, ln and install take a file to another place; whether nothing more is to be asked."""
        words = command.all_operands
        if command.program == "install" and (
            not {"-m", "--mode"} & set(command.flags) or any(map(_is_executable, command.values("-m", "--mode")))
        ):
            self.use(command, self.found(words[:-1]))
            return True
        if len(words) < 2:
            return True
        target = self.files.path(words[-1], self.folder)
        for word in words[:-1]:
            for path in self.files.find(word, self.folder):
                origins = self.files.of([path])
                self.files.add(target, origins)
                self.files.add(join(target, basename(path)), origins)
        return True


def _is_executable(mode: str) -> bool:
    return _EXECUTABLE.fullmatch(mode) is not None


def _is_address(word: str) -> bool:
    return re.match(r"[a-zA-Z]+://|\$", word) is not None


def _readers(command: CommandSubject) -> Iterator[CommandSubject]:
    """The commands that read its output, pipe by pipe."""
    reader = command.pipes_to
    following = command.instruction.subjects[command.number + 1 : command.number + 1 + _CHAIN]
    for other in following:
        if other.program == reader:
            yield other
            reader = other.pipes_to if other.program != "cd" else "tar"
        if not reader:
            return
    if len(following) == _CHAIN:
        command.instruction.dockerfile.file.cuts.setdefault(_CUT_CHAIN, command.command.span.line)


def _told(command: CommandSubject) -> list[str]:
    """The texts of the commands that write into a check: echo "SUM  FILE" | sha256sum -c."""
    start = max(0, command.number - _CHAIN)
    return [c.text for c in command.instruction.subjects[start : command.number] if command.program in c.feeds]


def _unpacks(command: CommandSubject) -> bool:
    program = command.program
    if program == "tar":
        first = command.args[:1]
        if {"-x", "--extract", "--get"} & set(command.flags):
            return True
        return bool(first) and not first[0].startswith("--") and _EXTRACTS.fullmatch(first[0]) is not None
    words = _UNPACKS.get(program)
    return words is not None and (not words or any(word in command.flags or word in command.args for word in words))


def _used_words(command: CommandSubject) -> list[str]:
    """The words that name what the command runs, makes executable, unpacks or installs."""
    program = command.program
    words: list[str] = []
    if program == "chmod":
        words = command.all_operands[1:] if _is_executable(command.subcommand) else []
    elif program in _SCRIPTS or program.startswith("python3."):
        words = [*command.all_operands[:1], *command.reads]
        if program == "java" and "-jar" in command.args:
            words = command.args[command.args.index("-jar") + 1 :][:1]
    elif program in _PRINTS and not _READ_ON.isdisjoint(command.feeds):
        words = command.all_operands
    elif _unpacks(command):
        words = [*command.args, *command.reads]
    elif "/" in command.command.words[0]:
        words = [command.command.words[0]]
    return _filled_in(command, words) if "{}" in words or command.wrapper == "xargs" else words


def _filled_in(command: CommandSubject, words: list[str]) -> list[str]:
    """What find or a pipe into xargs puts in the place of {}."""
    before = command.instruction.subjects[max(0, command.number - _CHAIN) : command.number]
    found: list[str] = []
    for other in reversed(before):
        if other.program == "find" and (command.wrapper == "find" or "xargs" in other.feeds):
            names = [
                value for name, value in zip(other.args, other.args[1:], strict=False) if name in ("-name", "-path")
            ]
            found += names or other.all_operands[:1]
        elif "xargs" in other.feeds:
            found += other.all_operands
    return [word for word in words if word != "{}"] + found
