"""What opens an envelope, and all that must not."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from audit import envelope
from audit.envelope import EnvelopeError

KEK, DEK = bytes(range(32)), bytes(range(32, 64))
ENTRY, OTHER_ENTRY = bytes(range(16)), bytes(range(1, 17))


@given(st.binary(max_size=3000))
def test_a_sealed_body_opens(body):
    stored, commit = envelope.seal(DEK, ENTRY, body)
    assert len(stored) == len(body) + 61
    assert envelope.open_sealed(DEK, ENTRY, stored) == body
    assert envelope.open_sealed(DEK, ENTRY, stored, commit) == body


def test_the_stored_form_is_the_documented_one():
    stored, commit = envelope.seal(DEK, ENTRY, b"body")
    plain = AESGCM(DEK).decrypt(stored[1:13], stored[13:], ENTRY)
    assert stored[0] == 1
    assert plain[32:] == b"body"
    assert commit == hmac.new(plain[:32], b"body", hashlib.sha256).digest()


def test_the_same_body_never_looks_the_same():
    sealed = {envelope.seal(DEK, ENTRY, b"yes") for _ in range(100)}
    assert len({stored for stored, _ in sealed}) == len({commit for _, commit in sealed}) == 100


def test_nothing_else_opens_it():
    stored, commit = envelope.seal(DEK, ENTRY, b"body")
    for dek, entry in [(KEK, ENTRY), (DEK, OTHER_ENTRY)]:
        with pytest.raises(EnvelopeError, match="does not open"):
            envelope.open_sealed(dek, entry, stored, commit)
    with pytest.raises(EnvelopeError, match="not the one its leaf commits to"):
        envelope.open_sealed(DEK, ENTRY, stored, bytes(32))


def test_every_changed_byte_is_noticed():
    stored, commit = envelope.seal(DEK, ENTRY, b"body")
    for at in range(len(stored)):
        spoilt = stored[:at] + bytes([stored[at] ^ 1]) + stored[at + 1 :]
        with pytest.raises(EnvelopeError):
            envelope.open_sealed(DEK, ENTRY, spoilt, commit)
    for cut in range(len(stored)):
        with pytest.raises(EnvelopeError):
            envelope.open_sealed(DEK, ENTRY, stored[:cut], commit)


def test_another_body_under_the_same_key_is_not_the_one_committed():
    _, commit = envelope.seal(DEK, ENTRY, b"approved")
    swapped, _ = envelope.seal(DEK, ENTRY, b"refused!")
    assert envelope.open_sealed(DEK, ENTRY, swapped) == b"refused!"
    with pytest.raises(EnvelopeError, match="commits to"):
        envelope.open_sealed(DEK, ENTRY, swapped, commit)


def test_key_wrapping_is_rfc_3394():
    # RFC 3394 §4.6: 256 bits of key data under a 256-bit key.
    data = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex(
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )
    assert envelope.wrap(KEK, data) == wrapped
    assert envelope.unwrap(KEK, wrapped) == data


def test_a_wrapped_key_opens_under_its_own_key_only():
    wrapped = envelope.wrap(KEK, DEK)
    spoilt = wrapped[:-1] + bytes([wrapped[-1] ^ 1])
    for kek, data in [(DEK, wrapped), (KEK, spoilt), (KEK, wrapped[:-8]), (KEK, b"")]:
        with pytest.raises(EnvelopeError, match="does not open under this key"):
            envelope.unwrap(kek, data)


def test_keys_and_ids_have_their_lengths():
    stored, _ = envelope.seal(DEK, ENTRY, b"body")
    for misuse in [
        lambda: envelope.wrap(KEK[:16], DEK),
        lambda: envelope.wrap(KEK, DEK[:16]),
        lambda: envelope.unwrap(KEK[:16], envelope.wrap(KEK, DEK)),
        lambda: envelope.seal(DEK[:16], ENTRY, b""),
        lambda: envelope.seal(DEK, ENTRY[:15], b""),
        lambda: envelope.open_sealed(DEK[:16], ENTRY, stored),
        lambda: envelope.open_sealed(DEK, b"", stored),
    ]:
        with pytest.raises(EnvelopeError, match="bytes long"):
            misuse()


def test_new_keys_differ():
    keys = {envelope.new_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


def test_a_keyed_digest_is_hmac_sha256_whatever_came_before():
    for key in (KEK, DEK, b"", b"k" * 64):
        for message in (b"", b"one", b"x" * 5000):
            assert envelope.keyed_digest(key, message) == hmac.digest(key, message, "sha256")
    with pytest.raises(envelope.EnvelopeError):
        envelope.keyed_digest(b"k" * 65, b"")


def test_a_blind_index_is_a_keyed_hash_of_framed_parts():
    framed = b"\x00\x00\x00\x04loan\x00\x00\x00\x02\xc3\xa9"
    assert envelope.blind_index(KEK, "loan", "é") == hmac.new(KEK, framed, "sha256").digest()


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_different_parts_have_different_indexes(one, other):
    assert (envelope.blind_index(KEK, *one) == envelope.blind_index(KEK, *other)) == (one == other)
    assert envelope.blind_index(KEK, *one) != envelope.blind_index(DEK, *one)
