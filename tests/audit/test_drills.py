"""Every refusal names a drill that is written down."""

import re
from pathlib import Path

from audit.crashpoint import POINTS

ROOT = Path(__file__).resolve().parents[2]
DRILLS = (ROOT / "docs" / "drills.md").read_text()


def test_every_code_of_a_refusal_has_its_section() -> None:
    source = (ROOT / "audit" / "publisher.py").read_text()
    codes = set(re.findall(r'Refused\(\s*"([a-z-]+)"', source))
    codes |= set(re.findall(r'_refused\(stored, \S+, "([a-z-]+)"\)', source))
    assert codes == {
        "restored-backup",
        "fork",
        "lost-store",
        "lost-key",
        "another-log",
        "damaged-tree",
    }
    assert codes <= set(re.findall(r"^## ([a-z-]+)$", DRILLS, re.MULTILINE))


def test_every_crash_point_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", DRILLS, re.MULTILINE)
    assert tuple(rows) == POINTS
