"""Lines of a log for tests: written as the verbs write them, sequenced and projected at will."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import psycopg
from django.db import connection, transaction

from audit import claims, decisions, projections, sequencer, subjects, tripwires
from audit.keys import key_store
from audit.log import Appended, Draft, append_many
from tests.audit.voices import PlainVoice

CASE = "consumer-credit"
CASES = frozenset({CASE, "hiring"})
# Some days ago at noon: decisions may be told a year late, but not ahead of their time.
START = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=3)


def decision_body(number: int = 1, **changes: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "id": f"app-{number}",
        "use_case": CASE,
        "model": "credit-risk",
        "version": "1.0.0",
        "decided_at": (START + timedelta(minutes=number)).isoformat(),
        "subject": f"cust-{number}",
        "inputs": {"months": number},
        "features": {"months": number, "purpose": "car"},
        "output": {"label": "deny" if number % 3 == 0 else "approve", "score": number / 7},
        "trace_id": f"trace-{number}",
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def decide(bodies: Iterable[dict[str, Any]], voice: PlainVoice | None = None) -> list[Appended]:
    """Record these decisions in one transaction; their entries in the same order."""
    lines = [orjson.dumps(body) for body in bodies]
    voice = voice or PlainVoice(where=None, known=CASES)
    return [
        receipt.entry
        for receipt in decisions.record_many(voice=voice, lines=lines, on_error="fail").receipts
    ]


def decide_some(count: int, first: int = 1, **changes: Any) -> list[Appended]:
    return decide(decision_body(number, **changes) for number in range(first, first + count))


def report(of: Appended, number: int = 1, **changes: Any) -> Appended:
    """Record an outcome of a decision, sealed for its person."""
    subject = orjson.loads(of.header)["subject"]
    body = {
        "decision": str(of.id),
        "id": f"out-{number}",
        "label": "repaid",
        "value": 1.0,
        "source": "ledger",
        "observed_at": START.isoformat(),
        **changes,
    }
    draft = Draft(
        kind="outcome",
        use_case=CASE,
        actor="key:test",
        body=orjson.dumps(body),
        subject=subjects.key(UUID(subject)),
        ref=of.id,
    )
    claim = claims.of_outcome(of.id, body["id"], draft.body, key_store())
    with transaction.atomic():
        line = append_many([draft])[0]
        claims.take_many([(claim, line.id)])
        return line


def destroy_key(subject: UUID) -> None:
    """Erase as the erasure verb does, without its rules: the key, and the line about it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL, erased_at = now() "
            "WHERE id = %s",
            [subject],
        )
        body = orjson.dumps({"reason": "request"})
        (line,) = append_many([Draft("erasure", CASE, "user:privacy", body, pseudonym=subject)])
        claims.take_many([(claims.of_erasure(subject, body, key_store()), line.id)])


def subject_of(line: Appended) -> UUID:
    return UUID(orjson.loads(line.header)["subject"])


def settle() -> None:
    """Sequence and project everything that was written."""
    # A new one each time: what a sequencer remembers is of commits, and a test is one transaction.
    sequencer.Sequencer().step()
    projections.catch_up()


@contextmanager
def guards_down(cluster: Any) -> Iterator[psycopg.Connection[Any]]:
    """A superuser who has taken every guard down: what happens here only the tree can tell of."""
    url = cluster.superuser_dsn(connection.settings_dict["NAME"])
    tables = ("audit_entry", "audit_entry_body", "audit_entry_leaf", "audit_claim")
    with psycopg.connect(url, autocommit=True) as superuser:
        tripwires.lift(superuser)
        for table in tables:
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield superuser
        for table in tables:
            for trigger in ("audit_no_change", "audit_no_truncate"):
                superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        tripwires.install(superuser)


def rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, list(values))
        return list(cursor.fetchall())
