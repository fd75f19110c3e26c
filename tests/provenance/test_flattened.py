"""Images whose history is lost, or says less than a build would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import engines as real
from tests.engines import BASE, Engines
from tests.podman import Podman
from tests.provenance.bed import ALL, BUILDKIT, LEGACY, ask
from tests.provenance.builders import Builders
from tests.provenance.template import Dockerfile, write
from tests.service import Service

pytestmark = pytest.mark.engine


@pytest.fixture
def file() -> Dockerfile:
    return write(
        "a",
        """\
> FROM {base}
> RUN touch /{mark}
> COPY {mark} /
> ENV {mark}={secret}
> CMD ["true"]
""",
        {"base": BASE},
    )


@pytest.fixture
def experimental(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engines]:
    """A second daemon, with what Docker calls experimental: `build --squash`. There where the first one is."""

    def started(words: list[str], *more: Any) -> Service:
        return Service([*words, "--experimental"], *more)

    monkeypatch.setattr(real, "Service", started)
    with Engines() as running:
        yield running


def test_squashed(experimental: Engines, podman: Podman, tmp_path: Path, file: Dockerfile) -> None:
    """All entries say that they made no layer, and one without text made it."""
    builders = Builders(experimental, podman, tmp_path)
    built = builders.built("squashed", LEGACY, builders.image(file, LEGACY, words=("--squash",)), {"a": file})
    assert [len(marks) for marks in built.layers] == [0, 2]
    told = ask(built, file, tmp_path)
    assert told.wrong == [], str(told)


def test_one_layer_of_everything(builders: Builders, engines: Engines, tmp_path: Path, file: Dockerfile) -> None:
    """What `docker export` gives, imported: one layer, and the comment that it was imported."""
    container = engines.docker("create", builders.image(file, BUILDKIT)).strip()
    archive = tmp_path / "export.tar"
    engines.docker("export", "--output", str(archive), container)
    engines.docker("import", "--change", f"ENV mark_a_4={next(iter(file.secrets))}", str(archive), "flattened:1")
    built = builders.built("import", LEGACY, "flattened:1", {"a": file})
    assert len(built.layers) == 1
    told = ask(built, file, tmp_path)
    assert (told.right, told.wrong) == ([], []), str(told)


@pytest.mark.parametrize("builder", [LEGACY, BUILDKIT])
def test_a_layer_that_somebody_added(
    builders: Builders, engines: Engines, tmp_path: Path, file: Dockerfile, builder: str
) -> None:
    """What `docker commit` puts on top has no instruction."""
    container = engines.docker("create", builders.image(file, builder)).strip()
    (tmp_path / "mark_z_1").write_text("by hand\n")
    engines.docker("cp", str(tmp_path / "mark_z_1"), f"{container}:/mark_z_1")
    engines.docker("commit", container, f"committed-{builder}:1")
    built = builders.built("commit", builder, f"committed-{builder}:1", {"a": file})
    assert [mark.name for marks in built.layers[-1:] for mark in marks] == ["z"]
    told = ask(built, file, tmp_path)
    assert told.wrong == [], str(told)


@pytest.mark.parametrize("builder", ALL)
def test_other_names_of_the_file(builders: Builders, tmp_path: Path, file: Dockerfile, builder: str) -> None:
    """The file that is told is the one that was given."""
    built = builders.built("named", builder, builders.image(file, builder), {"a": file})
    told = ask(built, file, tmp_path, "Containerfile.of [app]")
    assert told.wrong == [], str(told)
    assert told.share == 1, str(told)
