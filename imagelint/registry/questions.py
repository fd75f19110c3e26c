"""Questions put to an index: which images hold this, which base brings it, whose are they.

Findings that triage keeps quiet are counted apart. Images of which no reference is left in the registry are left out,
unless they are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from imagelint.errors import UsageError
from imagelint.registry import index_file
from imagelint.registry.answers import SEVERITIES, Answer, FoundRow, Group, HoleRow, ImageRow, Numbers
from imagelint.registry.narrowing import Asked, of_findings, of_images

LABEL = "label:"
KINDS = ("base", "repository", "rule", "fingerprint", "layer")
OVERVIEW = ("fingerprint", "base", "rule")
"""What everything is grouped by where nobody asks for one."""
NO_BASE, OWN, UNKNOWN = "(base image without a name)", "(own layers)", "(layers of which that is not known)"
NO_LABEL, CONFIGURATION, NO_DIGEST = "(without this label)", "(configuration)", "(layer without a digest)"
_FROM = (
    "FROM found f JOIN facts t ON t.id = f.fact JOIN images i ON i.id = f.image LEFT JOIN layers y ON y.id = f.layer"
)
_SUMS = ", ".join(f"sum(t.severity = '{name}')" for name in SEVERITIES)
_WORST = "CASE t.severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"
_BASE = f"""CASE f.origin WHEN 'base' THEN CASE i.base WHEN '' THEN '{NO_BASE}' ELSE i.base END
    WHEN 'own' THEN '{OWN}' ELSE CASE WHEN f.number < 0 THEN '{CONFIGURATION}' ELSE '{UNKNOWN}' END END"""
_LAYER = f"""CASE WHEN f.number < 0 THEN '{CONFIGURATION}' WHEN y.diff_id <> '' THEN y.diff_id
    WHEN y.digest <> '' THEN y.digest ELSE '{NO_DIGEST}' END"""
_MADE = "(SELECT x.created_by FROM image_layers x WHERE x.image = f.image AND x.number = f.number)"
_NAMES = {
    "base": (_BASE, "''"),
    "repository": ("i.repository", "''"),
    "rule": ("t.rule", "''"),
    "fingerprint": ("t.fingerprint", "max(t.rule || ' ' || t.masked)"),
    "layer": (_LAYER, f"max({_MADE})"),
    LABEL: (
        f"coalesce((SELECT b.value FROM labels b WHERE b.image = i.id AND b.name = :named), '{NO_LABEL}')",
        "''",
    ),
}
"""What makes a group's name, and what is told beside it."""
_TOP = 5
"""Findings that an image's row names."""


def checked(by: str) -> str:
    """What groups are made by. UsageError for what they cannot be made by."""
    if by and by not in KINDS and not (by.startswith(LABEL) and by != LABEL):
        raise UsageError(f"--by {by!r}: there are {', '.join(KINDS)} and {LABEL}NAME")
    return by


