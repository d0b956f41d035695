"""The walls around the log: set them up after every migrate, and say which of them stand.

First wall: the service's role may add and read, nothing more (audit.grants). Second: triggers that
refuse to change even for the owner and in replica mode. Third, where a superuser can be had: event
triggers that refuse to take the second down (audit.tripwires). Against the superuser no wall
helps; there the tree and the checkpoints held outside tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core import checks
from django.db import connection, transaction

from audit import grants, partitions, tripwires
from audit.weaknesses import APPEND_ONLY, weaknesses

_SCHEMA: Final = """
SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass('audit_entry')
"""
# One row per way around the first wall.
_POWERS: Final = """
WITH r AS (
  SELECT * FROM pg_roles WHERE rolname = %(role)s
), p AS (
  SELECT oid FROM pg_class WHERE relname = ANY (%(log)s) AND relnamespace =
    (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('audit_entry'))
), t AS (
  SELECT c.oid, c.relname, c.relowner FROM pg_class c
  WHERE c.oid IN (SELECT oid FROM p UNION ALL
    SELECT inhrelid FROM pg_inherits WHERE inhparent IN (SELECT oid FROM p))
)
SELECT 'the role does not exist' WHERE NOT EXISTS (SELECT FROM r)
UNION ALL SELECT 'it is a superuser' FROM r WHERE rolsuper
UNION ALL SELECT 'it may make roles' FROM r WHERE rolcreaterole
UNION ALL SELECT 'it can become the owner of ' || min(relname) FROM r, t
  WHERE NOT rolsuper AND pg_has_role(r.oid, t.relowner, 'MEMBER') HAVING count(*) > 0
UNION ALL SELECT 'it may ' || lower(power) || ' ' || min(relname)
  FROM r, t, (VALUES ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('TRIGGER')) x (power)
  WHERE NOT rolsuper AND NOT pg_has_role(r.oid, t.relowner, 'MEMBER')
    AND has_table_privilege(r.oid, t.oid, power) GROUP BY power
UNION ALL SELECT 'this process speaks as ' || current_user
  WHERE %(serving)s AND current_user <> %(role)s
"""
_WIRES: Final = """
SELECT e.evtname, encode(sha256(convert_to(f.prosrc, 'UTF8')), 'hex')
FROM pg_event_trigger e JOIN pg_proc f ON f.oid = e.evtfoid WHERE e.evtenabled = 'A'
"""
# Settings that must not be off, and what to say either way.
_WANTED: Final = {
    "fsync": (
        "What is committed is forced to the disk.",
        "fsync is off: a power cut can lose everything, receipts or not.",
    ),
    "full_page_writes": (
        "Pages torn by a power cut can be mended.",
        "full_page_writes is off: a power cut can leave torn pages.",
    ),
    "synchronous_commit": (
        "A receipt is given after the entry is on the disk.",
        "synchronous_commit is off: a crash loses entries whose receipts were given.",
    ),
    "data_checksums": (
        "Data pages carry checksums.",
        "Data pages carry no checksums: stop the server and run pg_checksums --enable.",
    ),
}


@dataclass(frozen=True)
class Guard:
    """One wall or condition: whether it holds, and a sentence for the person who reads of it."""

    name: str
    held: bool
    detail: str


def secure() -> list[str]:
    """Put up every wall this connection can; tripwires only if it is a superuser's.

    Called at the end of ``migrate``, as the tables' owner; safe to repeat and to run twice at once.
    Returns warnings, each a sentence. Does nothing before the log's tables exist.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if _schema() is None:
            return []
        # Two servers that migrate at once would trip over each other's changes of the catalog.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit.guards', 0))")
        partitions.install()
        partitions.ensure()
        warnings = grants.apply(settings.AUDIT_APP_ROLE)
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        if cursor.fetchone() == (True,):
            tripwires.install(connection.connection)
    return warnings


def state(*, serving: bool = True) -> list[Guard]:
    """Every guard, held or not. ``serving`` False: a command, which may speak as the owner."""
    schema = _schema()
    if schema is None:
        return [Guard("tables", held=False, detail="The log's tables do not exist: run migrate.")]
    return [
        _roles(serving=serving),
        _triggers(schema),
        _wires(schema),
        *_settings(),
        _partitions(),
    ]


def check(*, databases: Sequence[str] | None = None, **_options: Any) -> list[checks.CheckMessage]:
    """Django's system check (``check --database default``): a warning per guard not held."""
    if "default" not in (databases or ()) or _schema() is None:
        return []
    return [
        checks.Warning(guard.detail, id=f"audit.{guard.name}")
        for guard in state(serving=False)
        if not guard.held
    ]


def _schema() -> str | None:
    rows = _rows(_SCHEMA)
    return str(rows[0][0]) if rows else None


def _roles(*, serving: bool) -> Guard:
    role = settings.AUDIT_APP_ROLE
    holes = _rows(_POWERS, {"role": role, "log": list(APPEND_ONLY), "serving": serving})
    if not holes:
        return Guard(
            "roles", held=True, detail=f"The role {role} may add to the log and read it only."
        )
    return Guard("roles", held=False, detail=f"The role {role} is not shut out: {_joined(holes)}.")


def _triggers(schema: str) -> Guard:
    holes = _rows(weaknesses("'" + schema.replace("'", "''") + "'"))
    if not holes:
        detail = "Update, delete and truncate are refused on every table and partition of the log."
        return Guard("append_only", held=True, detail=detail)
    return Guard("append_only", held=False, detail=f"The log could be changed: {_joined(holes)}.")


def _wires(schema: str) -> Guard:
    there = dict(_rows(_WIRES))
    missing = [
        name for name, digest in tripwires.expected(schema).items() if there.get(name) != digest
    ]
    switched_off = _rows("SELECT current_setting('event_triggers', true)") == [("off",)]
    if not missing and not switched_off:
        detail = "Dropping, detaching and disabling are refused by event triggers."
        return Guard("event_triggers", held=True, detail=detail)
    what = "switched off" if switched_off else f"missing or out of date ({', '.join(missing)})"
    detail = f"Event triggers are {what}: with a superuser's URL, run manage.py guardlog."
    return Guard("event_triggers", held=False, detail=detail)


def _settings() -> list[Guard]:
    now = dict(
        _rows("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", [list(_WANTED)])
    )
    return [
        Guard(name, held=now[name] != "off", detail=yes if now[name] != "off" else no)
        for name, (yes, no) in _WANTED.items()
    ]


def _partitions() -> Guard:
    found = partitions.state()
    held = found.months_ahead >= partitions.ALARM
    if held:
        detail = f"Partitions are ready until {found.until}."
    elif found.months_ahead < 0:
        detail = "There is no partition for this month: the log takes no entry. Run makepartitions."
    else:
        detail = f"Partitions end on {found.until}: run makepartitions, and see why nobody did."
    return Guard("partitions", held=held, detail=detail)


def _joined(rows: list[tuple[Any, ...]]) -> str:
    shown = sorted(str(row[0]) for row in rows)[:5]
    return "; ".join(shown) + (f"; and {len(rows) - 5} more" if len(rows) > 5 else "")


def _rows(sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
