"""``manage.py replay credit-risk@1.0.0``: replay every decision of a version, with progress; ends with the report."""

import sys
import time
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import is_naive, make_aware
from tqdm import tqdm

from audit.door import Problem
from explain.replay.stepping import step_sweep
from explain.replay.sweeps import SweepView
from explain.replay.verdicts import CAUSES
from governance.registry.replays import replay_of, start_replay
from governance.voices import SystemVoice

DRIFTED = 1


class Command(BaseCommand):
    help = (
        "Replay every decision of a version with its artefact, hashed again, and report match, drift and what cannot "
        "be replayed. Stopped and started again it goes on where it was; workers help when they run. "
        "Exit status: 0 all match or cannot, 1 some drifted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", metavar="model@version")
        parser.add_argument("--since", help="decided from this day or time on (UTC)")
        parser.add_argument("--until", help="decided before this day or time (UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        model, _, number = options["version"].partition("@")
        voice = SystemVoice("replay")
        try:
            one = start_replay(
                voice=voice,
                model=model,
                number=number,
                since=_moment(options["since"]),
                until=_moment(options["until"]),
            )
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        bar: tqdm[Any]
        with tqdm(total=one.total, unit=" entries", disable=options["verbosity"] == 0) as bar:
            while one.state == "running":
                # A worker may have the next batch: then there is nothing to do but to look again.
                if not step_sweep(one.id):
                    time.sleep(0.2)
                one = replay_of(voice, model=model, number=number, replay=one.id)
                bar.update(one.done - bar.n)
        if one.state != "finished":
            raise CommandError(f"The replay is {one.state}. {one.detail}")
        self._tell(one)
        if one.report["drift"]:
            sys.exit(DRIFTED)

    def _tell(self, one: SweepView) -> None:
        report, sizes = one.report, one.report["differences"]
        self.stdout.write(f"{one.model_ref}: {report['decisions']:,} decisions replayed")
        self.stdout.write(f"match   {report['match']:,}")
        self.stdout.write(f"drift   {report['drift']:,} ({report['label_flips']:,} other outcomes)")
        self.stdout.write(f"cannot  {report['cannot']:,}")
        for cause, many in report["causes"].items():
            self.stdout.write(f"        {many:,}: {CAUSES[cause]}")
        if sizes["compared"]:
            told = ", ".join(f"{share}: {size:.2g}" for share, size in sizes["quantiles"].items())
            self.stdout.write(f"differences by quantile {told}; largest {sizes['largest']:.2g}")
        for entry in report["first"].get("drift", ())[:5]:
            self.stdout.write(f"drifted {entry}")
        self.stdout.write(f"report in the log: {one.log_entry}")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001
    except ValueError:
        found = None
    if found is None:
        raise CommandError(
            f"{text} is no day and no time: write 2026-11-22 or 2026-11-22T10:00:00Z."
        )
    return make_aware(found) if is_naive(found) else found
