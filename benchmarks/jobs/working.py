"""The explain worker with a large model: 500 trees of depth 6, of the demonstration's applications."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import connection

from audit.queries import payloads
from benchmarks.payload import AT, ID, PERSON
from explain import explanations
from explain.computation import Finished, compute
from explain.engines import engine, held
from explain.models import Explanation, Profile
from explain.profiles import register
from explain.specification import Specification
from governance.demo import training
from governance.demo.applications import applications
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL, USE_CASE, decisions
from governance.registry.versions import add_version
from governance.voices import SystemVoice

NUMBER = "2.0.0"
MODEL_REF = f"{MODEL}@{NUMBER}"
_DEPTH = 6


def prepare(trees: int, templates: str) -> dict[str, Any]:
    """Train and register the version, and write templates of its decisions. Returns what the report says of it."""
    voice, rows = SystemVoice("benchmarks"), list(applications())
    learnt = [row for row in rows if row.trains]
    model = training.train(learnt)
    model[-1].set_params(n_estimators=trees, max_depth=_DEPTH)
    model.fit(training.frame(learnt), [int(not row.repaid) for row in learnt])
    artefact = training.artefact(model)
    digest = hashlib.sha256(artefact).hexdigest()
    add_version(voice=voice, model=MODEL, number=NUMBER, artefact_digest=digest)
    register(
        actor=voice.actor,
        use_case=USE_CASE,
        model_ref=MODEL_REF,
        artefact=artefact,
        background=[row.features for row in learnt],
        specification=specification(),
    )
    sent = decisions(model, [row for row in rows if not row.trains], now=datetime.now(UTC))
    marks = {"id": ID, "subject": PERSON, "decided_at": AT, "version": NUMBER}
    Path(templates).write_text("".join(json.dumps({**one, **marks}) + "\n" for one in sent))
    return {"trees": trees, "features": len(specification().names()), "learnt": len(learnt)}


def feed() -> None:
    """Take note of every decision that has its place, so that only explaining is left."""
    while explanations.feed():
        continue


def follow() -> dict[str, float]:
    """Explain all that is due: claimed, computed, stored with its line. Seconds by the clock, and of this process."""
    begun, used, explained = time.perf_counter(), time.process_time(), 0
    while number := explanations.follow():
        explained += number
    return {
        "explained": explained,
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - used,
    }


def kernel(newest: int) -> dict[str, float]:
    """Compute the newest decisions again in batches as the follower's, and keep nothing."""
    tasks = [explanations.task(one) for one in payloads(_newest(newest))]
    ready = engine(Profile.objects.get(model_ref=MODEL_REF))
    begun, used, done = time.perf_counter(), time.process_time(), 0
    for start in range(0, len(tasks), settings.EXPLAIN_BATCH):
        told = compute(ready, tasks[start : start + settings.EXPLAIN_BATCH])
        if not all(isinstance(one, Finished) for one in told):
            raise RuntimeError(f"Not every decision could be explained: {told[:3]}")
        done += len(told)
    return {
        "explained": done,
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - used,
    }


def on_demand(many: int) -> dict[str, float]:
    """Milliseconds of processor time for each decision explained alone: of computing, and of the whole of it."""
    ids = _newest(many)
    tasks = [explanations.task(one) for one in payloads(ids)]
    ready = engine(Profile.objects.get(model_ref=MODEL_REF))
    begun = time.process_time()
    for task in tasks:
        compute(ready, [task])
    computing = time.process_time() - begun
    waiting = Explanation.objects.filter(entry_id__in=ids)
    if waiting.exclude(state=Explanation.State.PENDING).exists():
        raise RuntimeError("A decision was explained before it was asked for.")
    begun = time.process_time()
    for entry_id in ids:
        explanations.explain_one(entry_id)
    whole = time.process_time() - begun
    if waiting.exclude(state=Explanation.State.READY).exists():
        raise RuntimeError("A decision that was asked for is not explained.")
    return {"computing": computing * 1000 / many, "whole": whole * 1000 / many}


def memory(versions: int, bound: int) -> dict[str, float]:
    """Use so many versions, one decision of each, with ``bound`` bytes allowed for what is kept.

    They differ in their seed alone, and so share files and nothing else. Returns MiB: what is kept, what one version
    takes, and the most that this process ever had.
    """
    settings.EXPLAIN_MEMORY_BYTES = bound
    template = Profile.objects.get(model_ref=MODEL_REF)
    first = Specification.from_json(template.specification)
    row = next(row.features for row in applications() if not row.trains)
    kept = largest = 0
    for seed in range(versions):
        said = replace(first, seed=seed).to_json()
        profile = Profile(
            model_ref=f"{MODEL}@9.0.{seed}",
            use_case=USE_CASE,
            artefact_digest=template.artefact_digest,
            artefact_kind=template.artefact_kind,
            artefact_size=template.artefact_size,
            background_digest=template.background_digest,
            background_size=template.background_size,
            specification=orjson.loads(orjson.dumps(said)),
            specification_digest=hashlib.sha256(orjson.dumps(said)).hexdigest(),
        )
        found = engine(profile)
        found.explainer.explain([row])
        kept, largest = max(kept, held()), max(largest, found.nbytes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"kept": kept / 2**20, "one": largest / 2**20, "peak": peak}


def _newest(many: int) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT entry_id FROM explain_explanation WHERE model_ref = %s ORDER BY entry_id DESC LIMIT %s",
            [MODEL_REF, many],
        )
        return [row[0] for row in cursor]
