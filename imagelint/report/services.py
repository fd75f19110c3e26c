"""What the reports for services have in common: where a finding lies, and what mends it.

GitHub and GitLab show a finding at a file of the repository. An image has none, so a finding of an image stands at the
instruction that made its layer, where that is known.
"""

from __future__ import annotations

import os

from imagelint.findings import FILES, Finding, Location, Skip
from imagelint.report.escape import brief, segments
from imagelint.report.interface import RuleText

CONTAINERS = ("docker-container", "podman-container")
"""What the name of a container on a host stands behind."""
LONGEST_PATH = 300
"""Characters of a path that a service is told."""


def source_of(finding: Finding) -> Location | None:
    """The line of a source file that a finding stands at; None for what is known in the image only."""
    if in_image(finding):
        return finding.layer.source if finding.layer else None
    return finding.location


def in_image(finding: Finding) -> bool:
    """Whether its location is a place in an image."""
    return finding.layer is not None or finding.surface not in FILES


def repository_path(path: str, variable: str) -> str | None:
    """A file's path relative to the checkout, which the service names by this environment variable, or else to the
    working directory; None for a file outside of it."""
    root = os.environ.get(variable) or os.getcwd()
    try:
        relative = os.path.relpath(path, root)
    except ValueError:  # another drive of Windows, or a null byte
        return None
    relative = relative.replace(os.sep, "/")
    return None if relative in (".", "..") or relative.startswith("../") else brief(relative, LONGEST_PATH)


def about(target: str) -> str:
    """`image app:1`, `docker-container:web`: what a finding that lies in no file is about."""
    return target if target.partition(":")[0] in CONTAINERS else f"image {target}"


def image_path(target: str, path: str) -> str:
    """A place in an image as a relative path: `app_latest/root/.ssh/id_rsa`, without a colon in the image's name."""
    parts = segments(f"{brief(target, LONGEST_PATH).replace(':', '_')}/{brief(path, LONGEST_PATH)}")
    return "/".join(parts) or "unnamed"


def place_text(finding: Finding) -> str:
    """`Dockerfile:2:5`; `app:latest: root/.ssh/id_rsa:1:1, layer 3, deleted`."""
    at = finding.location
    place = brief(at.path, LONGEST_PATH)
    if at.line:
        place += f":{at.line}" + (f":{at.column}" if at.column else "")
    if not in_image(finding):
        return place
    layer = f"layer {finding.layer.index}" if finding.layer and finding.layer.index >= 0 else ""
    if layer and finding.layer and finding.layer.origin == "base":
        layer += " of the base image"
    return ", ".join(filter(None, [f"{brief(finding.target, LONGEST_PATH)}: {place}", layer, finding.status]))


def skip_text(skip: Skip) -> str:
    """What was not read, and why, on one line; the target is left out where the place names it."""
    named = (skip.target if not within(skip) else "", skip.place)
    place = ", ".join(brief(name, LONGEST_PATH) for name in named if name)
    return f"{place}: {brief(skip.reason)}" if place else brief(skip.reason)


def within(skip: Skip) -> bool:
    """Whether the place names the target too, as a path below it does."""
    return skip.place == skip.target or skip.place.startswith(f"{skip.target.rstrip('/')}/")


def remedy(finding: Finding, rule: RuleText) -> str:
    """How to mend it, in one sentence; empty where nobody says."""
    return brief(finding.remedy or (finding.fix.title if finding.fix else "") or rule.remedy)
