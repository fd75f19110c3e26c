"""Files that a compose file names, as far as they lie below its folder; no link leads out of it."""

from __future__ import annotations

import os
import stat

from imagelint.dockerfile.tree import READ
from imagelint.paths import lies_below
from imagelint.record import record

MOST_BYTES = 1 << 20
"""Of a file that a compose file names: settings, written by people."""


@record
class Folder:
    """The folder of the file that is the target."""

    top: str
    """As the target's path has it; empty for the working directory."""

    def path(self, place: str, base: str = "") -> str:
        """A file as a report names it. `base`: the folder, from `top`, of the file that names it."""
        return os.path.normpath(os.path.join(self.top, base, place)).replace(os.sep, "/")

    def read(self, path: str) -> bytes | str | None:
        """The bytes of a file; why it was not followed; None where there is none."""
        root, real = os.path.realpath(self.top or "."), os.path.realpath(path)
        if not lies_below(real, root):
            return "it lies outside of the folder of the compose file, and was not followed"
        try:
            handle = os.open(real, READ | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            return f"cannot be read: {getattr(error, 'strerror', None) or 'the name is not a path'}"
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            return "is not a regular file"
        with open(handle, "rb") as file:
            data = file.read(MOST_BYTES + 1)
        return data if len(data) <= MOST_BYTES else f"has over {MOST_BYTES >> 20} MiB, and was not read"
