"""docs/report-*.png: the HTML report of a real scan, as Chromium shows it.

usage: python tools/screenshots.py [FOLDER]     FOLDER (default docs) takes them; needs Debian's Chromium
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.browser import Opened, chromium  # noqa: E402 - the checkout's own modules, found by the line above
from tests.imagemaker import Recipe, docker_archive  # noqa: E402 - the same
from tests.material import password, rsa_key  # noqa: E402 - the same

SHOTS = {"report-1280.png": (1280, "light", 1750), "report-400.png": (400, "dark", 2600)}
"""(width, colour scheme, most lines of pixels) of each picture."""
DOCKERFILE = """\
FROM debian:12
RUN apt-get update && apt-get install git openssh-client
COPY deploy.key /root/.ssh/id_rsa
RUN git clone git@git.example.com:shop/app.git /srv/app
COPY settings.env /srv/app/.env
RUN curl -fsSL https://get.example.com/agent.sh | sh
RUN rm /root/.ssh/id_rsa
COPY production.env /srv/app/.env
USER app
"""
HISTORY = (
    "/bin/sh -c #(nop) ADD file:rootfs.tar in / ",
    "RUN /bin/sh -c apt-get update && apt-get install git openssh-client # buildkit",
    "COPY deploy.key /root/.ssh/id_rsa # buildkit",
    "RUN /bin/sh -c git clone git@git.example.com:shop/app.git /srv/app # buildkit",
    "COPY settings.env /srv/app/.env # buildkit",
    "RUN /bin/sh -c curl -fsSL https://get.example.com/agent.sh | sh # buildkit",
    "RUN /bin/sh -c rm /root/.ssh/id_rsa # buildkit",
    "COPY production.env /srv/app/.env # buildkit",
)


def recipe() -> Recipe:
    """What a build of the Dockerfile makes, with files of random bytes in the place of programs."""
    rng = random.Random(12)
    key = {"path": "root/.ssh/id_rsa", "content": rsa_key(12), "mode": 0o600}
    layers: list[list[dict[str, Any]]] = [
        [{"path": "usr/lib/base", "content": rng.randbytes(28_000_000)}],
        [{"path": "usr/lib/git", "content": rng.randbytes(9_000_000)}],
        [{"path": "root/.ssh", "type": "dir", "mode": 0o700}, key],
        [{"path": "srv/app/app", "content": rng.randbytes(2_400_000)}],
        [{"path": "srv/app/.env", "content": f"DB_PASSWORD={password(1)}\n"}],
        [{"path": "usr/bin/agent", "content": rng.randbytes(5_100_000), "mode": 0o4755}],
        [{"path": "root/.ssh/.wh.id_rsa"}],
        [{"path": "srv/app/.env", "content": "# see the vault\n"}],
    ]
    history: list[str | dict[str, Any]] = [*HISTORY, {"created_by": "USER app # buildkit", "empty_layer": True}]
    return Recipe(layers=layers, history=history, config={"User": "app"}, tags=["shop:1"])


def report(folder: Path) -> Path:
    """The page of a scan of the Dockerfile and of its image."""
    (folder / "Dockerfile").write_text(DOCKERFILE)
    shop = recipe()
    docker_archive(folder / "shop.tar", shop, layout="25")
    docker_archive(
        folder / "debian.tar", Recipe(layers=shop.layers[:1], history=HISTORY[:1], tags=["debian:12"]), layout="25"
    )
    words = ["scan", "--no-config", "--base", "debian.tar", "--format", "html", "--output", "report.html"]
    words += ["Dockerfile", "shop.tar"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run([sys.executable, "-m", "imagelint", *words], cwd=folder, env=environment, check=False)
    if done.returncode != 1:
        raise SystemExit(f"the scan ended with {done.returncode}, not 1: nothing was found, or not all was read")
    return folder / "report.html"


def main() -> int:
    """Take the pictures."""
    into = Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / "docs")
    with tempfile.TemporaryDirectory() as name, chromium() as browser:
        page = report(Path(name))
        for picture, (width, scheme, most) in SHOTS.items():
            window = Opened(browser, page, width=width, scheme=scheme)
            window.page.evaluate("document.querySelector('.f.error details').open = true")
            # A row is drawn when it comes into the window, so the window is as high as the picture.
            height = min(window.page.evaluate("document.documentElement.scrollHeight"), most)
            window.page.set_viewport_size({"width": width, "height": height})
            window.page.wait_for_timeout(200)
            window.page.screenshot(path=into / picture)
            window.close()
            print(f"{into / picture}: {(into / picture).stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
