"""What a path alone says of a file: left over, or of use."""

from __future__ import annotations

import time

import pytest

from imagelint.image.leftovers import (
    BUILD,
    BYTECODE,
    CACHE,
    CATEGORIES,
    DOCUMENTATION,
    LISTS,
    LOCALES,
    LOGS,
    TEMPORARY,
    VCS,
    Leftovers,
    Useless,
    is_slim,
    source_of,
)
from imagelint.image.paths import PathSet
from imagelint.image.result import LayerResult

LEFT = [
    ("var/cache/apt/archives/curl_7.88_amd64.deb", CACHE, "var/cache/apt"),
    ("var/cache/apt/pkgcache.bin", CACHE, "var/cache/apt"),
    ("var/cache/dnf/fedora-1a2b/repodata/primary.xml.gz", CACHE, "var/cache/dnf"),
    ("var/cache/apk/curl-8.5.0-r0.1a2b3c4d.apk", CACHE, "var/cache/apk"),
    ("root/.cache/pip/http-v2/a/b/c/d/e/f.body", CACHE, "root/.cache/pip"),
    ("home/node/.npm/_cacache/content-v2/sha512/ab/cd/ef", CACHE, "home/node/.npm/_cacache"),
    ("home/node/.npm/_logs/2024-01-01-debug-0.log", LOGS, "home/node/.npm/_logs"),
    ("usr/local/share/.cache/yarn/v6/npm-x/index.js", CACHE, "usr/local/share/.cache/yarn"),
    ("root/.yarn/berry/cache/x.zip", CACHE, "root/.yarn/berry/cache"),
    ("root/.local/share/pnpm/store/v3/files/00/ab", CACHE, "root/.local/share/pnpm/store"),
    ("usr/local/cargo/registry/src/index.crates.io-1/serde/lib.rs", CACHE, "usr/local/cargo/registry"),
    ("root/.cargo/git/db/x/HEAD", CACHE, "root/.cargo/git"),
    ("root/.cache/go-build/00/00ab-d", CACHE, "root/.cache/go-build"),
    ("go/pkg/mod/cache/vcs/1a2b/.git/HEAD", CACHE, "go/pkg/mod"),
    ("root/go/pkg/mod/golang.org/x/sys/a.go", CACHE, "root/go/pkg/mod"),
    ("root/.m2/repository/org/x/x.jar", CACHE, "root/.m2/repository"),
    ("root/.gradle/caches/modules-2/x.jar", CACHE, "root/.gradle/caches"),
    ("root/.composer/cache/files/x.zip", CACHE, "root/.composer/cache"),
    ("usr/local/bundle/cache/rails-7.0.0.gem", CACHE, "usr/local/bundle/cache"),
    ("usr/lib/ruby/gems/3.1.0/cache/rake-13.0.gem", CACHE, "usr/lib/ruby/gems/3.1.0/cache"),
    ("srv/app/vendor/bundle/ruby/3.1.0/cache/rack-3.0.gem", CACHE, "srv/app/vendor/bundle/ruby/3.1.0/cache"),
    ("opt/conda/pkgs/numpy-1.26.conda", CACHE, "opt/conda/pkgs"),
    ("root/.cache/ccache/a/b", CACHE, "root/.cache/ccache"),
    ("root/.cache/pypoetry/artifacts/a/x.whl", CACHE, "root/.cache/pypoetry/artifacts"),
    ("var/lib/apt/lists/deb.example.org_debian_dists_bookworm_InRelease", LISTS, "var/lib/apt/lists"),
    ("var/log/dpkg.log", LOGS, "var/log"),
    ("var/log/apt/term.log", LOGS, "var/log"),
    ("tmp/x.tar.gz", TEMPORARY, "tmp"),
    ("var/tmp/dracut/initramfs.img", TEMPORARY, "var/tmp"),
    ("srv/app/.git/objects/pack/pack-1.pack", VCS, "srv/app/.git"),
    ("srv/app/.svn/wc.db", VCS, "srv/app/.svn"),
    ("srv/.hg/store/data/x.i", VCS, "srv/.hg"),
    ("usr/lib/python3.11/json/__pycache__/decoder.cpython-311.pyc", BYTECODE, "usr/lib/python3.11/json/__pycache__"),
    ("usr/share/doc/bash/README.gz", DOCUMENTATION, "usr/share/doc"),
    ("usr/share/man/de/man1/ls.1.gz", DOCUMENTATION, "usr/share/man"),
    ("usr/share/locale/de/LC_MESSAGES/bash.mo", LOCALES, "usr/share/locale"),
    ("usr/include/x86_64-linux-gnu/sys/types.h", BUILD, "usr/include"),
    ("usr/lib/gcc/x86_64-linux-gnu/12/cc1", BUILD, "usr/lib/gcc"),
    ("usr/lib/x86_64-linux-gnu/libc.a", BUILD, "usr/lib/x86_64-linux-gnu/libc.a"),
    ("usr/bin/x86_64-linux-gnu-gcc-12", BUILD, "usr/bin/x86_64-linux-gnu-gcc-12"),
    ("usr/bin/x86_64-linux-gnu-ld.bfd", BUILD, "usr/bin/x86_64-linux-gnu-ld.bfd"),
    ("usr/bin/clang-15", BUILD, "usr/bin/clang-15"),
    ("usr/local/go/pkg/tool/linux_amd64/compile", BUILD, "usr/local/go"),
    ("root/.rustup/toolchains/stable-x86_64/bin/rustc", BUILD, "root/.rustup/toolchains"),
]
OF_USE = [
    "",
    "app",
    "usr/bin/bash",
    "usr/bin/assemble",
    "usr/bin/clangd-tidy-diff",
    "usr/bin/as-tree",
    "srv/app/tmp/cache/x",
    "srv/tmp",
    "srv/var/log/x",
    "srv/app/.gitignore",
    "srv/app/.github/workflows/x.yml",
    "srv/git/project.git/HEAD",
    "root/.cache/huggingface/hub/model.bin",
    "root/.cache/ms-playwright/chromium/chrome",
    "root/.cache/Cypress/12/Cypress/Cypress",
    "root/.cache/pypoetry/virtualenvs/x/bin/python",
    "root/.cache/deno/x",
    "srv/app/.yarn/cache/left-pad.zip",
    "srv/app/node_modules/cache/index.js",
    "srv/app/install/cache/x",
    "srv/app/berry/cache/x",
    "srv/app/cache/x.gem",
    "usr/local/bundle/gems/rails-7.0.0/lib/rails.rb",
    "usr/share/doc/bash/copyright",
    "usr/share/docs/x",
    "usr/lib/locale/C.utf8/LC_CTYPE",
    "usr/lib/x86_64-linux-gnu/libc.so.6",
    "srv/app/libmodel.a",
    "srv/app/__pycache__/readme.pyc",
    "srv/app/app.pyc",
    "opt/pkgs/x",
    "var/cache/nginx/x",
    "var/cache/fontconfig/x.cache-7",
    "var/lib/apt/extended_states",
    "var/lib/dpkg/status",
    "usr/share/maven-repo/org/x/x.jar",
]


