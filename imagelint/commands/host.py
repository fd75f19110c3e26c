"""`imagelint host`: what runs on this machine without limits, and which images live on there."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING

from imagelint.errors import UsageError
from imagelint.options import add_scan, given
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.host.removal import Removal

_NOT_OURS = (
    "platform insecure_registry filter resolve context context_only tracked dockerfile force_exclude "
    "no_inline_ignores shellcheck fix unsafe_fixes fix_only diff no_cache stdin_filename"
).split()
"""Options of a scan that say something of Dockerfiles, registries or single images."""
_UNITS = {"d": 1, "w": 7, "y": 365}
_OLD = "old-image"
_MOST = 50
"""Commands that are shown."""


def add_host(parser: ArgumentParser) -> None:
    """What host takes: what scan takes of it that concerns a host, and which of its parts to look at."""
    add_scan(parser)
    for action in parser._actions:  # argparse has no other way to change an option
        if action.dest == "targets":
            action.metavar = "ENGINE"
            action.help = "docker, podman, or an address (default: each of the two that is there)"
        elif action.dest in _NOT_OURS:
            action.help = SUPPRESS
    add = parser.add_argument
    add("--all", action="store_true", help="judge containers that do not run, too")
    add("--no-containers", action="store_true", help="leave out the containers")
    add("--no-images", "--containers-only", action="store_true", help="leave out the images")
    add("--no-layers", action="store_true", help="do not look into the images: only how they are kept")
    age = "how old an image may be: 90d, 12w, 1y (default: 90d, or what the configuration says)"
    add("--older-than", type=_days, metavar="AGE", help=age)
    known = "write what is found into this file, for --baseline, and report nothing"
    add("--write-baseline", metavar="FILE", help=known)


def host(asked: Namespace) -> int:
    """Judge the containers that run on this machine, and the images that live on there.

    ENGINE is docker, podman or an address, as unix:///run/docker.sock. Containers are judged by how they were started:
    limits, privileges, mounts, ports, secrets in their environment. Images are looked into as `imagelint scan docker:`
    does, each layer once; those that lost their name to a newer build, that never had one, or that nobody uses are
    told, with the command that removes each and what it frees. Nothing is changed: imagelint only asks.
    """
    from imagelint.host.scan import Asked, HostScan
    from imagelint.report import write
    from imagelint.report.progress import Progress
    from imagelint.scan_options import Options

    if wrong := given(asked, _NOT_OURS):
        raise UsageError(f"{wrong} is for scan, and says nothing of a host")
    if asked.no_images and asked.no_containers:
        raise UsageError("--no-images and --no-containers leave nothing to look at")
    if asked.write_baseline and (asked.output or asked.format != "terminal"):
        raise UsageError("--write-baseline makes no report: --format and --output are for one")
    limits.change(asked.limit)
    outputs = write.plan(asked.format, asked.output)
    options = Options.merged(asked)
    if asked.older_than:
        own = {**options.config.parameters.get(_OLD, {}), "days": asked.older_than}
        options.config.parameters = {**options.config.parameters, _OLD: own}
    update = None
    if asked.write_baseline:
        from imagelint.triage import baseline_file

        options.baselines = [path for path in options.baselines if not baseline_file.same(path, asked.write_baseline)]
        update = baseline_file.Update(asked.write_baseline)
    looked = Asked(asked.all, not asked.no_containers, not asked.no_images, not asked.no_layers)
    with Progress(enabled=not (asked.no_progress or asked.quiet)) as progress:
        scanned = HostScan(options, looked, progress.layer)
        report = scanned.run(asked.targets or _there())
    if update is not None:
        from imagelint.commands import known

        return known.write(update, scanned, report, strict_coverage=asked.strict_coverage)
    write.write(report, options.rules, outputs, quiet=asked.quiet)
    if ("terminal", "") in outputs:
        for kind, removals in scanned.removals:
            _show(kind, removals)
    return report.exit_status(strict_coverage=asked.strict_coverage)


def _there() -> list[str]:
    """The engines whose sockets are there; Docker's where none is, so that somebody says so."""
    from imagelint.errors import UnreadableError
    from imagelint.image.sources.daemon_address import DOCKER, NAMES, address

    found = []
    for kind in NAMES:
        try:
            if address(kind).there:
                found.append(kind)
        except UnreadableError:
            found.append(kind)  # named, and wrong: the scan tells how
    return found or [DOCKER]


def _show(kind: str, removals: list[Removal]) -> None:
    """The commands that remove what nobody needs, on standard output."""
    from imagelint.engine.amounts import in_words
    from imagelint.report.escape import no_command, visible

    if not removals:
        return
    total = in_words(sum(removal.frees for removal in removals))
    print(f"\nto remove what no container needs, which frees {total} (nothing was removed):")
    for removal in removals[:_MOST]:
        print(no_command(f"  {visible(removal.command)}  # {visible(removal.why)}; frees {removal.frees_text}"))
    if len(removals) > _MOST:
        print(f"  and {len(removals) - _MOST} more; --format json has all of them, by image")


def _days(words: str) -> int:
    number, unit = (words[:-1], words[-1]) if words[-1:] in _UNITS else (words, "d")
    if not number.isascii() or not number.isdigit() or not 0 < int(number[:9]) * _UNITS[unit] <= 36_500:
        raise ArgumentTypeError(f"{words!r} is no age; say 90d, 12w or 1y")
    return int(number) * _UNITS[unit]
