"""Which images a real registry has: catalogue, tags, filters, what is no image, what moved since the last time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from imagelint import workers
from imagelint.image.request import Request
from imagelint.image.sources.registry import images
from imagelint.registry.changes import changes
from imagelint.registry.filters import Wanted, wanted
from imagelint.registry.listing import listed, listing
from imagelint.registry.model import Found, Listed
from imagelint.registry.network import Registries
from imagelint.registry.planning import Plan, plan
from imagelint.stream import limits
from imagelint.targets import Hole
from tests.faulty_registry import Asked, Front
from tests.imagemaker import OCI, Recipe, dumps, oci_layout
from tests.many_images import Shape, fill
from tests.registries import Registry
from tests.registry.conftest import ONE
from tests.registry_storage import MANIFEST, Storage

pytestmark = pytest.mark.engine


class Memory:
    """A store."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self.kept.get((kind, key))

    def put(self, kind: str, key: str, data: bytes) -> None:
        self.kept[kind, key] = data


def made(number: int, created: str = "") -> Recipe:
    layer = [{"path": "number", "content": str(number)}]
    return replace(ONE, layers=[*ONE.layers, layer], more={"created": created} if created else {})


def find(words: Sequence[str], of: Wanted | None = None, store: Memory | None = None, **request: Any) -> Found:
    return listed(words, of or wanted(), Registries(Request(**request), store=store))


def names(found: Found) -> list[list[str]]:
    """Of each image, its names without the host."""
    return [[name.partition("/")[2] for name in one.names] for one in found.listed]


def told(holes: Sequence[Hole], host: str) -> list[tuple[str, str, bool]]:
    return [(hole.place.replace(host, "HOST"), hole.reason.replace(host, "HOST"), hole.limited) for hole in holes]


@pytest.fixture
def shop(registry: Registry, storage: Storage) -> Registry:
    """A few repositories."""
    for number, (name, tags) in enumerate(
        [
            ("shop/app", ["1.9", "1.9.0"]),
            ("shop/app", ["1.10", "latest"]),
            ("shop/app", ["2.0-dev"]),
            ("shop/web/front", ["1"]),
            ("tools", ["latest"]),
        ]
    ):
        storage.recipe(name, tags, made(number))
    return registry


APP = [["shop/app:1.9", "shop/app:1.9.0"], ["shop/app:2.0-dev"], ["shop/app:latest", "shop/app:1.10"]]


def sort(lists: list[list[str]]) -> list[list[str]]:
    return sorted(sorted(one) for one in lists)


@pytest.mark.parametrize(
    ("words", "options", "expected"),
    [
        (["HOST"], {}, [*APP, ["shop/web/front:1"], ["tools:latest"]]),
        (["HOST/shop/app"], {}, APP),
        (["HOST/shop/*"], {}, [*APP, ["shop/web/front:1"]]),
        (["HOST/shop/*/*", "HOST/tools"], {}, [["shop/web/front:1"], ["tools:latest"]]),
        (["HOST"], {"repositories": ["*", "!shop/*"]}, [["tools:latest"]]),
        (["HOST/shop/app"], {"tags": ["1.*", "!*.0"]}, [["shop/app:1.9"], ["shop/app:1.10"]]),
        (["HOST/shop/app:2.0-dev"], {"tags": ["1.*"]}, [["shop/app:2.0-dev"]]),
        (["HOST/shop/app:1.9", "HOST/shop/app:1.9.0", "HOST/shop/app:1.9"], {}, [["shop/app:1.9", "shop/app:1.9.0"]]),
    ],
)
def test_words_and_filters(
    shop: Registry, words: list[str], options: dict[str, Any], expected: list[list[str]]
) -> None:
    found = find([word.replace("HOST", shop.host) for word in words], wanted(**options))
    assert sort(names(found)) == sort(expected)
    assert found.holes == []


