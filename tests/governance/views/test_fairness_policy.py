"""/fairness/<slug>/policy/: what holds, all there were, and setting another at its fields."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from fairness.policies import policies, policy
from governance.demo.decisions import USE_CASE
from tests.factories import World
from tests.governance.views.alarming import POLICY, state
from tests.governance.views.conftest import cells, said
from tests.governance.views.house import id_of, main, queries, strict, text

PAGE = f"/fairness/{USE_CASE}/policy/"
GIVEN = {
    "favourable": "approve\n",
    "positive": "repaid",
    "sources": "ledger\nbureau",
    "intersections": "sex, age_band",
    "low": "0",
    "high": "1",
    "direction": "lower_favourable",
    "ratio": "0.8",
    "ratio_margin": "0.1",
    "difference": "0.1",
    "difference_margin": "0.05",
    "least": "30",
    "shown": "10",
    "confidence": "0.95",
    "adjustment": "holm",
    "window_days": "90",
    "segments-rows": "3",
    "segment-0-name": "sex",
    "segment-0-purpose": "detecting discrimination",
    "segment-0-protected": "on",
    "segment-1-name": "age_band",
    "segment-1-purpose": "detecting discrimination",
    "segment-2-name": "",
    "monitors-rows": "2",
    "monitor-0-segment": "",
    "monitor-0-metric": "recall",
    "monitor-1-segment": "sex",
    "monitor-1-metric": "selection_rate",
    "monitor-1-least_ratio": "0.8",
    "monitor-1-alpha": "0.02",
}


def put(client: Client, **changed: str) -> Any:
    return client.post(PAGE, {**GIVEN, **changed})


@pytest.mark.parametrize("who", ["olu", "carla"])
def test_setting_it(world: World, who: str) -> None:
    vera = f"user:{id_of('vera')}"
    answer = put(world.client(who), **{"monitor-1-owner": vera, "retrain_on_breach": "on"})
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    found = policy(USE_CASE)
    assert found is not None
    content = found.content
    assert (content.favourable, content.sources) == (("approve",), ("ledger", "bureau"))
    assert content.intersections == (("sex", "age_band"),)
    kept = {name: one.protected for name, one in content.segments.items()}
    assert kept == {"sex": True, "age_band": False}
    (monitor,) = content.monitors
    assert (monitor.segment, monitor.least_ratio, monitor.alpha) == ("sex", 0.8, 0.02)
    assert (monitor.owner, content.retrain_on_breach) == (vera, True)
    # The form holds what holds, so that sending it again changes nothing.
    page = world.client(who).get(PAGE)
    assert page.context["page"].facts[0].value == "Policy 1"
    assert "Vera Novak" in main(page)
    again = put(world.client(who), **{"monitor-1-owner": vera, "retrain_on_breach": "on"})
    assert (again.status_code, len(policies(USE_CASE))) == (302, 1)


WRONG: tuple[tuple[dict[str, str], str, str], ...] = (
    ({"favourable": " "}, "favourable", "At least one label"),
    ({"sources": "a\na"}, "sources", "Different texts"),
    ({"high": "0"}, "high", "Above low."),
    ({"ratio": "1.2"}, "ratio", "At most 1"),
    ({"ratio": "four fifths"}, "ratio", "A number, such as 0.8."),
    ({"least": "5"}, "least", "At least shown"),
    ({"least": "2.5"}, "least", "A whole number."),
    ({"confidence": "95"}, "confidence", "From 0.5"),
    ({"window_days": "0"}, "window_days", "From 1"),
    ({"intersections": "sex, shoe"}, "intersections", "Segments that this policy names."),
    ({"segment-0-purpose": ""}, "segment-0-purpose", "What it may be used for."),
    ({"segment-0-name": "a:b"}, "segment-0-name", "A name without a colon."),
    ({"segment-1-name": "sex"}, "segment-1-name", "This segment is named twice."),
    ({"monitor-1-segment": "shoe"}, "monitor-1-segment", "A segment that this policy names."),
    ({"monitor-1-alpha": "0.9"}, "monitor-1-alpha", "at most 0.5"),
    ({"monitor-1-alpha": "few"}, "monitor-1-alpha", "A number, such as 0.01."),
    ({"monitor-1-least_ratio": "2"}, "monitor-1-least_ratio", "at most 1."),
    ({"monitor-1-metric": "luck"}, "monitor-1-metric", "luck is not one of"),
)


def test_what_is_wrong_is_said_at_its_field(world: World) -> None:
    client = world.client("olu")
    for changed, field, sentence in WRONG:
        answer = put(client, **changed)
        assert answer.status_code == 200
        place = main(answer).partition(f'id="id_{field}_error"')[2].partition("</div>")[0]
        assert sentence in place, changed
    assert policy(USE_CASE) is None


def test_one_more_row_keeps_what_was_given_and_judges_nothing(world: World) -> None:
    answer = put(world.client("olu"), more="monitors", ratio="odd")
    forms = answer.context["forms"]
    assert (len(forms.segments), len(forms.monitors), forms.errors) == (3, 3, [])
    assert 'value="odd"' in main(answer) and 'name="segments-rows" value="3"' in main(answer)
    assert policy(USE_CASE) is None
    many = put(world.client("olu"), more="segments", **{"segments-rows": "999"})
    assert len(many.context["forms"].segments) == 40


def test_all_there_were_and_what_changed(world: World) -> None:
    state()
    state(confidence=0.9, monitors=[])
    page = said(world, "carla", PAGE)
    assert [row[::3] for row in cells(page.history)] == [
        ["Policy 2", "monitors, confidence"],
        ["Policy 1", "the first one"],
    ]
    older = said(world, "carla", f"{PAGE}?number=1")
    assert (older.may, older.banner.title) == (False, "Policy 1 is not in force any more")
    assert cells(older.held.monitors)[0][:2] == ["Selection rate", "sex"]
    for odd in ("7", "x", "%00"):
        assert world.client("carla").get(f"{PAGE}?number={odd}").status_code == 404


def test_a_change_that_facts_depend_on_says_that_they_are_derived_anew(world: World) -> None:
    state(segments={**POLICY["segments"], "age_band": {"purpose": "p"}})
    assert said(world, "olu", PAGE).banner.title == "Being derived anew"


def test_only_who_may_is_offered_the_form_and_heard(world: World) -> None:
    empty = world.client("dana").get(PAGE)
    assert "Nobody has set one yet" in text(empty)
    state()
    page = world.client("dana").get(PAGE)
    assert "Set another" not in text(page)
    assert page.context["page"].held.title == "Policy 1"
    assert put(world.client("dana")).status_code == 403
    assert world.client("rita").get(PAGE).status_code == 403
    assert world.client("hal").get(PAGE).status_code == 404
    assert put(world.client("hal")).status_code == 404
    assert put(strict(world, "olu")).status_code == 403
    assert len(policies(USE_CASE)) == 1


def test_queries_do_not_grow_with_the_history(world: World) -> None:
    state()
    client = world.client("olu")
    before = queries(lambda: client.get(PAGE))
    for confidence in (0.8, 0.85, 0.9):
        state(confidence=confidence)
    assert queries(lambda: client.get(PAGE)) == before <= 20
