"""Where a registry may lead, and that credentials go to nobody else.

Public names are stood for by a proxy on loopback, with TLS under an authority of the test's own.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from imagelint.errors import UnreadableError
from imagelint.image.layer import read_layer
from imagelint.image.model import Image
from imagelint.image.request import ANY, Request
from imagelint.image.sources.registry import images
from imagelint.image.sources.registry_network import Route, kind_of, literal_kind
from tests import registries
from tests.conftest import without
from tests.faulty_registry import NAME, Asked, Fault, FaultyRegistry
from tests.imagemaker import Recipe
from tests.material import password
from tests.registries import certificate, docker_config

RECIPE = Recipe([[{"path": "first"}], [{"path": "second"}]], {"User": "app"}, tags=("app:1",))
PUBLIC, AUTH, STORE = "registry.example.org", "auth.example.org", "store.example.org"
WORDS = f"{PUBLIC}/{NAME}:1"
Start = Callable[..., FaultyRegistry]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if reason := registries.missing():
        without(reason)
    return certificate(tmp_path_factory.mktemp("tls"), PUBLIC, AUTH, STORE)


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: tuple[Path, Path]) -> Iterator[Start]:
    """Starts a registry with a fault; Docker's configuration has credentials for it, and no proxy is set."""
    running: list[FaultyRegistry] = []
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))

    def started(fault: Fault, *, tls: bool = False) -> FaultyRegistry:
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(made[1], made[0])
        running.append(FaultyRegistry(tmp_path / f"image{len(running)}", RECIPE, fault, context))
        docker_config(tmp_path / "docker", running[-1].host)
        return running[-1]

    yield started
    for registry in running:
        registry.stop()


@pytest.fixture
def public(start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: tuple[Path, Path]) -> Start:
    """Starts a proxy that stands for every public host; there are credentials for registry.example.org."""

    def started(fault: Fault) -> FaultyRegistry:
        proxy = start(fault, tls=True)
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        monkeypatch.setenv("SSL_CERT_FILE", str(made[1]))
        docker_config(tmp_path / "docker", PUBLIC)
        return proxy

    return started


def found(words: str) -> Image:
    (image,) = images(words)
    for layer in image.layers:
        assert read_layer(layer, None).incomplete == []
    return image


def problem(words: str, request: Request = ANY) -> str:
    with pytest.raises(UnreadableError) as caught:
        list(images(words, request))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def redirect(asked: Asked, to: str) -> bool:
    return asked.answer(307, b"", {"Location": to})


def basic(asked: Asked) -> bool:
    """Wants a password for everything."""
    if "Authorization" in asked.headers or not asked.where.startswith("/v2/"):
        return False
    return asked.answer(401, b"", {"WWW-Authenticate": 'Basic realm="test"'})


def bearer(realm: str, store: str = "") -> Fault:
    """Wants a token of a realm, which it gives for a password only; blobs are to be had at a store."""

    def fault(asked: Asked) -> bool:
        if asked.path.startswith((f"{realm}?", "/token")):
            allowed = "Authorization" in asked.headers
            return asked.answer(200 if allowed else 401, json.dumps({"token": "granted"}).encode())
        if store and asked.path.startswith(store):
            return asked.answer(200, asked.registry.blobs[asked.where[1:]])
        if asked.where == "/v2/":
            return False
        if asked.headers.get("Authorization") != "Bearer granted":
            return asked.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}",service="s"'})
        return bool(store) and bool(asked.blob) and redirect(asked, f"{store}/{asked.blob}")

    return fault


def test_52_a_public_registry_with_its_token_server_and_its_store(public: Start) -> None:
    """The password goes to the token server, the token to the registry, and neither to the store."""
    proxy = public(bearer(f"https://{AUTH}/token", f"https://{STORE}"))
    assert found(WORDS).public is False
    for _, path, headers in proxy.asked:
        if path.startswith(f"https://{STORE}"):
            assert "Authorization" not in headers
        elif path.startswith(f"https://{AUTH}"):
            assert headers.get("Authorization", "Basic ").startswith("Basic ")
        elif path.startswith(f"https://{PUBLIC}"):
            assert headers.get("Authorization", "Bearer granted") == "Bearer granted"
        else:
            assert path in {f"{host}:443" for host in (PUBLIC, AUTH, STORE)}, path
    assert {path.split("/")[2] for path in proxy.authorized()} == {PUBLIC, AUTH}


