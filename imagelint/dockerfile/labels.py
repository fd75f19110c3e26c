"""What is wrong with the key or the value of a LABEL.

Keys: https://docs.docker.com/engine/manage-resources/labels/ and the annotation keys that the OCI image specification
defines, https://github.com/opencontainers/image-spec/blob/main/annotations.md; label-schema.org is its forerunner.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from imagelint.dockerfile.inherited import inherited
from imagelint.lazy import Lazy
from imagelint.record import once

if TYPE_CHECKING:
    from imagelint.dockerfile.model import Instruction, Stage
    from imagelint.dockerfile.subject_instruction import InstructionSubject
    from imagelint.dockerfile.subject_stage import StageSubject

_OCI = "org.opencontainers.image."
_TYPES = dict.fromkeys(("url", "documentation", "source"), "url") | {
    "created": "date",
    "authors": "authors",
    "version": "version",
    "revision": "revision",
    "licenses": "license",
    "base.digest": "digest",
}
_OLD = {"build-date": "date", "url": "url", "vcs-url": "url", "vcs-ref": "revision"}
OCI_KEYS = frozenset(_OCI + key for key in [*_TYPES, "vendor", "ref.name", "title", "description", "base.name"])
"""Every key that the specification defines below its prefix."""
WANTED = (_OCI + "source", _OCI + "revision", _OCI + "licenses")
"""The labels from which somebody finds the way back from an image to its code, and knows what may be done with it."""
BY_BUILDX = frozenset((_OCI + "source", _OCI + "revision", "com.docker.image.source.entrypoint"))
"""The labels that buildx sets when BUILDX_GIT_LABELS is on."""

_KEY = Lazy(r"[a-z](?:[a-z0-9]|[.-](?=[a-z0-9]))*")
_RESERVED = ("com.docker.", "io.docker.", "org.dockerproject.")
_FOR_EXTENSIONS = ("com.docker.desktop.", "com.docker.extension.", "com.docker.image.")
_DATE = Lazy(
    r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?"
    r"(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
)
_URL = Lazy(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*")
_REVISION = Lazy(r"[0-9a-f]{7,40}|[0-9a-f]{64}")
_DIGEST = Lazy(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_NUMBER = r"(?:0|[1-9]\d*)"
_PART = rf"(?:{_NUMBER}|\d*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION = Lazy(
    rf"v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_PART}(?:\.{_PART})*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
_CONTACT = Lazy(r"[^\s@<>]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|https?://[^\s/]+")


def type_of(key: str) -> str:
    """What the value of a well-known key is: url, date, license, version, revision, authors, digest; empty for any."""
    if key.startswith(_OCI):
        return _TYPES.get(key[len(_OCI) :], "")
    return _OLD.get(key[17:], "") if key.startswith("org.label-schema.") else ""


def fits(kind: str, value: str) -> bool:
    """Whether a value is what type_of says that its key asks for."""
    if kind == "license":
        from imagelint.dockerfile.licenses import is_expression  # a list of 700 names: only when somebody asks

        return is_expression(value)
    if kind == "authors":
        return _CONTACT.search(value) is not None
    patterns = {"url": _URL, "date": _DATE, "version": _VERSION, "revision": _REVISION, "digest": _DIGEST}
    return kind not in patterns or patterns[kind].fullmatch(value) is not None


def key_problem(key: str) -> str:
    """Why a key is not as Docker's guidelines want it, as the end of a sentence; empty when nothing is wrong."""
    if not _KEY.fullmatch(key):
        return "is not made of small letters and digits with single dots and hyphens between them"
    if key.startswith(_RESERVED) and not key.startswith(_FOR_EXTENSIONS):
        return "begins with a name that Docker keeps for itself"
    return ""


class LabelFacts:
    """The facts of a `variable` that is a label; empty for ENV and ARG."""

    name: str
    value: str
    raw: str
    instruction: InstructionSubject
    stage: StageSubject
    place: int

    @property
    def key_problem(self) -> str:
        return key_problem(self.name) if self.instruction.keyword == "LABEL" and "$" not in self.name else ""

    @property
    def is_oci_label(self) -> bool:
        return self.instruction.keyword == "LABEL" and self.name.startswith(_OCI)

    @property
    def is_unknown_oci_label(self) -> bool:
        return self.is_oci_label and self.name not in OCI_KEYS and "$" not in self.name

    @once
    def misfits(self) -> str:
        if self.instruction.keyword != "LABEL" or "$" in self.raw or not self.value.strip():
            return ""
        kind = type_of(self.name)
        return kind if kind and not fits(kind, self.value) else ""

    @property
    def is_buildx_label(self) -> bool:
        return self.instruction.keyword == "LABEL" and self.name in BY_BUILDX

    @property
    def set_before(self) -> int:
        if self.instruction.keyword != "LABEL" or self.instruction.onbuild:
            return 0
        number, place, line = self.stage.first_labels.get(self.name, (0, 0, 0))
        return line if (number, place) < (self.instruction.instruction.number, self.place) else 0


class StageLabelFacts:
    """The facts of a stage about its labels."""

    data: Stage
    parent: StageSubject | None

    @once
    def first_labels(self) -> dict[str, tuple[int, int, int]]:
        """Where each label is set first: number of the instruction, place in it, line."""
        found: dict[str, tuple[int, int, int]] = {}
        for instruction in self.data.instructions:
            if instruction.keyword == "LABEL" and not instruction.onbuild:
                for place, pair in enumerate(instruction.pairs):
                    found.setdefault(pair.name, (instruction.number, place, pair.span.line))
        return found

    @inherited
    def label_keys(self) -> frozenset[str]:
        """The keys of its labels, inherited ones too."""
        own = frozenset(self.first_labels)
        return own | self.parent.label_keys if self.parent else own

    @property
    def all_labels(self) -> list[str]:
        return sorted(self.label_keys)

    @property
    def missing_labels(self) -> list[str]:
        return [key for key in WANTED if key not in self.label_keys]


class LabelOrderFacts:
    """The fact of a LABEL about the order of its keys."""

    instruction: Instruction

    @property
    def labels_out_of_order(self) -> str:
        names = [pair.name for pair in self.instruction.pairs] if self.instruction.keyword == "LABEL" else []
        return next((after for before, after in pairwise(names) if after < before), "")
