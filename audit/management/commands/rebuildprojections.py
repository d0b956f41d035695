"""Make the read models again from the log."""

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from audit import projections
from audit.queries import poisoned


class Command(BaseCommand):
    help = (
        "Makes the read models (decisions, outcomes, timelines, daily counts, the log's list) again from the log, in "
        "place, while the service runs; entries that could not be projected are tried again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        before = projections.fingerprint()
        bar: tqdm[Any]
        with tqdm(unit=" entries", disable=options["verbosity"] == 0) as bar:
            projections.rebuild(lambda done, total: _show(bar, done, total))
        same = projections.fingerprint() == before
        self.stdout.write(
            "The content is what it was." if same else "The content differs from what was there."
        )
        for entry in poisoned():
            if entry.place in {projections.NAME, projections.lines.NAME}:
                self.stderr.write(f"still poison: leaf {entry.leaf_index}: {entry.error}")


def _show(bar: "tqdm[Any]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)
