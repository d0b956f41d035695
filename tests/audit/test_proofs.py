from uuid import uuid4

import pytest

from audit import merkle, proofs, publisher
from audit.checkpoint import open_note
from audit.header import parse
from audit.keys import key_store
from audit.proofs import NotPublished
from audit.sequencer import Sequencer
from audit.tree import TreeFault
from tests.audit.lines import leaves, ruler_of, write


def grow(count: int) -> None:
    write(count)
    Sequencer().step()


def hashes() -> list[bytes]:
    return [leaf_hash for _, _, leaf_hash in leaves()]


@pytest.fixture
def log(fresh_db: str) -> list[bytes]:
    """300 leaves published, 20 more sequenced and not yet published."""
    grow(300)
    publisher.publish()
    grow(20)
    return hashes()


def test_every_published_leaf_has_a_proof_at_every_published_size(log: list[bytes]) -> None:
    for size in (1, 2, 3, 7, 8, 255, 256, 257, 299, 300):
        root = proofs.root_at(size)
        assert root == merkle.root(log[:size])
        for index in {0, 1, size // 2, size - 2, size - 1} & set(range(size)):
            merkle.check_inclusion(index, size, log[index], proofs.inclusion(index, size), root)


def test_every_older_size_is_a_prefix(log: list[bytes]) -> None:
    for first, second in [(1, 2), (1, 300), (128, 300), (255, 257), (256, 300), (299, 300)]:
        roots = proofs.root_at(first), proofs.root_at(second)
        merkle.check_consistency(first, second, proofs.consistency(first, second), *roots)
    assert proofs.consistency(300, 300) == []


@pytest.mark.parametrize(("index", "size"), [(0, 301), (300, 320), (5, 5), (0, 0), (0, -1)])
def test_nothing_is_proved_beyond_what_is_published(
    log: list[bytes], index: int, size: int
) -> None:
    with pytest.raises(NotPublished):
        proofs.inclusion(index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 300), (-1, 5), (10, 5), (1, 301)])
def test_a_consistency_that_shows_nothing_is_refused(
    log: list[bytes], first: int, second: int
) -> None:
    with pytest.raises(NotPublished):
        proofs.consistency(first, second)


def test_tiles_are_slices_of_the_tree(log: list[bytes]) -> None:
    full = b"".join(log[:256])
    assert proofs.tile(0, 0, 256) == full
    assert proofs.tile(0, 0, 5) == full[: 5 * 32]  # as it was once, for those who ask late
    assert proofs.tile(0, 1, 44) == b"".join(log[256:300])
    assert proofs.tile(1, 0, 1) == merkle.root(log[:256])


@pytest.mark.parametrize(
    ("level", "index", "width"),
    [(0, 1, 45), (0, 1, 64), (0, 1, 256), (0, 2, 1), (1, 0, 2), (1, 1, 1), (2, 0, 1), (63, 0, 1)],
)
def test_no_tile_reaches_beyond_what_is_published(
    log: list[bytes], level: int, index: int, width: int
) -> None:
    with pytest.raises(NotPublished):
        proofs.tile(level, index, width)
    if level == 0:
        with pytest.raises(NotPublished):
            proofs.entries_tile(index, width)


def test_a_bundle_holds_the_headers_behind_the_hashes(log: list[bytes]) -> None:
    for index, width in [(0, 256), (0, 3), (1, 44)]:
        bundle, found = proofs.entries_tile(index, width), []
        while bundle:
            length = int.from_bytes(bundle[:2])
            found.append(bundle[2 : 2 + length])
            bundle = bundle[2 + length :]
        expected = log[index * 256 : index * 256 + width]
        assert [merkle.leaf_hash(header) for header in found] == expected


def test_a_receipt_is_all_one_needs(log: list[bytes]) -> None:
    index, entry_id, leaf_hash = leaves()[77]
    receipt = proofs.included_receipt(entry_id)
    assert (receipt.leaf_index, receipt.leaf_hash) == (index, leaf_hash)
    assert merkle.leaf_hash(receipt.header) == leaf_hash
    assert parse(receipt.header).id == entry_id
    open_note(receipt.checkpoint.note, [key_store().verifier_key])
    size, root = receipt.checkpoint.size, receipt.checkpoint.root
    merkle.check_inclusion(index, size, leaf_hash, receipt.proof, root)


def test_there_is_no_receipt_before_a_checkpoint_covers_the_entry(log: list[bytes]) -> None:
    assert proofs.included_receipt(leaves()[300][1]) is None
    (unsequenced,) = write(1)
    assert proofs.included_receipt(unsequenced.id) is None
    assert proofs.place_of(unsequenced.id).leaf_index is None
    assert proofs.included_receipt(uuid4()) is None
    assert proofs.place_of(uuid4()) is None


def test_checkpoints_are_found_by_size(log: list[bytes]) -> None:
    publisher.publish()
    assert proofs.latest_checkpoint().size == 320
    assert proofs.checkpoint_at(300).root == merkle.root(log[:300])
    assert proofs.checkpoint_at(301) is None


def test_before_the_first_checkpoint_there_is_nothing_to_prove(fresh_db: str) -> None:
    grow(3)
    assert proofs.latest_checkpoint() is None
    assert proofs.published_size() == 0
    with pytest.raises(NotPublished):
        proofs.tile(0, 0, 3)


def test_a_tile_that_is_gone_is_put_together_from_its_leaves(
    log: list[bytes], fresh_db: str, cluster: object
) -> None:
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_tile")
    assert proofs.tile(0, 0, 256) == b"".join(log[:256])


def test_missing_rows_are_the_fault_of_the_log(
    log: list[bytes], fresh_db: str, cluster: object
) -> None:
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index = 290")
    for ask in (
        lambda: proofs.inclusion(299, 300),
        lambda: proofs.consistency(299, 300),
        lambda: proofs.root_at(300),
        lambda: proofs.tile(0, 1, 44),
        lambda: proofs.entries_tile(1, 44),
    ):
        with pytest.raises(TreeFault):
            ask()


def test_a_proof_asks_a_bounded_number_of_times(
    log: list[bytes], django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(6):
        proofs.inclusion(3, 300)
    with django_assert_max_num_queries(9):
        proofs.included_receipt(leaves()[77][1])
