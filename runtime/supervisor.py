"""Keeps the product's processes running together, and ends them together.

    with Supervisor() as supervisor:
        env = services(supervisor)                  # the embedded servers that are needed
        supervisor.start(Process("web", [...], env=env, port=("127.0.0.1", 8000)))
        supervisor.wait()

Leaving the block, by whatever way, stops everything in reverse order. SIGINT, SIGTERM and SIGHUP
leave it from wherever it is; a second one stops without waiting. A process that crashes is started
again, later each time; one that keeps crashing ends the whole with a sentence.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Protocol

from runtime import locks, paths
from runtime.databases import start_database
from runtime.faults import RuntimeFault
from runtime.postgres import EmbeddedPostgres
from runtime.process import Child, Process
from runtime.valkey import EmbeddedValkey

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOOK = 0.2  # seconds between two looks at the processes
_TEND = 60.0
_QUICK = 30.0  # a life shorter than this counts as a crash at once
_LIVES = 5  # so many of them in a row and we give up
_LONGEST_PAUSE = 15.0


class Supervised(Protocol):
    """What the supervisor needs to know of a thing it keeps running."""

    name: str

    def start(self) -> None: ...
    def alive(self) -> bool: ...
    def spawn(self) -> None: ...
    def tend(self) -> None: ...
    def stop(self, hurry: Callable[[], bool]) -> None: ...
    def last_words(self) -> str: ...


class Stopped(SystemExit):
    """Raised in the main thread by a signal; the supervisor's block swallows it."""


def print_line(text: str) -> None:
    """Say it on stderr."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class _Life:
    """One supervised thing and its history."""

    thing: Supervised
    began: float = field(default_factory=time.monotonic)
    crashes: int = 0
    due: float | None = None  # when it is to be started again


class Supervisor:
    """One per `var` folder: a second one is refused. `say` receives each event as a sentence."""

    def __init__(self, *, say: Callable[[str], None] = print_line) -> None:
        self.stopped = False
        self._say = say
        self._lives: list[_Life] = []
        self._hold = threading.RLock()  # over _lives, between the main thread and the watcher
        self._ending = threading.Event()
        self._quiet = threading.Event()  # the watcher starts nothing any more
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._failure: str | None = None
        self._hurry = False
        self._lock: IO[str] | None = None
        self._handlers: dict[signal.Signals, object] = {}

    def __enter__(self) -> "Supervisor":
        self._lock = _only_one(paths.run() / "supervisor.lock")
        self._watcher.start()
        self._catch_signals()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self._ending.set()
        self._quiet.wait()
        try:
            self._stop_all()
        finally:
            self._done.set()
            self._release_signals()
            if self._lock:
                self._lock.close()
        if self._failure and kind in (None, Stopped):
            raise RuntimeFault(self._failure)
        self.stopped = kind is Stopped
        return kind is Stopped

    def start(self, process: Process) -> Child:
        """Start a process, wait until it is ready, and keep it running from then on."""
        child = Child(process, paths.log())
        self.keep(child)
        return child

    def keep(self, thing: Supervised) -> None:
        """Start a thing that knows itself how to start and stop, and keep it running."""
        # Known before it runs: a signal while it gets ready must still stop it.
        life = _Life(thing, due=float("inf"))
        with self._hold:
            self._lives.append(life)
        thing.start()
        life.began, life.due = time.monotonic(), None

    def wait(self) -> None:
        """Block until a signal or a failure ends the block."""
        while True:
            time.sleep(1)

    def _stop_all(self) -> None:
        while self._lives:
            thing = self._lives.pop().thing
            try:
                thing.stop(lambda: self._hurry)
            except RuntimeFault as fault:
                self._say(str(fault))  # the others must still be stopped

    def _watch(self) -> None:
        tended = time.monotonic()
        while not self._ending.wait(_LOOK) and not self._failure:
            due = time.monotonic() - tended > _TEND
            tended = time.monotonic() if due else tended
            with self._hold:
                for life in self._lives:
                    self._look_at(life)
                    if due:
                        life.thing.tend()
        if self._failure:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        self._quiet.set()
        # The kernel ends the children of a thread that ends (see runtime.leash), all at once; they
        # are to be stopped in order first.
        self._done.wait()

    def _look_at(self, life: _Life) -> None:
        now = time.monotonic()
        if life.due is not None:
            if now >= life.due:
                life.due, life.began = None, now
                self._revive(life)
        elif not life.thing.alive():
            self._plan_revival(life, now)

    def _revive(self, life: _Life) -> None:
        try:
            life.thing.spawn()
        except RuntimeFault as fault:
            self._say(str(fault))  # counts as a crash at the next look

    def _plan_revival(self, life: _Life, now: float) -> None:
        quick = now - life.began < _QUICK
        life.crashes = life.crashes + 1 if quick else 1
        name, words = life.thing.name, life.thing.last_words()
        if life.crashes >= _LIVES:
            self._failure = (
                f"{name} ended {life.crashes} times shortly after its start; "
                f"everything is stopped. Its last words: {words}"
            )
            return
        pause = min(0.5 * 2**life.crashes, _LONGEST_PAUSE)
        life.due = now + pause
        self._say(f"{name} ended unexpectedly and is started again in {pause:.0f} s: {words}")

    def _catch_signals(self) -> None:
        for number in SIGNALS:
            # Under nohup SIGHUP is ignored, and that is meant; a shell's background jobs have
            # SIGINT ignored too, and that is not.
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            self._handlers[number] = signal.signal(number, self._on_signal)

    def _release_signals(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.stopped or self._ending.is_set():
            self._hurry = True
            return
        self._ending.set()
        raise Stopped


class _Database:
    """The embedded PostgreSQL, which outlives us on purpose and is revived when it crashed."""

    name = "PostgreSQL"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def start(self) -> None:
        start_database(self._server)

    def alive(self) -> bool:
        return self._server.alive()

    def tend(self) -> None:
        self._server.tend()

    def spawn(self) -> None:
        self._server.start()

    def stop(self, hurry: Callable[[], bool]) -> None:
        self._server.stop("immediate" if hurry() else "fast")

    def last_words(self) -> str:
        return self._server.last_words()


def services(supervisor: Supervisor) -> dict[str, str]:
    """Start the embedded servers no URL replaces, and return the environment for the processes.

    DATABASE_URL replaces PostgreSQL, CELERY_BROKER_URL replaces Valkey.
    """
    if not os.environ.get("DATABASE_URL"):
        supervisor.keep(_Database(EmbeddedPostgres(paths.postgres())))
    if not os.environ.get("CELERY_BROKER_URL"):
        supervisor.start(EmbeddedValkey(paths.valkey()).process())
    environment = {**os.environ, "RATIONALE_VAR": str(paths.VAR)}
    # The processes are the application, whatever the command that starts them was.
    environment.pop("RATIONALE_DB_AS", None)
    return environment


def _only_one(place: Path) -> IO[str]:
    lock = locks.open_lock(place)
    if not locks.try_lock(lock):
        by = locks.holder(lock)
        lock.close()
        raise RuntimeFault(
            f"Process {by} already runs the product in {place.parent.parent}; "
            "stop it first, or set RATIONALE_VAR to another folder."
        )
    locks.sign(lock)
    return lock
