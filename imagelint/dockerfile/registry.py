"""The images that a Dockerfile takes from registries, for whoever may ask these (imagelint.resolve, of --resolve)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from imagelint.dockerfile.subject_copy import CopySubject
from imagelint.dockerfile.subject_instruction import InstructionSubject
from imagelint.dockerfile.subject_stage import StageSubject
from imagelint.dockerfile.values import references
from imagelint.secrets.names import is_secret_name

if TYPE_CHECKING:
    from imagelint.dockerfile.subjects import Subject


class Registry(Protocol):
    """Says what registries have. What cannot be known is told once, with the place that asked first."""

    platform: str
    """os/architecture[/variant] that images are built for where a Dockerfile leaves it open; empty when not known."""

    def digest(self, image: str, place: str = "") -> str:
        """The digest that a reference leads to now; empty when it is not known."""

    def others(self, image: str, platform: str, place: str = "") -> list[str]:
        """The platforms that an image is there for, if none of them serves this one; else, or if not known, none."""


def ask(things: list[Subject], path: str, registry: Registry) -> None:
    """Look up every image that a Dockerfile names, so that those that are not there are told."""
    for image, line in images(things):
        registry.digest(image, f"{path}:{line}")


def images(things: list[Subject]) -> Iterator[tuple[str, int]]:
    """(reference, line) of each FROM, COPY --from and RUN --mount=from that names an image: no stage, no scratch, and
    nothing that only whoever builds can know."""
    for subject in things:
        if isinstance(subject, StageSubject):
            if is_image(subject):
                yield subject.base, subject.data.base.span.line
        elif isinstance(subject, CopySubject):
            if image := copied_from(subject):
                yield image, subject.instruction.instruction.span.line
        elif isinstance(subject, InstructionSubject) and subject.keyword == "RUN":
            for image in subject.mount_images:
                if image != "scratch":
                    yield image, subject.instruction.span.line


def is_image(stage: StageSubject) -> bool:
    """Its base is an image whose name is known. One that an argument named like a secret is part of goes nowhere."""
    if not stage.base or stage.base_is_stage or stage.base_is_scratch or not stage.base_known or "$" in stage.base:
        return False
    return not any(map(is_secret_name, references(stage.base_raw)))


def copied_from(copy: CopySubject) -> str:
    """The image of COPY --from, as written; empty for a stage and for a variable, which BuildKit does not fill in."""
    name = copy.instruction.flag("from")
    stage = copy.from_stage or copy.from_self or copy.from_later or name.isdigit() or name == "scratch"
    return "" if stage or "$" in name else name


def other_platforms(stage: StageSubject) -> list[str]:
    """See the fact of this name."""
    registry, platform = stage.dockerfile.registry, built_for(stage)
    if registry is None or not platform or not is_image(stage):
        return []
    return registry.others(stage.base, platform, f"{stage.dockerfile.path}:{stage.data.base.span.line}")


def built_for(stage: StageSubject) -> str:
    """See the fact of this name."""
    registry, asked = stage.dockerfile.registry, stage.data.platform
    if registry is None:
        return ""
    if asked in ("", "$TARGETPLATFORM", "${TARGETPLATFORM}"):
        return registry.platform
    return "" if "$" in asked else asked
