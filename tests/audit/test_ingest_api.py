"""The doors over HTTP: statuses, problems with pointers, receipts that verify, and nothing half recorded."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings as django_settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from rest_framework.test import APIClient

from audit import accesses, merkle, projections, publisher, sequencer, subjects
from audit.keys import key_store
from tests.audit.statements import decision, outcome, raw
from tests.audit.test_decisions import counts
from tests.audit.voices import PlainVoice

pytestmark = pytest.mark.urls("tests.audit.api_urls")
DECISIONS = "/api/v1/decisions"
BULK = f"{DECISIONS}/bulk"


@pytest.fixture(autouse=True)
def remember_nobody() -> None:
    subjects.forget_all()


def speaking(voice: PlainVoice | None = None) -> APIClient:
    client = APIClient()
    client.force_authenticate(user=AnonymousUser(), token=voice or PlainVoice())
    return client


def post(said: Any, path: str = DECISIONS, voice: PlainVoice | None = None, **meta: Any) -> Any:
    body = said if isinstance(said, bytes) else raw(said)
    return speaking(voice).post(path, body, content_type="application/json", **meta)


def post_lines(lines: list[Any], path: str = BULK, **meta: Any) -> Any:
    body = b"\n".join(line if isinstance(line, bytes) else raw(line) for line in lines)
    return speaking().post(path, body, content_type="application/x-ndjson", **meta)


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(answer.content)
    assert told["status"] == status
    assert {"type", "title", "detail", "instance"} <= told.keys()
    return told


def flaws(answer: Any, status: int) -> set[tuple[Any, ...]]:
    told = problem(answer, status)["errors"]
    return {
        (e["line"], e["pointer"], e["code"]) if "line" in e else (e["pointer"], e["code"])
        for e in told
    }


def verify(signature: str, message: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(key_store().public).verify(
        base64.b64decode(signature), message
    )


# ---------------------------------------------------------------------------------------- one


@pytest.mark.django_db
def test_a_post_is_answered_with_a_receipt_that_verifies() -> None:
    answer = post(decision())
    told = answer.json()
    receipt = told["receipt"]
    assert answer.status_code == 201
    assert (told["id"], told["violations"]) == ("app-1", [])
    entry = told["entry_id"]
    assert told["links"] == {
        "self": f"{DECISIONS}/{entry}",
        "receipt": f"{DECISIONS}/{entry}/receipt",
        "why": f"{DECISIONS}/{entry}/why",
    }
    message = f"{django_settings.AUDIT_ORIGIN}\n{entry}\n{receipt['leaf_hash']}\n{receipt['recorded_at']}\n"
    verify(receipt["signature"], b"rationale/accepted/v1\x00" + message.encode())
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry WHERE id = %s", [entry])
        header = bytes(cursor.fetchone()[0])
    assert hashlib.sha256(b"\x00" + header).hexdigest() == receipt["leaf_hash"]


@pytest.mark.django_db
def test_a_repeat_is_200_with_the_same_receipt_and_another_body_409() -> None:
    said = decision()
    first, again = post(said), post(said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    (error,) = problem(post({**said, "subject": "other"}), 409)["errors"]
    assert error["recorded"] != error["submitted"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "status", "pointer", "code"),
    [
        (b"", 400, "", "malformed"),
        (b'{"id":', 400, "/id", "malformed"),
        (raw(decision())[:-1], 400, "/segments", "malformed"),
        (b'{"id":"a","id":"b"}', 400, "/id", "duplicate_key"),
        (b'{"inputs":{"x":NaN}}', 400, "/inputs/x", "number_range"),
        (b'{"inputs":{"x":9007199254740993}}', 400, "/inputs/x", "integer_range"),
        (b'{"subject":"\\ud83d"}', 400, "/subject", "lone_surrogate"),
        (b'{"subject":"\\u0007"}', 400, "/subject", "control_character"),
        (b'{"subject":"\xff"}', 400, None, "invalid_utf8"),
        (raw(decision(output={"score": "1"})), 422, "/output/score", "type"),
        (raw(decision(decided_at="2010-01-01T00:00:00Z")), 422, "/decided_at", "too_old"),
        (raw(decision(decided_at="2199-01-01T00:00:00Z")), 422, "/decided_at", "too_far_ahead"),
        (raw({**decision(), "labell": 1}), 422, "/labell", "unknown_field"),
    ],
)
def test_bad_input_is_told_with_a_pointer_and_leaves_nothing(
    body: bytes, status: int, pointer: str | None, code: str
) -> None:
    told = flaws(post(body), status)
    assert code in {error[1] for error in told}
    assert pointer is None or (pointer, code) in told
    assert counts() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_an_unknown_use_case_is_422_and_one_not_allowed_403() -> None:
    everywhere = PlainVoice(where=None, known=frozenset())
    assert flaws(post(decision(), voice=everywhere), 422) == {("/use_case", "unknown")}
    elsewhere = PlainVoice(where=frozenset({"hiring"}))
    assert flaws(post(decision(), voice=elsewhere), 403) == {("/use_case", "forbidden")}
    nowhere = PlainVoice(acts=frozenset())
    problem(post(b"{}", voice=nowhere), 403)


@pytest.mark.django_db
def test_no_voice_no_door() -> None:
    answer = APIClient().post(DECISIONS, b"{}", content_type="application/json")
    problem(answer, 401)


@pytest.mark.django_db
def test_a_large_body_is_413_and_another_type_415(settings: Any) -> None:
    settings.AUDIT_MAX_BODY = 2000
    problem(post(decision(inputs={"x": "y" * 2000})), 413)
    problem(speaking().post(DECISIONS, {"id": "a"}), 415)  # a form
    problem(post(gzip.compress(raw(decision())), HTTP_CONTENT_ENCODING="gzip"), 415)
    assert counts()[0] == 0


@pytest.mark.django_db
def test_what_is_said_of_the_person_may_be_any_text() -> None:
    said = decision(subject="Zoë 😀", inputs={"note": "tab\tline\nend", "ключ": "значение"})
    assert post(said).status_code == 201


@pytest.mark.django_db
def test_violations_are_in_the_answer() -> None:
    voice = PlainVoice(violations={"credit-risk@1.0.0": ("version_retired",)})
    assert post(decision(), voice=voice).json()["violations"] == ["version_retired"]


# --------------------------------------------------------------------------------------- many


@pytest.mark.django_db
def test_a_bulk_is_answered_with_one_signature_over_all_leaves() -> None:
    answer = post_lines([decision(id=f"a{n}") for n in range(5)])
    told = answer.json()
    assert answer.status_code == 201
    assert told["counts"] == {"lines": 5, "recorded": 5, "repeated": 0, "refused": 0}
    assert told["problems"] == []
    assert [(one["line"], one["id"]) for one in told["receipts"]] == [
        (n + 1, f"a{n}") for n in range(5)
    ]
    leaves = [bytes.fromhex(one["leaf_hash"]) for one in told["receipts"]]
    root = merkle.root(leaves).hex()
    assert (told["batch"]["count"], told["batch"]["root"]) == (5, root)
    message = f"{django_settings.AUDIT_ORIGIN}\n5\n{root}\n".encode()
    verify(told["batch"]["signature"], b"rationale/batch/v1\x00" + message)


@pytest.mark.django_db
def test_a_bulk_again_is_200_with_the_same_leaves() -> None:
    lines = [decision(id=f"a{n}") for n in range(3)]
    first, again = post_lines(lines), post_lines(lines)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["counts"] == {"lines": 3, "recorded": 0, "repeated": 3, "refused": 0}
    assert first.json()["batch"] == again.json()["batch"]


@pytest.mark.django_db
def test_a_bulk_may_be_packed_and_end_without_a_newline() -> None:
    body = gzip.compress(
        b"\n".join([raw(decision(id="a")), b"", raw(decision(id="b")) + b"\r", b""])
    )
    answer = speaking().post(
        BULK, body, content_type="application/x-ndjson", HTTP_CONTENT_ENCODING="gzip"
    )
    assert answer.json()["counts"]["recorded"] == 2


@pytest.mark.django_db
def test_a_truncated_last_line_refuses_the_bulk() -> None:
    lines = [raw(decision(id="a")), raw(decision(id="b"))[:-20]]
    (error,) = problem(post_lines(lines), 400)["errors"]
    assert (error["line"], error["code"]) == (2, "malformed")
    assert counts()[0] == 0


@pytest.mark.django_db
def test_skipping_is_asked_for() -> None:
    lines = [decision(id="a"), decision(id="b", output={}), b"x"]
    assert flaws(post_lines(lines), 422) == {(2, "/output", "required"), (3, "", "malformed")}
    told = post_lines(lines, f"{BULK}?on_error=skip").json()
    assert told["counts"] == {"lines": 3, "recorded": 1, "repeated": 0, "refused": 2}
    assert [(e["line"], e["pointer"]) for e in told["problems"]] == [(2, "/output"), (3, "")]
    assert flaws(post_lines(lines, f"{BULK}?on_error=maybe"), 422) == {("on_error", "parameter")}


@pytest.mark.django_db
def test_what_no_bulk_may_be(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    problem(post_lines([]), 422)
    problem(post_lines([b"", b"  "]), 422)
    problem(post(b"{}", BULK), 415)
    lines = [decision(id=f"a{n}") for n in range(4)]
    monkeypatch.setattr("audit.bulk.judging.MAX_LINES", 3)
    problem(post_lines(lines), 413)
    settings.AUDIT_MAX_BULK = 500
    problem(post_lines(lines[:3]), 413)
    packed = gzip.compress(b"\n".join(map(raw, lines[:3])))
    bomb = speaking().post(
        BULK, packed, content_type="application/x-ndjson", HTTP_CONTENT_ENCODING="gzip"
    )
    problem(bomb, 413)
    assert counts() == (0, 0, 0, 0)


@pytest.mark.django_db
def test_a_bulk_costs_as_many_statements_for_many_lines_as_for_one(tmp_path: Path) -> None:
    post(decision(id="before"))  # the connection is open, the keys are read

    def statements(ids: range) -> list[str]:
        with talk(tmp_path / "trace") as said:
            lines = [decision(id=f"a{n}", subject=f"c{n}") for n in ids]
            assert post_lines(lines).status_code == 201
        return said

    one = statements(range(1))
    assert "COPY audit_entry_body" in " ".join(one)
    assert statements(range(1, 301)) == one


@contextmanager
def talk(trace: Path) -> Iterator[list[str]]:
    """The beginnings of all statements sent to the server meanwhile, COPY and all (libpq's trace)."""
    said: list[str] = []
    session = connection.connection.pgconn
    with trace.open("w") as out:
        session.trace(out.fileno())
        yield said
        session.untrace()
    for line in trace.read_text().splitlines():
        _, way, _, kind, *rest = line.split("\t")
        if way == "F" and kind in {"Query", "Parse", "Execute"}:
            said.append(re.sub(r"_x\d+|s\d{9,}", "", " ".join([kind, *rest])[:40]))


# ------------------------------------------------------------------------------------ outcomes


@pytest.mark.django_db
def test_outcomes_over_http() -> None:
    entry = post(decision()).json()["entry_id"]
    said = outcome()
    first, again = (
        post(said, f"{DECISIONS}/app-1/outcomes"),
        post(said, f"{DECISIONS}/{entry}/outcomes"),
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    problem(post(said, f"{DECISIONS}/nobody/outcomes"), 404)
    lines = [outcome(id="b", decision="app-1"), outcome(id="c", decision="nobody")]
    assert flaws(post_lines(lines, "/api/v1/outcomes/bulk"), 422) == {(2, "/decision", "not_found")}
    told = post_lines(lines, "/api/v1/outcomes/bulk?on_error=skip").json()
    assert told["counts"]["recorded"] == 1


# --------------------------------------------------------------------------------------- reads


def accesses_noted() -> list[tuple[str, str, UUID]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor, purpose, entry_id FROM audit_pending_access ORDER BY id")
        return list(cursor.fetchall())


@pytest.mark.django_db
def test_a_decision_is_read_at_once_and_the_reading_noted() -> None:
    said = decision()
    entry = post(said).json()["entry_id"]
    answer = speaking(PlainVoice(actor="user:reader")).get(f"{DECISIONS}/app-1")
    told = answer.json()
    assert answer.status_code == 200
    assert told["content"] == said
    assert (told["id"], told["entry_id"], told["subject"]) == ("app-1", entry, "cust-1234")
    assert accesses_noted() == [("user:reader", "decision", UUID(entry))]
    assert speaking().get(f"{DECISIONS}/{entry}").json()["content"] == said


@pytest.mark.django_db
def test_what_one_may_not_read_looks_like_what_is_not_there() -> None:
    post(decision())
    stranger = speaking(PlainVoice(where=frozenset({"hiring"})))
    for client, path in (
        (stranger, f"{DECISIONS}/app-1"),
        (stranger, f"{DECISIONS}/app-1/receipt"),
        (speaking(), f"{DECISIONS}/app-2"),
        (speaking(), f"{DECISIONS}/app-1?use_case=hiring"),
    ):
        problem(client.get(path), 404)
    assert accesses_noted() == []
    problem(speaking(PlainVoice(acts=frozenset({"decisions:write"}))).get(DECISIONS), 403)


def test_a_receipt_grows_from_accepted_to_included(fresh_db: str) -> None:
    posted = post(decision()).json()
    path = f"{DECISIONS}/app-1/receipt"
    before = speaking().get(path).json()
    assert (before["status"], before["included"]) == ("accepted", None)
    assert before["accepted"] == posted["receipt"]
    post_lines([decision(id=f"b{n}") for n in range(10)])
    sequencer.sequence_once()
    publisher.publish()
    after = speaking().get(path).json()
    included = after["included"]
    assert (after["status"], after["accepted"]) == ("included", posted["receipt"])
    leaf = hashlib.sha256(b"\x00" + after["header"].encode()).digest()
    assert leaf.hex() == posted["receipt"]["leaf_hash"]
    assert merkle.verify_inclusion(
        included["leaf_index"],
        included["size"],
        leaf,
        [bytes.fromhex(one) for one in included["hashes"]],
        bytes.fromhex(included["root"]),
    )
    assert included["checkpoint"].startswith(
        f"{django_settings.AUDIT_ORIGIN}\n{included['size']}\n"
    )


def test_the_list_is_filtered_and_paged_and_noted(fresh_db: str) -> None:
    post_lines(
        [decision(id=f"a{n}", output={"label": "deny" if n % 2 else "approve"}) for n in range(9)]
    )
    sequencer.sequence_once()
    projections.project()
    client = speaking()
    ids: list[str] = []
    page = client.get(DECISIONS, {"limit": 4}).json()
    while True:
        ids += [row["id"] for row in page["results"]]
        if page["next"] is None:
            break
        page = client.get("?".join(urlsplit(page["next"])[2:4])).json()
    assert sorted(ids) == [f"a{n}" for n in range(9)]
    assert len(accesses_noted()) == 9
    assert accesses.fold(100) == 9
    denied = client.get(DECISIONS, {"label": "deny", "use_case": "consumer-credit"}).json()
    assert {row["id"] for row in denied["results"]} == {"a1", "a3", "a5", "a7"}
    assert client.get(DECISIONS, {"use_case": "fraud"}).json()["results"] == []
    assert len(client.get(DECISIONS, {"subject": "cust-1234"}).json()["results"]) == 9
    everywhere = speaking(PlainVoice(where=None)).get(DECISIONS).json()
    assert len(everywhere["results"]) == 9


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("since", ""),
        ("since", "yesterday"),
        ("since", "0001-01-01T00:00:00+18:20"),
        ("until", "2026-11-22"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "x"),
        ("limit", "9" * 5000),
        ("cursor", "nonsense"),
    ],
)
def test_bad_parameters_are_named(name: str, value: str) -> None:
    assert flaws(speaking().get(DECISIONS, {name: value}), 422) == {(name, "parameter")}


@pytest.mark.django_db
def test_an_empty_cursor_is_the_beginning() -> None:
    answer = speaking().get(DECISIONS, {"cursor": "", "q": "a"})
    assert (answer.status_code, answer.json()["results"]) == (200, [])
