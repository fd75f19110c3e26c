"""What a scan finds: plain data, shared by every room.

Lines and columns are counted from 1, columns in Unicode code points, and an end column points behind the last
character, as SARIF 2.1.0 section 3.30 has it. 0 means: not known.
"""

from __future__ import annotations

from enum import StrEnum

from imagelint.record import field, record

STATUSES = ("present", "deleted", "overwritten", "hidden")
"""A path's bytes seen from the final filesystem."""
FILES = ("", "dockerfile", "compose", "command", "context")
"""Surfaces of findings that lie in a file on this machine, and in nothing of an image."""
CLEAN, FOUND, HOLES = 0, 1, 3
"""Exit statuses that a report tells."""


def exit_status(*, holes: bool, fails: bool) -> int:
    """What the command line ends with: 3 where something was not read, which wins; 1 where something fails; else 0."""
    return HOLES if holes else FOUND if fails else CLEAN


class SafeText(str):
    """A text of a target in which every secret is masked. Only imagelint.secrets.redact makes it."""

    __slots__ = ()


class ShownText(SafeText):
    """A text of a target in which nothing is masked, since the user asked for that; it stays out of every repr, which
    is what logs and tracebacks show."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'****'"


class Severity(StrEnum):
    """How bad a finding is; the names are SARIF's levels."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """3 for an error, 2 for a warning, 1 for a note."""
        return {"error": 3, "warning": 2, "note": 1}[self.value]


@record
class Location:
    """A place in a text file of a target, or a path inside an image (then line 0 unless the place in the file is
    known)."""

    path: SafeText
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@record
class Frame:
    """The lines of a source around a finding, masked, and the part to underline (columns of the masked text, on
    first_line + i). Of what lies in an image, the source is the Dockerfile: the lines around `LayerInfo.source`."""

    first_line: int
    lines: tuple[SafeText, ...]
    marks: tuple[tuple[int, int, int], ...]
    """(line, column, end_column) each."""


@record
class LayerInfo:
    """Which layer, and which history entry, a finding belongs to. A configuration value has a history entry and no
    layer (index -1)."""

    index: int = -1
    diff_id: str = ""
    """Of the uncompressed tar, so that it is the same whatever source the image is read from."""
    created_by: SafeText | None = None
    origin: str = ""
    """base, own, or empty when it is not known."""
    history: int = -1
    """The place of the history entry in the configuration, from 0."""
    source: Location | None = None
    """The instruction of a Dockerfile that made it, when it is known: reports point there, and name the path in the
    image beside it."""
    certainty: str = ""
    """How `source` is known: `exact`, the build wrote it down; `matched`, it is the only instruction whose text fits
    the history; `uncertain`, several fit or none does, and there is no `source`. Empty where there is no Dockerfile
    to look in, and for what is known to be the base image's."""


@record
class Step:
    """One step of a trail: introduced, changed, deleted, overwritten, hidden, shipped, public."""

    kind: str
    text: SafeText
    layer: LayerInfo | None = None


@record
class Place:
    """One of the places where the same secret lies."""

    path: SafeText
    line: int
    layer: int
    status: str
    surface: str


@record
class Secret:
    """What is known of a secret without telling it. `value` is set only by --show-secrets."""

    type: str
    masked: SafeText
    fingerprint: str
    confidence: str = "likely"
    encrypted: bool = False
    value: str | None = field(default=None, repr=False)


@record
class Edit:
    """Replace a span of the file by a text."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: SafeText


@record
class Fix:
    """Edits that mend a finding; safety is safe or unsafe."""

    title: str
    safety: str
    edits: tuple[Edit, ...]


@record
class Finding:
    """A rule that held for a subject."""

    rule: str
    severity: Severity
    message: SafeText
    target: SafeText
    location: Location
    fingerprint: str
    surface: str = ""
    layer: LayerInfo | None = None
    status: str = ""
    trail: tuple[Step, ...] = ()
    secret: Secret | None = None
    places: tuple[Place, ...] = ()
    frame: Frame | None = None
    fix: Fix | None = None
    suppressed: str = ""
    """Empty, or which triage keeps it quiet: `inline: ...` for a comment of the Dockerfile itself."""
    reason: SafeText | None = None
    """Why, in the words of who suppressed it."""
    published: bool = False
    """It is about files that are, byte for byte, what the packages of the distribution brought, and about no other."""
    remedy: SafeText | None = None
    """How to mend it here, in one sentence; None where the rule's own remedy serves."""
    baseline: str = ""
    """`new` or `unchanged`, where a baseline was given; empty where none was."""


@record
class Skip:
    """Something that was not read (incomplete) or not looked into (limited)."""

    target: SafeText
    place: SafeText
    reason: SafeText


@record
class DroppedPlace:
    """Where a candidate for a secret was turned away; line 0 and layer -1 where they are not known."""

    target: SafeText
    path: SafeText
    line: int = 0
    layer: int = -1


