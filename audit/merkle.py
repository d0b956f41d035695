"""The Merkle tree of RFC 9162 §2.1, kept as the 256-wide tiles of C2SP tlog-tiles.

Tile level 0 holds leaf hashes; a hash at tile level L + 1 is the root of one full tile at level L.
Hash number j of tile level L therefore exists in a tree of ``size`` leaves exactly when
``j < size >> (8 * L)``, and nothing here ever reads one that does not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import chain

HASH_BYTES = 32
TILE_WIDTH = 256
TILE_BYTES = TILE_WIDTH * HASH_BYTES
TILE_HEIGHT = 8

EMPTY_ROOT = sha256(b"").digest()

Reader = Callable[[int, int, int], bytes]
"""``read(level, index, width)``: the first ``width`` hashes of that tile, ``32 * width`` bytes."""


class ProofError(ValueError):
    """A proof does not hold; the message says in one sentence why."""


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data), RFC 9162 §2.1.1."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right), RFC 9162 §2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def root(leaf_hashes: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of these leaf hashes (not leaf data), RFC 9162 §2.1.1."""
    return _fold(b"".join(leaf_hashes)) if leaf_hashes else EMPTY_ROOT


def _fold(row: bytes) -> bytes:
    # Hashing pairs upwards and carrying an odd last node unchanged gives the same tree as the
    # RFC's split at the largest power of two, without recursion.
    while len(row) > HASH_BYTES:
        paired = len(row) - len(row) % (2 * HASH_BYTES)
        row = (
            b"".join(
                [
                    sha256(b"\x01" + row[at : at + 2 * HASH_BYTES]).digest()
                    for at in range(0, paired, 2 * HASH_BYTES)
                ]
            )
            + row[paired:]
        )
    return row


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: 256 hashes (8,192 bytes) and their root, which is a hash one level up."""

    level: int
    index: int
    hashes: bytes
    root: bytes


class Frontier:
    """The right edge of a tree: for each tile level, the hashes of its incomplete tile.

    ``edges[L]`` holds ``(size >> 8 * L) % 256`` hashes, lowest level first. That is all a log must
    remember to grow and to know its root: at most 255 hashes a level.
    """

    __slots__ = ("_edges", "_size")

    def __init__(self, size: int = 0, edges: Sequence[Sequence[bytes]] = ()) -> None:
        """Raise ValueError unless the edges have exactly the shape that ``size`` demands."""
        wanted = [count for _, _, count in edge_ranges(size)]
        if [len(edge) for edge in edges] != wanted:
            raise ValueError(f"A tree of {size} leaves has edges of {wanted} hashes.")
        _must_be_hashes(list(chain.from_iterable(edges)))
        self._size = size
        self._edges = [list(edge) for edge in edges]

    @property
    def size(self) -> int:
        """How many leaves the tree has."""
        return self._size

    @property
    def edges(self) -> tuple[tuple[bytes, ...], ...]:
        """What the constructor needs to build this frontier again."""
        return tuple(tuple(edge) for edge in self._edges)

    def extend(self, leaf_hashes: Sequence[bytes]) -> list[Tile]:
        """Append leaves; return the tiles this completed, lower levels first.

        Raises ValueError, and changes nothing, when a leaf hash is not 32 bytes long.
        """
        _must_be_hashes(leaf_hashes)
        completed: list[Tile] = []
        arriving: Sequence[bytes] = leaf_hashes
        start, level = self._size, 0
        while arriving:
            if level == len(self._edges):
                self._edges.append([])
            tiles = self._fill(level, start >> (TILE_HEIGHT * level), arriving)
            completed += tiles
            arriving = [tile.root for tile in tiles]
            level += 1
        self._size += len(leaf_hashes)
        return completed

    def _fill(self, level: int, before: int, arriving: Sequence[bytes]) -> list[Tile]:
        row = self._edges[level]
        row.extend(arriving)
        first, count = before // TILE_WIDTH, len(row) // TILE_WIDTH
        tiles = []
        for offset in range(count):
            hashes = b"".join(row[offset * TILE_WIDTH : (offset + 1) * TILE_WIDTH])
            tiles.append(Tile(level, first + offset, hashes, _fold(hashes)))
        del row[: count * TILE_WIDTH]
        return tiles

    def root(self) -> bytes:
        """The root of the whole tree; EMPTY_ROOT when it has no leaves."""
        carried = b""  # the incomplete subtree on the right: the last node of the level above
        for edge in self._edges:
            row = b"".join(edge) + carried
            carried = _fold(row)
        return carried or EMPTY_ROOT


def _must_be_hashes(hashes: Sequence[bytes]) -> None:
    if set(map(len, hashes)) - {HASH_BYTES}:
        raise ValueError("Every hash is 32 bytes long.")


def edge_ranges(size: int) -> list[tuple[int, int, int]]:
    """The hashes to read back for ``Frontier(size, edges)``: (tile level, start, count).

    One tuple for each level that has hashes, lowest first; ``count`` may be 0, so that the list of
    what was read is the list of edges.
    """
    if size < 0:
        raise ValueError("A tree has no negative size.")
    ranges = []
    hashes, level = size, 0
    while hashes:
        count = hashes % TILE_WIDTH
        ranges.append((level, hashes - count, count))
        hashes //= TILE_WIDTH
        level += 1
    return ranges


# ---------------------------------------------------------------------------------------- proofs

Span = tuple[int, int]
Node = tuple[int, int]


def root_at(size: int, read: Reader) -> bytes:
    """The root the tree had at ``size``, from tiles as they were then."""
    return _hashes_of([(0, size)], size, read)[0] if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: Reader) -> list[bytes]:
    """The audit path of leaf ``index`` in the tree of ``size`` leaves, RFC 9162 §2.1.3.1.

    Raises ValueError when the leaf is not in that tree.
    """
    return _hashes_of(_inclusion_spans(index, size), size, read)


def consistency_proof(first: int, second: int, read: Reader) -> list[bytes]:
    """That the tree of ``first`` leaves is a prefix of the tree of ``second``, RFC 9162 §2.1.4.1.

    Raises ValueError unless 0 < first <= second: an empty tree is a prefix of everything, so a
    proof about it would prove nothing.
    """
    return _hashes_of(_consistency_spans(first, second), second, read)


def tiles_for_inclusion(index: int, size: int) -> set[tuple[int, int, int]]:
    """Every (level, index, width) that ``inclusion_proof`` will read, for fetching them at once."""
    return _tiles_of(_inclusion_spans(index, size), size)


def tiles_for_consistency(first: int, second: int) -> set[tuple[int, int, int]]:
    """Every (level, index, width) that ``consistency_proof`` will read."""
    return _tiles_of(_consistency_spans(first, second), second)


def tiles_for_root(size: int) -> set[tuple[int, int, int]]:
    """Every (level, index, width) that ``root_at`` will read."""
    return _tiles_of([(0, size)] if size else [], size)


def _split(width: int) -> int:
    # RFC 9162 §2.1.1: the largest power of two smaller than the number of leaves.
    return 1 << ((width - 1).bit_length() - 1)


def _inclusion_spans(index: int, size: int) -> list[Span]:
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    return spans[::-1]


def _consistency_spans(first: int, second: int) -> list[Span]:
    if not 0 < first <= second:
        raise ValueError(f"There is no consistency proof from size {first} to size {second}.")
    spans: list[Span] = []
    start, end = 0, second
    while end != first:
        middle = start + _split(end - start)
        if first <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((start, middle))
            start = middle
    if start:
        spans.append((start, end))
    # With start == 0 the old tree is itself a node of the new one, and the verifier has its root.
    return spans[::-1]


def _perfect(span: Span) -> Iterator[Node]:
    """Cut a span of leaves into perfect subtrees, largest first, as (height, index)."""
    start, end = span
    while start < end:
        height = (end - start).bit_length() - 1
        yield height, start >> height
        start += 1 << height


def _place(node: Node, size: int) -> tuple[tuple[int, int, int], slice]:
    """In which tile, and where in it, the hashes under a perfect subtree stand."""
    height, index = node
    level, rise = divmod(height, TILE_HEIGHT)
    first = index << rise
    tile = first // TILE_WIDTH
    width = min(TILE_WIDTH, (size >> (TILE_HEIGHT * level)) - tile * TILE_WIDTH)
    offset = first % TILE_WIDTH
    return (level, tile, width), slice(offset * HASH_BYTES, (offset + (1 << rise)) * HASH_BYTES)


def _tiles_of(spans: list[Span], size: int) -> set[tuple[int, int, int]]:
    return {_place(node, size)[0] for span in spans for node in _perfect(span)}


def _hashes_of(spans: list[Span], size: int, read: Reader) -> list[bytes]:
    tiles: dict[tuple[int, int, int], bytes] = {}

    def subtree(node: Node) -> bytes:
        place, part = _place(node, size)
        if place not in tiles:
            tiles[place] = _exactly(read(*place), place)
        return _subtree_root(tiles[place][part])

    return [_join([subtree(node) for node in _perfect(span)]) for span in spans]


@lru_cache(maxsize=1024)
def _subtree_root(row: bytes) -> bytes:
    # Proofs against one checkpoint share the upper tiles: at most 4 MiB save most of the hashing.
    return _fold(row)


def _join(subtrees: list[bytes]) -> bytes:
    # Left to right they shrink, so the two on the right always belong together first.
    joined = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        joined = node_hash(left, joined)
    return joined


def _exactly(hashes: bytes, place: tuple[int, int, int]) -> bytes:
    level, index, width = place
    if len(hashes) != width * HASH_BYTES:
        path = tile_path(level, index, width)
        raise ValueError(f"{path} has {len(hashes)} bytes, not {width * HASH_BYTES}.")
    return hashes


# ---------------------------------------------------------------------------------- verification


def verify_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether the proof holds; see ``check_inclusion``."""
    return _holds(lambda: check_inclusion(index, size, leaf_hash, proof, root))


