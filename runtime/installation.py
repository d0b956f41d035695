"""Makes the environment: venv, then uv, then every requirement with its hash checked.

Called by runtime.bootstrap on the base Python, so the standard library must do. An environment
counts as made only when its stamp is written, which is the last act. The lock file says while it is
being made, so that the next run knows what a killed one left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from runtime.bootstrap import ROOT, STAMP, is_satisfied, python_series, wanted
from runtime.index_settings import read_pip_settings, uv_arguments, uv_environment
from runtime.progress import Failed, Progress

TOOLS = ROOT / "requirements-uv.txt"
# lime, the one requirement without a wheel, is built with the setuptools from requirements-uv.txt:
# an isolated build would fetch one that no hash vouches for.
NO_WHEEL = "lime"


def install(venv: Path, dev: bool) -> None:
    """The environment `venv` is complete, or the process ends with a sentence."""
    progress = Progress()
    try:
        with _only_one(venv, progress) as lock:
            if not is_satisfied(venv, dev):
                _install(venv, dev, lock, progress)
    except Failed as failure:
        progress.close()
        sys.exit(str(failure))
    except KeyboardInterrupt:
        progress.close()
        sys.exit("\nStopped; the same command goes on from the start.")
    except OSError as error:
        progress.close()
        sys.exit(
            f"Cannot write the environment {venv} ({error.strerror}); free or allow it, "
            "or set RATIONALE_VENV to a folder you may write to."
        )


def _install(venv: Path, dev: bool, lock: IO[str], progress: Progress) -> None:
    cut_short = lock.read().strip() == str(venv)
    stamp = _read_stamp(venv)
    _note(lock, str(venv))
    (venv / STAMP).unlink(missing_ok=True)
    # Requirements that changed get a new environment: what they no longer name must not linger.
    # One made by hand, without a stamp, is completed, not thrown away.
    keep = not cut_short and _usable(venv) and stamp in ({}, _made_of("runtime"))
    progress.begin(2 if keep else 3 + venv.exists(), venv)
    if not keep:
        _make_venv(venv, progress, cut_short)
    _install_packages(venv, dev, progress)
    _write_stamp(venv, dev)
    _note(lock, "")
    progress.done()


def _made_of(kind: str) -> dict[str, str]:
    return {"python": python_series(), kind: wanted()[kind]}


def _make_venv(venv: Path, progress: Progress, cut_short: bool) -> None:
    if venv.exists():
        if not (cut_short or (venv / "pyvenv.cfg").exists() or not any(venv.iterdir())):
            raise Failed(f"{venv} exists and is not a Python environment; name another place.")
        progress.step("Removing the old environment")
        shutil.rmtree(venv)
    venv.parent.mkdir(parents=True, exist_ok=True)
    progress.step("Making the environment")
    # Without pip, which takes several seconds: the base Python's pip can serve this one too.
    progress.run([_base_python(), "-m", "venv", "--without-pip", str(venv)])


def _install_packages(venv: Path, dev: bool, progress: Progress) -> None:
    progress.step("Fetching the installer")
    pip = _pip(venv, progress)
    uv = _get_uv(venv, pip, progress)
    names = ["requirements.txt", *(["requirements-dev.txt"] if dev else [])]
    files = [part for name in names for part in ("-r", str(ROOT / name))]
    progress.step("Installing " + " and ".join(names), watch=venv)
    if uv and _run_uv(uv, venv, pip, files, progress, check=pip is None):
        return
    if uv:
        progress.say("uv did not succeed here; trying pip.")
    if pip:
        progress.run([*pip, "install", "--no-build-isolation", "--require-hashes", *files])


def _get_uv(venv: Path, pip: list[str] | None, progress: Progress) -> str | None:
    """The pinned uv, or one already on this machine, or None. Brings setuptools either way."""
    barred = os.environ.get("RATIONALE_NO_UV") == "1"
    if not TOOLS.exists():
        return None
    tools = ["-r", str(TOOLS)]
    if pip and progress.run([*pip, "install", "--require-hashes", *tools], check=False):
        return None if barred else str(venv / "bin" / "uv")
    here = None if barred else shutil.which("uv")
    if here:
        _run_uv(here, venv, pip, tools, progress, check=True)
    return here


def _run_uv(
    uv: str, venv: Path, pip: list[str] | None, files: list[str], progress: Progress, *, check: bool
) -> bool:
    settings = read_pip_settings(pip) if pip else {}
    command = [uv, "pip", "install", "--python", str(_python(venv)), "--require-hashes"]
    command += ["--compile-bytecode", "--no-build-isolation-package", NO_WHEEL]
    arguments = [*uv_arguments(settings), *files]
    return progress.run([*command, *arguments], uv_environment(settings), check=check)


def _pip(venv: Path, progress: Progress) -> list[str] | None:
    """The command of a pip that installs into `venv`; None when there is none but there is uv."""
    own = [str(_python(venv)), "-m", "pip"]
    # pip before 22.3 does not know --python; Debian without python3-venv has no ensurepip.
    foreign = [_base_python(), "-m", "pip", "--python", str(_python(venv))]
    for command in (own, foreign):
        if progress.run([*command, "--version"], check=False):
            return [*command, "--disable-pip-version-check", "--no-input"]
    if progress.run([str(_python(venv)), "-m", "ensurepip", "--default-pip"], check=False):
        return [*own, "--disable-pip-version-check", "--no-input"]
    if shutil.which("uv"):
        return None
    raise Failed(
        "This Python has neither pip nor ensurepip; install one of them "
        "(Debian: apt install python3-venv) and run the command again."
    )


def _usable(venv: Path) -> bool:
    """Whether the environment's Python is there and of our series."""
    packages = venv / "lib" / f"python{python_series()}" / "site-packages"
    return _python(venv).exists() and packages.is_dir()


def _base_python() -> str:
    return str(getattr(sys, "_base_executable", sys.executable))


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _read_stamp(venv: Path) -> dict[str, str]:
    try:
        return dict(json.loads((venv / STAMP).read_text()))
    except (OSError, ValueError, TypeError):
        return {}


def _write_stamp(venv: Path, dev: bool) -> None:
    """Last act of all. Written aside and renamed: a stamp is whole or absent."""
    kinds = ("runtime", "dev") if dev else ("runtime",)
    stamp = {"python": python_series(), **{kind: wanted()[kind] for kind in kinds}}
    draft = venv / f"{STAMP}.new"
    draft.write_text(json.dumps(stamp))
    draft.replace(venv / STAMP)


@contextlib.contextmanager
def _only_one(venv: Path, progress: Progress) -> Iterator[IO[str]]:
    """Hold the installation lock, for the installers we start too: they inherit it.

    Thus a bootstrap that was killed does not make way while its orphaned installer still writes.
    """
    place = venv.parent / ".bootstrap.lock"
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(place, "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say("Another process is making the environment; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        progress.inherit = lock.fileno()
        yield lock


def _note(lock: IO[str], text: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()
