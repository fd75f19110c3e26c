"""Reports, made by hand, that the tests of every format share."""

from __future__ import annotations

from imagelint.findings import (
    BaselineEntry,
    BaselineUse,
    Edit,
    Finding,
    Fix,
    Frame,
    LayerInfo,
    Location,
    Place,
    Report,
    SafeText,
    ScannedImage,
    Secret,
    Severity,
    Skip,
    Step,
    StoredLayer,
)
from imagelint.record import fields
from imagelint.report.interface import RuleText

T = SafeText
DIFF = "sha256:" + "1" * 64
BLOB = "sha256:" + "a" * 64

RULES = {
    "apt-get-assume-yes": RuleText(
        id="apt-get-assume-yes",
        title="apt-get install waits for an answer",
        severity=Severity.WARNING,
        rationale="Nobody sits at a build: `apt-get` asks, gets no answer and gives up.",
        references=("https://docs.docker.com/build/building/best-practices/",),
        tags=("packages",),
        remedy="Add -y",
    ),
    "curl-pipe-shell": RuleText(
        id="curl-pipe-shell",
        title="What a server sends is run at once",
        severity=Severity.ERROR,
        rationale="Whoever answers for that server, or stands between, runs commands in your build.",
        references=("https://docs.docker.com/build/building/best-practices/",),
        tags=("supply-chain", "cis-docker-4.11"),
        cwe=(494,),
        security_severity="7.8",
        remedy="Download to a file, verify its checksum, then run it",
    ),
    "openssh-private-key": RuleText(
        id="openssh-private-key",
        title="An OpenSSH private key",
        severity=Severity.ERROR,
        rationale="Whoever can pull the image can read the key. A later layer that deletes it changes nothing.",
        references=("https://docs.docker.com/build/building/secrets/",),
        tags=("secrets", "cis-docker-4.10"),
        cwe=(538, 798),
        security_severity="9.1",
        help="# An OpenSSH private key\n\nMount it: `RUN --mount=type=ssh`.",
        remedy="Mount the key with RUN --mount=type=ssh, and make a new one",
        precision="very-high",
        url="https://docs.docker.com/reference/dockerfile/#run---mounttypessh",
    ),
    "secret-in-env": RuleText(
        id="secret-in-env",
        title="A secret in the environment of the image",
        severity=Severity.WARNING,
        rationale="The configuration of an image can be read without its layers.",
        cwe=(526,),
        security_severity="6.5",
        remedy="Give the value when the container starts",
    ),
}


def apt() -> Finding:
    """A Dockerfile finding with a safe fix."""
    return Finding(
        rule="apt-get-assume-yes",
        severity=Severity.WARNING,
        message=T("`apt-get install curl` asks a question that nobody can answer during a build"),
        target=T("Dockerfile"),
        location=Location(T("Dockerfile"), 2, 5, 2, 25),
        fingerprint="0a" * 16,
        surface="dockerfile",
        frame=Frame(1, (T("FROM debian:12"), T("RUN apt-get install curl")), ((2, 5, 25),)),
        fix=Fix("Add -y", "safe", (Edit(2, 20, 2, 20, T(" -y")),)),
    )


def pipe() -> Finding:
    """A Dockerfile finding over two lines, behind a tab."""
    return Finding(
        rule="curl-pipe-shell",
        severity=Severity.ERROR,
        message=T("`curl | sh` runs what a server sends"),
        target=T("Dockerfile"),
        location=Location(T("Dockerfile"), 9, 5, 10, 8),
        fingerprint="0b" * 16,
        surface="dockerfile",
        frame=Frame(
            9,
            (T("RUN curl -fsSL https://get.example.com \\"), T("\t | sh"), T("USER app")),
            ((9, 5, 39), (10, 3, 7)),
        ),
    )


