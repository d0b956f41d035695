"""A week's values beside the reference: as pairs of bars, and as the table behind them."""

from fairness.distributions import Bar, Distribution
from governance.charts import Bin, Histogram, histogram
from governance.pages import formats
from governance.pages.monitoring.place import Place, week_of
from governance.pages.monitoring.words import counted
from governance.pages.sheets import Sheet, SheetColumn


def chart_of(place: Place, found: Distribution) -> Histogram:
    """A pair of bars for each tenth or category, then what is strange, outside or missing."""
    bins = [
        Bin(
            label := _called(place, found.feature, bar),
            _share(bar.reference, found.reference_number),
            _share(bar.week, found.number),
            _tip(label, bar.reference, found.reference_number, bar.week, found.number),
            apart=bar.kind in {"below", "above", "unseen", "others"},
        )
        for bar in found.bars
    ]
    old, new = _everyone(found)
    missing = _share(found.reference_missing, old), _share(found.missing, new)
    if missing != (0.0, 0.0):
        tip = _tip("Missing", found.reference_missing, old, found.missing, new)
        bins.append(Bin("Missing", *missing, tip, apart=True))
    return histogram(
        bins,
        title=f"{place.label(found.feature)}: reference and {week_of(found.week)}",
        summary="; ".join(bin_.tip.replace("\n", ", ") for bin_ in bins),
    )


def _everyone(found: Distribution) -> tuple[float, float]:
    """Rows of the reference, and decisions of the week."""
    return found.reference_number + found.reference_missing, found.number + (found.missing or 0.0)


def _share(many: float | None, of: float) -> float | None:
    return None if many is None else many / of if of else 0.0


def _tip(label: str, old: float | None, n: float, new: float | None, m: float) -> str:
    def told_so(many: float | None, of: float) -> str:
        if many is None:
            return "too few to be shown"
        return f"{formats.percent(_share(many, of) or 0.0)}, {counted(many)} of {counted(of)}"

    return f"{label}\nReference: {told_so(old, n)}\nWeek: {told_so(new, m)}"


def _called(place: Place, feature: str, bar: Bar) -> str:
    unit = place.unit(feature)
    if bar.kind == "below":
        return f"below {formats.value(bar.high, unit)}"
    if bar.kind == "above":
        return f"above {formats.value(bar.low, unit)}"
    if bar.kind == "others":
        return f"{bar.name} further categories"
    if bar.kind == "part":
        low, high = _round(bar.low), _round(bar.high)
        return (
            formats.value(low, unit)
            if low == high
            else f"{formats.value(low)} to {formats.value(high, unit)}"
        )
    name = place.category(feature, bar.name) if bar.name else "not shown"
    return f"{name} (unseen)" if bar.kind == "unseen" else name


def _round(end: float | None) -> float:
    return float(f"{end or 0.0:.4g}") if abs(end or 0.0) < 10_000 else float(round(end or 0.0))


def text_of(found: Distribution) -> str:
    of = "tenths of the reference" if found.kind == "number" else "categories"
    what = "values" if found.missing is not None else "decisions"
    return (
        f"Shares of {what} by {of}: {counted(found.number)} of the week beside {counted(found.reference_number)} "
        "of the reference. What is missing is a share of all decisions."
    )


def note_of(found: Distribution) -> str:
    if not found.hidden:
        return ""
    return f"{formats.plural(found.hidden, 'bar')} of few people, or that would tell of them, are not shown to you."


def sheet_of(place: Place, found: Distribution) -> Sheet:
    """The table behind it; what may not be shown is empty."""
    columns_ = (
        SheetColumn("Value"),
        SheetColumn("Reference", "count"),
        SheetColumn("Share of reference", "share"),
        SheetColumn("Week", "count"),
        SheetColumn("Share of week", "share"),
    )
    rows = [
        (
            _called(place, found.feature, bar),
            bar.reference,
            _share(bar.reference, found.reference_number),
            bar.week,
            _share(bar.week, found.number),
        )
        for bar in found.bars
    ]
    old, new = _everyone(found)
    lacking = found.reference_missing, _share(found.reference_missing, old)
    rows.append(("Missing", *lacking, found.missing, _share(found.missing, new)))
    name = f"distribution-{place.version.model_ref}-{found.feature}-{found.week}"
    caption = (
        f"{place.label(found.feature)}: values of the reference and of the {week_of(found.week)}"
    )
    return Sheet(name, caption, columns_, tuple(rows))
