"""What a worker keeps is bounded, and what took long is not done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from explain import engines
from explain.attribution import tree_shapley
from explain.engines import assemble, engine, held
from explain.refusals import Unsupported
from tests.explain.versions import specified, version

DATA = load_breast_cancer(as_frame=True)
FRAME = DATA.data.iloc[:, :8]
MODEL = RandomForestClassifier(3, max_depth=4, random_state=0).fit(FRAME, DATA.target)


@pytest.fixture(autouse=True)
def _empty(settings: Any, tmp_path: Path) -> Any:
    settings.EXPLAIN_TABLES = tmp_path
    engines._ready.clear()
    yield
    engines._ready.clear()


def test_fifty_versions_stay_within_the_bound(settings: Any) -> None:
    first = engine(version(MODEL, FRAME[:40], specified(FRAME)))
    settings.EXPLAIN_MEMORY_BYTES = int(first.nbytes * 5.5)
    rows = FRAME[:2]
    for seed in range(1, 50):
        found = engine(version(MODEL, FRAME[:40], specified(FRAME, seed=seed)))
        found.explainer.explain(rows)
        assert held() <= settings.EXPLAIN_MEMORY_BYTES
    assert len(engines._ready) == 5
    assert [kept.specification.seed for kept in engines._ready.values()] == [45, 46, 47, 48, 49]


def test_a_version_larger_than_the_bound_is_kept_alone(settings: Any) -> None:
    settings.EXPLAIN_MEMORY_BYTES = 1
    for seed in (0, 1):
        engine(version(MODEL, FRAME[:40], specified(FRAME, seed=seed)))
    assert [kept.specification.seed for kept in engines._ready.values()] == [1]


@pytest.mark.parametrize("shapley", ["interventional", "path-dependent"])
def test_another_worker_takes_the_tables_from_the_disk(
    monkeypatch: pytest.MonkeyPatch, shapley: str
) -> None:
    profile = version(MODEL, FRAME[:40], specified(FRAME, shapley=shapley))
    one = assemble(profile)

    def never(*_: Any) -> None:
        raise AssertionError("tables were made again")

    monkeypatch.setattr(tree_shapley, "lay_out", never)
    other = assemble(profile)
    told, again = (found.explainer.explain(FRAME[60:80]) for found in (one, other))
    for part in ("values", "output", "residual"):
        assert getattr(told, part).tolist() == getattr(again, part).tolist()
    scores = told.score
    lime, lime_again = (found.lime.explain(FRAME[60:80], scores) for found in (one, other))
    assert lime.coefficients.tolist() == lime_again.coefficients.tolist()


def test_another_background_or_specification_has_tables_of_its_own() -> None:
    profile = version(MODEL, FRAME[:40], specified(FRAME))
    other = version(MODEL, FRAME[40:80], specified(FRAME))
    assert assemble(profile).explainer.base != assemble(other).explainer.base
    turned = version(MODEL, FRAME[:40], specified(FRAME, positive=0))
    assert assemble(turned).explainer.base == pytest.approx(1 - assemble(profile).explainer.base)


def test_of_several_classes_one_must_be_named() -> None:
    found = assemble(version(MODEL, FRAME[:40], specified(FRAME, task="multiclass")))
    with pytest.raises(Unsupported, match="none of them was named"):
        found.output()
    assert found.output(1).named == "1"
