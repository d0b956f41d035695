"""/use-cases/<slug>/explanations/: the policy, what it means in numbers, and back-fills."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from explain.backfill import backfills, step
from explain.models import Explanation
from explain.policies import policy, set_policy
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.factories import HIRING, World
from tests.governance.views.conftest import said
from tests.governance.views.house import main, queries, strict, text

PAGE = f"/use-cases/{USE_CASE}/explanations/"
HTMX = {"HX-Request": "true"}
GIVEN = {"rule": "adverse", "rate": "10", "seed": "0", "most_reasons": "4"}


def put(client: Client, **changed: str) -> Any:
    return client.post(PAGE, {**GIVEN, **changed})


def test_what_holds_now_and_in_numbers(world: World) -> None:
    page = said(world, "olu", PAGE)
    facts = {fact.label: (fact.value, fact.detail) for fact in page.facts}
    ready = Explanation.objects.filter(state="ready").count()
    assert facts["Explained"] == ("All", "nobody set one")
    assert facts["Waiting"][0] == "1"
    assert facts["Ready"][0] == str(ready)
    assert facts["Refused or failed"][0] == "1"
    lines = {line.label: line for line in page.meaning.rules}
    every = lines["Every decision"]
    assert (every.now, every.chosen, every.share) == (True, True, "100.0\u202f%")
    assert int(lines["Those against the person"].explained) < int(every.explained)
    assert "The sample, 10\u202f%" in lines
    assert "1 decision more of versions without a profile" in page.meaning.note
    assert page.may is True


@pytest.mark.parametrize("who", ["olu", "carla"])
def test_setting_it(world: World, who: str) -> None:
    answer = put(
        world.client(who), rule="sample", rate="12.5", seed="7", most_reasons="3", lime_r2="0.6"
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    found = policy(USE_CASE)
    assert (found.rule, found.rate, found.seed, found.most_reasons) == ("sample", 0.125, 7, 3)
    assert found.thresholds == {"lime_r2": 0.6}
    page = world.client(who).get(PAGE)
    facts = {fact.label: fact for fact in page.context["page"].facts}
    assert facts["Explained"].value == "A sample of 12.5 %"
    assert facts["Explained"].detail.endswith(f"by {page.wsgi_request.user.name}")
    # The form holds what holds.
    assert 'name="rate" value="12.5"' in main(page)
    assert 'name="lime_r2" value="0.6"' in main(page)
    assert 'value="sample"' in main(page).partition("checked")[0].rpartition("<input")[2]


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"rule": ""}, "rule", "Choose what is explained."),
        ({"rule": "everything"}, "rule", "everything is not one of the available choices."),
        ({"rule": "sample", "rate": ""}, "rate", "A sample states its share."),
        ({"rule": "sample", "rate": "0"}, "rate", "More than 0"),
        ({"rule": "sample", "rate": "100"}, "rate", "Less than 100"),
        ({"rule": "sample", "rate": "ten"}, "rate", "A number, such as 12.5."),
        ({"seed": "1.5"}, "seed", "A whole number."),
        ({"seed": str(2**53)}, "seed", "9007199254740991"),
        ({"most_reasons": "0"}, "most_reasons", "greater than or equal to 1"),
        ({"most_reasons": "11"}, "most_reasons", "less than or equal to 10"),
        ({"most_reasons": ""}, "most_reasons", "A whole number."),
        ({"stability": "1.2"}, "stability", "A number from 0 to 1."),
        ({"lime_r2": "good"}, "lime_r2", "such as 0.8"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    world: World, changed: dict[str, str], field: str, sentence: str
) -> None:
    answer = put(world.client("olu"), **changed)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert sentence in " ".join(answer.context["form"].errors[field])
    assert f'id="id_{field}_error"' in main(answer)
    assert policy(USE_CASE).set_at is None


def test_only_who_may_is_offered_the_form_and_heard(world: World) -> None:
    answer = world.client("rita").get(PAGE)
    assert answer.context["page"].may is False
    assert "Set the policy" not in text(answer)
    assert "Start a back-fill" not in text(answer)
    assert "Model owners and compliance officers" in text(answer)
    assert put(world.client("rita")).status_code == 403
    assert world.client("rita").post(f"{PAGE}backfills/", {}).status_code == 403
    assert (policy(USE_CASE).set_at, backfills(USE_CASE)) == (None, [])


def test_others_learn_nothing(world: World) -> None:
    for path in (PAGE, f"{PAGE}meaning/?rule=all", f"{PAGE}backfills/"):
        assert world.client("hal").get(path, headers=HTMX).status_code == 404
    assert put(world.client("hal")).status_code == 404
    assert Client().get(PAGE).status_code == 302


def test_forms_need_their_token(world: World) -> None:
    assert put(strict(world, "olu")).status_code == 403


def test_a_choice_is_counted_while_it_is_made(world: World) -> None:
    client = world.client("olu")
    asked = {"rule": "sample", "rate": "50", "seed": "1", "most_reasons": "4"}
    answer = client.get(f"{PAGE}meaning/", asked, headers=HTMX)
    shown = answer.context["meaning"]
    assert answer.content.decode().lstrip().startswith('<section class="card" id="meaning"')
    assert [line.label for line in shown.rules if line.chosen] == ["The sample, 50\u202f%"]
    assert [line.label for line in shown.rules if line.now] == ["Every decision"]
    # What cannot be read counts as it was.
    wild = client.get(f"{PAGE}meaning/", {**asked, "rate": "ten", "seed": ""}, headers=HTMX)
    assert "The sample, 10\u202f%" in [line.label for line in wild.context["meaning"].rules]
    assert client.get(f"{PAGE}meaning/", asked).status_code == 302
    assert policy(USE_CASE).set_at is None


def test_what_a_change_leaves_as_it_is(world: World) -> None:
    set_policy(actor="system:test", use_case=USE_CASE, rule="on_demand")
    Explanation.objects.filter(state="ready").update(state="left_out", policy="on demand only")
    client = world.client("olu")
    shown = client.get(f"{PAGE}meaning/", {**GIVEN, "rule": "all"}, headers=HTMX).context["meaning"]
    assert shown.banner.text.endswith("a back-fill brings them in.")
    late = client.get(PAGE).context["page"].meaning
    assert "12 CFR 1002.9" in late.banner.text


def test_a_backfill_is_started_watched_and_ends(world: World) -> None:
    Explanation.objects.filter(state="ready").update(state="left_out")
    client = world.client("olu")
    asked = {"version": MODEL_REF, "since": "2020-01-01", "until": "2030-12-31"}
    assert client.post(f"{PAGE}backfills/", asked).headers["Location"] == f"{PAGE}#backfills"
    page = client.get(PAGE).context["page"]
    walk = page.walks.rows[0]
    assert (walk.state.text, walk.done) == ("Running", 0)
    assert walk.title == f"{MODEL_REF}, from 1 January 2020, before 1 January 2031"
    assert page.walks.poll_url == f"{PAGE}backfills/"
    assert step() > 0
    list_of = client.get(page.walks.poll_url, headers=HTMX)
    walk = list_of.context["walks"].rows[0]
    assert (walk.state.text, walk.done, list_of.context["walks"].poll_url) == (
        "Done", walk.total, "",
    )  # fmt: skip
    assert f"{Explanation.objects.filter(asked='backfill').count()} queued" in walk.told


def test_a_backfill_can_be_stopped_by_who_may(world: World) -> None:
    client = world.client("olu")
    client.post(f"{PAGE}backfills/", {})
    path = client.get(PAGE).context["page"].walks.rows[0].cancel_url
    assert world.client("rita").get(PAGE).context["page"].walks.rows[0].cancel_url == ""
    assert world.client("rita").post(path).status_code == 403
    assert client.get(path).status_code == 405
    stopped = client.post(path, headers=HTMX).context["walks"].rows[0]
    assert (stopped.state.text, stopped.cancel_url) == ("Cancelled", "")
    elsewhere = path.replace(USE_CASE, HIRING)
    assert client.post(elsewhere).status_code in {403, 404}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"version": "credit-risk@9.9.9"}, "version"),
        ({"since": "yesterday"}, "since"),
        ({"since": "2026-11-02", "until": "2026-11-01"}, "until"),
    ],
)
def test_a_backfill_that_cannot_be_is_said_at_its_field(
    world: World, asked: dict[str, str], field: str
) -> None:
    answer = world.client("olu").post(f"{PAGE}backfills/", asked)
    assert list(answer.context["backfill"].errors) == [field]
    assert backfills(USE_CASE) == []


def test_the_models_pages_lead_here(world: World) -> None:
    client = world.client("olu")
    for path in ("/models/credit-risk/", "/models/credit-risk/1.0.0/explanations/"):
        assert f'href="{PAGE}"' in main(client.get(path))


def test_queries_are_bounded(world: World) -> None:
    client = world.client("olu")
    assert queries(lambda: client.get(PAGE)) <= 30
