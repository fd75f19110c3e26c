"""An image as one system: its services and tools, whether it says distroless, the folders of its PATH."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imagelint.engine.compiled import load
from imagelint.engine.evaluate import Engine
from imagelint.engine.shapes import expand
from imagelint.image import programs
from imagelint.image.lint import lint
from imagelint.image.shared import share
from imagelint.image.sources.docker_archive import images
from imagelint.secrets.confirm import Detector
from tests.image.systems import findings, link, program, told
from tests.imagemaker import Recipe, docker_archive

NGINX, POSTGRES = "usr/sbin/nginx", "usr/lib/postgresql/15/bin/postgres"
Layer = list[dict[str, Any]]


def gone(path: str) -> dict[str, Any]:
    folder, _, name = path.rpartition("/")
    return {"path": f"{folder}/.wh.{name}", "content": ""}


def services(folder: Path, *layers: Layer) -> str:
    found = told(folder, "several-services-in-image", *layers)
    return found[0][1].removeprefix("the image holds ").partition(":")[0] if found else ""


def test_services_over_all_layers(tmp_path: Path) -> None:
    both = [[program(NGINX)], [program(POSTGRES)]]
    assert services(tmp_path, *both) == f"nginx ({NGINX}), PostgreSQL ({POSTGRES})"
    assert services(tmp_path, *both, [gone(NGINX)]) == ""
    assert services(tmp_path, both[0], [program("opt/nginx/sbin/nginx")]) == ""


def test_a_service_is_a_program_where_programs_are(tmp_path: Path) -> None:
    strange = [
        program("usr/share/nginx/modules/postgres"),
        program("etc/init.d/redis-server"),
        {"path": "usr/sbin/apache2", "content": "", "mode": 0o644},
        {"path": "usr/bin/caddy", "type": "dir"},
        link("usr/sbin/httpd", "../../bin/busybox"),
    ]
    assert services(tmp_path, [program(NGINX), *strange]) == ""
    assert services(tmp_path, [program(NGINX), link("usr/bin/redis-server", "redis-check-rdb")]) != ""


def names_of_one(names: list[str]) -> Layer:
    """One program under many names, of which a tar has the bytes with the first."""
    first, *others = (f"bin/{name}" for name in names)
    return [program(first), *(link(name, first, "hardlink") for name in others)]


@pytest.mark.parametrize("names", [["[", "busybox", "crond", "httpd"], ["crond", *"abcdefgh", "httpd"]])
def test_applets_are_no_services(tmp_path: Path, names: list[str]) -> None:
    applets = names_of_one(names)
    assert services(tmp_path, [program(NGINX), *applets]) == ""
    assert told(tmp_path, "system-service-in-image", applets) == []
    found = told(tmp_path, "system-service-in-image", [program("usr/sbin/crond"), *applets])
    assert [path for path, _ in found] == ["usr/sbin/crond"]


def test_two_names_are_no_busybox(tmp_path: Path) -> None:
    found = told(tmp_path, "system-service-in-image", names_of_one(["crond", "cron"]))
    assert [path for path, _ in found] == ["bin/crond"]


SHELL = [program("bin/dash"), link("bin/sh", "dash")]
RELEASE = {"path": "usr/lib/os-release", "content": 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Distroless"\n'}


@pytest.mark.parametrize(
    ("said", "tags", "reported"),
    [
        ({}, ["shop:1"], False),
        ({}, ["shop-distroless:1"], True),
        ({}, ["shop:1-distroless"], True),
        ({}, ["distroless/base:debug"], False),
        ({"Labels": {"org.opencontainers.image.base.name": "example.org/distroless/cc"}}, ["shop:1"], True),
        ({"Labels": {"com.example.distroless": "true"}}, ["shop:1"], True),
        ({"Labels": {"base": "example.org/distroless/cc:debug"}}, ["shop:1"], True),
        ({"Labels": None}, ["shop:1"], False),
        ({"Labels": ["distroless"]}, ["shop:1"], False),
    ],
)
def test_who_says_distroless(tmp_path: Path, said: dict[str, Any], tags: list[str], reported: bool) -> None:
    found = told(tmp_path, "distroless-with-tools", SHELL, config=said, tags=tags)
    assert bool(found) == reported
    if reported:
        assert found[0][1].endswith("and holds bin/dash (a shell), bin/sh (a shell)")


def test_distroless_by_its_release_and_its_annotation(tmp_path: Path) -> None:
    assert told(tmp_path, "distroless-with-tools", [RELEASE], SHELL) != []
    assert told(tmp_path, "distroless-with-tools", [RELEASE], SHELL, [gone("usr/lib/os-release")]) == []
    assert told(tmp_path, "distroless-with-tools", [RELEASE], SHELL, [gone("bin/dash"), gone("bin/sh")]) == []


def test_tools_are_named_up_to_a_number(tmp_path: Path) -> None:
    many = [program(f"usr/bin/{name}-{number}") for name in ("gcc", "clang") for number in range(7, 23)]
    ((_, message),) = told(tmp_path, "build-tools-in-image", many)
    assert message.count("(a compiler)") == 20


def test_every_name_is_a_file_s_name() -> None:
    assert all(b"/" not in name and name.strip() == name != b"" for name in programs.NAMES)


def test_open_folders_of_the_path(tmp_path: Path) -> None:
    config = {"Env": ["PATH=/usr/bin::bin:/tmp/x:/opt/open/:/opt/own:/opt/later"]}
    layers = [
        [
            {"path": "opt/open", "type": "dir", "mode": 0o1777},
            {"path": "opt/own", "type": "dir", "uid": 1000},
            {"path": "opt/later", "type": "dir", "mode": 0o777},
        ],
        [{"path": "opt/later", "type": "dir", "mode": 0o755}],
    ]
    ((_, message),) = told(tmp_path, "search-path-in-image", *layers, config=config)
    assert message.startswith("PATH holds an empty part, a relative folder, a temporary folder, /opt/open/, where")
    ((_, message),) = told(tmp_path, "search-path-of-user", *layers, config=config)
    assert message.startswith("PATH holds /opt/own (of 1000): ")


def test_a_folder_of_the_path_is_told_once(tmp_path: Path) -> None:
    open_ = [{"path": "opt/open", "type": "dir", "mode": 0o777}]
    assert told(tmp_path, "world-writable-file", open_, config={"Env": ["PATH=/opt/open:/bin"]}) == []
    assert len(told(tmp_path, "world-writable-file", open_)) == 1


def test_images_that_share_a_layer_have_paths_of_their_own(tmp_path: Path) -> None:
    """What was read for the first image serves the second one's PATH as well."""
    layers = [[{"path": path, "type": "dir", "mode": 0o1777} for path in ("srv/a", "srv/b")]]
    recipes = [Recipe(layers, {"User": "1", "Env": [f"PATH=/srv/{one}"]}, tags=[f"{one}:1"]) for one in "ab"]
    found = list(images(str(docker_archive(tmp_path / "two.tar", *recipes, layout="25"))))
    share(found)
    rules = load()
    engine = Engine(rules, {"search-path-in-image"})
    detector = Detector([rule for rule in rules.rules if rule.kind == "secret"])
    results = [lint(image, engine, detector, target="x", show=False) for image in found]
    assert [result.layers_read for result in results] == [1, 0]
    messages = [str(finding.message).partition(",")[0] for result in results for finding in result.findings]
    assert messages == ["PATH holds /srv/a", "PATH holds /srv/b"]


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"Cmd": ["supervisord"]}, 'CMD ["supervisord"]'),
        ({"Entrypoint": ["/sbin/init"], "Cmd": ["3"]}, 'ENTRYPOINT ["/sbin/init"]'),
        ({"Entrypoint": ["/usr/bin/tini", "--"], "Cmd": ["supervisord"]}, 'CMD ["supervisord"]'),
    ],
)
def test_the_instruction_that_starts_it_is_named(tmp_path: Path, config: dict[str, Any], line: str) -> None:
    steps = ['ENTRYPOINT ["/sbin/init"]', 'CMD ["supervisord"]']
    history = [{"created_by": "ADD x /"}, *({"created_by": step, "empty_layer": True} for step in steps)]
    found = findings(tmp_path, [program("bin/x")], config=config, history=history)
    (finding,) = (one for one in found if one.rule == "service-manager-started")
    assert finding.layer is not None
    assert finding.layer.created_by == line


def test_no_message_holds_a_piece_of_a_secret(tmp_path: Path) -> None:
    """A colon or a slash in a secret must not show the rest of it: no mask would know that."""
    secret = expand("{base62:20}:{base62:24}/{base62:24}", "pieces")
    pieces = [piece for half in secret.split(":") for piece in half.split("/")]
    config = {
        "Env": [f"PATH={secret}:/tmp/{secret}"],
        "Entrypoint": ["/entrypoint.sh"],
        "Cmd": ["sh", "-c", f"{secret}; supervisord; /x/{secret}"],
        "ExposedPorts": {secret: {}, f"2375/tcp/{secret}": {}, "9229": {}},
    }
    accounts = {
        "path": "etc/passwd",
        "content": f"{secret}:x:0:0::/:\n{secret}:x:7:7::/:\nb:x:7:7::/:\n" + "a:x:0:0::/:\n",
    }
    found = findings(tmp_path, [program("bin/x"), accounts], config=config)
    assert {"service-manager-started", "search-path-in-image", "administrative-port"} <= {one.rule for one in found}
    ours = [str(one.message) for one in found if one.secret is None]
    assert [text for text in ours for piece in pieces if piece in text] == []
