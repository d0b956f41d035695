"""What became of a batch of decisions, written into their rows by one statement.

A statement a row cost more than computing the row's figures did: values travel column by column
instead, as PostgreSQL keeps them. Lists of figures differ in length from version to version, so each
column of them travels as one array, and every row takes its slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import models

from audit import binary
from audit.binary_copy import timestamp
from explain.models import Explanation

CHANNEL: Final = "explain_ready"

# Those of a settled row besides its key. What a result does not name stands as in a new row.
COLUMNS: Final = (
    "state", "detail", "cause", "method", "output_space", "base", "output", "probability", "phi", "residual",
    "recorded_score", "lime_weights", "lime_intercept", "lime_prediction", "lime_r2", "rank_agreement",
    "top4_overlap", "duration_ms", "libraries", "computed_at", "log_entry", "explained", "score", "errors",
    "standard_error", "residual_limit", "deletion", "deletion_random", "insertion", "insertion_random", "stability",
    "notes",
)  # fmt: skip


def _field(name: str) -> Any:
    return Explanation._meta.get_field(name)


BLANK: Final[Mapping[str, Any]] = {name: _field(name).get_default() for name in COLUMNS}
_LISTS: Final = frozenset(name for name in COLUMNS if isinstance(_field(name), ArrayField))


def write(rows: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Settle the rows with these keys, each with a value for every one of COLUMNS, and wake whoever
    waits for one. Their leases end. Needs the transaction in which they are held."""
    keys, values = list(rows), list(rows.values())
    sent = {"entry_id": binary.array(binary.UUID, [key.bytes for key in keys])}
    for name in COLUMNS:
        sent |= _sent(name, [one[name] for one in values])
    binary.framed(_STATEMENT, sent)


def _sent(name: str, column: list[Any]) -> dict[str, bytes]:
    if name not in _LISTS:
        return {name: _array(_field(name), column)}
    ends = list(_ends(column))
    starts = [
        None if one is None else end - len(one) + 1 for one, end in zip(column, ends, strict=True)
    ]
    flat = [item for one in column if one is not None for item in one]
    return {
        name: _array(_field(name).base_field, flat),
        f"{name}_from": binary.integers(starts),
        f"{name}_to": binary.integers(ends),
    }


def _ends(column: Sequence[Sequence[Any] | None]) -> Iterator[Any]:
    """Where each list ends in all of them put together, counted from one; None where there is none."""
    at = 0
    for one in column:
        at += len(one or ())
        yield None if one is None else at


def _array(field: Any, values: Sequence[Any]) -> bytes:
    if isinstance(field, models.FloatField):
        return binary.floats(values)
    if isinstance(field, models.JSONField):
        known: dict[int, str] = {}  # most rows of a batch share one object
        return binary.texts(
            known.get(id(one)) or known.setdefault(id(one), orjson.dumps(one).decode())
            for one in values
        )
    if isinstance(field, models.UUIDField):
        return binary.array(binary.UUID, [value.bytes for value in values])
    if isinstance(field, models.DateTimeField):
        return binary.array(binary.TIMESTAMPTZ, [_moment(value) for value in values])
    return binary.texts(values)


def _moment(value: datetime) -> bytes:
    return timestamp(value).to_bytes(8, "big", signed=True)


def _type(field: Any) -> str:
    if isinstance(field, models.FloatField):
        return "float8[]"
    if isinstance(field, models.UUIDField):
        return "uuid[]"
    return "timestamptz[]" if isinstance(field, models.DateTimeField) else "text[]"


def _statement() -> str:
    """Only the names above are put together here; every value is a parameter."""
    given, named, set_to = ["%(entry_id)b::uuid[]"], ["entry_id"], []
    for name in COLUMNS:
        if name in _LISTS:
            given += [f"%({name}_from)b::int4[]", f"%({name}_to)b::int4[]"]
            named += [f"{name}_from", f"{name}_to"]
            whole = f"%({name})b::{_type(_field(name).base_field)}"
            set_to.append(f"{name} = ({whole})[row.{name}_from:row.{name}_to]")
            continue
        given.append(f"%({name})b::{_type(_field(name))}")
        named.append(name)
        as_json = "::jsonb" if isinstance(_field(name), models.JSONField) else ""
        set_to.append(f"{name} = row.{name}{as_json}")
    return f"""WITH settled AS (
  UPDATE explain_explanation AS e SET lease = NULL, lease_until = NULL, {", ".join(set_to)}
  FROM unnest({", ".join(given)}) AS row ({", ".join(named)})
  WHERE e.entry_id = row.entry_id RETURNING e.entry_id
)
SELECT count(pg_notify('{CHANNEL}', entry_id::text)) FROM settled"""  # noqa: S608


_STATEMENT: Final = _statement()