def test_what_is_known_of_one(shop: Registry) -> None:
    (one,) = find([f"{shop.host}/tools"]).listed
    (image,) = images(f"{shop.host}/tools:latest")
    assert (one.digest, one.media_type, one.public, one.created, one.kind) == (image.digest, MANIFEST, True, None, "")
    assert one.size > 100
    (again,) = find([f"{shop.host}/tools@{one.digest}"]).listed
    assert again.names == [f"{shop.host}/tools@{one.digest}"]
    assert again.digest == one.digest


def test_an_image_is_named_by_its_fullest_tag(shop: Registry) -> None:
    found = find([f"{shop.host}/shop/app"])
    assert {one.reference.tag for one in found.listed} == {"1.9.0", "1.10", "2.0-dev"}
    plans = plan(found.listed, Registries())
    assert {image.target for image in plans.images} == {
        f"registry:{shop.host}/shop/app:{tag}" for tag in ("1.9.0", "1.10", "2.0-dev")
    }


def test_as_an_iterator(shop: Registry) -> None:
    items = list(listing([shop.host, f"{shop.host}/none"], wanted(), Registries()))
    assert [type(item) for item in items] == [Listed] * 5 + [Hole]


def test_what_is_not_there(shop: Registry) -> None:
    host = shop.host
    words = [f"{host}/none", f"{host}/none/*", f"{host}/tools:9", f"{host}/tools@sha256:{'0' * 64}", f"{host}/tools"]
    found = find(words)
    assert names(found) == [["tools:latest"]]
    assert told(found.holes, host) == [
        ("HOST/none/*", "none of the 3 repositories of HOST passes HOST/none/*", False),
        ("HOST/none", "there is no repository HOST/none, or only for those who may see it: check its name", False),
        ("HOST/tools:9", "there is no tag 9 in HOST/tools, or only for those who may see it: check the name", False),
        (
            f"HOST/tools@sha256:{'0' * 64}",
            f"there is no image with the digest sha256:{'0' * 64} in HOST/tools, or only for those who may see it: "
            "check the name",
            False,
        ),
    ]


def test_filters_that_leave_nothing(shop: Registry) -> None:
    host = shop.host
    found = find([host], wanted(tags=["none"]))
    assert told(found.holes, host) == [("HOST", "no image passes the filters, or there is none", False)]
    found = find([f"{host}/tools"], wanted(tags=["none"]))
    assert told(found.holes, host) == [("HOST/tools", "none of its 1 tags passes --tag-glob", False)]
    found = find([host], wanted(repositories=["none"]))
    assert told(found.holes, host) == [("HOST", "none of the 3 repositories of HOST passes --repository-glob", False)]


def test_an_empty_registry(registry: Registry) -> None:
    found = find([registry.host])
    reason = "HOST lists no repository, or none that whoever asks may see"
    assert told(found.holes, registry.host) == [("HOST", reason, False)]


def test_repositories_whose_tags_were_deleted(shop: Registry, storage: Storage) -> None:
    storage.forget("tools", "latest")
    storage.forget("shop/web/front", "1")
    found = find([shop.host])
    assert sort(names(found)) == sort(APP)
    assert told(found.holes, shop.host) == [("HOST", "2 repositories have no tag", True)]


@pytest.fixture
def dated(registry: Registry, storage: Storage) -> str:
    """Images of several days, one of no day, one of the day that builds of the same bytes say."""
    for number, (tag, day) in enumerate(
        [
            ("9", "2026-03-01"),
            ("10", "2026-03-01"),
            ("1", "2026-05-01"),
            ("2", "2026-01-01"),
            ("3", ""),
            ("4", "1970-01-01"),
        ]
    ):
        storage.recipe("app", [tag], made(number, f"{day}T00:00:00Z" if day else ""))
    return registry.host


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"newest": 1}, ["1"]),
        ({"newest": 2}, ["1", "10"]),
        ({"newest": 5}, ["1", "10", "9", "2", "4"]),
        ({"newest": 99}, ["1", "10", "9", "2", "4", "3"]),
        ({"since": "2026-02-01"}, ["1", "10", "9", "4", "3"]),
        ({"since": "2026-02-01", "newest": 2}, ["1", "10"]),
        ({"tags": ["!1"], "newest": 1}, ["10"]),
    ],
)
def test_the_newest(dated: str, options: dict[str, Any], expected: list[str]) -> None:
    found = find([f"{dated}/app"], wanted(**options))
    assert [one.reference.tag for one in found.listed] == expected
    undated = "2 images do not say when they were made: oldest for --newest, new enough for --since"
    assert told(found.holes, dated) == [("HOST", undated, True)]


