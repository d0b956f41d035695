"""Scores from single decisions: equal to scikit-learn's on the rows, and bounded."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from audit.door import Invalid
from fairness import assessing, policies
from fairness.assessing import exact_scores_of, scores_of
from fairness.figures import ScoreGroup, Scores
from fairness.policy import Content
from fairness.tables import Window
from tests.audit.ledger import CASE
from tests.fairness import test_runs as runs
from tests.fairness.speaking import decided, follow


def content() -> Content:
    known = policies.policy(CASE)
    assert known is not None
    return known.content


def exact(window: Window = runs.WINDOW, *, restricted: bool = False) -> Scores:
    found = exact_scores_of(window, content(), restricted=restricted)
    assert found is not None
    return found


def of(found: Scores, axis: tuple[str, ...], name: tuple[str, ...]) -> ScoreGroup:
    groups = next(one.groups for one in found.axes if one.attributes == axis)
    return next(one for one in groups if one.name == name)


@pytest.mark.parametrize("direction", ["higher_favourable", "lower_favourable"])
def test_single_decisions_give_what_scikit_learn_gives(db: None, direction: str) -> None:
    runs.world(score={"direction": direction})
    found = exact()
    assert (found.exact, found.since, found.until) == (True, runs.SINCE, runs.UNTIL)
    known = np.arange(120) % 3 > 0
    scores, repaid = np.array(runs.SCORE), np.array(runs.REPAID)
    actual = repaid if direction == "higher_favourable" else ~repaid
    for axis, name, mine in (
        ((), (), np.ones(120, bool)),
        (("sex",), ("f",), np.array(runs.SEX) == "f"),
        (("sex", "age"), ("m", "old"), (np.array(runs.SEX) == "m") & (np.array(runs.AGE) == "old")),
    ):
        group, told = of(found, axis, name), mine & known
        assert (group.number, group.known) == (mine.sum(), told.sum())
        assert group.auc == pytest.approx(roc_auc_score(actual[told], scores[told]), abs=1e-12)
        assert group.auc_error == 0.0
        assert group.brier == pytest.approx(brier_score_loss(actual[told], scores[told]), abs=1e-12)
        assert group.mean == pytest.approx(scores[mine].mean(), abs=1e-12)
        wanted = np.quantile(scores[mine], [0.05, 0.25, 0.5, 0.75, 0.95], method="inverted_cdf")
        assert [one.low for one in group.quantiles] == wanted.tolist()
    binned = scores_of(runs.WINDOW, content(), restricted=False)
    assert binned is not None and not binned.exact
    one, two = of(binned, (), ()), of(found, (), ())
    assert one.auc is not None and two.auc is not None and one.auc_error is not None
    assert abs(one.auc - two.auc) <= one.auc_error + 1e-12
    assert [row.rate for row in one.calibrated] == [row.rate for row in two.calibrated]


def test_an_inferred_segment_counts_by_its_probability(db: None) -> None:
    runs.world()
    half = {"source": "inferred", "method": "m", "distribution": {"f": 0.5, "m": 0.5}}
    decided(500, segments={"sex": half}, output={"label": "approve", "score": 0.5})
    follow()
    assert of(exact(), (), ()).number == pytest.approx(121)
    women = runs.SEX.count("f")
    assert of(exact(), ("sex",), ("f",)).number == pytest.approx(women + 0.5)


def test_small_groups_are_left_out_for_who_may_not_see_them(db: None) -> None:
    runs.world()
    decided(500, segments={"sex": "x"}, output={"label": "approve", "score": 0.5})
    follow()
    shown = {
        restricted: {
            one.name[0]
            for axis in exact(restricted=restricted).axes
            if axis.attributes == ("sex",)
            for one in axis.groups
        }
        for restricted in (False, True)
    }
    # One of the others goes with it, or it could be told from the total.
    assert shown == {False: {"f", "m", "x"}, True: {"m"}}


def test_too_many_decisions_and_none(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    runs.world()
    later = Window(CASE, runs.UNTIL, runs.UNTIL + timedelta(days=7))
    assert exact_scores_of(later, content(), restricted=False) is None
    monkeypatch.setattr(assessing, "MOST_ROWS", 120)
    assert exact().axes
    monkeypatch.setattr(assessing, "MOST_ROWS", 119)
    with pytest.raises(Invalid, match="fewer days") as refused:
        exact()
    assert refused.value.errors[0]["pointer"] == "exact"
