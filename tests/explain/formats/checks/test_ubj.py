"""UBJSON as XGBoost writes it, and as nobody should."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.formats.checks import ubj
from explain.refusals import Malformed
from tests.explain.formats.made import made


def test_the_same_model_as_the_json_says() -> None:
    one = made("xgboost", "wine")
    binary = ubj.parse(one.content)["learner"]["gradient_booster"]["model"]["trees"]
    text = json.loads(one.model.get_booster().save_raw("json"))["learner"]["gradient_booster"][
        "model"
    ]["trees"]
    assert len(binary) == len(text)
    for ours, theirs in zip(binary, text, strict=True):
        assert list(ours["left_children"]) == theirs["left_children"]
        assert list(ours["split_conditions"]) == pytest.approx(theirs["split_conditions"], rel=1e-7)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"[" * 100,
        b"SL\xff\xff\xff\xff\xff\xff\xff\xff",
        b"{}x",
        b"Q",
        b"[$Z#i\x05",
        b"{i\x01aZi\x01aZ}",
    ],
)
def test_what_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed):
        ubj.parse(content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        ubj.parse(b"{" + content)
    except Malformed as refusal:
        said = str(refusal)
        assert said.endswith(".")


def test_a_part_is_cut_out_as_it_stands() -> None:
    content = b"{i\x01aSi\x02xyi\x01b{i\x01cU\x07}}"
    assert ubj.parse(ubj.slice_of(content, "b")) == {"c": 7}
    with pytest.raises(Malformed, match="'d' is missing"):
        ubj.slice_of(content, "d")
