"""The tree against RFC 9162's own definitions, and against vectors from elsewhere."""

import hashlib
import random
from base64 import b64decode
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.merkle import EMPTY_ROOT, Frontier, ProofError, Tile
from tests.audit import vectors
from tests.audit.flatlog import FlatLog, made_up_hashes

LEAVES = made_up_hashes(66_300)
MILLION = 1_000_000
EDGY = [255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_791, 65_792, 65_793, 66_000]


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


# --------------------------------------------- the recursive definitions of RFC 9162, word for word


def split(width: int) -> int:
    k = 1
    while 2 * k < width:
        k *= 2
    return k


@cache
def mth(start: int, end: int) -> bytes:
    if start == end:
        return sha(b"")
    if end - start == 1:
        return LEAVES[start]
    k = split(end - start)
    return sha(b"\x01" + mth(start, start + k) + mth(start + k, end))


def path(index: int, start: int, end: int) -> list[bytes]:
    if end - start == 1:
        return []
    k = split(end - start)
    if index < k:
        return [*path(index, start, start + k), mth(start + k, end)]
    return [*path(index - k, start + k, end), mth(start, start + k)]


def subproof(first: int, start: int, end: int, known: bool) -> list[bytes]:
    if first == end - start:
        return [] if known else [mth(start, end)]
    k = split(end - start)
    if first <= k:
        return [*subproof(first, start, start + k, known), mth(start + k, end)]
    return [*subproof(first - k, start + k, end, False), mth(start, start + k)]


@pytest.fixture(scope="module")
def log() -> FlatLog:
    return FlatLog(LEAVES)


@pytest.fixture(scope="module")
def million() -> tuple[FlatLog, list[bytes]]:
    leaves = made_up_hashes(MILLION, b"a million")
    return FlatLog(leaves), leaves


# ------------------------------------------------------------------------------------------ vectors


def hashes_in(probe: dict[str, Any], name: str) -> Any:
    value = probe[name] or []
    return [*map(b64decode, value)] if isinstance(value, list) else b64decode(value)


@vectors.needs_vectors
def test_all_inclusion_probes():
    found = {
        name: merkle.verify_inclusion(
            probe["leafIdx"],
            probe["treeSize"],
            *(hashes_in(probe, part) for part in ("leafHash", "proof", "root")),
        )
        for name, probe in vectors.probes("inclusion").items()
    }
    assert len(found) == 98
    assert found == {
        name: not probe["wantErr"] for name, probe in vectors.probes("inclusion").items()
    }


@vectors.needs_vectors
def test_all_consistency_probes():
    found = {
        name: merkle.verify_consistency(
            probe["size1"],
            probe["size2"],
            *(hashes_in(probe, part) for part in ("proof", "root1", "root2")),
        )
        for name, probe in vectors.probes("consistency").items()
    }
    assert len(found) == 98
    assert found == {
        name: not probe["wantErr"] for name, probe in vectors.probes("consistency").items()
    }


@vectors.needs_vectors
def test_certificate_transparency_reference_tree():
    known = vectors.load("rfc6962-ct/vectors.json")
    leaves = [merkle.leaf_hash(bytes.fromhex(leaf)) for leaf in known["leaves_hex"]]

    assert bytes.fromhex(known["empty_root"]) == EMPTY_ROOT
    roots = [merkle.root(leaves[:size]).hex() for size in range(len(leaves) + 1)]
    assert roots == known["roots_by_size"]
    for height, hashes in known["node_hashes"].items():
        width = 1 << int(height)
        nodes = [merkle.root(leaves[at : at + width]).hex() for at in range(0, len(leaves), width)]
        assert nodes[: len(hashes)] == hashes
    for data, digest in known["leaf_hash"]:
        assert merkle.leaf_hash(bytes.fromhex(data)).hex() == digest
    for left, right, digest in known["node_hash"]:
        assert merkle.node_hash(bytes.fromhex(left), bytes.fromhex(right)).hex() == digest


def valid_subtrees() -> list[tuple[int, int]]:
    """draft-ietf-plants-merkle-tree-certs §4.1: starts at a multiple of its width rounded up."""
    return [
        (start, end)
        for end in range(131)
        for start in range(end + 1)
        if start == end or start % (1 << (end - start - 1).bit_length()) == 0
    ]


