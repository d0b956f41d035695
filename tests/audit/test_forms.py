"""Every flaw is named, where it is, without repeating what was said."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.decisions import DecisionIn
from audit.door import Invalid, Malformed
from audit.forms import read
from audit.outcomes import OutcomeIn, OutcomeLineIn
from tests.audit.statements import decision, outcome, raw


def flaws(said: dict[str, Any], form: Any = DecisionIn) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        read(raw(said), form)
    return {error["pointer"]: error["code"] for error in caught.value.errors}


def test_a_sound_statement_is_read_with_its_types() -> None:
    said = read(raw(decision(latency_ms=12, parents=["app-0"])), DecisionIn)
    assert (said.id, said.model_ref, said.role_of_ai) == ("app-1", "credit-risk@1.0.0", "decisive")
    assert said.decided_at.tzinfo is not None
    assert (said.latency_ms, said.parents) == (12.0, ["app-0"])


def test_all_flaws_are_told_at_once() -> None:
    said = decision(
        id="$",
        use_case="Credit",
        version="",
        decided_at="0180-01-01T00:00:00+18:20",
        subject="a\nb",
        inputs=[],
        output={"lable": "deny", "score": "0.6", "probabilities": {"a": 2}},
        segments={"sex": ["f"], "age": True, "x": None, "y": 1.5},
        role_of_ai="some",
        parents=["ok", "no/"],
        latency_ms=-1,
        contxt={},
    )
    del said["model"]
    assert flaws(said) == {
        "/id": "form",
        "/use_case": "form",
        "/model": "required",
        "/version": "form",
        "/decided_at": "too_old",
        "/subject": "form",
        "/inputs": "type",
        "/output/lable": "unknown_field",
        "/output/score": "type",
        "/output/probabilities/a": "form",
        "/segments/sex": "type",
        "/segments/age": "type",
        "/role_of_ai": "form",
        "/parents/1": "form",
        "/latency_ms": "form",
        "/contxt": "unknown_field",
    }


def test_a_typo_is_answered_with_what_was_meant() -> None:
    with pytest.raises(Invalid) as caught:
        read(raw({**decision(), "subjekt": "x"}), DecisionIn)
    assert caught.value.errors == [
        {
            "pointer": "/subjekt",
            "code": "unknown_field",
            "detail": "No such field; did you mean subject?",
        }
    ]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"output": {"score": 1, "probabilities": {"": 0.5, "b": 0.5}}},
            (
                "/output/probabilities/",
                "name",
                "As a name: 1 to 100 characters without control characters.",
            ),
        ),
        ({"parents": ["a"] * 101}, ("/parents", "form", "A list of at most 100 ids.")),
        ({"segments": []}, ("/segments", "type", "An object of at most 100 segments.")),
        (
            {"segments": {f"s{n}": "x" for n in range(101)}},
            ("/segments", "form", "An object of at most 100 segments."),
        ),
        ({"segments": {"": "x"}}, ("/segments/", "name", "As a name: 1 to 100 characters.")),
        (
            {"segments": {"s" * 101: "x"}},
            (f"/segments/{'s' * 101}", "name", "As a name: 1 to 100 characters."),
        ),
        (
            {"segments": {"sex": "f" * 201}},
            (
                "/segments/sex",
                "form",
                "A text of at most 200 characters, a number, null, or an object with value (or distribution), "
                "source, method and probability. A plain value counts as observed.",
            ),
        ),
    ],
)
def test_lists_objects_and_names_are_told_apart_from_what_is_in_them(
    said: dict[str, Any], told: tuple[str, str, str]
) -> None:
    with pytest.raises(Invalid) as caught:
        read(raw(decision(**said)), DecisionIn)
    (error,) = caught.value.errors
    assert (error["pointer"], error["code"], error["detail"]) == told


def test_no_refused_value_is_repeated() -> None:
    secret = "Zoë-Müller-1234"
    said = decision(id=secret, use_case=secret, decided_at=secret, role_of_ai=secret, output=secret)
    with pytest.raises(Invalid) as caught:
        read(raw(said), DecisionIn)
    assert secret not in repr(caught.value.errors) + caught.value.detail


def test_what_types_cannot_say() -> None:
    assert flaws(decision(output={"threshold": 0.5})) == {"/output": "required"}
    assert flaws(decision(inputs=None, features=None)) == {"": "required"}
    assert flaws(outcome(label=None), OutcomeIn) == {"/label": "required"}
    assert flaws(outcome(), OutcomeLineIn) == {"/decision": "required"}
    for some in (decision(inputs=None), decision(features=None), decision(output={"score": 0})):
        read(raw(some), DecisionIn)


@pytest.mark.parametrize(
    ("moment", "code"),
    [
        ("2026-11-22T10:00:00", "form"),  # no offset
        ("2026-02-30T10:00:00Z", "form"),
        ("yesterday", "form"),
        (1795395027, "type"),
        ("0001-01-01T00:00:00+18:20", "too_old"),
        ("0180-01-01T00:00:00-05:50", "too_old"),
        ("9999-12-31T23:59:59-18:00", "too_far_ahead"),
    ],
)
def test_a_time_that_is_none_or_not_ours(moment: Any, code: str) -> None:
    assert flaws(decision(decided_at=moment)) == {"/decided_at": code}
    assert flaws(outcome(observed_at=moment), OutcomeIn) == {"/observed_at": code}


def test_the_clock_may_be_a_little_off(settings: Any) -> None:
    settings.AUDIT_MAX_AHEAD_SECONDS, settings.AUDIT_MAX_AGE_DAYS = 60, 2
    now = datetime.now(UTC)
    for sound in (now + timedelta(seconds=50), now - timedelta(days=1, hours=23)):
        read(raw(decision(decided_at=sound.isoformat())), DecisionIn)
    ahead, old = now + timedelta(seconds=70), now - timedelta(days=2, minutes=1)
    assert flaws(decision(decided_at=ahead.isoformat())) == {"/decided_at": "too_far_ahead"}
    assert flaws(decision(decided_at=old.isoformat())) == {"/decided_at": "too_old"}


def test_a_name_ends_where_it_seems_to() -> None:
    """In Python a bare $ would let a newline pass."""
    said = decision(id="a\n", use_case="b\n", model="c\n", version="1\n", subject="d\n")
    assert flaws(said) == dict.fromkeys(
        ("/id", "/use_case", "/model", "/version", "/subject"), "form"
    )


@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_statement_is_an_object(body: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read(raw(body), DecisionIn)
    assert [error["pointer"] for error in caught.value.errors] == [""]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b'{"id":"a"', "/id", "malformed"),
        (b"", "", "malformed"),
        (b'{"inputs":{"x":NaN}}', "/inputs/x", "number_range"),
        (b'{"inputs":{"x":1e999}}', "/inputs/x", "number_range"),
        (b'{"inputs":{"x":9007199254740993}}', "/inputs/x", "integer_range"),
        (b'{"id":"a","id":"a"}', "/id", "duplicate_key"),
        (b'{"inputs":{"x":"\\ud800"}}', "/inputs/x", "lone_surrogate"),
        (b'{"inputs":{"x":"\\u0000"}}', "/inputs/x", "control_character"),
        (b"\xef\xbb\xbf{}", "", "byte_order_mark"),
    ],
)
def test_what_is_not_strict_json(body: bytes, pointer: str, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read(body, DecisionIn)
    assert [(one["pointer"], one["code"]) for one in caught.value.errors] == [(pointer, code)]


def test_a_flood_of_flaws_is_cut_off() -> None:
    said = decision(segments={f"s{n}": [] for n in range(5000)}, **{f"x{n}": 1 for n in range(500)})
    with pytest.raises(Invalid) as caught:
        read(raw(said), DecisionIn)
    assert len(caught.value.errors) == 100
