import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.charts.scale import Mark, Part, Scale, number, scale_over, signed, span

finite = st.floats(-1e12, 1e12, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.1424, 3, "0.142"),
        (-0.054, 3, "−0.054"),
        (0.0, 3, "0.000"),
        (-0.0, 3, "0.000"),
        (1284907, 0, "1,284,907"),
        (0.0002, 3, "0.0002"),
        (-0.0002, 3, "−0.0002"),
        (2e-7, 3, "2×10⁻⁷"),
        (-3e-12, 2, "−3×10⁻¹²"),
    ],
)
def test_number(value, digits, text):
    assert number(value, digits) == text


def test_signed_marks_both_directions_and_not_zero():
    assert [signed(v, 2) for v in (0.5, -0.5, 0.0)] == ["+0.50", "−0.50", "0.00"]


@given(finite, st.integers(0, 6))
def test_only_zero_reads_as_zero(value, digits):
    assert bool(set(number(value, digits)) & set("123456789")) == (value != 0)


def test_span_needs_both_bounds():
    assert span(Part("a", "", 0.1, -0.02, 0.2), 2) == "−0.02 to +0.20"
    assert span(Part("a", "", 0.1), 2) == ""


def test_ticks_are_round_and_the_odd_ones_minor():
    ticks = Scale(0.36, 0.756).ticks()
    assert [(t.text, t.minor) for t in ticks] == [
        ("0.40", False),
        ("0.45", True),
        ("0.50", False),
        ("0.55", True),
        ("0.60", False),
        ("0.65", True),
        ("0.70", False),
        ("0.75", True),
    ]
    assert ticks[0].x == 10.1


@pytest.mark.parametrize("tiny", [5e-324, -5e-324, 1e-310])
def test_values_too_near_to_be_told_apart_share_a_span(tiny):
    scale = scale_over([0.0, tiny])
    assert (scale.low, scale.high) == (-0.5, 0.5)
    assert len(scale.ticks()) > 3


def test_of_many_ticks_every_other_has_no_text():
    texts = [tick.text for tick in Scale(-0.081, 0.107).ticks()]
    assert texts == ["−0.08", "", "−0.04", "", "0.00", "", "0.04", "", "0.08", ""]


@given(finite, st.floats(1e-6, 1e9))
def test_there_are_four_to_eleven_ticks_in_order_inside(low, width):
    scale = scale_over([low, low + width])
    ticks = scale.ticks()
    assert 4 <= len(ticks) <= 11
    assert [t.x for t in ticks] == sorted({t.x for t in ticks})
    assert all(0 <= t.x <= 100 for t in ticks)


@given(st.lists(finite, min_size=1, max_size=20))
def test_every_value_lies_on_the_scale(values):
    scale = scale_over(values)
    assert all(0 <= scale.at(value) <= 100 for value in values)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        scale_over([0.0, bad])


def test_equal_values_stand_in_the_middle():
    assert scale_over([0.4, 0.4]).at(0.4) == 50.0


def test_a_mark_near_an_edge_is_anchored_inwards():
    scale = Scale(0, 100)
    assert scale.mark(5, "t") == Mark(5.0, "t", "start")
    assert scale.mark(50, "t") == Mark(50.0, "t", "middle")
    assert scale.mark(95, "t") == Mark(95.0, "t", "end")
