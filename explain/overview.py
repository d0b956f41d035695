"""What a version's explanations say together, as pages and the API show it. Web-safe: one row is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from explain.models import Summary
from explain.queries import profile


@dataclass(frozen=True, slots=True)
class Weight:
    """Mean |phi| of a feature with its 95 % interval (None of a single decision)."""

    feature: str
    label: str
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """``kind``: number (from ``start`` to ``end``, both included), class, others, missing, or hidden: too
    few cases to show. ``mean`` of phi with its 95 % interval."""

    kind: str
    n: int
    start: float | None = None
    end: float | None = None
    name: str = ""
    mean: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Histogram:
    """Equal bins from ``low`` to ``high``; ``none`` decisions have no such figure. Of ``residual`` the
    decimal logarithm is counted."""

    name: str
    n: int
    none: int
    counts: tuple[int, ...]
    low: float
    high: float
    p10: float | None
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class Group:
    """How often each reason was given in a group of a segment; ``name`` None: groups too small to show."""

    name: str | None
    n: int
    codes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Segment:
    name: str
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Of the newest ``rows`` explanations of a version. ``adverse`` of them were against the person;
    ``codes`` counts these by reason given."""

    model_ref: str
    made_at: datetime
    rows: int
    output_space: str
    importance: tuple[Weight, ...]
    quality: tuple[Histogram, ...]
    adverse: int
    codes: Mapping[str, int]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Dependence:
    """A feature's contribution against its value, over the newest ``rows`` explanations."""

    model_ref: str
    feature: str
    label: str
    unit: str
    rows: int
    output_space: str
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """A feature's dots: ``phi`` of each decision, with the fifth (0 to 4, by rank) of its value; None of a value
    that is missing (``gone``), or of a category. ``means`` by fifth over all rows, None where
    too few; none for a category."""

    feature: str
    label: str
    numeric: bool
    phi: tuple[float, ...]
    fifths: tuple[int | None, ...]
    gone: tuple[bool, ...]
    means: tuple[float | None, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Swarm:
    """Single decisions, ``n`` of the newest ``rows``: for who may read why each was made. Heaviest feature first."""

    n: int
    rows: int
    output_space: str
    clouds: tuple[Cloud, ...]


def overview(model_ref: str) -> Overview | None:
    """None until a worker has made one: within a minute of the first explanation."""
    row = Summary.objects.filter(model_ref=model_ref).first()
    if row is None:
        return None
    body: dict[str, Any] = row.body
    labels = _labels(model_ref)
    reasons = body["reasons"]
    return Overview(
        model_ref=model_ref,
        made_at=row.made_at,
        rows=body["rows"],
        output_space=body["output_space"],
        importance=tuple(
            Weight(
                one["feature"],
                labels.get(one["feature"], one["feature"]),
                one["mean"],
                one["low"],
                one["high"],
            )
            for one in body["importance"]
        ),
        quality=tuple(_histogram(name, one) for name, one in body["quality"].items()),
        adverse=reasons["adverse"],
        codes=_descending(reasons["codes"]),
        segments=tuple(
            Segment(
                name,
                tuple(Group(one["group"], one["n"], _descending(one["codes"])) for one in groups),
            )
            for name, groups in sorted(reasons["segments"].items())
        ),
    )


def dependence(model_ref: str, feature: str) -> Dependence | None:
    """None for a version without a summary, and for a feature that it does not have."""
    row = Summary.objects.filter(model_ref=model_ref).first()
    known = profile(model_ref)
    if row is None or known is None or feature not in row.body["dependence"]:
        return None
    about = next(one for one in known.specification.features if one.name == feature)
    return Dependence(
        model_ref=model_ref,
        feature=feature,
        label=about.label,
        unit=about.unit,
        rows=row.body["rows"],
        output_space=row.body["output_space"],
        bins=tuple(_bin(one, about.classes) for one in row.body["dependence"][feature]),
    )


def swarm(model_ref: str) -> Swarm | None:
    """None for a version without a summary, and where its decisions are too few to be shown one by one."""
    row = Summary.objects.filter(model_ref=model_ref).first()
    body: dict[str, Any] = row.body if row else {}
    found = body.get("swarm") or {}
    if not found.get("n"):
        return None
    labels = _labels(model_ref)
    heaviest = [one["feature"] for one in body["importance"] if one["feature"] in found["features"]]
    return Swarm(
        n=found["n"],
        rows=body["rows"],
        output_space=body["output_space"],
        clouds=tuple(_cloud(name, labels, found["features"][name]) for name in heaviest),
    )


def _cloud(name: str, labels: Mapping[str, str], one: Mapping[str, Any]) -> Cloud:
    return Cloud(
        feature=name,
        label=labels.get(name, name),
        numeric=one["numeric"],
        phi=tuple(one["phi"]),
        fifths=tuple(one["fifths"]),
        gone=tuple(one["gone"]),
        means=tuple(one["means"]),
        missing=one["missing"],
    )


def _bin(one: Mapping[str, Any], classes: Mapping[str, Mapping[str, str]]) -> Bin:
    name = one.get("class", "")
    return Bin(
        kind=one["kind"],
        n=one["n"],
        start=one.get("from"),
        end=one.get("to"),
        name=classes.get(name, {}).get("en", name),
        mean=one.get("mean"),
        low=one.get("low"),
        high=one.get("high"),
    )


def _histogram(name: str, one: Mapping[str, Any]) -> Histogram:
    return Histogram(
        name=name,
        n=one["n"],
        none=one["none"],
        counts=tuple(one["counts"]),
        low=one["low"],
        high=one["high"],
        p10=one.get("p10"),
        median=one.get("median"),
        p90=one.get("p90"),
    )


def _labels(model_ref: str) -> dict[str, str]:
    known = profile(model_ref)
    return {one.name: one.label for one in known.specification.features} if known else {}


def _descending(counts: Mapping[str, int]) -> dict[str, int]:
    """jsonb keeps no order of keys."""
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))
