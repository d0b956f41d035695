"""Addresses: names of segments come back whole, and only what is unusual stands in a query."""

from datetime import date
from uuid import UUID

import pytest

from governance.pages.fairness.links import (
    Asked,
    alert_url,
    case_url,
    days,
    entry_url,
    joined,
    parted,
    segment_url,
    sheet_url,
)

ONE = UUID(int=1)


@pytest.mark.parametrize(
    "attributes",
    [("sex",), ("sex", "age band"), ("a/b", "c,d"), ("~1", "~2", "~0"), ("~", "review:group")],
)
def test_a_joined_name_comes_apart_again(attributes):
    name = joined(attributes)
    assert parted(name) == attributes
    assert "/" not in name and name.count(",") == len(attributes) - 1


def test_only_what_is_not_as_usual_is_asked():
    assert Asked("loans").query() == ""
    asked = Asked("loans", version="m@1", since=date(2026, 1, 2), basis="both", run=ONE)
    assert asked.query() == f"?version=m%401&since=2026-01-02&basis=both&run={ONE}"
    assert (asked.narrowed, Asked("loans", basis="both").narrowed) == (True, False)


def test_addresses_keep_what_was_asked():
    asked = Asked("loans", basis="both")
    assert case_url(asked) == "/fairness/loans/?basis=both"
    there = "/fairness/loans/segments/sex,a~1b/"
    assert segment_url(asked, ("sex", "a/b"), "recall") == f"{there}?basis=both#recall"
    assert sheet_url(asked, ("sex", "a/b"), "weeks") == f"{there}tables/weeks?basis=both&format=csv"
    assert sheet_url(Asked("loans"), (), "cross") == "/fairness/loans/tables/cross?format=csv"
    assert entry_url(ONE) == f"/log/verify/{ONE}/" and entry_url(None) == ""
    assert alert_url(ONE) in {"", f"/monitoring/alerts/{ONE}/"}


def test_days_are_told_with_the_last_one_included():
    assert days(date(2026, 1, 30), date(2026, 3, 1)) == "30 Jan to 28 Feb"
