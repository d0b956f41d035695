"""``manage.py rebuildcells``: facts and cells again from the log, in place, to the same counts."""

from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from fairness import cells, facts


class Command(BaseCommand):
    help = "Make facts and cells again from the log (readers and writers may go on)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--cells-only",
            action="store_true",
            help="add the cells up again from the facts there are, without reading the log",
        )

    def handle(self, *args: Any, cells_only: bool = False, **options: Any) -> None:
        if not cells_only:
            self._rebuild()
        else:
            with facts.held():
                made = cells.recount()
            self.stdout.write(f"{made:,} cells, added up from the facts.")

    def _rebuild(self) -> None:
        with tqdm(desc="Entries read again", unit="") as bar:

            def progress(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            facts.rebuild(progress)
        self.stdout.write("Facts and cells follow from the log again.")
