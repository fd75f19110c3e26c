"""The labels of an image, by which its owners are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imagelint.findings import SafeText
from imagelint.secrets.redact import Redactor


def labels_of(config: Mapping[str, Any], redactor: Redactor) -> dict[SafeText, SafeText]:
    """Those of a configuration, whose values nobody has checked; masked by who knows the image's secrets, which may
    stand in a label where nothing else gives them away."""
    found = config.get("Labels")
    if not isinstance(found, dict):
        return {}
    texts = {name: value for name, value in found.items() if isinstance(value, str)}
    return {redactor.safe(name): redactor.safe(value, name=name) for name, value in texts.items()}
