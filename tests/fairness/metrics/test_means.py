from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics
from fairlearn.metrics import MetricFrame, mean_prediction
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

from fairness.counts import of_rows
from fairness.metrics.means import Errors, mean_score, single
from tests.fairness.cases import REAL, real


@pytest.mark.parametrize("name", REAL)
def test_the_mean_score_is_fairlearn_s_mean_prediction(name: str) -> None:
    made = real(name)
    by = list(made.segments)[:2]
    frame = MetricFrame(
        metrics=mean_prediction,
        y_true=made.actual,
        y_pred=made.scores,
        sensitive_features=made.frame[by],
    )
    mean = mean_score(made.counts, *by)
    np.testing.assert_allclose(mean.value, frame.by_group.to_numpy(float), atol=1e-12, rtol=0)
    whole = mean_score(made.counts)
    assert whole.deviation[0] == pytest.approx(made.scores.std(ddof=1), rel=1e-9)
    assert whole.number.tolist() == [len(made.scores)]


def test_a_regression_s_errors_equal_those_of_the_rows() -> None:
    """The diabetes study of scikit-learn, by sex and by age."""
    inputs, truth = load_diabetes(return_X_y=True)
    predicted = LinearRegression().fit(inputs, truth).predict(inputs)
    segments = {
        "sex": (inputs[:, 1] > 0).astype(str),
        "age": np.digitize(inputs[:, 0], [-0.04, 0.04]).astype(str),
    }
    # Rolled up by hand: a cell per combination of segments.
    cells = of_rows(segments, np.zeros(442), np.zeros(442))
    rows = of_rows(segments | {"row": np.arange(442).astype(str)}, np.zeros(442), np.zeros(442))
    order = np.array([int(rows.levels[2][code]) for code in rows.codes[:, 2]])
    sums = {name: column[order] for name, column in single(predicted, truth).items()}
    rolled = Errors.of(rows.groups("sex", "age"), sums)
    assert cells.weight.tolist() == rolled.number.tolist()
    found = Errors.of(cells.groups("sex"), {name: getattr(rolled, name) for name in sums})
    frame = MetricFrame(
        metrics={
            "mae": sklearn.metrics.mean_absolute_error,
            "mse": sklearn.metrics.mean_squared_error,
            "rmse": sklearn.metrics.root_mean_squared_error,
            "bias": lambda y_true, y_pred: np.mean(y_pred - y_true),
        },
        y_true=truth,
        y_pred=predicted,
        sensitive_features=segments["sex"],
    ).by_group
    assert found.names == (("False",), ("True",))
    for name in ("mae", "mse", "bias"):
        np.testing.assert_allclose(getattr(found, name).value, frame[name], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found.rmse, frame["rmse"], rtol=1e-12)
    here = segments["sex"] == "True"
    error = (predicted - truth)[here]
    assert found.bias.deviation[1] == pytest.approx(error.std(ddof=1))
    assert found.mse.deviation[1] == pytest.approx((error**2).std(ddof=1))


def test_nothing_has_no_mean() -> None:
    counts = of_rows({"a": ["x", "y"]}, [1, 0], [1, 0], scores=[0.5, np.nan])
    mean = mean_score(counts, "a")
    assert mean.value[0] == 0.5 and np.isnan(mean.value[1]) and np.isnan(mean.deviation).all()
