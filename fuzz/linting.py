"""The rules and patterns that every target uses, made once."""

from __future__ import annotations

from imagelint.engine.compiled import load
from imagelint.engine.evaluate import Engine
from imagelint.secrets.confirm import Detector

RULES = load()
DETECTOR = Detector([rule for rule in RULES.rules if rule.kind == "secret"])
STRICT = Detector([rule for rule in RULES.rules if rule.kind == "secret"], strict=True)
ENGINE = Engine(RULES, {rule.id for rule in RULES.rules})
