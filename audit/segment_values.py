"""What is stated of a person's segments: a value and where it comes from, or how likely each value is.

Segments stand apart from inputs: no model decides by them; they say whose decisions to compare.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from audit.canonical import Flaw
from audit.forms import Form, Share, Word

Source = Literal["self_reported", "observed", "inferred"]
MOST_VALUES: Final = 50
MOST_SEGMENTS: Final = 100
_ROUNDING: Final = 1e-9


class Segment(Form, frozen=True, kw_only=True):
    """A segment with its source. An inferred one names its method, and how probable it is."""

    value: Word | float | None = None
    source: Source
    method: Word | None = None
    probability: Share | None = None
    distribution: (
        Annotated[
            dict[Word, Share],
            Meta(
                min_length=1,
                max_length=MOST_VALUES,
                description=f"Values with how likely each is: 1 to {MOST_VALUES}.",
            ),
        ]
        | None
    ) = None


# Lengths only: the strict reading has refused control characters, and a pattern for each of a decision's
# segments would cost a bulk a twentieth of its time.
SegmentName = Annotated[str, Meta(min_length=1, max_length=100, description="1 to 100 characters.")]
SegmentText = Annotated[str, Meta(max_length=200, description="At most 200 characters.")]
SegmentValue = Annotated[
    SegmentText | float | Segment | None,
    Meta(
        description="A text of at most 200 characters, a number, null, or an object with value (or "
        "distribution), source, method and probability. A plain value counts as observed."
    ),
]
Segments = Annotated[
    dict[SegmentName, SegmentValue],
    Meta(max_length=MOST_SEGMENTS, description=f"An object of at most {MOST_SEGMENTS} segments."),
]


def flaw_of(stated: Mapping[str, Any] | None) -> Flaw | None:
    """The first thing in these segments that types cannot refuse; None when all is well."""
    for name, segment in (stated or {}).items():
        if not isinstance(segment, Segment):
            continue
        found = _inferred(segment) if segment.source == "inferred" else _known(segment)
        if found is not None:
            at, code, detail = found
            token = name.replace("~", "~0").replace("/", "~1")
            return Flaw(f"/segments/{token}{at}", code, detail)
    return None


def plain(stated: object) -> str | float | None:
    """The value that is known of a segment as it stands in a body; None where it is only inferred."""
    if not isinstance(stated, Mapping):
        return stated if isinstance(stated, str | int | float) else None
    value = None if stated.get("source") == "inferred" else stated.get("value")
    return value if isinstance(value, str | int | float) else None


def _inferred(segment: Segment) -> tuple[str, str, str] | None:
    if segment.method is None:
        return "/method", "required", "An inferred segment names its method."
    if segment.distribution is None:
        return _inferred_value(segment)
    if segment.value is not None or segment.probability is not None:
        return "/distribution", "ambiguous", "A distribution stands without value and probability."
    total = math.fsum(segment.distribution.values())
    if not 0.0 < total <= 1.0 + _ROUNDING:
        return "/distribution", "range", "Probabilities add up to more than 0 and at most 1."
    return None


def _inferred_value(segment: Segment) -> tuple[str, str, str] | None:
    if segment.value is None:
        return "/value", "required", "A value, or a distribution over values."
    if segment.probability is None:
        return "/probability", "required", "An inferred value states its probability."
    return None


def _known(segment: Segment) -> tuple[str, str, str] | None:
    if segment.distribution is not None:
        return "/distribution", "not_inferred", "Only an inferred segment has a distribution."
    if segment.probability is not None:
        return "/probability", "not_inferred", "Only an inferred segment has a probability."
    return None
