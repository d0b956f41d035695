"""The rules the pages stand on: contrast, nothing inline, vendored files as locked."""

import hashlib
import json
import re
from itertools import product
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
TOKENS = (ROOT / "static/css/tokens.css").read_text()

TEXT = 4.5  # WCAG 2.2, 1.4.3
SHAPE = 3.0  # WCAG 2.2, 1.4.11
TONES = ["good", "warn", "bad", "info", "neutral"]
INKS = ("ink", "ink-soft", "muted")
GROUNDS = ("bg", "surface", "raised", "sunken", "hover", "selected")
RAILS = ("rail", "rail-hover", "rail-current")
PAIRS = [
    *product(INKS, GROUNDS, [TEXT]),
    *product(["accent"], ("bg", "surface", "raised", "hover", "selected"), [TEXT]),
    *product(["on-accent"], ("accent-fill", "accent-fill-hover"), [TEXT]),
    *[(tone, ground, TEXT) for tone in TONES for ground in (f"{tone}-soft", "surface", "bg")],
    *[(ink, f"{tone}-soft", TEXT) for tone in TONES for ink in ("ink", "muted")],
    *product(("up", "down"), ["surface"], [TEXT]),
    *product(("rail-ink", "rail-muted"), RAILS, [TEXT]),
    *product(("rail-good", "rail-warn", "rail-bad"), ["rail"], [TEXT]),
    *product(["line-control"], ("bg", "surface", "raised"), [SHAPE]),
    *product(["focus"], ("bg", "surface", "raised", "sunken", "selected"), [SHAPE]),
    *product(("rest", "spark", "accent-fill"), ["surface"], [SHAPE]),
    *product([f"kind-{n}" for n in range(7)], ["surface"], [TEXT]),
    *product(["on-heat-low"], [f"heat-{n}" for n in range(4)], [TEXT]),
    *product(["on-heat-high"], ("heat-4", "heat-5"), [TEXT]),
    *product([f"fifth-{n}" for n in range(1, 6)], ["surface"], [SHAPE]),
]


def colour(name: str, theme: int) -> str:
    value = re.search(rf"--{name}: ([^;]+);", TOKENS)
    assert value, name
    return re.findall(r"#[0-9a-f]{6}", value[1] * 2)[theme]


def luminance(hexa: str) -> float:
    """Relative luminance, WCAG 2.2 definition."""
    parts = [int(hexa[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("front", "back", "least"), PAIRS, ids=[f"{f}-on-{b}" for f, b, _ in PAIRS]
)
def test_contrast(front, back, least, theme):
    assert contrast(colour(front, theme), colour(back, theme)) >= least


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_is_inline(path):
    text = path.read_text()
    assert re.findall(r"\sstyle=[\"']|<style|\son[a-z]+=|javascript:|hx-on|https?://", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_part_named_exists(path):
    for name in re.findall(
        r"""{% (?:include|extends) "([^"]+\.(?:html|svg))" """, path.read_text()
    ):
        assert (ROOT / "templates" / name).is_file(), name


def test_components_are_small():
    long = [
        p.name
        for p in (ROOT / "templates/components").glob("*.html")
        if len(p.read_text().splitlines()) >= 30
    ]
    assert long == []


def test_every_variable_used_is_a_token():
    for path in STYLES:
        unknown = set(re.findall(r"var\(--([a-z0-9-]+)\)", path.read_text())) - set(
            re.findall(r"--([a-z0-9-]+):", TOKENS)
        )
        assert unknown == set(), path.name


def test_no_colour_of_a_theme_is_written_outside_the_tokens():
    """Only the rail, which is night in both themes, and paper may name a colour of their own."""
    allowed = {"#fff", "#8ab8f5", "#33476d", "#43201f", "#5d86bf"}
    for path in STYLES:
        if path.name != "tokens.css":
            plain = re.sub(r"light-dark\([^)]*\)", "", path.read_text())
            assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", plain)) <= allowed, path.name


def test_vendored_files_are_those_of_the_lock():
    lock = json.loads((ROOT / "static/vendor/vendor.lock.json").read_text())
    named = {
        name: digest for package in lock["packages"] for name, digest in package["files"].items()
    }
    assert {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in named} == named
    found = [p for p in (ROOT / "static/vendor").glob("*/*") if p.is_file()]
    assert {str(p.relative_to(ROOT)) for p in found} <= set(named)
    assert all(package["licence"] and package["version"] for package in lock["packages"])


def test_no_source_map_is_named():
    """Manifest storage follows such a comment and fails when the map is not there."""
    files = [p for p in (ROOT / "static").rglob("*") if p.suffix in {".js", ".css"}]
    assert [p.name for p in files if "sourceMappingURL" in p.read_text()] == []
