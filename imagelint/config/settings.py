"""What a configuration may say: every setting with its kind, its default and its meaning. The reader, `imagelint config
show` and the JSON Schema (docs/config.schema.json) all go by this table."""

from __future__ import annotations

from imagelint.config import FAIL_ON, PROFILES
from imagelint.findings import STATUSES
from imagelint.record import record

SEVERITIES = ("error", "warning", "note", "ignore")
FLAGS_ONLY = (
    "rules output format show-secrets insecure-registry resolve platform limit filter context base own dockerfile fix "
    "unsafe-fixes diff shellcheck config no-config no-cache strict-coverage"
).split()
"""Options that somebody may look for in a configuration, which must not weaken the scan of its own repository."""


@record
class Setting:
    """One setting. kind: word (one of `choices`), words (a list, or one alone), switch, parameters or overrides."""

    kind: str
    meaning: str
    choices: tuple[str, ...] = ()
    default: object = None


SETTINGS = {
    "profile": Setting("word", "Which rules are put.", PROFILES, "default"),
    "fail-on": Setting("word", "The least severity that gives exit status 1.", FAIL_ON, "warning"),
    "select": Setting("words", "Only these rules, by their ids or a peer's (DL3006).", (), ()),
    "ignore": Setting("words", "Rules whose findings are kept quiet, and counted.", (), ()),
    "exclude": Setting("words", "Patterns of Dockerfiles that the scan of a folder leaves out.", (), ()),
    "status": Setting("words", "Which findings of images: by what became of the file.", STATUSES, STATUSES),
    "parameters": Setting("parameters", "Parameters of rules, by rule and by name.", (), {}),
    "inline-ignores": Setting("switch", "Whether comments of a Dockerfile may keep its findings quiet.", (), True),
    "baseline": Setting("words", "Files of known findings, below the folder of the configuration.", (), ()),
    "overrides": Setting("overrides", "Rules that are quiet, or of another severity, in some places.", (), ()),
}
OVERRIDE = {
    "rules": Setting("words", "The rules that it is about, by their ids or a peer's."),
    "paths": Setting(
        "words",
        "Patterns of Dockerfiles, files of the build context and files in images: `*` stops at a slash, `**` does not, "
        "a folder stands for all below it. Left out: anywhere.",
    ),
    "images": Setting("words", "Patterns of images, as the target names them, with or without a tag. Left out: any."),
    "severity": Setting("word", "What the findings are, or `ignore` to keep them quiet.", SEVERITIES, "ignore"),
    "reason": Setting("text", "Why. Required to ignore."),
    "expires": Setting("day", "The last day on which it counts, YYYY-MM-DD. Left out: for ever."),
}
"""What one of the overrides says."""
