"""Image -> subjects with facts. What each fact means stands in imagelint/engine/vocabulary.py, under the same name."""

from __future__ import annotations

import posixpath
import stat
from typing import Any, ClassVar

from imagelint.findings import StoredLayer
from imagelint.image import model, privileges, programs
from imagelint.image.ports import administrative
from imagelint.image.result import Kept, LayerResult
from imagelint.image.starts import MANAGERS, started
from imagelint.image.system import System, search_path
from imagelint.record import once
from imagelint.secrets.structured import accounts, hashes


class Subject:
    """What the engine needs of every subject; images have no instructions and no programs."""

    kind = ""
    index_instruction = ""
    index_program = ""


class ImageSubject(Subject):
    """The image as a whole."""

    kind = "image"

    def __init__(self, image: model.Image, system: System | None = None) -> None:
        self.name, self.platform, self.layers = image.name, image.platform, len(image.layers)
        self.system = system or System()

    @property
    def services(self) -> list[str]:
        return self.system.services

    @property
    def tools(self) -> list[str]:
        return self.system.tools

    @property
    def build_tools(self) -> list[str]:
        return self.system.build_tools

    @property
    def distroless(self) -> bool:
        return self.system.distroless


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
        "open_path": ("ENV", "PATH"),
        "owned_path": ("ENV", "PATH"),
    }
    """Fact -> the instruction, and the variable, that sets what it is about."""

    def __init__(self, image: ImageSubject, config: dict[str, Any]) -> None:
        self.image, self.config = image, config

    def set_by(self, fact: str) -> tuple[str, str] | None:
        """The instruction, and the variable, that sets what a fact is about; None where that is not one."""
        if fact in ("starts", "service_managers"):
            return ("ENTRYPOINT" if self.entrypoint and started(self.entrypoint, []) == self.starts else "CMD", "")
        return self.SET_BY.get(fact)

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
    def service_managers(self) -> list[str]:
        return [name for name in self.starts if name in MANAGERS]

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
        return search_path(self.config)

    @once
    def open_path(self) -> list[str]:
        writable = {folder for folder, kept in self.image.system.folders(self.path) if kept.entry.mode & stat.S_IWOTH}
        told = [part if part in writable else _anybodys(part) for part in self.path]
        return [*dict.fromkeys(filter(None, told))]

    @once
    def owned_path(self) -> list[str]:
        folders = self.image.system.folders(self.path)
        return [f"{folder} (of {kept.entry.uid})" for folder, kept in folders if kept.entry.uid]


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

    def __init__(self, image: ImageSubject, kept: Kept, layer: LayerResult, status: str) -> None:
        self.image, self.kept, self.status = image, kept, status
        self._layer = layer
        self.entry = entry = kept.entry
        self.layer = layer.index
        self.type, self.size, self.uid, self.gid = entry.type, entry.size, entry.uid, entry.gid
        self.xattrs = entry.xattrs
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
    def is_program(self) -> bool:
        return programs.is_program(self.kept, self._layer)

    @once
    def capabilities(self) -> list[str]:
        return privileges.capabilities(self.xattrs.get(privileges.CAPABILITY, b""))

    @once
    def published(self) -> bool:
        return self.image.system.is_published(self.kept, self.layer)

    @once
    def usual(self) -> bool:
        return privileges.is_usual(self.entry.path) and privileges.is_installed(self.entry.path)

    @once
    def unlike_package(self) -> bool:
        return self.image.system.is_unlike_package(self.kept, self.layer)

    @once
    def on_path(self) -> bool:
        return self.kept in self.image.system.search_path

    @property
    def _content(self) -> bytes:
        return bytes(self.kept.content or b"")

    @once
    def empty_passwords(self) -> list[str]:
        return hashes.empty_passwords(self.path, self._content)

    @once
    def _accounts(self) -> list[accounts.Account]:
        return accounts.accounts(self.path, self._content)

    @once
    def open_accounts(self) -> list[str]:
        shells = self.image.system.login_shells
        return [
            one.name for one in self._accounts if one.password and one.name != "root" and shells.get(one.name, True)
        ]

    @once
    def root_password(self) -> bool:
        return any(one.password and one.name == "root" for one in self._accounts)

    @once
    def extra_roots(self) -> list[str]:
        is_passwd = self.path == accounts.PASSWD
        return [one.name for one in self._accounts if is_passwd and one.number == 0 and one.name != "root"]

    @once
    def shared_numbers(self) -> list[str]:
        return accounts.shared_numbers(self._accounts)

    @once
    def expired_certificates(self) -> list[str]:
        return self.image.system.expired(self.kept, self.layer)

    @once
    def key_file(self) -> str:
        return self.image.system.keys.get(self.kept, b"").decode("utf-8", "replace")


def _anybodys(folder: str) -> str:
    """What is wrong with a part of PATH, by its text alone; empty for nothing. None of that text is in it: what stands
    between two colons may be a piece of a secret, which nobody would know for one."""
    if not folder:
        return "an empty part"
    if not folder.startswith("/"):
        return "a relative folder"
    return "a temporary folder" if (folder + "/").startswith(("/tmp/", "/var/tmp/")) else ""  # noqa: S108 - as a text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _keys(value: Any) -> list[str]:
    return [str(key) for key in value] if isinstance(value, dict) else []
