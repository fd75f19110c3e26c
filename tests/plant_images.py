"""Images with a secret on every surface, and in what other rules report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.imagemaker import Recipe
from tests.plants import Plant


def everywhere(plant: Plant) -> Recipe:
    """One image that has the secret's text wherever it fits, and its bare value everywhere else."""
    text, word = plant.text, plant.word
    env = plant.text if plant.assignment else f"NOTE={text}"
    name, _, value = env.partition("=")
    first: list[dict[str, Any]] = [
        {"path": plant.path or "srv/app.env", "content": text + "\n"},
        {"path": f"opt/{word}/su", "mode": 0o4755, "content": "x"},
        {"path": f"opt/{word}/open", "mode": 0o666, "content": word},
        {"path": f"opt/{word}", "mode": 0o4777, "content": f"# {word}"},
        {"path": "opt/link", "type": "symlink", "link": f"/srv/{word}"},
        {"path": f"opt/{word}.hard", "type": "hardlink", "link": plant.path or "srv/app.env"},
        {"path": "opt/attribute", "content": "x", "xattrs": {"user.note": text.rstrip("\n"), "user.word": word}},
        {"path": "opt/owned", "content": "x", "mode": 0o4755, "user": word, "group": word[:30]},
        {"path": "etc/shadow", "content": f"{word[:30]}::1:0:99999:7:::\n"},
    ]
    second: list[dict[str, Any]] = [
        {"path": ".wh." + (plant.path or "srv/app.env")} if "/" not in plant.path else {"path": "etc/.wh.shadow"},
        {"path": f"opt/{word}/.wh.su"},
        {"path": "run/secrets", "type": "dir", "mode": 0o777},
    ]
    return Recipe(
        layers=[first, second],
        config={
            "User": word,
            "Env": [env, f"PATH=/bin:/{word}:.:{word}", word, f"{word}=1"],
            "Labels": {"note": text, word: word},
            "Cmd": ["sh", "-c", text, word],
            "Entrypoint": ["sudo", text],
            "Healthcheck": {"Test": ["CMD-SHELL", text]},
            "WorkingDir": f"/{word}",
            "Volumes": {f"/{word}/docker.sock": {}, "/var/run/docker.sock": {}, word: {}},
            "ExposedPorts": {"22/tcp": {}, word: {}},
            "OnBuild": [f"RUN {text}", f"ENV {env}"],
            "Shell": ["/bin/sh", "-c", text],
            "StopSignal": word,
            "Vendor": {"note": text, word: [word]},
        },
        more={"author": word, "comment": text, "container_config": {"Cmd": ["|1", env, "sh", "-c", text]}, word: text},
        history=[
            {"created_by": f"RUN |1 {name}={value} /bin/sh -c {text} && echo {word} # buildkit", "comment": text},
            {"created_by": f"/bin/sh -c #(nop)  ENV {env}", "empty_layer": True, "comment": word},
            {"created_by": f"COPY {word} /{word}"},
        ],
        tags=[f"registry.example.com/{word}:{word}"],
        annotations={"note": text, word: word},
    )


def surfaces(plant: Plant) -> Iterator[Recipe]:
    """Images that have the secret in one place alone, which is all that gives it away; for secrets that a vendor's
    format gives away by itself."""
    text, word = plant.text, plant.word
    config: dict[str, Any]
    for config in (
        {"Env": [text if plant.assignment else f"NOTE={text}"]},
        {"Env": [f"{word}=1"]},
        {"Env": [word]},
        {"Env": [f"PATH=.:/{word}"]},
        {"Labels": {"note": text}},
        {"Labels": {word: "x"}},
        {"Cmd": ["sudo", text]},
        {"Entrypoint": ["sudo", text]},
        {"Healthcheck": {"Test": ["CMD-SHELL", text]}},
        {"Volumes": {f"/{word}/docker.sock": {}}},
        {"User": word},
        {"OnBuild": [f"RUN sudo {text}"]},
        {"Shell": ["sudo", text]},
        {"StopSignal": word},
        {"Vendor": {word: text}},
    ):
        yield Recipe([[{"path": "x"}]], config)
    for more in ({"author": word}, {"comment": text}, {"vendor": [{"note": word}]}, {word: "x"}):
        yield Recipe([[{"path": "x"}]], more=more)
    for entry in (
        {"path": f"srv/{word}/tool", "mode": 0o4755},
        {"path": f"srv/{word}", "mode": 0o666},
        {"path": "srv/link", "type": "symlink", "link": word},
        {"path": "srv/note", "mode": 0o666, "xattrs": {"user.note": word}},
        {"path": "srv/note", "mode": 0o4755, "content": text},
        {"path": "srv/note", "mode": 0o4755, "user": word},
    ):
        yield Recipe([[entry], [{"path": ".wh.srv"}]])
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], history=[f"RUN sudo {text}"])
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], history=[{"created_by": "RUN x", "comment": text}])
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], history=[f"RUN |1 NOTE={word} /bin/sh -c sudo x"])
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], tags=[f"app:{word}"])
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], annotations={"note": text})
    yield Recipe([[{"path": "srv/x", "mode": 0o4755}]], annotations={word: "x"})