@pytest.mark.parametrize(
    ("realm", "said"),
    [
        ("file:///etc/passwd", "a file URL"),
        ("ftp://auth.example.org/token", "a ftp URL"),
        ("https://alice@auth.example.org/token", "no place on the web"),
        ("", "a nameless URL"),
        ("https://[", "no place on the web"),
        ("https://auth.example.org:x", "no URL"),
        ("http://auth.example.org/token", "plain HTTP"),
        ("http://registry.example.org/token", "plain HTTP"),
        ("http://127.0.0.1:9/token", "plain HTTP"),
        ("https://127.0.0.1:9/token", "a loopback address"),
        ("https://localhost:9/token", "a loopback address"),
        ("https://169.254.169.254/latest", "a link-local address"),
        ("https://[fe80::1]/token", "a link-local address"),
        ("https://10.0.0.1/token", "a private address"),
        ("https://[::ffff:10.0.0.1]/token", "a private address"),
    ],
)
def test_52_a_realm_that_is_not_to_be_asked(public: Start, realm: str, said: str) -> None:
    proxy = public(bearer(realm))
    assert said in problem(WORDS)
    assert proxy.authorized() == []
    assert {path for _, path, _ in proxy.asked} == {f"{PUBLIC}:443", f"https://{PUBLIC}/v2/{NAME}/manifests/1"}


def test_52_a_second_realm(start: Start, public: Start) -> None:
    """The token server may not change while an image is read."""
    realms = iter([AUTH, STORE, STORE, STORE])

    def fault(asked: Asked) -> bool:
        if "/token" in asked.path:
            return asked.answer(200, b'{"token": "old"}')
        return asked.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="https://{next(realms)}/token"'})

    proxy = public(fault)
    assert "names a second token server" in problem(WORDS)
    assert [path for path in proxy.authorized() if STORE in path] == []


def test_an_identity_token_goes_to_the_token_server_alone(start: Start, tmp_path: Path) -> None:
    """What some registries have Docker keep instead of a password (Docker's token authentication, OAuth2)."""
    identity, forms = password(8), []

    def fault(asked: Asked) -> bool:
        if asked.command == "POST":
            forms.append(parse_qs(asked.rfile.read(int(asked.headers["Content-Length"])).decode()))
            return asked.answer(200, b'{"access_token": "granted"}')
        return bearer(f"http://{asked.registry.host}/token")(asked)

    registry = start(fault)
    entry = {"auths": {registry.host: {"identitytoken": identity}}}
    (tmp_path / "docker" / "config.json").write_text(json.dumps(entry))
    assert found(registry.words).public is False
    (form,) = forms
    assert (form["grant_type"], form["refresh_token"], form["scope"]) == (
        ["refresh_token"],
        [identity],
        [f"repository:{NAME}:pull"],
    )
    assert identity not in json.dumps(registry.asked)


def test_a_token_server_may_not_lead_on(public: Start) -> None:
    def fault(asked: Asked) -> bool:
        if AUTH in asked.path:
            return redirect(asked, f"https://{STORE}/token")
        return asked.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="https://{AUTH}/token"'})

    proxy = public(fault)
    assert "the token server of registry.example.org answers with status 307" in problem(WORDS)
    assert not [path for _, path, _ in proxy.asked if STORE in path]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("http://store.example.org/x", "plain HTTP"),
        ("http://registry.example.org/x", "plain HTTP"),
        ("https://127.0.0.1:9/x", "a loopback address"),
        ("https://169.254.169.254/x", "a link-local address"),
        ("https://192.168.1.1/x", "a private address"),
        ("https://alice:b@store.example.org/x", "no place on the web"),
        ("file:///etc/passwd", "a file URL"),
        ("https://[", "no place on the web"),
        ("https://store.example.org:x", "no URL"),
        ("https://xn--a.example.org/x", "no URL"),
        ("https://store.example.org:99999/x", "no URL"),
        (f"https://{STORE}/v2/again/manifests/1", "more than 5 times"),
        ("https://other.example.org/x", "the certificate of other.example.org is not trusted"),
    ],
)
def test_53_a_redirect_that_is_not_followed(public: Start, to: str, said: str) -> None:
    def fault(asked: Asked) -> bool:
        return (PUBLIC in asked.path and basic(asked)) or (bool(asked.manifest) and redirect(asked, to))

    proxy = public(fault)
    assert said in problem(WORDS)
    assert set(proxy.authorized()) <= {f"https://{PUBLIC}/v2/{NAME}/manifests/1"}
    assert len(proxy.asked) < 20


def test_53_a_redirect_to_another_server_takes_no_credentials_along(start: Start) -> None:
    store = start(lambda asked: False)
    registry = start(
        lambda asked: basic(asked) or (bool(asked.blob) and redirect(asked, f"http://{store.host}{asked.path}"))
    )
    assert found(registry.words).public is False
    assert len(registry.authorized()) >= 4
    assert len(store.asked) == 3
    assert store.authorized() == []


