"""The data folder of an embedded PostgreSQL: where it lies, how it is made, who may connect."""

import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from runtime.accounts import Account, server_account
from runtime.binaries import SHARED, Binaries, find_postgres
from runtime.faults import RuntimeFault
from runtime.paths import make_folder

# Before PostgreSQL 16 a map cannot say "any role".
_LOGIN_ROLES = ("postgres", "rationale_migrator", "rationale_app")


@dataclass(frozen=True)
class Cluster:
    """A data folder that is whole, with the programs and the account that serve it."""

    data: Path
    binaries: Binaries
    account: Account

    def tool(
        self, name: str, *arguments: str, output: IO[bytes] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run one of PostgreSQL's programs as the server's account; its words are captured."""
        return run_tool(self.binaries, self.account, name, *arguments, output=output)

    def admit(self, user: str) -> None:
        """Let the operating-system user `user`, and no other, connect, as any role."""
        everyone = ["all"] if self.binaries.major >= 16 else [*_LOGIN_ROLES, user]
        lines = "".join(f'local "{user}" {role}\n' for role in everyone)
        _write(self.data / "pg_hba.conf", "local all all peer map=local\n", self.account)
        _write(self.data / "pg_ident.conf", lines, self.account)


def open_cluster(base: Path, programs: Path | None = None, *, durable: bool) -> Cluster:
    """The cluster whose home is `base`, made on first use. The caller holds the start lock.

    `durable` False skips the flush to disk after making it (tests).
    """
    home = _home(base)
    data = home / "data"
    account = server_account(data)
    if home == base and not account.can_reach(base):
        home = _home_elsewhere(base)
        data = home / "data"
    binaries = find_postgres(account, programs)
    if data.exists():
        _check_version(data, binaries)
    else:
        _make(data, binaries, account, durable=durable)
    return Cluster(data, binaries, account)


def run_tool(
    binaries: Binaries,
    account: Account,
    name: str,
    *arguments: str,
    output: IO[bytes] | None = None,
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program in the C locale, so that its words are those we look for."""
    # pg_ctl hands its output on to the server, which must not hold a pipe of ours open.
    pipe = subprocess.PIPE if output is None else output
    return subprocess.run(
        [str(binaries.folder / name), *arguments],
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        check=False,
        **account.switch,
    )


def _home(base: Path) -> Path:
    """`base`, or the place a note in it points to."""
    note = base / "elsewhere"
    if not note.exists():
        return base
    home = Path(note.read_text().strip())
    if not home.is_dir():
        # Starting afresh here would meet keys and checkpoints that speak of the lost log.
        raise RuntimeFault(
            f"PostgreSQL's data was in {home}, which is gone; put it back, "
            f"or remove {base.parent} to start from nothing."
        )
    return home


def _home_elsewhere(base: Path) -> Path:
    """A folder the server's account can reach when `base` lies in a closed one.

    Its name is random and noted in `base`, not computed from the path: whoever deletes `base` to
    start afresh must not meet the old data again, whose keys are gone.
    """
    home = make_folder(SHARED / f"rationale-{secrets.token_hex(6)}", 0o711)
    (base / "elsewhere").write_text(f"{home}\n")
    return home


def _check_version(data: Path, binaries: Binaries) -> None:
    try:
        major = int((data / "PG_VERSION").read_text())
    except (OSError, ValueError):
        raise RuntimeFault(
            f"{data} is damaged: its PG_VERSION is missing or names no version; restore the folder "
            "from a backup, or set RATIONALE_VAR to another one to start from nothing."
        ) from None
    if major != binaries.major:
        raise RuntimeFault(
            f"The data in {data} was made by PostgreSQL {major} and the programs are version "
            f"{binaries.major}; upgrade it with pg_upgrade, or name the programs of {major} "
            "in RATIONALE_PG_BIN."
        )


def _make(data: Path, binaries: Binaries, account: Account, *, durable: bool) -> None:
    """Make the cluster aside and rename it: data that exists is always whole."""
    draft = data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft)
    account.own(draft)
    # The builtin locale sorts alike on every machine; PostgreSQL has it from version 17 on.
    provider = "builtin" if binaries.major >= 17 else "libc"
    flags = [f"--locale-provider={provider}", "--locale=C.UTF-8", "--data-checksums"]
    flags += ["--auth-local=peer", "--auth-host=reject", *([] if durable else ["--no-sync"])]
    done = run_tool(
        binaries, account, "initdb", "-D", str(draft), "-U", "postgres", "-E", "UTF8", *flags
    )
    if done.returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        said = " ".join((done.stderr or done.stdout).decode(errors="replace").split())
        if "No space left on device" in said:
            raise RuntimeFault(f"The disk is full: PostgreSQL's data folder {data} cannot be made.")
        raise RuntimeFault(f"PostgreSQL's data folder {data} cannot be made: {said[-400:]}")
    draft.rename(data)


def _write(place: Path, text: str, account: Account) -> None:
    draft = place.with_suffix(".new")
    draft.write_text(text)
    account.own(draft)
    draft.replace(place)
