"""Receipts: verified here by hand, from the layout in docs/log-format.md."""

import hashlib
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from audit import receipts
from audit.keys import key_store
from audit.log import Appended

LINE = Appended(
    UUID("01a205e2-018f-7361-bb32-5f94c8c4dfa4"),
    bytes(range(32)),
    "2026-11-23T00:50:27.343689Z",
    b"{}",
)

pytestmark = pytest.mark.django_db


def verify(signature: bytes, message: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(key_store().public).verify(signature, message)


def test_an_accepted_receipt_signs_origin_entry_leaf_and_time() -> None:
    receipt = receipts.accepted(LINE)
    message = (
        b"rationale/accepted/v1\x00"
        + settings.AUDIT_ORIGIN.encode()
        + b"\n01a205e2-018f-7361-bb32-5f94c8c4dfa4\n"
        + bytes(range(32)).hex().encode()
        + b"\n2026-11-23T00:50:27.343689Z\n"
    )
    verify(receipt.signature, message)
    assert receipt.key_id == key_store().key_id
    assert (receipt.entry_id, receipt.leaf_hash, receipt.recorded_at) == (
        LINE.id,
        LINE.leaf_hash,
        LINE.recorded_at,
    )


def test_the_same_line_gives_the_same_receipt() -> None:
    assert receipts.accepted(LINE) == receipts.accepted(LINE)


def test_a_receipt_is_of_no_other_line() -> None:
    signature = receipts.accepted(LINE).signature
    for other in (
        LINE._replace(leaf_hash=bytes(32)),
        LINE._replace(id=UUID(int=1)),
        LINE._replace(recorded_at="2026-11-23T00:50:27.343690Z"),
    ):
        with pytest.raises(InvalidSignature):
            verify(signature, receipts.accepted_message(settings.AUDIT_ORIGIN, other))


def test_a_batch_signs_the_tree_of_its_leaf_hashes() -> None:
    leaves = [hashlib.sha256(bytes([n])).digest() for n in range(3)]
    node = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    root = hashlib.sha256(b"\x01" + node + leaves[2]).digest()
    receipt = receipts.batch(leaves)
    assert (receipt.count, receipt.root) == (3, root)
    origin = settings.AUDIT_ORIGIN.encode()
    message = b"rationale/batch/v1\x00" + origin + b"\n3\n" + root.hex().encode() + b"\n"
    verify(receipt.signature, message)


def test_no_receipt_can_be_read_as_a_checkpoint() -> None:
    # The text of a signed note has no control character but the newline.
    for message in (
        receipts.accepted_message("a", LINE),
        receipts.batch_message("a", 1, bytes(32)),
    ):
        assert b"\x00" in message
