"""Plays the demonstration through the public API: records, waits, reports outcomes, says what to look at."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sklearn.pipeline import Pipeline
from tqdm import tqdm

from governance.demo.applications import Application
from governance.demo.client import Client
from governance.demo.decisions import decisions, outcomes
from runtime.faults import RuntimeFault

# So many are posted one by one, as an application would; the rest goes in bulk.
SINGLY = 40
BATCH = 90


def play(
    client: Client, outbox: Path, model: Pipeline, rows: Sequence[Application]
) -> list[dict[str, Any]]:
    """Record every held-out application, wait until each is proven and explained, report outcomes known by now.

    Returns the decisions as sent. They are kept in ``outbox`` before the first is posted, so that another start, or one
    after a crash, repeats them word for word: the service answers with the first receipts and records nothing twice.
    """
    sent = kept(outbox, lambda: decisions(model, rows, now=datetime.now(UTC)))
    record(client, sent)
    await_all("Sequenced and signed", len(sent), lambda: included(client, sent))
    shown = shown_first(sent)
    await_all("Explained", len(sent), lambda: explained(client, sent, shown))
    report(client, outcomes(rows, sent, now=datetime.now(UTC)))
    return sent


def kept(outbox: Path, make: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows in the file; they are made and written there first when it does not exist."""
    if not outbox.exists():
        draft = outbox.with_suffix(".draft")
        draft.write_text("".join(json.dumps(row) + "\n" for row in make()))
        draft.replace(outbox)
    return [json.loads(line) for line in outbox.read_text().splitlines()]


def record(client: Client, sent: list[dict[str, Any]]) -> None:
    with progress(len(sent), "Decisions recorded") as bar:
        for decision in sent[:SINGLY]:
            client.post("decisions", decision)
            bar.update()
        for batch in batches(sent[SINGLY:]):
            client.post_lines("decisions/bulk", batch)
            bar.update(len(batch))


def report(client: Client, reports: list[dict[str, Any]]) -> None:
    with progress(len(reports), "Outcomes reported") as bar:
        for batch in batches(reports):
            client.post_lines("outcomes/bulk", batch)
            bar.update(len(batch))


def progress(total: int, title: str) -> tqdm[Any]:
    """A bar; in a file or a pipe, where each state stays, one every ten seconds."""
    pause = 0.1 if sys.stderr.isatty() else 10.0
    # No rate: a wait of minutes for one thing would be told in things per second.
    form = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}]"
    return tqdm(total=total, desc=title, mininterval=pause, bar_format=form)


def batches(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def included(client: Client, sent: list[dict[str, Any]]) -> int:
    """How many decisions are below the published checkpoint; the last one's receipt speaks for all before it."""
    if client.get(f"decisions/{sent[-1]['id']}/receipt")["status"] == "included":
        return len(sent)
    return 0


def shown_first(sent: list[dict[str, Any]]) -> dict[str, Any]:
    """The decision the demonstration points at: the first denial."""
    return next(row for row in sent if row["output"]["label"] == "deny")


def explained(client: Client, sent: list[dict[str, Any]], shown: dict[str, Any]) -> int:
    """How many of a sample spread over all, and of the one to be shown, are explained, scaled to all."""
    # Not all: each answer is noted as an access, and 400 of them would fill the first page of the log.
    sample = [shown, *sent[:: max(1, len(sent) // 20)]]
    ready = sum(state(client, row["id"]) == "ready" for row in sample)
    return len(sent) * ready // max(1, len(sample))


def state(client: Client, key: str) -> str:
    return str(client.get(f"decisions/{key}/why", audience="reviewer")["explanation"]["state"])


def await_all(title: str, total: int, count: Callable[[], int], patience: float = 300.0) -> None:
    """A progress bar until ``count`` reaches ``total``; a clear sentence when nothing has moved for ``patience`` s."""
    deadline = time.monotonic() + patience
    with progress(total, title) as bar:
        while bar.n < total:
            news = count() - bar.n
            bar.update(news)
            deadline = time.monotonic() + patience if news else deadline
            if time.monotonic() > deadline:
                raise RuntimeFault(
                    f"{title}: {bar.n} of {total}, and nothing for {patience:.0f} s; see var/log."
                )
            time.sleep(0.2)
