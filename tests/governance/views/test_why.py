"""/decisions/<key>: why a decision was made."""

import json
import re
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import accesses, tripwires
from audit import decisions as log
from explain import explanations
from explain.refusals import ANOTHER_TRY, CAUSES
from governance.models import User
from governance.why.causes import UNKNOWN, told
from runtime.testing import TestCluster
from tests.factories import HIRING, VOICE, World, candidate, catch_up
from tests.governance.views.conftest import noted, said
from tests.governance.views.house import strict

QUERIES = 35
HTMX = {"HX-Request": "true"}


def why(world: World, who: str, name: str, **asked: str) -> Any:
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return said(world, who, f"/decisions/{name}?{query}")


def facts(page: Any) -> dict[str, tuple[str, str]]:
    return {fact.label: (fact.value, fact.detail) for fact in page.facts}


def test_somebody_unknown_is_sent_to_sign_in(world: World) -> None:
    assert Client().get("/decisions/app-0004").status_code == 302


@pytest.mark.parametrize("who", ["hal", "dana"])
def test_others_learn_nothing(world: World, who: str) -> None:
    """Hal may read decisions elsewhere, Dana none at all: an id that exists looks like one that does not."""
    client = world.client(who)
    there = [client.get(f"/decisions/{one}") for one in (world.denied, world.entry(world.denied))]
    nowhere = client.get("/decisions/no-such-id")
    expected = 404 if who == "hal" else 403
    assert {answer.status_code for answer in (*there, nowhere)} == {expected}
    assert all("Credit risk" not in answer.content.decode() for answer in there)
    assert noted() == []


def test_the_facts(world: World) -> None:
    page = why(world, "rita", world.denied)
    told = facts(page)
    assert told["Outcome"] == ("Deny", "against the person")
    assert told["Score"][1] == "threshold 0.400"
    assert told["Model"] == ("Credit risk", "1.0.0")
    assert told["Role of the AI"][0] == "Decisive"
    assert told["Record"][0] == "In the log"
    assert page.subject == "applicant-0004"


def test_the_chart_adds_up_and_ends_at_the_score(world: World) -> None:
    page = why(world, "rita", world.denied)
    chart = page.pushed.chart
    assert len(chart.bars) == 11
    assert chart.bars[-1].label == "7 other features"
    total = sum(float(bar.text.replace("−", "-")) for bar in chart.bars)
    start, end = (float(dot.text.replace("−", "-")) for dot in (chart.start, chart.end))
    assert start + total == pytest.approx(end, abs=0.006)
    score = facts(page)["Score"][0]
    assert page.pushed.note == (
        f"{chart.end.text} log-odds is a score of {score}; the threshold −0.405 is 0.400."
    )
    assert (page.pushed.legend_up, page.pushed.legend_down) == ("towards Deny", "towards Approve")
    assert chart.mark.text == "threshold −0.405"
    assert {"Loan duration": "42\xa0months"}.items() <= {
        bar.label: bar.raw for bar in chart.bars
    }.items()


def test_the_reasons_have_words_codes_and_values(world: World) -> None:
    page = why(world, "rita", world.denied)
    first = page.reasons.lines[0]
    assert first.text == "Amount and duration of the loan in relation to income"
    assert first.code == "R02"
    assert ("Loan duration", "42\xa0months") in first.values
    assert first.share.endswith("\u202f%")
    assert [tab.label for tab in page.languages] == ["English", "Deutsch"]


def test_the_reasons_in_german(world: World) -> None:
    page = why(world, "rita", world.denied, lang="de")
    assert page.reasons.lines[0].text.startswith("Höhe und Laufzeit")
    assert [tab.current for tab in page.languages] == [False, True]
    assert why(world, "rita", world.denied, lang="<x>").reasons.lang == "en"


def test_what_was_checked(world: World) -> None:
    page = why(world, "rita", world.denied)
    checks = {check.label: check for check in page.trust.checks}
    assert checks["Adds up to the output"].tone == "good"
    assert re.fullmatch(
        r"error (0\.000|\d×10⁻[⁰¹²³⁴⁵⁶⁷⁸⁹]+)", checks["Adds up to the output"].value
    )
    assert checks["Score reproduced"].value == "yes"
    assert checks["LIME's fidelity"].value.startswith("R² ")
    assert checks["SHAP and LIME"].value.endswith("of 4 leading the same")
    # Agreement is shown and never judged.
    assert checks["SHAP and LIME"].tone == ""
    assert len(page.trust.lime.rows) == 8
    made_of = {fact.label: fact for fact in page.trust.made_of}
    assert made_of["Background"].value == "all applicants, n = 600"
    assert len(made_of["Background"].code) == 64


