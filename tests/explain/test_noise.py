from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explain.noise import Noise
from explain.rows import RowSchema, Table


def table(frame: pd.DataFrame) -> Table:
    return RowSchema.of(frame, list(frame.columns)).table(frame)


def test_noise_is_a_hundredth_of_the_spread_of_numbers() -> None:
    frame = pd.DataFrame(
        {"a": [0.5, 1.0, np.nan], "whole": [1.0, 2, 3], "t": ["x", "y", "z"], "c": [0.5, 1, 2]}
    )
    numbers = np.array([True, True, False, False])
    noise = Noise.of(frame, numbers, seed=4)
    assert noise.added[1:].tolist() == [0.0, 0.0, 0.0]
    drawn = np.random.RandomState(4).standard_normal(4)[0]
    assert noise.added[0] == pytest.approx(0.01 * 0.25 * drawn)
    moved = noise.onto(table(frame))
    assert moved is not None and np.isnan(moved.columns["a"][2])
    assert moved.columns["a"][0] == 0.5 + noise.added[0]
    whole = frame[["whole"]]
    assert Noise.of(whole, np.array([True]), 4).onto(table(whole)) is None


def test_whole_numbers_stay_whole() -> None:
    frame = pd.DataFrame({"amount": np.arange(0.0, 90_000.0, 1000.0), "count": np.arange(90.0) % 3})
    noise = Noise.of(frame, np.array([True, True]), seed=4)
    assert noise.added[0] == np.round(noise.added[0]) != 0
    assert noise.added[1] == 0
