"""Every figure of drift as one table."""

from collections.abc import Sequence
from typing import Final

from fairness.drifting import FeatureWeek
from governance.pages.monitoring.place import Place
from governance.pages.sheets import Sheet, SheetColumn

_RATES: Final = ("missing", "beyond", "unseen")


def sheet(place: Place, found: Sequence[FeatureWeek]) -> Sheet:
    """Every figure of every feature and week."""
    columns = [
        SheetColumn("Feature"),
        SheetColumn("Week of", "day"),
        SheetColumn("Decisions", "count"),
    ]
    columns += [
        SheetColumn(label, "p" if label.endswith(" p") else "number")
        for label in (
            "PSI", "PSI without drift (95 %)", "Chi-square", "Chi-square p", "Jensen–Shannon", "KS", "KS at most",
            "KS p", "Wasserstein", "Wasserstein error",
        )
    ]  # fmt: skip
    columns += [SheetColumn(label, "share") for label in ("Missing", "Out of range", "Unseen")]
    rows = [
        (
            one.feature, one.week, one.decisions, one.psi, one.psi_critical, one.chi_square, one.chi_square_p,
            one.jensen_shannon, one.ks, one.ks_at_most, one.ks_p, one.wasserstein, one.wasserstein_error,
            *(rate.value if (rate := getattr(one, name)) else None for name in _RATES),
        )
        for one in found
    ]  # fmt: skip
    name = f"drift-{place.version.model_ref}"
    return Sheet(name, f"Drift of {place.title} by feature and week", tuple(columns), tuple(rows))
