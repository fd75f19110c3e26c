"""One simple command as a subject: its options and operands, what it downloads, writes and removes."""

from __future__ import annotations

import re
from posixpath import join
from typing import TYPE_CHECKING

from imagelint.dockerfile import packages
from imagelint.dockerfile.model import Command
from imagelint.dockerfile.package_caches import keeps_cache
from imagelint.dockerfile.wrappers import program_name
from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject
    from imagelint.dockerfile.subjects import DockerfileSubject

_OPTIONS = """
apt-get: -o -t -c --option --target-release --config-file
apk: -p -X -t --root --repository --virtual --keys-dir --repositories-file --arch --cache-dir --cache-max-age
dnf: -c -x --config --installroot --enablerepo --disablerepo --releasever --exclude --repo --setopt
zypper: -r --repo --root -R --installroot --from --reposd-dir
pip: -r -c -e -i -f -t --requirement --constraint --editable --index-url --extra-index-url --find-links --target
pip: --prefix --root --timeout --retries --proxy --cert --trusted-host --cache-dir --log --src --upgrade-strategy
pip: --no-binary --only-binary --platform --python-version --implementation --abi --progress-bar
pip: --global-option --config-settings
npm: --prefix --registry --cache --loglevel --userconfig --tag --omit --workspace -w -C
gem: -v --version -s --source -i --install-dir -n --bindir -P --trust-policy --platform
git: -c -C -b --branch --depth --git-dir --work-tree -o --origin --revision --reference --separate-git-dir -j --jobs
git: --shallow-since --shallow-exclude --template
curl: -o -H -A -d -e -u -x -X -w -m -T -E -b -c --output --header --user-agent --data --referer --user --proxy
curl: --request --write-out --max-time --retry --retry-delay --connect-timeout --retry-max-time --cacert --cert --key
curl: --output-dir
wget: -O -o -P -t -T -U --output-document --directory-prefix --tries --timeout --user-agent --header --progress
chmod: --reference
install: -m -o -g -S --mode --owner --group --suffix
useradd: -u -g -G -d -s -c -p -k -e -f -K -b --uid --gid --groups --home --shell --comment --password
sudo: -u -g -h -p -C --user --group
"""
"""Options whose value is the next word, from the programs' own manual pages."""
_SAME = {"apt": "apt-get", "aptitude": "apt-get", "yum": "dnf", "microdnf": "dnf", "pip3": "pip", "pip2": "pip"}
_SAME |= {"mamba": "conda", "micromamba": "conda"}
_SAME |= {"adduser": "useradd", "usermod": "useradd"}


def _options() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in _OPTIONS.split("\n"):
        program, _, names = line.partition(": ")
        table[program] = table.get(program, frozenset()) | frozenset(names.split())
    return table


_TAKES_VALUE = _options()
_CHAIN = 16
"""How far a pipe is followed."""
_ADDRESS = Lazy(r"(?:https?|ftp)://|\$|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/", re.I)
"""What curl and wget take for the address of a file; a variable may hold one."""
_URL = Lazy(r"(?:https?|ftp|git|ssh)://", re.I)


def removed_paths(words: list[str]) -> list[str]:
    """The paths that rm, unlink or shred takes away, without /* or * at their ends."""
    if not words or program_name(words[0]) not in ("rm", "unlink", "shred"):
        return []
    return [path.removesuffix("*").rstrip("/") or path for path in words[1:] if not path.startswith("-")]


