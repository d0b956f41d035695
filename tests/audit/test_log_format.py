"""docs/log-format.md, read as an outsider would: its example recomputed here without a line of ours."""

import base64
import hashlib
import hmac
import json
import re
import struct
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from django.conf import settings
from django.db import connection

from audit import decisions, keys
from tests.audit.statements import decision, raw
from tests.audit.voices import PlainVoice

TEXT = (Path(__file__).resolve().parents[2] / "docs/log-format.md").read_text()
EXAMPLE = dict(re.findall(r"^\| ([^|]+) \| `(.+)` \|$", TEXT.partition("## 13")[2], re.MULTILINE))
BODY = b'{"id":"app-1"}'
LOW, MIDDLE, HIGH = bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))
ORIGIN = "rationale.local/log"
PUBLIC = Ed25519PrivateKey.from_private_bytes(LOW).public_key()


def blind(key: bytes, *parts: str) -> bytes:
    framed = b"".join(struct.pack(">I", len(p.encode())) + p.encode() for p in parts)
    return hmac.digest(key, framed, "sha256")


def accepted(origin: str, entry: str, leaf: str, at: str) -> bytes:
    return b"rationale/accepted/v1\x00" + f"{origin}\n{entry}\n{leaf}\n{at}\n".encode()


def test_the_body_opens_and_the_header_commits_to_it() -> None:
    header, stored = json.loads(EXAMPLE["header"]), bytes.fromhex(EXAMPLE["stored body"])
    assert stored[:13] == b"\x01" + bytes(range(12))
    aad = bytes.fromhex(header["id"].replace("-", ""))
    plain = AESGCM(LOW).decrypt(stored[1:13], stored[13:], aad)
    assert plain == MIDDLE + BODY
    assert header["commit"] == hmac.digest(MIDDLE, BODY, "sha256").hex()
    assert header["body"] == {
        "alg": "A256GCM",
        "len": len(stored),
        "sha256": hashlib.sha256(stored).hexdigest(),
    }


def test_the_header_is_canonical_and_its_hash_is_the_leaf() -> None:
    header = EXAMPLE["header"].encode()
    assert rfc8785.dumps(json.loads(header)) == header
    assert hashlib.sha256(b"\x00" + header).hexdigest() == EXAMPLE["leaf hash"]


def test_claims_and_wrapped_keys() -> None:
    assert blind(LOW, "decision", "consumer-credit", "app-1").hex() == EXAMPLE["claim key"]
    assert hmac.digest(LOW, BODY, "sha256").hex() == EXAMPLE["claim digest"]
    assert aes_key_unwrap(HIGH, bytes.fromhex(EXAMPLE["wrapped data key"])) == LOW


def test_the_three_signatures() -> None:
    header, leaf = json.loads(EXAMPLE["header"]), EXAMPLE["leaf hash"]
    public = PUBLIC.public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
    material = base64.b64encode(b"\x01" + public).decode()
    assert EXAMPLE["vkey"] == f"{ORIGIN}+{key_id.hex()}+{material}"
    message = accepted(ORIGIN, header["id"], leaf, header["recorded_at"])
    PUBLIC.verify(base64.b64decode(EXAMPLE["accepted signature"]), message)
    batch = b"rationale/batch/v1\x00" + f"{ORIGIN}\n1\n{leaf}\n".encode()
    PUBLIC.verify(base64.b64decode(EXAMPLE["batch signature, of this one line"]), batch)
    root = base64.b64encode(bytes.fromhex(leaf)).decode()
    note = base64.b64decode(EXAMPLE["checkpoint signature, of the tree of this one leaf"])
    assert note[:4] == key_id
    PUBLIC.verify(note[4:], f"{ORIGIN}\n1\n{root}\n".encode())


@pytest.mark.django_db
def test_a_real_entry_is_as_the_document_says() -> None:
    body = raw(decision())
    done = decisions.record(voice=PlainVoice(), raw=body)
    store = keys.key_store()
    header = json.loads(done.entry.header)
    assert rfc8785.dumps(header) == done.entry.header
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.body, s.wrapped_key, s.ref_index, c.key, c.digest, s.use_case, s.kek_id"
            " FROM audit_entry_body b, audit_subject s, audit_claim c"
        )
        stored, wrapped, ref_index, key, digest, use_case, kek_id = cursor.fetchone()
    folder = Path(settings.AUDIT_KEYS)
    kek, lookup = (bytes.fromhex((folder / name).read_text()) for name in (keys.KEK, keys.LOOKUP))
    dek = aes_key_unwrap(kek, bytes(wrapped))
    aad = bytes.fromhex(header["id"].replace("-", ""))
    plain = AESGCM(dek).decrypt(bytes(stored)[1:13], bytes(stored)[13:], aad)
    assert plain[32:] == body
    assert header["commit"] == hmac.digest(plain[:32], body, "sha256").hex()
    assert bytes(ref_index) == blind(lookup, "subject", "consumer-credit", "cust-1234")
    assert bytes(key) == blind(lookup, "decision", "consumer-credit", "app-1")
    assert bytes(digest) == hmac.digest(lookup, body, "sha256")
    assert use_case == "consumer-credit"
    assert kek_id == hashlib.sha256(b"rationale/kek-id/v1\x00" + kek).hexdigest()[:16]
    leaf = hashlib.sha256(b"\x00" + done.entry.header).hexdigest()
    message = accepted(settings.AUDIT_ORIGIN, header["id"], leaf, header["recorded_at"])
    Ed25519PublicKey.from_public_bytes(store.public).verify(done.receipt.signature, message)


def test_every_kind_the_house_writes_is_in_the_document() -> None:
    kinds = set(re.findall(r"`([a-z]+)`", TEXT.partition("## 4")[2].partition("## 5")[0]))
    written = {
        "decision", "outcome", "explanation", "review", "approval", "access", "erasure", "policy",
        "alert", "key", "registry",
    }  # fmt: skip
    assert written <= kinds
