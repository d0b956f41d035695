"""The loops of LIME, compiled by numba (see `explain.attribution.kernels` about its cache).

One row after the other, each with its own small system of equations solved right here, so that a
row's figures are the same to the last bit whatever rows stand beside it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Int32 = NDArray[np.int32]
Booleans = NDArray[np.bool_]

# Pivots below this share of the total weight count as nothing: the column is constant, or a sum of
# those already chosen.
NOTHING = 1e-12


@njit(cache=True, nogil=True)
def _weigh(sample: Int32, row: Int32, nearness: Floats, weight: Floats) -> None:
    """Set the weight of each sampled row: nearness by the number of features in another bin."""
    for at in range(len(sample)):
        apart = 0
        for feature in range(len(row)):
            apart += sample[at, feature] != row[feature]
        weight[at] = nearness[apart]


@njit(cache=True, nogil=True)
def _moments(
    sample: Int32,
    output: Floats,
    row: Int32,
    score: float,
    weight: Floats,
    gram: Floats,
    link: Floats,
    share: Floats,
) -> tuple[float, float]:
    """Set the weighted, centred moments of the neighbourhood: the sampled rows and the row itself,
    whose weight is 1. Seen by LIME, a feature is 1 where it is in the row's bin and 0 elsewhere.

    gram: features by features; link: features by output; share: the features' means.
    Returns the mean of the output and its sum of squares about it.
    """
    features = len(row)
    total, mean = 1.0, score
    for at in range(len(sample)):
        total += weight[at]
        mean += weight[at] * output[at]
    mean /= total
    gram[:] = 1.0
    link[:] = score - mean
    squares = (score - mean) ** 2
    same = np.empty(features, np.int64)
    for at in range(len(sample)):
        found = 0
        for feature in range(features):
            same[found] = feature
            found += sample[at, feature] == row[feature]
        mass, pull = weight[at], weight[at] * (output[at] - mean)
        squares += pull * (output[at] - mean)
        for first in range(found):
            one = same[first]
            link[one] += pull
            for second in range(first, found):
                gram[one, same[second]] += mass
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

    sample, rows: bins (sampled rows, features), (rows, features); output, scores: what the model
    gives them; nearness[k]: weight of a sampled row that differs in k features; penalties: ridge
    penalty of the fit, and of the fit by which features are chosen when `wanted` is above
    `forward_up_to`. Returns intercepts (rows,), coefficients (rows, features), R² (rows,).
    """
    many, features = rows.shape
    intercepts, fits = np.empty(many), np.empty(many)
    coefficients = np.empty((many, features))
    weight, gram = np.empty(len(sample)), np.empty((features, features))
    link, share = np.empty(features), np.empty(features)
    used = np.ones(features, np.bool_)
    for at in range(many):
        _weigh(sample, rows[at], nearness, weight)
        mean, squares = _moments(sample, output, rows[at], scores[at], weight, gram, link, share)
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
