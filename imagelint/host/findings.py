"""Findings of containers and of stored images: rules put to them, and the secrets that a container was given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from imagelint.containers.model import Container
from imagelint.engine.evaluate import Engine, Hit
from imagelint.findings import Finding, Location, SafeText, Step
from imagelint.host.stored import Stored
from imagelint.image.lint import Result, lint
from imagelint.image.model import Image
from imagelint.image.surfaces import MAX_TEXT, surfaces
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor, plain

PLACE = "configuration"
SURFACE = "config"
_REMEDY = plain(
    "Start it without: give it the secret as a file that only it can read (a secret of Compose or Swarm, a read-only "
    "mount, a vault's agent), and change it, since everybody who may ask the engine has read it"
)
_READER = plain("whoever may ask the engine reads it: `docker inspect` shows it, and so does its process under /proc")


class Finder:
    """Puts the rules to containers and stored images."""

    def __init__(self, engine: Engine, detector: Detector, redactor: Redactor, show: bool) -> None:
        """`redactor` learns what containers were given: an engine may say it anywhere, in a name too."""
        self._engine, self._detector, self._redactor, self._show = engine, detector, redactor, show
        self._nothing = Engine(engine.ruleset, ())

    def secrets(self, target: str, parts: dict[str, Any]) -> Result:
        """The secrets of what a container was given, found as those of an image's configuration are."""
        image = Image(target, "", "", parts)
        for surface in surfaces(image):
            for candidate in self._detector.text(surface.text[:MAX_TEXT], surface.filename, surface.name):
                if not candidate.dropped:
                    self._redactor.learn(candidate.value, candidate.prefix)
        result = lint(image, self._nothing, self._detector, target=target, show=self._show, jobs=1)
        for finding in result.findings:
            what = finding.secret.type if finding.secret is not None else finding.rule
            told = (what, " in ", finding.location.path, ": whoever may ask the engine can read it")
            finding.message = self._redactor.parts([(text, False) for text in told])  # masked already
            finding.remedy = _REMEDY
            finding.trail = (Step("shipped", _READER),)
        return result

    def container(self, target: str, subject: Container) -> list[Finding]:
        """What rules of kind `container` say."""
        hits = self._engine.put(subject)
        return list(_findings(hits, self._redactor.safe(target), self._redactor, subject.name))

    def stored(self, target: str, subject: Stored) -> list[Finding]:
        """What rules of kind `stored` say. An image is known by its id: each build is another one."""
        hits = self._engine.put(subject)
        return list(_findings(hits, self._redactor.safe(target), self._redactor, subject.id))


def _findings(hits: Iterable[Hit], target: SafeText, redactor: Redactor, identity: str) -> Iterable[Finding]:
    for hit in hits:
        known = "\0".join((hit.rule.id, hit.rule.kind, identity))
        yield Finding(
            rule=hit.rule.id,
            severity=hit.rule.severity,
            message=redactor.parts(hit.parts) or plain(hit.rule.title),
            target=target,
            location=Location(plain(PLACE)),
            fingerprint=hashlib.sha256(known.encode("utf-8", "surrogatepass")).hexdigest()[:32],
            surface=SURFACE,
        )
