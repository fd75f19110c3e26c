"""The options of the command line: what each is called, what it takes, and what the help says of it."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterable

from imagelint.config import FAIL_ON, MAX_JOBS, PROFILES
from imagelint.findings import STATUSES
from imagelint.report.interface import FORMATS
from imagelint.stream import limits

REPORTING = (
    "format",
    "output",
    "fail_on",
    "fix",
    "fix_only",
    "unsafe_fixes",
    "diff",
    "show_secrets",
    "explain_dropped",
    "quiet",
)
"""Of the options of a scan, those that change no finding."""
STDIN_FILENAME = "Dockerfile"
STATUS_HELP = """\
exit status:
  0  nothing at or above --fail-on
  1  findings
  2  the words or the configuration are wrong
  3  something was not read; the report lists it
"""


def add_rules(parser: ArgumentParser) -> None:
    """--rules."""
    parser.add_argument(
        "--rules", action="append", default=[], metavar="DIR", help="use the rules of this folder too; repeatable"
    )


def add_source(parser: ArgumentParser) -> None:
    """What every command that reads images takes."""
    add = parser.add_argument
    platforms = "which platform of an image to read: OS/ARCHITECTURE[/VARIANT], or all"
    platforms += " (default: of a file every one, of a registry this machine's)"
    add("--platform", default="", metavar="PLATFORM", help=platforms)
    plain = "a registry (HOST[:PORT]) that may be asked without TLS, or with a certificate of its own; repeatable"
    add("--insecure-registry", action="append", default=[], metavar="HOST", help=plain)
    known = ", ".join(map(limits.word, limits.CHANGEABLE))
    cost = f"change what an image may cost, for example layer-bytes=64G; repeatable; there are {known}"
    add("--limit", action="append", default=[], metavar="NAME=VALUE", help=cost)


def add_origin(parser: ArgumentParser) -> None:
    """What tells whose layers an image has, and which lines made them."""
    add = parser.add_argument
    made = "the Dockerfile that the images were built from, to point at its lines (default: what the image's"
    made += " provenance holds, or the only one in the archive's folder)"
    add("--dockerfile", default="", metavar="FILE", help=made)
    below = "the base image of the images, as a target is named; scratch: they have none"
    add("--base", default="", metavar="IMAGE", help=below)


def add_jobs(parser: ArgumentParser, what: str) -> None:
    """--jobs, of layers and whatever else."""
    parser.add_argument(
        "--jobs", type=_jobs, default=2, metavar="N", help=f"how many {what} to read at a time (default: 2)"
    )


def add_scan(parser: ArgumentParser) -> None:
    """What scan takes."""
    add = parser.add_argument
    parser.epilog = STATUS_HELP
    add("targets", nargs="*", metavar="TARGET", help="what to scan (default: the working directory)")
    formats = f"how to report: {', '.join(FORMATS)} (default: terminal)"
    add("-f", "--format", choices=list(FORMATS), default="terminal", metavar="FORMAT", help=formats)
    files = "write the report to a file; as FORMAT=FILE beside the usual report; repeatable"
    add("-o", "--output", action="append", default=[], metavar="[FORMAT=]FILE", help=files)
    least = f"the least severity that gives exit status 1: {', '.join(FAIL_ON)} (default: warning)"
    add("--fail-on", choices=FAIL_ON, metavar="SEVERITY", help=least)
    profiles = f"which rules to use: {', '.join(PROFILES)} (default: default)"
    add("--profile", choices=PROFILES, metavar="PROFILE", help=profiles)
    only = "use only these rules, named by id or by a peer's id (DL3006); repeatable, or with commas"
    add("--select", action="extend", type=_words, default=[], metavar="RULE", help=only)
    add("--ignore", action="extend", type=_words, default=[], metavar="RULE", help="leave these rules out")
    statuses = f"report only what is {', '.join(STATUSES)} in the final image"
    add("--status", action="extend", type=_statuses, default=[], metavar="STATUS", help=statuses)
    add_rules(parser)
    add_source(parser)
    only = "with docker: or podman: alone, only these images: label=NAME[=VALUE], reference=PATTERN; repeatable"
    add("--filter", action="append", default=[], metavar="FILTER", help=only)
    sent = "the build context of the Dockerfiles (default: looked for where the target is a folder)"
    asks = "ask this registry (docker.io is Docker Hub) about the images that Dockerfiles name: are they there, and for"
    asks += " the platform; with their digests --unsafe-fixes can pin them; repeatable, or with commas"
    add("--resolve", action="extend", type=_words, default=[], metavar="HOST", help=asks)
    add("--context", type=_folder, metavar="DIR", help=sent)
    add("--context-only", action="store_true", help="report only the secrets in files of the build context")
    index = "take of folders, and of build contexts, only the files that git tracks"
    add("--tracked", action="store_true", help=index)
    add_origin(parser)
    add("--own", action="store_true", help="leave out, and count, what lies in the base image's layers alone")
    known = "keep quiet what this file of `imagelint baseline` or of detect-secrets has; repeatable"
    add("--baseline", action="append", default=[], metavar="FILE", help=known)
    add("--config", metavar="FILE", help="read this configuration file")
    named = "leave out what the configuration excludes also where it is named as a target"
    add("--force-exclude", action="store_true", help=named)
    add("--no-config", action="store_true", help="read no configuration file")
    add_jobs(parser, "layers or Dockerfiles")
    trust = "report what comments of a Dockerfile ignore too: it belongs to what is scanned"
    add("--no-inline-ignores", action="store_true", help=trust)
    scripts = "put the shell scripts of Dockerfiles to ShellCheck too (pip install 'imagelint[shellcheck]')"
    add("--shellcheck", action="store_true", help=scripts)
    add("--fix", action="store_true", help="mend Dockerfiles, by fixes that keep what a build does")
    add("--unsafe-fixes", action="store_true", help="mend them by all fixes; look at them with --diff first")
    only = "mend as --fix does, tell of that alone, and exit with 1 where something was mended"
    add("--fix-only", action="store_true", help=only)
    add("--diff", action="store_true", help="show what fixes would change, secrets masked, and write nothing")
    add("--show-secrets", action="store_true", help="show secrets unmasked")
    kept = "report secrets and setuid too in files that are as the distribution's packages brought them"
    add("--show-published", action="store_true", help=kept)
    why = "after the report, count what looked like a secret and was none, by the filter that says so"
    add("--explain-dropped", action="store_true", help=f"{why}; json has the first places of each")
    add("--no-cache", action="store_true", help="keep no results of Dockerfiles for the next run, and use none")
    add("--no-progress", action="store_true", help="show no progress")
    add("-q", "--quiet", action="store_true", help="show findings and what was not read, and no summary")
    add("--strict-coverage", action="store_true", help="exit with 3 also when something was looked into only in part")
    add(
        "--stdin-filename",
        default=STDIN_FILENAME,
        metavar="NAME",
        help="the name to report for a Dockerfile that is read from -",
    )


def given(asked: Namespace, names: Iterable[str]) -> str:
    """The first of these options of a scan that was given, as it is typed; empty where none was."""
    for name in names:
        if getattr(asked, name) not in (None, "", False, [], STDIN_FILENAME if name == "stdin_filename" else ""):
            return f"--{name.replace('_', '-')}"
    return ""


def add_attached(parser: ArgumentParser) -> None:
    """--attached, of scan alone."""
    shown = "show the report that `imagelint registry --attach` put beside an image (registry:NAME), and scan nothing"
    parser.add_argument("--attached", action="store_true", help=shown)


def _words(text: str) -> list[str]:
    """Options that may be repeated, or hold several words with commas."""
    return [word for word in text.split(",") if word]


def _statuses(text: str) -> list[str]:
    words = _words(text)
    if wrong := [word for word in words if word not in STATUSES]:
        raise ArgumentTypeError(f"{wrong[0]!r} is not one of {', '.join(STATUSES)}")
    return words


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MAX_JOBS:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {MAX_JOBS}")
    return int(text)


def _folder(text: str) -> str:
    if not os.path.isdir(text):
        raise ArgumentTypeError(f"{text!r} is no folder")
    return text


def add_baseline(parser: ArgumentParser) -> None:
    """What baseline takes: a file, and what scan takes to find something."""
    parser.add_argument("file", metavar="FILE", help="the baseline; one that exists keeps its reasons and days")
    add_scan(parser)
    for action in parser._actions:  # argparse has no other way to hide an option
        if action.dest in REPORTING:
            action.help = SUPPRESS


def add_config(parser: ArgumentParser) -> None:
    """What config takes: a word, and what scan takes, which wins over the file."""
    parser.add_argument(
        "what", choices=("show", "schema"), metavar="WHAT", help="show the settings, or print the schema"
    )
    add_scan(parser)
