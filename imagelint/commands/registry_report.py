"""`imagelint registry report`: questions to the index of many images' findings."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, TextIO

from imagelint.errors import STDOUT, UsageError, unwritable

if TYPE_CHECKING:
    from imagelint.registry.narrowing import Asked
    from imagelint.registry.questions import Questions

FORMATS = ("terminal", "json", "csv", "html")
INDEX = "imagelint-index.db"
"""Where the index is kept unless somebody says otherwise."""
STATUS = """\
exit status:
  0  the question was answered, whatever the answer is
  2  the words are wrong, or there is no such index
  3  the index is damaged, or could not be read
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What report takes."""
    from imagelint.registry.answers import SEVERITIES
    from imagelint.registry.questions import KINDS

    parser.epilog = STATUS
    add = parser.add_argument
    add("--index", default=INDEX, metavar="FILE", help=f"the index that a scan wrote (default: {INDEX})")
    add("-f", "--format", choices=FORMATS, default="terminal", metavar="FORMAT", help=_formats())
    add("-o", "--output", default="", metavar="FILE", help="write the answer to a file")
    add("--by", default="", metavar="GROUPS", help=f"group the findings: {', '.join(KINDS)} or label:NAME")
    digits = "only this finding, by its fingerprint or the first digits of it: which images hold it"
    add("--fingerprint", default="", metavar="DIGITS", help=digits)
    add("--rule", default="", metavar="RULE", help="only findings of this rule")
    least = f"only findings at least so severe: {', '.join(SEVERITIES)}"
    add("--severity", choices=SEVERITIES, default="", metavar="SEVERITY", help=least)
    add("--repository", default="", metavar="PATTERN", help="only images of these: HOST/NAME, with * and ?")
    add("--base", default="", metavar="PATTERN", help="only images on this base image, with * and ?")
    add("--label", default="", metavar="NAME[=VALUE]", help="only images with this label")
    add("--gone", action="store_true", help="count images too that are not in the registry any more")


def report(asked: Namespace) -> int:
    """Answer a question to the index that `imagelint registry --index` writes.

    Which images hold a finding, which base image or layer brings it, whose are they by a label, what was not read.
    A finding that ten images share counts ten times; how many different ones there are is told beside it.
    """
    from imagelint.registry.narrowing import Asked
    from imagelint.registry.questions import Questions, checked

    folder = os.path.dirname(asked.output) or "."
    if asked.output and not os.path.isdir(folder):
        raise UsageError(f"{asked.output}: there is no folder {folder} to write it to")
    if asked.output and os.path.realpath(asked.output) == os.path.realpath(asked.index):
        raise UsageError(f"{asked.output}: --output is the index itself: name another file")
    checked(asked.by)
    narrowed = Asked(
        asked.fingerprint.lower(),
        asked.rule,
        asked.severity,
        asked.repository,
        asked.base,
        asked.label,
        asked.gone,
    ).checked()
    with Questions(asked.index) as questions:
        try:
            if asked.output:
                with open(asked.output, "w", encoding="utf-8", newline="\n") as file:
                    _write(questions, narrowed, asked, file)
            else:
                _write(questions, narrowed, asked, sys.stdout)
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(asked.output or STDOUT, error) from None
    return 0


def _write(questions: Questions, narrowed: Asked, asked: Namespace, out: TextIO) -> None:
    answer = questions.answer(narrowed, asked.by, top=asked.format == "html")
    if asked.format == "json":
        from imagelint.registry.answer_data import write_json

        write_json(answer, questions.findings(narrowed), out)
    elif asked.format == "csv":
        from imagelint.registry.answer_data import write_csv

        write_csv(answer, questions.findings(narrowed), out)
    elif asked.format == "html":
        from imagelint.registry.overview import write_html

        write_html(answer, out, os.path.dirname(asked.output) or "." if asked.output else "")
    else:
        from imagelint.registry.answer_terminal import write_terminal
        from imagelint.report.screen import Screen, wants_color, width_of

        color, width = (False, 0) if asked.output else (wants_color(out), width_of(out))
        write_terminal(answer, out, Screen(color, width, getattr(out, "encoding", None)))


def _formats() -> str:
    return f"how to tell it: {', '.join(FORMATS)} (default: terminal)"
