"""``manage.py explainbackfill``: explain decisions that were made already."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from explain import backfill
from explain.backfill import BackfillView
from explain.explanations import follow
from explain.queries import is_explained, profile

ACTOR = "system:explainbackfill"


class Command(BaseCommand):
    help = (
        "Explains decisions that were made before their version had a profile, or that the policy left out. "
        "Killed or stopped anywhere it loses nothing: workers go on with it, and so does the same command again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", help="a use case, or a version (model@version)")
        parser.add_argument("--from", dest="since", type=date.fromisoformat, help="first day (UTC)")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, help="last day (UTC)")
        parser.add_argument("--adverse-only", action="store_true")
        parser.add_argument("--leave", action="store_true", help="leave the work to the workers")
        parser.add_argument("--cancel", action="store_true", help="end the walks of this target")

    def handle(self, *args: Any, **options: Any) -> None:
        use_case, model_ref = target(options["target"])
        if options["cancel"]:
            self.cancel(use_case, model_ref)
            return
        begun = backfill.start(
            actor=ACTOR,
            use_case=use_case,
            model_ref=model_ref,
            since=midnight(options["since"]),
            until=midnight(options["until"], days=1),
            adverse_only=options["adverse_only"],
        )
        if options["leave"]:
            self.stdout.write(
                f"Back-fill {begun.id} of {begun.total:,} decisions is with the workers."
            )
            return
        try:
            ended = walk(begun, quiet=options["verbosity"] == 0)
        except KeyboardInterrupt as stop:
            raise CommandError(
                "Stopped here. Workers go on with it; --cancel ends it, the same command goes on."
            ) from stop
        self.stdout.write(told(ended))

    def cancel(self, use_case: str, model_ref: str) -> None:
        for one in backfill.backfills(use_case):
            if one.state == "running" and one.model_ref == model_ref:
                self.stdout.write(told(backfill.cancel(one.id, actor=ACTOR)))


def walk(begun: BackfillView, *, quiet: bool) -> BackfillView:
    """Walk to the end, computing here too: with no worker about it would otherwise wait for ever."""
    now = begun
    bar: tqdm[Any]
    with tqdm(total=begun.total, initial=begun.seen, unit=" decisions", disable=quiet) as bar:
        while now.state == "running":
            backfill.step(begun.id)
            follow()
            now = backfill.backfill(begun.id) or now
            bar.update(now.seen - bar.n)
    while follow():
        continue
    return now


def target(text: str) -> tuple[str, str]:
    if "@" not in text:
        if not is_explained(text):
            raise CommandError(
                f"No version in {text} has a profile, so nothing there can be explained."
            )
        return text, ""
    known = profile(text)
    if known is None:
        raise CommandError(f"{text} has no profile, so nothing of it can be explained.")
    return known.use_case, text


def midnight(day: date | None, days: int = 0) -> datetime | None:
    return datetime.combine(day + timedelta(days), time.min, tzinfo=UTC) if day else None


def told(one: BackfillView) -> str:
    return (
        f"{one.state.capitalize()}: {one.seen:,} decisions seen, {one.asked:,} asked for, {one.known:,} had one "
        f"already, {one.not_adverse:,} not adverse, {one.unprofiled:,} without a profile."
    )
