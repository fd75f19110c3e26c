"""How each engine builds a case: dockerd's legacy builder, BuildKit inside dockerd, and podman."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.engines import BASE, Engines
from tests.podman import Podman
from tests.provenance import truth
from tests.provenance.bed import BUILDKIT, PODMAN, Built, Case
from tests.provenance.template import Dockerfile, write
from tests.service import fill


class Builders:
    """Both engines, with the base image in each. Every context and archive lies below one folder."""

    def __init__(self, engines: Engines, podman: Podman, folder: Path) -> None:
        self._engines, self._podman, self._folder = engines, podman, folder
        self._made = 0
        self._in_podman = False

    def build(self, case: Case, builder: str) -> Built:
        """Build a case, and read what its layers say."""
        files: dict[str, Dockerfile] = {}
        names: dict[str, str] = {}
        context = dict(case.files)
        if case.parent:
            files["b"] = write("b", case.parent, {"base": BASE})
            names["parent"] = self.image(files["b"], builder, context)
            context |= _marks(files["b"])  # which triggers copy
        files["a"] = write("a", case.dockerfile, {"base": BASE, **names}, case.ending)
        tag = self.image(files["a"], builder, context, case.arguments, case.words)
        return self.built(case.name, builder, tag, files)

    def image(
        self,
        dockerfile: Dockerfile,
        builder: str,
        files: Mapping[str, str] | None = None,
        arguments: Mapping[str, str] | None = None,
        words: tuple[str, ...] = (),
    ) -> str:
        """Build a Dockerfile; the image's tag."""
        self._made += 1
        context = self._folder / f"context-{self._made}"
        fill(context, {"Dockerfile": dockerfile.text, **_marks(dockerfile), **(files or {})})
        tag = f"truth-{builder}:{self._made}"
        given = [word for name, value in (arguments or {}).items() for word in ("--build-arg", f"{name}={value}")]
        if builder == PODMAN:
            self._base()
            how = ("--isolation", "chroot", "--network", "host", "--format", "docker")
            self._podman.run("build", "--quiet", *how, "--tag", f"localhost/{tag}", *given, *words, str(context))
        else:
            kit = "1" if builder == BUILDKIT else "0"
            words = ("--network", "none", *given, *words)
            self._engines.docker("build", "--quiet", "--tag", tag, *words, str(context), DOCKER_BUILDKIT=kit)
        return tag

    def built(self, case: str, builder: str, tag: str, files: Mapping[str, Dockerfile]) -> Built:
        """An image that is there, saved, with the Dockerfiles that had to do with it."""
        if builder == PODMAN:
            self._made += 1
            archive = self._folder / f"image-{self._made}.tar"
            self._podman.run("save", "--quiet", "--format", "docker-archive", "--output", str(archive), tag)
        else:
            archive = self._engines.save(tag)
        layers = truth.of_archive(archive, files)
        marked = [bool(marks) for marks in layers]
        assert marked == sorted(marked), f"a layer above the base says nothing: {layers}"
        return Built(case, builder, files["a"], archive, layers, truth.history(archive))

    def _base(self) -> None:
        if not self._in_podman:
            self._podman.run("load", "--quiet", "--input", str(self._engines.save(BASE)))
            self._in_podman = True


def _marks(dockerfile: Dockerfile) -> dict[str, str]:
    """A file of each mark's name."""
    return {f"mark_{dockerfile.name}_{identity}": f"{identity}\n" for identity in dockerfile.identities}
