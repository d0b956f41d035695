"""Erasing a person: who may, what is said, what remains."""

import json
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from audit import subjects
from audit.door import Forbidden, Invalid, NotFound
from audit.log import Draft, append
from governance.keys.issue import issue_key
from governance.people.grant import grant_role
from governance.privacy import erase_subject
from governance.voices import SystemVoice
from tests.governance.conftest import Cast, lines

pytestmark = pytest.mark.django_db
REASON = "Request under Article 17 of 3 May"


@pytest.fixture
def person(cast: Cast) -> UUID:
    """A customer of credit with one line in the log."""
    with transaction.atomic():
        [key] = subjects.for_references("credit", ["cust-1"])
        append(Draft("decision", "credit", "key:0123456789", b'{"income": 1}', subject=key))
    return key.id


def test_the_key_goes_and_the_reason_stays(cast: Cast, person: UUID) -> None:
    erased = erase_subject(
        voice=cast.voice("priya"),
        use_case="credit",
        subject="cust-1",
        reason=f" {REASON} ",
        legal_basis="GDPR 17(1)(b)",
        request_id="DSR-7",
    )
    assert (erased.subject, erased.repeated) == (person, False)
    assert subjects.key(person) is None
    line = lines()[-1]
    assert (line["kind"], line["actor"]) == ("erasure", f"user:{cast.priya.pk}")
    assert line["body"] == {
        "subject": str(person),
        "use_case": "credit",
        "reason": REASON,
        "legal_basis": "GDPR 17(1)(b)",
        "request_id": "DSR-7",
    }


def test_a_repeat_by_pseudonym_is_the_first_erasure(cast: Cast, person: UUID) -> None:
    priya = cast.voice("priya")
    first = erase_subject(voice=priya, use_case="credit", subject="cust-1", reason=REASON)
    before = lines()
    again = erase_subject(voice=priya, use_case="credit", subject_id=person, reason=REASON)
    assert (again.entry_id, again.repeated) == (first.entry_id, True)
    assert lines() == before
    with pytest.raises(NotFound):
        erase_subject(voice=priya, use_case="credit", subject="cust-1", reason=REASON)


def test_only_privacy_officers_of_the_use_case(cast: Cast, person: UUID) -> None:
    for name in ("alice", "olu", "rita", "carl", "eve"):
        with pytest.raises(Forbidden):
            erase_subject(
                voice=cast.voice(name), use_case="credit", subject="cust-1", reason=REASON
            )
    with pytest.raises(NotFound):
        erase_subject(voice=cast.voice("hal"), use_case="credit", subject="cust-1", reason=REASON)
    assert subjects.key(person) is not None


def test_a_pseudonym_of_another_use_case_is_not_found(
    cast: Cast, person: UUID, system: SystemVoice
) -> None:
    grant_role(voice=system, user=cast.hal.pk, role="privacy", use_case="hiring")
    with pytest.raises(NotFound):
        erase_subject(voice=cast.voice("hal"), use_case="hiring", subject_id=person, reason="x")
    assert subjects.key(person) is not None


def test_no_reason_no_erasure(cast: Cast, person: UUID) -> None:
    with pytest.raises(Invalid):
        erase_subject(voice=cast.voice("priya"), use_case="credit", subject="cust-1", reason=" \n")
    assert subjects.key(person) is not None


def test_by_the_api_with_a_key_that_may(cast: Cast, person: UUID, system: SystemVoice) -> None:
    key = issue_key(
        voice=system, name="request desk", use_cases=["credit"], acts=["erasure:write"]
    ).text
    client = Client(headers={"authorization": f"Bearer {key}"})
    asked = {"use_case": "credit", "subject_id": str(person), "reason": REASON}
    statuses = []
    for _ in range(2):
        answer = client.post("/api/v1/erasures", json.dumps(asked), "application/json")
        statuses.append((answer.status_code, answer.json()["subject"]))
    assert statuses == [(201, str(person)), (200, str(person))]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"reason": ""}, "/reason"),
        ({"reason": " "}, "/reason"),
        ({"subject_id": str(uuid4())}, "/subject"),
        ({"subject": None}, "/subject"),
        ({"use_case": "NO"}, "/use_case"),
    ],
)
def test_what_is_no_request(
    cast: Cast, system: SystemVoice, changed: dict[str, object], pointer: str
) -> None:
    key = issue_key(voice=system, name="desk", use_cases=["credit"], acts=["erasure:write"]).text
    client = Client(headers={"authorization": f"Bearer {key}"})
    asked = {"use_case": "credit", "subject": "cust-1", "reason": REASON, **changed}
    answer = client.post("/api/v1/erasures", json.dumps(asked), "application/json")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


class TestCommand:
    WHO = ("--use-case=credit", "--subject=cust-1", f"--reason={REASON}")

    def test_for_a_privacy_officer(
        self, cast: Cast, person: UUID, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("erasesubject", *self.WHO, "--officer=Priya@example.com", "--yes")
        assert subjects.key(person) is None
        assert str(person) in capsys.readouterr().out
        assert lines()[-1]["actor"] == f"user:{cast.priya.pk}"

    def test_for_nobody_else(self, cast: Cast, person: UUID) -> None:
        for officer in ("rita@example.com", "hal@example.com", "nobody@example.com"):
            with pytest.raises(CommandError):
                call_command("erasesubject", *self.WHO, f"--officer={officer}", "--yes")
        assert subjects.key(person) is not None

    def test_not_without_the_word(
        self, cast: Cast, person: UUID, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("builtins.input", lambda _: "yes")
        with pytest.raises(CommandError, match="Nothing was erased"):
            call_command("erasesubject", *self.WHO, "--officer=priya@example.com")
        assert subjects.key(person) is not None
