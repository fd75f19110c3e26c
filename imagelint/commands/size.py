"""`imagelint size`: what a pull of an image transmits, and what of it nobody needs."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, TextIO

from imagelint.errors import STDOUT, UsageError, unwritable
from imagelint.options import add_jobs, add_origin, add_source

if TYPE_CHECKING:
    from imagelint.sizes import SizeReport

FORMATS = ("terminal", "json", "html")
DEPTH, MAX_DEPTH = 3, 64
STATUS = """\
exit status:
  0  every image is within --max-waste and --max-size
  1  one is not
  2  the words are wrong
  3  something was not read; the report lists it
"""


def add_size(parser: ArgumentParser) -> None:
    from imagelint.report.size_words import KINDS

    parser.epilog = STATUS
    add = parser.add_argument
    add("targets", nargs="+", metavar="TARGET", help="an image, as scan takes it; several are told one by one")
    formats = f"how to tell it: {', '.join(FORMATS)} (default: terminal)"
    add("-f", "--format", choices=FORMATS, default="terminal", metavar="FORMAT", help=formats)
    add("-o", "--output", default="", metavar="FILE", help="write it to a file")
    most = "exit with 1 where more than this is waste: a share of what a pull transmits (5%%), or a size (20MB)"
    add("--max-waste", default="", metavar="AMOUNT", help=most)
    add(
        "--max-size",
        default="",
        metavar="SIZE",
        help="exit with 1 where a pull transmits more than this: 300MB, 1.5GiB",
    )
    add("--own", action="store_true", help="hold these two against the layers that are not the base image's")
    kinds = f"a kind that is no waste for you, as bytecode may be none; repeatable; there are {', '.join(KINDS)}"
    add("--ignore", action="append", choices=list(KINDS), default=[], metavar="KIND", help=kinds)
    add("--tree", action="store_true", help="show the waste as a tree of paths")
    deep = f"how many folders deep the tree goes (default: {DEPTH})"
    add("--depth", type=_depth, default=DEPTH, metavar="N", help=deep)
    older = "an older build of the image: tell which layers changed, what a pull transmits again, and why"
    add("--compare", default="", metavar="IMAGE", help=older)
    add_source(parser)
    add_origin(parser)
    add_jobs(parser, "layers")
    add("--no-progress", action="store_true", help="show no progress")


def _depth(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_DEPTH:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_DEPTH}")
    return int(text)


def size(asked: Namespace) -> int:
    """Tell what a pull of an image transmits, layer by layer, and what of it nobody needs.

    Waste is what no path of the final file system leads to (deleted, overwritten, hidden), what is shipped twice (a
    copy for the sake of a mode or an owner, the same content at two paths), and files of no use. Each byte counts once,
    for the layer that ships it.
    """
    from imagelint.image.request import Request
    from imagelint.report.progress import Progress
    from imagelint.sizing import Options, Sizing
    from imagelint.stream import limits

    if asked.depth != DEPTH and not asked.tree:
        raise UsageError("--depth is for the tree: give --tree too")
    folder = os.path.dirname(asked.output) or "."
    if asked.output and not os.path.isdir(folder):
        raise UsageError(f"{asked.output}: there is no folder {folder} to write it to")
    limits.change(asked.limit)
    options = Options(
        Request(asked.platform, tuple(asked.insecure_registry)),
        asked.base,
        asked.dockerfile,
        asked.own,
        asked.max_waste,
        asked.max_size,
        asked.jobs,
        frozenset(asked.ignore),
        asked.compare,
    )
    with Progress(enabled=not asked.no_progress) as progress:
        report = Sizing(options, progress.layer).run(asked.targets)
    try:
        if asked.output:
            with open(asked.output, "w", encoding="utf-8", newline="\n") as file:
                _render(report, file, asked)
        else:
            _render(report, sys.stdout, asked)
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise unwritable(asked.output or STDOUT, error) from None
    return report.exit_status()


def _render(report: SizeReport, out: TextIO, asked: Namespace) -> None:
    if asked.format == "json":
        from imagelint.report import size_json

        size_json.render(report, out)
    elif asked.format == "html":
        from imagelint.report.html import size as size_html

        size_html.render(report, out)
    else:
        from imagelint.report import size_terminal
        from imagelint.report.screen import Screen, wants_color, width_of

        color, width = (False, 0) if asked.output else (wants_color(out), width_of(out))
        screen = Screen(color, width, getattr(out, "encoding", None))
        size_terminal.render(report, out, screen, depth=asked.depth if asked.tree else 0)
