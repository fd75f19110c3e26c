"""Questions about paths that os.path answers by ValueError where two of them lie on different drives (Windows)."""

from __future__ import annotations

import os


def relative(path: str, start: str = os.curdir) -> str:
    """The path as seen from a folder, by default the working directory; on another drive, the path itself."""
    try:
        return os.path.relpath(path, start)
    except ValueError:
        return path


def lies_below(path: str, folder: str) -> bool:
    """Whether a path is a folder's or leads into it; both as os.path.realpath gives them."""
    return path == folder or path.startswith(os.path.join(folder, ""))
