"""Which files say how containers are started: by their names, and by what they hold."""

from __future__ import annotations

import re
from collections.abc import Callable

from imagelint.lazy import Lazy

_COMPOSE = Lazy(r"^(?:docker-|podman-)?compose(?:[._\d-][^/]*)?\.ya?ml$")
_YAML, _SCRIPT, _PAGE = (".yaml", ".yml"), (".sh", ".bash", ".ksh", ".zsh"), (".md", ".markdown", ".mkd", ".mdown")
_SERVICES = Lazy(rb"^(?:\xef\xbb\xbf)?[\"']?(?:services|include)[\"']?[ \t]*:", re.MULTILINE)
_SHEBANG = Lazy(rb"#![ \t]*\S*?(?:/env[ \t]+(?:-S[ \t]+)?)?(?:/|\b)(?:ba|da|k|z|a)?sh\b")


def sort(path: str, data: bytes, named_like_dockerfile: Callable[[str], bool]) -> str:
    """compose, script or page; empty for what is read as a Dockerfile."""
    name = path.replace("\\", "/").rpartition("/")[2].lower()
    if name.endswith(_YAML):
        return "compose" if _COMPOSE.match(name) or _SERVICES.search(data) else ""
    if name.endswith(_PAGE):
        return "page"
    if name.endswith(_SCRIPT):
        return "script"
    return "script" if data[:2] == b"#!" and _SHEBANG.match(data) and not named_like_dockerfile(name) else ""
