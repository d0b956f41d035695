"""The lime package itself is the oracle of lime-compat; lime-empirical answers what it cannot."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from explain.lime_batch.sample import LimeSample
from tests.explain.cases import fitted, german, one_hot

SEED = 11
SAMPLES = 1000


class Coded:
    """German Credit as the package needs it: categories as whole numbers, tables as arrays."""

    def __init__(self) -> None:
        self.frame, label = german()
        self.names = list(self.frame.columns)
        self.texts = [n for n in self.names if not pd.api.types.is_numeric_dtype(self.frame[n])]
        self.categories = {name: sorted(self.frame[name][:600].unique()) for name in self.texts}
        self.model = make_pipeline(
            one_hot(self.frame), LogisticRegression(C=0.01, solver="liblinear")
        )
        self.model.fit(self.frame[:600], label[:600])

    def probability(self, frame: pd.DataFrame) -> np.ndarray:
        return self.model.predict_proba(frame)[:, 1]

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        columns = [
            frame[name].map(self.categories[name].index) if name in self.texts else frame[name]
            for name in self.names
        ]
        return np.column_stack(columns).astype(float)

    def both_classes(self, table: np.ndarray) -> np.ndarray:
        frame = pd.DataFrame(table, columns=self.names)
        for name in self.texts:
            frame[name] = [self.categories[name][int(code)] for code in frame[name]]
        return self.model.predict_proba(frame)

    def package(self, row: pd.DataFrame, num_features: int):
        places = [self.names.index(name) for name in self.texts]
        explainer = LimeTabularExplainer(
            self.encode(self.frame[:600]), categorical_features=places, random_state=SEED
        )
        return explainer.explain_instance(
            self.encode(row)[0], self.both_classes, num_features=num_features, num_samples=SAMPLES
        )


@pytest.fixture(scope="module")
def coded() -> Coded:
    return Coded()


@pytest.mark.parametrize("wanted", [21, 10, 6, 3])
def test_lime_compat_is_the_package(coded: Coded, wanted: int) -> None:
    sample = LimeSample.build(
        coded.probability, coded.frame[:600], coded.names,
        seed=SEED, mode="lime-compat", n=SAMPLES,
    )  # fmt: skip
    rows = coded.frame[700:702]
    told = sample.explain(rows, coded.probability(rows), wanted)
    for at in range(len(rows)):
        oracle = coded.package(rows[at : at + 1], wanted)
        coefficients = np.zeros(len(coded.names))
        for place, weight in oracle.local_exp[1]:
            coefficients[place] = weight
        np.testing.assert_allclose(told.coefficients[at], coefficients, rtol=0, atol=1e-9)
        assert told.intercept[at] == pytest.approx(oracle.intercept[1], abs=1e-9)
        assert told.r2[at] == pytest.approx(oracle.score, abs=1e-9)
        assert told.local_prediction[at] == pytest.approx(oracle.local_pred[0], abs=1e-9)


def test_lime_compat_is_the_package_on_numbers_alone() -> None:
    data = load_breast_cancer(as_frame=True)
    frame, names = data.data, list(data.data.columns)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame.to_numpy(), data.target)
    explainer = LimeTabularExplainer(frame.to_numpy(), random_state=SEED)
    oracle = explainer.explain_instance(
        frame.to_numpy()[9], model.predict_proba, num_features=30, num_samples=SAMPLES
    )
    sample = LimeSample.build(
        lambda table: model.predict_proba(table.to_numpy())[:, 1], frame, names,
        seed=SEED, mode="lime-compat", n=SAMPLES,
    )  # fmt: skip
    told = sample.explain(frame[9:10], model.predict_proba(frame[9:10].to_numpy())[:, 1])
    coefficients = [weight for _, weight in sorted(oracle.local_exp[1])]
    np.testing.assert_allclose(told.coefficients[0], coefficients, rtol=0, atol=1e-9)


def test_lime_compat_is_the_package_for_a_regression() -> None:
    data = load_diabetes(as_frame=True)
    frame, names = data.data, list(data.data.columns)
    model = GradientBoostingRegressor(n_estimators=30, random_state=0)
    model.fit(frame.to_numpy(), data.target)
    places = [names.index("sex")]
    codes = {value: at for at, value in enumerate(sorted(frame["sex"].unique()))}
    values = np.array(list(codes))

    def decode(table: np.ndarray) -> np.ndarray:
        decoded = table.copy()
        decoded[:, places[0]] = values[table[:, places[0]].astype(int)]
        return model.predict(decoded)

    encoded = frame.assign(sex=frame["sex"].map(codes)).to_numpy()
    explainer = LimeTabularExplainer(
        encoded, mode="regression", categorical_features=places, random_state=SEED
    )
    sample = LimeSample.build(
        lambda table: model.predict(table.to_numpy()), frame, names,
        categorical=["sex"], seed=SEED, mode="lime-compat", n=SAMPLES,
    )  # fmt: skip
    rows = frame[20:23]
    told = sample.explain(rows, model.predict(rows.to_numpy()))
    for at in range(3):
        oracle = explainer_again(explainer).explain_instance(
            encoded[20 + at], decode, num_features=10, num_samples=SAMPLES
        )
        coefficients = [weight for _, weight in sorted(oracle.local_exp[1])]
        np.testing.assert_allclose(told.coefficients[at], coefficients, rtol=0, atol=1e-9)
        assert told.intercept[at] == pytest.approx(oracle.intercept[1], abs=1e-9)
        assert told.r2[at] == pytest.approx(oracle.score, abs=1e-9)


def explainer_again(explainer: LimeTabularExplainer) -> LimeTabularExplainer:
    """As new: the package's explainer goes on with its random stream from row to row."""
    explainer.random_state = np.random.RandomState(SEED)
    explainer.discretizer.random_state = explainer.random_state
    return explainer


