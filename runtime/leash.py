"""Run as a script: `leash.py PARENT COMMAND…` becomes COMMAND, and ends when PARENT does.

A supervisor killed with -9 cannot stop its children; the kernel can (PR_SET_PDEATHSIG). Setting it
here, in a small program of its own, needs no Python code between fork and exec, which is not safe
in a process with threads.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before the kernel knew of the wish
        sys.exit(0)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"Cannot run {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main()
