"""What a scan is asked to do: the command line, or the options of a program, over the configuration."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from imagelint import config
from imagelint.engine.compiled import load
from imagelint.engine.selection import resolve
from imagelint.errors import UsageError
from imagelint.findings import STATUSES
from imagelint.image.request import ANY, Request
from imagelint.record import field, record

if TYPE_CHECKING:
    from argparse import Namespace

    from imagelint.asked import Options as Asked
    from imagelint.dockerfile.shellcheck import ShellCheck
    from imagelint.engine.compiled import RuleSet


@record
class Options:
    """What a scan is asked to do, with its rules and its configuration read."""

    rules: RuleSet
    profile: str = "default"
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    status: Collection[str] = STATUSES
    fail_on: str = "warning"
    exclude: Sequence[str] = ()
    force_exclude: bool = False
    """Leave out what is excluded where it is named, too."""
    show_secrets: bool = False
    show_published: bool = False
    """Report secrets too that lie in files as their packages brought them."""
    inline_ignores: bool = True
    """Comments of a Dockerfile may keep its findings quiet."""
    explain_dropped: bool = False
    """Count what filters turn away."""
    jobs: int = 2
    """Layers, or Dockerfiles, that are read at a time."""
    stdin_name: str = "Dockerfile"
    context: str = ""
    """The build context of every Dockerfile; empty: looked for below folders that are targets."""
    context_only: bool = False
    """Report only the secrets in files of build contexts."""
    tracked: bool = False
    """Of folders and build contexts, take only what git tracks."""
    dockerfile: str = ""
    """That the images were built from; empty: looked for in their provenance, and beside them."""
    mend: str = ""
    """Which fixes to apply: safe, all, or none (empty)."""
    fix_only: bool = False
    """Mend, and look for nothing else."""
    resolve: Sequence[str] = ()
    """Registries that may be asked about the images that Dockerfiles name."""
    diff: bool = False
    """Show what fixes would change, and write nothing."""
    caches: bool = True
    """Results may be kept for the next run, and taken from the last."""
    folders: Sequence[str] = ()
    """Of further rules."""
    base: str = ""
    """What the images were built on."""
    own: bool = False
    """Leave out what lies in the base image's layers alone."""
    request: Request = ANY
    baselines: Sequence[str] = ()
    """Files of findings that are known."""
    config: config.Config = field(default_factory=config.Config)
    shellcheck: ShellCheck | None = None
    """Asked about the scripts of Dockerfiles, where it is given; its rules are among `rules` then."""

    @property
    def once(self) -> bool:
        """Whether more is asked for than reports hold as a rule: what is found in images is not kept then."""
        return self.show_secrets or self.explain_dropped or bool(self.dockerfile)

    @property
    def remembers(self) -> bool:
        """Whether results of Dockerfiles are kept: not what was asked for once (values, reasons, fixes, one image's
        context), nor what registries and a program of its own say, which may be something else next time."""
        once = self.context or self.tracked or self.mend or self.show_secrets or self.explain_dropped
        return self.caches and not (once or self.resolve or self.shellcheck)

    @classmethod
    def merged(cls, asked: Namespace | Asked) -> Options:
        """The options of the command line, or of a program, over those of the configuration; UsageError where they are
        wrong."""
        if asked.config:
            found = config.read(os.fspath(asked.config))
        else:
            found = config.Config() if asked.no_config else config.discover()
        folders = [os.fspath(folder) for folder in asked.rules]
        rules, shellcheck = load(folders), None
        if asked.shellcheck:
            from imagelint.dockerfile.shellcheck import ShellCheck, extended

            rules = extended(rules)
            shellcheck = ShellCheck.found(rules)
        _names(found, rules)
        return cls(
            rules=rules,
            profile=asked.profile or found.profile or "default",
            select=asked.select or found.select,
            ignore=asked.ignore,
            status=asked.status or found.status or STATUSES,
            fail_on=asked.fail_on or found.fail_on or "warning",
            exclude=found.exclude,
            force_exclude=asked.force_exclude,
            show_secrets=asked.show_secrets,
            show_published=asked.show_published,
            inline_ignores=found.inline_ignores and not asked.no_inline_ignores,
            explain_dropped=asked.explain_dropped,
            jobs=asked.jobs,
            stdin_name=asked.stdin_filename,
            context=os.fspath(asked.context or ""),
            dockerfile=os.fspath(asked.dockerfile),
            context_only=asked.context_only,
            tracked=asked.tracked,
            mend="all" if asked.unsafe_fixes else "safe" if asked.fix or asked.fix_only or asked.diff else "",
            fix_only=asked.fix_only,
            resolve=asked.resolve,
            diff=asked.diff,
            caches=not asked.no_cache,
            folders=folders,
            base=asked.base,
            own=asked.own,
            request=Request(asked.platform, tuple(asked.insecure_registry), tuple(asked.filter)),
            baselines=[os.fspath(path) for path in asked.baseline or found.baseline],
            config=found,
            shellcheck=shellcheck,
        )


def _names(found: config.Config, rules: RuleSet) -> None:
    """UsageError, with the place, where the configuration names a rule that there is none of."""
    for key in ("select", "ignore"):
        if names := getattr(found, key):
            try:
                resolve(rules.rules, names, lenient=True)
            except UsageError as error:
                raise UsageError(f"{found.given[key]}: {error}") from None
