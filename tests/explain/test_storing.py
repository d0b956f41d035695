"""Rows of a batch, settled by one statement: what is read back is what was said of each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from explain.models import Explanation
from explain.storing import BLANK, COLUMNS, write

NOW = datetime(2026, 11, 27, 12, 0, 0, 123456, tzinfo=UTC)


def waiting(count: int) -> list[UUID]:
    rows = [
        Explanation(entry_id=uuid4(), use_case="c", model_ref="m@1", lease=uuid4(), lease_until=NOW)
        for _ in range(count)
    ]
    Explanation.objects.bulk_create(rows)
    return [row.entry_id for row in rows]


def settled(**said: Any) -> dict[str, Any]:
    return {**BLANK, "state": "ready", "computed_at": NOW, "log_entry": uuid4(), **said}


@pytest.mark.django_db
def test_each_row_gets_its_own_values_and_no_other_row_is_touched() -> None:
    first, second, third, other = waiting(4)
    libraries = {"numpy": "2.4.6", "ü": "1"}
    said = {
        first: settled(
            phi=[0.1, -0.0, 5e-324, 1.7976931348623157e308], errors=[0.5] * 4, base=0.3, libraries=libraries,
            notes=["One.", "Zwei: ü"], explained="bäd", method="trees",
        ),
        second: settled(phi=[1.5, 2.5], notes=[], libraries=libraries, lime_weights=[7.0, 8.0], score=1 / 3),
        third: settled(state="refused", detail="No.", cause="unreachable"),
    }  # fmt: skip
    with transaction.atomic():
        write(said)
    for entry_id, values in said.items():
        row = Explanation.objects.get(entry_id=entry_id)
        assert {name: getattr(row, name) for name in COLUMNS} == values
        assert (row.lease, row.lease_until) == (None, None)
    untouched = Explanation.objects.get(entry_id=other)
    assert (untouched.state, untouched.lease_until, untouched.phi) == ("pending", NOW, None)
