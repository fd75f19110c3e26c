"""Image -> subjects with facts. What each fact means stands in imagelint/engine/vocabulary.py, under the same name."""

from __future__ import annotations

import posixpath
import stat
from typing import Any, ClassVar

from imagelint.findings import StoredLayer
from imagelint.image import model
from imagelint.image.ports import administrative
from imagelint.image.starts import started
from imagelint.record import once
from imagelint.secrets.structured import hashes
from imagelint.stream.tar import Entry


class Subject:
    """What the engine needs of every subject; images have no instructions and no programs."""

    kind = ""
    index_instruction = ""
    index_program = ""


class ImageSubject(Subject):
    """The image as a whole."""

    kind = "image"

    def __init__(self, image: model.Image) -> None:
        self.name, self.platform, self.layers = image.name, image.platform, len(image.layers)


class ConfigSubject(Subject):
    """The part of the configuration document that a container starts with (OCI image specification 1.1, config.md)."""

    kind = "config"
    SET_BY: ClassVar = {
        "user": ("USER", ""),
        "user_is_root": ("USER", ""),
        "entrypoint": ("ENTRYPOINT", ""),
        "cmd": ("CMD", ""),
        "healthcheck": ("HEALTHCHECK", ""),
        "ports": ("EXPOSE", ""),
        "administrative_ports": ("EXPOSE", ""),
        "volumes": ("VOLUME", ""),
        "workdir": ("WORKDIR", ""),
        "stop_signal": ("STOPSIGNAL", ""),
        "path": ("ENV", "PATH"),
    }
    """Fact -> the instruction, and the variable, that sets what it is about."""

    def __init__(self, image: ImageSubject, config: dict[str, Any]) -> None:
        self.image, self.config = image, config

    @once
    def user(self) -> str:
        return _text(self.config.get("User")).partition(":")[0]

    @once
    def user_is_root(self) -> bool:
        return self.user in ("", "root") or self.user.strip("0") == ""

    @once
    def env_names(self) -> list[str]:
        return [item.partition("=")[0] for item in _words(self.config.get("Env"))]

    @once
    def entrypoint(self) -> list[str]:
        return _words(self.config.get("Entrypoint"))

    @once
    def cmd(self) -> list[str]:
        return _words(self.config.get("Cmd"))

    @once
    def healthcheck(self) -> bool:
        check = self.config.get("Healthcheck")
        test = _words(check.get("Test")) if isinstance(check, dict) else []
        return bool(test) and test[0] != "NONE"

    @once
    def ports(self) -> list[str]:
        return _keys(self.config.get("ExposedPorts"))

    @once
    def administrative_ports(self) -> list[str]:
        return administrative(self.ports)

    @once
    def starts(self) -> list[str]:
        return started(self.entrypoint, self.cmd)

    @once
    def volumes(self) -> list[str]:
        return _keys(self.config.get("Volumes"))

    @once
    def labels(self) -> list[str]:
        return _keys(self.config.get("Labels"))

    @once
    def workdir(self) -> str:
        return _text(self.config.get("WorkingDir"))

    @once
    def stop_signal(self) -> str:
        return _text(self.config.get("StopSignal"))

    @once
    def architecture(self) -> str:
        return self.image.platform.split("/")[1] if "/" in self.image.platform else self.image.platform

    @once
    def path(self) -> list[str]:
        value = next((item[5:] for item in _words(self.config.get("Env")) if item.startswith("PATH=")), "")
        return value.split(":") if value else []


class LayerSubject(Subject):
    """One layer."""

    kind = "layer"

    def __init__(self, image: ImageSubject, layer: StoredLayer, size: int, created_by: str) -> None:
        self.image, self.created_by = image, created_by
        # What a source changes (compression) is no fact: findings are the same from every source.
        self.index, self.digest, self.size = layer.index, layer.diff_id, size


class EntrySubject(Subject):
    """One member of a layer, with its status in the final filesystem."""

    kind = "entry"

    def __init__(self, image: ImageSubject, entry: Entry, layer: int, status: str, content: bytes | None) -> None:
        self.image, self.entry, self.layer, self.status, self.content = image, entry, layer, status, content
        self.type, self.size, self.uid, self.gid = entry.type, entry.size, entry.uid, entry.gid
        self.mode = entry.mode & 0o7777

    @once
    def path(self) -> str:
        return self.entry.path.decode("utf-8", "replace")

    @once
    def name(self) -> str:
        return posixpath.basename(self.path)

    @property
    def _is_file(self) -> bool:
        """Under any of its names: the mode of a hard link becomes that of the file, where it is unpacked."""
        return self.type in ("file", "hardlink")

    @once
    def mode_text(self) -> str:
        return f"{self.mode:04o}"

    @once
    def setuid(self) -> bool:
        return self._is_file and bool(self.mode & stat.S_ISUID)

    @once
    def setgid(self) -> bool:
        return self._is_file and bool(self.mode & stat.S_ISGID)

    @once
    def world_writable(self) -> bool:
        return self.type in ("file", "dir") and bool(self.mode & stat.S_IWOTH)

    @once
    def sticky(self) -> bool:
        return bool(self.mode & stat.S_ISVTX)

    @once
    def executable(self) -> bool:
        return self._is_file and bool(self.mode & 0o111)

    @once
    def link(self) -> str:
        return self.entry.link.decode("utf-8", "replace")

    @once
    def empty_passwords(self) -> list[str]:
        return hashes.empty_passwords(self.path, self.content) if self.content is not None else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []
