"""What a COPY takes of the build context, as facts; empty wherever the context is not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from imagelint.dockerfile.secret_files import is_secret_file
from imagelint.engine.amounts import in_words
from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.take import Taken
    from imagelint.dockerfile.tree import Entry

    Swept: TypeAlias = list[tuple[Entry, str]]

MOST = 1000
"""Paths of a fact: a condition may look at each of them, and has 10,000 steps."""
NAMED = 10
"""Paths of a fact that messages name."""
_DEPENDENCIES = frozenset(("node_modules", "bower_components", ".venv", "venv", "virtualenv", ".tox", ".nox"))
_CACHES = frozenset(
    "__pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .gradle .terraform .parcel-cache .turbo .sass-cache "
    ".nyc_output .ipynb_checkpoints .eslintcache .cache".split()
)
_FOLDERS = {
    "history": frozenset((".git", ".hg", ".svn", ".bzr")),
    "dependencies": _DEPENDENCIES,
    "caches": _CACHES,
}
_PLAIN = frozenset((".npmrc", ".pypirc", ".boto", ".my.cnf", ".aws", ".kube", ".azure", ".s3cfg", ".ssh", ".gnupg"))
"""Names that say secret, and mostly lie: whether such a file holds one is seen by reading it."""
_SAMPLES = Lazy(
    r"(^|/)(tests?|testing|testdata|__tests__|specs?|fixtures?|examples?|samples?|mocks?|node_modules|vendor|"
    r"site-packages|third_party|docs?)/",
    re.I,
)


class ContextFacts:
    """The part of CopySubject that needs the context."""

    instruction: InstructionSubject
    from_: str

    @once
    def taken(self) -> Taken | None:
        """What it takes; None where the context is not known, or has nothing to do with it."""
        context = self.instruction.dockerfile.context
        if context is None or self.from_ or self.instruction.onbuild:
            return None
        data = self.instruction.instruction
        return context.take(data.words, data.flags)

    @property
    def context_known(self) -> bool:
        return self.taken is not None

    @property
    def files(self) -> list[str]:
        return [entry.path for entry, _ in self.taken.files[:MOST]] if self.taken else []

    @property
    def file_count(self) -> int:
        return len(self.taken.files) if self.taken else 0

    @once
    def size(self) -> int:
        return sum(entry.size for entry, _ in self.taken.files) if self.taken else 0

    @property
    def size_text(self) -> str:
        return in_words(self.size)

    @once
    def largest(self) -> list[str]:
        files = sorted(self.taken.files, key=lambda file: -file[0].size)[:5] if self.taken else []
        return [f"{entry.path} ({in_words(entry.size)})" for entry, _ in files]

    @property
    def missing_sources(self) -> list[str]:
        context = self.instruction.dockerfile.context
        return self.taken.missing if self.taken and context is not None and context.certain else []

    @property
    def ignored_sources(self) -> list[str]:
        return self.taken.ignored if self.taken else []

    @property
    def swept_history(self) -> list[str]:
        return self._folders("history")

    @property
    def swept_dependencies(self) -> list[str]:
        return self._folders("dependencies")

    @property
    def swept_caches(self) -> list[str]:
        return self._folders("caches")

    @once
    def swept_secrets(self) -> list[str]:
        found = self._asked("secrets", _secrets)
        named = any(map(is_secret_file, self.instruction.words[:-1]))  # COPY .env* says so itself
        return [path for path in found if not named or "/" in path]

    def _folders(self, sort: str) -> list[str]:
        return self._asked(sort, lambda swept: _outermost(swept, _FOLDERS[sort]))

    def _asked(self, name: str, make: Callable[[Swept], list[str]]) -> list[str]:
        if self.taken is None:
            return []
        if name not in self.taken.known:
            self.taken.known[name] = make(self.taken.swept)
        return self.taken.known[name]


def _secrets(swept: Swept) -> list[str]:
    return [entry.path for entry, _ in swept if _is_secret(entry)][:NAMED]


def _outermost(swept: Swept, names: frozenset[str]) -> list[str]:
    """The outermost folders of these names that come along."""
    found: dict[str, None] = {}
    for entry, place in swept:
        if "/" not in place:
            continue
        parts = place.split("/")
        if names.isdisjoint(parts[:-1]):
            continue
        below = len(parts) - next(number for number, part in enumerate(parts) if part in names)
        found[entry.path.rsplit("/", below - 1)[0]] = None
        if len(found) == NAMED:
            break
    return list(found)


def _is_secret(entry: Entry) -> bool:
    if entry.sort != "file" or not entry.size or not is_secret_file(entry.path) or _SAMPLES.search(entry.path):
        return False
    return entry.path.rpartition("/")[2].lower() not in _PLAIN
