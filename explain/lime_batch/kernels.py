"""The loops of LIME, compiled by numba (see `explain.attribution.kernels` about its cache).

One row after the other, each with its own small system of equations solved right here, so that a
row's figures are the same to the last bit whatever rows stand beside it.
"""

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Int32 = NDArray[np.int32]
Booleans = NDArray[np.bool_]
Words = NDArray[np.uint64]

# Pivots below this share of the total weight count as nothing: the column is constant, or a sum of
# those already chosen.
NOTHING = 1e-12


def _count_bits(typing: Any, word: Any) -> Any:
    """Say to the compiler what _ones is: the processor's own count of the bits set in a word."""

    def generate(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return types.uint64(types.uint64), generate


_ones: Any = intrinsic(_count_bits)


@njit(cache=True, nogil=True)
def _match(sample: Int32, row: Int32, seen: Words) -> None:
    """Set seen[w, s]: the bits of the features in which sampled row s is in the row's own bin."""
    seen[:] = np.uint64(0)
    for feature in range(len(row)):
        column, mine, code = sample[feature], seen[feature >> 6], row[feature]
        shift = np.uint64(feature & 63)
        for at in range(len(column)):
            mine[at] |= np.uint64(column[at] == code) << shift


@njit(cache=True, nogil=True)
def _sort(seen: Words, features: int, apart: Int32, order: Int32, first: Int32) -> None:
    """Put the sampled rows in order of how many features they differ in, those of k into blocks of
    64 from first[k] on; order holds -1 where a block is not full. Counts stay exact that way: all
    rows of a block weigh the same."""
    size = np.zeros(features + 1, np.int64)
    for at in range(seen.shape[1]):
        alike = np.uint64(0)
        for word in range(len(seen)):
            alike += _ones(seen[word, at])
        apart[at] = features - np.int64(alike)
        size[apart[at]] += 1
    order[:] = -1
    first[0] = 0
    for k in range(features + 1):
        first[k + 1] = first[k] + ((size[k] + 63) >> 6)
        size[k] = first[k] << 6
    for at in range(seen.shape[1]):
        order[size[apart[at]]] = at
        size[apart[at]] += 1


@njit(cache=True, nogil=True)
def _turn(block: Words) -> None:
    """Transpose 64 words of 64 bits: bit j of word i becomes bit i of word j (Warren, Hacker's
    Delight, 7-3)."""
    width = 32
    mask = np.uint64(0x00000000FFFFFFFF)
    while width:
        shift = np.uint64(width)
        at = 0
        while at < 64:
            change = ((block[at] >> shift) ^ block[at + width]) & mask
            block[at] ^= change << shift
            block[at + width] ^= change
            at = (at + width + 1) & ~width
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(cache=True, nogil=True)
def _spread(seen: Words, order: Int32, blocks: int, bits: Words) -> None:
    """Set bits[f, b]: which rows of block b are in the row's bin of feature f."""
    block = np.empty(64, np.uint64)
    for b in range(blocks):
        for word in range(len(seen)):
            for at in range(64):
                place = order[64 * b + at]
                block[at] = seen[word, place] if place >= 0 else np.uint64(0)
            _turn(block)
            for at in range(min(64, len(bits) - 64 * word)):
                bits[64 * word + at, b] = block[at]


@njit(cache=True, nogil=True)
def _products(bits: Words, first: Int32, nearness: Floats, gram: Floats) -> None:
    """Set the upper half of gram: the weight of the rows that are in the row's bin of both
    features, the row itself among them."""
    features = len(bits)
    for one in range(features):
        for two in range(one, features):
            mine, other = bits[one], bits[two]
            total = 1.0
            for k in range(features + 1):
                both = np.uint64(0)
                for b in range(first[k], first[k + 1]):
                    both += _ones(mine[b] & other[b])
                total += nearness[k] * np.float64(both)
            gram[one, two] = total


@njit(cache=True, nogil=True)
def _pulls(seen: Words, pull: Floats, start: float, link: Floats) -> None:
    """Set link[f]: start and the pulls of the rows that are in the row's bin of feature f. Added up
    by the value of each byte first, so that a row is added once for eight features."""
    sums = np.empty(256)
    low, features = np.uint64(255), len(link)
    for byte in range((features + 7) >> 3):
        sums[:] = 0.0
        words, shift = seen[byte >> 3], np.uint64(8 * (byte & 7))
        for at in range(len(pull)):
            sums[(words[at] >> shift) & low] += pull[at]
        for feature in range(8 * byte, min(8 * byte + 8, features)):
            total = start
            for value in range(256):
                if value >> (feature & 7) & 1:
                    total += sums[value]
            link[feature] = total


@njit(cache=True, nogil=True)
def _moments(
    seen: Words,
    output: Floats,
    apart: Int32,
    first: Int32,
    score: float,
    nearness: Floats,
    bits: Words,
    gram: Floats,
    link: Floats,
    share: Floats,
) -> tuple[float, float]:
    """Set the weighted, centred moments of the neighbourhood: the sampled rows and the row itself,
    whose weight is 1. Seen by LIME, a feature is 1 where it is in the row's bin and 0 elsewhere.

    gram: features by features; link: features by output; share: the features' means.
    Returns the mean of the output and its sum of squares about it.
    """
    # Added up as in _products, so that a feature in which all rows are alike has a share of 1.
    size = np.zeros(len(nearness), np.int64)
    beyond = 0.0
    for at in range(len(output)):
        size[apart[at]] += 1
        beyond += nearness[apart[at]] * (output[at] - score)
    total = 1.0
    for k in range(len(nearness)):
        total += nearness[k] * np.float64(size[k])
    mean = score + beyond / total
    squares = (score - mean) ** 2
    pull = np.empty(len(output))
    for at in range(len(output)):
        pull[at] = nearness[apart[at]] * (output[at] - mean)
        squares += pull[at] * (output[at] - mean)
    _products(bits, first, nearness, gram)
    _pulls(seen, pull, score - mean, link)
    _centre(gram, link, share, total)
    return mean, squares


@njit(cache=True, nogil=True)
def _centre(gram: Floats, link: Floats, share: Floats, total: float) -> None:
    """Turn the upper half of sums of products into sums about the means, both halves. A feature in
    which all rows are alike comes out as exactly nothing, not as the rounding of its sums."""
    features = len(share)
    for one in range(features):
        share[one] = gram[one, one] / total
        if share[one] == 1.0:
            link[one] = 0.0
    for one in range(features):
        for two in range(one, features):
            if share[one] == 1.0 or share[two] == 1.0:
                gram[one, two] = 0.0
            else:
                gram[one, two] -= share[one] * share[two] * total
            gram[two, one] = gram[one, two]


@njit(cache=True, nogil=True)
def _ridge(gram: Floats, link: Floats, used: Booleans, penalty: float, coefficient: Floats) -> None:
    """Solve (gram + penalty) coefficient = link for the used features, by Cholesky; 0 elsewhere."""
    chosen = np.empty(len(used), np.int64)
    size = 0
    for feature in range(len(used)):
        chosen[size] = feature
        size += used[feature]
    lower, half = np.empty((size, size)), np.empty(size)
    for i in range(size):
        half[i] = link[chosen[i]]
        for j in range(i + 1):
            lower[i, j] = gram[chosen[i], chosen[j]]
        lower[i, i] += penalty
    _factor(lower, half)
    coefficient[:] = 0.0
    for i in range(size - 1, -1, -1):
        value = half[i]
        for k in range(i + 1, size):
            value -= lower[k, i] * coefficient[chosen[k]]
        coefficient[chosen[i]] = value / lower[i, i]


@njit(cache=True, nogil=True)
def _factor(lower: Floats, half: Floats) -> None:
    """Turn the lower half of a positive definite matrix A into L with L L' = A, and b, in `half`,
    into the solution of L x = b."""
    for i in range(len(half)):
        for j in range(i + 1):
            for k in range(j):
                lower[i, j] -= lower[i, k] * lower[j, k]
            if i == j:
                lower[i, i] = np.sqrt(lower[i, i])
            else:
                lower[i, j] /= lower[j, j]
        for k in range(i):
            half[i] -= lower[i, k] * half[k]
        half[i] /= lower[i, i]


@njit(cache=True, nogil=True)
def _choose_forward(gram: Floats, link: Floats, wanted: int, used: Booleans) -> None:
    """Mark `wanted` features, each in turn the one that adds most to the variance explained."""
    left, pull = gram.copy(), link.copy()
    features = len(link)
    floor = 0.0
    for feature in range(features):
        floor = max(floor, NOTHING * gram[feature, feature])
    used[:] = False
    for _ in range(wanted):
        best, most = -1, -1.0
        for feature in range(features):
            pivot = left[feature, feature]
            gain = pull[feature] ** 2 / pivot if pivot > floor else 0.0
            if not used[feature] and gain > most:
                best, most = feature, gain
        used[best] = True
        if left[best, best] > floor:
            _sweep_out(left, pull, best)


@njit(cache=True, nogil=True)
def _sweep_out(left: Floats, pull: Floats, best: int) -> None:
    """Take out of all features what feature `best` explains of them."""
    pivot, taken = left[best, best], pull[best]
    column = left[:, best].copy()
    for one in range(len(pull)):
        pull[one] -= column[one] * taken / pivot
        for two in range(len(pull)):
            left[one, two] -= column[one] * column[two] / pivot


@njit(cache=True, nogil=True)
def _choose_heaviest(coefficient: Floats, wanted: int, used: Booleans) -> None:
    """Mark the `wanted` features of largest coefficient; of equal ones the earlier."""
    used[:] = False
    for _ in range(wanted):
        best, most = -1, -1.0
        for feature in range(len(coefficient)):
            if not used[feature] and abs(coefficient[feature]) > most:
                best, most = feature, abs(coefficient[feature])
        used[best] = True


@njit(cache=True, nogil=True)
def fit(
    sample: Int32,
    output: Floats,
    rows: Int32,
    scores: Floats,
    nearness: Floats,
    wanted: int,
    forward_up_to: int,
    penalties: tuple[float, float],
) -> tuple[Floats, Floats, Floats]:
    """Fit one weighted ridge regression per row, on at most `wanted` features.

    sample, rows: bins (features, sampled rows), (rows, features); output, scores: what the model
    gives them; nearness[k]: weight of a sampled row that differs in k features; penalties: ridge
    penalty of the fit, and of the fit by which features are chosen when `wanted` is above
    `forward_up_to`. Returns intercepts (rows,), coefficients (rows, features), R² (rows,).
    """
    many, features = rows.shape
    intercepts, fits = np.empty(many), np.empty(many)
    coefficients = np.empty((many, features))
    drawn = sample.shape[1]
    words, blocks = (features + 63) >> 6, (drawn >> 6) + features + 2
    seen = np.empty((words, drawn), np.uint64)
    bits = np.empty((features, blocks), np.uint64)
    apart, order = np.empty(drawn, np.int32), np.empty(64 * blocks, np.int32)
    first = np.empty(features + 2, np.int32)
    gram = np.empty((features, features))
    link, share = np.empty(features), np.empty(features)
    used = np.ones(features, np.bool_)
    for at in range(many):
        _match(sample, rows[at], seen)
        _sort(seen, features, apart, order, first)
        _spread(seen, order, first[-1], bits)
        mean, squares = _moments(
            seen, output, apart, first, scores[at], nearness, bits, gram, link, share
        )
        mine = coefficients[at]
        if wanted < features and wanted <= forward_up_to:
            _choose_forward(gram, link, wanted, used)
        elif wanted < features:
            used[:] = True
            _ridge(gram, link, used, penalties[1], mine)
            _choose_heaviest(mine, wanted, used)
        _ridge(gram, link, used, penalties[0], mine)
        intercepts[at], explained = mean, 0.0
        for one in range(features):
            intercepts[at] -= share[one] * mine[one]
            explained += 2.0 * mine[one] * link[one]
            for two in range(features):
                explained -= mine[one] * gram[one, two] * mine[two]
        fits[at] = explained / squares if squares > 0.0 else 1.0
    return intercepts, coefficients, fits
