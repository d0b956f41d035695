"""The registry over HTTP."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from governance.keys.issue import issue_key
from governance.registry.model import add_model
from governance.voices import SystemVoice
from tests.governance.conftest import DIGEST, Cast

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, given: object = None) -> object:
    return client.post(f"/api/v1/{path}", given, content_type="application/json")


def test_from_use_case_to_version(cast: Cast) -> None:
    alice, olu = cast.client("alice"), cast.client("olu")
    made = post(alice, "use-cases", {"slug": "claims", "name": "Claims"})
    assert made.status_code == 201
    assert made.json() == {
        "slug": "claims",
        "name": "Claims",
        "description": "",
        "jurisdiction": "",
        "adverse_labels": [],
        "created_at": made.json()["created_at"],
    }
    assert made.json()["created_at"].endswith("Z")
    assert post(olu, "models", {"slug": "m", "use_case": "claims", "name": "M"}).status_code == 404
    model = post(olu, "models", {"slug": "m", "use_case": "credit", "name": "M"})
    assert (model.status_code, model.json()["owner"]) == (201, str(cast.olu.pk))
    version = post(olu, "models/m/versions", {"number": "1.0+b2", "artefact_digest": DIGEST})
    assert (version.status_code, version.json()["model_ref"]) == (201, "m@1.0+b2")
    assert olu.get("/api/v1/models/m/versions/1.0+b2").json() == version.json()
    retired = post(olu, "models/m/versions/1.0+b2/retire")
    assert (retired.status_code, retired.json()["state"]) == (200, "retired")


def test_a_repeat_is_200_and_a_contradiction_409(cast: Cast, credit_model: str) -> None:
    olu = cast.client("olu")
    path = "models/credit-risk/versions"
    again = post(olu, path, {"number": "1.0.0", "artefact_digest": DIGEST})
    assert again.status_code == 200
    other = post(olu, path, {"number": "1.0.0", "artefact_digest": "00" * 32})
    assert other.status_code == 409
    assert [error["pointer"] for error in other.json()["errors"]] == ["/artefact_digest"]


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ({"number": ".1"}, ["/number"]),
        ({"number": 1.0}, ["/number"]),
        ({}, ["/number"]),
        ({"number": "2", "artefact_digest": "AB" * 32}, ["/artefact_digest"]),
        ({"number": "2", "colour": "red"}, ["/colour"]),
        ({"number": "2", "facts": [1]}, ["/facts"]),
        ([], [""]),
    ],
)
def test_what_is_out_of_form_is_pointed_at(
    cast: Cast, credit_model: str, given: object, pointers: list[str]
) -> None:
    answer = post(cast.client("olu"), "models/credit-risk/versions", given)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert [error["pointer"] for error in answer.json()["errors"]] == pointers


def test_strangers_find_nothing_and_readers_may_not_write(cast: Cast, credit_model: str) -> None:
    hal, rita = cast.client("hal"), cast.client("rita")
    for path in ("use-cases/credit", "models/credit-risk", "models/credit-risk/versions"):
        assert hal.get(f"/api/v1/{path}").status_code == 404, path
        assert rita.get(f"/api/v1/{path}").status_code == 200, path
    assert post(rita, "models/credit-risk/versions", {"number": "2"}).status_code == 403
    assert hal.get("/api/v1/models").json()["results"] == []
    assert hal.get("/api/v1/models?use_case=credit").json()["results"] == []


def test_pages_go_forth_and_back(cast: Cast, system: SystemVoice) -> None:
    for number in range(5):
        add_model(voice=system, use_case="credit", slug=f"m{number}", name="M")
    client = cast.client("olu")
    first = client.get("/api/v1/models?limit=2").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    assert [[row["slug"] for row in page["results"]] for page in (first, second, third)] == [
        ["m0", "m1"],
        ["m2", "m3"],
        ["m4"],
    ]
    assert (first["previous"], third["next"]) == (None, None)
    assert client.get(third["previous"]).json()["results"] == second["results"]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=-1",
        "limit=%C2%B2",
        "cursor=%00",
        "cursor=",
        "cursor=x%21",
        "cursor=cD0lMDA%3D",
        "cursor=gIA%3D",
        "cursor=x",
        "use_case=",
        "use_case=%00",
        "use_case=A",
    ],
)
def test_parameters_out_of_form_are_422(cast: Cast, query: str) -> None:
    answer = cast.client("olu").get(f"/api/v1/models?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")


def test_a_key_registers_where_it_may(cast: Cast, credit_model: str) -> None:
    key = issue_key(
        voice=cast.voice("olu"),
        name="pipeline",
        use_cases=["credit"],
        acts=["registry:read", "registry:write"],
    ).text
    client = Client(headers={"authorization": f"Bearer {key}"})
    made = post(client, "models/credit-risk/versions", {"number": "2.0.0"})
    assert (made.status_code, made.json()["created_by"]) == (201, None)
    assert post(client, "use-cases", {"slug": "x", "name": "X"}).status_code == 403
    assert client.get("/api/v1/use-cases/hiring").status_code == 404


def test_a_list_costs_the_same_for_one_and_for_many(
    cast: Cast,
    credit_model: str,
    system: SystemVoice,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = cast.client("olu")
    with django_assert_num_queries(4):  # session, user, roles, rows
        client.get("/api/v1/models")
    for number in range(3):
        add_model(voice=system, use_case="credit", slug=f"m{number}", name="M")
    with django_assert_num_queries(4):
        client.get("/api/v1/models")
