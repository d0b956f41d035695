"""What the demonstration says while it waits."""

import pytest

from governance.demo.playing import await_all


def test_in_a_file_a_bar_is_told_seldom_and_ends_whole(capsys: pytest.CaptureFixture[str]) -> None:
    counts = iter([0, 0, 1, 1, 2, 2, 2, 3])
    await_all("Explained", 3, lambda: next(counts))
    said = capsys.readouterr().err
    assert said.count("\r") <= 3
    assert said.rstrip().split("\r")[-1].startswith("Explained: 100%")
    assert "/s" not in said