def test_a_favourable_outcome_owes_no_reasons(world: World) -> None:
    page = why(world, "rita", world.approved)
    assert page.reasons.lines == ()
    assert (
        page.reasons.text
        == "This outcome is not against the person, so there are no reasons to give."
    )
    assert facts(page)["Outcome"] == ("Approve", "not against the person")
    assert page.reports[0].source == "ledger"


def test_the_person_concerned_is_told_no_score_weight_or_name(world: World) -> None:
    answer = world.client("rita").get(f"/decisions/{world.denied}?audience=subject")
    page, text = answer.context["page"], answer.content.decode()
    assert set(facts(page)) == {"Outcome", "Model", "Role of the AI", "Record"}
    assert (page.trust, page.pushed.chart) == (None, None)
    assert {line.share for line in page.reasons.lines} == {""}
    assert page.reasons.lines[0].values[0] == ("Loan duration", "42\xa0months")
    body = text.partition('<main id="main"')[2]
    for hidden in ("0.789", "0.400", "threshold ", "waterfall", "trace-0001", "tests"):
        assert hidden not in body, hidden


def test_segments_are_for_examiners_alone(world: World) -> None:
    for who, audience, sees in (
        ("rita", "", False),
        ("ellen", "reviewer", False),
        ("ellen", "examiner", True),
    ):
        page = why(world, who, world.denied, audience=audience)
        assert ("Segments" in [raw.title for raw in page.raws]) is sees


def test_a_reviewer_may_not_read_as_an_examiner(world: World) -> None:
    assert [tab.label for tab in why(world, "rita", world.denied).audiences] == [
        "Person concerned",
        "Reviewer",
    ]
    assert (
        world.client("rita").get(f"/decisions/{world.denied}?audience=examiner").status_code == 404
    )
    assert len(why(world, "ellen", world.denied).audiences) == 3


def test_each_reading_is_noted_with_its_audience(world: World) -> None:
    why(world, "ellen", world.denied, audience="examiner")
    ellen = User.objects.get(email="ellen@demo.example").pk
    assert noted() == [(f"user:{ellen}", "why:examiner", world.entry(world.denied))]


def test_readings_that_follow_each_other_are_one_line_of_the_timeline(world: World) -> None:
    for _ in range(3):
        why(world, "rita", world.denied)
        accesses.fold()
    catch_up(explain=False)
    events = why(world, "rita", world.denied).timeline
    assert [event.title for event in events] == [
        "Decision recorded",
        "Explanation computed",
        "Personal data read, 3 notes",
    ]
    assert events[-1].detail.startswith("Rita Okafor · leaf ")
    told = why(world, "rita", world.denied, audience="subject").timeline
    assert [event.title for event in told] == ["Decision recorded", "Explanation computed"]


def test_refused(world: World) -> None:
    page = why(world, "rita", world.refused)
    assert page.pushed.state.kind == "refused"
    assert page.pushed.state.title == "The model does not give what was recorded"
    assert page.pushed.state.note.startswith("Output not reproduced: the artefact gives ")
    assert page.pushed.state.url.endswith("#replay")
    assert page.pushed.state.post == ""
    assert [event.title for event in page.timeline][-1] == "Explanation refused"
    assert (page.poll_url, page.trust) == ("", None)


def test_failed(world: World) -> None:
    entry = world.entry(world.pending)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE explain_explanation SET attempts = 9 WHERE entry_id = %s", [entry])
    explanations.follow()
    page = why(world, "rita", world.pending)
    assert page.pushed.state.kind == "failed"
    assert page.pushed.state.title == "The explanation was given up"
    assert page.pushed.state.note == "Given up after 3 attempts that ended the worker."


def test_the_person_concerned_is_told_what_a_refusal_means_and_no_score(world: World) -> None:
    answer = world.client("rita").get(f"/decisions/{world.refused}?audience=subject")
    page, text = answer.context["page"], answer.content.decode()
    assert page.pushed.state.text.startswith("The registered model, asked again, does not give")
    assert (page.pushed.state.note, page.pushed.state.remedy, page.pushed.state.url) == ("", "", "")
    assert "Output not reproduced" not in text
    assert "0.123" not in text


