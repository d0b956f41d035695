"""Sequence the log and publish its checkpoints, until told to stop."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import publisher, sequencer
from audit.checkpoints import StoreFault
from audit.keys import KeyFault
from audit.tree import TreeFault


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Give entries their places in the tree and publish signed checkpoints. Any number may run; "
        "one of them leads. SIGTERM and Ctrl-C end it after the step it is in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="catch up, publish and leave")
        parser.add_argument(
            "--sweep",
            action="store_true",
            help="look through the whole log for entries passed over",
        )

    def handle(self, *args: object, **options: Any) -> None:
        if options["sweep"]:
            sequencer.sweep()
        if options["once"] or options["sweep"]:
            self._once()
            return
        stop = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        sequencer.run(stop)

    def _once(self) -> None:
        try:
            step = sequencer.catch_up()
        except (publisher.Refused, StoreFault, TreeFault, KeyFault) as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{step.sequenced} entries sequenced; the tree has {step.size} leaves.")
