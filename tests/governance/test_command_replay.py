"""``manage.py replay``: the whole of a version, from the console."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from explain.replay.sweeps import sweeps
from governance.demo.decisions import MODEL_REF
from tests.factories import World, world

__all__ = ["world"]


def test_tells_what_drifted_and_says_so_by_its_status(world: World) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("replay", MODEL_REF, stdout=out, verbosity=0)
    assert ended.value.code == 1
    (one,) = sweeps(MODEL_REF)
    told = out.getvalue()
    assert f"{MODEL_REF}: {one.report['decisions']} decisions replayed" in told
    assert "drift   1" in told
    assert "1: the person was erased" in told
    assert f"drifted {world.entry(world.refused)}" in told
    assert f"report in the log: {one.log_entry}" in told


def test_a_window_without_drift_ends_well(world: World) -> None:
    out = StringIO()
    call_command("replay", MODEL_REF, "--until", "2020-01-01", stdout=out, verbosity=0)
    assert "0 decisions replayed" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shortlist@2.1.0"], "No explanation profile is registered"),
        (["nothing@1"], "There is nothing here"),
        ([MODEL_REF, "--since", "monday"], "monday is no day and no time"),
        ([MODEL_REF, "--since", "2026-13-01"], "2026-13-01 is no day and no time"),
    ],
)
def test_what_cannot_be_replayed_is_an_error(world: World, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("replay", *arguments, verbosity=0)
