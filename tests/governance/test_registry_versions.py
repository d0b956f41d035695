"""Versions: registered for good, retired for good."""

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.door import Conflict, Forbidden, NotFound
from audit.header import parse
from governance.models import Model, UseCase, Version
from governance.registry import queries
from governance.registry.versions import add_version, retire_version
from tests.governance.conftest import DIGEST, Cast, lines

pytestmark = pytest.mark.django_db


def test_a_version_is_registered_with_its_line(cast: Cast, credit_model: str) -> None:
    row = queries.version(cast.voice("rita"), credit_model)
    assert (row.model_ref, row.use_case, row.state, row.artefact_digest, row.created_by_name) == (
        "credit-risk@1.0.0",
        "credit",
        "registered",
        DIGEST,
        "Olu",
    )
    assert lines()[-1] == {
        "kind": "registry",
        "use_case": "credit",
        "model_ref": "credit-risk@1.0.0",
        "actor": f"user:{cast.olu.pk}",
        "body": {"act": "version_added", "artefact_digest": DIGEST, "facts": {}},
    }


def test_a_version_names_the_line_that_registered_it(cast: Cast, credit_model: str) -> None:
    row = queries.version(cast.voice("rita"), credit_model)
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry WHERE id = %s", [row.entry_id])
        header = parse(bytes(cursor.fetchone()[0]))
    assert (header.kind, header.model_ref) == ("registry", credit_model)
    again = add_version(
        voice=cast.voice("olu"), model="credit-risk", number="1.0.0", artefact_digest=DIGEST
    )
    assert again.row.entry_id == row.entry_id


def test_the_line_of_a_version_stands(cast: Cast, credit_model: str) -> None:
    with pytest.raises(DatabaseError, match="registered facts stand"), transaction.atomic():
        Version.objects.filter(model_ref=credit_model).update(entry_id=uuid4())


def test_a_repeat_adds_nothing_and_no_line(cast: Cast, credit_model: str) -> None:
    before = lines()
    again = add_version(
        voice=cast.voice("olu"), model="credit-risk", number="1.0.0", artefact_digest=DIGEST
    )
    assert again.repeated
    assert lines() == before


def test_a_repeat_with_other_facts_is_a_conflict_that_names_them(
    cast: Cast, credit_model: str
) -> None:
    with pytest.raises(Conflict) as refused:
        add_version(
            voice=cast.voice("olu"),
            model="credit-risk",
            number="1.0.0",
            artefact_digest=DIGEST,
            facts={"trained": "2026-10-01"},
        )
    assert [error["pointer"] for error in refused.value.errors] == ["/facts"]


@pytest.mark.parametrize("number", ["", "1.0 beta", ".1", "1" * 64, "1/2"])
def test_numbers_out_of_form_are_refused(cast: Cast, credit_model: str, number: str) -> None:
    with pytest.raises(ValidationError):
        add_version(voice=cast.voice("olu"), model="credit-risk", number=number)


def test_reviewers_may_not_register_and_strangers_learn_nothing(
    cast: Cast, credit_model: str
) -> None:
    with pytest.raises(Forbidden):
        add_version(voice=cast.voice("rita"), model="credit-risk", number="2.0.0")
    with pytest.raises(NotFound) as hidden:
        add_version(voice=cast.voice("hal"), model="credit-risk", number="2.0.0")
    with pytest.raises(NotFound) as absent:
        add_version(voice=cast.voice("hal"), model="no-such-model", number="2.0.0")
    assert hidden.value.detail == absent.value.detail


def test_retiring_is_final_and_logged_once(cast: Cast, credit_model: str) -> None:
    voice = cast.voice("olu")
    first = retire_version(voice=voice, model="credit-risk", number="1.0.0")
    before = lines()
    assert retire_version(voice=voice, model="credit-risk", number="1.0.0") == first
    assert lines() == before
    assert (first.state, before[-1]["body"]) == ("retired", {"act": "version_retired"})


@pytest.mark.parametrize(
    "change",
    [
        {"artefact_digest": "00" * 32},
        {"number": "9.9.9"},
        {"model_ref": "credit-risk@9.9.9"},
        {"facts": {"invented": True}},
        {"notes": "later"},
        {"created_by": None},
    ],
)
def test_the_database_refuses_to_change_facts(credit_model: str, change: dict[str, object]) -> None:
    with pytest.raises(DatabaseError, match="registered facts stand"), transaction.atomic():
        Version.objects.update(**change)


def test_the_database_refuses_to_move_a_version_to_another_model(
    cast: Cast, credit_model: str
) -> None:
    hiring = UseCase.objects.get(slug="hiring")
    other = Model.objects.create(use_case=hiring, slug="cv-rank", name="Ranking")
    with pytest.raises(DatabaseError, match="registered facts stand"), transaction.atomic():
        Version.objects.update(model=other)


def test_the_database_refuses_to_bring_a_retired_version_back(
    cast: Cast, credit_model: str
) -> None:
    retire_version(voice=cast.voice("olu"), model="credit-risk", number="1.0.0")
    with pytest.raises(DatabaseError, match="may only be retired"), transaction.atomic():
        Version.objects.update(state="registered", retired_at=None)


@pytest.mark.parametrize("table", ["version", "model", "usecase"])
def test_the_database_refuses_deletion(credit_model: str, table: str) -> None:
    with (
        pytest.raises(DatabaseError, match="registered facts stand"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM governance_{table}")  # noqa: S608


def test_slugs_and_homes_stand(credit_model: str) -> None:
    hiring = UseCase.objects.get(slug="hiring")
    for change in ({"slug": "other"}, {"use_case": hiring}):
        with pytest.raises(DatabaseError, match="registered facts stand"), transaction.atomic():
            Model.objects.update(**change)
    with pytest.raises(DatabaseError, match="registered facts stand"), transaction.atomic():
        UseCase.objects.filter(slug="hiring").update(slug="renamed")


def test_a_model_ref_that_says_something_else_is_refused(credit_model: str) -> None:
    home = Model.objects.get()
    with pytest.raises(IntegrityError, match="model_ref is the slug"), transaction.atomic():
        Version.objects.create(model=home, number="2", model_ref="credit-risk@3")