@record
class Dropped:
    """Candidates for secrets that filters turned away."""

    counts: dict[str, int] = field(default_factory=dict)
    """By the filter's name; secrets/dropped.py says what each means."""
    places: dict[str, list[DroppedPlace]] = field(default_factory=dict)
    """The first places of each filter."""


@record
class StoredLayer:
    """A layer as the source stores it. What was not read to its end has what the manifest and the configuration say."""

    index: int
    digest: str
    """Of the blob as stored, compressed or not; empty when it is not known."""
    diff_id: str
    """Of the uncompressed tar; empty when it is not known."""
    size: int
    """Of the blob in bytes, -1 when it is not known."""
    made: LayerInfo | None = None
    """How findings name it: its history entry, its origin, its line."""


@record
class ScannedImage:
    """An image of the report: where it was read from, and how its layers are stored there. Findings name a layer by
    what no source changes; here stands the rest."""

    target: SafeText
    """As findings have it."""
    name: SafeText
    """The source's own name for it."""
    source: str
    """docker, podman, registry, docker-archive, oci or oci-archive"""
    digest: SafeText
    """Of the manifest, or of the configuration where the source has no manifest."""
    platform: SafeText
    public: bool | None = None
    """Whether it could be pulled without credentials; None where nobody was asked."""
    layers: tuple[StoredLayer, ...] = ()
    base: SafeText | None = None
    """The name of its base image, where it is known."""
    base_layers: int = -1
    """How many of its lowest layers are the base image's; -1 when it is not known."""


@record
class MendedFile:
    """A Dockerfile that fixes were asked for."""

    path: SafeText
    rules: dict[str, int]
    """How many findings of each rule its fixes mend."""
    written: bool
    """The file holds them now; with --diff none does."""
    reason: SafeText
    """Why it was left as it is, or not all was mended; empty in most cases."""
    diff: tuple[SafeText, ...] = ()
    """Where it was asked for: the lines of a unified diff, secrets masked."""


@record
class BaselineEntry:
    """An entry of a baseline that wants to be looked at."""

    line: int
    """Of the baseline's file; 0 when it is not known."""
    rule: SafeText
    place: SafeText
    fingerprint: str
    reason: SafeText
    expires: str


@record
class BaselineUse:
    """What became of one baseline that was given."""

    file: SafeText
    form: str
    """imagelint or detect-secrets."""
    entries: int
    used: int
    """Entries of which a finding was found."""
    quieted: int
    """Findings that it keeps quiet."""
    unused: tuple[BaselineEntry, ...] = ()
    """The first of those that were looked for and not found; what lies outside of the targets was not looked for."""
    expired: tuple[BaselineEntry, ...] = ()
    """The first of those that were found and keep nothing quiet any more."""
    number_unused: int = 0
    number_expired: int = 0


@record
class BaselineChange:
    """How a baseline that was written differs from the file that was there."""

    file: SafeText
    new: int
    kept: int
    reasonless: int
    """Entries without a reason."""
    gone: tuple[BaselineEntry, ...]
    """Entries of which nothing is found any more."""
    stay: bool
    """They were kept all the same, since something was not read."""
    expired: tuple[BaselineEntry, ...]
    """Entries that are found, and keep nothing quiet any more."""


@record
class Report:
    """What a scan found: the data of every format."""

    version: str
    targets: list[SafeText] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    images: list[ScannedImage] = field(default_factory=list)
    incomplete: list[Skip] = field(default_factory=list)
    limited: list[Skip] = field(default_factory=list)
    config: dict[str, object] = field(default_factory=dict)
    stats: dict[str, int | float] = field(default_factory=dict)
    dropped: Dropped | None = None
    """Only where it was asked for."""
    mended: list[MendedFile] = field(default_factory=list)
    """Only where it was asked for."""
    baseline: list[BaselineUse] = field(default_factory=list)
    """Only where one was given."""
    fail_on: str = "warning"
    """The least severity that counts as a failure, as the options or the configuration say; `never`: none does."""

    def exit_status(self, *, strict_coverage: bool = False) -> int:
        """What the command line ends with: 0; 1 where something fails; 3 where something was not read, which wins.
        `strict_coverage`: also where something was looked into only in part."""
        holes = bool(self.incomplete or (strict_coverage and self.limited))
        if self.fail_on == "never":
            return exit_status(holes=holes, fails=False)
        least = Severity(self.fail_on).rank
        fails = any(f.severity.rank >= least and not f.suppressed for f in self.findings)
        return exit_status(holes=holes, fails=fails)

    def __repr__(self) -> str:
        """Of a report that may have 30,000 findings."""
        numbers = f"{len(self.findings)} findings, {len(self.images)} images, {len(self.incomplete)} incomplete"
        return f"<{type(self).__name__} of {list(self.targets)!r}: {numbers}, {len(self.limited)} limited>"
