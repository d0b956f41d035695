"""Registering a profile over HTTP, and a decision explained by it from end to end."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit import sequencer
from explain import artefacts, explanations
from governance.demo import training
from governance.demo.applications import Application, applications
from governance.demo.catalogue import specification
from governance.demo.decisions import decision
from governance.keys.issue import issue_key
from governance.models import Role
from governance.people.grant import grant_role
from governance.registry.versions import add_version
from tests.governance.conftest import Cast, lines

PATH = "/api/v1/models/credit-risk/versions/2.0.0/profile"
Sent = dict[str, Any]


@pytest.fixture(scope="module")
def rows() -> list[Application]:
    return list(applications())[:60]


@pytest.fixture(scope="module")
def artefact(rows: list[Application]) -> bytes:
    return training.artefact(training.train(rows))


@pytest.fixture
def sent(
    credit_model: str,
    cast: Cast,
    rows: list[Application],
    artefact: bytes,
    settings: Any,
    tmp_path: Path,
) -> Sent:
    settings.EXPLAIN_ARTEFACTS = tmp_path / "artefacts"
    settings.EXPLAIN_TABLES = tmp_path / "tables"
    digest = hashlib.sha256(artefact).hexdigest()
    add_version(
        voice=cast.voice("olu"), model="credit-risk", number="2.0.0", artefact_digest=digest
    )
    return {
        "kind": "skops",
        "artefact_digest": digest,
        "specification": json.dumps(specification().to_json()),
        "artefact": artefact,
        "background": json.dumps([row.features for row in rows]).encode(),
    }


def post(client: Client, sent: Sent, **changed: Any) -> Any:
    parts = {**sent, **changed}
    form = {
        name: SimpleUploadedFile(f"{name}.bin", value) if isinstance(value, bytes) else value
        for name, value in parts.items()
        if value is not None
    }
    return client.post(PATH, form)


def registered() -> list[dict[str, Any]]:
    found: list[Any] = lines()
    return [line for line in found if line["body"].get("act") == "profile_registered"]


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def test_a_version_registered_so_explains_its_decisions(
    cast: Cast, sent: Sent, rows: list[Application], artefact: bytes
) -> None:
    olu = cast.client("olu")
    made = post(olu, sent)
    assert made.status_code == 201, made.content
    facts = made.json()
    assert (facts["model_ref"], facts["background_size"]) == ("credit-risk@2.0.0", 60)
    assert facts["artefact_size"] == len(artefact)
    assert olu.get(PATH).json() == facts
    assert facts["specification"] == json.loads(sent["specification"])
    (line,) = registered()
    assert line["actor"] == f"user:{cast.olu.pk}"
    assert line["body"]["artefact_digest"] == sent["artefact_digest"]

    score = training.default_probabilities(artefacts.load(sent["artefact_digest"]), rows[:1])[0]
    said = decision(rows[0], score, datetime.now(UTC), 1.0)
    said |= {"use_case": "credit", "model": "credit-risk", "version": "2.0.0"}
    key = issue_key(
        voice=cast.voice("olu"),
        name="scoring",
        use_cases=["credit"],
        acts=["decisions:write", "decisions:read", "why:read"],
    ).text
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    recorded = Client().post(
        "/api/v1/decisions", json.dumps(said), content_type="application/json", **bearer
    )
    assert recorded.status_code == 201, recorded.content
    sequencer.sequence_once()
    while explanations.feed() or explanations.follow():
        continue
    why = Client().get(f"/api/v1/decisions/{said['id']}/why", **bearer).json()
    assert why["explanation"]["state"] == "ready"
    assert why["explanation"]["artefact_digest"] == sent["artefact_digest"]


def test_the_specification_may_come_as_a_file(cast: Cast, sent: Sent) -> None:
    """As curl sends it by -F specification=@specification.json, and docs/api.md says to."""
    olu = cast.client("olu")
    assert post(olu, sent, specification=sent["specification"].encode()).status_code == 201
    assert post(olu, sent).status_code == 200


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("{", ("/specification/", "malformed")),
        ('{"seed": 1, "seed": 2}', ("/specification/seed", "duplicate_key")),
        ('{"threshold": NaN}', ("/specification/threshold", "number_range")),
        ('{"unit": "\\ud800"}', ("/specification/unit", "lone_surrogate")),
    ],
)
def test_a_specification_is_read_as_strictly_as_a_body(
    cast: Cast, sent: Sent, text: str, flaw: tuple[str, str]
) -> None:
    for said in (text, text.encode()):
        refused = post(cast.client("olu"), sent, specification=said)
        assert refused.status_code == 400
        assert [(one["pointer"], one["code"]) for one in refused.json()["errors"]] == [flaw]
    assert registered() == []


def test_a_specification_beyond_the_bound_of_a_body(cast: Cast, sent: Sent, settings: Any) -> None:
    settings.AUDIT_MAX_BODY = 100
    for said in (sent["specification"], sent["specification"].encode()):
        assert post(cast.client("olu"), sent, specification=said).status_code == 413


def test_a_repeat_is_200_and_another_content_409(cast: Cast, sent: Sent) -> None:
    olu = cast.client("olu")
    first, again = post(olu, sent), post(olu, sent)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    fewer = json.dumps(json.loads(sent["background"])[:-1]).encode()
    assert post(olu, sent, background=fewer).status_code == 409
    assert len(registered()) == 1


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"artefact": b"another file"}, ["/artefact_digest"]),
        ({"artefact_digest": "00" * 32}, ["/artefact_digest"]),
        ({"artefact_digest": "00"}, ["/artefact_digest"]),
        ({"kind": "pmml"}, ["/kind"]),
        ({"kind": "pickle"}, ["/artefact"]),
        ({"kind": "xgboost"}, ["/artefact"]),
        ({"artefact": None}, ["/artefact"]),
        ({"background": b"[[1]]"}, ["/background"]),
        ({"background": b"[{"}, ["/background"]),
        ({"background": b"\xff"}, ["/background"]),
        ({"background": b"[{}]"}, ["/specification"]),
        ({"specification": '{"features": []}'}, ["/specification"]),
        ({"specification": '{"colour": 1}'}, ["/specification/colour"]),
        ({"colour": "red"}, ["/colour"]),
    ],
)
def test_what_is_wrong_is_pointed_at(
    cast: Cast, sent: Sent, changed: Sent, found: list[str]
) -> None:
    answer = post(cast.client("olu"), sent, **changed)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert pointers(answer) == found
    assert cast.client("olu").get(PATH).status_code == 404


def test_who_may_not_is_told_before_anything_is_read(cast: Cast, sent: Sent) -> None:
    assert post(cast.client("hal"), sent).status_code == 404
    assert post(cast.client("rita"), sent, artefact=b"x").status_code == 403
    assert post(Client(), sent).status_code == 401
    assert cast.client("olu").post(PATH.replace("2.0.0", "9"), {}).status_code == 404


def test_a_key_needs_the_act(cast: Cast, sent: Sent, credit_key: str) -> None:
    answer = Client().post(PATH, {}, HTTP_AUTHORIZATION=f"Bearer {credit_key}")
    assert answer.status_code == 403
    grant_role(voice=cast.voice("alice"), user=cast.rita.pk, role=Role.DEVELOPER, use_case="credit")
    assert post(cast.client("rita"), sent).status_code == 201


def test_too_much_is_refused_before_it_is_read(cast: Cast, sent: Sent, settings: Any) -> None:
    settings.EXPLAIN_ARTEFACT_BYTES = settings.EXPLAIN_BACKGROUND_BYTES = 1000
    answer = post(cast.client("olu"), sent)
    assert answer.status_code == 413
    assert "2,000 bytes" in answer.json()["detail"]


def test_json_is_not_what_is_taken(cast: Cast, sent: Sent) -> None:
    answer = cast.client("olu").post(PATH, "{}", content_type="application/json")
    assert answer.status_code == 415
