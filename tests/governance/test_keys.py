"""API keys: issued once, never more than their issuer, revoked for good."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from audit.door import Forbidden, Invalid, NotFound
from governance.keys import lookup, secret
from governance.keys.issue import issue_key
from governance.keys.listing import keys
from governance.keys.revoke import revoke_key
from governance.models import ApiKey
from governance.voices import KeyVoice, SystemVoice
from tests.governance.conftest import Cast, lines

pytestmark = pytest.mark.django_db
RECORD = ["decisions:write", "outcomes:write"]


def test_the_secret_is_shown_once_and_kept_nowhere(cast: Cast, credit_model: str) -> None:
    issued = issue_key(voice=cast.voice("olu"), name="Engine", use_cases=["credit"], acts=RECORD)
    prefix, hidden = issued.text.removeprefix("rk_").split("_", 1)
    assert (prefix, len(hidden)) == (issued.prefix, 43)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM governance_apikey k WHERE k::text LIKE %s", [f"%{hidden}%"]
        )
        in_table = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM audit_entry_body WHERE position(%s::bytea in body) > 0",
            [hidden.encode()],
        )
        in_log = cursor.fetchone()[0]
    assert (in_table, in_log) == (0, 0)
    assert lines()[-1] == {
        "kind": "key",
        "use_case": "credit",
        "model_ref": None,
        "actor": f"user:{cast.olu.pk}",
        "body": {
            "act": "key_issued",
            "acts": RECORD,
            "expires_at": None,
            "key": issued.prefix,
            "models": [],
        },
    }


def test_a_key_is_found_by_its_whole_text_only(cast: Cast, credit_key: str) -> None:
    found = lookup.find(credit_key)
    assert found is not None
    assert (found.use_cases, "decisions:read" in found.acts) == (frozenset({"credit"}), True)
    last = "A" if credit_key[-1] != "A" else "B"
    for wrong in ("", "rk_", credit_key[:-1] + last, credit_key + "x", credit_key.upper()):
        assert lookup.find(wrong) is None, wrong


def test_nobody_gives_a_key_what_they_cannot_do(cast: Cast, credit_model: str) -> None:
    alice = cast.voice("alice")
    issue_key(voice=alice, name="Engine", use_cases=["credit", "hiring"], acts=RECORD)
    for act in ("decisions:read", "why:read", "why:examiner", "erasure:write", "registry:write"):
        with pytest.raises(Forbidden):
            issue_key(voice=alice, name="Peek", use_cases=["credit"], acts=[act])
    with pytest.raises(Forbidden):
        issue_key(voice=cast.voice("rita"), name="Engine", use_cases=["credit"], acts=RECORD)
    with pytest.raises(NotFound):
        issue_key(voice=cast.voice("hal"), name="Engine", use_cases=["credit"], acts=RECORD)
    with pytest.raises(NotFound):
        issue_key(
            voice=cast.voice("olu"), name="Engine", use_cases=["credit", "hiring"], acts=RECORD
        )


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"acts": []}, "/acts"),
        ({"acts": ["people:write"]}, "/acts"),
        ({"models": ["credit-risk"], "acts": ["decisions:read"]}, "/models"),
        ({"models": ["no-such-model"]}, "/models"),
        ({"use_cases": []}, "/use_cases"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "/expires_at"),
    ],
)
def test_what_a_key_cannot_be(
    system: SystemVoice, credit_model: str, changed: dict[str, object], pointer: str
) -> None:
    asked = {"name": "Engine", "use_cases": ["credit"], "acts": RECORD, **changed}
    with pytest.raises(Invalid) as refused:
        issue_key(voice=system, **asked)
    assert [error["pointer"] for error in refused.value.errors] == [pointer]
    assert ApiKey.objects.count() == 0


def test_a_narrowed_key_records_for_its_models_only(cast: Cast, credit_model: str) -> None:
    text = issue_key(
        voice=cast.voice("olu"),
        name="Engine",
        use_cases=["credit"],
        acts=RECORD,
        models=["credit-risk"],
    ).text
    known = lookup.find(text)
    assert known is not None
    voice = KeyVoice(known)
    asked = [("credit", "credit-risk"), ("credit", "limits"), ("hiring", "credit-risk")]
    assert [voice.allows("decisions:write", use_case=u, model=m) for u, m in asked] == [
        True,
        False,
        False,
    ]
    assert voice.use_cases("decisions:write") == frozenset({"credit"})
    assert voice.use_cases("decisions:read") == frozenset()


def test_expiry_is_honoured_even_in_memory(
    cast: Cast, credit_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = timezone.now() + timedelta(seconds=2)
    text = issue_key(
        voice=cast.voice("olu"), name="E", use_cases=["credit"], acts=RECORD, expires_at=end
    ).text
    assert lookup.find(text) is not None
    monkeypatch.setattr(lookup.timezone, "now", lambda: end)
    assert lookup.find(text) is None


def test_a_key_that_expired_is_not_used_any_more(cast: Cast, credit_key: str) -> None:
    ended = timezone.now() - timedelta(days=1)
    ApiKey.objects.update(expires_at=ended, last_used_at=ended)
    assert lookup.find(credit_key) is None
    assert ApiKey.objects.get().last_used_at == ended


def test_a_revoked_key_is_silent_here_at_once_and_elsewhere_within_five_seconds(
    cast: Cast,
    credit_key: str,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    key = ApiKey.objects.get()
    assert lookup.find(credit_key) is not None
    with django_capture_on_commit_callbacks(execute=False) as told:
        revoke_key(voice=cast.voice("alice"), key=key.pk)
    # Another process, which nobody told:
    assert lookup.find(credit_key) is not None
    now = lookup.time.monotonic() + 5.001
    with monkeypatch.context() as later:
        later.setattr(lookup.time, "monotonic", lambda: now)
        assert lookup.find(credit_key) is None
    for tell in told:
        tell()
    assert lookup.find(credit_key) is None
    before = lines()
    revoke_key(voice=cast.voice("alice"), key=key.pk)
    assert lines() == before
    assert before[-1]["body"] == {"act": "key_revoked", "key": key.prefix}


def test_only_those_who_see_a_key_revoke_it(cast: Cast, credit_key: str) -> None:
    key = ApiKey.objects.get()
    for name in ("rita", "carl", "hal"):
        with pytest.raises(NotFound):
            revoke_key(voice=cast.voice(name), key=key.pk)
    with pytest.raises(NotFound):
        revoke_key(voice=cast.voice("alice"), key=uuid4())
    key.refresh_from_db()
    assert key.revoked_at is None


def test_use_is_noted_at_most_once_a_minute(credit_key: str) -> None:
    lookup.find(credit_key)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    for age, noted in ((30, False), (61, True)):
        past = timezone.now() - timedelta(seconds=age)
        ApiKey.objects.update(last_used_at=past)
        lookup._known.clear()
        lookup.find(credit_key)
        assert (ApiKey.objects.get().last_used_at != past) is noted


def test_a_key_in_memory_costs_no_query(
    credit_key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lookup.find(credit_key)
    with django_assert_num_queries(0):
        lookup.find(credit_key)


def test_lists_show_keys_by_use_case_and_hide_the_others_names(cast: Cast, credit_key: str) -> None:
    issue_key(voice=cast.voice("alice"), name="Both", use_cases=["credit", "hiring"], acts=RECORD)
    seen = {
        name: [(row.name, row.use_cases) for row in keys(cast.voice(name))]
        for name in ("alice", "carl", "hal", "rita")
    }
    assert seen == {
        "alice": [("Both", ("credit", "hiring")), ("scoring engine", ("credit",))],
        "carl": [("Both", ("credit",)), ("scoring engine", ("credit",))],
        "hal": [("Both", ("hiring",))],
        "rita": [],
    }


def test_the_form_of_a_key() -> None:
    made = secret.make()
    assert secret.parse(made.text) == made
    assert made.matches(made.digest)
    assert not made.matches(secret.make().digest)
    assert secret.parse(made.text + "\n") is None
