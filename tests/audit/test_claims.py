"""Callers' ids: found by name, blind without the key, written once."""

import os
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from audit import claims
from audit.binary_copy import Contended
from audit.claims import Claim, Taken
from audit.keys import key_store


@pytest.mark.django_db
def test_claims_are_found_by_key_and_others_are_not() -> None:
    made = [(Claim(os.urandom(32), os.urandom(32)), uuid4()) for _ in range(100)]
    claims.take_many(made)
    wanted = [claim.key for claim, _ in made[:50]] + [os.urandom(32)]
    assert claims.find(wanted) == {c.key: Taken(entry, c.digest) for c, entry in made[:50]}
    assert claims.find([]) == {}


@pytest.mark.django_db
def test_a_key_is_written_once() -> None:
    claim = Claim(os.urandom(32), bytes(32))
    claims.take_many([(claim, uuid4())])
    with pytest.raises(Contended), transaction.atomic():
        claims.take_many([(Claim(os.urandom(32), bytes(32)), uuid4()), (claim, uuid4())])
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_claim")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_what_is_free_is_taken_and_the_rest_told() -> None:
    made = [(Claim(os.urandom(32), bytes(32)), uuid4()) for _ in range(5)]
    claims.take_many(made[:2])
    assert claims.take_free(made) == {claim.key for claim, _ in made[:2]}
    found = claims.find(claim.key for claim, _ in made)
    assert found == {claim.key: Taken(entry, claim.digest) for claim, entry in made}
    assert claims.take_free([]) == set()


@pytest.mark.django_db
def test_keys_depend_on_every_part_and_on_the_kind() -> None:
    store, entry = key_store(), uuid4()
    keys = [
        claims.of_decision("a", "bc", b"{}", store).key,
        claims.of_decision("ab", "c", b"{}", store).key,
        claims.of_outcome(entry, "bc", b"{}", store).key,
        claims.of_outcome(uuid4(), "bc", b"{}", store).key,
        claims.of_erasure(entry, b"{}", store).key,
    ]
    assert len(set(keys)) == len(keys)
    assert claims.decision_key("a", "bc") == keys[0]


@pytest.mark.django_db
def test_digests_tell_bodies_apart_by_every_byte() -> None:
    store = key_store()
    one, other = (claims.of_decision("a", "b", raw, store).digest for raw in (b"{}", b"{} "))
    assert one != other
    assert one == claims.of_outcome(uuid4(), "x", b"{}", store).digest


@pytest.mark.django_db
def test_a_claim_cannot_be_changed_or_taken_back() -> None:
    claims.take_many([(Claim(bytes(32), bytes(32)), uuid4())])
    for statement in ("UPDATE audit_claim SET digest = key", "DELETE FROM audit_claim"):
        with (
            pytest.raises(DatabaseError, match=r"denied|append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
