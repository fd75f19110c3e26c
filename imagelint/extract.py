"""imagelint extract: the very bytes of the file that a finding lies in, into a new file."""

from __future__ import annotations

import os
from collections.abc import Sequence

from imagelint import targets
from imagelint.engine.compiled import load
from imagelint.engine.evaluate import Engine
from imagelint.errors import UnreadableError, UsageError
from imagelint.image.lint import lint
from imagelint.image.member import copy_member
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.secrets import Origin
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor

MIN_FINGERPRINT = 8
"""Characters of a fingerprint that name it: 32 bits tell the findings of one image apart."""


def extract(
    target: str, fingerprint: str, output: str, rule_folders: Sequence[str] = (), request: Request = ANY
) -> int:
    """Write the file that holds the finding to `output`, which must not exist; the number of bytes written.

    The file is made with mode 0600, never through a link, and only a regular file of the image is written: what a
    link, a device or a configuration value would give is refused.
    """
    if len(fingerprint) < MIN_FINGERPRINT:
        raise UsageError(
            f"a fingerprint has at least {MIN_FINGERPRINT} characters; `imagelint scan --format json` gives them"
        )
    origin = _find(target, fingerprint, rule_folders, request)
    if origin is None:
        raise UsageError(f"no finding of this target has a fingerprint that begins with {fingerprint[:64]!r}")
    if origin.layer is None:
        raise UsageError(
            "this finding lies in the configuration, not in a file: `imagelint scan --show-secrets` shows its value"
        )
    if not origin.ordinal:
        raise UsageError(f"this finding lies in a {origin.surface}, and only regular files are extracted")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(output, flags, 0o600)
    except FileExistsError:
        raise UsageError(f"{output}: exists already, and extract only makes new files") from None
    except OSError as error:
        raise UsageError(f"{output}: cannot be made: {error.strerror}") from None
    try:
        with open(handle, "wb") as file:
            return copy_member(origin.layer, origin.ordinal, file)
    except BaseException:
        os.unlink(output)
        raise


def _find(target: str, fingerprint: str, rule_folders: Sequence[str], request: Request) -> Origin | None:
    rules = load(rule_folders)
    engine = Engine(rules, ())
    detector = Detector([rule for rule in rules.rules if rule.kind == "secret"], strict=True)
    redactor = Redactor(detector)
    images = 0
    hole = ""
    for item in targets.expand(target, request):
        if isinstance(item, targets.Hole):
            hole = hole or f"{redactor.safe(item.place)}: {redactor.safe(item.reason)}"
        elif isinstance(item, Image):
            images += 1
            result = lint(item, engine, detector, target=target, show=False)
            matches = {key: origin for key, origin in result.origins.items() if key.startswith(fingerprint)}
            if len(matches) > 1:
                raise UsageError(
                    f"{len(matches)} findings have a fingerprint that begins with {fingerprint!r}: give more of it"
                )
            if matches:
                return next(iter(matches.values()))
    if hole and not images:
        raise UnreadableError(hole)
    if not images:
        raise UsageError("extract takes an image: a secret in a Dockerfile is in the file you have")
    return None
