from __future__ import annotations

import numpy as np
import pytest

from fairness.counts import ABSENT, of_rows
from fairness.metrics import frames
from fairness.metrics.disparities import NAMES, disparities
from fairness.metrics.rates import RATES, Confusion
from tests.fairness.cases import REAL, generated, real


@pytest.mark.parametrize("name", [*REAL, "generated"])
def test_fairlearn_on_the_cells_equals_our_arithmetic_to_the_last_bit(name: str) -> None:
    made = real(name) if name != "generated" else generated(3000, levels=(2, 3))
    by = tuple(made.segments)[: 1 if name == "marriages" else 2]
    frame = frames.performance(made.counts, *by)
    confusion = Confusion.of(made.counts, *by)
    assert frame.names == confusion.names
    for rate in RATES:
        ours = confusion.rate(rate)
        assert np.array_equal(frame.by_group[rate], ours.value, equal_nan=True)
        assert frame.overall[rate] == confusion.overall().rate(rate).value[0]
    found = disparities(confusion)
    for disparity in NAMES:
        assert frame.disparities[disparity] == float(getattr(found, disparity))


def test_selection_needs_no_true_label() -> None:
    made = generated(500)
    counts = of_rows(made.segments, made.predicted, np.full(500, ABSENT))
    frame = frames.selection(counts, "s0")
    ours = Confusion.of(counts, "s0")
    assert frame.by_group["selection_rate"].tolist() == ours.rate("selection_rate").value.tolist()
    assert frame.disparities["demographic_parity_ratio"] == float(
        disparities(ours).demographic_parity_ratio
    )
    with pytest.raises(ValueError, match="needs decisions"):
        frames.performance(counts, "s0")
    with pytest.raises(KeyError):
        frames.selection(counts, "shoe")
