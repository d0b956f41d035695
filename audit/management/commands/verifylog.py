"""Verify the whole log from its raw content; the exit status is 0 only when it is intact."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, Final

import psycopg
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from audit.checkpoints import StoreFault
from audit.keys import KeyFault
from audit.verification import CannotResume, Report, Verification
from audit.verification.kept import keep

FOUND: Final = 1
CANNOT: Final = 2
PARTIAL: Final = 3
SAVE_EVERY: Final = 5.0


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Verify the log leaf by leaf: content, tree, checkpoints, witnesses, each said apart. "
        "Exit status: 0 intact, 1 not intact, 2 could not be verified, 3 verified in part."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--resume", type=Path, help="file to go on from, and to stop into")
        parser.add_argument(
            "--limit", type=_count, help="look at this many leaves at most, this time"
        )
        parser.add_argument(
            "--jobs", type=_count, default=min(4, os.cpu_count() or 1), help="processes that look"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            report = self._verify(options["resume"], options["limit"], options["jobs"])
        except (StoreFault, KeyFault, CannotResume) as fault:
            raise CommandError(
                f"The log could not be verified: {fault}", returncode=CANNOT
            ) from fault
        except BrokenProcessPool as error:
            said = "The log could not be verified: one of the processes that looked was killed."
            raise CommandError(said, returncode=CANNOT) from error
        except (DatabaseError, psycopg.Error) as error:
            # Status 1 would say that something was found.
            said = f"The log could not be verified: the database does not answer ({error})."
            raise CommandError(said, returncode=CANNOT) from error
        self._keep(report, options)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self._tell(report)
        if status := exit_status(report):
            sys.exit(status)

    def _verify(self, file: Path | None, limit: int | None, jobs: int) -> Report:
        verification = Verification(resume=_read(file) if file else None)
        until = None if limit is None else verification.position + limit
        saver = _Saver(verification, file, self.stderr.write)
        saver.begin()
        with _Stop() as stop, _bar(verification) as bar:

            def progress(leaves: int) -> bool:
                bar.update(leaves)
                saver.sometimes()
                return not stop.asked

            report = verification.run(progress, until=until, jobs=jobs)
        saver.finish(complete=report.complete)
        return report

    def _keep(self, report: Report, options: dict[str, Any]) -> None:
        """For pages and metrics. A replica takes no writing, and what was found is said all the same."""
        try:
            keep(report, command=_said(options))
        except DatabaseError as error:
            self.stderr.write(f"The outcome is not kept in the database: {str(error).strip()}")

    def _tell(self, report: Report) -> None:
        signs = {True: "holds", False: "FAILS", None: "open"}
        if report.resumed_at:
            self.stdout.write(f"Resumed: leaves below {report.resumed_at} were verified earlier.")
        for fact in report.facts:
            self.stdout.write(f"{fact.name:12} {signs[fact.holds]:6} {fact.sentence}")
        for found in report.findings:
            self.stdout.write(f"  {found.code}: {found.place() or '-'}: {found.sentence}")
        if sum(report.counts.values()) > len(report.findings):
            self.stdout.write(f"  in all: {report.counts}")
        self.stdout.write(f"{report.verdict} ({report.seconds:.1f} s)")


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("at least 1.")
    return number


def _said(options: dict[str, Any]) -> str:
    """The command as it was given. Not the file's name: that is the server's business."""
    given = "python3 manage.py verifylog"
    given += " --resume" if options["resume"] else ""
    return given + (f" --limit {options['limit']}" if options["limit"] is not None else "")


def _bar(verification: Verification) -> tqdm[Any]:
    # disable=None: no bar where nobody watches.
    return tqdm(
        total=verification.size, initial=verification.position, unit=" leaves", disable=None
    )


def exit_status(report: Report) -> int:
    """0 only for a log that was looked at to the end and holds."""
    if report.intact:
        return 0
    return PARTIAL if not report.complete and not report.findings else FOUND


class _Stop:
    """Ctrl-C and SIGTERM end the run between two batches, so that it can be resumed."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _ask(self, number: int, frame: object) -> None:
        self.asked = True


class _Saver:
    """Keeps the resume file: whole at every moment, gone when there is nothing to resume."""

    def __init__(
        self, verification: Verification, file: Path | None, complain: Callable[[str], object]
    ) -> None:
        self._verification, self._file, self._complain = verification, file, complain
        self._saved = time.monotonic()

    def begin(self) -> None:
        """Raises CannotResume where the file cannot be written: better now than after hours."""
        try:
            if self._file:
                self._save(self._file)
        except OSError as error:
            raise CannotResume(self._unwritten(error)) from error

    def sometimes(self) -> None:
        if time.monotonic() - self._saved > SAVE_EVERY:
            self._try_to_save()

    def finish(self, *, complete: bool) -> None:
        if self._file and complete:
            self._file.unlink(missing_ok=True)
        else:
            self._try_to_save()

    def _try_to_save(self) -> None:
        """What is found counts for more than the file: a full disk does not end the run."""
        try:
            if self._file:
                self._save(self._file)
        except OSError as error:
            self._saved = time.monotonic()
            self._complain(self._unwritten(error))

    def _unwritten(self, error: OSError) -> str:
        return f"The resume file {self._file} cannot be written ({error.strerror})."

    def _save(self, file: Path) -> None:
        draft = file.with_name(f".{file.name}.new")
        with open(draft, "w") as out:
            json.dump(self._verification.dump(), out)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
        self._saved = time.monotonic()


def _read(file: Path) -> dict[str, Any] | None:
    try:
        dumped = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise CannotResume(f"{file} is not a resume file.") from error
    return dumped if isinstance(dumped, dict) else {}
