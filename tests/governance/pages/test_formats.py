"""Figures as people read them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.pages import formats

AT = datetime(2026, 11, 22, 10, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "unit", "text"),
    [
        (None, "DM", "–"),
        (True, "", "yes"),
        (False, "", "no"),
        (0, "", "0"),
        (1998, "", "1998"),
        (12500, "DM", "12,500\xa0DM"),
        (-3, "", "−3"),
        (2.0, "", "2"),
        (0.1 + 0.2, "", "0.3"),
        (-1234.5678, "", "−1234.57"),
        (1e300, "", "1e+300"),
        (float("nan"), "", "nan"),
        ("car", "", "car"),
        ("x" * 100, "", "x" * 79 + "…"),
        (["en", "pt"], "", '["en","pt"]'),
        ({"a": None}, "", '{"a":null}'),
    ],
)
def test_recorded_values(given: object, unit: str, text: str) -> None:
    assert formats.value(given, unit) == text


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_any_value_has_a_text_that_fits_a_line(given: object) -> None:
    assert len(formats.value(given)) <= 400
    assert formats.value(given) != "" or given == ""


def test_times_are_told_in_utc() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5)))
    assert formats.moment(elsewhere) == "22 November 2026, 10:11:12 UTC"
    assert formats.brief(elsewhere) == "22\xa0Nov\xa02026,\xa010:11"
    assert formats.clock(elsewhere) == "10:11:12"
    assert formats.iso(elsewhere) == "2026-11-22T10:11:12Z"
    assert (formats.moment(None), formats.brief(None)) == ("–", "–")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-2, "0\u202fs"),
        (40.4, "40\u202fs"),
        (99, "99\u202fs"),
        (100, "2\u202fmin"),
        (3600, "60\u202fmin"),
        (6000, "2\u202fh"),
        (86400 * 2, "2\xa0days"),
    ],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert formats.lasting(seconds) == text


def test_shares_and_counts() -> None:
    assert formats.percent(0.3529) == "35.3\u202f%"
    assert formats.percents(0.2146, 0.5209, 0) == "21–52\u202f%"
    assert formats.count(1284907) == "1,284,907"
    assert formats.plural(1, "entry", "entries") == "1 entry"
    assert formats.plural(2000, "entry", "entries") == "2,000 entries"
    assert formats.milliseconds(0.31) == "0.3\u202fms"
    assert formats.milliseconds(12.6) == "13\u202fms"
    assert formats.milliseconds(1234) == "1.2\u202fs"


def test_digests_are_shortened_to_their_ends() -> None:
    assert formats.digest("0d48f3" + "0" * 54 + "9541") == "0d48f3…9541"
    assert formats.digest("short") == "short"


def test_json_keeps_its_order() -> None:
    assert formats.pretty({"b": 1, "a": [True]}) == '{\n  "b": 1,\n  "a": [\n    true\n  ]\n}'
