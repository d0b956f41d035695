"""Django's migrate, and after it the walls around the log."""

from typing import Any

from django.core.management.commands.migrate import Command as Migrate

from audit import guards


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        # A new table has no grants and a new partition no TRUNCATE trigger until this has run; a
        # crash in between leaves the application unable to use them, and the next migrate mends it.
        looking = options["plan"] or options["check_unapplied"]
        if options["database"] == "default" and not looking:
            for warning in guards.secure():
                self.stderr.write(self.style.WARNING(warning))
