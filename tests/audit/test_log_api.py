"""The log's public doors, as HTTP clients meet them (paths and headers of C2SP tlog-tiles)."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.urls import resolve
from rest_framework.test import APIRequestFactory, force_authenticate
from tlog_scales import backend, reader, signing, tlog

from audit import merkle, publisher
from audit.checkpoint import Checkpoint, VerifierKey, open_note
from audit.keys import key_store
from audit.sequencer import Sequencer
from tests.audit.ledger import decide_some
from tests.audit.lines import leaves, ruler_of, write
from tests.audit.voices import PlainVoice

BASE = "/api/v1/log"
EVERYWHERE = PlainVoice(where=None)
SOMEWHERE = PlainVoice()
MUTE = PlainVoice(acts=frozenset({"decisions:write"}))


def get(path: str, voice: PlainVoice | None = None, **query: Any) -> HttpResponse:
    request = APIRequestFactory().get(f"{BASE}/{path}", query)
    if voice is not None:
        force_authenticate(request, user=None, token=voice)
    found = resolve(f"{BASE}/{path}")
    response = found.func(request, *found.args, **found.kwargs)
    return response.render() if hasattr(response, "render") else response


def problem(response: HttpResponse) -> tuple[int, str, list[dict[str, str]]]:
    assert response["Content-Type"] == "application/problem+json"
    said = json.loads(response.content)
    assert said["status"] == response.status_code
    return response.status_code, said["type"], said.get("errors", [])


@pytest.fixture
def log(fresh_db: str) -> list[bytes]:
    """Two decisions and 298 other lines published at 3 and 300, then 20 lines not yet published."""
    decide_some(2)
    write(1)
    Sequencer().step()
    publisher.publish()
    write(297)
    Sequencer().step()
    publisher.publish()
    write(20)
    Sequencer().step()
    return [leaf_hash for _, _, leaf_hash in leaves()]


def test_the_checkpoint_is_a_signed_note(log: list[bytes]) -> None:
    response = get("checkpoint")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    text = open_note(response.content, [key_store().verifier_key]).text
    expected = Checkpoint(settings.AUDIT_ORIGIN, 300, merkle.root(log[:300]))
    assert Checkpoint.parse(text) == expected


def test_any_accept_header_gets_the_one_form_there_is(log: list[bytes]) -> None:
    request = APIRequestFactory().get(f"{BASE}/checkpoint", HTTP_ACCEPT="text/plain")
    assert resolve(f"{BASE}/checkpoint").func(request).status_code == 200


def test_older_checkpoints_are_kept(log: list[bytes]) -> None:
    response = get("checkpoints/3")
    assert Checkpoint.parse(response.content.decode().partition("\n\n")[0] + "\n").size == 3
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert problem(get("checkpoints/4"))[0] == 404
    assert get("checkpoints/4")["Cache-Control"] == "no-store"
    assert problem(get("checkpoints/many")) == (
        422,
        "/problems/invalid",
        [
            {
                "pointer": "size",
                "code": "not_a_number",
                "detail": "This is not a whole number of leaves.",
            }
        ],
    )


def test_before_the_first_checkpoint_there_is_none(fresh_db: str) -> None:
    response = get("checkpoint")
    assert problem(response)[:2] == (404, "/problems/not-found")
    assert response["Cache-Control"] == "no-store"


def test_tiles(log: list[bytes]) -> None:
    full, partial, upper = get("tile/0/000"), get("tile/0/001.p/44"), get("tile/1/000.p/1")
    assert full.content == b"".join(log[:256])
    assert partial.content == b"".join(log[256:300])
    assert upper.content == merkle.root(log[:256])
    assert full["Content-Type"] == "application/octet-stream"
    assert full["Cache-Control"] == "public, max-age=31536000, immutable"
    assert partial["Cache-Control"] == "public, max-age=3600"


NO_TILES = [
    "tile/0/001",  # only 44 wide
    "tile/0/001.p/45",  # sequenced, and not published
    "tile/0/002.p/1",
    "tile/1/000",
    "tile/1/000.p/2",
    "tile/64/000.p/1",
    "tile/00/000",
    "tile/0/0",
    "tile/0/1000",
    "tile/0/x000/000",
    "tile/0/x001/067",
    "tile/0/x999/x999/x999/x999/x999/x999/999",
    "tile/0/000.p/0",
    "tile/0/000.p/256",
    "tile/0/000.p/999",
    "tile/0/000.p/01",
    "tile/0/000/",
    "tile/-1/000",
    "tile/0/٠٠٠",
    "tile/entries",
]


def test_any_other_tile_is_not_there_and_never_kept(log: list[bytes]) -> None:
    for path in NO_TILES:
        response = get(path, EVERYWHERE)
        assert (path, problem(response)[0]) == (path, 404)
        assert (path, response["Cache-Control"]) == (path, "no-store")


def test_entries_need_the_right_to_read_everywhere(log: list[bytes]) -> None:
    response = get("tile/entries/001.p/44", EVERYWHERE)
    bundle, count = response.content, 0
    for expected in log[256:300]:
        length = int.from_bytes(bundle[:2])
        assert merkle.leaf_hash(bundle[2 : 2 + length]) == expected
        bundle, count = bundle[2 + length :], count + 1
    assert (bundle, count) == (b"", 44)
    assert response["Cache-Control"] == "private, max-age=3600"
    for voice in (SOMEWHERE, MUTE):
        assert problem(get("tile/entries/000", voice))[:2] == (403, "/problems/forbidden")
    assert problem(get("tile/entries/000"))[:2] == (401, "/problems/unauthorized")
    for path in ("tile/entries/001", "tile/entries/001.p/45", "tile/entries/x000/000"):
        response = get(path, EVERYWHERE)
        assert problem(response)[0] == 404
        assert response["Cache-Control"] == "no-store"


def test_a_proof_by_leaf_is_public(log: list[bytes]) -> None:
    proof = json.loads(get("proofs/inclusion", leaf=5).content)
    assert proof["checkpoint"] == get("checkpoint").content.decode()
    path = [bytes.fromhex(hash_) for hash_ in proof["hashes"]]
    root, leaf_hash = bytes.fromhex(proof["root"]), bytes.fromhex(proof["leaf_hash"])
    merkle.check_inclusion(proof["leaf_index"], proof["size"], leaf_hash, path, root)
    assert (proof["size"], root) == (300, merkle.root(log[:300]))
    assert set(proof) == {"leaf_index", "leaf_hash", "size", "root", "hashes", "checkpoint"}


def test_a_proof_can_be_about_an_older_tree(log: list[bytes]) -> None:
    proof = json.loads(get("proofs/inclusion", leaf=2, size=3).content)
    assert Checkpoint.parse(proof["checkpoint"].partition("\n\n")[0] + "\n").size == 3
    between = json.loads(get("proofs/inclusion", leaf=2, size=100).content)
    assert between["checkpoint"] is None
    assert between["root"] == merkle.root(log[:100]).hex()


def test_a_proof_by_entry_is_for_those_who_may_read_it(log: list[bytes]) -> None:
    decision, plain = leaves()[0][1], leaves()[2][1]
    proof = json.loads(get("proofs/inclusion", SOMEWHERE, entry=decision).content)
    assert (proof["entry_id"], proof["leaf_index"]) == (str(decision), 0)
    assert merkle.leaf_hash(proof["header"].encode()).hex() == proof["leaf_hash"]
    assert get("proofs/inclusion", EVERYWHERE, entry=plain).status_code == 200
    assert problem(get("proofs/inclusion", MUTE, entry=decision))[0] == 403
    unnamed = get("proofs/inclusion", entry=decision)
    assert (problem(unnamed)[0], "WWW-Authenticate" in unnamed) == (401, True)
    elsewhere = PlainVoice(where=frozenset({"hiring"}))
    for voice, entry in [(elsewhere, decision), (SOMEWHERE, plain), (EVERYWHERE, uuid4())]:
        assert problem(get("proofs/inclusion", voice, entry=entry))[0] == 404


def test_an_entry_not_yet_covered_is_told_apart(log: list[bytes]) -> None:
    (unsequenced,) = write(1)
    for entry in (leaves()[310][1], unsequenced.id):
        response = get("proofs/inclusion", EVERYWHERE, entry=entry)
        assert problem(response)[:2] == (404, "/problems/not-yet-included")
        assert response["Retry-After"] == "1"
        assert response["Cache-Control"] == "no-store"
    for query in ({"leaf": 310}, {"leaf": 10_000}, {"leaf": 5, "size": 3}):
        assert problem(get("proofs/inclusion", **query))[0] == 404


BAD: list[tuple[str, dict[str, Any], str, str]] = [
    ("inclusion", {}, "entry", "exactly_one"),
    ("inclusion", {"leaf": 1, "entry": str(uuid4())}, "entry", "exactly_one"),
    ("inclusion", {"leaf": "x"}, "leaf", "not_a_number"),
    ("inclusion", {"leaf": "-1"}, "leaf", "not_a_number"),
    ("inclusion", {"leaf": "01"}, "leaf", "not_a_number"),
    ("inclusion", {"leaf": str(2**63)}, "leaf", "not_a_number"),
    ("inclusion", {"leaf": "9" * 400}, "leaf", "not_a_number"),
    ("inclusion", {"leaf": 1, "size": 301}, "size", "out_of_range"),
    ("inclusion", {"leaf": 1, "size": 0}, "size", "out_of_range"),
    ("inclusion", {"leaf": 1, "size": ""}, "size", "not_a_number"),
    ("inclusion", {"entry": "not an id"}, "entry", "not_a_uuid"),
    ("consistency", {}, "from", "required"),
    ("consistency", {"from": 0}, "from", "out_of_range"),
    ("consistency", {"from": 301}, "from", "out_of_range"),
    ("consistency", {"from": 10, "to": 5}, "from", "out_of_range"),
    ("consistency", {"from": 3, "to": 301}, "to", "out_of_range"),
    ("consistency", {"from": "three"}, "from", "not_a_number"),
]


def test_bad_parameters_are_named(log: list[bytes]) -> None:
    for path, query, pointer, code in BAD:
        status, kind, errors = problem(get(f"proofs/{path}", EVERYWHERE, **query))
        assert (status, kind) == (422, "/problems/invalid")
        named = [(error["pointer"], error["code"]) for error in errors]
        assert (query, named) == (query, [(pointer, code)])


def test_consistency(log: list[bytes]) -> None:
    proof = json.loads(get("proofs/consistency", **{"from": 3}).content)
    assert (proof["from"], proof["to"]) == (3, 300)
    path = [bytes.fromhex(hash_) for hash_ in proof["hashes"]]
    roots = bytes.fromhex(proof["from_root"]), bytes.fromhex(proof["to_root"])
    assert roots == (merkle.root(log[:3]), merkle.root(log[:300]))
    merkle.check_consistency(3, 300, path, *roots)
    assert proof["checkpoint"] == get("checkpoint").content.decode()


def test_the_keys_verify_the_checkpoint(log: list[bytes]) -> None:
    keys = json.loads(get("keys").content)
    assert keys["origin"] == settings.AUDIT_ORIGIN
    (checkpoint_key,) = keys["checkpoint_keys"]
    open_note(get("checkpoint").content, [VerifierKey.parse(checkpoint_key["vkey"])])
    (receipt_key,) = keys["receipt_keys"]
    assert receipt_key == {
        "key_id": key_store().key_id,
        "algorithm": "Ed25519",
        "public_key": key_store().public.hex(),
        "signs": ["accepted", "batch"],
    }


PUBLIC: list[tuple[str, dict[str, Any]]] = [
    ("checkpoint", {}),
    ("checkpoints/3", {}),
    ("tile/0/000", {}),
    ("proofs/inclusion", {"leaf": 1}),
    ("proofs/consistency", {"from": 3}),
    ("keys", {}),
]


def test_a_log_can_be_closed_to_strangers(
    log: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for path, query in PUBLIC:
        assert (path, get(path, **query).status_code) == (path, 200)
    monkeypatch.setattr(settings, "AUDIT_PUBLIC_READS", False)
    for path, query in PUBLIC:
        for voice, status in ((None, 401), (MUTE, 403)):
            assert (path, problem(get(path, voice, **query))[0]) == (path, status)
        assert (path, get(path, SOMEWHERE, **query).status_code) == (path, 200)


def test_a_reader_that_nobody_here_wrote_accepts_what_is_served(
    log: list[bytes], tmp_path: Path
) -> None:
    for path in (
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(get(path, EVERYWHERE).content)
    outsider = reader.TilesReader(backend.LocalBackend(tmp_path))
    checkpoint = outsider.get_checkpoint()
    (key,) = json.loads(get("keys").content)["checkpoint_keys"]
    checkpoint.verify(signing.Vkey.from_string(key["vkey"]))
    outsider.set_size(checkpoint.size)
    assert outsider.calculate_root_hash() == checkpoint.root_hash
    for index in (0, 255, 256, 299):
        proof = json.loads(get("proofs/inclusion", leaf=index).content)
        hashes = [bytes.fromhex(hash_) for hash_ in proof["hashes"]]
        assert outsider.get_inclusion_proof(index, 300).node_hashes == hashes
        assert merkle.leaf_hash(outsider.get_entry(index)) == log[index]
        tlog.InclusionProof(index, 300, hashes).check(log[index], checkpoint.root_hash)


def test_a_damaged_tree_is_not_the_askers_fault(
    log: list[bytes], fresh_db: str, cluster: object
) -> None:
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index = 270")
    for path, query in [("tile/0/001.p/44", {}), ("proofs/inclusion", {"leaf": 290})]:
        assert problem(get(path, **query))[:2] == (503, "/problems/unavailable")
