"""Event triggers that refuse to weaken the log: a second wall, where a superuser can build it.

They judge the state a command leaves behind, not its words: after any DDL the log's tables must be
whole, attached, owned as before and with every trigger on. So the exceptions need no list.
Migrations that add tables, columns or indexes pass, and so does the partition maker, whose new
table stands alone only while it is empty. A migration that must weaken something on purpose runs
between ``guardlog --lift`` and ``guardlog``.

What no wall inside a database stops: a superuser who drops these triggers or sets
``event_triggers = off``, reassigns everything the owner has at once, edits the catalogs or the
files below the server, or drops the whole database. That is found by the tree and by the
checkpoints held outside, never prevented.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from psycopg import Connection
from psycopg.sql import SQL

from audit.weaknesses import KEPT, PARTITION, partitions_alone, weaknesses

# In a schema of the superuser's: the log's owner may drop whatever lies in a schema of its own.
SCHEMA: Final = "rationale_guard"
_REFUSED: Final = (
    "USING ERRCODE = 'restrict_violation', "
    "HINT = 'For a planned change: manage.py guardlog --lift, the change, manage.py guardlog.'"
)

# DETACH … CONCURRENTLY commits half its work before any trigger can judge the outcome. It runs at
# top level only, so its keyword stands in the query's own text and cannot be hidden by EXECUTE.
_START: Final = """
BEGIN
  IF current_query() ~* 'concurrently' THEN
    RAISE EXCEPTION 'ALTER TABLE … CONCURRENTLY is refused: it could half detach the log' :refused;
  END IF;
END """

_END: Final = """
DECLARE
  found text;
  alone text;
  filled boolean;
BEGIN
  SELECT string_agg(weakness, '; ') INTO found FROM (:weaknesses) x (weakness);
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'the log must stay append-only: %', found :refused;
  END IF;
  FOR alone IN :alone LOOP
    EXECUTE 'SELECT EXISTS (SELECT FROM ' || alone || ')' INTO filled;
    IF filled THEN
      RAISE EXCEPTION 'the log must stay append-only: % is detached, not empty', alone :refused;
    END IF;
  END LOOP;
END """

_DROP: Final = """
DECLARE
  found text;
BEGIN
  SELECT string_agg(object_type || ' ' || object_identity, ', ') INTO found
  FROM pg_event_trigger_dropped_objects()
  WHERE NOT is_temporary AND object_type <> 'index' AND address_names[1] = :schema
    AND (address_names[2] = ANY (ARRAY[:kept, 'audit_refuse']) OR address_names[2] ~ ':partition');
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'the log must stay append-only: dropping % is refused', found :refused;
  END IF;
END """

# ALTER COLUMN … TYPE … USING writes every row anew, past all row triggers.
_REWRITE: Final = """
DECLARE
  name text;
BEGIN
  SELECT relname INTO name FROM pg_class
  WHERE oid = pg_event_trigger_table_rewrite_oid()
    AND relnamespace = to_regnamespace(quote_ident(:schema))
    AND (relname = ANY (ARRAY[:kept]) OR relname ~ ':partition');
  IF name IS NOT NULL THEN
    RAISE EXCEPTION 'the log must stay append-only: rewriting % is refused', name :refused;
  END IF;
END """

_WIRES: Final = (
    ("audit_guard_start", "ddl_command_start", "WHEN TAG IN ('ALTER TABLE')", _START),
    ("audit_guard_end", "ddl_command_end", "", _END),
    ("audit_guard_drop", "sql_drop", "", _DROP),
    ("audit_guard_rewrite", "table_rewrite", "", _REWRITE),
)


def install(connection: Connection[Any]) -> None:
    """Stretch the wires over the log in this database; ``connection`` is a superuser's.

    Raises LookupError when the database holds no log. Repeating renews them.
    """
    schema = _schema_of_the_log(connection)
    with connection.transaction():
        connection.execute(SQL(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        for name, event, when, _source in _WIRES:
            body = source(name, schema)
            for statement in (
                f"DROP EVENT TRIGGER IF EXISTS {name}",
                f"CREATE OR REPLACE FUNCTION {SCHEMA}.{name}() RETURNS event_trigger "
                f"LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $wire${body}$wire$",
                f"CREATE EVENT TRIGGER {name} ON {event} {when} EXECUTE FUNCTION {SCHEMA}.{name}()",
                # As with ordinary triggers: without this, session_replication_role steps over it.
                f"ALTER EVENT TRIGGER {name} ENABLE ALWAYS",
            ):
                connection.execute(SQL(statement))


def lift(connection: Connection[Any]) -> None:
    """Take the wires down; ``connection`` is a superuser's. Pages show them as missing."""
    with connection.transaction():
        for name, *_rest in _WIRES:
            connection.execute(SQL(f"DROP EVENT TRIGGER IF EXISTS {name}"))
        connection.execute(SQL(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))


def expected(schema: str) -> dict[str, str]:
    """Per wire, the SHA-256 (hex) of the function this version installs over ``schema``."""
    return {name: sha256(source(name, schema).encode()).hexdigest() for name, *_rest in _WIRES}


def source(name: str, schema: str) -> str:
    """The PL/pgSQL behind one wire."""
    literal = "'" + schema.replace("'", "''") + "'"
    text = next(wire[3] for wire in _WIRES if wire[0] == name)
    for token, value in {
        ":weaknesses": weaknesses(literal),
        ":alone": partitions_alone(literal),
        ":schema": literal,
        ":kept": ", ".join(f"'{table}'" for table in KEPT),
        ":partition": PARTITION,
        ":refused": _REFUSED,
    }.items():
        text = text.replace(token, value)
    return text


def _schema_of_the_log(connection: Connection[Any]) -> str:
    row = connection.execute(
        "SELECT min(n.nspname), count(*) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relname = 'audit_entry' AND c.relkind = 'p'"
    ).fetchone()
    if row is None or row[1] != 1:
        raise LookupError("This database holds no log, or more than one: run migrate first.")
    return str(row[0])
