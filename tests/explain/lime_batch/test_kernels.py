"""The counting by bits against plain sums."""

from __future__ import annotations

import numpy as np
import pytest

from explain.lime_batch import kernels


def test_turning_a_block_of_bits() -> None:
    random = np.random.default_rng(0)
    bits = random.integers(0, 2, (64, 64)).astype(bool)
    powers = np.uint64(1) << np.arange(64, dtype=np.uint64)
    block = np.where(bits, powers, np.uint64(0)).sum(axis=1, dtype=np.uint64)
    kernels._turn(block)
    turned = (block[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.array_equal(turned.astype(bool), bits.T)


@pytest.mark.parametrize(("features", "drawn"), [(1, 10), (5, 63), (8, 64), (21, 500), (70, 300)])
def test_moments_are_plain_weighted_sums(features: int, drawn: int) -> None:
    random = np.random.default_rng(features)
    sample = random.integers(0, 3, (features, drawn)).astype(np.int32)
    row = random.integers(0, 3, features).astype(np.int32)
    output, score = random.normal(size=drawn), 0.3
    nearness = np.exp(-np.arange(features + 1) / 3.0)
    seen = np.empty(((features + 63) // 64, drawn), np.uint64)
    blocks = drawn // 64 + features + 2
    apart, order = np.empty(drawn, np.int32), np.empty(64 * blocks, np.int32)
    first, bits = np.empty(features + 2, np.int32), np.empty((features, blocks), np.uint64)
    gram, link, share = np.empty((features, features)), np.empty(features), np.empty(features)
    kernels._match(sample, row, seen)
    kernels._sort(seen, features, apart, order, first)
    kernels._spread(seen, order, first[-1], bits)
    mean, squares = kernels._moments(
        seen, output, apart, first, score, nearness, bits, gram, link, share
    )
    inside = np.vstack([row == sample.T, np.ones(features)]).astype(float)
    weight = np.append(nearness[(row != sample.T).sum(axis=1)], 1.0)
    values = np.append(output, score)
    centre = (weight @ inside) / weight.sum()
    average = (weight @ values) / weight.sum()
    apart_ = inside - centre
    assert mean == pytest.approx(average, abs=1e-12)
    assert squares == pytest.approx(weight @ (values - average) ** 2, rel=1e-12)
    np.testing.assert_allclose(share, centre, rtol=0, atol=1e-12)
    expected = (apart_ * weight[:, None]).T @ apart_
    np.testing.assert_allclose(gram, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(link, apart_.T @ (weight * (values - average)), rtol=0, atol=1e-10)
