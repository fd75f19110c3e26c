"""What ShellCheck is told ahead of a script, which does not say it itself: its shell, the options that SHELL gives it,
and the variables that ARG and ENV have set by then.
"""

from __future__ import annotations

from imagelint.dockerfile.model import Dockerfile, Instruction, Pair
from imagelint.dockerfile.stages import MAX_INHERITED, PROXY_ARGUMENTS
from imagelint.dockerfile.words import Partial
from imagelint.lazy import Lazy

DIALECTS = {"sh": "sh", "bash": "bash", "dash": "dash", "ash": "dash", "ksh": "ksh", "mksh": "ksh"}
"""What ShellCheck calls each shell that it knows; busybox' ash is nearest to dash."""
LARGE = 4096
"""Characters from which on ShellCheck is not to follow the values of variables (`extended-analysis`, since 0.10): its
time and memory grow with the square of the length there, and 20 KB of `echo $a && ...` take 2 GB."""

DISABLE = Lazy(r"[ \t]*#[ \t]*shellcheck[ \t].*?\bdisable=(\S+).*")
"""A comment that is for ShellCheck, and the codes in it."""
_RANGE = Lazy(r"(?:SC)?([0-9]{4})(?:-(?:SC)?([0-9]{4}))?")
_NAME = Lazy(r"[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = Lazy(r"[\w./:@%+,=~^-]*")
"""A value that no shell splits or expands, quoted or not."""
_SET = Lazy(r"[a-z]{1,20}")
_ALWAYS: dict[str, str | None] = dict.fromkeys(sorted(PROXY_ARGUMENTS | {"container"}))
"""What a build sets without being told to."""


def covers(codes: str, code: int) -> bool:
    """Whether the codes of a directive, `SC2086,SC3000-SC4000` or `all`, name this one."""
    for word in codes.split(","):
        match = _RANGE.fullmatch(word)
        if word == "all" or (match and int(match[1]) <= code <= int(match[2] or match[1])):
            return True
    return False


def header(text: str, dialect: str, options: list[str], declared: str) -> str:
    """The lines ahead of a script in a dialect of ShellCheck's; `options`: the words behind the shell in SHELL."""
    lines = [f"# shellcheck shell={dialect}{' extended-analysis=false' if len(text) > LARGE else ''}"]
    # A directive ahead of the first command is for the whole script, and that command is ours now.
    if "shellcheck" in text:
        for line in text.split("\n"):
            if line.strip() and not line.lstrip().startswith("#"):
                break
            if match := DISABLE.fullmatch(line):
                lines.append(f"# shellcheck disable={match[1]}")
    set_, skip = [], False
    for number, word in enumerate(options):
        if skip or not word.startswith("-") or word.startswith("--"):
            skip = False
            continue
        set_ += [f"set -{letter}" for letter in "efux" if letter in word]
        if skip := word.endswith("o") and _SET.fullmatch("".join(options[number + 1 : number + 2])) is not None:
            set_.append(f"set -o {options[number + 1]}")
        if "c" in word:
            break
    if set_ or declared:
        lines.append("; ".join([*set_, *([declared] if declared else [])]))
    return "\n".join(lines) + "\n"


class Known:
    """Which variables are set at an instruction, and to what; None where that is decided elsewhere."""

    def __init__(self, file: Dockerfile) -> None:
        self.file = file
        self.environment: dict[str, str | None] = {}
        self.arguments: dict[str, str | None] = {}
        self.triggered: dict[str, str | None] = {}
        """By ONBUILD, for what stands behind ONBUILD."""
        self.ends: list[tuple[dict[str, str | None], dict[str, str | None]]] = []
        self.inherited = 0

    def take(self, instruction: Instruction) -> None:
        """What an instruction means for the ones below it."""
        keyword = instruction.keyword
        if instruction.onbuild:
            if keyword in ("ARG", "ENV"):
                self.triggered.update((pair.name, None) for pair in instruction.pairs)
        elif keyword == "FROM":
            self.begin(self.file.stages[instruction.stage].parent)
        elif keyword == "ENV":
            self.environment.update((pair.name, _value(pair)) for pair in instruction.pairs)
        elif keyword == "ARG":
            for pair in instruction.pairs:
                value = _value(pair) if pair.value else self.file.arguments.get(pair.name) or None
                self.arguments[pair.name] = None if isinstance(value, Partial) else value

    def begin(self, parent: int) -> None:
        """A stage stands on what its parent leaves."""
        self.ends.append((self.environment, self.arguments))
        environment, arguments = self.ends[parent + 1] if 0 <= parent < len(self.ends) - 1 else ({}, {})
        self.inherited += len(environment) + len(arguments)
        if self.inherited > MAX_INHERITED:
            environment, arguments = {}, {}
        self.environment, self.arguments, self.triggered = dict(environment), dict(arguments), {}

    def declared(self, text: str, instruction: Instruction) -> str:
        """A command that sets those which the script names, so that ShellCheck knows them; empty where it names none.

        A value that needs no quotes is 1, so that nobody asks for them; one that is unknown, or does, is `$1`.
        """
        scopes = [self.environment]
        if instruction.onbuild:
            scopes.insert(0, self.triggered)
        if instruction.keyword == "RUN":
            scopes += [self.arguments, _ALWAYS]
        pairs = []
        for name in dict.fromkeys(_NAME.findall(text)):
            if scope := next((scope for scope in scopes if name in scope), None):
                value = scope[name]
                pairs.append(f"{name}=1" if value is not None and _PLAIN.fullmatch(value) else f'{name}="$1"')
        return " ".join(["export", *pairs]) if pairs else ""


def _value(pair: Pair) -> str | None:
    return pair.value.value if pair.value is not None and pair.value.expanded else None
