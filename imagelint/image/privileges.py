"""Rights that a file hands to whoever runs it: setuid, setgid, and capabilities.

The extended attribute security.capability: struct vfs_cap_data and vfs_ns_cap_data of Linux, include/uapi/linux/
capability.h, where the numbers of the capabilities stand as well; capabilities(7) says what each is for.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagelint.stream.tar import Entry

CAPABILITY = b"security.capability"
_REVISIONS = {0x01000000: 1, 0x02000000: 2, 0x03000000: 2}
"""VFS_CAP_REVISION_1, 2 and 3 -> pairs of 32 bits; the third has the root's user id behind them."""
_SIZES = {0x01000000: 12, 0x02000000: 20, 0x03000000: 24}
_NAMES = (
    "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
    "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
    "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
    "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split()
"""In the order of their numbers, from 0."""
_USUAL = frozenset(
    (
        b"su sudo sudoedit mount umount passwd chsh chfn newgrp gpasswd chage expiry unix_chkpwd ping ping6 fusermount "
        b"fusermount3 ssh-agent ssh-keysign dbus-daemon-launch-helper pkexec polkit-agent-helper-1 wall write write.ul "
        b"crontab at bsd-write dotlockfile locate plocate mlocate pam_timestamp_check pam_extrausers_chkpwd chkpwd "
        b"unix_update auth_pam_tool postdrop postqueue sendmail exim4 procmail lockfile screen suexec suexec-pristine "
        b"suexec-custom mount.nfs mount.cifs ntfs-3g pppd bwrap chrome-sandbox Xorg.wrap qemu-bridge-helper "
        b"lxc-user-nic fping arping traceroute6.iputils mtr-packet userhelper usernetctl bbsuid doas newuidmap "
        b"newgidmap utempter snap-confine dumpcap clockdiff gst-ptp-helper"
    ).split()
)
"""Programs to which distributions give such rights. dpkg's database says whose bytes a file has, and nothing of its
mode: `chmod u+s` on a shell leaves its digest as it was."""
_LOCAL = b"usr/local/"


def is_privileged(entry: Entry) -> bool:
    """Whether a file runs with rights of its own."""
    return (entry.type in ("file", "hardlink") and bool(entry.mode & 0o6000)) or CAPABILITY in entry.xattrs


def capabilities(value: bytes) -> list[str]:
    """What the attribute gives a program that is run, as cap_setuid; [] for what is no such attribute."""
    if len(value) < 4:
        return []
    (magic,) = struct.unpack_from("<I", value)
    revision = magic & 0xFF000000
    if _SIZES.get(revision) != len(value):
        return []
    permitted = 0
    for place in range(_REVISIONS[revision]):
        permitted |= struct.unpack_from("<I", value, 4 + 8 * place)[0] << 32 * place
    return [f"cap_{name}" for number, name in enumerate(_NAMES) if permitted >> number & 1]


def is_usual(path: bytes) -> bool:
    """Whether distributions give rights to a program of this name."""
    return path[path.rfind(b"/") + 1 :] in _USUAL


def is_installed(path: bytes) -> bool:
    """Whether it lies where packages of a distribution install programs."""
    return path.startswith((b"usr/", b"bin/", b"sbin/", b"lib/")) and not path.startswith(_LOCAL)