class CommandSubject:
    """See the kind `command` of imagelint.engine.vocabulary for the facts.

    What only some facts need is imported by them: most runs over one Dockerfile never ask.
    """

    kind = "command"

    def __init__(self, instruction: InstructionSubject, command: Command, number: int) -> None:
        self.instruction = instruction
        self.stage: StageSubject = instruction.stage
        self.dockerfile: DockerfileSubject = instruction.dockerfile
        self.command = command
        self.number = number
        self.program = program_name(command.words[0]) if command.words else ""
        self.index_instruction = instruction.keyword
        self.index_program = self.program
        self.args = command.words[1:]
        self.text = command.text
        self.pipes_to = program_name(command.pipes_to)
        self.reads = command.reads
        self.wrapper = command.wrapper

    @property
    def takes_value(self) -> frozenset[str]:
        return _TAKES_VALUE.get(_SAME.get(self.program, self.program), frozenset())

    @once
    def _split(self) -> tuple[list[str], list[str], int]:
        """(options with their values, operands with the subcommand among them, the first operand's place in args)."""
        takes = self.takes_value
        options: list[str] = []
        operands: list[str] = []
        place = -1
        words = iter(enumerate(self.args))
        for number, word in words:
            if word == "--":
                operands += (word for _, word in words)
            elif not word.startswith("-") or word == "-":
                place = number if place < 0 else place
                operands.append(word)
            elif word in takes:
                options.append(f"{word}={next(words, (0, ''))[1]}")
            else:
                last = f"-{word[-1]}"
                if not word.startswith("--") and len(word) > 2 and last in takes and "=" not in word:
                    options += [word[:-1], f"{last}={next(words, (0, ''))[1]}"]
                else:
                    options.append(word)
        return options, operands, place

    @property
    def subcommand_place(self) -> int:
        """Which word of the command the subcommand is, the program being 0; 0 when there is none."""
        return len(self.command.words) - len(self.args) + self._split[2] if self._split[2] >= 0 else 0

    @property
    def options(self) -> list[str]:
        return self._split[0]

    @once
    def flags(self) -> list[str]:
        out: list[str] = []
        for option in self.options:
            name = option.partition("=")[0]
            out.append(name)
            if not name.startswith("--") and len(name) > 2:
                for letter in name[1:]:
                    out.append(f"-{letter}")
                    if f"-{letter}" in self.takes_value:
                        break
        return out

    @property
    def subcommand(self) -> str:
        return self._split[1][0] if self._split[1] else ""

    @property
    def operands(self) -> list[str]:
        return self._split[1][1:]

    @property
    def assignments(self) -> list[str]:
        return list(self.command.assignments)

    @once
    def removes(self) -> list[str]:
        return removed_paths(self.command.words)

    @once
    def urls(self) -> list[str]:
        return [word for word in self.args if _URL.match(word)]

    @property
    def all_operands(self) -> list[str]:
        """The arguments that are no options, the subcommand among them."""
        return self._split[1]

    def values(self, *names: str) -> list[str]:
        return [
            value
            for option in self.options
            for name, found, value in [option.partition("=")]
            if found and name in names
        ]

    @once
    def downloads(self) -> list[str]:
        if self.program not in ("curl", "wget"):
            return []
        addresses = [word for word in self._split[1] if _ADDRESS.match(word)]
        if not addresses:
            return []
        named = self.values("-o", "--output", "-O", "--output-document")
        if self.program == "curl" and not named and not {"-O", "--remote-name", "-J"} & set(self.flags):
            return []
        if self.program == "wget":
            named += [option[2:] for option in self.options if re.match(r"-O[^=-]", option)]
            if any(re.match(r"-\w*O-$", option) for option in self.options):
                return []
        if named:
            return [name for name in named if name not in ("-", "/dev/null")]
        folder = next(iter(self.values("-P", "--directory-prefix", "--output-dir")), "")
        names = [url if " " in url else url.partition("?")[0].rpartition("/")[2] for url in addresses]
        return [join(folder, name) if folder else name for name in names if name]

    @once
    def writes(self) -> list[str]:
        out = list(self.command.writes)
        if self.program == "tee":
            out += self._split[1]
        return out + self.downloads

    @once
    def leaves(self) -> list[str]:
        out = self.writes
        if self.program in ("cp", "mv", "install") and len(self._split[1]) > 1:
            out = [*out, self._split[1][-1]]
        gone = self.instruction.removed
        return [path for path in out if not path.startswith(("/dev/", "/proc/", "&")) and path.rstrip("/") not in gone]

    @property
    def verified(self) -> bool:
        return self.number < self.instruction.last_verification

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in its file: the number of its instruction, and its own in that."""
        return self.instruction.instruction.number, self.number

    @once
    def followed_by(self) -> tuple[str, str]:
        """See joins.followed_by."""
        from imagelint.dockerfile.joins import followed_by

        return followed_by(self)

    @property
    def last(self) -> bool:
        return self.number == len(self.instruction.subjects) - 1

    @property
    def failure_ignored(self) -> bool:
        from imagelint.dockerfile.joins import failure_ignored

        return failure_ignored(self)

    @property
    def verifies(self) -> bool:
        from imagelint.dockerfile.verifiers import verifies

        return verifies(self)

    @property
    def unchecked_use(self) -> str:
        found = self.stage.unchecked_downloads.get(self.place)
        return found.text if found else ""

    @property
    def feeds(self) -> list[str]:
        found: list[str] = []
        reader = self.pipes_to
        for number in range(self.number + 1, min(self.number + _CHAIN, len(self.instruction.subjects))):
            if not reader:
                break
            following = self.instruction.subjects[number]
            if following.program == reader:
                found.append(reader)
                reader = following.pipes_to
        return [*found, reader] if reader else found

    @property
    def keeps_cache(self) -> bool:
        return keeps_cache(_SAME.get(self.program, self.program), self)

    @once
    def unpinned(self) -> list[str]:
        return packages.unpinned(_SAME.get(self.program, self.program), self.subcommand, self.operands, self.options)

    @property
    def unsorted(self) -> list[str]:
        if self.command.span.line == self.command.span.end_line:
            return []
        lines = self.command.span.end_line - self.command.span.line + 1
        return packages.unsorted(_SAME.get(self.program, self.program), self.subcommand, self.operands, lines)

    @property
    def moving_source(self) -> str:
        from imagelint.dockerfile.clones import moving_source

        return moving_source(self)

    @property
    def apt_settings(self) -> list[str]:
        number = self.instruction.instruction.number
        return [name for name, at in self.stage.apt_settings.items() if at <= number]

    @property
    def copied_archive(self) -> str:
        from imagelint.dockerfile.archives import copied_archive

        return copied_archive(self)
