"""An index of what was found in many images, for questions that no single report answers (questions.py).

It holds masked texts only. Each image is written in one transaction: who kills a run loses the image that was being
written, and nothing else; processes that write at the same time take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType

from imagelint.findings import Report, SafeText, ScannedImage, Skip
from imagelint.record import field, record
from imagelint.registry import index_file, index_rows
from imagelint.registry.index_rows import INCOMPLETE, LIMITED, Run, kept, repository_of


@record
class Placed:
    """Where an image stands in its registry: what no report tells."""

    references: Sequence[SafeText]
    """All that lead to it: HOST/NAME:TAG, or HOST/NAME@DIGEST where it was asked for so. Not empty."""
    root: str = ""
    """The digest that they have in the registry, which is that of an index where there are several platforms; empty:
    the image's own."""
    images: int = 1
    """How many images of that root are scanned: all must be there before `known` names the reference."""
    labels: Mapping[SafeText, SafeText] = field(default_factory=dict)
    """Of the image's configuration."""
    rules: str = ""
    """What the image was judged by: a digest of rules and options."""


class Index:
    """An index in a file, made where there is none. Threads may share it."""

    def __init__(self, path: str) -> None:
        """UsageError and UnreadableError as index_file.opened has them."""
        self.path = path
        self._lock = threading.RLock()
        self._file = index_file.opened(path, make=True)

    def add(self, report: Report, image: ScannedImage, placed: Placed) -> None:
        """Write down what was found in an image, in the stead of what was known of it, and of images that its
        references led to before. Of a report of several images, what has its target."""
        alone = len(report.images) <= 1
        root = placed.root or str(image.digest)
        with self._writing() as run:
            number = index_rows.image(run, image, repository_of(placed.references[0]), placed.rules, report.version)
            index_rows.labels(run, number, placed.labels)
            layers = index_rows.layers(run, number, image)
            for finding in report.findings:
                if alone or finding.target == image.target:
                    index_rows.finding(run, number, finding, layers)
            for kind, skips in ((INCOMPLETE, report.incomplete), (LIMITED, report.limited)):
                here = [skip for skip in skips if alone or skip.target in ("", image.target)]
                index_rows.holes(run, kind, here, image=number)
            index_rows.refer(run, number, placed.references, root, placed.images)

    def unread(self, reference: SafeText, skips: Sequence[Skip]) -> None:
        """A reference of which no image could be read, and why; what was known of it stays, and `known` leaves it
        out."""
        with self._writing() as run:
            row = (kept(reference), repository_of(reference), index_rows.now())
            run("INSERT OR IGNORE INTO refs VALUES (?, ?, '', 0, ?, '')", row)
            run("UPDATE refs SET gone = '' WHERE reference = ?", row[:1])
            run("DELETE FROM holes WHERE reference = ?", row[:1])
            index_rows.holes(run, INCOMPLETE, skips, reference=row[0])

    def known(self, rules: str = "") -> dict[str, str]:
        """The digest that each reference had when all of its images were read whole, by these rules if some are named:
        what has the same digest today need not be scanned again."""
        with self._writing() as run:
            rows = run(
                """SELECT reference, root FROM refs r WHERE gone = '' AND root <> '' AND images > 0
                AND NOT EXISTS (SELECT 1 FROM holes WHERE holes.reference = r.reference)
                AND images <= (SELECT count(*) FROM leads l JOIN images i ON i.id = l.image
                    WHERE l.repository = r.repository AND l.root = r.root AND (:rules = '' OR i.rules = :rules)
                    AND NOT EXISTS (SELECT 1 FROM holes h WHERE h.image = i.id AND h.kind = 'incomplete'))""",
                {"rules": rules},
            )
            return dict(rows.fetchall())

    def vanished(self, repositories: Collection[str], there: Collection[str]) -> int:
        """Mark the references of these repositories (HOST/NAME) that are not `there` any more, and return how many are
        new among the marked. They stay, with the day; a scan that finds them again takes the mark away."""
        present, now, gone = set(there), index_rows.now(), 0
        with self._writing() as run:
            for repository in repositories:
                rows = run("SELECT reference FROM refs WHERE repository = ? AND gone = ''", (repository,)).fetchall()
                for (reference,) in rows:
                    if reference not in present:
                        run("UPDATE refs SET gone = ? WHERE reference = ?", (now, reference))
                        gone += 1
        return gone

    def close(self) -> None:
        """Let go of what no image holds any more, and of the file."""
        try:
            with self._writing() as run:
                run("DELETE FROM facts WHERE id NOT IN (SELECT fact FROM found)")
                run(
                    "DELETE FROM layers WHERE id NOT IN (SELECT layer FROM image_layers UNION ALL "
                    "SELECT layer FROM found WHERE layer IS NOT NULL)"
                )
        finally:
            self._file.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()

    @contextmanager
    def _writing(self) -> Iterator[Run]:
        """One transaction, of one thread and one process at a time."""
        with self._lock, index_file.guarded(self.path):
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield self._file.execute
            except BaseException:
                if self._file.in_transaction:  # SQLite may have rolled back by itself (a full disk)
                    self._file.execute("ROLLBACK")
                raise
            self._file.execute("COMMIT")
