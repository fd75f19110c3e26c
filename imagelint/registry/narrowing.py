"""What narrows a question to an index, as a condition of SQL. Values are bound, and stand in no statement."""

from __future__ import annotations

import re
from typing import Any

from imagelint.errors import UsageError
from imagelint.record import fields, record
from imagelint.registry.answers import SEVERITIES

LEAST_PREFIX = 4
"""Digits of a fingerprint: fewer name nothing."""
_PREFIX = re.compile(rf"[0-9a-f]{{{LEAST_PREFIX},128}}\Z")
_THERE = """i.id IN (SELECT l.image FROM leads l JOIN refs r ON r.repository = l.repository AND r.root = l.root
    WHERE r.gone = '')"""


@record
class Asked:
    """What narrows a question; empty: nothing does."""

    fingerprint: str = ""
    """Its first digits are enough."""
    rule: str = ""
    severity: str = ""
    """And worse ones."""
    repository: str = ""
    """HOST/NAME, with * and ? as a shell has them."""
    base: str = ""
    """The base image's name, with * and ?."""
    label: str = ""
    """NAME or NAME=VALUE."""
    gone: bool = False
    """Images too of which no reference is left in the registry."""

    @property
    def of_findings(self) -> bool:
        """Whether it asks for some findings of an image, and not for all."""
        return bool(self.fingerprint or self.rule or self.severity)

    def told(self) -> dict[str, str]:
        """What is set, in words."""
        given = {name: getattr(self, name) for name in fields(self)}
        return {name: str(value).lower() for name, value in given.items() if value}

    def checked(self) -> Asked:
        """UsageError for what can be no fingerprint, severity or label."""
        if self.fingerprint and not _PREFIX.match(self.fingerprint):
            digits = f"at least {LEAST_PREFIX} of its digits, 0 to 9 and a to f"
            raise UsageError(f"--fingerprint {self.fingerprint!r}: give a finding's fingerprint, or {digits}")
        if self.severity and self.severity not in SEVERITIES:
            raise UsageError(f"--severity {self.severity!r}: there are {', '.join(SEVERITIES)}")
        if self.label.startswith("="):
            raise UsageError(f"--label {self.label!r}: give NAME or NAME=VALUE")
        return self


def of_images(asked: Asked) -> tuple[str, dict[str, Any]]:
    """A condition on images (`i`), and its values."""
    parts, given = ["1"], dict[str, Any]()
    if not asked.gone:
        parts.append(_THERE)
    for name in ("repository", "base"):
        if pattern := getattr(asked, name):
            parts.append(f"i.{name} GLOB :{name}")
            given[name] = pattern.replace("[", "[[]")
    if asked.label:
        given["label"], equals, given["value"] = asked.label.partition("=")
        same = " AND b.value = :value" if equals else ""
        parts.append(f"EXISTS (SELECT 1 FROM labels b WHERE b.image = i.id AND b.name = :label{same})")
    return " AND ".join(parts), given


def of_findings(asked: Asked, *, suppressed: bool = False) -> tuple[str, dict[str, Any]]:
    """A condition on findings (`f`, what they say `t`) of such images; of those alone that are `suppressed`, or not."""
    where, given = of_images(asked)
    parts = [where, "f.suppressed <> ''" if suppressed else "f.suppressed = ''"]
    if asked.fingerprint:
        parts.append("substr(t.fingerprint, 1, :digits) = :fingerprint")
        given |= {"digits": len(asked.fingerprint), "fingerprint": asked.fingerprint}
    if asked.rule:
        parts.append("t.rule = :rule")
        given["rule"] = asked.rule
    if asked.severity:
        some = SEVERITIES[: SEVERITIES.index(asked.severity) + 1]
        parts.append(f"t.severity IN ({', '.join(repr(name) for name in some)})")
    return " AND ".join(parts), given