@pytest.mark.parametrize(("path", "category", "root"), LEFT)
def test_left_over(path: str, category: str, root: str) -> None:
    found = Leftovers().of(path.encode())
    assert found is not None
    assert (found.category, found.root.decode()) == (category, root)


@pytest.mark.parametrize("path", OF_USE)
def test_of_use(path: str) -> None:
    assert Leftovers().of(path.encode()) is None


def test_what_it_remembers_changes_no_answer() -> None:
    """The same object is asked about a whole layer, in any order and with more folders than it remembers."""
    one, expected = Leftovers(), {path: (category, root) for path, category, root in LEFT}
    for turn in range(3):
        for path in [*expected, *OF_USE]:
            found = one.of(path.encode())
            assert (found and (found.category, found.root.decode())) == expected.get(path), path
        for number in range(3000):
            assert one.of(b"srv/%d/%d/x" % (turn, number)) is None


def test_every_category_is_seen_and_said() -> None:
    assert {category for _, category, _ in LEFT} == set(CATEGORIES)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (b"a/__pycache__/m.cpython-311.pyc", b"a/m.py"),
        (b"a/__pycache__/m.cpython-39.opt-1.pyc", b"a/m.py"),
        (b"__pycache__/m.cpython-311.pyc", b"m.py"),
        (b"a/__pycache__/m.pyc", b""),
        (b"a/m.cpython-311.pyc", b""),
        (b"a/__pycache__/m.cpython-311.txt", b""),
    ],
)
def test_where_the_source_lies(path: bytes, source: bytes) -> None:
    assert source_of(path) == source


def test_paths_made_to_cost() -> None:
    """Thousands of parts, each path another one: the parts that are looked at are bounded."""
    one, begun = Leftovers(), time.process_time()
    for number in range(2000):
        assert one.of(b"%d/" % number + b"a/" * 2000 + b"x") is None
    assert time.process_time() - begun < 2


def layer(*paths: bytes, links: dict[bytes, list[tuple[bytes, int]]] | None = None) -> LayerResult:
    return LayerResult(0, files=PathSet(paths), links=links or {})


def test_what_is_linked_to_what_is_in_use_is_no_waste() -> None:
    """pnpm, uv and conda link what they install to what they keep; some of it is installed nowhere."""
    kept, other = b"root/.local/share/pnpm/store/v3/00/a", b"root/.local/share/pnpm/store/v3/00/b"
    twin = b"root/.cache/pip/x"
    links = {kept: [(b"srv/node_modules/a.js", 2)], other: [(twin, 3)]}
    useless = Useless([layer(kept, other, twin, links=links)])
    assert [useless(path) for path in (kept, other, twin)] == ["", CACHE, CACHE]


def test_compiled_python_without_its_source_is_the_program() -> None:
    here, gone = b"a/__pycache__/m.cpython-311.pyc", b"b/__pycache__/m.cpython-311.pyc"
    results = [layer(b"a/m.py"), layer(here, gone)]
    assert [Useless(results)(path) for path in (here, gone)] == [BYTECODE, ""]
    assert Useless(results, compiled=False)(here) == ""


def test_what_could_be_left_out_whole() -> None:
    useless = Useless([])
    assert useless.root(b"var/cache/apt/archives/x.deb") == b"var/cache/apt"
    assert useless.root(b"var/cache/apt") == b"var/cache/apt"
    assert useless.root(b"srv/x") == b"srv/x"


@pytest.mark.parametrize(
    ("name", "paths", "slim"),
    [
        ("debian:12-slim", (), True),
        ("registry.example.org/ubi9/ubi-minimal:9.4", (), True),
        ("alpine:3.20", (), True),
        ("python:3.12-alpine3.20", (), True),
        ("gcr.example.org/distroless/base@sha256:0a", (), True),
        ("debian:12", (), False),
        ("slimming/shop:1", (), False),
        ("", (b"etc/dpkg/dpkg.cfg.d/docker",), True),
        ("", (b"etc/dpkg/dpkg.cfg.d/excludes",), True),
        ("", (b"etc/dpkg/dpkg.cfg.d/docker-apt-speedup",), False),
    ],
)
def test_where_documentation_was_meant_to_be_left_out(name: str, paths: tuple[bytes, ...], slim: bool) -> None:
    assert is_slim(name, [layer(*paths)]) is slim
