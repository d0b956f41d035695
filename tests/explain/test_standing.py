"""Where the explanations of many decisions stand."""

from uuid import UUID, uuid4

import pytest

from explain.models import Explanation
from explain.standing import profiled, standing, unexplained

pytestmark = pytest.mark.django_db
REF, OTHER = "credit-risk@1.0.0", "shortlist@2.1.0"


def explained(state: str, at: int, ref: str = REF) -> UUID:
    row = Explanation.objects.create(
        entry_id=UUID(int=at),
        use_case="credit",
        model_ref=ref,
        state=state,
        detail=f"{state} at {at}",
    )
    return row.entry_id


def test_states_by_entry() -> None:
    ready, pending = explained("ready", 1), explained("pending", 2)
    unknown = uuid4()
    assert standing([ready, pending, unknown]) == {ready: "ready", pending: "pending"}
    assert standing([]) == {}


def test_the_newest_that_were_not_given_come_first() -> None:
    for state, at in (("ready", 1), ("refused", 2), ("failed", 3), ("pending", 4)):
        explained(state, at)
    explained("refused", 9, OTHER)
    found = unexplained([REF])
    assert [(one.state, one.detail) for one in found] == [
        ("failed", "failed at 3"),
        ("refused", "refused at 2"),
    ]
    assert [one.state for one in unexplained([REF], limit=1)] == ["failed"]
    assert unexplained([]) == []


def test_no_profile_no_explanations() -> None:
    assert profiled([REF, OTHER]) == frozenset()
