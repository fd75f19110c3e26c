"""The command line: parse the words, call scan, choose the exit status; nothing else.

argparse, because click takes 14 ms to import and a run over one Dockerfile has 80 (bench/cold_start.py).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

from imagelint import __version__, process
from imagelint.commands import cache, host, registry, registry_report, rules, size
from imagelint.errors import STDOUT, ImagelintError, RuleError, UnreadableError, UsageError, defect, nearest, unwritable
from imagelint.findings import CLEAN, FOUND, HOLES
from imagelint.options import (
    REPORTING,
    STATUS_HELP,
    add_attached,
    add_baseline,
    add_config,
    add_rules,
    add_scan,
    add_source,
)
from imagelint.report.escape import no_command, visible
from imagelint.stream import limits

if TYPE_CHECKING:
    from imagelint.findings import Report

WRONG_WORDS, INTERRUPTED = 2, 130
HELP_WIDTH = 100
UNKNOWN = "unrecognized arguments: "
"""What argparse says of options that it does not know."""
TAGLINE = "Find what is in a Dockerfile or an image that must not be there, and the line that put it there."
# All our words are English, and asking for argparse's in another language costs 2 ms.
argparse._ = str  # type: ignore[attr-defined]  # it is gettext, imported under this name


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line and exit with one of the statuses above."""
    words = sys.argv[1:] if words is None else list(words)
    process.own = True
    try:
        _no_core()
        try:
            status = run(words)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if words[:1] in (["scan"], ["registry"], ["size"]):  # which tell of their output themselves
                raise
            raise unwritable(STDOUT, error) from None
    except ImagelintError as error:
        # A name may hold anything, a line feed too; only mistakes in rule files have lines of ours.
        lines = str(error).split("\n") if isinstance(error, RuleError) else [str(error)]
        lines = ["the rule files hold mistakes:", *lines] if len(lines) > 1 else lines
        print("imagelint: " + "\n".join(no_command(visible(line)) for line in lines), file=sys.stderr)
        status = HOLES if isinstance(error, UnreadableError) else WRONG_WORDS
        _let_go()
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader went away: imagelint ... | head.
        _let_go()
        status = FOUND
    except Exception as error:
        print(f"imagelint: {defect(error)}", file=sys.stderr)
        status = HOLES
    sys.exit(status)


def _let_go() -> None:
    """What standard output cannot take goes nowhere: Python flushes at exit, with a traceback if it cannot."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _no_core() -> None:
    """A process that crashes leaves no memory on disk: it is full of what was scanned (core(5))."""
    try:
        from resource import RLIMIT_CORE, getrlimit, setrlimit  # not on Windows
    except ImportError:
        return
    setrlimit(RLIMIT_CORE, (0, getrlimit(RLIMIT_CORE)[1]))


def run(words: list[str]) -> int:
    """Carry out the command that the first word names, and return the exit status."""
    name, rest = _named(words)
    if name:
        return _ALL[name][1](_whole(name).parse_intermixed_args(list(map(_no_option, rest))))
    parser = _top()
    command = parser.parse_args(words).command
    if command is None:
        parser.print_help(sys.stderr)
        return WRONG_WORDS
    if os.path.exists(command):
        raise UsageError(f"there is no command {command!r}; did you mean `imagelint scan {command}`?")
    hint = nearest(command, COMMANDS) or f"; there are {', '.join(COMMANDS)}"
    raise UsageError(f"there is no command {command!r}{hint}")


def _named(words: list[str]) -> tuple[str, list[str]]:
    """The command that the first words name, empty for none, and the words behind it."""
    if len(words) > 1 and (two := " ".join(words[:2])) in BELOW:
        return two, words[2:]
    return (words[0], words[1:]) if words and words[0] in COMMANDS else ("", words)


class _Parser(ArgumentParser):
    """With one line for a mistake, as all our errors have; argparse would print the whole usage ahead of it."""

    def error(self, message: str) -> NoReturn:
        text = message.removeprefix("argument ")
        if text.startswith(UNKNOWN):
            text = f"there is no option {text.removeprefix(UNKNOWN)}"
            text += nearest(text.split()[4].partition("=")[0], re.findall(r"--[a-z-]+", self.format_usage()))
        raise UsageError(f"{text}{'' if text.endswith('?') else f'; `{self.prog} --help` tells more'}")


class _Help(RawDescriptionHelpFormatter):
    """With a width of our own: argparse would import shutil (2 ms) to ask for it, even where no help is shown."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=HELP_WIDTH)