def test_what_is_named_is_wanted_however_old(dated: str) -> None:
    found = find([f"{dated}/app", f"{dated}/app:2"], wanted(newest=1))
    assert [one.reference.tag for one in found.listed] == ["2", "1"]


def test_nothing_new_is_an_answer(dated: str) -> None:
    found = find([f"{dated}/app"], wanted(tags=["1", "2"], since="2026-06-01"))
    assert found.listed == []
    assert told(found.holes, dated) == [("HOST/app", "nothing passes --since", True)]


def test_the_date_of_an_index_is_that_of_the_image_that_is_scanned(registry: Registry, tmp_path_factory: Any) -> None:
    recipes = [
        replace(made(1, "2026-01-01T00:00:00Z"), platform="linux/arm64/v8"),
        replace(made(2, "2026-04-01T00:00:00Z"), platform="linux/amd64"),
    ]
    layout = oci_layout(tmp_path_factory.mktemp("both"), *recipes, nested=True, attestation=True)
    registry.push(layout, "1", "app:1")
    for platform, month in (("linux/arm64", 1), ("linux/amd64", 4)):
        (one,) = find([f"{registry.host}/app"], wanted(newest=1), platform=platform).listed
        assert one.created is not None
        assert one.created.month == month
    both = plan(find([registry.host]).listed, Registries(Request("all")))
    assert [image.platform for image in both.images] == ["linux/arm64/v8", "linux/amd64"]
    assert both.images[0].attestations
    assert {image.target for image in both.images} == {f"registry:{registry.host}/app:1"}


HELM = "application/vnd.cncf.helm.config.v1+json"


def odd_ones(storage: Storage) -> None:
    """What else lies in registries."""
    digest = storage.recipe("app", ["1"], ONE)
    tag = digest.replace(":", "-")
    for number in range(3):
        storage.artifact(f"charts/c{number}", ["1"], HELM)
    storage.artifact("app", [f"{tag}.sig"], OCI + "config.v1+json")
    storage.artifact("app", [f"{tag}.att"], OCI + "config.v1+json")
    storage.artifact("app", [f"{tag}.sbom"], OCI + "config.v1+json")
    storage.artifact("module", ["1"], "application/vnd.wasm.config.v0+json")
    empty = "application/vnd.oci.empty.v1+json"
    storage.artifact("reports", ["1"], empty, artifactType="application/sarif+json")
    storage.artifact("flux", ["1"], "application/vnd.cncf.flux.config.v1+json")
    layer = {"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json", "digest": digest, "size": 1}
    storage.artifact("signed", ["other-name"], OCI + "config.v1+json", layers=[layer])


COUNTED = (
    "not read, since they are no images: 3 Helm charts, 1 SARIF report, 1 WebAssembly module, 1 other artifact, "
    "1 signature"
)
COUNTED_TAGS = "not read, since they are no images: 1 SBOM, 1 attestation, 1 signature"


@pytest.mark.parametrize("options", [{}, {"newest": 1}])
def test_what_is_no_image_is_counted(registry: Registry, storage: Storage, options: dict[str, Any]) -> None:
    odd_ones(storage)
    registries = Registries()
    found = listed([registry.host], wanted(**options), registries)
    planned = plan(found.listed, registries)
    assert [image.target for image in planned.images] == [f"registry:{registry.host}/app:1"]
    assert (COUNTED_TAGS, True) in [(hole.reason, hole.limited) for hole in found.holes]
    assert told(planned.holes, registry.host) == [("HOST", COUNTED, True)]


