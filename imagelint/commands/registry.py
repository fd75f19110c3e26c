"""`imagelint registry`: what the images of whole registries hold, each layer read once."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from typing import TYPE_CHECKING

from imagelint.errors import UsageError
from imagelint.options import add_scan, given
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.findings import Report
    from imagelint.registry.progress import Screen
    from imagelint.registry.scan import RegistryScan
    from imagelint.scan_options import Options

_NOT_OURS = (
    "filter resolve context context_only tracked force_exclude no_inline_ignores shellcheck fix unsafe_fixes fix_only "
    "diff stdin_filename dockerfile"
).split()
"""Options of a scan that say something of Dockerfiles, daemons or single images."""
_CONNECTIONS = 8
"""As registry/network.py has it, which is heavy: only where something is asked."""


def add_registry(parser: ArgumentParser) -> None:
    """What registry takes: what scan takes of it that concerns images, which of them, and where results go."""
    from imagelint.registry.results import add_arguments
    from imagelint.store.options import add_cache

    add_scan(parser)
    for action in parser._actions:  # argparse has no other way to change an option
        if action.dest == "targets":
            action.metavar = "REGISTRY"
            action.help = "HOST, HOST/REPOSITORY, HOST/PREFIX/*, HOST/REPOSITORY:TAG, or @FILE with a list of them"
        elif action.dest == "no_cache":
            action.help = "keep no results for the next run, and use none"
        elif action.dest in _NOT_OURS:
            action.help = SUPPRESS
    add = parser.add_argument
    some = "only repositories that fit: team/*, or !*/old to leave some out; repeatable"
    add("--repository-glob", action="append", default=[], metavar="GLOB", help=some)
    some = "only tags that fit: 1.*, or !*-dev to leave some out; repeatable"
    add("--tag-glob", action="append", default=[], metavar="GLOB", help=some)
    add("--newest", type=int, default=0, metavar="N", help="of each repository only the N images that were made last")
    add("--since", default="", metavar="WHEN", help="only images made since then: 36h, 30d, 12w, 1y, or 2026-01-31")
    moved = "only images that are new since --index was written, or to which a tag leads that led elsewhere"
    add("--only-changed", action="store_true", help=moved)
    beside = "look at what lies beside each image too (signatures, SBOMs, provenance): some requests more for each"
    add("--referrers", action="store_true", help=beside)
    most = f"how many requests a registry is sent at once (default: {_CONNECTIONS})"
    add("--connections", type=int, default=_CONNECTIONS, metavar="N", help=most)
    add("--rate", type=float, default=0.0, metavar="N", help="at most so many requests a second (default: any number)")
    add_arguments(parser)
    add_cache(parser, none=False)
    add("--dask", default="", metavar="ADDRESS", help="read the layers on the workers of this Dask scheduler")
    for name, what in (("ca", "whom to trust"), ("cert", "who we are"), ("key", "the key of that")):
        add(f"--dask-{name}", default="", metavar="FILE", help=f"for tls://ADDRESS, in PEM: {what}")
    plain = "the scheduler may be off this machine without TLS: the network between is yours alone"
    add("--dask-plain", action="store_true", help=plain)


def registry(asked: Namespace) -> int:
    """Scan many images of registries, each distinct layer once.

    REGISTRY is a host, for all of its repositories; HOST/REPOSITORY, for all of its tags; HOST/PREFIX/* for the
    repositories below; or one image. What was found of a layer or an image is kept, so that the next run reads what is
    new. `imagelint registry report` answers questions about what --index has.
    """
    from imagelint.report import write
    from imagelint.report.progress import Progress
    from imagelint.scan_options import Options

    if wrong := given(asked, _NOT_OURS):
        raise UsageError(f"{wrong} is for scan, and says nothing of a registry")
    if not asked.targets:
        raise UsageError("name a registry (registry.example.org), a repository of one, or @FILE with a list of images")
    if "report" in asked.targets:
        why = "report is no registry, whose name has a dot or a port, or is localhost"
        raise UsageError(
            f"{why}; as a command it stands right behind registry: `imagelint registry report --index FILE`"
        )
    if asked.only_changed and not asked.index:
        raise UsageError("--only-changed needs --index FILE, which has what was there the last time")
    limits.change(asked.limit)
    outputs = write.plan(asked.format, asked.output)
    options = Options.merged(asked)
    with Progress(enabled=not (asked.no_progress or asked.quiet)) as progress:
        report = _scan(asked, options, progress)
    write.write(report, options.rules, outputs, quiet=asked.quiet)
    return report.exit_status(strict_coverage=asked.strict_coverage)


def _scan(asked: Namespace, options: Options, progress: Screen) -> Report:
    from contextlib import closing

    from imagelint.registry.filters import wanted
    from imagelint.registry.network import Registries
    from imagelint.registry.progress import Course
    from imagelint.registry.results import Results
    from imagelint.registry.scan import Asked, RegistryScan
    from imagelint.store.options import asked_store

    chosen = wanted(asked.repository_glob, asked.tag_glob, asked.newest, asked.since)
    store = asked_store(asked)
    results = Results(asked, options.rules, options.request)
    registries = Registries(options.request, asked.connections, asked.rate, store)
    looked = Asked(chosen, registries, store, asked.only_changed, asked.referrers)
    with closing(RegistryScan(options, looked, results, Course(progress))) as scanned:
        if asked.dask:
            _spread(asked, scanned)
        return scanned.run(asked.targets)


def _spread(asked: Namespace, scanned: RegistryScan) -> None:
    """Layers are read by a cluster."""
    from functools import partial

    from imagelint.image.reading_settings import ReadingSettings
    from imagelint.registry.spread import Spread
    from imagelint.registry.spread_cluster import Tls

    tls, insecure = Tls(asked.dask_ca, asked.dask_cert, asked.dask_key), scanned.options.request.insecure
    scanned.cluster = partial(Spread, asked.dask, tls=tls, plain=asked.dask_plain, insecure=insecure)
    scanned.cluster(ReadingSettings(), scanned.detector)  # refuses what it would refuse when all is listed