def _top() -> _Parser:
    """The parser of words that begin with no command."""
    parser = _Parser("imagelint", description=TAGLINE, formatter_class=_Help, usage="imagelint COMMAND ...")
    parser.add_argument("--version", action="version", version=f"imagelint {__version__}", help="show the version")
    commands = "\n".join(f"  {name:11}{_summary(command)}" for name, (_, command) in COMMANDS.items())
    parser.epilog = f"commands:\n{commands}\n\n`imagelint COMMAND --help` tells more.\n\n{STATUS_HELP}"
    parser.add_argument("command", nargs="?", help=SUPPRESS)
    return parser


def _whole(name: str) -> _Parser:
    parser = _parser(name)
    _ALL[name][0](parser)
    return parser


def _parser(name: str) -> _Parser:
    about = (_ALL[name][1].__doc__ or "").replace("\n    ", "\n").rstrip()
    return _Parser(f"imagelint {name}", description=about, formatter_class=_Help, allow_abbrev=False)


def _summary(command: Callable[[Namespace], int]) -> str:
    return (command.__doc__ or "").partition("\n")[0]


def _add_scan(parser: ArgumentParser) -> None:
    from imagelint.store.options import add_cache

    add_scan(parser)
    add_cache(parser, none=False, default="nothing is kept of images")
    add_attached(parser)


def scan(asked: Namespace) -> int:
    """Scan Dockerfiles, folders and images.

    TARGET is a Dockerfile, a folder (every Dockerfile below it, or an OCI layout), an archive of docker save,
    docker-archive:PATH, oci-archive:PATH, oci:PATH[:TAG], or - for standard input: a Dockerfile or an archive; or
    a compose file, a shell script or a Markdown page, for how containers are started.

    docker:NAME and podman:NAME are images of the Docker daemon and of Podman's service (docker: alone is all of them,
    podman: too), registry:[HOST/]NAME[:TAG][@DIGEST] one of a registry. A name without a prefix that is no path is
    looked for in the daemon, then in Podman and, when it has a tag or a digest, in the registry that it leads to:
    Docker Hub, if it names none.
    """
    from imagelint.report import write
    from imagelint.report.progress import Progress
    from imagelint.scan_options import Options
    from imagelint.scanning import scan as plain

    start: Callable[..., Report] = plain
    if asked.attached:
        from imagelint.commands import attached

        attached.check(asked)
        start = attached.attached
    elif asked.cache or asked.cache_key:
        from imagelint import kept_images

        start = kept_images.scanner(asked)
    if asked.fix_only and (asked.output or asked.format != "terminal"):
        raise UsageError("--fix-only makes no report: --format and --output are for a scan")
    limits.change(asked.limit)
    outputs = write.plan(asked.format, asked.output)
    options = Options.merged(asked)
    with Progress(enabled=not (asked.no_progress or asked.quiet)) as progress:
        report = start(asked.targets or ["."], options, progress.layer)
    if asked.fix_only:
        write.mended(report)
    else:
        write.write(report, options.rules, outputs, quiet=asked.quiet)
    status = report.exit_status(strict_coverage=asked.strict_coverage)
    if asked.fix_only and status != HOLES:
        return FOUND if any(file.rules for file in report.mended) else CLEAN
    return status


def baseline(asked: Namespace) -> int:
    """Write what a scan finds today into a file, for scan --baseline.

    TARGET and the options are those of scan. Reasons and days that stand in the file are kept, and entries of which
    nothing is found any more are left out. What a comment or the configuration keeps quiet is not taken in.
    """
    from imagelint.commands import known
    from imagelint.report.progress import Progress
    from imagelint.scan_options import Options
    from imagelint.scanning import Scan
    from imagelint.triage import baseline_file

    if given := [name for name in REPORTING if getattr(asked, name) not in (None, False, [], "terminal")]:
        raise UsageError(
            f"--{given[0].replace('_', '-')} is for scan; a baseline takes every finding, and makes no report"
        )
    limits.change(asked.limit)
    options = Options.merged(asked)
    options.baselines = [path for path in options.baselines if not baseline_file.same(path, asked.file)]
    update = baseline_file.Update(asked.file)
    with Progress(enabled=not asked.no_progress) as progress:
        scanned = Scan(options, progress.layer)
        report = scanned.run(asked.targets or ["."])
    return known.write(update, scanned, report, strict_coverage=asked.strict_coverage)


def _no_option(word: str) -> str:
    """A word as the parser shall see it. Who hands on names of files, as `imagelint scan *` and pre-commit do, cannot
    put a -- ahead of them: a Dockerfile in a folder called `--output=x` is a target and says nothing to us."""
    if word.startswith("-") and os.path.lexists(word):
        from imagelint.targets import named_like_one

        return f"./{word}" if named_like_one(os.path.basename(word)) else word
    return word


