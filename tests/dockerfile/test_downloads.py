"""A download is followed to the command that uses it, and a check between the two is seen."""

from __future__ import annotations

import time

import pytest

from imagelint.dockerfile.downloads import LIVE
from imagelint.dockerfile.parse import parse
from imagelint.dockerfile.subject_command import CommandSubject
from imagelint.dockerfile.subjects import subjects

GET = "curl -fsSLo t.tgz https://example.org/t.tgz"


def used(*runs: str) -> list[str]:
    """What uses each download of a stage of these RUNs; an empty text for one that is used by nothing unchecked."""
    text = "FROM debian:12\n" + "".join(
        f"{run}\n" if run.split()[0].isupper() and run.split()[0].isalpha() else f"RUN {run}\n" for run in runs
    )
    found = [subject for subject in list(subjects(parse(text.encode()), "")) if isinstance(subject, CommandSubject)]
    return [command.unchecked_use for command in found if command.program in ("curl", "wget")]


@pytest.mark.parametrize(
    ("runs", "use"),
    [
        ((f"{GET} && tar xf t.tgz",), "tar xf t.tgz"),
        ((f"{GET} && tar -C /opt --strip-components=1 -xzf ./t.tgz",), "tar -C /opt --strip-components=1 -xzf ./t.tgz"),
        ((GET, "mv t.tgz /tmp/u.tgz", "tar xf /tmp/u.tgz"), "tar xf /tmp/u.tgz"),
        ((GET, "cp t.tgz /tmp/", "tar xf /tmp/t.tgz"), "tar xf /tmp/t.tgz"),
        (("cd /tmp && " + GET, "tar xf /tmp/t.tgz"), "tar xf /tmp/t.tgz"),
        (("WORKDIR /tmp", GET, "WORKDIR /", "tar xf /tmp/t.tgz"), "tar xf /tmp/t.tgz"),
        ((f"{GET} && gunzip t.tgz.gz; tar xf *.tgz",), "tar xf *.tgz"),
        (("wget https://example.org/a.tar.gz && gunzip a.tar.gz && tar xf a.tar",), "tar xf a.tar"),
        (("wget -qO- https://example.org/t | tar xz",), "tar xz"),
        (("wget -qO- https://example.org/t | gunzip > /usr/bin/t && chmod +x /usr/bin/t",), "chmod +x /usr/bin/t"),
        (("curl https://example.org/t | (cd /opt && tar xz)",), "tar xz"),
        (("wget -P /tmp https://example.org/i.sh && sh /tmp/i.sh",), "sh /tmp/i.sh"),
        (("curl -O https://example.org/i.sh?a=b && sh -ex ./i.sh --yes",), "sh -ex ./i.sh --yes"),
        (("curl -o i https://example.org/i && . ./i",), ". ./i"),
        (("curl -o i https://example.org/i && sudo bash i",), "bash i"),
        (("curl -o i https://example.org/i && bash < i",), "bash < i"),
        (("curl -o i https://example.org/i && cat i | bash",), "cat i"),
        (("curl -o /i https://example.org/i; bash -c 'chmod 0755 /i && /i'",), "chmod 0755 /i"),
        (("curl -o /i https://example.org/i; eval '/i --yes'",), "/i --yes"),
        (("curl -o $F $URL && dpkg -i ${F}",), "dpkg -i ${F}"),
        (("curl -O https://example.org/a.deb && apt-get install -y ./a.deb",), "apt-get install -y ./a.deb"),
        (("curl -O https://example.org/a.deb && find . -name '*.deb' -exec dpkg -i {} +",), "dpkg -i {}"),
        (("curl -O https://example.org/a.deb && ls *.deb | xargs dpkg -i",), "dpkg -i"),
        (("curl -o t https://example.org/t && install -m 755 t /usr/bin/t",), "install -m 755 t /usr/bin/t"),
        (("curl -o t https://example.org/t && install t /usr/bin/t",), "install t /usr/bin/t"),
        (("curl -o /a.jar https://example.org/a", 'CMD ["java", "-jar", "/a.jar"]'), "java -jar /a.jar"),
        (("curl https://example.org/i > i; sh i",), "sh i"),
        (("curl https://example.org/i | sudo tee /i > /dev/null && chmod +x /i",), "chmod +x /i"),
        (("curl -o /opt/x https://example.org/x && chmod +x /opt/*",), "chmod +x /opt/*"),
        (("ARG U=https://example.org/v1.tgz F=v1.tgz", "wget ${U} && tar xf $F"), "tar xf $F"),
        (("ENV D=/opt", "curl -o $D/i https://example.org/i", "WORKDIR $D", "sh i"), "sh i"),
        (("ARG U=https://example.org/v1.tgz", "curl -LO $U?a=b", "tar xf v1.tgz"), "tar xf v1.tgz"),
        (("wget $(curl -s https://example.org/latest | jq -r .url)", "dpkg -i *.deb"), "dpkg -i *.deb"),
        (("wget $U && tar xf hugo_${V}_linux.tar.gz",), "tar xf hugo_${V}_linux.tar.gz"),
        (('wget "$URL" && tar xzf a-1.0.tar.gz',), "tar xzf a-1.0.tar.gz"),
        ((f"{GET} && sha256sum t.tgz && tar xf t.tgz",), "tar xf t.tgz"),
        ((f"{GET} && echo x other.tgz | sha256sum -c; tar xf t.tgz",), "tar xf t.tgz"),
        ((f"{GET} && sha256sum -c sums || true; tar xf t.tgz",), "tar xf t.tgz"),
        ((f"{GET} && tar xf t.tgz && echo x t.tgz | sha256sum -c",), "tar xf t.tgz"),
    ],
)
def test_a_use_is_found(runs: tuple[str, ...], use: str) -> None:
    assert used(*runs)[0] == use


