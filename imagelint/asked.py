"""The options of a scan as a program gives them: imagelint.Options."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from imagelint.config import FAIL_ON, MAX_JOBS, PROFILES
from imagelint.errors import UsageError
from imagelint.findings import STATUSES

Path = str | os.PathLike[str]

_CHOICES = {"profile": ("", *PROFILES), "fail_on": ("", *FAIL_ON), "status": STATUSES}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a scan is asked to do: the command line's options by their names, with its defaults. UsageError where one
    has a wrong type or value.

    Several words are any sequence of them, and are kept as a tuple; paths may be path objects, and are kept as texts.
    What is empty is said by the configuration, if it says it.
    """

    profile: str = ""
    """`default` or `strict`; empty: the configuration's, else `default`."""
    fail_on: str = ""
    """The least severity for which `Report.exit_status` is 1: `error`, `warning`, `note` or `never`; empty: the
    configuration's, else `warning`."""
    select: Sequence[str] = ()
    """Only these rules, by their ids or a peer's."""
    ignore: Sequence[str] = ()
    """Rules to leave out."""
    status: Sequence[str] = ()
    """Only what is `present`, `deleted`, `overwritten` or `hidden` in the final image; empty: all."""
    rules: Sequence[Path] = ()
    """Folders of further rules."""
    platform: str = ""
    """OS/ARCHITECTURE[/VARIANT] or `all`; empty: of a file every one, of a registry this machine's."""
    insecure_registry: Sequence[str] = ()
    """Registries (HOST[:PORT]) that may be asked without TLS, or with a certificate of their own."""
    filter: Sequence[str] = ()
    """With the target `docker:` or `podman:`: only these images, as label=NAME[=VALUE] or reference=PATTERN."""
    resolve: Sequence[str] = ()
    """Registries that may be asked about the images that Dockerfiles name."""
    context: Path = ""
    """The build context of the Dockerfiles; empty: looked for where a target is a folder."""
    context_only: bool = False
    """Report only the secrets in files of the build context."""
    tracked: bool = False
    """Take of folders, and of build contexts, only the files that git tracks."""
    dockerfile: Path = ""
    """The Dockerfile that the images were built from; empty: looked for in their provenance, and beside them."""
    base: str = ""
    """The base image of the images, as a target is named, or `scratch`."""
    own: bool = False
    """Leave out, and count, what lies in the base image's layers alone."""
    baseline: Sequence[Path] = ()
    """Files of findings that are known, and kept quiet."""
    config: Path = ""
    """A configuration file; empty: the one of the working directory."""
    no_config: bool = False
    """Read no configuration file."""
    force_exclude: bool = False
    """Leave out what the configuration excludes where it is named, too."""
    jobs: int = 2
    """Layers that are read at a time, from 1 to 64: in threads, since workers are the command line's."""
    no_inline_ignores: bool = False
    """Report what comments of a Dockerfile ignore too."""
    shellcheck: bool = False
    """Put the shell scripts of Dockerfiles to ShellCheck too, a program of its own."""
    fix: bool = False
    """Mend Dockerfiles, by fixes that keep what a build does. Writes into the targets."""
    fix_only: bool = False
    """Mend them so, and report only what was mended."""
    unsafe_fixes: bool = False
    """Mend them by all fixes. Writes into the targets."""
    diff: bool = False
    """Show what fixes would change (`Report.mended`), and write nothing."""
    show_secrets: bool = False
    """Mask nothing: texts of the report then hold secrets as they are."""
    show_published: bool = False
    """Report secrets too that lie in files as the distribution's packages brought them."""
    explain_dropped: bool = False
    """Count what looked like a secret and was none (`Report.dropped`)."""
    no_cache: bool = False
    """Keep no results of Dockerfiles for the next scan, and use none."""
    stdin_filename: str = "Dockerfile"
    """The name to report for a Dockerfile that is read from standard input, the target `-`."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = _checked(item.name, getattr(self, item.name), str(item.type))
            object.__setattr__(self, item.name, value)  # the way that frozen classes leave


def _checked(name: str, value: object, kind: str) -> object:
    """The value of an option of this kind, as its annotation has it."""
    if kind.startswith("Sequence"):
        if isinstance(value, str | bytes | os.PathLike) or not isinstance(value, Iterable):
            raise UsageError(f"{name}: takes several words, as a list or a tuple, and not a {type(value).__name__}")
        return tuple(text(name, word, paths="Path" in kind) for word in value)
    if kind in ("str", "Path"):
        return text(name, value, paths=kind == "Path")
    if type(value).__name__ != kind:
        raise UsageError(f"{name}: takes a value of type {kind}, and not a {type(value).__name__}")
    if name == "jobs" and isinstance(value, int) and not 1 <= value <= MAX_JOBS:
        raise UsageError(f"jobs: {value} is not a number from 1 to {MAX_JOBS}")
    return value


def text(name: str, value: object, *, paths: bool = False) -> str:
    """The value, if it is a text, or where `paths` may be given a path; UsageError for what else it is."""
    if paths and isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise UsageError(f"{name}: takes text, and not a {type(value).__name__}")
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        raise UsageError(f"{name}: {value!r} is not one of {', '.join(filter(None, choices))}")
    return value
