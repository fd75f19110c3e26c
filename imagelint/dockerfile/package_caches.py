"""Whether what a package manager downloaded stays in the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagelint.dockerfile.subject_command import CommandSubject

_OFF = {
    "apk": ("--no-cache",),
    "pip": ("--no-cache-dir",),
    "uv": ("--no-cache", "--no-cache-dir", "-n"),
    "composer": ("--no-cache",),
    "poetry": ("--no-cache",),
}
"""Options that leave no cache."""
_SWITCHES = {
    "pip": "PIP_NO_CACHE_DIR",
    "uv": "UV_NO_CACHE",
    "composer": "COMPOSER_CACHE_DIR",
    "npm": "npm_config_cache",
}
_FOLDERS = {
    "apk": ("/var/cache/apk", "/etc/apk/cache"),
    "pip": ("/root/.cache", "/root/.cache/pip", "~/.cache", "~/.cache/pip", "$HOME/.cache", "$HOME/.cache/pip"),
    "dnf": ("/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"),
    "zypper": ("/var/cache/zypp",),
    "conda": ("/opt/conda/pkgs", "$CONDA_DIR/pkgs"),
    "uv": ("/root/.cache", "/root/.cache/uv", "~/.cache", "~/.cache/uv"),
    "composer": (
        "/root/.composer",
        "/root/.composer/cache",
        "~/.composer",
        "~/.composer/cache",
    ),
    "poetry": ("/root/.cache", "/root/.cache/pypoetry", "~/.cache", "~/.cache/pypoetry"),
    "npm": ("/root/.npm", "~/.npm", "/root/.npm/_cacache", "~/.npm/_cacache"),
    "yarn": ("/usr/local/share/.cache", "/usr/local/share/.cache/yarn", "~/.cache", "/root/.cache"),
}
_CLEANS = {
    "pip": ("pip cache", "pip3 cache"),
    "dnf": ("dnf clean", "yum clean", "microdnf clean"),
    "zypper": ("zypper clean", "zypper cc"),
    "conda": ("conda clean", "mamba clean", "micromamba clean"),
    "uv": ("uv cache",),
    "composer": ("composer clear-cache", "composer clearcache", "composer cc"),
    "poetry": ("poetry cache",),
    "npm": ("npm cache",),
    "yarn": ("yarn cache",),
}


def keeps_cache(manager: str, command: CommandSubject) -> bool:
    """No option, variable, cache mount, clean or rm of the same RUN keeps the manager's cache out of the layer."""
    if manager not in _FOLDERS or any(flag in _OFF.get(manager, ()) for flag in command.flags):
        return False
    switch = _SWITCHES.get(manager, "")
    if switch and (switch in command.assignments or switch in command.stage.declared):
        return False
    here = command.instruction
    return not (
        any("type=cache" in mount or "type=tmpfs" in mount for mount in here.mounts)
        or any(clean in here.runs for clean in _CLEANS.get(manager, ()))
        or any(folder in here.removed for folder in (*_FOLDERS[manager], "/var/cache"))
    )
