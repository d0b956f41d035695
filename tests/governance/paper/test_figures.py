"""Pictures that stand alone: whole XML, the page's own geometry, no text too long for its place."""

from __future__ import annotations

from xml.etree import ElementTree

from governance.charts import Part, diverging, waterfall
from governance.paper.figures import diverging_figure, readable, waterfall_figure

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("&")</script> ]]> {{ label }}'


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def chart(*parts: Part):  # type: ignore[no-untyped-def]
    return waterfall(
        parts, base=0.2, output=0.2 + sum(part.value for part in parts), threshold=0.4,
        title="What pushed it", base_label="Average case", output_label="This case",
    )  # fmt: skip


def test_a_waterfall_has_the_bars_of_the_page() -> None:
    drawn = chart(Part("Income", "1 200 €", 0.3), Part("Age of file", "2 years", -0.1))
    figure = waterfall_figure(drawn)
    shown = texts(figure.svg)
    assert shown[:4] == ["Average case", "Income1 200 €", "Age of file2 years", "This case"]
    assert {"+0.300", "−0.100", "threshold 0.400", "0.200", "0.400"} <= set(shown)
    bars = [
        (one.get("class"), one.get("x"), one.get("width"))
        for one in ElementTree.fromstring(figure.svg).iter(f"{SVG}rect")  # noqa: S314
    ]
    assert bars == [(bar.direction, f"{bar.x}%", f"{bar.width}%") for bar in drawn.bars]
    assert figure.alt == f"What pushed it. {drawn.summary}"


def test_lime_has_its_own() -> None:
    drawn = diverging([Part("Income", "high", 0.3), Part("Age", "", -0.1)], title="Weights")
    shown = texts(diverging_figure(drawn).svg)
    assert shown[:2] == ["Incomehigh", "Age"]
    assert {"+0.300", "−0.100"} <= set(shown)


def test_text_stays_text() -> None:
    shown = texts(waterfall_figure(chart(Part(HOSTILE, "&lt;", 0.3))).svg)
    assert shown[1].startswith('<script>alert("&")</script>')
    assert shown[1].endswith("&lt;")


def test_what_is_too_long_is_cut_and_says_so() -> None:
    shown = texts(waterfall_figure(chart(Part("x" * 500, "y" * 500, 0.3))).svg)
    assert shown[1] == "x" * 27 + "…" + "y" * 15 + "…"


def test_signs_that_xml_has_no_place_for_are_replaced() -> None:
    assert readable("a\x00b\x0bc\ufffe\ud800d\te\U0001f600") == "a�b�c��d\te\U0001f600"
