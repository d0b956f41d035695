"""``manage.py recountfeatures``: a version's features counted anew, from the decisions there are."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from fairness import drifting


class Command(BaseCommand):
    help = "Count features anew against versions' references (after a fault; workers may go on)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("versions", nargs="*", metavar="version", help="model@number")
        parser.add_argument("--all", action="store_true", help="every version with a reference")

    def handle(self, *args: Any, versions: list[str], **options: Any) -> None:
        if options["all"] == bool(versions):
            raise CommandError("Name versions, or say --all.")
        known = drifting.referred()
        if unknown := sorted(set(versions) - set(known)):
            raise CommandError(f"No reference for drift: {', '.join(unknown)}.")
        for name in versions or known:
            self._recount(name)

    def _recount(self, name: str) -> None:
        with tqdm(desc=name, total=drifting.restart(name), unit="") as bar:
            while passed := drifting.step(name):
                bar.update(passed)
        self.stdout.write(f"{name}: {drifting.counted(name):,} decisions counted anew.")
