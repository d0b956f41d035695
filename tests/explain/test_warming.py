"""After warming up nothing is left to compile for a real model."""

from __future__ import annotations

import pytest

from explain import artefacts, engines, explanations
from explain.attribution import kernels
from explain.attribution.assembly import build
from explain.lime_batch import kernels as lime_kernels
from explain.lime_batch.sample import LimeSample
from explain.warming import load_versions, warm_up
from governance.demo.applications import FEATURES
from tests.explain.conftest import Credit


def compiled() -> dict[str, int]:
    """How many signatures each kernel has that Python calls; those called by kernels have theirs in the cache."""
    return {
        name: len(kernel.signatures)
        for module in (kernels, lime_kernels)
        for name, kernel in vars(module).items()
        if hasattr(kernel, "signatures") and not name.startswith("_")
    }


def test_a_real_model_compiles_nothing_more(credit: Credit) -> None:
    warm_up()
    before = compiled()
    assert min(before.values()) >= 1, before
    rows = [row.features for row in credit.learnt]

    explainer = build(credit.model, rows, FEATURES, 1)
    explainer.explain(rows[:3])
    LimeSample.build(explainer.score, rows, FEATURES, seed=0).explain(
        rows[:3], explainer.score(rows[:3])
    )

    assert compiled() == before


@pytest.mark.usefixtures("fresh_db")
def test_versions_that_have_decisions_are_made_ready(credit: Credit, record) -> None:
    engines._ready.clear()
    credit.register()
    assert load_versions() == 0
    record(credit.body(0))
    explanations.feed()
    assert load_versions(seconds=-1) == 0
    assert load_versions() == 1
    assert len(engines._ready) == 1


@pytest.mark.usefixtures("fresh_db")
def test_a_version_that_cannot_be_loaded_is_left_to_its_decisions(credit: Credit, record) -> None:
    engines._ready.clear()
    credit.register()
    record(credit.body(0))
    explanations.feed()
    artefacts.path_of(artefacts.store(credit.artefact).digest).unlink()
    assert load_versions() == 0
