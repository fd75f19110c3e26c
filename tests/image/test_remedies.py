"""How to mend a finding: another text for each surface, instruction and status, in few words, with nothing unmasked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import RuleSet, load
from imagelint.engine.evaluate import Engine
from imagelint.findings import Finding, LayerInfo
from imagelint.image.lint import lint
from imagelint.image.origin import Known
from imagelint.image.remedies import KEYWORDS, SURFACES, Remedies, keyword
from imagelint.image.secrets import SURFACES as ALL
from imagelint.image.sources.docker_archive import images
from imagelint.secrets.confirm import Detector
from imagelint.secrets.redact import Redactor
from tests.imagemaker import Recipe, docker_archive
from tests.material import password, rsa_key

KEY, PASSWORD = rsa_key(91), password(92)
LEGACY, KIT = "/bin/sh -c #(nop) COPY file:0a1b in /srv ", "COPY key /srv # buildkit"


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load()


@pytest.fixture(scope="module")
def detector(rules: RuleSet) -> Detector:
    return Detector([rule for rule in rules.rules if rule.kind == "secret"])


def found(
    rules: RuleSet,
    detector: Detector,
    folder: Path,
    recipe: Recipe,
    *,
    public: bool | None = None,
    base: Known | None = None,
) -> dict[str, Finding]:
    """The findings of an image by path."""
    (image,) = images(str(docker_archive(folder / "image.tar", recipe, layout="25")))
    image.public = public
    engine = Engine(rules, {rule.id for rule in rules.rules if rule.profile == "default"})
    result = lint(image, engine, detector, target="app", show=False, base=base)
    return {finding.location.path: finding for finding in result.findings}


def key(path: str) -> dict[str, Any]:
    return {"path": path, "content": KEY}


@pytest.mark.parametrize(
    ("created_by", "instruction"),
    [
        (LEGACY, "COPY"),
        (KIT, "COPY"),
        ("ADD key /srv # buildkit", "COPY"),
        ("/bin/sh -c #(nop) ADD file:0a1b in / ", "COPY"),
        ("RUN /bin/sh -c make # buildkit", "RUN"),
        ("/bin/sh -c make", "RUN"),
        ("|1 A=COPY /bin/sh -c make", "RUN"),
        ("/bin/bash -o pipefail -c make", "RUN"),
        ("RUN |1 A=b /bin/sh -c make # buildkit", "RUN"),
        ("WORKDIR /srv", "WORKDIR"),
        ("/bin/sh -c #(nop)  ENV A=b", "ENV"),
        ("", ""),
        ("bazel build ...", ""),
    ],
)
def test_the_instruction_of_a_history_entry(created_by: str, instruction: str) -> None:
    assert keyword(created_by) == instruction


@pytest.mark.parametrize(
    ("created_by", "path", "later", "words"),
    [
        (KIT, "srv/key", [], [".dockerignore", "RUN --mount=type=secret"]),
        (LEGACY, "srv/key", [], [".dockerignore", "RUN --mount=type=secret"]),
        (KIT, "root/.ssh/id_rsa", [], [".dockerignore", "RUN --mount=type=ssh"]),
        (KIT, "app/.git/key", [], ["Name .git in .dockerignore"]),
        (KIT, "srv/key", [{"path": "srv/.wh.key"}], ["No later layer takes it out", "without that COPY"]),
        ("RUN /bin/sh -c keygen # buildkit", "srv/key", [], ["Let no RUN leave it behind"]),
        ("RUN /bin/sh -c keygen", "srv/key", [{"path": "srv/key"}], ["No later layer takes it out", "in the RUN that"]),
        ("", "srv/key", [], ["Build the image without it"]),
        ("", "srv/key", [{"path": "srv/.wh..wh..opq"}], ["No later layer takes it out", "without it"]),
    ],
)
def test_a_file(
    rules: RuleSet,
    detector: Detector,
    tmp_path: Path,
    created_by: str,
    path: str,
    later: list[dict[str, Any]],
    words: list[str],
) -> None:
    recipe = Recipe([[key(path)], later], {"User": "app"}, [created_by, "RUN later"])
    remedy = found(rules, detector, tmp_path, recipe)[path].remedy or ""
    assert all(word in remedy for word in words), remedy
    assert ". Revoke it too: " in remedy
    assert len(remedy) < 300


def test_values_and_what_is_said_of_each(rules: RuleSet, detector: Detector, tmp_path: Path) -> None:
    """Each text once, and none of them with the value in it."""
    values = [password(number) for number in range(100, 110)]
    recipe = Recipe(
        [[{"path": "srv/x", "content": "x"}]],
        {
            "User": "app",
            "Env": [f"DB_PASSWORD={values[0]}"],
            "Labels": {"db.password": values[1]},
            "Cmd": ["app", f"--db-password={values[2]}"],
        },
        [f"|1 API_PASSWORD={values[3]} /bin/sh -c make"],
        annotations={"db.password": values[5]},
        more={"author": f"PASSWORD={values[6]}"},
    )
    told = {path: finding.remedy or "" for path, finding in found(rules, detector, tmp_path, recipe).items()}
    for path, words in (
        ("ENV DB_PASSWORD", "Leave it out of ENV, and give it when a container starts, by --env-file"),
        ("LABEL db.password", "Leave it out of LABEL"),
        ("CMD", "Leave it out of CMD: give it when a container starts"),
        ("ARG API_PASSWORD", "Do not give it as a build argument"),
        ("annotation db.password", "Leave it out of the annotations"),
        ("author", "Leave it out of the image's author"),
    ):
        assert told[path].startswith(words), (path, told)
    assert len(set(told.values())) == len(told)
    assert not any(value in text for value in values for text in told.values())


def test_every_surface_has_a_text(rules: RuleSet, detector: Detector) -> None:
    rule = rules.by_id["secret-in-assignment"]
    remedies = Remedies("", "", False, Redactor(detector))
    texts = [remedies.secret(rule, surface, "x", "present", None, mixed=False) for surface in ALL]
    assert all(texts)
    assert len(set(texts)) == len(SURFACES) + len(KEYWORDS) + 1  # of all that lies in layers
    provenance = remedies.secret(
        rule, "attestation", "attestation slsa.dev/provenance/v1: x", "present", None, mixed=False
    )
    assert provenance is not None
    assert "--provenance=mode=min" in provenance
    assert provenance not in texts


def test_a_public_image_is_told_to_revoke_at_once(rules: RuleSet, detector: Detector, tmp_path: Path) -> None:
    recipe = Recipe([[key("srv/key")]], {"User": "app"}, [KIT])
    remedy = found(rules, detector, tmp_path, recipe, public=True)["srv/key"].remedy or ""
    assert ". A stranger can pull this image, so revoke it now: " in remedy
    revoke = " ".join(rules.by_id["pem-private-key"].texts.revoke.split())
    assert remedy.rpartition(": ")[2][1:20] in revoke


def test_shadow_has_its_own_words(rules: RuleSet, detector: Detector) -> None:
    remedies = Remedies("base", "", False, Redactor(detector))
    rule = rules.by_id["password-hash-in-shadow"]
    own, base = LayerInfo(0, origin="own"), LayerInfo(0, origin="base")
    assert remedies.secret(rule, "file", "etc/shadow", "present", own, mixed=False) is None
    assert "brings it" in str(remedies.secret(rule, "file", "etc/shadow", "present", base, mixed=False))
    assert remedies.entry(own) is None


def test_a_secret_in_the_name_of_the_base_stays_masked(rules: RuleSet, detector: Detector, tmp_path: Path) -> None:
    recipe = Recipe(
        [[key("srv/key"), {"path": "srv/.env", "content": f"PASSWORD={PASSWORD}\n"}]], {"User": "app"}, [KIT]
    )
    (image,) = images(str(docker_archive(tmp_path / "image.tar", recipe, layout="25")))
    name = f"registry.example.org/{PASSWORD}:1"
    base = Known((name,), tuple(layer.diff_id for layer in image.layers))
    told = found(rules, detector, tmp_path, recipe, base=base)
    assert {finding.layer.origin for finding in told.values() if finding.layer} == {"base"}
    remedy = told["srv/key"].remedy
    assert remedy is not None
    assert remedy.startswith("The base image registry.example.org/****:1 brings it: take a newer tag ")
    assert PASSWORD not in repr([(finding.remedy, finding.message) for finding in told.values()])
