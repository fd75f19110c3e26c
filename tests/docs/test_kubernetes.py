"""The manifests of docs/kubernetes: as Kubernetes' own schemas have them, fitting each other, without privileges."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.docs.blocks import REPOSITORY

FOLDER = REPOSITORY / "docs/kubernetes"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
VERSIONS = ("1.29", "1.37")
"""The oldest that somebody may still run, and the newest that the schemas know."""
LABELS = "app.kubernetes.io/component"


def documents(name: str) -> list[dict[str, Any]]:
    """What a file makes."""
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def every(kind: str) -> dict[str, dict[str, Any]]:
    """All objects of a kind, by name."""
    found = [one for name in FILES for one in documents(name) if one["kind"] == kind]
    return {one["metadata"]["name"]: one for one in found}


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each template of a pod, by what makes it."""
    for kind in ("Deployment", "Job"):
        for name, one in every(kind).items():
            yield name, one["spec"]["template"]


def wrong(document: Any, version: str) -> str:
    """What a strict reading says: a field that is not known is wrong, too."""
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return ""


def test_the_files_that_the_page_names() -> None:
    page = (REPOSITORY / "docs/registry-cluster.md").read_text(encoding="utf-8")
    assert [name for name in FILES if f"(kubernetes/{name})" not in page] == []
    assert len(FILES) == 5


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FILES)
def test_every_manifest_is_valid(name: str, version: str) -> None:
    found = documents(name)
    assert found
    assert [said for one in found if (said := wrong(one, version))] == []


def breaks() -> Iterator[tuple[str, Any]]:
    """Manifests with one mistake each."""
    (worker,) = (one for one in documents("workers.yaml") if one["kind"] == "Deployment")

    def broken() -> tuple[Any, Any, Any]:
        one = copy.deepcopy(worker)
        pod = one["spec"]["template"]["spec"]
        return one, pod, pod["containers"][0]

    one, pod, _ = broken()
    pod["automountServiceAcountToken"] = False
    yield "a misspelt field", one
    one, _, container = broken()
    container["securityContext"]["readOnlyRootFileSystem"] = True
    yield "a misspelt field further below", one
    one, _, container = broken()
    container["ports"][0]["containerPort"] = "dask"
    yield "a text for a number", one
    one, _, container = broken()
    del container["name"]
    yield "a field that must be there", one
    one, _, _ = broken()
    del one["spec"]["selector"]
    yield "a deployment without selector", one
    one, _, container = broken()
    container["args"].append(8786)
    yield "a number among words", one
    policy = copy.deepcopy(documents("network-policy.yaml")[0])
    policy["spec"]["engress"] = policy["spec"].pop("egress")
    yield "a misspelt part of a policy", policy


@pytest.mark.parametrize(("what", "document"), list(breaks()))
def test_a_broken_manifest_fails(what: str, document: Any) -> None:
    for version in VERSIONS:
        assert wrong(document, version), what


def test_every_pod_is_without_privileges() -> None:
    seen = dict(pods())
    assert set(seen) == {"imagelint-scheduler", "imagelint-workers", "imagelint"}
    for name, template in seen.items():
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        assert all("hostPath" not in volume for volume in spec["volumes"])
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        limits = container["resources"]["limits"]
        assert {"cpu", "memory", "ephemeral-storage"} == set(limits)
        assert ":" in container["image"]
        assert not container["image"].endswith(":latest")
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in spec["volumes"]}
        assert all("value" in variable for variable in container["env"]), "a password is a file, and no variable"
    (namespace,) = every("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_registry_s_password_is_with_who_opens_layers_alone() -> None:
    for name, template in pods():
        sources = [
            part for each in template["spec"]["volumes"] for part in each.get("projected", {}).get("sources", ())
        ]
        has = "imagelint-docker-config" in {part["secret"]["name"] for part in sources}
        assert has == (name != "imagelint-scheduler")
        if has:
            (container,) = template["spec"]["containers"]
            assert {"name": "DOCKER_CONFIG", "value": "/docker"} in container["env"]


def fits(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Whether a selector of labels takes these."""
    for rule in selector.get("matchExpressions", ()):
        assert rule["operator"] == "In"
        if labels.get(rule["key"]) not in rule["values"]:
            return False
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def open_to(labels: dict[str, str], other: dict[str, str], direction: str, end: str) -> set[int]:
    """The ports that the policies open between two pods; DNS is left aside."""
    found: set[int] = set()
    for policy in every("NetworkPolicy").values():
        if fits(policy["spec"]["podSelector"], labels):
            for rule in policy["spec"].get(direction, ()):
                peers = [peer for peer in rule[end] if "podSelector" in peer and "namespaceSelector" not in peer]
                if any(fits(peer["podSelector"], other) for peer in peers):
                    found |= {port["port"] for port in rule["ports"]}
    return found


def test_the_network_lets_through_what_is_needed_and_nothing_else() -> None:
    labels = {template["metadata"]["labels"][LABELS]: template["metadata"]["labels"] for _, template in pods()}
    assert set(labels) == {"scheduler", "worker", "command"}
    through = {
        (one, two): open_to(labels[one], labels[two], "egress", "to")
        & open_to(labels[two], labels[one], "ingress", "from")
        for one in labels
        for two in labels
    }
    assert {pair: ports for pair, ports in through.items() if ports} == {
        ("worker", "scheduler"): {8786},
        ("command", "scheduler"): {8786},
        ("scheduler", "worker"): {8788},
    }
    denied = every("NetworkPolicy")["imagelint-nothing-else"]["spec"]
    assert all(fits(denied["podSelector"], each) for each in labels.values())
    assert denied["policyTypes"] == ["Ingress", "Egress"]
    outside = [
        (policy["spec"]["podSelector"], {port["port"] for port in rule["ports"]})
        for policy in every("NetworkPolicy").values()
        for rule in policy["spec"].get("egress", ())
        if any("ipBlock" in peer for peer in rule["to"])
    ]
    ((who, ports),) = outside
    assert ports == {443}
    assert {name for name, each in labels.items() if fits(who, each)} == {"worker", "command"}


def test_names_and_ports_fit_each_other() -> None:
    (service,) = every("Service").values()
    scheduler, worker, command = (
        dict(pods())[name] for name in ("imagelint-scheduler", "imagelint-workers", "imagelint")
    )
    assert fits({"matchLabels": service["spec"]["selector"]}, scheduler["metadata"]["labels"])
    for deployment in every("Deployment").values():
        assert fits(deployment["spec"]["selector"], deployment["spec"]["template"]["metadata"]["labels"])
    address = f"tls://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    words = {name: template["spec"]["containers"][0]["args"] for name, template in pods()}
    assert words["imagelint-workers"][0] == address
    assert f"--dask={address}" in words["imagelint"]
    for template, option in ((scheduler, "--port="), (worker, "--worker-port=")):
        (container,) = template["spec"]["containers"]
        assert f"{option}{container['ports'][0]['containerPort']}" in container["args"]
    images = {template["spec"]["containers"][0]["image"] for _, template in pods()}
    assert len(images) == 1, "scheduler, workers and command are of one version"
    assert command["spec"]["securityContext"]["fsGroupChangePolicy"] == "OnRootMismatch", (
        "the cache is its owner's alone"
    )
    claims = {
        volume["persistentVolumeClaim"]["claimName"]
        for volume in command["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claims == set(every("PersistentVolumeClaim"))
