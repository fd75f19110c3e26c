"""The public functions and classes; docs/api.md tells what they promise. `import imagelint` gives them.

Nothing here prints, ends the process, or changes what belongs to it: signals, limits, environment, logging, the
garbage collector, its workers. That is the command line's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from types import MappingProxyType
from typing import Any, TextIO, TypeVar

from imagelint import findings
from imagelint.asked import Options, Path, text
from imagelint.errors import ImagelintError, UsageError, defect
from imagelint.record import fields
from imagelint.report.interface import RuleText, in_order, renderer

T = TypeVar("T")
Progress = Callable[[int, int, str], None]


class Report(findings.Report):
    """What a scan found, and how to write it. Its data is that of the JSON report (docs/formats.md)."""

    rules: Mapping[str, RuleText] = MappingProxyType({})
    """The texts of each rule that has a finding, by its id."""

    def write(
        self, format: str, out: Path | TextIO, *, color: bool = False, width: int = 0, quiet: bool = False
    ) -> None:
        """Write the report in a format (`terminal`, `json`, `sarif`, `html`, `github`, `gitlab`, `junit`) to a file, as
        UTF-8, or to a text stream.

        `color`, `width` (columns; 0: no limit) and `quiet` (without summary) are for `terminal`. UsageError for an
        unknown format and for a file that cannot be written; what the stream raises is passed on.
        """
        if not isinstance(out, str | os.PathLike):
            out.write("")  # a stream that takes no text says so itself
        _guarded(lambda: self._write(format, out, color=color, width=width, quiet=quiet))

    def _write(self, format: str, out: Path | TextIO, **shown: Any) -> None:
        from imagelint.report.write import to_file

        render = renderer(format)
        if isinstance(out, str | os.PathLike):
            to_file(os.fspath(out), render, self, self.rules, **shown)
        else:
            render(self, self.rules, out, **shown)

    def render(self, format: str, *, color: bool = False, width: int = 0, quiet: bool = False) -> str:
        """The report in a format, as `write` writes it."""
        out = StringIO()
        self.write(format, out, color=color, width=width, quiet=quiet)
        return out.getvalue()

    def __reduce__(self) -> tuple[Any, ...]:
        return (*super().__reduce__(), {"rules": dict(self.rules)})


def scan(targets: Path | Iterable[Path], options: Options | None = None, *, progress: Progress | None = None) -> Report:
    """Scan Dockerfiles, folders and images, each named as `imagelint scan` takes it; what cannot be read is listed in
    the report's `incomplete`, and keeps nothing else from being scanned.

    `progress` is called, from any thread, with bytes read, bytes in all (-1: not known), and what is read. UsageError
    where options, configuration, baselines or rule files are wrong.
    """
    names = [targets] if isinstance(targets, str | os.PathLike) else list(targets)
    return _guarded(lambda: _scanned([text("targets", name, paths=True) for name in names], options, progress))


def _scanned(names: list[str], options: Options | None, progress: Progress | None) -> Report:
    from imagelint.report.write import Texts
    from imagelint.scan_options import Options as Ready
    from imagelint.scanning import scan as start

    options = Options() if options is None else options
    if not isinstance(options, Options):
        raise UsageError(f"options: takes imagelint.Options, and not a {type(options).__name__}")
    if options.context and not os.path.isdir(options.context):
        raise UsageError(f"context: {str(options.context)!r} is no folder")
    ready = Ready.merged(options)
    made = start(names, ready, progress)
    report = Report(*(getattr(made, name) for name in fields(findings.Report)))
    report.findings = in_order(report)
    texts = Texts(ready.rules, whole=True)
    report.rules = {rule: texts[rule] for rule in sorted({finding.rule for finding in report.findings})}
    return report


def _guarded(work: Callable[[], T]) -> T:
    """What `work` gives. Of a defect of ours only type and place are told, and the exception itself is let go: what it
    says, and what its frames hold, may be a secret."""
    try:
        return work()
    except (ImagelintError, OSError):
        raise
    except Exception as error:
        told = defect(error)
    raise ImagelintError(told)
