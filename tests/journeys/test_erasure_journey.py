"""A person asks to be erased: what goes, what remains, and that the log still verifies."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from audit.checkpoint import Checkpoint, VerifierKey, open_note
from audit.header import Header, parse
from audit.merkle import check_inclusion, leaf_hash
from tests.journeys.problems import problem
from tests.journeys.world import World

HOME = "consumer-credit"


@dataclass(frozen=True)
class Person:
    """Somebody with two explained decisions and an outcome. ``mark`` is in all that was said of them."""

    mark: str
    said: tuple[dict[str, Any], dict[str, Any]]
    receipts: tuple[dict[str, Any], ...]

    @property
    def reference(self) -> str:
        return f"cust-{self.mark}"

    @property
    def ids(self) -> list[str]:
        return [one["id"] for one in self.said]


def recorded(world: World, mark: str, row: int) -> Person:
    applications = world.applications()[row : row + 2]
    told = {"subject": f"cust-{mark}", "segments": {"sex": mark}, "context": {"note": mark}}
    said = [{**one, **told, "id": f"{mark}-{n}"} for n, one in enumerate(applications)]
    for one in said:
        assert world.post("decisions", one).status == 201
    outcome = {
        "id": f"out-{mark}",
        "source": mark,
        "observed_at": said[0]["decided_at"],
        "label": mark,
    }
    assert world.post(f"decisions/{said[0]['id']}/outcomes", outcome).status == 201
    for one in said:
        world.until(lambda one=one: state(world, one["id"]) == "ready", 120, "the explanation")
    world.until(lambda: listed(world, mark) == 2, 30, "the projection")
    receipts = tuple(world.get(f"decisions/{one['id']}/receipt").json for one in said)
    return Person(mark, (said[0], said[1]), receipts)


def state(world: World, decision: str) -> str:
    return str(
        world.get(f"decisions/{decision}/why?audience=examiner").json["explanation"]["state"]
    )


def listed(world: World, mark: str) -> int:
    found = world.get(f"decisions?subject=cust-{mark}&use_case={HOME}")
    assert found.status == 200
    return len(found.json["results"])


def entries(world: World, pseudonym: Any) -> list[Header]:
    """Every line of the log about a person, oldest first."""
    about = "SELECT header FROM audit_entry WHERE convert_from(header, 'UTF8')::json->>'subject' = %s ORDER BY id"
    return [parse(bytes(row[0])) for row in world.rows(about, [str(pseudonym)])]


def tables_that_hold(world: World, text: str) -> list[str]:
    """Tables with a row that has the text in it, as characters or as bytes."""
    names = [
        row[0] for row in world.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    forms = [f"%{text}%", f"%{text.encode().hex()}%"]
    look = 'SELECT count(*) FROM "{}" t WHERE t::text LIKE ANY (%s)'
    return [name for name in names if world.rows(look.format(name), [forms]) != [(0,)]]


def explained(world: World, entry_id: str) -> int:
    rows = world.rows("SELECT count(*) FROM explain_explanation WHERE entry_id = %s", [entry_id])
    return int(rows[0][0])


def verify(world: World, receipt: dict[str, Any]) -> None:
    """Offline, with the log's public key and nothing else."""
    keys = [VerifierKey.parse(key["vkey"]) for key in world.get("log/keys").json["checkpoint_keys"]]
    proven = receipt["included"]
    checkpoint = Checkpoint.parse(open_note(proven["checkpoint"], keys).text)
    leaf = leaf_hash(receipt["header"].encode())
    path = [bytes.fromhex(one) for one in proven["hashes"]]
    check_inclusion(proven["leaf_index"], checkpoint.size, leaf, path, checkpoint.root)


@pytest.fixture(scope="module")
def erased(world: World) -> Person:
    person = recorded(world, f"gone{time.time_ns()}", 10)
    assert tables_that_hold(world, person.mark)  # the projections hold plain text: that must go
    asked = {
        "use_case": HOME,
        "subject": person.reference,
        "reason": "Article 17",
        "request_id": "R-1",
    }
    done = world.post("erasures", asked)
    assert done.status == 201, done.body
    repeat = world.post(
        "erasures", {"use_case": HOME, "subject_id": done.json["subject"], "reason": "x"}
    )
    assert (repeat.status, repeat.json["entry_id"]) == (200, done.json["entry_id"])
    world.until(lambda: not tables_that_hold(world, person.mark), 60, "the followers to purge")
    return person


