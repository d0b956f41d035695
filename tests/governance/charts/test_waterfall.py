import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.charts.scale import FOOT, HEAD, ROW, Part
from governance.charts.waterfall import UNACCOUNTED, waterfall

PARTS = [Part("debt", "47 %", 0.15, 0.1, 0.2), Part("income", "yes", -0.05), Part("late", "2", 0.1)]


def drawn(parts=PARTS, *, base=0.4, output=0.6, **changes):
    words = {"title": "t", "base_label": "average", "output_label": "this"}
    return waterfall(parts, base=base, output=output, **words, **changes)


def test_what_raises_comes_first_then_what_lowers_largest_first():
    chart = drawn()
    assert [(b.label, b.text, b.direction) for b in chart.bars] == [
        ("debt", "+0.150", "up"),
        ("late", "+0.100", "up"),
        ("income", "−0.050", "down"),
    ]
    assert [(b.before, b.after) for b in chart.bars] == [
        ("0.400", "0.550"),
        ("0.550", "0.650"),
        ("0.650", "0.600"),
    ]
    assert chart.bars[0].interval == "+0.100 to +0.200"


def test_places():
    chart = drawn(threshold=0.5)
    assert chart.bottom == HEAD + 5 * ROW
    assert chart.height == chart.bottom + FOOT
    assert [b.y for b in chart.bars] == [HEAD + n * ROW + ROW / 2 for n in (1, 2, 3)]
    # From 0.40 to 0.65 with 3 % air: 0.40 stands at 0.03/1.06, 0.65 at 1.03/1.06.
    assert chart.start.x == pytest.approx(2.83)
    assert chart.bars[1].tip == pytest.approx(97.17)
    assert chart.bars[2].tip == chart.end.x
    assert [b.anchor for b in chart.bars] == ["start", "start", "end"]
    assert chart.mark is not None
    assert (chart.mark.text, chart.mark.x) == ("threshold 0.500", pytest.approx(40.57))


def test_the_smallest_are_summed_beyond_the_limit():
    parts = [Part(f"f{n}", "", 0.1 - n / 100) for n in range(6)]
    chart = drawn(parts, base=0.0, output=sum(p.value for p in parts), limit=3)
    assert [b.label for b in chart.bars] == ["f0", "f1", "f2", "3 other features"]
    assert chart.bars[-1].text == "+0.180"


def test_one_too_many_is_shown_as_itself():
    parts = [Part(f"f{n}", "", 0.1) for n in range(4)]
    assert [b.label for b in drawn(parts, base=0, output=0.4, limit=3).bars] == [
        "f0",
        "f1",
        "f2",
        "f3",
    ]


def test_a_gap_is_shown_and_never_closed():
    chart = drawn(output=0.63)
    last = chart.bars[-1]
    assert (last.label, last.text, last.direction) == (UNACCOUNTED, "+0.030", "unsure")
    assert last.after == chart.end.text == "0.630"


def test_a_gap_below_the_shown_digits_is_left_to_the_quality_figures():
    assert UNACCOUNTED not in [b.label for b in drawn(output=0.6000002).bars]


def test_room_on_the_left_only_where_a_text_would_stand_there():
    assert drawn().room_left is False
    assert drawn([Part("a", "", -0.3)], base=0.6, output=0.3).room_left is True


def test_summary_says_the_journey_and_the_three_largest():
    assert drawn(threshold=0.55).summary == (
        "From 0.400 to 0.600, threshold 0.550. Largest: debt +0.150; late +0.100; income −0.050."
    )


def test_no_parts_at_all():
    chart = drawn([], base=0.4, output=0.4)
    assert chart.bars == ()
    assert chart.summary == "From 0.400 to 0.400."


def test_not_finite_is_refused():
    with pytest.raises(ValueError, match="finite"):
        drawn([Part("a", "", float("nan"))])


@given(
    st.lists(st.floats(-1, 1), max_size=30),
    st.floats(-5, 5),
    st.integers(1, 12),
    st.floats(-5, 5),
)
def test_bars_hang_together_and_stay_on_the_plot(values, base, limit, threshold):
    parts = [Part(f"f{n}", "", value) for n, value in enumerate(values)]
    chart = drawn(parts, base=base, output=base + sum(values), limit=limit, threshold=threshold)
    assert len(chart.bars) <= limit + 2
    assert len(chart.joints) == len(chart.bars) + 1
    assert chart.joints[-1].x == pytest.approx(chart.end.x, abs=0.2)
    for bar, before, after in zip(chart.bars, chart.joints, chart.joints[1:], strict=False):
        assert 0 <= bar.x <= bar.x + bar.width <= 100.5
        near, far = (before.x, after.x) if bar.anchor == "start" else (after.x, before.x)
        assert bar.x == near
        assert bar.x + bar.width == pytest.approx(max(far, near + 0.4), abs=0.02)
