"""Mend the log's publication after a refusal to sign; docs/drills.md says when."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import mending, publisher
from audit.checkpoints import StoreFault
from audit.keys import KeyFault
from audit.tree import TreeFault


class Command(BaseCommand):
    requires_system_checks = []
    help = "Mend the publication of checkpoints after a refusal (docs/drills.md says when)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        adopt = acts.add_parser("adopt", help="put a checkpoint back into a store that was lost")
        adopt.add_argument("note", type=Path, nargs="?", help="the newest anybody has kept")
        epoch = acts.add_parser("epoch", help="go on under a new name after a log that has ended")
        epoch.add_argument("note", type=Path, help="the last checkpoint of the old log")
        epoch.add_argument("--because", required=True, help="the reason; it enters the log")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            said = self._mend(options["act"], options["note"], options.get("because") or "")
        except (
            mending.NotMended,
            publisher.Refused,
            StoreFault,
            TreeFault,
            KeyFault,
        ) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(said)

    def _mend(self, act: str, file: Path | None, because: str) -> str:
        note = _read(file) if file else None
        if act == "adopt":
            adopted = mending.adopt(note)
            return f"The checkpoint over {adopted.size} leaves stands in the store again."
        return "Published:\n" + mending.open_epoch(before=note or "", because=because)


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise CommandError(f"The checkpoint {file} cannot be read ({why}).") from error