def test_why_says_what_remains(world: World, erased: Person) -> None:
    for id_, receipt in zip(erased.ids, erased.receipts, strict=True):
        for audience in ("subject", "reviewer", "examiner"):
            answer = world.get(f"decisions/{receipt['entry_id']}/why?audience={audience}").json
            assert answer["decision"]["state"] == "erased"
            assert "erased on request. What remains:" in answer["decision"]["erased"]["detail"]
            # The person concerned is never shown these two; that they are erased is no secret.
            hidden = "withheld" if audience == "subject" else "erased"
            parts = {
                "explanation": "erased",
                "reasons": "erased",
                "lime": hidden,
                "quality": hidden,
            }
            assert {part: answer[part]["state"] for part in parts} == parts
            assert answer["outcome"]["state"] in {"erased", "none"}
            assert answer["proof"]["state"] == "included"
            assert erased.mark not in json.dumps(answer)
        by_id = world.get(f"decisions/{id_}/why").json
        assert by_id["decision"]["entry_id"] == receipt["entry_id"]


def test_nothing_about_the_person_is_found(world: World, erased: Person) -> None:
    assert listed(world, erased.mark) == 0
    assert tables_that_hold(world, erased.mark) == []
    for receipt in erased.receipts:
        world.until(lambda entry=receipt["entry_id"]: explained(world, entry) == 0, 60, "the purge")
        told = world.get(f"decisions/{receipt['entry_id']}").json
        assert erased.mark not in json.dumps(told)


def test_the_receipts_still_verify(world: World, erased: Person) -> None:
    for before in erased.receipts:
        now = world.get(f"decisions/{before['entry_id']}/receipt").json
        assert (now["header"], now["accepted"]) == (before["header"], before["accepted"])
        assert now["included"]["leaf_index"] == before["included"]["leaf_index"]
        verify(world, before)
        verify(world, now)


def test_the_log_verifies_and_counts_the_erased_apart(world: World, erased: Person) -> None:
    done = world.manage("verifylog", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = entries(world, parse(erased.receipts[0]["header"].encode()).subject)
    sealed = [line for line in lines if line.kind != "erasure"]
    kinds = Counter(line.kind for line in sealed)
    assert (kinds["decision"], kinds["outcome"]) == (2, 1)
    # One explanation each, and for an adverse decision what would have changed it: reading why asks.
    assert 2 <= kinds["explanation"] <= 4
    assert set(kinds) == {"decision", "outcome", "explanation"}
    assert len(lines) == len(sealed) + 1
    report = json.loads(done.stdout)
    assert (report["intact"], report["findings"]) == (True, [])
    assert re.search(
        rf"{report['size']} of {report['size']}; of these \d+ erased", report["content"]["sentence"]
    )


def test_nothing_more_is_recorded_of_what_is_erased(world: World, erased: Person) -> None:
    outcome = {
        "id": "late",
        "source": "x",
        "observed_at": erased.said[0]["decided_at"],
        "label": "x",
    }
    problem(world.post(f"decisions/{erased.receipts[0]['entry_id']}/outcomes", outcome), 410)
    again = world.post("decisions", erased.said[0])  # a retry that comes late is still a retry
    assert (again.status, again.json["entry_id"]) == (200, erased.receipts[0]["entry_id"])


def test_the_same_person_coming_back_is_somebody_new(world: World, erased: Person) -> None:
    said = {**erased.said[0], "id": f"back-{erased.mark}", "context": {}, "segments": {}}
    new = world.post("decisions", said)
    assert new.status == 201
    headers = [
        parse(world.get(f"decisions/{entry}/receipt").json["header"].encode())
        for entry in (new.json["entry_id"], erased.receipts[0]["entry_id"])
    ]
    assert headers[0].subject != headers[1].subject
    world.until(lambda: listed(world, erased.mark) == 1, 30, "the projection")
    world.until(lambda: state(world, said["id"]) == "ready", 120, "the explanation")


def test_somebody_else_is_not_touched(world: World, erased: Person) -> None:
    other = recorded(world, f"stays{time.time_ns()}", 20)
    answer = world.get(f"decisions/{other.ids[0]}/why?audience=examiner").json
    assert answer["decision"]["context"] == {"note": other.mark}
    assert answer["outcome"]["state"] == "reported"
    stranger = {"use_case": HOME, "subject": other.reference, "reason": "not theirs to ask"}
    problem(world.post("erasures", stranger, key=world.keys["stranger"]), 404)
    problem(world.post("erasures", stranger, key=world.keys["reader"]), 404)
    assert listed(world, other.mark) == 2
