"""Every benchmark runs from one end to the other, at a size that measures nothing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import drawing, report
from benchmarks.figures import Figure
from benchmarks.suite.catalogue import BENCHMARKS

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.soak
def test_each_benchmark_runs(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", "--minutes", "8", "--folder", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^== (\w+)$", done.stdout, re.MULTILINE) == list(BENCHMARKS)
    assert list(tmp_path.iterdir()) == []


def figure(**changes: object) -> Figure:
    values: dict[str, object] = {
        "name": "Posting",
        "ours": [100.0, 120.0, 110.0],
        "baseline": [1000.0, 1000.0, 1100.0],
        "unit": "/s",
        "against": "pgbench",
        "kind": "share",
        "data": "1,000 rows",
        "foreign": 0.25,
        "floor": 1 / 9,
        "aim": 1 / 3,
    }
    return Figure(**{**values, **changes})  # type: ignore[arg-type]


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert figure().ratios == [0.1, 0.12, 0.1]
    assert report.spread(figure()) == "1/10.0 (1/10.0 to 1/8.3)"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, "MISSED"),
        ({"floor": 1 / 10}, "floor held"),
        ({"aim": 1 / 10}, "aim reached"),
        ({"floor": None, "aim": None}, "no bound"),
        ({"kind": "limit", "unit": "ms", "floor": 120.0, "aim": 100.0}, "floor held"),
        ({"kind": "limit", "unit": "ms", "floor": 100.0, "aim": 50.0}, "MISSED"),
        ({"kind": "growth", "ours": [110, 120, 100], "baseline": [100] * 3, "aim": 1.1}, "aim reached"),
        ({"kind": "times", "ours": [9.0] * 3, "baseline": [1.0] * 3, "aim": 10.0, "floor": 8.0}, "floor held"),
    ],
)  # fmt: skip
def test_a_verdict_is_about_what_the_kind_compares(
    changes: dict[str, object], verdict: str
) -> None:
    assert figure(**changes).verdict == verdict


def test_a_table_replaces_only_what_is_between_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("before\n<!-- bulk: generated -->\nold\n<!-- /bulk -->\nafter\n")
    report.write({"bulk": report.table([figure()], "now")}, document)
    lines = document.read_text().splitlines()
    assert lines[:2] == ["before", "<!-- bulk: generated -->"]
    assert lines[-2:] == ["<!-- /bulk -->", "after"]
    assert lines[2] == "Measured now."
    assert lines[-3] == (
        "| Posting | 110 /s | 1,000 /s (pgbench) | 1/10.0 (1/10.0 to 1/8.3) | 1/9 | 1/3 | MISSED "
        "| 1,000 rows | up to 25% |"
    )


def test_a_table_needs_its_marks(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("nothing\n")
    with pytest.raises(LookupError, match="no marks for bulk"):
        report.write({"bulk": ""}, document)


def test_the_document_has_a_place_for_every_benchmark() -> None:
    text = report.DOCUMENT.read_text()
    assert re.findall(r"<!-- (\w+): generated -->", text) == list(BENCHMARKS)


def test_growth_is_drawn_with_every_point_labelled(tmp_path: Path) -> None:
    place = tmp_path / "growth.svg"
    curves = {"Growth with trees": ("us", ((50, 8.2), (100, 16.0), (400, 71.0)))}
    drawing.write(curves, place)
    root = ElementTree.fromstring(place.read_text())  # noqa: S314 - drawn a moment ago
    name = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{name}circle")) == 3
    said = [one.text for one in root.findall(f"{name}text")]
    assert said == ["Growth with trees", "1", "10", "100", "8", "50", "16", "100", "71", "400"]
    heights = [float(one.attrib["cy"]) for one in root.findall(f"{name}circle")]
    assert heights == sorted(heights, reverse=True)