def key() -> Finding:
    """An image finding with everything: a deleted key, its trail, another place."""
    made = LayerInfo(3, DIFF, T("COPY id_rsa /root/.ssh/"), "own", 5)
    gone = LayerInfo(5, "sha256:" + "2" * 64, T("RUN rm /root/.ssh/id_rsa"), "own", 7)
    return Finding(
        rule="openssh-private-key",
        severity=Severity.ERROR,
        message=T("root/.ssh/id_rsa holds an OpenSSH private key that a later layer deletes"),
        target=T("app:latest"),
        location=Location(T("root/.ssh/id_rsa"), 1, 1, 1, 36),
        fingerprint="0c" * 16,
        surface="file",
        layer=made,
        status="deleted",
        trail=(
            Step("introduced", T("COPY id_rsa /root/.ssh/"), made),
            Step("deleted", T("RUN rm /root/.ssh/id_rsa"), gone),
            Step("shipped", T("anyone who can pull the image can read it")),
        ),
        secret=Secret("openssh-private-key", T("-----BEGIN ****"), "0c" * 16, "proved"),
        places=(
            Place(T("root/.ssh/id_rsa"), 1, 3, "deleted", "file"),
            Place(T("srv/backup.tar!id_rsa"), 1, 4, "present", "archive"),
        ),
    )


def mapped() -> Finding:
    """The same, with the Dockerfile's lines known."""
    finding = key()
    assert finding.layer is not None
    finding.layer.source = Location(T("Dockerfile"), 4, 1, 4, 24)
    step = finding.trail[1]
    assert step.layer is not None
    step.layer.source = Location(T("Dockerfile"), 9, 1, 9, 25)
    return finding


def env() -> Finding:
    """A finding of the image's configuration, which no layer made."""
    return Finding(
        rule="secret-in-env",
        severity=Severity.WARNING,
        message=T("ENV DB_PASSWORD gives a password to everyone"),
        target=T("app:latest"),
        location=Location(T("ENV DB_PASSWORD")),
        fingerprint="0d" * 16,
        surface="env",
        layer=LayerInfo(created_by=T("ENV DB_PASSWORD=****"), history=4, origin="own"),
        status="present",
        secret=Secret("secret-in-assignment", T("****"), "0d" * 16),
    )


def report(*findings: Finding, targets: tuple[str, ...] = ("Dockerfile", "app:latest")) -> Report:
    """A report of these findings."""
    return Report("0.1.0", [T(name) for name in targets], list(findings), stats={"layers": 6, "seconds": 1.5})


def shop() -> ScannedImage:
    """An image of a registry that anyone can pull."""
    layers = (StoredLayer(0, "", DIFF, -1), StoredLayer(1, BLOB, DIFF, 512))
    digest, platform = T("sha256:" + "c" * 64), T("linux/amd64")
    return ScannedImage(T("app:latest"), T("app:latest"), "registry", digest, platform, True, layers)


SHOP = {
    "target": "app:latest",
    "name": "app:latest",
    "source": "registry",
    "digest": "sha256:" + "c" * 64,
    "platform": "linux/amd64",
    "public": True,
}
"""What JSON and SARIF say of shop(), beside its layers."""


def full() -> Report:
    """One of everything."""
    quiet = pipe()
    quiet.location = Location(T("Dockerfile"), 20, 1, 20, 10)
    quiet.suppressed = "ignored by .imagelint.yaml"
    result = report(env(), key(), pipe(), apt(), quiet)
    result.incomplete = [Skip(T("app:latest"), T("layer 4"), T("its bytes do not match their digest"))]
    result.limited = [Skip(T("app:latest"), T("srv/a.zip"), T("an encrypted archive"))]
    result.images = [shop()]
    result.config = {"file": ".imagelint.yaml", "ignore": ["curl-pipe-shell"], "quieted": 1}
    return result


def made(index: int, created_by: str, line: int, origin: str = "own", certainty: str = "exact") -> LayerInfo:
    """A layer of built(); line 0 where its instruction is not known."""
    source = Location(T("Dockerfile"), line, 1, line, 20) if line else None
    return LayerInfo(index, f"sha256:{index}{'2' * 63}", T(created_by), origin, index, source, certainty)


