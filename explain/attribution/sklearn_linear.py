"""scikit-learn's linear models, read from the fitted estimators."""

from typing import Any

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    GammaRegressor,
    HuberRegressor,
    Lars,
    Lasso,
    LassoCV,
    LassoLars,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TheilSenRegressor,
    TweedieRegressor,
)
from sklearn.svm import LinearSVR

from explain.attribution.contract import Floats, OutputSpace
from explain.attribution.interpreting import Case, Reading, interpret, refuse_path_dependent
from explain.attribution.linear import LinearOutput, LinearShapley
from explain.attribution.margins import sign


@interpret.register(LinearDiscriminantAnalysis)
@interpret.register(LogisticRegression)
@interpret.register(LogisticRegressionCV)
@interpret.register(SGDClassifier)
def _(estimator: Any, case: Case) -> Reading:
    # Several classes of an SGDClassifier or of liblinear are one-versus-rest, which is no softmax:
    # the check against predict_proba in `explain.attribution.assembly` sends them to the black box.
    if len(estimator.classes_) > 2:
        return linear(estimator.coef_, estimator.intercept_, "margin", case)
    side = sign(case.position)
    return linear(estimator.coef_ * side, estimator.intercept_ * side, "log-odds", case)


@interpret.register(ARDRegression)
@interpret.register(BayesianRidge)
@interpret.register(ElasticNet)
@interpret.register(ElasticNetCV)
@interpret.register(HuberRegressor)
@interpret.register(Lars)
@interpret.register(Lasso)
@interpret.register(LassoCV)
@interpret.register(LassoLars)
@interpret.register(LinearRegression)
@interpret.register(LinearSVR)
@interpret.register(QuantileRegressor)
@interpret.register(Ridge)
@interpret.register(RidgeCV)
@interpret.register(SGDRegressor)
@interpret.register(TheilSenRegressor)
def _(estimator: Any, case: Case) -> Reading:
    return linear(estimator.coef_, estimator.intercept_, "prediction", case)


@interpret.register(PoissonRegressor)
@interpret.register(GammaRegressor)
def _(estimator: Any, case: Case) -> Reading:
    return linear(estimator.coef_, estimator.intercept_, "log-prediction", case)


@interpret.register
def _(estimator: TweedieRegressor, case: Case) -> Reading:
    plain = estimator.link == "identity" or (estimator.link == "auto" and estimator.power <= 0)
    space: OutputSpace = "prediction" if plain else "log-prediction"
    return linear(estimator.coef_, estimator.intercept_, space, case)


def linear(weights: Any, intercepts: Any, space: OutputSpace, case: Case) -> Reading:
    """Return the reading of weights (columns,) or (margins, columns); see LinearOutput."""
    refuse_path_dependent(case.choices)
    lines: Floats = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    starts = np.broadcast_to(np.asarray(intercepts, dtype=np.float64).reshape(-1), len(lines))
    position = case.position if space == "margin" else 0
    output = LinearOutput(lines, starts, position, space)
    return Reading(LinearShapley.of(output, case.players, case.background), output, space)