def refused_for(world: World, cause: str, state: str = "refused") -> str:
    entry = world.entry(world.pending)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE explain_explanation SET state = %s, cause = %s, detail = 'The sentence.', log_entry = entry_id"
            " WHERE entry_id = %s",
            [state, cause, entry],
        )
    return entry


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_has_its_own_words(world: World, cause: str) -> None:
    refused_for(world, cause)
    state = why(world, "rita", world.pending).pushed.state
    assert (state.kind, state.note) == ("refused", "The sentence.")
    assert state.title == (told("refused", cause) or UNKNOWN["refused"]).title
    assert state.remedy
    assert bool(state.post) == (cause in ANOTHER_TRY)


def test_what_may_be_mended_is_asked_for_again(world: World) -> None:
    entry = refused_for(world, "unreachable")
    client = world.client("rita")
    page = client.get(f"/decisions/{world.pending}").context["page"]
    assert (page.pushed.state.again, page.poll_url) == ("Ask again", "")
    assert client.get(page.pushed.state.post).status_code == 405
    assert world.client("hal").post(page.pushed.state.post).status_code == 404
    answer = client.post(page.pushed.state.post)
    assert answer.url.startswith(f"/decisions/{entry}?")
    assert [one for one in noted() if one[1] == "again:reviewer"] != []
    assert client.get(answer.url).context["page"].pushed.state.kind == "pending"
    explanations.follow()
    assert client.get(answer.url).context["page"].pushed.chart


def test_the_form_that_asks_again_carries_its_token(world: World) -> None:
    refused_for(world, "artefact_missing")
    client = strict(world, "rita")
    answer = client.get(f"/decisions/{world.pending}")
    action = answer.context["page"].pushed.state.post
    form = re.search(
        r'action="/decisions/[^"]+/again[^"]*"><input[^>]+name="csrfmiddlewaretoken" value="(\w+)"',
        answer.content.decode(),
    )
    assert form
    assert client.post(action).status_code == 403
    assert client.post(action, {"csrfmiddlewaretoken": form[1]}).status_code == 302


def test_what_another_try_cannot_mend_is_not_tried(world: World) -> None:
    entry = world.entry(world.refused)
    answer = world.client("rita").post(f"/decisions/{entry}/again", follow=True)
    assert answer.context["page"].pushed.state.kind == "refused"
    assert "does not wait for another try" in answer.content.decode()


def test_a_version_without_a_profile(world: World) -> None:
    page = why(world, "hal", world.unprofiled)
    assert page.pushed.state.title == "This version has no explanation profile"
    assert page.pushed.state.url == "/models/shortlist/2.1.0/"
    assert facts(page)["Score"] == ("17.5", "")
    assert page.raws[0].lines == (("years", "7"), ("degree", "MSc"), ("languages", '["en","pt"]'))


def test_a_version_nobody_registered(world: World) -> None:
    page = why(world, "rita", world.unregistered)
    assert page.banners[0].title == "Version not registered when it decided"
    assert [event.title for event in page.timeline][1] == "Broken rule marked"
    assert facts(page)["Model"] == ("Credit risk", "9.9.9")


def test_erased(world: World) -> None:
    answer = world.client("rita").get(f"/decisions/{world.erased}")
    page, text = answer.context["page"], answer.content.decode()
    assert page.banners[0].title.startswith("Erased on ")
    assert facts(page)["Outcome"] == ("Erased", "")
    assert (page.raws, page.pushed.state.kind) == ((), "erased")
    assert [event.title for event in page.timeline][-1] == "Person's data erased"
    assert "person-erased" not in text
    assert page.proof.state == "included"


