from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from explain.lime_batch.bins import category_bins, quartile_bins
from explain.lime_batch.drawing import draw_compat, draw_empirical

TRAINING = pd.DataFrame(
    {
        "n": [1.0, 1.0, 1.0, 2.0, np.nan],
        "t": pd.Series(["a", "b", None, "a", "a"], dtype=object).fillna(np.nan),
    }
)


def test_empirical_rows_hold_values_that_somebody_had_as_often() -> None:
    drawn = draw_empirical(TRAINING, 3, 20_000)
    shares = drawn["n"].value_counts(normalize=True, dropna=False)
    assert set(shares.index[:-1]) <= {1.0, 2.0}
    assert shares[1.0] == pytest.approx(0.6, abs=0.02)
    assert drawn["n"].isna().mean() == pytest.approx(0.2, abs=0.02)
    assert drawn["t"].isna().mean() == pytest.approx(0.2, abs=0.02)
    pd.testing.assert_frame_equal(draw_empirical(TRAINING, 3, 20_000), drawn)


def test_features_are_drawn_apart() -> None:
    drawn = draw_empirical(pd.DataFrame({"a": np.arange(9.0), "b": np.arange(9.0)}), 1, 5000)
    assert abs(np.corrcoef(drawn["a"], drawn["b"])[0, 1]) < 0.05


def test_compat_turns_a_bin_of_one_value_into_0_as_the_package_does() -> None:
    training = TRAINING[:4]
    bins = (quartile_bins("n", training["n"].to_numpy()), category_bins("t", training["t"]))
    drawn, codes = draw_compat(training, bins, 1, 2000)
    assert set(drawn["n"][codes[:, 0] == 0]) == {0.0}
    assert drawn["n"].max() <= 2.0
    assert set(drawn["t"].dropna()) == {"a", "b"}


def test_compat_gives_missing_numbers_a_bin_of_their_own() -> None:
    bins = (quartile_bins("n", TRAINING["n"].to_numpy()),)
    drawn, codes = draw_compat(TRAINING[["n"]], bins, 1, 2000)
    missing = codes[:, 0] == bins[0].missing
    assert missing.mean() == pytest.approx(TRAINING["n"].isna().mean(), abs=0.05)
    assert np.array_equal(drawn["n"].isna().to_numpy(), missing)
