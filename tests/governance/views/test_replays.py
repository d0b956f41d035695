"""Replays on a version's page: started, waited for, stopped, and by whom."""

from __future__ import annotations

from explain.replay.stepping import step_sweeps
from tests.factories import World
from tests.governance.views.conftest import noted

HTMX = {"HX-Request": "true"}
PATH = "/models/credit-risk/1.0.0/"


def test_from_the_button_to_the_report(world: World) -> None:
    client = world.client("olu")
    before = client.get(PATH).context["replays"]
    assert (before.state.title, before.start_url) == ("Never replayed", f"{PATH}replays/")

    running = client.post(before.start_url, headers=HTMX)
    assert 'hx-trigger="every 2s"' in running.content.decode()
    assert running.context["replays"].start_url == ""
    step_sweeps()

    done = client.get(before.start_url, headers=HTMX)
    section = done.context["replays"]
    assert section.badge.text == "Finished"
    assert "hx-trigger" not in done.content.decode()
    facts = {fact.label: fact for fact in section.facts}
    assert facts["Drift"].value == "1"
    assert facts["Cannot"].detail == "the person was erased: 1"
    (example,) = section.examples
    assert example.url == f"/decisions/{world.entry(world.refused)}"
    assert sum(int(bar.decisions.replace(",", "")) for bar in section.bars) > 0
    assert noted() == []


def test_without_scripts_the_forms_lead_back(world: World) -> None:
    client = world.client("olu")
    assert client.post(f"{PATH}replays/")["Location"] == f"{PATH}#replays"
    running = client.get(PATH).context["replays"]
    assert client.post(running.cancel_url)["Location"] == f"{PATH}#replays"
    assert client.get(PATH).context["replays"].badge.text == "Cancelled"


def test_who_may_see_may_not_start(world: World) -> None:
    reader = world.client("rita")
    section = reader.get(PATH).context["replays"]
    assert section.start_url == section.cancel_url == ""
    assert reader.post(f"{PATH}replays/").status_code == 403
    assert world.client("hal").get(f"{PATH}replays/", headers=HTMX).status_code == 404


def test_a_version_without_a_profile(world: World) -> None:
    section = world.client("hal").get("/models/shortlist/2.1.0/").context["replays"]
    assert (section.state.title, section.start_url) == ("Nothing to replay with", "")
    assert world.client("hal").post("/models/shortlist/2.1.0/replays/").status_code in (400, 409)


def test_the_policy_stands_on_the_page(world: World) -> None:
    answer = world.client("rita").get(PATH)
    policy = answer.context["policy"]
    rules = {rule.label: rule for rule in policy.rules}
    assert rules["Loan amount"].change == "may fall"
    assert rules["Loan amount"].limits.startswith("250 to 20,000")
    assert rules["Savings"].takes == "120 days"
    assert "Occupation" in policy.rest
    assert policy.knots[0] == "It must hold that Loan amount − 600 × Loan duration ≤ 0."
    assert "What a person can change" in answer.content.decode()
    bare = world.client("hal").get("/models/shortlist/2.1.0/")
    assert "What a person can change" not in bare.content.decode()
