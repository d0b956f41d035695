"""The express way gives the ordinary way's answers, and leaves everything else to it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, connection
from pytest_django import Settings

from governance import express
from governance.entrance import Entrance
from governance.keys import lookup
from governance.keys.issue import issue_key
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import SystemVoice
from tests.audit.company import at_once
from tests.audit.statements import decision, raw

Ask = Callable[..., tuple[int, dict[str, str], Any]]


@pytest.fixture
def key(fresh_db: str) -> str:
    lookup._known.clear()
    admission._known.clear()
    system = SystemVoice("tests")
    add_use_case(voice=system, slug="consumer-credit", name="Credit", adverse_labels=["deny"])
    add_model(voice=system, use_case="consumer-credit", slug="credit-risk", name="Credit risk")
    add_version(voice=system, model="credit-risk", number="1.0.0", artefact_digest="5c" * 32)
    return issued("decisions:write")


def issued(act: str) -> str:
    return issue_key(
        voice=SystemVoice("tests"), name=act, use_cases=["consumer-credit"], acts=[act]
    ).text


@pytest.fixture
def ways(key: str) -> tuple[Ask, Ask]:
    """Asking through the entrance, and by the ordinary way alone."""
    entrance = Entrance(get_wsgi_application())

    def asker(application: Callable[..., Any]) -> Ask:
        def ask(body: bytes, **changes: str) -> tuple[int, dict[str, str], Any]:
            said: list[Any] = []
            environ = {
                "REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/decisions", "QUERY_STRING": "",
                "SERVER_NAME": "testserver", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
                "HTTP_HOST": "localhost", "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(),
                "wsgi.url_scheme": "http", "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(body)), "HTTP_AUTHORIZATION": f"Bearer {key}", **changes,
            }  # fmt: skip
            answer = b"".join(application(environ, lambda *told: said.append(told)))
            headers = {name.lower(): value for name, value in said[0][1]}
            return int(said[0][0].split()[0]), headers, json.loads(answer)

        return ask

    return asker(entrance), asker(entrance._keys)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the express way answered, request by request."""
    answers: list[bool] = []
    real = express.answer

    def watched(*told: Any) -> Any:
        found = real(*told)
        answers.append(found is not None)
        return found

    monkeypatch.setattr(express, "answer", watched)
    return answers


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_claim")
        return int(cursor.fetchone()[0])


def test_a_decision_is_recorded_and_its_repeat_told_alike_by_both_ways(
    ways: tuple[Ask, Ask], taken: list[bool]
) -> None:
    body = raw(decision(id="d-1"))
    status, headers, first = ways[0](body)
    assert (status, taken) == (201, [True])
    assert headers["content-type"] == "application/json"
    again, ordinary = ways[0](body), ways[1](body)
    assert (again[0], again[2]) == (ordinary[0], ordinary[2]) == (200, first)
    assert entries() == 1


def test_callers_at_the_same_time_share_a_commit_and_each_has_its_own_answer(
    ways: tuple[Ask, Ask], taken: list[bool]
) -> None:
    repeat, refused = raw(decision(id="known")), raw(decision(id="bad", output=None))
    assert ways[0](repeat)[0] == 201
    bodies = [raw(decision(id=f"d-{n}", subject=f"person-{n}")) for n in range(3)]
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    done = at_once(
        express._gathering,
        *(partial(ways[0], body) for body in bodies[:2]),
        partial(ways[0], bodies[2], HTTP_TRACEPARENT=f"00-{trace}-00f067aa0ba902b7-01"),
        partial(ways[0], repeat),
        partial(ways[0], refused),
    )
    assert [status for status, _, _ in done] == [201, 201, 201, 200, 422]
    assert [told["id"] for _, _, told in done[:4]] == ["d-0", "d-1", "d-2", "known"]
    assert done[2][1]["traceresponse"].split("-")[1] == trace
    assert sorted(taken) == [False, True, True, True, True, True]
    assert [ways[1](body)[2] for body in bodies] == [told for _, _, told in done[:3]]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), count(DISTINCT xid) FROM audit_claim JOIN audit_entry"
                       " ON id = entry_id")  # fmt: skip
        assert cursor.fetchone() == (4, 2)


