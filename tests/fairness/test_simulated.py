"""The command that simulates alarms: what it prints, and what stands in the documentation."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from scipy.stats import binom

from fairness.management.commands.monitortable import DOCUMENT
from fairness.sequential.scenarios import EQUAL, FOUR_FIFTHS, Scenario

ALPHA = 0.01
_LINE = re.compile(
    r"^\| (?P<name>[^|]+) \| (?P<ever>[\d.]+)% \((?P<low>[\d.]+)% to (?P<high>[\d.]+)%\) "
    r"\| (?P<early>[\d.]+%)? ?\| (?P<delay>[\d,]+|none)? ?\| (?P<naive>[\d.]+)% \|$"
)
_HORIZON = re.compile(
    r"^Each line is ([\d,]+) streams of ([\d,]+) looks, (\d+) decisions before each"
)


def made(document: Path) -> str:
    said = StringIO()
    call_command("monitortable", streams=60, looks=80, write=True, document=document, stdout=said)
    return said.getvalue()


def figures(text: str) -> list[tuple[Scenario, float, re.Match[str]]]:
    """Each line with its scenario and what it grants; fails for lines that are none."""
    expected = [(one, 1.0) for one in EQUAL] + [(one, 0.8) for one in FOUR_FIFTHS]
    found = [line for line in text.splitlines() if line.startswith("| ") and "%" in line]
    found = [line for line in found if not line.startswith("| difference")]
    matches = [_LINE.match(line) for line in found]
    assert all(matches), [line for line, one in zip(found, matches, strict=True) if not one]
    return [
        (scenario, least, match)
        for (scenario, least), match in zip(expected, matches, strict=True)
        if match and match["name"] == scenario.name
    ]


def no_more_than_alpha(text: str) -> int:
    """How many lines are without a difference; fails if one alarms more often than alpha explains."""
    said = _HORIZON.match(text.lstrip())
    assert said is not None
    streams = int(said[1].replace(",", ""))
    most = float(binom.isf(1e-4, streams, ALPHA)) / streams
    rates = [
        float(match["ever"]) / 100
        for scenario, least, match in figures(text)
        if scenario.null(least)
    ]
    assert max(rates) <= most + 5e-5
    return len(rates)


def test_the_command_prints_and_writes_the_table(tmp_path: Path) -> None:
    document = tmp_path / "monitors.md"
    document.write_text("a\n<!-- monitors: generated -->\nold\n<!-- /monitors -->\nb\n")
    said = made(document)
    assert document.read_text() == (
        f"a\n<!-- monitors: generated -->\n{said}<!-- /monitors -->\nb\n"
    )
    assert len(figures(said)) == len(EQUAL) + len(FOUR_FIFTHS)
    assert no_more_than_alpha(said) == 13
    assert made(document) == said


def test_a_document_without_marks_stays_as_it_is(tmp_path: Path) -> None:
    document = tmp_path / "other.md"
    document.write_text("text")
    with pytest.raises(CommandError, match="no marks"):
        made(document)
    assert document.read_text() == "text"


def test_the_documentation_has_the_full_table() -> None:
    text = DOCUMENT.read_text()
    block = text.split("<!-- monitors: generated -->")[1].split("<!-- /monitors -->")[0]
    said = _HORIZON.match(block.lstrip())
    assert said is not None and int(said[1].replace(",", "")) >= 2000
    assert int(said[2].replace(",", "")) >= 2000
    assert len(figures(block)) == len(EQUAL) + len(FOUR_FIFTHS)
    assert no_more_than_alpha(block) == 13 and "above alpha" not in block