@vectors.needs_vectors
def test_rolling_hash_of_all_subtrees():
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(130)]
    rolling = hashlib.sha256()
    for start, end in valid_subtrees():
        rolling.update(f"[{start}, {end}) {merkle.root(leaves[start:end]).hex()}\n".encode())
    assert rolling.hexdigest() == vectors.load("rfc6962-ct/rolling.json")["subtree_hashes"]


@vectors.needs_vectors
def test_rolling_hash_of_all_subtree_inclusion_proofs():
    leaves = [merkle.leaf_hash(bytes([i])) for i in range(130)]
    rolling = hashlib.sha256()
    for start, end in valid_subtrees():
        read = FlatLog(leaves[start:end]).reader(end - start)
        for index in range(start, end):
            proof = merkle.inclusion_proof(index - start, end - start, read)
            hashes = "".join(f" {known.hex()}" for known in proof)
            rolling.update(f"{index} [{start}, {end}){hashes}\n".encode())
    assert (
        rolling.hexdigest() == vectors.load("rfc6962-ct/rolling.json")["subtree_inclusion_proofs"]
    )


# ------------------------------------------------------------------------------------------- proofs


def test_every_inclusion_proof_up_to_300_leaves(log):
    for size in range(1, 301):
        read, root = log.reader(size), mth(0, size)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, read)
            assert proof == path(index, 0, size)
            assert merkle.verify_inclusion(index, size, LEAVES[index], proof, root)


def test_every_consistency_proof_up_to_130_leaves(log):
    for second in range(1, 131):
        read, root = log.reader(second), mth(0, second)
        for first in range(1, second + 1):
            proof = merkle.consistency_proof(first, second, read)
            assert proof == subproof(first, 0, second, True)
            assert merkle.verify_consistency(first, second, proof, mth(0, first), root)


@pytest.mark.parametrize("size", EDGY)
def test_proofs_around_the_edges_of_tiles(log, size):
    read, root = log.reader(size), mth(0, size)
    assert merkle.root_at(size, read) == root
    assert merkle.root(LEAVES[:size]) == root
    for index in {0, 1, 254, 255, 256, size // 2, size - 257, size - 256, size - 2, size - 1}:
        if 0 <= index < size:
            proof = merkle.inclusion_proof(index, size, read)
            assert proof == path(index, 0, size)
            assert merkle.verify_inclusion(index, size, LEAVES[index], proof, root)
    for first in {1, 2, 255, 256, 257, *EDGY, size - 1, size}:
        if first <= size:
            proof = merkle.consistency_proof(first, size, read)
            assert proof == subproof(first, 0, size, True)
            assert merkle.verify_consistency(first, size, proof, mth(0, first), root)


def test_random_proofs_in_trees_of_up_to_a_million_leaves(million):
    log, leaves = million
    chance = random.Random(6962)
    for size in [MILLION, *(chance.randrange(2, MILLION) for _ in range(15))]:
        read = log.reader(size)
        root = merkle.root_at(size, read)
        for index in (chance.randrange(size) for _ in range(10)):
            proof = merkle.inclusion_proof(index, size, read)
            merkle.check_inclusion(index, size, leaves[index], proof, root)
        for first in (chance.randrange(1, size) for _ in range(5)):
            proof = merkle.consistency_proof(first, size, read)
            first_root = merkle.root_at(first, log.reader(first))
            merkle.check_consistency(first, size, proof, first_root, root)


def test_a_million_leaves_have_one_root_grown_or_read(million):
    log, leaves = million
    frontier = Frontier()
    for start in range(0, MILLION, 99_991):
        frontier.extend(leaves[start : start + 99_991])
    assert frontier.root() == merkle.root_at(MILLION, log.reader(MILLION))


def test_what_may_be_prefetched_is_what_is_read(log):
    chance = random.Random(1)
    for size in [1, 2, 300, *EDGY]:
        index, first = chance.randrange(size), chance.randrange(1, size + 1)

        merkle.inclusion_proof(index, size, log.reader(size))
        assert log.seen == merkle.tiles_for_inclusion(index, size)
        merkle.consistency_proof(first, size, log.reader(size))
        assert log.seen == merkle.tiles_for_consistency(first, size)
        merkle.root_at(size, log.reader(size))
        assert log.seen == merkle.tiles_for_root(size)


def test_what_has_no_proof_is_refused(log):
    read = log.reader(300)
    for index, size in [(0, 0), (-1, 5), (5, 5), (6, 5)]:
        with pytest.raises(ValueError, match=f"A tree of {size} leaves has no leaf {index}."):
            merkle.inclusion_proof(index, size, read)
    for first, second in [(0, 0), (0, 5), (6, 5), (-1, 5)]:
        with pytest.raises(ValueError, match="There is no consistency proof"):
            merkle.consistency_proof(first, second, read)
    assert merkle.root_at(0, read) == EMPTY_ROOT
    assert merkle.tiles_for_root(0) == set()


def test_a_reader_that_gives_too_little_is_found_out():
    with pytest.raises(ValueError, match=r"tile/0/000.p/5 has 128 bytes, not 160."):
        merkle.root_at(5, lambda level, index, width: bytes(128))


# ------------------------------------------------------------------------------------- verification


@st.composite
def sizes(draw, low=1):
    small, edgy = st.integers(low, 600), st.sampled_from(EDGY)
    return draw(st.one_of(small, edgy))


def changed(draw, proof: list[bytes]) -> list[bytes]:
    """The proof with one bit flipped, one hash dropped, doubled, added or cut short."""
    at = draw(st.integers(0, max(0, len(proof) - 1)))
    kinds = ["add", "flip", "drop", "double", "cut"] if proof else ["add"]
    match draw(st.sampled_from(kinds)):
        case "add":
            return [*proof, draw(st.sampled_from([EMPTY_ROOT, *LEAVES[:3]]))]
        case "flip":
            bit = draw(st.integers(0, 255))
            flipped = (int.from_bytes(proof[at]) ^ (1 << bit)).to_bytes(32)
            return [*proof[:at], flipped, *proof[at + 1 :]]
        case "drop":
            return [*proof[:at], *proof[at + 1 :]]
        case "double":
            return [*proof[: at + 1], *proof[at:]]
        case _:
            return [*proof[:at], proof[at][:31], *proof[at + 1 :]]


LOG = FlatLog(LEAVES)


@given(st.data(), sizes())
@settings(max_examples=100, deadline=None)
def test_a_changed_inclusion_proof_fails(data, size):
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, LOG.reader(size))
    root, leaf = mth(0, size), LEAVES[index]

    assert not merkle.verify_inclusion(index, size, leaf, changed(data.draw, proof), root)
    assert not merkle.verify_inclusion(index, size, LEAVES[index + 1], proof, root)
    assert not merkle.verify_inclusion(index, size, leaf, proof, mth(0, size + 1))
    assert not merkle.verify_inclusion(size, size, leaf, proof, root)
    for other in {index - 1, index + 1, index ^ 1, size - 1} - {index}:
        assert not merkle.verify_inclusion(other, size, leaf, proof, root)


