#!/usr/bin/env python3
"""The one command of the project. It needs Python 3.11; the first use makes the rest."""

import os
import sys

from runtime import bootstrap

# Commands that change or read the schema connect as its owner, all others as the application.
OWNER = {"migrate", "makemigrations", "sqlmigrate", "guardlog"}
# These need no database, or (demo, run, test) start their servers themselves.
NO_DATABASE = {
    "check", "collectstatic", "compilemessages", "demo", "findstatic", "help", "makemessages",
    "run", "spectacular", "version", "--help", "--version", "-h",
}  # fmt: skip


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    bootstrap.ensure(dev=command == "test" or (command == "environment" and "--dev" in sys.argv))
    if command == "environment":
        return
    if command == "test":
        # Without a file or folder named, the whole suite, each file in one process. One process more than there
        # are cores: a fifth of a test's time is waiting for a server, a browser or the disk.
        whole = all(argument.startswith("-") for argument in sys.argv[2:])
        processes = str(len(os.sched_getaffinity(0)) + 1)
        spread = ["-n", processes, "--dist", "loadfile", "--no-loadscope-reorder"] if whole else []
        pytest = [sys.executable, "-m", "pytest", *spread, *sys.argv[2:]]
        os.execv(sys.executable, pytest)  # noqa: S606
    run_django(command)


def run_django(command: str) -> None:
    """Run a Django command, with the embedded database up while it lasts if it needs one."""
    # Not at the top of the file: before bootstrap.ensure there is no environment to import from.
    try:
        from django.core.management import execute_from_command_line
        from django.db import OperationalError
    except ModuleNotFoundError as error:
        sys.exit(
            f"{error.name} is missing in {sys.prefix}; if that is the environment this command makes, "
            "remove it and run the command again, else install requirements.txt there."
        )

    from runtime.databases import embedded_database
    from runtime.faults import RuntimeFault

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    if command in OWNER:
        os.environ["RATIONALE_DB_AS"] = "owner"
    needed = command not in NO_DATABASE and not os.environ.get("DATABASE_URL")
    try:
        with embedded_database(needed):
            execute_from_command_line(sys.argv)
    except RuntimeFault as fault:
        sys.exit(str(fault))
    except OperationalError as error:
        if "--traceback" in sys.argv:
            raise
        sys.exit(
            f"The database does not do what {command} asks of it: {' '.join(str(error).split())}"
        )


if __name__ == "__main__":
    main()
