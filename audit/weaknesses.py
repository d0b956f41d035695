"""What in the database would let somebody change the log: one catalog query, one sentence per hole.

Asked by the pages (audit.guards) and by the event triggers (audit.tripwires) after every DDL, so
that both mean the same by "append-only".
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

APPEND_ONLY: Final = (
    "audit_entry",
    "audit_entry_body",
    "audit_entry_leaf",
    "audit_tile",
    "audit_checkpoint",
    "audit_claim",
)
# The last two change, by rules of their own; but nobody drops, renames or gives them away.
KEPT: Final = (*APPEND_ONLY, "audit_tree_state", "audit_subject")
PARTITION: Final = "^audit_entry(_body)?_[0-9]{4}_[0-9]{2}$|^audit_claim_[0-9]+$"

# The body of audit_refuse() as migrations/0001_log.py makes it: with another, changes could pass.
REFUSAL: Final = """
BEGIN
  RAISE EXCEPTION 'append-only: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END """

_QUERY: Final = """
WITH parent AS (
  SELECT c.* FROM pg_class c
  WHERE c.relnamespace = to_regnamespace(quote_ident(:schema)) AND c.relname = ANY (:kept)
), part AS (
  SELECT c.*, i.inhdetachpending FROM parent p
  JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
), held AS (
  SELECT oid, relname, relowner, relrowsecurity, relpersistence, relkind FROM parent
  UNION ALL
  SELECT oid, relname, relowner, relrowsecurity, relpersistence, relkind FROM part
), fixed AS (
  SELECT oid, relname FROM parent WHERE relname = ANY (:append_only)
  UNION ALL
  SELECT oid, relname FROM part
), refusal AS (
  SELECT f.* FROM pg_proc f WHERE f.oid = to_regprocedure(quote_ident(:schema) || '.audit_refuse()')
)
SELECT name || ' is missing' FROM unnest(:kept) name
WHERE NOT EXISTS (SELECT FROM parent p WHERE p.relname = name)
UNION ALL
SELECT h.relname || ' belongs to another role' FROM held h, parent p
WHERE p.relname = 'audit_tree_state' AND h.relowner <> p.relowner
UNION ALL
SELECT h.relname || ' is not an ordinary, durable, wholly visible table' FROM held h
WHERE h.relpersistence <> 'p' OR h.relkind NOT IN ('r', 'p') OR h.relrowsecurity
UNION ALL
SELECT f.relname || ' has no working trigger ' || t.name
FROM fixed f, (VALUES ('audit_no_change', 27), ('audit_no_truncate', 34)) t (name, type)
WHERE NOT EXISTS (
  SELECT FROM pg_trigger g JOIN refusal r ON r.oid = g.tgfoid
  WHERE g.tgrelid = f.oid AND g.tgname = t.name AND g.tgtype = t.type AND g.tgenabled = 'A'
    AND g.tgqual IS NULL AND g.tgattr::text = '')
UNION ALL
SELECT h.relname || ' has a trigger of somebody else''s, ' || g.tgname
FROM held h JOIN pg_trigger g ON g.tgrelid = h.oid
WHERE NOT g.tgisinternal AND g.tgname NOT IN ('audit_no_change', 'audit_no_truncate')
UNION ALL
SELECT h.relname || ' has a rule, ' || r.rulename
FROM held h JOIN pg_rewrite r ON r.ev_class = h.oid
UNION ALL
SELECT h.relname || ' has lost its check of digests' FROM held h
WHERE h.relname ~ '^audit_entry(_body)?(_[0-9]{4}_[0-9]{2})?$' AND NOT EXISTS (
  SELECT FROM pg_constraint k
  WHERE k.conrelid = h.oid AND k.contype = 'c' AND k.convalidated
    AND k.conname IN ('audit_entry_leaf_is_of_header', 'audit_entry_body_is_digested'))
UNION ALL
SELECT p.relname || ' is half detached, or has no partition''s name' FROM part p
WHERE p.inhdetachpending OR p.relname !~ :partition
UNION ALL
SELECT p.relname || ' has a default partition'
FROM parent p JOIN pg_partitioned_table d ON d.partrelid = p.oid WHERE d.partdefid <> 0
UNION ALL
SELECT 'audit_refuse() is not the function this version made'
WHERE NOT EXISTS (
  SELECT FROM refusal r
  WHERE r.proconfig IS NULL AND encode(sha256(convert_to(r.prosrc, 'UTF8')), 'hex') = :refusal)
UNION ALL
SELECT c.relname || ' exists in the schema ' || n.nspname || ' too'
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY (:kept) AND n.nspname <> :schema AND c.relpersistence <> 't'
"""

# A partition's name on a table that stands alone. Empty it may be one in the making; with rows it
# was detached, and those entries are out of every query's sight.
_ALONE: Final = """
SELECT c.oid::regclass::text FROM pg_class c
WHERE c.relnamespace = to_regnamespace(quote_ident(:schema)) AND c.relname ~ :partition
  AND c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


def weaknesses(schema: str) -> str:
    """SQL giving one text column, a sentence per weakness; no row when the log is append-only.

    ``schema`` is an SQL literal or expression: the name of the schema that holds the log.
    """
    return _fill(_QUERY, schema)


def partitions_alone(schema: str) -> str:
    """SQL naming the tables that have a partition's name and are attached to nothing."""
    return _fill(_ALONE, schema)


def _fill(sql: str, schema: str) -> str:
    for name, value in {
        ":schema": schema,
        ":kept": _array(KEPT),
        ":append_only": _array(APPEND_ONLY),
        ":partition": f"'{PARTITION}'",
        ":refusal": f"'{sha256(REFUSAL.encode()).hexdigest()}'",
    }.items():
        sql = sql.replace(name, value)
    return sql


def _array(names: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(f"'{name}'" for name in names) + "]"