def test_53_even_to_itself_a_redirect_takes_no_credentials_along(start: Start) -> None:
    def fault(asked: Asked) -> bool:
        if asked.where.startswith("/elsewhere"):
            return asked.answer(200, asked.registry.blobs[asked.where.rpartition("/")[2]])
        return basic(asked) or (bool(asked.blob) and redirect(asked, f"/elsewhere/{asked.blob}"))

    registry = start(fault)
    assert found(registry.words).config == {"User": "app"}
    assert not [path for path in registry.authorized() if "elsewhere" in path]


def test_no_plain_http_to_others_than_loopback(start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The proxy takes no TLS, so that it stands for a registry that speaks plain HTTP only."""
    proxy = start(basic)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, f"http://{proxy.host}")
    docker_config(tmp_path / "docker", PUBLIC)
    assert f"the proxy of the environment does not let through to {PUBLIC}" in problem(WORDS)
    assert [method for method, _, _ in proxy.asked] == ["CONNECT"]
    (image,) = images(WORDS, Request(insecure=(PUBLIC,)))
    assert image.public is False
    asked = {path for path in proxy.authorized() if "/referrers/" not in path and "/sha256-" not in path}
    assert asked == {
        f"http://{PUBLIC}{path}" for path in (f"/v2/{NAME}/manifests/1", f"/v2/{NAME}/blobs/{image_config(proxy)}")
    }
    assert "does not let through" in problem(f"{PUBLIC}:5000/{NAME}:1", Request(insecure=(f"{PUBLIC}:6000",)))


def image_config(registry: FaultyRegistry) -> str:
    digest: str = json.loads(registry.manifests["1"])["config"]["digest"]
    return digest


def test_a_certificate_that_nobody_vouches_for(public: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = public(basic)
    monkeypatch.delenv("SSL_CERT_FILE")
    said = problem(WORDS)
    assert f"the certificate of {PUBLIC} is not trusted" in said
    assert f"--insecure-registry {PUBLIC}" in said
    assert proxy.authorized() == []
    (image,) = images(WORDS, Request(insecure=(PUBLIC,)))
    assert image.config == {"User": "app"}
    assert {path.split(":")[0] for path in proxy.authorized()} == {"https"}


def test_tls_on_loopback(start: Start) -> None:
    """Nobody listens in between, so any certificate will do."""
    registry = start(lambda asked: False, tls=True)
    registry.over_tls()
    assert found(registry.words).public is True


def test_a_plain_server_where_tls_is_wanted(start: Start, public: Start) -> None:
    """What listens there speaks HTTP, as a mistyped port does."""
    proxy = public(lambda asked: False)
    proxy.plain_tunnels = True
    assert f"{PUBLIC} does not speak TLS, and plain HTTP is only used with --insecure-registry" in problem(WORDS)


def test_loopback_is_never_proxied(start: Start, public: Start) -> None:
    proxy, registry = public(lambda asked: False), start(lambda asked: False)
    assert found(registry.words).public is True
    assert proxy.asked == []
    assert found(WORDS).public is True
    assert proxy.asked


def test_no_proxy_is_honoured(public: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = public(lambda asked: False)
    monkeypatch.setenv("no_proxy", "registry.invalid")
    assert "there is no host registry.invalid" in problem("registry.invalid/app")
    monkeypatch.setenv("https_proxy", "nonsense://x")
    assert "the proxy of the environment" in problem(WORDS)
    assert proxy.asked == []


@pytest.mark.parametrize(
    ("home", "address", "allowed"),
    [
        ("registry.invalid", "1.1.1.1", True),
        ("registry.invalid", "10.0.0.1", False),
        ("registry.invalid", "127.0.0.1", False),
        ("registry.invalid", "169.254.169.254", False),
        ("10.0.0.9", "10.0.0.1", True),
        ("10.0.0.9", "127.0.0.1", False),
        ("10.0.0.9", "169.254.169.254", False),
        ("127.0.0.1", "10.0.0.1", True),
        ("127.0.0.1", "127.0.0.2", True),
        ("127.0.0.1", "169.254.169.254", False),
    ],
)
def test_a_name_is_judged_by_every_address_that_it_has(home: str, address: str, allowed: bool) -> None:
    """Whatever else it stands for: who answers for a name may change its mind between two questions."""
    route = Route(home, ())
    route.allow(home, [address])
    if allowed:
        route.allow("store.example.org", ["1.1.1.1", address])
    else:
        with pytest.raises(UnreadableError, match="which was not asked"):
            route.allow("store.example.org", ["1.1.1.1", address])


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("0.0.0.0", "loopback"),  # noqa: S104  # an address that is judged, not bound
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("169.254.169.254", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "private"),
        ("fd00::1", "private"),
        ("1.1.1.1", "public"),
        ("2606:4700::1111", "public"),
    ],
)
def test_kinds_of_addresses(address: str, kind: str) -> None:
    assert kind_of(address) == kind
    assert literal_kind(address) == kind
    assert literal_kind(f"{kind}.example.org") == ""
