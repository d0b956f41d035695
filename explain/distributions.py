"""What many explanations say together: means with intervals, bins and histograms. Imports numpy alone.

Nothing here is of one person: a cell of fewer than ``SMALL`` decisions is not shown, and neither is
one that could be told from what is shown and the total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.wording import absent, code

Floats = NDArray[np.float64]
SMALL: Final = 10
BINS: Final = 10
MOST_CLASSES: Final = 20
# Half-width of a 95 % normal interval, in standard errors.
Z: Final = 1.959963984540054


def importance(phi: Floats, names: Sequence[str]) -> list[dict[str, Any]]:
    """Mean |phi| of each feature over the rows with its 95 % interval, heaviest first, equal ones by name."""
    found = [{"feature": name, **mean(np.abs(phi[:, at]))} for at, name in enumerate(names)]
    return sorted(found, key=lambda one: (-one["mean"], one["feature"]))


def mean(values: Floats) -> dict[str, Any]:
    """Mean, its 95 % normal interval (None for fewer than two values), and how many there were."""
    centre = float(values.mean())
    if len(values) < 2:
        return {"mean": centre, "low": None, "high": None, "n": len(values)}
    reach = Z * float(values.std(ddof=1)) / len(values) ** 0.5
    return {"mean": centre, "low": centre - reach, "high": centre + reach, "n": len(values)}


def dependence(values: Sequence[Any], phi: Floats, *, numeric: bool) -> list[dict[str, Any]]:
    """A feature's contribution against its value: bins of ``kind`` number (``from`` to ``to``, both
    included, by tenths of the cases), class or missing, each with its mean; ``hidden`` cases last.

    Equal values are never parted between bins, so there may be fewer than ten.
    """
    gone = np.array([_nowhere(value, numeric) for value in values], bool)
    bins: list[dict[str, Any]] = []
    here = np.flatnonzero(~gone).tolist()
    if here:
        bins = (_numbers if numeric else _classes)([values[at] for at in here], phi[here])
    if gone.any():
        bins.append({"kind": "missing", **mean(phi[gone])})
    return _hide(bins)


def _nowhere(value: Any, numeric: bool) -> bool:
    return absent(value) or (numeric and not isinstance(value, int | float))


def _numbers(values: Sequence[Any], phi: Floats) -> list[dict[str, Any]]:
    numbers = np.asarray(values, float)
    different = np.unique(numbers)
    if len(different) <= BINS:
        edges = different
    else:
        wanted = np.quantile(numbers, np.arange(1, BINS + 1) / BINS, method="inverted_cdf")
        edges = np.unique(wanted)
    at = np.searchsorted(edges, numbers)
    return [
        {
            "kind": "number",
            "from": float(numbers[at == one].min()),
            "to": float(numbers[at == one].max()),
            **mean(phi[at == one]),
        }
        for one in range(len(edges))
    ]


def _classes(values: Sequence[Any], phi: Floats) -> list[dict[str, Any]]:
    codes = np.array([code(value) for value in values])
    # Of equally frequent ones the first by name: the same rows give the same classes.
    frequent = sorted(Counter(codes.tolist()).items(), key=lambda pair: (-pair[1], pair[0]))
    found = [
        {"kind": "class", "class": name, **mean(phi[codes == name])}
        for name, _ in frequent[:MOST_CLASSES]
    ]
    rest = ~np.isin(codes, [name for name, _ in frequent[:MOST_CLASSES]])
    return [*found, {"kind": "others", **mean(phi[rest])}] if rest.any() else found


def _hide(bins: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = large_enough({at: one["n"] for at, one in enumerate(bins)})
    hidden = sum(one["n"] for at, one in enumerate(bins) if at not in kept)
    shown = [one for at, one in enumerate(bins) if at in kept]
    return [*shown, {"kind": "hidden", "n": hidden}] if hidden else shown


def large_enough(sizes: Mapping[Any, int]) -> set[Any]:
    """The groups that may be shown: none is small, and what is hidden is not small either."""
    kept = {name for name, n in sizes.items() if n >= SMALL}
    hidden = sum(n for name, n in sizes.items() if name not in kept)
    while 0 < hidden < SMALL and kept:
        least = min(kept, key=lambda name: (sizes[name], str(name)))
        kept.remove(least)
        hidden += sizes[least]
    return kept


def histogram(values: Sequence[float | None], low: float, high: float, bins: int) -> dict[str, Any]:
    """Equal bins from ``low`` to ``high``, what lies beyond in the outer ones; median and tenths beside."""
    known = np.asarray([value for value in values if value is not None], float)
    if not len(known):
        return {"n": 0, "none": len(values), "counts": [0] * bins, "low": low, "high": high}
    counts, _ = np.histogram(np.clip(known, low, high), bins=bins, range=(low, high))
    p10, median, p90 = (float(one) for one in np.quantile(known, [0.1, 0.5, 0.9]))
    return {
        "n": len(known),
        "none": len(values) - len(known),
        "counts": counts.tolist(),
        "low": low,
        "high": high,
        "p10": p10,
        "median": median,
        "p90": p90,
    }


def frequencies(
    codes: Sequence[Sequence[str]], segments: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """How often each reason was given, over all these decisions and in each group of each segment."""
    return {
        "adverse": len(codes),
        "codes": _counted(codes),
        "segments": {
            name: _by_group(codes, [one.get(name) for one in segments])
            for name in sorted({name for one in segments for name in one})
        },
    }


def _by_group(codes: Sequence[Sequence[str]], values: Sequence[Any]) -> list[dict[str, Any]]:
    groups: dict[str, list[Sequence[str]]] = {}
    for given, value in zip(codes, values, strict=True):
        groups.setdefault("" if absent(value) else code(value), []).append(given)
    kept = large_enough({name: len(members) for name, members in groups.items()})
    shown = [
        {"group": name, "n": len(groups[name]), "codes": _counted(groups[name])}
        for name in sorted(kept)
    ]
    hidden = sum(len(members) for name, members in groups.items() if name not in kept)
    return [*shown, {"group": None, "n": hidden, "codes": {}}] if hidden else shown


def _counted(codes: Sequence[Sequence[str]]) -> dict[str, int]:
    counted = Counter(one for given in codes for one in set(given))
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))