def _add_extract(parser: ArgumentParser) -> None:
    parser.add_argument("target", metavar="TARGET", help="an image, as scan takes it")
    parser.add_argument("fingerprint", metavar="FINGERPRINT", help="of the finding, or how it begins")
    parser.add_argument(
        "-o", "--output", required=True, metavar="FILE", help="the new file; an existing one is never overwritten"
    )
    add_rules(parser)
    add_source(parser)


def extract(asked: Namespace) -> int:
    """Write the file that a finding lies in, byte for byte, into a new file that only you can read.

    The finding is named by its fingerprint, or its first 8 or more characters, as reports give it.
    """
    from imagelint.extract import extract as write
    from imagelint.image.request import Request

    limits.change(asked.limit)
    request = Request(asked.platform, tuple(asked.insecure_registry))
    size = write(asked.target, asked.fingerprint, asked.output, asked.rules, request)
    print(f"{asked.output}: {size} bytes, readable by you alone", file=sys.stderr)
    return CLEAN


def _add_migrate(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="hadolint's configuration, .hadolint.yaml")
    add_rules(parser)


def migrate(asked: Namespace) -> int:
    """Turn hadolint's configuration into an .imagelint.yaml, on standard output.

    What has no counterpart is told on standard error.
    """
    from imagelint.engine.compiled import load
    from imagelint.migrate import migrate as turn

    text, told = turn(asked.file, load(asked.rules))
    print(text, end="")
    for line in told:
        print(f"imagelint: {line}", file=sys.stderr)
    return CLEAN


def _add_schema(parser: ArgumentParser) -> None:
    from imagelint.report.schema import SCHEMAS

    formats = f"of which format: {', '.join(SCHEMAS)} (default: json)"
    parser.add_argument("format", nargs="?", choices=list(SCHEMAS), default="json", metavar="FORMAT", help=formats)


def schema(asked: Namespace) -> int:
    """Print the JSON Schema of a report's format."""
    from imagelint.report.schema import text

    print(text(asked.format), end="")
    return CLEAN


def configure(asked: Namespace) -> int:
    """Show the settings that a scan with these words has here.

    WHAT is show (with --format json as an object), or schema: the JSON Schema of .imagelint.yaml and of
    [tool.imagelint] in pyproject.toml.
    """
    from imagelint.config import schema, show
    from imagelint.scan_options import Options
    from imagelint.scanning import Scan

    if asked.what == "schema":
        print(schema.text(), end="")
    else:
        options = Options.merged(asked)
        Scan(options)  # refuses what a scan refuses: unknown rules, parameters, a baseline that is none
        found = options.config
        print(show.as_json(asked, found) if asked.format == "json" else show.as_text(asked, found))
    return CLEAN


def _add_completion(parser: ArgumentParser) -> None:
    from imagelint.completion import SHELLS

    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=f"which one: {', '.join(SHELLS)}")
    parser.add_argument("typed", nargs="?", help=SUPPRESS)  # what its script asks about: lines of a word each


def complete(asked: Namespace) -> int:
    """Print the script with which a shell completes imagelint's words.

    bash: eval "$(imagelint completion bash)"          in ~/.bashrc
    zsh:  source <(imagelint completion zsh)           in ~/.zshrc, behind compinit
    fish: imagelint completion fish | source           in ~/.config/fish/config.fish
    """
    from functools import partial

    from imagelint import completion

    parsers = {"": _top} | {name: partial(_whole, name) for name in _ALL}
    text = completion.answer(asked.shell, asked.typed or "", parsers) or completion.script(asked.shell)
    sys.stdout.buffer.write(text.encode())  # with the ends of lines that shells want, on Windows too
    return CLEAN


COMMANDS: dict[str, tuple[Callable[[ArgumentParser], None], Callable[[Namespace], int]]] = {
    "scan": (_add_scan, scan),
    "host": (host.add_host, host.host),
    "registry": (registry.add_registry, registry.registry),
    "explain": (rules.add_explain, rules.explain),
    "rules": (rules.add_list, rules.list_rules),
    "size": (size.add_size, size.size),
    "extract": (_add_extract, extract),
    "baseline": (add_baseline, baseline),
    "cache": (cache.add_cache, cache.cache),
    "config": (add_config, configure),
    "migrate": (_add_migrate, migrate),
    "schema": (_add_schema, schema),
    "completion": (_add_completion, complete),
}
BELOW: dict[str, tuple[Callable[[ArgumentParser], None], Callable[[Namespace], int]]] = {
    "registry report": (registry_report.add_arguments, registry_report.report),
}
"""Commands of two words, of which the first is one of those above."""
_ALL = COMMANDS | BELOW
