"""What a decision's maker states as reasons, read out of any context whatever."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from explain.catalogue import Rule
from explain.stated import MOST, stated, warnings

RULES = (Rule("A1", {"en": "Bankrupt"}),)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["code", "text", "denies", "en", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def test_rules_first_each_code_once_in_the_order_recorded() -> None:
    context = {
        "reasons": ["P1"],
        "rules": ["A2", "A1", {"code": "A2", "text": "again"}, {"code": "A3", "denies": False}],
    }
    found = stated(context, RULES)
    assert [(one.kind, one.code, one.worded) for one in found] == [
        ("rule", "A2", False), ("rule", "A1", True), ("person", "P1", False),
    ]  # fmt: skip
    assert found[1].text == {"en": "Bankrupt"}
    assert len(warnings(found)) == 2


def test_a_sentence_without_a_code_is_told_as_other() -> None:
    (one,) = stated({"reasons": [{"text": {"de": "Unterlagen fehlen"}}]})
    assert (one.code, one.text) == ("other", {"de": "Unterlagen fehlen"})


def test_no_more_than_twenty_of_a_kind() -> None:
    assert len(stated({"rules": [f"A{n}" for n in range(100)]})) == MOST


@given(JSON, JSON)
def test_any_context_is_read_without_harm(rules: Any, reasons: Any) -> None:
    for one in stated({"rules": rules, "reasons": reasons}, RULES):
        assert one.code and one.text
        assert all(isinstance(words, str) and words for words in one.text.values())
    assert stated(rules, RULES) is not None
