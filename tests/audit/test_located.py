"""Finding a decision by either name, within what the voice may see."""

from typing import Any
from uuid import uuid4

import pytest

from audit import header, projections, sequencer, subjects
from audit.decisions import Recorded, record
from audit.door import Forbidden, Invalid, NotFound, Problem
from audit.located import Located, every_use_case, locate
from audit.log import Draft, append
from tests.audit.statements import decision, raw
from tests.audit.voices import PlainVoice

VOICE = PlainVoice()
ACT = "decisions:read"


def decided(**changes: Any) -> Recorded:
    return record(voice=VOICE, raw=raw(decision(**changes)))


def find(name: str, use_case: str | None = None, voice: PlainVoice = VOICE) -> Located | Problem:
    return locate([(name, use_case)], voice=voice, act=ACT)[name, use_case]


@pytest.mark.django_db
def test_by_callers_id_and_by_entry_id() -> None:
    done = decided()
    said = header.parse(done.entry.header)
    expected = Located(done.entry.id, "consumer-credit", "credit-risk@1.0.0", said.subject)
    for name, use_case in (
        ("app-1", None),
        ("app-1", "consumer-credit"),
        (str(done.entry.id), None),
        (str(done.entry.id).upper(), None),
    ):
        assert find(name, use_case) == expected


@pytest.mark.django_db
def test_many_names_at_once() -> None:
    entries = {f"a{n}": decided(id=f"a{n}").entry.id for n in range(5)}
    found = locate([(name, None) for name in [*entries, "b"]], voice=VOICE, act=ACT)
    located = {name: one.entry_id for (name, _), one in found.items() if isinstance(one, Located)}
    assert located == entries
    assert isinstance(found["b", None], NotFound)


@pytest.mark.django_db
def test_what_is_not_there_or_not_to_be_seen() -> None:
    done = decided()
    line = append(Draft("alert", "consumer-credit", "system:t", b"{}"))
    stranger = PlainVoice(where=frozenset({"hiring"}))
    for found in (
        find("app-2"),
        find("app-1", "hiring"),
        find(str(uuid4())),
        find(str(line.id)),  # an entry, but no decision
        find("app-1", voice=stranger),
        find(str(done.entry.id), voice=stranger),
        find("app-1", "consumer-credit", voice=stranger),
        find("app-1", voice=PlainVoice(acts=frozenset())),
    ):
        assert isinstance(found, NotFound)
        assert found.errors[0]["pointer"] == "/decision"


@pytest.mark.django_db
def test_two_use_cases_with_one_id() -> None:
    here, there = decided(), decided(use_case="hiring")
    both = find("app-1")
    assert isinstance(both, Invalid)
    assert both.errors[0]["code"] == "ambiguous"
    named = find("app-1", "hiring")
    only = find("app-1", voice=PlainVoice(where=frozenset({"consumer-credit"})))
    assert isinstance(named, Located)
    assert isinstance(only, Located)
    assert (named.entry_id, only.entry_id) == (there.entry.id, here.entry.id)


@pytest.mark.django_db
def test_another_model_is_forbidden() -> None:
    decided()
    assert isinstance(find("app-1", voice=PlainVoice(models=frozenset({"other"}))), Forbidden)


def test_a_voice_for_everywhere(fresh_db: str) -> None:
    subjects.forget_all()
    done = decided()
    everywhere = PlainVoice(where=None)
    assert isinstance(find("app-1", voice=everywhere), NotFound)
    assert isinstance(find("app-1", "consumer-credit", voice=everywhere), Located)
    assert isinstance(find(str(done.entry.id), voice=everywhere), Located)
    assert every_use_case() == frozenset()
    sequencer.sequence_once()
    projections.project()
    assert isinstance(find("app-1", voice=everywhere), Located)
    assert every_use_case() == {"consumer-credit"}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["\x00", "app\x001"])
def test_a_name_that_no_database_can_hold_is_nobodys(name: str) -> None:
    for voice in (VOICE, PlainVoice(where=None)):
        assert isinstance(find(name, voice=voice), NotFound)
