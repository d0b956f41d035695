import sys
from pathlib import Path

import pytest

from runtime.progress import Failed, Progress, explain

UV_MISMATCH = """\
  x Failed to download `amqp==5.4.2`
  `-> Hash mismatch for `amqp==5.4.2`

      Expected:
        sha256:0000
"""
PIP_MISMATCH = """\
ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.
    amqp==5.4.2 from https://somewhere/amqp-5.4.2-py3-none-any.whl:
        Expected sha256 0000
"""


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (UV_MISMATCH, "A fetched file (amqp==5.4.2) is not the one whose hash"),
        (PIP_MISMATCH, "A fetched file (amqp==5.4.2) is not the one whose hash"),
        ("error: No space left on device (os error 28)", "The disk is full: free about 2 GB"),
        ("error: Permission denied (os error 13)", "The environment's folder may not be written"),
        ("Caused by: dns error: no record", "No package index could be reached"),
        ("(from versions: none)", "No package index could be reached"),
        ("error: something else", "The installation failed: error: something else"),
    ],
)
def test_what_an_installer_said_becomes_a_sentence(said: str, sentence: str) -> None:
    assert explain(said).startswith(sentence)


def run(script: str, *, check: bool) -> bool:
    return Progress().run([sys.executable, "-c", script], check=check)


def test_a_step_that_may_fail_does_not_stop_the_rest() -> None:
    assert run("pass", check=False) is True
    assert run("raise SystemExit(3)", check=False) is False


def test_a_step_that_must_not_fail_does() -> None:
    with pytest.raises(Failed, match=r"^The installation failed: oh dear$"):
        run("import sys; sys.exit('oh dear')", check=True)


def test_a_wrong_hash_stops_everything_even_where_another_way_is_left() -> None:
    with pytest.raises(Failed, match="is not the one whose hash"):
        run("import sys; sys.exit('Hash mismatch for `x`')", check=False)


def test_steps_are_numbered_and_timed(capfd: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.begin(2, Path("/env"))
    progress.step("One")
    progress.step("Two")
    progress.done()
    assert capfd.readouterr().err.splitlines() == [
        "Preparing the Python environment /env (once; about 250 MB to fetch)",
        "[1/2] One … 0 s",
        "[2/2] Two … 0 s",
        "Environment ready after 0 s",
    ]
