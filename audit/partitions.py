"""Monthly partitions of entries and bodies, made before they are needed.

An entry's id is a UUIDv7, so a range of ids is a range of time. There is no default partition: it
would hide an entry whose clock is wrong, and could not be split again without touching its rows.
The owner's function below makes partitions; the application may call it, though it may make no
table of its own. So a heartbeat keeps months ahead without holding the owner's password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from django.db import connection

PARENTS: Final = ("audit_entry", "audit_entry_body")
BEHIND: Final = 1
AHEAD: Final = 3
ALARM: Final = 2  # fewer months ahead than this is a guard not held

# A new partition is made whole beside its parent and then attached: ATTACH waits for no reader and
# stops no writer, where CREATE TABLE … PARTITION OF would lock the whole log. Row triggers and
# indexes come with ATTACH; TRUNCATE triggers do not, so it has its own before anybody can reach it.
# A crash anywhere leaves nothing: it is all one transaction.
_MAKER: Final = """
CREATE OR REPLACE FUNCTION audit_make_partitions(behind integer, ahead integer)
RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = {schema}, pg_temp SET lock_timeout = '5s' AS $maker$
DECLARE
  month timestamp;
  parent text;
  part text;
BEGIN
  IF behind NOT BETWEEN 0 AND 24 OR ahead NOT BETWEEN 0 AND 24 THEN
    RAISE EXCEPTION 'between 0 and 24 months behind and ahead, not % and %', behind, ahead;
  END IF;
  -- Two makers at once: the second waits here and then finds the work done.
  PERFORM pg_advisory_xact_lock(hashtextextended('audit.partitions', 0));
  FOR month IN
    SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => n)
    FROM generate_series(-behind, ahead) n
  LOOP
    FOREACH parent IN ARRAY ARRAY['audit_entry', 'audit_entry_body'] LOOP
      part := parent || to_char(month, '_YYYY_MM');
      CONTINUE WHEN EXISTS (
        SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = parent::regclass AND c.relname = part);
      EXECUTE format(
        'CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)',
        part, parent);
      EXECUTE format(
        'CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON %I '
        'FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()', part);
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_no_truncate', part);
      EXECUTE format(
        'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        parent, part, audit_first_id(month), audit_first_id(month + interval '1 month'));
      EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER audit_no_change', part);
      RETURN NEXT part;
    END LOOP;
  END LOOP;
END $maker$
"""

_FIRST_ID: Final = """
CREATE OR REPLACE FUNCTION audit_first_id(at timestamp)
RETURNS uuid LANGUAGE sql IMMUTABLE STRICT AS $id$
  SELECT rpad(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0'), 32, '0')::uuid
$id$
"""

_FOUND: Final = """
SELECT p.relname, c.relname, i.inhdetachpending
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_class p ON p.oid = i.inhparent
WHERE p.oid IN ('audit_entry'::regclass, 'audit_entry_body'::regclass)
"""
_NAME: Final = re.compile(r"\Aaudit_entry(?:_body)?_(\d{4})_(\d{2})\Z")


@dataclass(frozen=True)
class Partitions:
    """``months_ahead`` counts the months after this one that have both partitions, without a gap.

    It is -1 when the present month has none, and the log can take no entry.
    """

    names: tuple[str, ...]
    months_ahead: int
    until: date | None


def install() -> None:
    """Make or renew the maker, as the owner of the log's tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        (schema,) = cursor.fetchone()
        cursor.execute(_FIRST_ID)
        cursor.execute(_MAKER.format(schema=schema))
        # Whoever may call it may add empty partitions within two years, and nothing else.
        cursor.execute("REVOKE ALL ON FUNCTION audit_make_partitions(integer, integer) FROM PUBLIC")


def ensure(*, behind: int = BEHIND, ahead: int = AHEAD) -> list[str]:
    """Have partitions from ``behind`` months ago to ``ahead`` months from now (0 to 24 each).

    Returns the names of those made; safe to repeat and to run twice at once. Months are UTC.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_make_partitions(%s, %s)", [behind, ahead])
        return [name for (name,) in cursor.fetchall()]


def state(*, today: date | None = None) -> Partitions:
    """What partitions there are, as seen from ``today`` (UTC)."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND)
        found = cursor.fetchall()
    whole = {parent: set[tuple[int, int]]() for parent in PARENTS}
    for parent, name, detaching in found:
        month = _NAME.match(name)
        if month and not detaching:
            whole[parent].add((int(month[1]), int(month[2])))
    both = set.intersection(*whole.values())
    ahead, month_after = _count_ahead(both, today or datetime.now(UTC).date())
    names = tuple(sorted(name for _parent, name, _detaching in found))
    return Partitions(names=names, months_ahead=ahead, until=month_after if ahead >= 0 else None)


def _count_ahead(months: set[tuple[int, int]], today: date) -> tuple[int, date]:
    month = today.replace(day=1)
    count = -1
    while (month.year, month.month) in months:
        count += 1
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return count, month
