"""When the demonstration's loans were decided on, and when their outcomes became known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from governance.demo.applications import applications
from governance.demo.decisions import LAGS, SOONEST, SPREAD, decision_id, lag, outcomes

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ROWS = [row for row in applications() if not row.trains]


def sent() -> list[dict[str, Any]]:
    step = SPREAD / len(ROWS)
    return [
        {
            "id": decision_id(row),
            "decided_at": (NOW - (len(ROWS) - at) * step).isoformat(),
            "output": {"label": "deny" if row.number % 4 == 0 else "approve"},
        }
        for at, row in enumerate(ROWS)
    ]


def test_outcomes_come_late_of_granted_loans_alone() -> None:
    made = {row["id"]: row for row in sent()}
    found = outcomes(ROWS, sent(), now=NOW)
    granted = [row for row in made.values() if row["output"]["label"] == "approve"]
    assert 0.4 * len(granted) < len(found) < 0.8 * len(granted)
    by_id = {decision_id(row): row for row in ROWS}
    for one in found:
        decision = made[one["decision"]]
        assert decision["output"]["label"] == "approve"
        late = datetime.fromisoformat(one["observed_at"]) - datetime.fromisoformat(
            decision["decided_at"]
        )
        assert timedelta(days=SOONEST - 1) < late < timedelta(days=SOONEST + LAGS)
        assert datetime.fromisoformat(one["observed_at"]) <= NOW
        # The label is the source's own.
        assert one["label"] == ("repaid" if by_id[one["decision"]].repaid else "not_repaid")
    # The newest decisions have none yet.
    assert not {one["decision"] for one in found} & {row["id"] for row in sent()[-50:]}


def test_a_later_start_says_the_same_and_more() -> None:
    first = outcomes(ROWS, sent(), now=NOW)
    later = outcomes(ROWS, sent(), now=NOW + timedelta(days=60))
    assert [one for one in later if one in first] == first
    assert len(later) == sum(row["output"]["label"] == "approve" for row in sent())


def test_lags_differ() -> None:
    assert len({lag(row) for row in ROWS}) > 20
