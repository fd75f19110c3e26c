"""Real engines for tests: a Docker daemon of our own, which builds, saves and converts images.

Needs root and Debian's docker.io, busybox-static and skopeo, which `make test` installs. Everything lies below one
temporary folder; the daemon has no bridge and no firewall rules, listens on a unix socket only, and is stopped by its
process id.
"""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from tests.service import Server, Service, fill, remove

DOCKER = "/usr/bin/docker"
BUSYBOX = "/bin/busybox"
BASE = "base:1"
"""The image that test Dockerfiles build from: busybox and a shell, 2 MB, one layer."""


def missing() -> str:
    """What keeps a daemon from being started here; empty when nothing does."""
    if os.geteuid() != 0:
        return "a Docker daemon needs root"
    programs = (DOCKER, "/usr/sbin/dockerd", BUSYBOX, "/usr/bin/skopeo")
    return ", ".join(f"{program} is missing" for program in programs if not os.path.exists(program))


class Engines(Server):
    """A running Docker daemon, and the helpers that make images with it."""

    def __init__(self) -> None:
        # A unix socket's path holds 107 bytes at most, which pytest's own temporary folders may pass.
        self.root = Path(tempfile.mkdtemp(prefix="il-"))
        self.address = f"unix://{self.root}/d.sock"
        self.environment = {**os.environ, "DOCKER_HOST": self.address, "DOCKER_CONFIG": str(self.root / "config")}
        self._daemon: Service | None = None
        self._made = 0
        self._lock = Lock()
        self._configured: list[str] = []

    def start(self) -> None:
        """Start the daemon, and import the base image."""
        state = [
            f"--data-root={self.root}/data",
            f"--exec-root={self.root}/exec",
            f"--pidfile={self.root}/pid",
            f"--host={self.address}",
        ]
        words = ["/usr/sbin/dockerd", *state, "--iptables=false", "--bridge=none", "--log-level=warn"]
        self._daemon = Service(words, self.root / "dockerd.log", self._answers, 60)
        self._import_base()

    def build(
        self,
        dockerfile: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        buildkit: bool,
        arguments: Mapping[str, str] | None = None,
    ) -> str:
        """Build a Dockerfile with these files as context; the image's tag. No network: its base must be there."""
        context = self._folder()
        fill(context, {"Dockerfile": dockerfile, **(files or {})})
        tag = f"built:{self._made}"
        given = [word for name, value in (arguments or {}).items() for word in ("--build-arg", f"{name}={value}")]
        self.docker(
            "build", "--network", "none", "--tag", tag, *given, str(context), DOCKER_BUILDKIT="1" if buildkit else "0"
        )
        return tag

    def configuration(self, dockerfile: str) -> dict[str, Any] | None:
        """What `docker image inspect` says of the image of a Dockerfile that copies and runs nothing; None where
        BuildKit refuses it. Asks the daemon itself: with the client it takes longer. The image stays until
        forget_configurations: of two that are alike, the daemon would take away what it just gave the other."""
        from docker import APIClient

        with self._lock:
            self._made += 1
            tag = f"built:{self._made}"
        client = APIClient(base_url=self.address, version="1.41")
        try:
            answer = client.post(
                f"{client.base_url}/v1.41/build",
                params={"version": "2", "t": tag, "networkmode": "none"},
                data=dockerfile.encode(),
                headers={"Content-Type": "application/x-tar"},
            )
            if answer.status_code != 200 or '"error"' in answer.text:
                return None
            image: dict[str, Any] = client.inspect_image(tag)
            self._configured.append(tag)
            return image
        finally:
            client.close()

    def forget_configurations(self) -> None:
        """Remove the images of `configuration`: one without layers is none that others could save."""
        if self._configured:
            self.docker("image", "rm", *self._configured)
            self._configured.clear()

    def save(self, *tags: str) -> Path:
        """An archive of `docker save`, with one or several images."""
        path = self._folder() / "image.tar"
        self.docker("save", "--output", str(path), *tags)
        return path

    def oci(self, tag: str) -> Path:
        """The image as an OCI layout, in which every layer is gzip-compressed, under the tag `image`."""
        folder = self._folder() / "layout"
        archive = self.save(tag)
        self._run("/usr/bin/skopeo", "copy", "--insecure-policy", f"docker-archive:{archive}", f"oci:{folder}:image")
        return folder

    def docker(self, *words: str, stdin: bytes | None = None, **environment: str) -> str:
        """Run the docker client against this daemon; its standard output."""
        return self._run(DOCKER, *words, stdin=stdin, **environment)

    def stop(self) -> None:
        """End the daemon, release what it mounted, and remove its folder."""
        if self._daemon is not None:
            self._daemon.stop()
            self._daemon = None
        remove(self.root)

    def _answers(self) -> bool:
        done = subprocess.run([DOCKER, "version"], env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def _import_base(self) -> None:
        tree = io.BytesIO()
        with tarfile.open(fileobj=tree, mode="w") as archive:
            for folder in ("bin", "dev", "etc", "proc", "root", "srv", "sys", "tmp"):
                member = tarfile.TarInfo(folder)
                member.type, member.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
                archive.addfile(member)
            archive.add(BUSYBOX, "bin/busybox", filter=_of_root)
            for program in self._run(BUSYBOX, "--list").split():
                if program != "busybox":
                    member = tarfile.TarInfo(f"bin/{program}")
                    member.type, member.linkname = tarfile.SYMTYPE, "busybox"
                    archive.addfile(member)
            for path, text in (("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"), ("etc/group", "root:x:0:\n")):
                member = tarfile.TarInfo(path)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
        self.docker("import", "--change", 'CMD ["/bin/sh"]', "-", BASE, stdin=tree.getvalue())

    def _folder(self) -> Path:
        self._made += 1
        folder = self.root / f"made-{self._made}"
        folder.mkdir()
        return folder

    def _run(self, *words: str, stdin: bytes | None = None, **environment: str) -> str:
        done = subprocess.run(
            words, env={**self.environment, **environment}, input=stdin, capture_output=True, check=False
        )
        if done.returncode:
            raise RuntimeError(
                f"{' '.join(words)}: exit status {done.returncode}\n{done.stderr.decode(errors='replace')[-2000:]}"
            )
        return done.stdout.decode()


def _of_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member