def test_one_of_several_outputs_is_picked() -> None:
    data = load_breast_cancer(as_frame=True)
    frame, names = data.data.iloc[:, :5], list(data.data.columns[:5])
    model = HistGradientBoostingClassifier(max_iter=5).fit(frame, data.target)
    both = LimeSample.build(model.predict_proba, frame, names, seed=1, n=200)
    one = LimeSample.build(lambda t: model.predict_proba(t)[:, 1], frame, names, seed=1, n=200)
    scores = model.predict_proba(frame[:4])[:, 1]
    told, expected = both.of_output(1).explain(frame[:4], scores), one.explain(frame[:4], scores)
    assert np.array_equal(told.coefficients, expected.coefficients)


@pytest.mark.parametrize("mode", ["lime-empirical", "lime-compat"])
@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"only": np.arange(60.0)}),
        pd.DataFrame({"a": np.arange(60.0), "gap": np.where(np.arange(60) % 3, 1.5, np.nan)}),
        pd.DataFrame({"never": np.full(60, np.nan), "a": np.arange(60.0)}),
        pd.DataFrame({"constant": np.full(60, 7.0), "text": ["x", "y", None] * 20}),
        pd.DataFrame({"one": np.arange(60.0), "two": np.arange(60.0)}),
        pd.DataFrame({"only text": pd.Series(["x"] * 60, dtype="str")}),
        pd.DataFrame(np.random.default_rng(0).normal(size=(60, 500))).add_prefix("f"),
    ],
    ids=["one", "missing", "never there", "constant", "twice", "one text", "five hundred"],
)
def test_any_table_is_explained(frame: pd.DataFrame, mode: str) -> None:
    def predict(table: pd.DataFrame) -> np.ndarray:
        return np.array([len(repr(value)) % 2 for value in table.iloc[:, 0]], dtype=float)

    sample = LimeSample.build(predict, frame, list(frame.columns), seed=1, mode=mode, n=120)
    told = sample.explain(frame[:3], predict(frame[:3]))
    assert np.isfinite(told.coefficients).all()
    assert np.isfinite(told.local_prediction).all()
    unseen = frame[:1].copy()
    for name in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            unseen[name] = "never seen"
        else:
            unseen[name] = np.nan
    assert np.isfinite(sample.explain(unseen, np.array([0.5])).coefficients).all()


