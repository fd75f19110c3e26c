"""Variables in FROM: BuildKit's checks UndefinedArgInFrom and InvalidDefaultArgInFrom.

https://docs.docker.com/reference/build-checks/undefined-arg-in-from/
https://docs.docker.com/reference/build-checks/invalid-default-arg-in-from/
"""

from __future__ import annotations

from imagelint.dockerfile.model import Dockerfile, Stage
from imagelint.dockerfile.values import references
from imagelint.dockerfile.words import Budget, WordError, expand
from imagelint.lazy import Lazy

PLATFORM_ARGUMENTS = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
) | {"TARGETSTAGE"}
"""Known to every FROM: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope"""

_IMAGE = Lazy(
    r"(?:[\w.-]+(?::\d+)?/|\[[\da-fA-F:]+\](?::\d+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::\w[\w.-]{0,127})?(?:@[A-Za-z][\w.+-]*:[0-9a-fA-F]{32,})?"
)
"""A reference: https://github.com/distribution/reference/blob/main/reference.go"""


def undeclared(dockerfile: Dockerfile, stage: Stage) -> list[str]:
    """The names in the base or in --platform of a FROM that are always empty: no ARG ahead of the first FROM has them,
    and they are none that every build knows. Each once."""
    flags = stage.instructions[0].flags if stage.instructions else []
    texts = [stage.base.raw, *(flag.value for flag in flags)]
    names = dict.fromkeys(name for text in texts if "$" in text for name in references(text))
    return [name for name in names if not (name in dockerfile.arguments or name in PLATFORM_ARGUMENTS)]


def needs_argument(dockerfile: Dockerfile, stage: Stage, budget: Budget) -> bool:
    """The base, with the defaults of its arguments filled in, is empty or no name of an image, and an argument that is
    declared without a default is to blame."""
    raw = stage.base.raw
    if stage.base.expanded or "$" not in raw or undeclared(dockerfile, stage):
        return False
    values = {name: dockerfile.arguments.get(name, "") for name in references(raw)}
    if any(name in PLATFORM_ARGUMENTS or "$" in value for name, value in values.items()):
        return False
    try:
        base, _ = expand(raw, values, dockerfile.directives.get("escape", "\\"), budget)
    except WordError:
        return False
    return _IMAGE.fullmatch(base) is None
