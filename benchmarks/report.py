"""The report: lines on the terminal while it runs, tables in docs/benchmarks.md when it ends."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figures import Figure

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
_HEAD = (
    "| what | ours | baseline | ratio (worst to best round) | floor | aim | result "
    "| data | foreign CPU |",
    "|---|---|---|---|---|---|---|---|---|",
)


def line(figure: Figure) -> str:
    """One figure in one line of text."""
    bounds = f"floor {bound(figure, figure.floor)}, aim {bound(figure, figure.aim)}"
    return (
        f"{figure.name}: {value(figure, figure.ours)} against {value(figure, figure.baseline)} "
        f"({figure.against}); {spread(figure)}; {bounds}: {figure.verdict.upper()}; "
        f"{figure.data}; foreign CPU up to {figure.foreign:.0%}"
    )


def table(figures: Sequence[Figure], conditions: str) -> str:
    """The figures of one benchmark as Markdown."""
    rows = [
        "| "
        + " | ".join(
            (
                figure.name,
                value(figure, figure.ours),
                f"{value(figure, figure.baseline)} ({figure.against})",
                spread(figure),
                bound(figure, figure.floor),
                bound(figure, figure.aim),
                figure.verdict,
                figure.data,
                f"up to {figure.foreign:.0%}",
            )
        )
        + " |"
        for figure in figures
    ]
    notes = dict.fromkeys(note for figure in figures for note in figure.notes)
    return "\n".join([f"Measured {conditions}.", "", *_HEAD, *rows, "", *notes]).rstrip()


def value(figure: Figure, values: Sequence[float]) -> str:
    """The median with its unit, in as many digits as mean something."""
    middle = median(values)
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:,.{digits}f} {figure.unit}"


def spread(figure: Figure) -> str:
    """The median ratio with those of the worst and the best round."""
    worst, best = min(figure.ratios), max(figure.ratios)
    if figure.kind in {"growth", "limit"}:
        worst, best = best, worst
    return f"{ratio(figure, figure.ratio)} ({ratio(figure, worst)} to {ratio(figure, best)})"


def ratio(figure: Figure, number: float) -> str:
    if figure.kind == "share" and 0 < number < 1:
        return f"1/{1 / number:.1f}"
    return f"{number:.2f}x"


def bound(figure: Figure, number: float | None) -> str:
    if number is None:
        return "none"
    if figure.kind == "limit":
        return f"{number:,.0f} {figure.unit}"
    if figure.kind == "share":
        return f"1/{1 / number:.0f}"
    return f"{number:g}x"


def write(tables: Mapping[str, str], document: Path = DOCUMENT) -> None:
    """Put each benchmark's table between its marks in the document; other text stays."""
    text = document.read_text()
    for name, content in tables.items():
        marks = re.compile(rf"(<!-- {name}: generated -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marks.search(text):
            raise LookupError(f"{document} has no marks for {name}.")
        text = marks.sub(lambda found, c=content: f"{found[1]}{c}\n{found[2]}", text)
    document.write_text(text)