def test_a_chart_beside_the_newest_image_does_not_push_it_out(registry: Registry, storage: Storage) -> None:
    storage.recipe("app", ["1"], made(1, "2026-01-01T00:00:00Z"))
    storage.artifact("app", ["2"], HELM)
    registries = Registries()
    found = listed([registry.host], wanted(newest=1), registries)
    assert [image.name for image in plan(found.listed, registries).images] == [f"{registry.host}/app:1"]


def test_what_moved_since_the_last_time(shop: Registry, storage: Storage, front: Front) -> None:
    found = find([front.host])
    known = {name: one.digest for one in found.listed for name in one.names}
    assert changes(found, known).same == list(known)
    storage.recipe("shop/app", ["latest", "2.1"], made(9))
    storage.forget("shop/app", "1.9")
    front.asked.clear()
    known[f"{front.host}/elsewhere/app:1"] = "sha256:" + "0" * 64
    found = find([front.host])
    assert {method for method, path, _ in front.asked if "/manifests/" in path} == {"HEAD"}
    now = changes(found, known)
    place = f"{front.host}/shop/app"
    assert (now.new, now.moved, now.gone) == ([f"{place}:2.1"], [f"{place}:latest"], [f"{place}:1.9"])
    assert len(now.same) == len(known) - 3
    assert [sorted(one.names) for one in now.to_read(found)] == [[f"{place}:2.1", f"{place}:latest"]]


def test_what_a_filter_leaves_out_is_not_gone(shop: Registry) -> None:
    known = {name: one.digest for one in find([shop.host]).listed for name in one.names}
    assert changes(find([shop.host], wanted(tags=["1.9"])), known).gone == []


def test_a_plan_is_what_a_scan_reads(shop: Registry) -> None:
    registries = Registries()
    (one,) = [one for one in listed([shop.host], wanted(), registries).listed if one.reference.name == "tools"]
    (image,), (scanned,) = plan([one], registries).images, images(f"{shop.host}/tools:latest")
    for field in ("digest", "config", "history", "platform", "annotations", "described", "public", "name", "source"):
        assert getattr(image, field) == getattr(scanned, field), field
    assert [layer.open().read() for layer in image.layers] == [layer.open().read() for layer in scanned.layers]
    assert [(layer.digest, layer.diff_id, layer.size, layer.same) for layer in image.layers] == [
        (layer.digest, layer.diff_id, layer.size, layer.same) for layer in scanned.layers
    ]
    assert (image.target, image.tags) == (f"registry:{shop.host}/tools:latest", [f"{shop.host}/tools:latest"])


def test_layers_are_the_same_in_all_repositories(registry: Registry) -> None:
    made = fill(registry, Shape(images=24, layers=4, shared=0.75, families=2, tags=3, kib=4, own_kib=2))
    registries = Registries()
    before = threading.active_count()
    found = listed([registry.host], wanted(), registries)
    plans = plan(found.listed, registries)
    assert threading.active_count() <= before  # some of an earlier test may have ended
    assert [image.target for image in plans.images] == [f"registry:{one.reference}" for one in found.listed]
    assert sorted(image.name for image in plans.images) == sorted(made.references)
    assert {layer.same for image in plans.images for layer in image.layers} == made.distinct
    assert len(made.distinct) == 2 * 3 + 24


def test_a_plan_survives_a_fork(shop: Registry) -> None:
    registries = Registries()
    made = plan(listed([shop.host], wanted(), registries).listed, registries).images
    registries.split(2)
    here = {number: image.layers[1].open().read() for number, image in enumerate(made)}
    assert len(set(here.values())) == 5
    done = dict(workers.Each(lambda number: made[number].layers[1].open().read(), range(len(made)), 2, lambda: None))
    assert done == here


def keep(registries: Registries, made: Plan) -> None:
    """As it is done when an image was judged, and no secret stands in its documents."""
    for image in made.images:
        registries.documents.keep(image.digest)
        registries.documents.keep(image.config_digest)


