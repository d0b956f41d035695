"""Callers who record decisions as docs/api.md says, and keep every receipt they were ever given."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.world import Answer, World

BULK = 20
# Longer than a crash recovery on a busy machine takes; a caller of the API has hours.
PATIENCE = 120.0


@dataclass(frozen=True)
class Given:
    """A receipt as it came. ``signature`` is that of the batch when it came with others."""

    id: str
    entry_id: str
    leaf_hash: str
    recorded_at: str
    signature: str
    batch: tuple[str, ...] = ()  # the leaf hashes of all its lines, in order


@dataclass
class Records:
    """What callers and onlookers saw. Written by many threads, a list or dict item at a time."""

    tried: dict[str, bytes] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    checkpoints: dict[int, str] = field(default_factory=dict)
    places: dict[str, set[int]] = field(default_factory=dict)
    retries: int = 0


class Callers:
    """``with Callers(world, records) as callers``: threads post until the block ends.

    At its end each finishes what it began: an unanswered call is repeated until it is answered.
    ``name`` begins their ids.
    """

    def __init__(
        self, world: World, records: Records, name: str = "", *, singles: int = 2, bulks: int = 1
    ) -> None:
        self.world, self.records, self.name = world, records, name
        self.stop = threading.Event()
        self.rows = world.applications()
        work = [(self._singles, n) for n in range(singles)] + [
            (self._bulks, n) for n in range(bulks)
        ]
        self.threads = [
            threading.Thread(target=act, args=(f"{act.__name__}-{n}",)) for act, n in work
        ]
        self.threads.append(threading.Thread(target=self._look))

    def __enter__(self) -> Callers:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join(2 * PATIENCE)

    def _singles(self, name: str) -> None:
        chance = random.Random(name)
        mine: list[str] = []
        for id_, body in self._bodies(name):
            answer = self._until_answered("/api/v1/decisions", body, "application/json")
            if answer:
                self._keep([one_receipt(answer.json)])
                mine.append(id_)
            if mine and chance.random() < 0.1:
                # A caller who forgot that it was answered.
                again = self.records.tried[chance.choice(mine)]
                answer = self._until_answered("/api/v1/decisions", again, "application/json")
                if answer and answer.status != 200:
                    self.records.odd.append(f"a repeat was answered {answer.status}")
                if answer:
                    self._keep([one_receipt(answer.json)])

    def _bulks(self, name: str) -> None:
        bodies = self._bodies(name)
        while lines := [body for _, (_, body) in zip(range(BULK), bodies, strict=False)]:
            path, kind = "/api/v1/decisions/bulk", "application/x-ndjson"
            answer = self._until_answered(path, b"\n".join(lines), kind)
            if answer:
                self._keep(bulk_receipts(answer.json))
            self.stop.wait(0.25)

    def _bodies(self, name: str) -> Iterator[tuple[str, bytes]]:
        number = 0
        while not self.stop.is_set():
            id_ = f"{self.name}{name.strip('_')}-{number}"
            row = self.rows[number % len(self.rows)]
            said = {**row, "id": id_, "subject": f"{row['subject']}-{number % 7}"}
            body = self.records.tried[id_] = json.dumps(said).encode()
            number += 1
            yield id_, body

    def _until_answered(self, path: str, body: bytes, kind: str) -> Answer | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                headers = {"Content-Type": kind}
                answer = self.world.ask("POST", path, body, headers=headers, timeout=10)
            except OSError:  # refused, cut off, or no answer: it may or may not be recorded
                answer = None
            if answer and answer.status in {200, 201}:
                return answer
            if answer and answer.status != 503:
                self.records.odd.append(f"{answer.status} {answer.body[:300]!r}")
                if answer.status < 500:
                    return None
            self.records.retries += 1
            time.sleep(0.2)
        self.records.odd.append(f"no answer from {path} for {PATIENCE:.0f} s")
        return None

    def _keep(self, receipts: Iterable[Given]) -> None:
        self.records.given.extend(receipts)

    def _look(self) -> None:
        """An onlooker: notes every checkpoint, and the places of entries somebody has a receipt for."""
        chance = random.Random("onlooker")
        while not self.stop.is_set():
            with contextlib.suppress(OSError):  # away; look again
                self.look_at(chance.sample(self.records.given, min(2, len(self.records.given))))
            time.sleep(0.15)

    def look_at(self, receipts: Iterable[Given]) -> None:
        seen = self.world.get("log/checkpoint")
        if seen.status == 200:
            note = seen.body.decode()
            size = int(note.split("\n")[1])
            if self.records.checkpoints.setdefault(size, note) != note:
                self.records.odd.append(f"two checkpoints of size {size}")
        for one in receipts:
            found = self.world.get(f"decisions/{one.entry_id}/receipt")
            if found.status == 200 and found.json["status"] == "included":
                place = found.json["included"]["leaf_index"]
                self.records.places.setdefault(one.entry_id, set()).add(place)
            elif found.status not in {200, 503}:
                self.records.odd.append(f"the receipt of {one.id}: {found.status}")


def one_receipt(said: Any) -> Given:
    receipt = said["receipt"]
    return Given(
        said["id"],
        said["entry_id"],
        receipt["leaf_hash"],
        receipt["recorded_at"],
        receipt["signature"],
    )


def bulk_receipts(said: Any) -> list[Given]:
    batch = tuple(line["leaf_hash"] for line in said["receipts"])
    signature = said["batch"]["signature"]
    return [
        Given(
            line["id"], line["entry_id"], line["leaf_hash"], line["recorded_at"], signature, batch
        )
        for line in said["receipts"]
    ]
