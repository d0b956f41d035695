"""Where a test may kill the sequencer: named points between a step and its published checkpoint."""

import os
import signal
from typing import Final

STEP: Final = "RATIONALE_CRASH_AT"
ALLOW: Final = "RATIONALE_ALLOW_CRASH"

POINTS: Final = (
    "before-commit",
    "after-commit",
    "after-sign",
    "after-history",
    "before-rename",
    "after-rename",
    "after-publish",
)


def crash_point(name: str) -> None:
    """Die here as by kill -9 when RATIONALE_CRASH_AT names this point; otherwise do nothing.

    Both variables must be set: one left behind in a unit file or a shell does no harm.
    """
    if os.environ.get(STEP) == name and os.environ.get(ALLOW) == "1":
        os.kill(os.getpid(), signal.SIGKILL)