class Questions:
    """An index that is read: all answers are of one moment, whatever other processes write meanwhile."""

    def __init__(self, path: str) -> None:
        """UsageError where there is none; UnreadableError where it is damaged."""
        self.path = path
        self._file = index_file.opened(path, make=False)
        try:
            self._all("BEGIN")
            self._all("SELECT count(*) FROM refs")  # from here on
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Questions:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def answer(self, asked: Asked, by: str = "", *, top: bool = False) -> Answer:
        """Everything that one question asks for; with `top`, the worst findings of each image too."""
        where, given = of_findings(asked.checked())
        images = self._images(asked)
        if top:
            self._tops(images, asked)
        ((different,),) = self._all(f"SELECT count(DISTINCT t.fingerprint) {_FROM} WHERE {where}", given)
        gone = self._all("SELECT reference, gone FROM refs WHERE gone <> '' ORDER BY 1")
        return Answer(
            index=self.path,
            asked=asked.told(),
            by=by,
            images=images,
            totals=Numbers(*(sum(getattr(one.numbers, name) for one in images) for name in SEVERITIES)),
            suppressed=sum(image.suppressed for image in images),
            fingerprints=_number(different),
            groups={name: self.groups(name, asked) for name in ([checked(by)] if by else OVERVIEW)},
            holes=self._holes(asked),
            gone=[(_text(name), _text(since)) for name, since in gone],
        )

    def groups(self, by: str, asked: Asked) -> list[Group]:
        """Each finding in one group, the groups with the most images first."""
        where, given = of_findings(asked)
        label, _, name = by.partition(":")
        title, about = _NAMES[LABEL if name else label]
        rows = self._all(
            f"SELECT {title} AS title, {about}, count(DISTINCT f.image), count(DISTINCT t.fingerprint), {_SUMS} "
            f"{_FROM} WHERE {where} GROUP BY title ORDER BY 3 DESC, 5 DESC, 6 DESC, 7 DESC, title",
            {**given, "named": name} if name else given,
        )
        return [
            Group(
                _text(row[0]), _text(row[1]).strip(), _number(row[2]), _number(row[3]), Numbers(*map(_number, row[4:]))
            )
            for row in rows
        ]

    def findings(self, asked: Asked) -> Iterator[FoundRow]:
        """Every finding that is asked for, by image, the worst first; read while they are taken."""
        where, given = of_findings(asked.checked())
        with index_file.guarded(self.path):
            for row in self._file.execute(
                f"""SELECT f.image, f.number, t.line, t.fingerprint, t.rule, t.severity, t.message, t.path, t.surface,
                f.status, f.origin, coalesce(y.digest, ''), coalesce(y.diff_id, ''), t.type, t.masked {_FROM}
                WHERE {where} ORDER BY i.repository, f.image, {_WORST}, t.rule, t.path, t.line, f.id""",
                given,
            ):
                yield FoundRow(_number(row[0]), _number(row[1]), _number(row[2]), *map(_text, row[3:]))

    def _images(self, asked: Asked) -> list[ImageRow]:
        """The images, by name, with the numbers of what is asked for."""
        where, given = of_findings(asked)
        sums = self._all(f"SELECT f.image, {_SUMS} {_FROM} WHERE {where} GROUP BY 1", given)
        numbers = {row[0]: Numbers(*map(_number, row[1:])) for row in sums}
        where, given = of_findings(asked, suppressed=True)
        quiet = dict(self._all(f"SELECT f.image, count(*) {_FROM} WHERE {where} GROUP BY 1", given))
        holes = self._all("SELECT image, sum(kind = 'incomplete'), sum(kind <> 'incomplete') FROM holes GROUP BY 1")
        unread = {row[0]: row[1:] for row in holes}
        names, labels = self._names(), self._labels()
        where, given = of_images(asked)
        found = []
        for row in self._all(
            f"SELECT id, repository, digest, platform, base, scanned FROM images i WHERE {where} ORDER BY 2, 1", given
        ):
            number = row[0]
            if asked.of_findings and number not in numbers and number not in quiet:
                continue
            references, gone = names.get(number, ([], ""))
            incomplete, limited = unread.get(number, (0, 0))
            counts = (
                numbers.get(number, Numbers()),
                _number(quiet.get(number, 0)),
                _number(incomplete),
                _number(limited),
            )
            repository, digest, platform, base, scanned = map(_text, row[1:])
            where_from = (repository, digest, platform, base, scanned, gone)
            found.append(ImageRow(number, references, *where_from, labels.get(number, {}), *counts))
        return found

    def _names(self) -> dict[int, tuple[list[str], str]]:
        """The references of each image that are there, or, where none is, the last ones and since when."""
        there: dict[int, list[str]] = {}
        gone: dict[int, tuple[list[str], str]] = {}
        for number, name, since in self._all(
            """SELECT l.image, r.reference, r.gone FROM leads l
            JOIN refs r ON r.repository = l.repository AND r.root = l.root ORDER BY 2"""
        ):
            if not since:
                there.setdefault(number, []).append(_text(name))
            else:
                names, last = gone.get(number, ([], ""))
                gone[number] = ([*names, _text(name)], max(last, _text(since)))
        return gone | {number: (names, "") for number, names in there.items()}

    def _labels(self) -> dict[int, dict[str, str]]:
        labels: dict[int, dict[str, str]] = {}
        for number, name, value in self._all("SELECT image, name, value FROM labels ORDER BY 1, 2"):
            labels.setdefault(number, {})[_text(name)] = _text(value)
        return labels

    def _tops(self, images: list[ImageRow], asked: Asked) -> None:
        """The worst rules of each image, with one message each."""
        rows = {image.id: image for image in images}
        where, given = of_findings(asked)
        for number, severity, rule, message, count in self._all(
            f"""SELECT f.image, t.severity, t.rule, min(t.message), count(*) {_FROM} WHERE {where}
            GROUP BY 1, 2, 3 ORDER BY 1, {_WORST}, 5 DESC, 3""",
            given,
        ):
            row = rows.get(number)
            if row is not None and len(row.top) < _TOP:
                row.top.append((_text(severity), _text(rule), _text(message), _number(count)))

    def _holes(self, asked: Asked) -> list[HoleRow]:
        """Of the images, then of references that were not read at all; these belong to no base and have no label."""
        where, given = of_images(asked)
        rows = self._all(
            f"""SELECT i.id, h.kind, h.place, h.reason FROM holes h JOIN images i ON i.id = h.image WHERE {where}
            ORDER BY h.kind, i.repository, h.id""",
            given,
        )
        names = self._names()
        told = [HoleRow((names.get(row[0], ([""], ""))[0] or [""])[0], *map(_text, row[1:])) for row in rows]
        if not (asked.base or asked.label):
            unread = self._all(
                """SELECT h.reference, h.kind, h.place, h.reason FROM holes h JOIN refs r USING (reference)
                WHERE r.gone = '' AND (:repository = '' OR r.repository GLOB :repository) ORDER BY 1""",
                {"repository": given.get("repository", "")},
            )
            told += [HoleRow(*map(_text, row)) for row in unread]
        return told

    def _all(self, statement: str, given: dict[str, Any] | None = None) -> list[Any]:
        with index_file.guarded(self.path):
            return self._file.execute(statement, given or {}).fetchall()


def _text(value: object) -> str:
    """A file that somebody made up may hold anything in any column."""
    return value if isinstance(value, str) else "" if value is None else "?"


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
