"""Gives the program its own Python environment, then runs it in there.

Standard library only, and no syntax younger than Python 3.8, so that an old Python prints a
sentence instead of a SyntaxError. The usual case, an environment that is up to date, costs a few
milliseconds: everything slow is in runtime.installation, imported only when needed.

RATIONALE_NO_BOOTSTRAP=1  use the Python that runs this, whatever it has installed
RATIONALE_VENV=folder     the environment's place, instead of .venv beside manage.py
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


def ensure(dev: bool = False) -> None:
    """Return inside an environment that has what the requirements name (`dev`: the tests' too).

    Makes or completes the environment if need be and then replaces this process by the same
    command in it. Anything in the way ends the process with one sentence and exit code 1.
    """
    if os.environ.get("RATIONALE_NO_BOOTSTRAP") == "1":
        return
    if sys.version_info[:2] < OLDEST:
        sys.exit(_too_old())
    venv = environment_folder()
    if is_satisfied(venv, dev):
        if _inside(venv):
            return
    elif _inside(venv) and not (venv / STAMP).exists():
        return  # an environment somebody made by hand is theirs to keep complete
    else:
        from runtime.installation import install

        install(venv, dev)
    python = str(venv / "bin" / "python")
    # Not sys.argv: this keeps -X and -W too.
    os.execv(python, [python, *sys.orig_argv[1:]])  # noqa: S606


STAMP = "rationale.json"


def environment_folder() -> Path:
    """Where the environment is, or will be."""
    return Path(os.environ.get("RATIONALE_VENV") or ROOT / ".venv").absolute()


def is_satisfied(venv: Path, dev: bool) -> bool:
    """Whether the environment was completed from these very requirements and still has its Python.

    A complete development environment serves the program too.
    """
    try:
        stamp = json.loads((venv / STAMP).read_text())
    except (OSError, ValueError):
        return False
    kind = "dev" if dev else "runtime"
    if not isinstance(stamp, dict) or stamp.get(kind) != wanted()[kind]:
        return False
    if _inside(venv) and stamp.get("python") != python_series():
        return False  # the system's Python was upgraded under the environment
    return (venv / "bin" / "python").exists()  # False for a link to a Python that has moved


def wanted() -> dict[str, str]:
    """What each kind of environment must have been made from."""
    runtime = (ROOT / "requirements.txt").read_bytes()
    dev = ROOT / "requirements-dev.txt"
    return {
        "runtime": hashlib.sha256(runtime).hexdigest(),
        "dev": hashlib.sha256(runtime + (dev.read_bytes() if dev.exists() else b"")).hexdigest(),
    }


def python_series() -> str:
    """The version whose packages fit, such as 3.11."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _inside(venv: Path) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(venv)


def _too_old() -> str:
    newer = [f"python3.{minor}" for minor in range(14, 10, -1) if shutil.which(f"python3.{minor}")]
    advice = f"; use {newer[0]}, which is here" if newer else ""
    return f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}{advice}."


if __name__ == "__main__":
    ensure(dev="--dev" in sys.argv)
