"""Loaded before the settings and before numpy: keys and counters of a test run lie in a folder of its own, never in
``var``, and libraries compute in one thread, as in the product's workers."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="rationale-tests-"))
PID = os.getpid()
# Where collected files would lie; empty, as tests serve them from where they are.
STATIC = FOLDER / "static"
STATIC.mkdir()
# One for all processes of a run: the first to come, who starts the others, says which.
SHARED = Path(os.environ.setdefault("RATIONALE_TESTS_SHARED", str(FOLDER / "shared")))
os.environ["RATIONALE_KEYS"] = str(FOLDER / "keys")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER / "metrics")
# Each core has a test process already; more threads would only wait for each other, and by spinning.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Some machines are told to keep no compiled files. Here hundreds of processes import the same few hundred, tests'
# modules with their assertions rewritten among them, and each would compile them all anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@atexit.register
def remove() -> None:
    # A forked child must not take its parent's folder along.
    if os.getpid() == PID:
        shutil.rmtree(FOLDER, ignore_errors=True)
