"""/models/: who sees what, and that its cost does not grow with the registry."""

from __future__ import annotations

import json

import pytest

from explain.models import Explanation, Profile
from explain.queries import profile
from governance.demo.decisions import MODEL_REF
from governance.registry.model import add_model
from governance.registry.versions import add_version, retire_version
from tests.factories import HIRING, USE_CASE, VOICE, World
from tests.governance.views.house import main, queries, text

LIST = "/models/"
MODEL = "/models/credit-risk/"
VERSION = "/models/credit-risk/1.0.0/"


def test_the_list_shows_the_models_of_ones_own_use_cases(world: World) -> None:
    olu, hal, bea = (main(world.client(name).get(LIST)) for name in ("olu", "hal", "bea"))
    assert ("Credit risk" in olu, "Shortlist" in olu) == (True, False)
    assert ("Credit risk" in hal, "Shortlist" in hal) == (False, True)
    assert ("Credit risk" in bea, "Shortlist" in bea) == (True, True)


def test_the_list_counts_what_is_explained(world: World) -> None:
    states = Explanation.objects.filter(model_ref=MODEL_REF)
    ready = states.filter(state="ready").count()
    shown = text(world.client("olu").get(LIST))
    assert f"{ready} of {states.count()}, 1 refused or failed" in shown


@pytest.mark.parametrize("path", [MODEL, VERSION, "/models/nothing/", f"{MODEL}9.9.9/"])
def test_what_is_elsewhere_and_what_is_nowhere_look_alike(world: World, path: str) -> None:
    answer = world.client("hal").get(path)
    nowhere = world.client("hal").get("/models/never/")
    assert (answer.status_code, main(answer)) == (404, main(nowhere))


def test_without_a_role_there_is_no_page_and_without_a_session_only_the_door(world: World) -> None:
    from governance.models import Role, User
    from governance.people.revoke import revoke_role

    rita = User.objects.get(email="rita@demo.example")
    revoke_role(voice=VOICE, user=rita.pk, role=Role.REVIEWER, use_case=USE_CASE)
    assert world.client("rita").get(LIST).status_code == 403
    stranger = world.client("rita")
    stranger.logout()
    assert stranger.get(LIST).headers["Location"] == f"/accounts/login/?next={LIST}"


def test_a_version_says_what_explains_it(world: World) -> None:
    known = profile(MODEL_REF)
    assert known is not None
    answer = world.client("olu").get(VERSION)
    body, said = answer.content.decode(), text(answer)
    for digest in (known.artefact_digest, known.background_digest, known.specification_digest):
        assert f'data-copy="{digest}"' in body
    for feature in known.specification.features:
        assert feature.label in said
        assert feature.name in said
    for reason in known.specification.reasons:
        assert f"{reason.code} en {reason.text['en']} de {reason.text['de']}" in said
    assert "deny at or above 0.40, else approve" in said
    assert "All applicants 600 rows." in said
    assert f'href="/log/verify/{known.entry_id}/"' in body
    assert "Sign-off is not part of this release" in said


def test_the_entry_that_registered_a_version_can_be_checked(world: World) -> None:
    client = world.client("olu")
    told = client.get("/api/v1/models/credit-risk/versions/1.0.0").json()
    assert f'href="/log/verify/{told["entry_id"]}/"' in client.get(VERSION).content.decode()
    assert told["links"] == {
        "self": "/api/v1/models/credit-risk/versions/1.0.0",
        "proof": f"/api/v1/log/proofs/inclusion?entry={told['entry_id']}",
    }
    proof = client.get(told["links"]["proof"])
    assert proof.status_code == 200
    header = json.loads(proof.json()["header"])
    assert (header["id"], header["kind"]) == (told["entry_id"], "registry")
    assert header["model_ref"] == MODEL_REF


def test_a_version_without_profile_says_so(world: World) -> None:
    said = text(world.client("hal").get("/models/shortlist/2.1.0/"))
    assert "No profile" in said
    assert "None given" in said
    assert "No decision of this version has been read yet." in said


def test_an_artefact_that_is_not_the_registered_one_is_the_first_thing_said(world: World) -> None:
    Profile.objects.filter(model_ref=MODEL_REF).update(artefact_digest="ab" * 32)
    assert "Two artefacts The artefact that explains is not the one" in text(
        world.client("olu").get(VERSION)
    )


def test_a_retired_version_says_since_when(world: World) -> None:
    retire_version(voice=VOICE, model="credit-risk", number="1.0.0")
    client = world.client("olu")
    assert "Retired on" in text(client.get(VERSION))
    assert "1 retired" in text(client.get(LIST))


def test_a_model_without_versions_and_a_registry_without_models(world: World) -> None:
    add_model(voice=VOICE, use_case=HIRING, slug="empty", name="Empty")
    assert "No versions yet" in text(world.client("hal").get("/models/empty/"))


def test_what_a_developer_typed_is_shown_as_text(world: World) -> None:
    evil = "<script>alert(1)</script>"
    add_model(voice=VOICE, use_case=HIRING, slug="evil", name=evil, description=evil)
    add_version(voice=VOICE, model="evil", number="1", notes=evil, facts={evil: evil})
    for path in (LIST, "/models/evil/", "/models/evil/1/"):
        body = main(world.client("hal").get(path))
        assert evil not in body
        assert "&lt;script&gt;" in body


def test_the_list_costs_the_same_for_many_models(world: World) -> None:
    client = world.client("hal")
    few = queries(lambda: client.get(LIST))
    for number in range(12):
        add_model(voice=VOICE, use_case=HIRING, slug=f"more-{number}", name=f"More {number}")
        add_version(voice=VOICE, model=f"more-{number}", number="1.0.0")
    assert queries(lambda: client.get(LIST)) == few


def test_a_model_costs_the_same_for_many_versions(world: World) -> None:
    client = world.client("hal")
    few = queries(lambda: client.get("/models/shortlist/"))
    for number in range(12):
        add_version(voice=VOICE, model="shortlist", number=f"3.{number}")
    assert queries(lambda: client.get("/models/shortlist/")) == few