@pytest.mark.parametrize(
    "runs",
    [
        (GET,),
        (f"{GET} && tar tf t.tgz",),
        (f"{GET} && tar xf u.tgz",),
        (f"{GET} && rm t.tgz", "tar xf t.tgz"),
        ("curl -o /opt/x https://example.org/x && chmod +x /usr/*",),
        ('wget "$URL"', "COPY a-1.0.tar.gz /", "tar xzf a-1.0.tar.gz"),
        ("ARG F=t.tgz", GET, "echo x $F | sha256sum -c", "tar xf t.tgz"),
        (f"{GET} && echo 'x  t.tgz' | sha256sum -c - && tar xf t.tgz",),
        (f"{GET} && echo 'x  t.tgz' > sums && sha256sum --check sums", "tar xf t.tgz"),
        (f"{GET} && gpg --batch --verify t.tgz.asc t.tgz && tar xf t.tgz",),
        (f'{GET} && test "$(sha256sum t.tgz | cut -c -64)" = "$SUM" && tar xf t.tgz',),
        (f"{GET} && sha256sum t.tgz | grep -q $SUM && tar xf t.tgz",),
        (f"{GET} && cosign verify-blob --key k.pub t.tgz && tar xf t.tgz",),
        (f"{GET} && verify_checksum t.tgz && tar xf t.tgz",),
        (f"{GET}", "grep t.tgz SUMS | sha256sum -c -", "mv t.tgz u.tgz && tar xf u.tgz"),
        ("curl -o a https://example.org/a && curl -o b https://example.org/b && sha256sum -c sums && sh a && sh b",),
        ("curl -o k https://example.org/k && chmod 644 k && mv k /etc/apt/keyrings/",),
        ("curl -fsSL https://example.org/k.asc | gpg --dearmor -o /usr/share/keyrings/k.gpg",),
        ("curl -o /a.apk https://example.org/a && apk add /a.apk",),
        ('curl -o s.php https://x.example/s && php -r "hash_file(1, 2) || die();" && php s.php',),
    ],
)
def test_a_check_or_no_use(runs: tuple[str, ...]) -> None:
    assert set(used(*runs)) == {""}


def test_only_what_a_check_names_is_checked() -> None:
    both = "curl -o a https://example.org/a && curl -o bb https://example.org/b"
    assert used(f"{both} && echo x bb | sha256sum -c && sh a && sh bb") == ["sh a", ""]


NODE = r"""set -ex \
 && for key in A B; do gpg --batch --recv-keys "$key" || gpg --recv-keys "$key"; done \
 && curl -fsSLO --compressed "https://nodejs.org/dist/v$NODE_VERSION/node-v$NODE_VERSION-linux-$ARCH.tar.xz" \
 && curl -fsSLO --compressed "https://nodejs.org/dist/v$NODE_VERSION/SHASUMS256.txt.asc" \
 && gpg --batch --decrypt --output SHASUMS256.txt SHASUMS256.txt.asc \
 && grep " node-v$NODE_VERSION-linux-$ARCH.tar.xz\$" SHASUMS256.txt | sha256sum -c - \
 && tar -xJf "node-v${NODE_VERSION}-linux-$ARCH.tar.xz" -C /usr/local --strip-components=1"""
GOSU = r"""set -eux; \
 wget -O /usr/local/bin/gosu "https://example.org/gosu-$arch"; \
 wget -O /usr/local/bin/gosu.asc "https://example.org/gosu-$arch.asc"; \
 gpg --batch --verify /usr/local/bin/gosu.asc /usr/local/bin/gosu; \
 chmod +x /usr/local/bin/gosu; gosu --version"""
GO = r"""set -eux; \
 wget -O go.tgz "$url" --progress=dot:giga; \
 echo "$sha256 *go.tgz" | sha256sum -c -; \
 tar -C /target -xzf go.tgz"""
RUSTUP = r"""set -eux; \
 url="https://example.org/$arch/rustup-init"; wget "$url"; \
 echo "$sum *rustup-init" | sha256sum -c -; chmod +x rustup-init; ./rustup-init -y"""


@pytest.mark.parametrize("run", [NODE, GOSU, GO])
def test_what_official_images_do(run: str) -> None:
    assert set(used(run)) == {""}
    lines = run.split("\n")
    assert any(used("\n".join(line for line in lines if "sha256sum" not in line and "--verify" not in line)))


def test_a_name_that_only_the_shell_knows() -> None:
    assert used(RUSTUP) == [""]


def test_many_downloads_take_linear_time() -> None:
    count = 3000
    start = time.process_time()
    gets = " && ".join(f"curl -o f{n} https://example.org/{n}" for n in range(count))
    found = used(gets, " && ".join(f"sh f{n}" for n in range(count)))
    assert [n for n, use in enumerate(found) if use] == list(range(count - LIVE, count))
    assert time.process_time() - start < 10
