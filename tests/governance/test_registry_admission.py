"""What the door says of a version."""

import pytest
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from audit.door import Admission
from governance.registry import admission as door
from governance.registry.admission import admission
from governance.registry.versions import add_version, retire_version
from tests.governance.conftest import Cast

pytestmark = pytest.mark.django_db


def test_registered_versions_are_admitted(credit_model: str) -> None:
    assert admission("credit", credit_model) == Admission(problem=None, violations=())


def test_unknown_versions_are_violations_and_unknown_places_problems(
    credit_model: str,
) -> None:
    unknown = Admission(problem=None, violations=("version_unknown",))
    assert admission("credit", "credit-risk@9") == unknown
    # Registered, but for another use case.
    assert admission("hiring", credit_model) == unknown
    nowhere = admission("nowhere", credit_model)
    assert nowhere.problem
    assert nowhere.violations == ()


def test_a_known_version_costs_no_query(
    credit_model: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    admission("credit", credit_model)
    with django_assert_num_queries(0):
        admission("credit", credit_model)


def test_a_retirement_is_felt_at_once_here_and_soon_elsewhere(
    cast: Cast,
    credit_model: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    retired = Admission(problem=None, violations=("version_retired",))
    admission("credit", credit_model)
    # Another process learns of no commit: it keeps its answer until the time is over.
    retire_version(voice=cast.voice("olu"), model="credit-risk", number="1.0.0")
    assert admission("credit", credit_model).violations == ()
    now = door.time.monotonic() + door.SECONDS + 0.001
    with monkeypatch.context() as later:
        later.setattr(door.time, "monotonic", lambda: now)
        assert admission("credit", credit_model) == retired
    with django_capture_on_commit_callbacks(execute=True):
        door._known[("credit", credit_model)] = (float("inf"), Admission())
        add_version(voice=cast.voice("olu"), model="credit-risk", number="2.0.0")
    assert admission("credit", credit_model) == retired


def test_a_version_is_admitted_as_soon_as_it_is_registered(cast: Cast, credit_model: str) -> None:
    assert admission("credit", "credit-risk@2.0.0").violations == ("version_unknown",)
    add_version(voice=cast.voice("olu"), model="credit-risk", number="2.0.0")
    assert admission("credit", "credit-risk@2.0.0").violations == ()


def test_invented_names_fill_no_memory(credit_model: str) -> None:
    for number in range(20):
        admission("credit", f"invented@{number}")
    assert door._known == {}
