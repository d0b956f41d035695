"""tlog-scales, which nobody here wrote, reads the log as static files and accepts it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from tlog_scales import backend, reader, signing, tlog

from audit import checkpoint, header, merkle
from audit.checkpoint import Checkpoint, VerifierKey
from audit.header import Header
from audit.merkle import Frontier
from tests.audit.flatlog import FlatLog

ORIGIN = "log.example.org/main"
SIGN, PUBLIC = checkpoint.ed25519_signer(bytes(range(32)))
WITNESS, WITNESS_PUBLIC = checkpoint.ed25519_signer(bytes(range(1, 33)))
KEY = VerifierKey.of(ORIGIN, PUBLIC)
WITNESS_KEY = VerifierKey.of("witness.example.org", WITNESS_PUBLIC, checkpoint.COSIGNATURE_V1)


def entries(count: int) -> list[bytes]:
    template = Header(
        id=header.uuid7_at(0),
        kind="decision",
        use_case="personal-loans",
        actor="key:ab12cd34",
        recorded_at="2026-11-22T10:00:00.000000Z",
        body_alg="none",
        body_len=0,
        body_sha256="00" * 32,
        log=ORIGIN,
    ).to_bytes()
    before, number, after = template.partition(b"0000-7000-8000-000000000000")
    assert number
    return [before + b"0000-7000-8000-%012x" % n + after for n in range(count)]


def sizes_on_the_way(count: int) -> list[int]:
    known = [1, 2, 255, 256, 257, 300, 511, 512, 513, 65_535, 65_536, 65_537, 66_000, count]
    return sorted({size for size in known if size <= count})


class Published:
    """A log grown in batches and written as a static directory by C2SP tlog-tiles."""

    def __init__(self, folder: Path, leaves: Sequence[bytes]) -> None:
        self.folder, self.leaves, self.size = folder, leaves, len(leaves)
        hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
        frontier = Frontier()
        for start in range(0, self.size, 1000):
            for tile in frontier.extend(hashes[start : start + 1000]):
                self.write(merkle.tile_path(tile.level, tile.index), tile.hashes)
        for level, edge in enumerate(frontier.edges):
            if edge:
                index = (self.size >> (8 * level)) // 256
                self.write(merkle.tile_path(level, index, len(edge)), b"".join(edge))
        for start in range(0, self.size, 256):
            bundle = leaves[start : start + 256]
            framed = b"".join(len(leaf).to_bytes(2) + leaf for leaf in bundle)
            self.write(merkle.entries_path(start // 256, len(bundle)), framed)
        self.root = frontier.root()
        self.write("checkpoint", self.note().encode())
        self.flat = FlatLog(hashes)

    def write(self, path: str, content: bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def note(self) -> str:
        text = Checkpoint(ORIGIN, self.size, self.root).text()
        note = checkpoint.sign_note(text, ORIGIN, SIGN, PUBLIC)
        line = checkpoint.cosign(note, WITNESS_KEY.name, WITNESS, WITNESS_PUBLIC, 1_795_000_000)
        return checkpoint.add_signature(note, line)


@pytest.fixture(scope="module", params=[1, 300, 512, 70_000])
def published(request, tmp_path_factory) -> Published:
    return Published(tmp_path_factory.mktemp("log"), entries(request.param))


@pytest.fixture
def outsider(published):
    reads = reader.TilesReader(backend.LocalBackend(published.folder))
    reads.set_size(published.size)
    return reads


def test_it_accepts_the_checkpoint_and_both_signatures(published, outsider):
    found = outsider.get_checkpoint()
    assert (found.origin, found.size, found.root_hash) == (ORIGIN, published.size, published.root)
    assert [signature.name for signature in found.signatures] == [ORIGIN, WITNESS_KEY.name]
    for key in (KEY, WITNESS_KEY):
        found.verify(signing.Vkey.from_string(str(key)))  # raises unless it holds

    stranger = signing.Vkey(ORIGIN, int.from_bytes(KEY.key_id), 1, WITNESS_PUBLIC)
    with pytest.raises(Exception):  # noqa: B017, PT011  whatever it raises, it must not accept
        found.verify(stranger)


def test_it_computes_our_root_from_our_tiles(published, outsider):
    assert outsider.calculate_root_hash() == published.root


def test_it_finds_our_entries_in_the_bundles(published, outsider):
    for index in {0, 255, 256, published.size // 2, published.size - 1}:
        if index < published.size:
            assert outsider.get_entry(index) == published.leaves[index]


def test_it_accepts_our_inclusion_proofs_and_makes_the_same(published, outsider):
    size = published.size
    read = published.flat.reader(size)
    for index in {0, 1, 254, 255, 256, size // 3, 65_535, 65_536, 65_537, size - 2, size - 1}:
        if 0 <= index < size:
            ours = merkle.inclusion_proof(index, size, read)
            leaf = merkle.leaf_hash(published.leaves[index])
            tlog.InclusionProof(index, size, ours).check(leaf, published.root)
            assert outsider.get_inclusion_proof(index, size).node_hashes == ours
            if ours:
                with pytest.raises(tlog.InclusionProofInvalid):
                    tlog.InclusionProof(index, size, ours[::-1] + ours[:1]).check(
                        leaf, published.root
                    )


def test_it_accepts_our_consistency_proofs_and_makes_the_same(published, outsider):
    sizes = sizes_on_the_way(published.size)
    roots = {size: merkle.root_at(size, published.flat.reader(size)) for size in sizes}
    for first in sizes:
        for second in (size for size in sizes if size >= first):
            ours = merkle.consistency_proof(first, second, published.flat.reader(second))
            tlog.ConsistencyProof(first, second, ours).check(roots[first], roots[second])
            assert outsider.get_consistency_proof(first, second).node_hashes == ours


def test_our_verifier_accepts_its_proofs(published, outsider):
    size = published.size
    for index in {0, size // 2, size - 1}:
        theirs = outsider.get_inclusion_proof(index, size).node_hashes
        leaf = merkle.leaf_hash(published.leaves[index])
        merkle.check_inclusion(index, size, leaf, theirs, published.root)
    first = (size + 1) // 2
    theirs = outsider.get_consistency_proof(first, size).node_hashes
    first_root = merkle.root_at(first, published.flat.reader(first))
    merkle.check_consistency(first, size, theirs, first_root, published.root)
