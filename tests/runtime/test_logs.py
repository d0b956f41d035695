import os
from pathlib import Path

from runtime.logs import last_lines, rotate, rotate_open

LARGE = 10_000_000


def grow(log: Path, first: str) -> None:
    log.write_text(first)
    os.truncate(log, LARGE)


def test_a_large_log_is_put_aside_and_three_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    for name in "abcde":
        grow(log, name)
        rotate(log)
    kept = {path.name: path.read_text()[0] for path in tmp_path.iterdir()}
    assert kept == {"web.log.1": "e", "web.log.2": "d", "web.log.3": "c"}


def test_a_small_or_absent_log_is_left_alone(tmp_path: Path) -> None:
    rotate(tmp_path / "none.log")
    log = tmp_path / "web.log"
    log.write_text("x")
    rotate(log)
    assert [path.name for path in tmp_path.iterdir()] == ["web.log"]


def test_a_log_that_is_written_to_is_emptied_and_written_on(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    with log.open("a") as writer:
        for name in "abcde":
            os.truncate(log, 0)
            writer.write(name)
            writer.flush()
            assert not rotate_open(log)
            os.truncate(log, LARGE)
            assert rotate_open(log)
        writer.write("more")
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept.pop("web.log") == "more"
    assert {name: text[0] for name, text in kept.items()} == {
        "web.log.1": "e", "web.log.2": "d", "web.log.3": "c",
    }  # fmt: skip


def test_the_last_four_lines_since_a_place(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("old\n1\n\n2\n 3 \n4\n5\n")
    assert last_lines(log) == "2 / 3 / 4 / 5"
    assert last_lines(log, since=15) == "5"
    assert last_lines(log, since=100) == "none"
    assert last_lines(tmp_path / "none.log") == "none"
