"""Use cases, models, and who sees them."""

from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries

from audit.door import Conflict, Forbidden, Invalid, NotFound
from governance.registry import queries
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from tests.governance.conftest import Cast, lines

pytestmark = pytest.mark.django_db


def test_administrators_add_use_cases_and_nobody_else(cast: Cast) -> None:
    added = add_use_case(
        voice=cast.voice("alice"), slug="claims", name="Claims", adverse_labels=["refuse"]
    )
    assert (added.repeated, added.row.adverse_labels) == (False, ("refuse",))
    assert lines()[-1]["body"] == {
        "act": "use_case_added",
        "adverse_labels": ["refuse"],
        "jurisdiction": "",
    }
    for name in ("olu", "carl", "priya", "hal"):
        with pytest.raises(Forbidden):
            add_use_case(voice=cast.voice(name), slug="claims-2", name="Claims")


def test_a_repeated_use_case_is_one_and_another_is_a_conflict(cast: Cast) -> None:
    voice = cast.voice("alice")
    assert add_use_case(
        voice=voice, slug="credit", name="Consumer credit", adverse_labels=["deny"]
    ).repeated
    with pytest.raises(Conflict) as refused:
        add_use_case(voice=voice, slug="credit", name="Credit", adverse_labels=["refuse"])
    pointers = [error["pointer"] for error in refused.value.errors]
    assert pointers == ["/adverse_labels", "/name"]


def test_everybody_sees_their_own_use_cases_only(cast: Cast, credit_model: str) -> None:
    seen = {
        name: [row.slug for row in queries.use_cases(cast.voice(name))]
        for name in ("alice", "rita", "eve", "hal")
    }
    assert seen == {
        "alice": ["credit", "hiring"],
        "rita": ["credit"],
        "eve": ["credit"],
        "hal": ["hiring"],
    }
    assert [row.slug for row in queries.models(cast.voice("rita"))] == ["credit-risk"]
    assert queries.models(cast.voice("hal")) == []
    assert queries.versions(cast.voice("hal")) == []


def test_what_is_hidden_looks_like_what_is_not_there(cast: Cast, credit_model: str) -> None:
    hal = cast.voice("hal")
    said = set()
    for ask in (
        lambda: queries.use_case(hal, "credit"),
        lambda: queries.use_case(hal, "nowhere"),
        lambda: queries.model(hal, "credit-risk"),
        lambda: queries.version(hal, credit_model),
        lambda: add_model(voice=hal, use_case="credit", slug="x", name="X"),
    ):
        with pytest.raises(NotFound) as refused:
            ask()
        said.add(refused.value.detail)
    assert len(said) == 1


def test_a_model_name_taken_elsewhere_is_a_conflict_without_details(
    cast: Cast, credit_model: str
) -> None:
    with pytest.raises(Conflict) as refused:
        add_model(voice=cast.voice("hal"), use_case="hiring", slug="credit-risk", name="Mine")
    assert refused.value.errors == []


def test_the_owner_of_a_model_is_who_adds_it_or_a_known_user(cast: Cast, credit_model: str) -> None:
    olu = cast.voice("olu")
    assert queries.model(olu, "credit-risk").owner_name == "Olu"
    added = add_model(
        voice=olu, use_case="credit", slug="limits", name="Limits", owner=cast.rita.pk
    )
    assert added.row.owner == cast.rita.pk
    with pytest.raises(Invalid):
        add_model(voice=olu, use_case="credit", slug="other", name="Other", owner=uuid4())


def test_lists_cost_the_same_for_one_row_and_for_many(
    cast: Cast, credit_model: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    voice = cast.voice("olu")
    with django_assert_num_queries(2):
        queries.models(voice)
        queries.versions(voice)
    for number in range(4):
        add_model(voice=voice, use_case="credit", slug=f"m{number}", name=f"M{number}")
    with django_assert_num_queries(2):
        queries.models(voice)
        queries.versions(voice)