def test_damaged(world: World, cluster: TestCluster) -> None:
    entry = world.entry(world.denied)
    name = connection.settings_dict["NAME"]
    with psycopg.connect(cluster.superuser_dsn(name)) as ruler:
        tripwires.lift(ruler)
        ruler.execute("ALTER TABLE audit_entry_body DISABLE TRIGGER ALL")
        ruler.execute(
            "ALTER TABLE audit_entry_body DROP CONSTRAINT IF EXISTS audit_entry_body_is_digested"
        )
        ruler.execute(
            "UPDATE audit_entry_body SET body = set_byte(body, 20, get_byte(body, 20) # 1) WHERE id = %s",
            [entry],
        )
    page = why(world, "rita", entry)
    assert page.banners[0].title == "This record is not what was sealed"
    assert facts(page)["Record"][0] == "Damaged"
    assert facts(page)["Outcome"][0] == "Unreadable"
    assert (page.raws, page.gone.kind) == ((), "failed")
    # The figures were computed before; the values beside them are gone, and no dash stands for them.
    assert {bar.raw for bar in page.pushed.chart.bars} == {""}
    assert page.pushed.note.startswith("Computed while the record was whole.")
    assert all(line.values == () for line in page.reasons.lines)


def test_pending_asks_again_and_stops_when_it_is_there(world: World) -> None:
    client = world.client("rita")
    page = client.get(f"/decisions/{world.pending}").context["page"]
    assert page.pushed.state.kind == "pending"
    before = noted()
    assert client.get(page.poll_url, headers=HTMX).status_code == 204
    # Waiting reads nothing.
    assert noted() == before
    explanations.follow()
    answer = client.get(page.poll_url, headers=HTMX)
    assert json.loads(answer["HX-Trigger"]) == {
        "toast": {"tone": "good", "text": "The explanation is here."}
    }
    text = answer.content.decode()
    assert answer.context["page"].pushed.chart
    assert 'id="answer"' in text
    assert "hx-trigger" not in text
    assert "<!doctype" not in text


def test_the_poll_lets_nobody_in(world: World) -> None:
    path = f"/decisions/{world.entry(world.denied)}/explained"
    assert world.client("hal").get(path, headers=HTMX).status_code == 404
    # Without htmx there is the page.
    answer = world.client("rita").get(f"{path}?audience=subject")
    assert answer["Location"] == path.removesuffix("/explained") + "?audience=subject"


def test_an_id_of_several_use_cases_is_a_choice(world: World) -> None:
    answer = world.client("bea").get(f"/decisions/{world.shared}")
    assert [(tab.label, tab.url) for tab in answer.context["tabs"]] == [
        ("Consumer credit", f"/decisions/{world.shared}?use_case=consumer-credit"),
        ("Hiring shortlist", f"/decisions/{world.shared}?use_case={HIRING}"),
    ]
    assert noted() == []
    page = why(world, "bea", world.shared, use_case=HIRING)
    assert page.case_name == "Hiring shortlist"
    assert all(f"use_case={HIRING}" in tab.url for tab in page.audiences)
    # For who reads one of them alone there is nothing to choose.
    assert why(world, "hal", world.shared).case_name == "Hiring shortlist"


def test_a_decision_without_a_place_yet(world: World) -> None:
    log.record(voice=VOICE, raw=json.dumps(candidate("just-now")).encode())
    page = why(world, "hal", "just-now")
    assert facts(page)["Record"] == ("Accepted", "place follows")
    assert page.proof.state == "accepted"


def test_the_proof_leads_to_receipt_and_verification(world: World) -> None:
    client = world.client("rita")
    proof = client.get(f"/decisions/{world.denied}").context["page"].proof
    entry = world.entry(world.denied)
    assert proof.verify_url == f"/log/verify/{entry}/"
    receipt = client.get(proof.receipt_url)
    assert receipt.status_code == 200
    assert json.loads(receipt.content)["entry_id"] == entry
    assert settings.AUDIT_ORIGIN in proof.checkpoint
    assert json.loads(proof.header)["id"] == entry


@pytest.mark.parametrize("kind", ["denied", "approved", "refused", "erased", "unregistered"])
def test_queries_are_bounded(world: World, kind: str) -> None:
    client = world.client("rita")
    path = f"/decisions/{getattr(world, kind)}"
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    assert len(asked) <= QUERIES


def test_queries_do_not_grow_with_the_timeline(world: World) -> None:
    client = world.client("rita")
    path = f"/decisions/{world.denied}"
    client.get(path)

    def reading(times: int) -> int:
        """Queries for the page after so many more lines about its being read."""
        for _ in range(times):
            client.get(path)
            accesses.fold()
        catch_up(explain=False)
        with CaptureQueriesContext(connection) as asked:
            client.get(path)
        return len(asked)

    assert reading(1) == reading(8)
