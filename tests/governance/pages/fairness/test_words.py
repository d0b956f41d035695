"""Words: every metric, measure and state there is has some, and none of them says what a figure cannot."""

import re
from pathlib import Path

from fairness.counts import of_cells
from fairness.figures.judging import everybody
from fairness.metrics.disparities import NAMES
from fairness.metrics.means import SUMS, Errors
from fairness.policy import METRICS, read
from fairness.states import State
from governance.pages.fairness import words

ROOT = Path(__file__).resolve().parents[4]


def means_there_are() -> set[str]:
    """Of one scored decision whose value turned out true."""
    counts = of_cells({}, [1], [1], [1.0], scored=[1.0], score=[0.5], score_squares=[0.25])
    errors = Errors.of(counts.groups(), {name: [1.0] for name in SUMS})
    content = read({"favourable": ["yes"]})
    return {mean.metric for mean in everybody(counts, content, errors).means}


def test_nothing_lacks_a_name():
    assert set(words.METRICS) == set(METRICS)
    assert set(words.MEASURES) == set(NAMES)
    assert set(words.MEANS) == means_there_are()
    assert set(words.STATES) == set(words.RANKS) == {str(state) for state in State}
    assert all(
        one.what and one.silent for one in (*words.METRICS.values(), *words.MEASURES.values())
    )


def test_no_page_calls_anything_fair_or_unbiased():
    pages = [*(ROOT / "templates/fairness").glob("*.html"), Path(words.__file__)]
    for page in pages:
        told = page.read_text()
        assert not re.findall(r"(?i)\b(fair|unfair|fairly|debias\w*|unbiased)\b", told), page.name


def test_names_of_axes_groups_and_counts():
    assert words.axis(("sex", "age_band")) == "Sex × age band"
    assert words.group(()) == "Everybody" and words.group(("f", "old")) == "f · old"
    assert words.group(("unknown", "f"), ("review:group", "sex")) == "not reviewed · f"
    assert words.many_in("breach", 1) == "1 breach" and words.many_in("breach", 2) == "2 breaches"
