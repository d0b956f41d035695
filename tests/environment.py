"""Loaded before the settings: keys and counters of a test run lie in a folder of its own, never in ``var``."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="rationale-tests-"))
PID = os.getpid()
# Where collected files would lie; empty, as tests serve them from where they are.
STATIC = FOLDER / "static"
STATIC.mkdir()
os.environ["RATIONALE_KEYS"] = str(FOLDER / "keys")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(FOLDER / "metrics")


@atexit.register
def remove() -> None:
    # A forked child must not take its parent's folder along.
    if os.getpid() == PID:
        shutil.rmtree(FOLDER, ignore_errors=True)