def built() -> Report:
    """An image on a base image, whose Dockerfile is known, held against a baseline: a deleted key, a hidden
    environment file, a file of the base image, one that was known, and one that is ignored."""
    layers = [
        made(0, "ADD rootfs.tar /", 0, "base", "uncertain"),
        made(1, "RUN apt-get install -y openssh-server", 0, "base", "uncertain"),
        made(2, "COPY . /srv/app", 3),
        made(3, "COPY id_rsa /root/.ssh/", 4),
        made(4, "RUN make -C /srv/app", 5, certainty="matched"),
        made(5, "RUN rm /root/.ssh/id_rsa && mv /srv/new /srv/app", 6),
    ]
    deleted = key()
    deleted.layer, deleted.baseline = layers[3], "new"
    deleted.remedy = T("Mount it with `RUN --mount=type=ssh` at line 4, and make a new key")
    gone = Step("deleted", T("RUN rm /root/.ssh/id_rsa && mv /srv/new /srv/app"), layers[5])
    deleted.trail = (Step("introduced", T("COPY id_rsa /root/.ssh/"), layers[3]), gone, deleted.trail[2])
    hidden = key()
    hidden.layer, hidden.status, hidden.location = layers[2], "hidden", Location(T("srv/app/.env"), 7)
    hidden.fingerprint, hidden.baseline = "1a" * 16, "unchanged"
    hidden.trail = (Step("introduced", T(""), layers[2]), Step("hidden", T(""), layers[5]), deleted.trail[2])
    below = env()
    below.layer, below.location, below.surface = layers[1], Location(T("etc/ssh/host_key"), 1), "file"
    below.remedy, below.baseline = T("Change the base image debian:12"), "new"
    quiet = apt()
    quiet.suppressed, quiet.reason, quiet.baseline = "inline: hadolint ignore on line 1", T("nobody asks"), "unchanged"
    result = report(deleted, hidden, below, quiet, pipe(), env())
    sizes = (74_000_000, 12_000_000, 330_000, 1_200, 45_000_000, 140)
    stored = [StoredLayer(n, f"sha256:{n}{'b' * 63}", layer.diff_id, sizes[n], layer) for n, layer in enumerate(layers)]
    digest, platform = T("sha256:" + "c" * 64), T("linux/amd64")
    result.images = [
        ScannedImage(
            T("app:latest"), T("app:latest"), "docker", digest, platform, None, tuple(stored), T("debian:12"), 2
        )
    ]
    result.incomplete = [Skip(T("app:latest"), T("layer 4"), T("its bytes do not match their digest"))]
    result.limited = [Skip(T("app:latest"), T("srv/a.zip"), T("an encrypted archive"))]
    old = BaselineEntry(3, T("sudo"), T("Dockerfile"), "2a" * 16, T("an old script"), "2026-01-01")
    result.baseline = [BaselineUse(T("known.yaml"), "imagelint", 3, 2, 1, (), (old,), 0, 1)]
    result.config = {"file": ".imagelint.yaml", "inline": {"ignore": ["apt-get-assume-yes"], "quieted": 1}}
    return result


HOSTILE = (
    "a\nb\x1b[31mred\u202egnp.exe[link](http://x)<script>alert(1)</script>::error::x ##[error]y ##vso[task.z]"
    "\udcff\ud800\u200b" + "y" * 4096
)


def hostile() -> Report:
    """One name that tries everything, everywhere a target's text can stand."""
    name = T(HOSTILE)
    where = LayerInfo(1, DIFF, name, "own", 1, Location(name, 1, 1, 1, 9))
    image = Finding(
        rule="openssh-private-key",
        severity=Severity.ERROR,
        message=name,
        target=name,
        location=Location(name, 3, 2, 3, 5),
        fingerprint="0e" * 16,
        surface="file",
        layer=where,
        status="deleted",
        trail=(Step("introduced", name, where), Step("shipped", name)),
        secret=Secret("openssh-private-key", name, "0e" * 16),
        places=(Place(name, 3, 2, "present", "file"),),
        frame=Frame(3, (name,), ((3, 2, 5),)),
        suppressed=HOSTILE,
        reason=name,
    )
    file = Finding(
        rule="apt-get-assume-yes",
        severity=Severity.NOTE,
        message=name,
        target=name,
        location=Location(name, 3, 2, 3, 5),
        fingerprint="0f" * 16,
        frame=Frame(3, (name,), ((3, 2, 5),)),
        fix=Fix(HOSTILE, "unsafe", (Edit(3, 2, 3, 5, name),)),
    )
    free = Finding(
        **{slot: getattr(image, slot) for slot in fields(image)} | {"suppressed": "", "layer": LayerInfo(1, DIFF, name)}
    )
    result = Report("0.1.0", [name], [image, file, free])
    result.incomplete, result.limited = [Skip(name, name, name)], [Skip(name, name, name)]
    result.images = [ScannedImage(name, name, "docker", name, name, None, (StoredLayer(0, BLOB, DIFF, 5),))]
    result.config = {"file": HOSTILE}
    return result
