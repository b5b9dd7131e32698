"""Who PostgreSQL runs as when we are root, since it refuses to run as root itself.

The servers' files often lie where only root may look: a checkout under /root, mode 0700. Opening those directories to
everybody was rejected; instead the server keeps one capability, CAP_DAC_OVERRIDE, and loses every other. `access(2)`
heeds that capability only under SECBIT_NO_SETUID_FIXUP, and PostgreSQL looks for its own binary with it.
See capabilities(7). Linux only; elsewhere, don't run as root.
"""

import ctypes
import os
import pwd
import sys
from pathlib import Path

from deepspace_adapters.embedded.errors import EmbeddedFailure

NAMES = ("postgres", "nobody")
"""Accounts to run under, best first. initdb wants one with a name, so a bare number won't do."""

PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x2008_0522
CAP_DAC_OVERRIDE = 1

_libc = ctypes.CDLL(None, use_errno=True)


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def service_user() -> pwd.struct_passwd | None:
    """The account for PostgreSQL; None where we aren't root and it runs as ourselves. Raises EmbeddedFailure."""
    if os.geteuid() != 0:
        return None
    for name in NAMES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedFailure("PostgreSQL refuses to run as root and there is no user 'nobody'; run as a normal user")


def give(path: Path, user: pwd.struct_passwd | None) -> None:
    """Makes `path` the service user's."""
    if user is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


def become(user: pwd.struct_passwd) -> None:
    """Turns this process (a child between fork and exec) into `user`, with CAP_DAC_OVERRIDE where that can be kept."""
    keep = sys.platform == "linux" and _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0) == 0
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if keep:
        _keep_only(1 << CAP_DAC_OVERRIDE)


def _keep_only(mask: int) -> None:
    header = _Header(CAPABILITY_VERSION_3, 0)
    sets = (_Sets * 2)(_Sets(mask, mask, mask), _Sets(0, 0, 0))
    if _libc.capset(ctypes.byref(header), ctypes.byref(sets)) != 0:
        # Without the capability in its bounds, hold none at all rather than all of root's.
        _libc.capset(ctypes.byref(header), ctypes.byref((_Sets * 2)()))
        return
    _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
