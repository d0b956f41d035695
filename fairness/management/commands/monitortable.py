"""``manage.py monitortable``: false alarms and power of the monitors, simulated from a stated seed."""

import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from fairness.sequential.monitor import ALPHA
from fairness.sequential.simulation import Setting
from fairness.simulated import lines

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "monitors.md"
_MARKS = re.compile(r"(<!-- monitors: generated -->\n).*?(<!-- /monitors -->)", re.DOTALL)


class Command(BaseCommand):
    help = (
        "Simulate how often monitors alarm, without a difference and with one, and print the table."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--streams", type=int, default=2000, help="how often each is run")
        parser.add_argument("--looks", type=int, default=2000, help="the horizon")
        parser.add_argument("--each", type=int, default=20, help="decisions between two looks")
        parser.add_argument("--alpha", type=float, default=ALPHA)
        parser.add_argument("--seed", type=int, default=Setting.seed)
        parser.add_argument("--write", action="store_true", help="into the document, too")
        parser.add_argument("--document", type=Path, default=DOCUMENT)

    def handle(self, *args: Any, write: bool, document: Path, **options: Any) -> None:
        setting = Setting(
            **{name: options[name] for name in ("streams", "looks", "each", "alpha", "seed")}
        )
        if min(setting.streams, setting.looks, setting.each) < 1 or not 0 < setting.alpha < 1:
            raise CommandError(
                "Streams, looks and decisions are at least 1; alpha is within 0 and 1."
            )
        if write and not (document.is_file() and _MARKS.search(document.read_text())):
            raise CommandError(f"{document} has no marks for the table.")
        said = []
        for line in lines(setting):
            self.stdout.write(line)
            self.stdout.flush()
            said.append(line)
        if write:
            table = "\n".join(said)
            text = document.read_text()
            document.write_text(_MARKS.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text))