@pytest.fixture(scope="module")
def empirical():
    model, frame = fitted("histogram boosting")
    calls = []

    def probability(table: pd.DataFrame) -> np.ndarray:
        calls.append(len(table))
        return model.predict_proba(table)[:, 0]

    sample = LimeSample.build(probability, frame, list(frame.columns), seed=2, n=800)
    scores = model.predict_proba(frame)[:, 0]
    return sample, frame, scores, sample.explain(frame, scores), calls


def test_tables_missing_values_and_texts_simply_work(empirical) -> None:
    _, frame, scores, told, calls = empirical
    assert calls == [799]
    assert told.coefficients.shape == frame.shape
    assert np.isfinite(told.coefficients).all()
    assert ((told.r2 > 0) & (told.r2 < 1)).all()
    assert np.corrcoef(told.local_prediction, scores)[0, 1] > 0.8
    constant = list(frame.columns).index("constant")
    assert np.array_equal(told.coefficients[:, constant], np.zeros(len(frame)))


@settings(max_examples=8, deadline=None)
@given(chosen=st.lists(st.integers(0, 239), min_size=1, max_size=60))
def test_a_row_is_explained_alike_to_the_last_bit_in_any_company(empirical, chosen) -> None:
    sample, frame, scores, whole, _ = empirical
    told = sample.explain(frame.iloc[chosen], scores[chosen])
    for part in ("intercept", "coefficients", "r2", "local_prediction"):
        assert np.array_equal(getattr(told, part), getattr(whole, part)[chosen])


def test_the_same_seed_gives_the_same_sample_and_another_another(empirical) -> None:
    sample, frame, scores, whole, _ = empirical
    again = pickle.loads(pickle.dumps(sample))  # noqa: S301  our own bytes
    assert np.array_equal(again.explain(frame, scores).coefficients, whole.coefficients)
    model, _ = fitted("histogram boosting")
    builds = [
        LimeSample.build(
            lambda t: model.predict_proba(t)[:, 0], frame, list(frame.columns), seed=seed, n=800
        )
        for seed in (2, 3)
    ]
    assert np.array_equal(builds[0].codes, sample.codes)
    assert not np.array_equal(builds[1].codes, sample.codes)
    assert sample.nbytes == sample.codes.nbytes + sample.output.nbytes


def test_only_the_wanted_features_are_used(empirical) -> None:
    sample, frame, scores, _, _ = empirical
    for wanted in (1, 3):
        told = sample.explain(frame[:20], scores[:20], wanted)
        assert ((told.coefficients != 0).sum(axis=1) <= wanted).all()
        assert (told.coefficients != 0).any(axis=1).all()


def test_a_value_that_training_never_saw_is_near_nobody(empirical) -> None:
    sample, frame, scores, _, _ = empirical
    row = {**frame.iloc[0].to_dict(), "purpose": "boat"}
    told = sample.explain([row], scores[:1])
    at = list(frame.columns).index("purpose")
    assert sample.conditions([row])[0][at] == "purpose: a value that training never saw"
    assert np.isfinite(told.coefficients).all()


def test_a_model_that_never_varies_has_nothing_to_explain() -> None:
    frame = pd.DataFrame({"a": np.arange(40.0), "b": ["x", "y"] * 20})
    sample = LimeSample.build(lambda t: np.full(len(t), 0.25), frame, ["a", "b"], seed=0, n=100)
    told = sample.explain(frame[:3], np.full(3, 0.25))
    assert np.array_equal(told.coefficients, np.zeros((3, 2)))
    assert told.intercept.tolist() == [0.25] * 3
    assert told.r2.tolist() == [1.0] * 3


def test_numbers_may_be_taken_as_categories() -> None:
    frame = pd.DataFrame({"floor": np.arange(60.0) % 3, "age": np.arange(60.0)})
    model = HistGradientBoostingClassifier(max_iter=5).fit(frame, frame["floor"] == 1)
    sample = LimeSample.build(
        lambda t: model.predict_proba(t)[:, 1], frame, ["floor", "age"],
        categorical=["floor"], seed=0, n=300,
    )  # fmt: skip
    told = sample.explain(frame[:3], model.predict_proba(frame[:3])[:, 1])
    assert sample.conditions(frame[:2])[1][0] == "floor = 1.0"
    assert told.coefficients[1, 0] > 0.2
    assert told.coefficients[0, 0] < 0