def test_what_may_hold_a_secret_is_not_kept(shop: Registry) -> None:
    store = Memory()
    registries = Registries(store=store)
    made = plan(find([shop.host], store=store).listed, registries)
    for image in made.images:
        registries.documents.forget(image.config_digest)
    keep(registries, made)
    assert {f"sha256:{key}" for _, key in store.kept} == {image.digest for image in made.images}


def test_nothing_is_fetched_twice(shop: Registry, front: Front) -> None:
    store = Memory()
    for newest in (0, 9):
        front.asked.clear()
        registries = Registries(store=store)
        found = listed([front.host], wanted(newest=newest), registries)
        first = plan(found.listed, registries)
        gets = [
            path for method, path, _ in front.asked if method == "GET" and ("/manifests/" in path or "/blobs/" in path)
        ]
        assert len(gets) == len(set(gets)) == (0 if newest else 10)
        assert len(first.images) == 5
        assert newest or not store.kept, "it is not known whether they hold a secret"
        keep(registries, first)
    assert {kind for kind, _ in store.kept} == {"document"}
    without = Registries()
    front.asked.clear()
    plan(listed([front.host], wanted(newest=9), without).listed, without)
    gets = [path for method, path, _ in front.asked if "/manifests/sha256" in path or "/blobs/" in path]
    assert len(gets) == len(set(gets)) == 10


def test_one_image_of_many_repositories_is_fetched_once(registry: Registry, storage: Storage, front: Front) -> None:
    for number in range(20):
        storage.recipe(f"app{number}", ["1"], ONE)

    def slow(asked: Asked) -> bool:
        time.sleep(0.05)
        return False

    front.fault = slow
    registries = Registries()
    made = plan(listed([front.host], wanted(), registries).listed, registries)
    assert len(made.images) == 20
    assert len({image.digest for image in made.images}) == 1
    fetched = [path for method, path, _ in front.asked if method == "GET" and "sha256:" in path]
    assert len(fetched) == 2  # the manifest, the configuration


def test_a_store_that_was_changed_is_not_believed(shop: Registry) -> None:
    store = Memory()
    registries = Registries(store=store)
    first = plan(find([shop.host], store=store).listed, registries)
    keep(registries, first)
    assert store.kept
    for key, data in store.kept.items():
        store.kept[key] = data.replace(b"app", b"ape")
    again = plan(find([shop.host], store=store).listed, Registries(store=store))
    assert [(image.digest, image.config) for image in again.images] == [
        (image.digest, image.config) for image in first.images
    ]


def test_no_more_tags_than_the_limit(shop: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_IMAGES", 3)
    found = find([shop.host])
    assert sum(len(one.names) for one in found.listed) == 3
    (hole,) = told(found.holes, shop.host)
    assert hole[0] == "HOST"
    assert hole[1].startswith("2 tags and 2 repositories were not asked about: one run asks about 3 tags (--limit ")
    assert not hole[2]


def test_another_store_of_documents_is_held_within_bounds(shop: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REGISTRY_DOCUMENTS", 1000)
    registries = Registries()
    found = listed([shop.host], wanted(newest=9), registries)
    assert len(plan(found.listed, registries).images) == 5
    assert sum(map(len, registries.documents._held.values())) <= 1000


def test_an_image_without_a_layer_is_one(registry: Registry, storage: Storage) -> None:
    storage.recipe("empty", ["1"], Recipe([], {"User": "app"}, history=[]))
    planned = plan(find([registry.host]).listed, Registries())
    assert [len(image.layers) for image in planned.images] == [0]


def test_an_index_that_leads_nowhere_is_a_hole(registry: Registry, storage: Storage) -> None:
    index = {"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": []}
    storage.manifest("nothing", ["1"], dumps(index))
    planned = plan(find([registry.host]).listed, Registries())
    reason = "HOST/nothing:1 holds no image that can be read"
    assert told(planned.holes, registry.host) == [("HOST/nothing:1", reason, False)]
