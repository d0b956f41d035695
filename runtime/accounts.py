"""The operating-system account that runs a server which refuses to run as root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.faults import RuntimeFault

STAND_INS = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Who runs the server. `switch` holds the arguments for subprocess; empty when it is us."""

    name: str
    uid: int
    gid: int
    switch: dict[str, Any]

    def can_reach(self, place: Path) -> bool:
        """Whether this account may walk into (or execute) `place`."""
        test = ["/usr/bin/test", "-x", str(place)]
        return subprocess.run(test, cwd="/", check=False, **self.switch).returncode == 0

    def own(self, place: Path) -> None:
        """Make a folder or file of ours belong to this account and be closed to all others."""
        if self.switch:
            os.chown(place, self.uid, self.gid)
        place.chmod(0o700 if place.is_dir() else 0o600)


def own_name() -> str:
    """The name of the user running this process; PostgreSQL needs one."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise RuntimeFault(
            f"User id {os.geteuid()} has no name on this machine and PostgreSQL needs one; "
            "add the user to /etc/passwd, or set DATABASE_URL to a server of your own."
        ) from None


def server_account(data: Path) -> Account:
    """The account that runs the server on `data`: ourselves, or a stand-in when we are root.

    Data that exists keeps its owner, so that a package adding the account `postgres` later does
    not lock us out of what `nobody` wrote.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise RuntimeFault(_belongs_to_another(data, owner))
        return Account(own_name(), os.geteuid(), os.getegid(), {})
    known = [entry for name in STAND_INS if (entry := _lookup(name))]
    fitting = [entry for entry in known if owner in (None, entry.pw_uid)]
    if known and not fitting:
        raise RuntimeFault(_belongs_to_another(data, owner))
    if not fitting:
        raise RuntimeFault(
            "PostgreSQL refuses to run as root and this machine has neither an account postgres "
            "nor nobody; run as an ordinary user, or set DATABASE_URL."
        )
    switch = {"user": fitting[0].pw_uid, "group": fitting[0].pw_gid, "extra_groups": []}
    return Account(fitting[0].pw_name, fitting[0].pw_uid, fitting[0].pw_gid, switch)


def _lookup(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _belongs_to_another(data: Path, owner: int | None) -> str:
    try:
        name = pwd.getpwuid(owner or 0).pw_name
    except KeyError:
        name = f"user id {owner}"
    return (
        f"The data in {data} belongs to {name}; "
        f"run as {name}, or set RATIONALE_VAR to a folder of your own."
    )
