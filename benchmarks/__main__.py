"""``python -m benchmarks [names] [--quick]``: measure, print one report, write the document's tables.

Everything happens in a temporary folder on disk with servers of its own, and is removed at the end.
Only a full run of a benchmark writes its table.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import FrameType

from benchmarks import drawing, report
from benchmarks.figures import Figure
from benchmarks.house import House
from benchmarks.machine import await_quiet, describe
from benchmarks.sizes import FULL, QUICK, TINY
from benchmarks.suite.catalogue import BENCHMARKS

_SIZES = {"full": FULL, "quick": QUICK, "tiny": TINY}
# Temporary files are often in memory; this folder is on disk wherever it exists.
_PLACE = Path("/var/tmp")


def main() -> int:
    asked = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(number, _leave)
    signal.alarm(asked.minutes * 60)
    folder = Path(tempfile.mkdtemp(prefix="rationale-bench-", dir=asked.folder))
    folder.chmod(0o711)  # PostgreSQL may run as another account
    try:
        return _measure(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    parser.add_argument("--quick", action="store_const", const="quick", dest="size")
    parser.add_argument(
        "--tiny", action="store_const", const="tiny", dest="size", help="only see that it runs"
    )
    parser.add_argument("--folder", type=Path, default=_PLACE if _PLACE.is_dir() else None)
    parser.add_argument("--minutes", type=int, default=60, help="end by then, come what may")
    parser.add_argument(
        "--patient",
        type=float,
        default=0.0,
        metavar="MINUTES",
        help="before each benchmark, wait this long at most for the machine to be quiet",
    )
    asked = parser.parse_args()
    unknown = set(asked.names) - set(BENCHMARKS)
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(BENCHMARKS)}")
    asked.size = asked.size or "full"
    return asked


def _leave(number: int, frame: FrameType | None) -> None:
    # Once is enough: a second signal must not break into the stopping of the servers.
    for other in (signal.SIGTERM, signal.SIGHUP, signal.SIGALRM):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(f"Ended by {signal.Signals(number).name}.")


def _measure(asked: Namespace, folder: Path) -> int:
    conditions = describe(folder)
    print(f"Machine: {conditions}", flush=True)
    failed, tables, curves = 0, {}, {}
    with House(folder) as house:
        for name in asked.names or BENCHMARKS:
            figures = _one(name, house, asked)
            failed += figures is None
            if figures:
                tables[name] = report.table(figures, conditions)
                curves |= {one.name: (one.unit, one.curve) for one in figures if one.curve}
    if asked.size == "full":
        report.write(tables)
        if curves:
            drawing.write(curves)
        print(f"Written: {report.DOCUMENT}")
    return 1 if failed else 0


def _one(name: str, house: House, asked: Namespace) -> list[Figure] | None:
    """The figures of one benchmark, told at once; None when it broke, and the next goes on."""
    print(f"\n== {name}", flush=True)
    await_quiet(house.watch, asked.patient)
    try:
        figures = BENCHMARKS[name](house, _SIZES[asked.size])
    except Exception:  # noqa: BLE001 - one broken benchmark must not lose the others' figures
        traceback.print_exc()
        return None
    for figure in figures:
        print(report.line(figure), flush=True)
        for note in figure.notes:
            print(f"  {note}", flush=True)
    return figures


if __name__ == "__main__":
    os.environ.pop("DATABASE_URL", None)
    sys.exit(main())