@given(st.data(), sizes(low=2))
@settings(max_examples=100, deadline=None)
def test_a_changed_consistency_proof_fails(data, second):
    first = data.draw(st.integers(1, second - 1))
    proof = merkle.consistency_proof(first, second, LOG.reader(second))
    old, new = mth(0, first), mth(0, second)

    assert not merkle.verify_consistency(first, second, changed(data.draw, proof), old, new)
    assert not merkle.verify_consistency(first, second, proof, new, old)
    assert not merkle.verify_consistency(first, second, proof, mth(0, first - 1), new)
    assert not merkle.verify_consistency(first, second, proof, old, mth(0, second + 1))
    assert not merkle.verify_consistency(second, first, proof, new, old)


@pytest.mark.parametrize(
    ("check", "sentence"),
    [
        (lambda: merkle.check_inclusion(2, 2, LEAVES[0], [], LEAVES[0]), "has no leaf 2"),
        (lambda: merkle.check_inclusion(0, 1, b"short", [], b"short"), "not 32 bytes"),
        (lambda: merkle.check_inclusion(0, 2, LEAVES[0], [], LEAVES[0]), "too short"),
        (lambda: merkle.check_inclusion(0, 1, LEAVES[0], LEAVES[:1], LEAVES[0]), "longer than"),
        (lambda: merkle.check_inclusion(0, 1, LEAVES[0], [], LEAVES[1]), "another root"),
        (lambda: merkle.check_consistency(0, 1, [], EMPTY_ROOT, LEAVES[0]), "Size 0 to size 1"),
        (lambda: merkle.check_consistency(1, 2, [], LEAVES[0], LEAVES[1]), "empty"),
        (lambda: merkle.check_consistency(1, 1, [], LEAVES[0], LEAVES[1]), "one size"),
        (lambda: merkle.check_consistency(1, 4, LEAVES[:1], *LEAVES[:2]), "too short"),
        (lambda: merkle.check_consistency(1, 2, LEAVES[:2], *LEAVES[:2]), "longer than"),
        (lambda: merkle.check_consistency(1, 2, LEAVES[:1], *LEAVES[:2]), "other roots"),
    ],
)
def test_a_refusal_says_why(check, sentence):
    with pytest.raises(ProofError, match=sentence):
        check()


