"""/fairness/<slug>/policy/: what holds, all there were, and setting another at its fields."""

from __future__ import annotations

from html.parser import HTMLParser
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

WATCHED: dict[str, Any] = {
    "floors": [
        {"metric": "recall", "least": 1 / 3, "alpha": 0.00001, "owner": "user:left-since"},
        {"metric": "accuracy", "least": 0.8},
    ],
    "drift": {
        "psi": 0.25,
        "limits": {"a/b=c": 0.1, "output.score": 1 / 7},
        "features": ["output.score", "a/b=c", "age"],
        "alpha": 0.005,
        "least": 250,
        "owner": "user:left-since",
    },
}
DRIFT = {
    "drift-on": "on",
    "drift-psi": "0.2",
    "drift-alpha": "0.01",
    "drift-least": "100",
    "drift-features": "",
    "drift-limits": "",
}


class Sent(HTMLParser):
    """What a browser sends of the policy's form on a page when nothing in it is touched."""

    def __init__(self, page: Any) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self.inside, self.name = False, ""
        self.feed(page.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self.inside = "policy-form" in (given.get("class") or "")
        elif not self.inside:
            return
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.data[name] = given.get("value") or ("on" if "checked" in given else "")
        elif tag in ("select", "textarea"):
            self.name = name
            self.data[name] = ""
        elif tag == "option" and "selected" in given:
            self.data[self.name] = given.get("value") or ""

    def handle_data(self, data: str) -> None:
        if self.inside and self.lasttag == "textarea":
            self.data[self.name] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.lasttag = ""
            self.data[self.name] = self.data[self.name].removeprefix("\n")
        elif tag == "form":
            self.inside = False


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


# An empty row stands before it, so that places in the policy are not those on the page.
FLOORED = {
    "floors-rows": "2",
    "floor-0-metric": "",
    "floor-1-metric": "recall",
    "floor-1-least": "0.7",
    "floor-1-alpha": "",
}
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
    ({**FLOORED, "floor-1-least": "1"}, "floor-1-least", "Above 0 and below 1."),
    ({**FLOORED, "floor-1-least": "half"}, "floor-1-least", "A number, such as 0.8."),
    ({**FLOORED, "floor-1-least": ""}, "floor-1-least", "or choose no rate"),
    ({**FLOORED, "floor-1-metric": ""}, "floor-1-metric", "or leave its limit empty"),
    ({**FLOORED, "floor-1-alpha": "0.9"}, "floor-1-alpha", "at most 0.5"),
    ({**FLOORED, "floor-1-owner": "x" * 121}, "floor-1-owner", "At most 120"),
    ({**DRIFT, "drift-psi": "0"}, "drift-psi", "Above 0 and at most 100."),
    ({**DRIFT, "drift-psi": ""}, "drift-psi", "A number."),
    ({**DRIFT, "drift-alpha": "0.9"}, "drift-alpha", "at most 0.5"),
    ({**DRIFT, "drift-least": "29"}, "drift-least", "From 30 to 1,000,000."),
    ({**DRIFT, "drift-owner": "x" * 121}, "drift-owner", "At most 120"),
    ({**DRIFT, "drift-features": "a\na"}, "drift-features", "Different names"),
    ({**DRIFT, "drift-limits": "a/b = 0"}, "drift-limits", "a/b: Above 0"),
    ({**DRIFT, "drift-limits": "age = nan"}, "drift-limits", "age: Above 0"),
    ({**DRIFT, "drift-limits": "age = 1\nage = 2"}, "drift-limits", "age is named twice."),
    ({**DRIFT, "drift-limits": "age 0.2"}, "drift-limits", "“age 0.2” is not of the form"),
    ({**DRIFT, "drift-limits": "a\0 = 0.2"}, "drift-limits", "ull characters"),
    ({"sources": "a\0"}, "sources", "ull characters"),
    ({**DRIFT, "drift-limits": "= 0.2"}, "drift-limits", "is not of the form"),
    (
        {**DRIFT, "drift-features": "age", "drift-limits": "sex = 1"},
        "drift-limits",
        "sex: A feature that is judged.",
    ),
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


def test_floors_and_drift_are_set(world: World) -> None:
    vera = f"user:{id_of('vera')}"
    told = {"drift-features": "age\n\nsex", "drift-limits": "age = 0.3", "drift-owner": vera}
    assert put(world.client("olu"), **{**FLOORED, **DRIFT, **told}).status_code == 302
    found = policy(USE_CASE)
    assert found is not None and found.content.drift is not None
    (floor,) = found.content.floors
    assert (floor.metric, floor.least, floor.alpha, floor.owner) == ("recall", 0.7, 0.01, "")
    drift = found.content.drift
    assert (drift.features, drift.limits, drift.owner) == (("age", "sex"), {"age": 0.3}, vera)


def test_what_is_sent_back_unchanged_changes_nothing(world: World) -> None:
    state(**WATCHED, confidence=0.9123456789012345, limits={"ratio": 0.1 + 0.2})
    # More rows than a page adds.
    many = [{"metric": "precision", "least": at / 100} for at in range(1, 46)]
    for floors in (WATCHED["floors"], many):
        state(**{**WATCHED, "floors": floors})
        before = len(policies(USE_CASE))
        answer = world.client("olu").post(PAGE, Sent(world.client("olu").get(PAGE)).data)
        assert (answer.status_code, len(policies(USE_CASE))) == (302, before)
    state(**WATCHED, confidence=0.9123456789012345, limits={"ratio": 0.1 + 0.2})
    data = Sent(world.client("olu").get(PAGE)).data
    assert world.client("olu").post(PAGE, data).status_code == 302
    assert len(policies(USE_CASE)) == 4
    # Switched off, what is in its fields is neither taken nor judged.
    data["drift-psi"] = "odd"
    del data["drift-on"]
    assert world.client("olu").post(PAGE, data).status_code == 302
    newest, before_it = policies(USE_CASE)[:2]
    assert (newest.content.drift, newest.content.floors) == (None, before_it.content.floors)


def test_one_more_floor_keeps_what_was_typed_of_drift(world: World) -> None:
    typed = {**FLOORED, **DRIFT, "drift-limits": "age = lots", "floor-1-least": "odd"}
    answer = put(world.client("olu"), **typed, more="floors")
    data = Sent(answer).data
    assert answer.context["forms"].errors == []
    assert data["floors-rows"] == "3" and "floor-2-metric" in data
    assert {name: data[name] for name in typed if name != "floors-rows"} == {
        name: value for name, value in typed.items() if name != "floors-rows"
    }


def test_floors_and_drift_are_read_in_plain_words(world: World) -> None:
    state()
    state(**{**WATCHED, "floors": WATCHED["floors"][:1]})
    state(**WATCHED)
    state(**{**WATCHED, "drift": {"psi": 0.3}})
    state()
    page = said(world, "dana", PAGE)
    assert [cell[3] for cell in cells(page.history)] == [
        "floors, drift opens no alerts any more",
        "limits of drift",
        "floors",
        "floors, drift opens alerts",
        "the first one",
    ]
    assert (page.held.rows[-1].value, page.held.floors_say) == ("opens no alert", "")
    older = world.client("dana").get(f"{PAGE}?number=3")
    held = older.context["page"].held
    assert cells(held.floors)[0] == ["Recall", "0.333333", "0.001000\u202f%", "user:left-since"]
    words = text(older)
    for part in (
        "above a PSI of 0.25",
        "a/b=c 0.1; output.score 0.142857",
        "the chance of ever a false alert about a version",
        "the chance of ever an alert, however long",
        "from 250 decisions",
    ):
        assert part in words, part


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
