"""A Debian base image of the machine's own release. mmdebstrap installs its packages by apt and dpkg, scripts and
all, as debootstrap does in twice the time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

PACKAGES = ("python3-venv", "python3-pip", "ca-certificates", "libstdc++6")
"""What imagelint asks of a base, beside the essential packages of Debian, and pip, as Python's own images have it."""
_LEFT_OUT = ("doc", "locale", "man")
"""Below /usr/share, as slim images have it."""


def missing() -> str:
    """What keeps a base from being made here; empty when nothing does."""
    if os.geteuid() != 0:
        return "mmdebstrap makes device nodes and changes owners, as root"
    return ", ".join(f"{name} is missing" for name in ("mmdebstrap", "apt-get") if shutil.which(name) is None)


def debian(tree: Path) -> None:
    """Write the root file system as a tar to this path: 150 MB, and some 20 seconds of a processor."""
    words = ["--format", "$(SITE) $(CODENAME)", "Created-By: Packages", "Origin: Debian", "Label: Debian"]
    first = _run("apt-get", "indextargets", *words).partition("\n")[0]  # apt lists a release ahead of its updates
    mirror, codename = first.split()
    left_out = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    packages = f"--include={','.join(PACKAGES)}"
    words = ["--quiet", "--mode=root", "--variant=essential", "--dpkgopt=force-unsafe-io", *left_out, packages]
    _run("mmdebstrap", *words, codename, str(tree), mirror, TMPDIR=str(tree.parent))


def python_of(tree: Path) -> str:
    """The version of Python in a root file system, 3.11 say."""
    with tarfile.open(tree) as archive:
        (version,) = {found[1] for name in archive.getnames() if (found := re.search(r"usr/bin/python(3\.\d+)$", name))}
    return version


def wheelhouse(folder: Path, wheel: Path, version: str) -> None:
    """The wheel, and all that it needs on glibc Linux with that Python, in the folder."""
    shutil.copy(wheel, folder)
    machine = sysconfig.get_platform().rpartition("-")[2]
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(5, 37)] + [f"manylinux2014_{machine}"]
    choice = [word for platform in platforms for word in ("--platform", platform)]
    words = ["--quiet", "--dest", str(folder), "--only-binary=:all:", "--python-version", version, *choice]
    _run(sys.executable, "-m", "pip", "download", *words, str(wheel))


def _run(*words: str, **environment: str) -> str:
    done = subprocess.run(words, env={**os.environ, **environment}, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words[:4])}: exit status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout
