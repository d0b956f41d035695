"""Callers who come at the same time, served together by one of them.

While one caller is being served, others gather; whoever is next serves them all. Work done for many in
a row costs each a fraction of what it costs alone: one commit, one round trip, and code and data that
are still in the processor's caches. Whoever had company a moment ago waits up to PATIENCE for as much
again: callers who post as soon as they are answered then stay together, instead of falling apart into
one who is served at once and many who wait for that. Who comes alone is served alone, at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Generic, TypeVar

Asked = TypeVar("Asked")
Done = TypeVar("Done")

# So that one piece of work stays small, whatever the callers bring.
MOST: Final = 64
MOST_BYTES: Final = 1 << 20
# About as long as a commit takes, and nothing against what the caller's way to us takes.
PATIENCE: Final = 0.002


@dataclass(slots=True, eq=False)
class _Caller(Generic[Asked, Done]):
    """``done`` stays None when the caller must be served alone; ``leads``: it is its turn to serve."""

    asked: Asked
    done: Done | None = None
    leads: bool = False
    turn: Lock = field(default_factory=Lock)


class Gathering(Generic[Asked, Done]):
    """Who waits in this process, and whether somebody is being served.

    ``together`` serves at least two; None in its answer, or an exception, means that this caller (or
    every one) is to be served by ``alone``, whose exceptions reach the caller. ``weigh`` gives bytes.
    """

    def __init__(
        self,
        *,
        alone: Callable[[Asked], Done],
        together: Callable[[Sequence[Asked]], Sequence[Done | None]],
        weigh: Callable[[Asked], int],
    ) -> None:
        self._alone, self._together, self._weigh = alone, together, weigh
        self._hold = Lock()
        self._busy = False
        self._waiting: list[_Caller[Asked, Done]] = []
        self._expected = 1  # as many as were served last
        self._wanted = 0  # how many must wait for ``_full`` to be released; 0: nobody asks
        self._full = Lock()
        self._full.acquire()

    def serve(self, asked: Asked) -> Done:
        """What ``alone`` gives for this, by whatever way."""
        caller = _Caller[Asked, Done](asked)
        if self._enter(caller):
            return self._lead(caller)
        return self._alone(asked) if caller.done is None else caller.done

    def _enter(self, caller: _Caller[Asked, Done]) -> bool:
        """Whether the caller serves now. If not, somebody else has served it, or tried to."""
        with self._hold:
            if not self._busy:
                self._busy = True
                return True
            caller.turn.acquire()
            self._waiting.append(caller)
            if len(self._waiting) == self._wanted:
                self._full.release()
                self._wanted = 0
        caller.turn.acquire()  # released by whoever served, or by whoever hands the serving over
        return caller.leads

    def _lead(self, caller: _Caller[Asked, Done]) -> Done:
        company = [caller]
        # Whatever happens here, those who wait must be let go: a thread that waits forever would hold
        # its caller's connection for good.
        try:
            self._be_patient()
            company = self._company(caller)
            if len(company) > 1:
                self._serve_together(company)
            return self._alone(caller.asked) if caller.done is None else caller.done
        finally:
            self._leave(company)

    def _serve_together(self, company: Sequence[_Caller[Asked, Done]]) -> None:
        try:
            done = self._together([one.asked for one in company])
        except Exception:  # noqa: BLE001 - each is served alone, and meets its own reason
            return
        for one, its in zip(company, done, strict=True):
            one.done = its

    def _be_patient(self) -> None:
        """Wait for as many as came last time, but not for long."""
        with self._hold:
            if len(self._waiting) + 1 >= self._expected:
                return
            self._wanted = self._expected - 1
        if self._full.acquire(timeout=PATIENCE):
            return
        with self._hold:
            if self._wanted == 0:  # they came between the two lines above
                self._full.acquire()
            self._wanted = 0

    def _company(self, caller: _Caller[Asked, Done]) -> list[_Caller[Asked, Done]]:
        """The caller and those who wait, as many as one piece of work may hold."""
        with self._hold:
            size, count = self._weigh(caller.asked), 0
            for other in self._waiting[: MOST - 1]:
                size += self._weigh(other.asked)
                if size > MOST_BYTES:
                    break
                count += 1
            taken = self._waiting[:count]
            del self._waiting[:count]
            self._expected = count + 1
            return [caller, *taken]

    def _leave(self, company: Sequence[_Caller[Asked, Done]]) -> None:
        """Let the company go, and hand the serving to the next who waits."""
        with self._hold:
            following = self._waiting.pop(0) if self._waiting else None
            self._busy = following is not None
        if following:
            following.leads = True
            following.turn.release()
        for other in company[1:]:
            other.turn.release()
