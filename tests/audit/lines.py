"""Plain lines in a log: written through the log's own verb, by this connection or by another."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connection, connections, transaction

from audit import tripwires
from audit.header import Header, leaf_hash, rfc3339, uuid7
from audit.log import Appended, Draft, append_many


def write(count: int = 1, body: bytes = b"a line") -> list[Appended]:
    """Append lines in one transaction and commit it."""
    drafts = [Draft("policy", "", "system:test", body + b" %d" % n) for n in range(count)]
    with transaction.atomic():
        return append_many(drafts)


def insert(session: psycopg.Connection[Any], count: int = 1) -> list[UUID]:
    """Insert lines by a session of the test's own, whose transaction the test ends itself."""
    ids = []
    for _ in range(count):
        id_, body = uuid7(), b"a line"
        (at,) = session.execute("SELECT clock_timestamp()").fetchone()
        header = Header(
            id=id_,
            kind="policy",
            use_case="",
            actor="system:test",
            recorded_at=rfc3339(at),
            body_alg="none",
            body_len=len(body),
            body_sha256=sha256(body).hexdigest(),
            log=settings.AUDIT_ORIGIN,
        ).to_bytes()
        session.execute(
            "INSERT INTO audit_entry (id, recorded_at, header, leaf_hash) VALUES (%s, %s, %s, %s)",
            [id_, at, header, leaf_hash(header)],
        )
        session.execute(
            "INSERT INTO audit_entry_body (id, sha256, body) VALUES (%s, %s, %s)",
            [id_, sha256(body).digest(), body],
        )
        ids.append(id_)
    return ids


def leaves() -> list[tuple[int, UUID, bytes]]:
    """Every leaf: index, entry, hash."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT leaf_index, entry_id, leaf_hash FROM audit_entry_leaf ORDER BY leaf_index"
        )
        return [(row[0], row[1], bytes(row[2])) for row in cursor]


def order() -> list[UUID]:
    """The entries in the order of the log."""
    return [entry_id for _, entry_id, _ in leaves()]


def in_child(act: Callable[[], object], **environment: str) -> int:
    """Run ``act`` in a forked process; its exit status, negative when a signal killed it."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.environ.update(environment)
            act()
            status = 0
        except Exception:  # noqa: BLE001
            traceback.print_exc()
        finally:
            os._exit(status)
    _, raw = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(raw)


TABLES = (
    "audit_entry",
    "audit_entry_body",
    "audit_entry_leaf",
    "audit_tile",
    "audit_checkpoint",
    "audit_claim",
)


@contextmanager
def ruler_of(url: str, cluster: Any) -> Iterator[psycopg.Connection[Any]]:
    """A superuser of a throw-away database who has taken every guard down, for good."""
    name = url.rpartition("/")[2].partition("?")[0]
    with psycopg.connect(cluster.superuser_dsn(name), autocommit=True) as ruler:
        tripwires.lift(ruler)
        for table in TABLES:
            ruler.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield ruler
