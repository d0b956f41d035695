"""Where the product keeps what it writes on this machine.

Everything lies below one folder, `var` beside manage.py, so that a backup, a move or a clean start
concerns one place. RATIONALE_VAR names another one.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from runtime.faults import RuntimeFault

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("RATIONALE_VAR") or ROOT / "var").absolute()


def var() -> Path:
    """The folder of everything written, made if absent.

    For root it is 0711 instead of 0700: PostgreSQL refuses to run as root, and the account that
    runs it must be able to walk through. The folders with secrets below are 0700 for everybody.
    """
    return make_folder(VAR, 0o711 if os.geteuid() == 0 else 0o700)


def log() -> Path:
    """Logs of the supervised processes, one file each."""
    return make_folder(var() / "log")


def run() -> Path:
    """Lock files and sockets of the running processes."""
    return make_folder(var() / "run")


def keys() -> Path:
    """The key-encryption key, the lookup key and the signing key."""
    return make_folder(var() / "keys")


def artefacts() -> Path:
    """Model artefacts, by digest."""
    return make_folder(var() / "artefacts")


def kernels() -> Path:
    """Compiled kernels: code, so nobody else may write it, whatever the umask."""
    return make_folder(var() / "numba")


def public() -> Path:
    """Checkpoints published outside the database."""
    return make_folder(var() / "public")


def postgres() -> Path:
    """The embedded PostgreSQL: locks, server log, data."""
    return make_folder(var() / "postgres", 0o711 if os.geteuid() == 0 else 0o700)


def valkey() -> Path:
    """The embedded Valkey: append-only file and log."""
    return make_folder(var() / "valkey")


def database_dsn(database: str, role: str) -> str:
    """The URL of the embedded PostgreSQL, whether it runs yet or not."""
    return socket_dsn(socket_folder(VAR / "postgres"), database, role)


def broker_socket() -> Path:
    """The socket of the embedded Valkey, whether it runs yet or not."""
    return socket_folder(VAR / "valkey") / "valkey.sock"


def socket_dsn(folder: Path, database: str, role: str) -> str:
    """A postgresql:// URL for psycopg and Django, through the socket in `folder`."""
    return f"postgresql://{role}@/{database}?host={quote(str(folder), safe='')}"


def socket_folder(base: Path) -> Path:
    """Where the server with its data in `base` has its socket, or will have it."""
    try:
        return Path((base / "socket").read_text().strip())
    except OSError:
        return _short_folder(base)


def make_socket_folder(base: Path, owners: frozenset[int]) -> Path:
    """Make the socket's folder, and note it in `base` for processes with another TMPDIR.

    Its name can be foretold, so another user may have made it to read along: a folder that belongs
    to none of `owners` (user ids) is refused.
    """
    place = make_folder(_short_folder(base))
    if place.is_symlink() or place.stat().st_uid not in owners:
        raise RuntimeFault(f"{place} belongs to another user; remove it, or set TMPDIR.")
    (base / "socket").write_text(f"{place}\n")
    return place


def _short_folder(base: Path) -> Path:
    mark = hashlib.sha256(str(base.absolute()).encode()).hexdigest()[:10]
    name = f".rationale-{os.geteuid()}-{mark}"
    place = Path(tempfile.gettempdir()) / name
    # The kernel takes socket paths of 107 bytes at most, file name included.
    return place if len(os.fsencode(place)) <= 90 else Path("/tmp") / name  # noqa: S108


def make_folder(place: Path, mode: int = 0o700) -> Path:
    """`place`, made with `mode` if absent; a folder that exists keeps the mode it has."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir(mode=mode, exist_ok=True)
    except OSError as error:
        raise RuntimeFault(
            f"Cannot make the folder {place} ({error.strerror}); "
            "free or allow it, or name another one in RATIONALE_VAR."
        ) from error
    return place