# ----------------------------------------------------------------------------------------- frontier


@given(st.lists(st.integers(0, 700), max_size=8))
@settings(max_examples=100, deadline=None)
def test_a_frontier_grows_as_the_definition_says(batches):
    frontier, tiles = Frontier(), []
    for batch in batches:
        tiles += frontier.extend(LEAVES[frontier.size : frontier.size + batch])
        assert frontier.root() == mth(0, frontier.size)
    size = sum(batches)
    assert frontier.size == size
    assert [(tile.level, tile.index) for tile in tiles if tile.level == 0] == [
        (0, index) for index in range(size // 256)
    ]


def test_completed_tiles_hold_the_hashes_and_root_of_their_leaves(log):
    frontier = Frontier()
    tiles = frontier.extend(LEAVES[:65_535])
    assert len(tiles) == 255
    tiles += frontier.extend(LEAVES[65_535:66_000])

    assert tiles[:255] == [
        Tile(0, index, log.hashes(0, 256 * index, 256), mth(256 * index, 256 * (index + 1)))
        for index in range(255)
    ]
    assert tiles[-1] == Tile(1, 0, log.hashes(1, 0, 256), mth(0, 65_536))
    assert [(tile.level, tile.index) for tile in tiles[255:]] == [(0, 255), (0, 256), (1, 0)]


@pytest.mark.parametrize("size", [0, 1, 300, *EDGY])
def test_a_frontier_is_rebuilt_from_its_edges(log, size):
    edges = [
        [log.hashes(level, start + n, 1) for n in range(count)]
        for level, start, count in merkle.edge_ranges(size)
    ]
    rebuilt, grown = Frontier(size, edges), Frontier()
    grown.extend(LEAVES[:size])

    assert (rebuilt.root(), rebuilt.edges) == (mth(0, size), grown.edges)
    assert rebuilt.extend(LEAVES[size : size + 300]) == grown.extend(LEAVES[size : size + 300])
    assert rebuilt.root() == grown.root() == mth(0, size + 300)


def test_edge_ranges():
    assert merkle.edge_ranges(0) == []
    assert merkle.edge_ranges(255) == [(0, 0, 255)]
    assert merkle.edge_ranges(256) == [(0, 256, 0), (1, 0, 1)]
    assert merkle.edge_ranges(66_000) == [(0, 65_792, 208), (1, 256, 1), (2, 0, 1)]
    with pytest.raises(ValueError, match="negative"):
        merkle.edge_ranges(-1)


@pytest.mark.parametrize(
    ("size", "edges"),
    [(1, []), (0, [[]]), (1, [LEAVES[:2]]), (256, [LEAVES[:1]]), (256, [[], []])],
)
def test_a_frontier_of_the_wrong_shape_is_refused(size, edges):
    with pytest.raises(ValueError, match=f"A tree of {size} leaves has edges"):
        Frontier(size, edges)


def test_a_wrong_hash_changes_nothing():
    frontier = Frontier()
    frontier.extend(LEAVES[:3])
    with pytest.raises(ValueError, match="32 bytes"):
        frontier.extend([LEAVES[3], LEAVES[4][:31]])
    with pytest.raises(ValueError, match="32 bytes"):
        Frontier(1, [[b"short"]])
    assert (frontier.size, frontier.root()) == (3, mth(0, 3))


# -------------------------------------------------------------------------------------------- paths


def test_paths_of_tiles_and_bundles():
    assert merkle.tile_path(0, 0) == "tile/0/000"
    assert merkle.tile_path(0, 67, 1) == "tile/0/067.p/1"
    assert merkle.tile_path(1, 1_234_067) == "tile/1/x001/x234/067"
    assert merkle.tile_path(0, 1_067, 112) == "tile/0/x001/067.p/112"
    assert merkle.entries_path(1_000) == "tile/entries/x001/000"
    assert merkle.entries_path(999, 8) == "tile/entries/999.p/8"


@pytest.mark.parametrize(("index", "width"), [(-1, 256), (0, 0), (0, 257)])
def test_paths_that_cannot_be(index, width):
    with pytest.raises(ValueError, match="There is no tile"):
        merkle.tile_path(0, index, width)