def test_the_callers_trace_is_kept(ways: tuple[Ask, Ask], taken: list[bool]) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    _, headers, _ = ways[0](raw(decision()), HTTP_TRACEPARENT=f"00-{trace}-00f067aa0ba902b7-01")
    assert headers["traceresponse"].split("-")[1] == trace
    assert taken == [True]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b'{"id": 1, "id": 2}', 400),
        (b"[]", 422),
        (raw(decision(use_case="nowhere")), 403),
        (raw(decision(output=None)), 422),
        (raw(decision(surprise=1)), 422),
    ],
    ids=["malformed", "key twice", "no object", "use case", "no output", "unknown field"],
)
def test_what_is_refused_is_refused_by_the_ordinary_way(
    ways: tuple[Ask, Ask], taken: list[bool], body: bytes, status: int
) -> None:
    express_answer, ordinary = ways[0](body), ways[1](body)
    assert taken == [False]
    assert express_answer[0] == ordinary[0] == status
    for told in (express_answer[2], ordinary[2]):
        told.pop("trace_id")
    assert express_answer[2] == ordinary[2]
    assert entries() == 0


def test_another_body_under_the_same_id_is_a_conflict(ways: tuple[Ask, Ask]) -> None:
    assert ways[0](raw(decision(id="d-1")))[0] == 201
    status, headers, told = ways[0](raw(decision(id="d-1", subject="another")))
    assert (status, headers["content-type"]) == (409, "application/problem+json")
    assert {"recorded", "submitted"} <= told["errors"][0].keys()


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"HTTP_AUTHORIZATION": "Bearer rk_0000000000_x"}, 401),
        ({"CONTENT_TYPE": "text/plain"}, 415),
        ({"CONTENT_LENGTH": "9999"}, 400),
        ({"CONTENT_LENGTH": "١٢"}, 400),
        ({"REQUEST_METHOD": "PUT"}, 405),
        ({"QUERY_STRING": "x=1"}, 422),
        ({"CONTENT_TYPE": "application/json; charset=utf-8"}, 201),
    ],
)
def test_every_other_request_is_answered_as_before(
    ways: tuple[Ask, Ask], changes: dict[str, str], status: int
) -> None:
    assert ways[0](raw(decision()), **changes)[0] == status
    assert entries() == (1 if status == 201 else 0)


def test_a_packed_body_and_a_long_one_take_the_ordinary_way(
    ways: tuple[Ask, Ask], taken: list[bool]
) -> None:
    packed = gzip.compress(raw(decision()))
    assert ways[0](packed, HTTP_CONTENT_ENCODING="gzip")[0] == 415
    long = raw(decision(context={"note": "x" * express.LONGEST}))
    assert ways[0](long)[0] == 201
    assert taken == [False, False]


def test_a_key_without_the_act_is_refused(ways: tuple[Ask, Ask], taken: list[bool]) -> None:
    reader = issued("decisions:read")
    answer = ways[0](raw(decision()), HTTP_AUTHORIZATION=f"Bearer {reader}")
    assert (answer[0], taken) == (403, [False])


def test_a_fault_in_the_look_up_of_the_key_is_the_ordinary_ways_to_tell(
    ways: tuple[Ask, Ask], taken: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def away(text: str) -> None:
        asked.append(text)
        raise OperationalError("The server is away.")

    monkeypatch.setattr(lookup, "find", away)
    status, headers, told = ways[0](raw(decision()))
    assert (status, told["type"]) == (503, "/problems/unavailable")
    assert headers["retry-after"]
    assert (taken, len(asked)) == ([False], 2)


def test_where_all_calls_must_be_encrypted_none_is_taken_in_the_clear(
    ways: tuple[Ask, Ask], taken: list[bool], settings: Settings
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert express._may({"REQUEST_METHOD": "POST", "PATH_INFO": express.PATH,
                         "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "9"}) is False  # fmt: skip
    settings.SECURE_SSL_REDIRECT = False
    assert express._may({"REQUEST_METHOD": "POST", "PATH_INFO": express.PATH,
                         "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": "9"})  # fmt: skip


def test_without_its_keys_the_service_records_nothing_and_says_so(
    ways: tuple[Ask, Ask], settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert ways[0](raw(decision(id="before")))[0] == 201
    # As after a move to a machine where the folder of keys was forgotten: the log has begun, so no new ones are made.
    settings.AUDIT_KEYS = tmp_path / "nothing"
    for ask in ways:
        status, headers, said = ask(raw(decision(id="after")))
        assert (status, said["type"]) == (503, "/problems/unavailable")
        assert headers["retry-after"]
        assert "keys" in said["detail"] and "nothing" not in said["detail"]
    assert entries() == 1
    assert any("Put the keys back" in record.getMessage() for record in caplog.records)
