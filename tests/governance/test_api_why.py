"""GET /api/v1/decisions/{id}/why, for whom and how."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from governance.demo.decisions import USE_CASE
from governance.keys.issue import issue_key
from tests.factories import HIRING, VOICE, World, world

__all__ = ["world"]


def get(world: World, key: str, acts: tuple[str, ...] = ("why:read",), **query: str) -> Any:
    issued = issue_key(voice=VOICE, name="tests", use_cases=[USE_CASE], acts=acts)
    return Client().get(
        f"/api/v1/decisions/{key}/why", query, headers={"Authorization": f"Bearer {issued.text}"}
    )


def test_answers_the_person_concerned_unless_told_otherwise(world: World) -> None:
    answer = get(world, world.denied)

    assert answer.status_code == 200
    assert answer.json()["audience"] == "subject"
    assert answer.json()["explanation"]["attributions"] == []


def test_has_the_whole_shape(world: World) -> None:
    told = get(world, world.denied, audience="reviewer").json()

    assert list(told) == [
        "audience", "lang", "decision", "model", "role_of_ai", "explanation", "lime", "quality",
        "reasons", "recourse", "review", "outcome", "proof", "timeline",
    ]  # fmt: skip
    assert (told["recourse"]["state"], told["review"]["state"]) == ("not_computed", "not_available")


def test_a_refusal_names_its_cause_and_keeps_scores_from_the_person(world: World) -> None:
    told = {
        name: get(world, world.refused, audience=name).json() for name in ("subject", "reviewer")
    }

    assert {one["explanation"]["cause"] for one in told.values()} == {"output_not_reproduced"}
    assert told["reviewer"]["explanation"]["detail"].startswith(
        "Output not reproduced: the artefact gives 0."
    )
    assert told["subject"]["explanation"]["detail"].startswith("The registered model, asked again,")
    assert "the artefact gives 0." not in str(told["subject"])
    assert get(world, world.denied, audience="reviewer").json()["explanation"]["cause"] == ""


def test_examiners_need_the_act(world: World) -> None:
    assert get(world, world.denied, audience="examiner").status_code == 403
    allowed = get(world, world.denied, ("why:read", "why:examiner"), audience="examiner")
    assert allowed.status_code == 200
    assert allowed.json()["decision"]["segments"] is not None


def test_a_key_without_the_act_is_refused(world: World) -> None:
    assert get(world, world.denied, ("decisions:read",)).status_code == 403


def test_an_id_of_two_use_cases_asks_for_one_of_them(world: World) -> None:
    issued = issue_key(voice=VOICE, name="both", use_cases=[USE_CASE, HIRING], acts=["why:read"])
    base = f"/api/v1/decisions/{world.shared}"

    def ask(method: str, path: str) -> Any:
        return Client().generic(
            method, f"{base}/{path}", content_type="application/json",
            headers={"Authorization": f"Bearer {issued.text}"},
        )  # fmt: skip

    told = [
        ask("GET", "why"),
        ask("GET", "why.pdf"),
        ask("POST", "recourse"),
        ask("POST", "replay"),
    ]
    assert [answer.status_code for answer in told] == [422] * 4
    assert (
        told[0].json()["detail"]
        == f"Several use cases have this id: name one of {USE_CASE}, {HIRING}."
    )
    assert [(one["pointer"], one["code"]) for one in told[0].json()["errors"]] == [
        ("use_case", "ambiguous")
    ]
    assert ask("GET", f"why?use_case={HIRING}").status_code == 200


@pytest.mark.parametrize("key", ["candidate-1", "no-such-decision"])
def test_what_one_may_not_see_looks_like_what_is_not_there(world: World, key: str) -> None:
    answer = get(world, key)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("name", "value"), [("audience", "public"), ("lang", "e"), ("lang", "../etc")]
)
def test_bad_parameters_are_named(world: World, name: str, value: str) -> None:
    answer = get(world, world.denied, **{name: value})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [name]


def test_a_pending_answer_says_when_to_come_again(world: World) -> None:
    answer = get(world, world.pending)

    assert answer.json()["explanation"]["state"] == "pending"
    assert answer.headers["Retry-After"] == "2"


def test_every_reading_is_noted_before_the_answer(world: World) -> None:
    get(world, world.denied, audience="reviewer")

    with connection.cursor() as cursor:
        cursor.execute("SELECT actor, purpose, entry_id::text FROM audit_pending_access")
        (noted,) = cursor.fetchall()
    assert noted[0].startswith("key:")
    assert noted[1:] == ("why:reviewer", world.entry(world.denied))


def test_nothing_is_noted_where_nothing_personal_is_left(world: World) -> None:
    get(world, world.erased)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_pending_access")
        assert cursor.fetchone() == (0,)