def verify_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """Whether the proof holds; see ``check_consistency``."""
    return _holds(lambda: check_consistency(first, second, proof, first_root, second_root))


def _holds(check: Callable[[], None]) -> bool:
    try:
        check()
    except ProofError:
        return False
    return True


def check_inclusion(
    index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise ProofError unless the leaf is number ``index`` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofError(f"A tree of {size} leaves has no leaf {index}.")
    if any(len(known) != HASH_BYTES for known in (leaf_hash, *proof)):
        raise ProofError("A hash in the proof is not 32 bytes long.")
    node, last, computed = index, size - 1, leaf_hash
    for sibling in proof:
        node, last, on_the_left = _climb(node, last)
        computed = node_hash(sibling, computed) if on_the_left else node_hash(computed, sibling)
    if last != 0:
        raise ProofError("The proof is too short for a tree of this size.")
    if computed != root:
        raise ProofError("The proof leads to another root.")


def check_consistency(
    first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes
) -> None:
    """Raise ProofError unless the first tree is a prefix of the second (RFC 9162 §2.1.4.2).

    ``first == 0`` is refused: an empty tree is consistent with anything, and a monitor that took
    such a proof would have checked nothing.
    """
    if not 0 < first <= second:
        raise ProofError(f"Size {first} to size {second} is nothing a proof can show.")
    if first == second:
        if proof or first_root != second_root:
            raise ProofError("Two trees of one size are the same tree, and need no proof.")
        return
    if not proof or any(len(known) != HASH_BYTES for known in proof):
        raise ProofError("The proof is empty, or a hash in it is not 32 bytes long.")
    # Trees of 2^k leaves are nodes of every larger tree: the verifier knows that hash already.
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if _climbed(first, second, path) != (first_root, second_root):
        raise ProofError("The proof leads to other roots.")


def _climbed(first: int, second: int, path: list[bytes]) -> tuple[bytes, bytes]:
    whole = (first & -first).bit_length() - 1  # levels on which the old tree's edge is complete
    node, last = (first - 1) >> whole, (second - 1) >> whole
    old = new = path[0]
    for sibling in path[1:]:
        node, last, on_the_left = _climb(node, last)
        if on_the_left:
            old = node_hash(sibling, old)
        new = node_hash(sibling, new) if on_the_left else node_hash(new, sibling)
    if last != 0:
        raise ProofError("The proof is too short for trees of these sizes.")
    return old, new


def _climb(node: int, last: int) -> tuple[int, int, bool]:
    """One step of the RFC's verification: (node, last) a level up, and where the sibling stood."""
    if last == 0:
        raise ProofError("The proof is longer than the path to the root.")
    on_the_left = bool(node & 1) or node == last
    if on_the_left and not node & 1:
        # A last node without a sibling rises unchanged to the first level where it has one.
        rise = (node & -node).bit_length() - 1
        node, last = node >> rise, last >> rise
    return node >> 1, last >> 1, on_the_left


# ----------------------------------------------------------------------------------------- paths


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Where C2SP tlog-tiles puts a hash tile, relative to the log: ``tile/0/x001/067.p/5``."""
    return f"tile/{level}/{_number(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Where C2SP tlog-tiles puts a bundle of entries: ``tile/entries/x001/067``."""
    return f"tile/entries/{_number(index, width)}"


def _number(index: int, width: int) -> str:
    if index < 0 or not 1 <= width <= TILE_WIDTH:
        raise ValueError(f"There is no tile {index} of width {width}.")
    groups = [f"{index % 1000:03}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03}")
    return "/".join(groups) + ("" if width == TILE_WIDTH else f".p/{width}")
