"""Make an image whose key a later layer deletes, find the key, and get it out again. No Docker, no network, no root.

usage: python demo/demo.py [FOLDER]     FOLDER (default build/demo) takes the archive
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from tests.imagemaker import Recipe, docker_archive  # noqa: E402 - the checkout's own module, found by the line above
from tests.material import rsa_key  # noqa: E402 - the same

DOCKERFILE = """\
FROM debian:12-slim
COPY deploy.key /root/.ssh/id_rsa
ADD app.py fetch.sh /srv/app/
RUN sh /srv/app/fetch.sh
RUN rm /root/.ssh/id_rsa
USER 1000
CMD ["python3", "/srv/app/app.py"]
"""
FILES = {"app.py": "print('hello')\n", "fetch.sh": "echo fetched >/srv/app/data\n"}


def recipe(key: str, platform: str = "linux/amd64") -> Recipe:
    """The image that a build of the Dockerfile above makes, with the history that BuildKit writes."""
    layers: list[list[dict[str, Any]]] = [
        [
            {"path": "etc/os-release", "content": "ID=debian\nVERSION_ID=12\n"},
            {"path": "root", "type": "dir", "mode": 0o700},
        ],
        [
            {"path": "root/.ssh", "type": "dir", "mode": 0o700},
            {"path": "root/.ssh/id_rsa", "content": key, "mode": 0o600},
        ],
        [{"path": f"srv/app/{name}", "content": text} for name, text in FILES.items()],
        [{"path": "srv/app/data", "content": "fetched\n"}],
        [{"path": "root/.ssh/.wh.id_rsa"}],
    ]
    history: list[str | dict[str, Any]] = [
        "RUN /bin/sh -c #(nop) ADD file:rootfs.tar in / ",
        "COPY deploy.key /root/.ssh/id_rsa # buildkit",
        "ADD app.py fetch.sh /srv/app/ # buildkit",
        "RUN /bin/sh -c sh /srv/app/fetch.sh # buildkit",
        "RUN /bin/sh -c rm /root/.ssh/id_rsa # buildkit",
        {"created_by": "USER 1000", "empty_layer": True},
        {"created_by": 'CMD ["python3" "/srv/app/app.py"]', "empty_layer": True},
    ]
    config = {"User": "1000", "Cmd": ["python3", "/srv/app/app.py"]}
    return Recipe(layers=layers, history=history, config=config, tags=["shop:1"], platform=platform)


def imagelint(*words: str) -> int:
    """Run the command as a user types it, and show it."""
    print(f"$ imagelint {' '.join(words)}\n", flush=True)
    return subprocess.run([sys.executable, "-m", "imagelint", *words], check=False).returncode


def main() -> int:
    """0 when imagelint finds the key, says so by exit status 1, and gets the key back out, byte for byte."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/demo")
    folder.mkdir(parents=True, exist_ok=True)
    archive, report, recovered = folder / "image.tar", folder / "report.json", folder / "recovered.key"
    recovered.unlink(missing_ok=True)
    key = rsa_key(random.SystemRandom().getrandbits(64))
    docker_archive(archive, recipe(key), layout="25")
    print("An image was built from this Dockerfile, and saved with `docker save`:\n")
    print("".join(f"    {line}\n" for line in DOCKERFILE.splitlines()))
    if (status := imagelint("scan", "--no-config", "--output", f"json={report}", str(archive))) != 1:
        print(f"The exit status is {status}, not 1: the deleted key was not found.", file=sys.stderr)
        return 1
    print("\nThe exit status is 1. The key is still there for everybody who has the image:\n")
    fingerprint = json.loads(report.read_bytes())["findings"][0]["fingerprint"]
    imagelint("extract", str(archive), fingerprint[:12], "--output", str(recovered))
    if not recovered.is_file() or recovered.read_text() != key:
        print("The key that came out is not the one that went in.", file=sys.stderr)
        return 1
    print("\nThat is the deleted key, byte for byte.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
