"""A version's explanations together, as page and over HTTP: who sees what, and at what cost."""

from __future__ import annotations

import re

import pytest

from audit.queries import payloads
from explain import similar
from explain.models import Explanation, Similar
from explain.policies import set_policy
from explain.similar import find_similar
from explain.summaries import summarise
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.factories import World
from tests.governance.views.conftest import noted, said
from tests.governance.views.house import main, queries, text

PAGE = "/models/credit-risk/1.0.0/explanations/"
API = "/api/v1/models/credit-risk/versions/1.0.0/explanations"


@pytest.fixture
def summarised(world: World) -> World:
    assert summarise(MODEL_REF)
    return world


def test_before_a_worker_came_it_says_so(world: World) -> None:
    assert "Nothing to show yet" in text(world.client("olu").get(PAGE))
    assert world.client("olu").get(API).status_code == 404


def test_the_page_shows_what_was_put_together(summarised: World) -> None:
    set_policy(actor="system:test", use_case=USE_CASE, rule="adverse")
    shown = said(summarised, "carla", PAGE)
    assert [tab.label for tab in shown.tabs if tab.current] == ["Explanations"]
    facts = {one.label: one.value for one in shown.facts}
    ready = Explanation.objects.filter(model_ref=MODEL_REF, state="ready").count()
    assert facts["Explained"] == str(ready)
    assert facts["Policy"] == "Adverse only"
    assert len(shown.importance.rows) == 17
    qualities = (*shown.quality_left, *shown.quality_right)
    assert [one.id for one in qualities] == [
        "residual", "lime-r2", "top4-overlap", "stability", "rank-agreement",
    ]  # fmt: skip
    assert sum(int(row.text) for row in qualities[0].chart.rows) == ready
    body = main(summarised.client("carla").get(PAGE))
    assert 'id="importance-chart-title"' in body
    assert 'id="dependence-chart-title"' in body


def test_one_feature_is_chosen_and_an_unknown_one_is_the_heaviest(summarised: World) -> None:
    chosen = said(summarised, "olu", f"{PAGE}?feature=amount")
    assert chosen.dependence.title == "Loan amount: contribution against value"
    heaviest = said(summarised, "olu", PAGE)
    assert heaviest.importance.rows[0].label in heaviest.dependence.title
    assert (
        said(summarised, "olu", f"{PAGE}?feature=%00").dependence.title == heaviest.dependence.title
    )


def test_segments_are_for_those_who_examine(summarised: World) -> None:
    assert [one.caption for one in said(summarised, "carla", PAGE).segments] == [
        "Age band", "Foreign worker", "Sex",
    ]  # fmt: skip
    assert said(summarised, "olu", PAGE).segments == ()
    assert "reviewers judge without segments" in text(summarised.client("olu").get(PAGE))
    examiner, owner = (summarised.client(name).get(API).json() for name in ("carla", "olu"))
    assert [one["name"] for one in examiner["segments"]] == ["age_band", "foreign_worker", "sex"]
    assert owner["segments"] == []
    assert {**examiner, "segments": []} == owner


def test_no_small_group_is_told(summarised: World) -> None:
    told = summarised.client("carla").get(API).json()
    for segment in told["segments"]:
        for group in segment["groups"]:
            assert group["name"] is None or group["n"] >= 10
            assert group["name"] is not None or group["codes"] == {}


def test_strangers_find_nothing(summarised: World) -> None:
    hal = summarised.client("hal")
    for path in (PAGE, API, f"{API}/dependence?feature=amount"):
        assert hal.get(path).status_code == 404


def test_dependence_over_http(summarised: World) -> None:
    olu = summarised.client("olu")
    told = olu.get(f"{API}/dependence?feature=duration_months").json()
    assert (told["label"], told["unit"]) == ("Loan duration", "months")
    assert sum(one["n"] for one in told["bins"]) == told["rows"]
    wrong = olu.get(f"{API}/dependence?feature=shoe")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "feature")


def test_the_page_costs_the_same_however_many_decisions(summarised: World) -> None:
    client = summarised.client("carla")
    assert queries(lambda: client.get(PAGE)) <= 25


def path_of(world: World, decision_id: str, more: str = "") -> str:
    return f"/api/v1/decisions/{decision_id}/similar?use_case={USE_CASE}{more}"


def test_decisions_like_one_with_what_became_of_them(world: World) -> None:
    similar._kept.clear()
    client = world.client("olu")
    waiting = client.get(path_of(world, world.denied))
    assert (waiting.json()["state"], waiting.headers["Retry-After"]) == ("pending", "2")
    entry_id = Explanation.objects.get(entry_id=world.entry(world.denied)).entry_id
    find_similar(entry_id, "explanation")
    told = client.get(path_of(world, world.denied, "&limit=3")).json()
    assert told["state"] == "ready"
    assert len(told["items"]) == 3
    distances = [one["distance"] for one in told["items"]]
    assert distances == sorted(distances)
    labels = {
        str(one.entry_id): one.output["label"]
        for one in payloads(list(Explanation.objects.values_list("entry_id", flat=True)))
    }
    for one in told["items"]:
        assert one["entry_id"] != str(entry_id)
        assert one["label"] == one["effective_label"] == labels[one["entry_id"]]
        assert 0 < len(one["differing"]) <= 5
        assert "segments" not in one and "subject" not in one
    seen = {entry for _, purpose, entry in noted() if purpose == "why:similar"}
    assert seen == {str(entry_id), *(one["entry_id"] for one in told["items"])}


def test_who_may_see_others_decisions(world: World) -> None:
    assert world.client("hal").get(path_of(world, world.denied)).status_code == 404
    for wrong in ("&space=colour", "&limit=0", "&limit=x"):
        assert world.client("olu").get(path_of(world, world.denied, wrong)).status_code == 422
    # An administrator manages, and reads nobody's data.
    assert world.client("alex").get(path_of(world, world.denied)).status_code in {403, 404}


def test_what_cannot_be_compared_says_why(world: World) -> None:
    client = world.client("olu")
    for name, expected in {
        world.erased: "Nothing is left to compare with others.",
        world.refused: "Only explained decisions are compared.",
    }.items():
        told = client.get(path_of(world, name)).json()
        assert (told["state"], told["detail"]) == ("not_available", expected)
    assert not Similar.objects.exists()


def test_nothing_of_others_reaches_the_person_concerned(world: World) -> None:
    entry_id = world.entry(world.denied)
    find_similar(Explanation.objects.get(entry_id=entry_id).entry_id, "explanation")
    neighbours = Similar.objects.get(entry_id=entry_id).neighbours
    body = world.client("olu").get(f"/api/v1/decisions/{world.denied}/why?audience=subject")
    assert not any(str(one) in body.content.decode() for one in neighbours)
    assert re.search("similar", body.content.decode()) is None


def test_single_decisions_are_for_those_who_may_read_why(summarised: World) -> None:
    reads, looks = (said(summarised, who, PAGE) for who in ("rita", "dana"))
    known = reads.swarm.chart
    assert len(known.rows) == 17
    ready = Explanation.objects.filter(model_ref=MODEL_REF, state="ready").count()
    dots = [sum(one.path.count("M") for one in row.dots) for row in known.rows]
    assert dots == [ready] * 17
    assert looks.swarm is None
    assert looks.swarm_note == "Single decisions are shown to those who may read why each was made."
    body = main(summarised.client("dana").get(PAGE))
    assert 'class="dots fifth' not in body
