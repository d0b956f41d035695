"""Figures, times and values as people read them. Templates calculate and format nothing."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson
from django.utils.translation import get_language_info

from governance.charts import number, signed

NONE: Final = "–"
NARROW: Final = "\u202f"
"""Narrow no-break space: between a figure and its unit."""
BLANK: Final = "\u00a0"
_LONGEST: Final = 80


def count(many: int) -> str:
    return f"{many:,}"


def plural(many: int, one: str, more: str = "") -> str:
    """``1 decision``, ``2,000 decisions``; ``more`` when it is not made with an s."""
    return f"{count(many)} {one if many == 1 else more or one + 's'}"


def figure(value: float | None, digits: int = 3) -> str:
    return NONE if value is None else number(value, digits)


def change(value: float, digits: int = 3) -> str:
    return signed(value, digits)


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}{NARROW}%"


def percents(low: float, high: float, digits: int = 1) -> str:
    return f"{100 * low:.{digits}f}–{100 * high:.{digits}f}{NARROW}%"


def moment(at: datetime | None) -> str:
    """``22 November 2026, 10:11:12 UTC``"""
    if at is None:
        return NONE
    at = at.astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def brief(at: datetime | None) -> str:
    """``22 Nov 2026, 10:11``: for tables, whose head says that times are UTC."""
    if at is None:
        return NONE
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M}".replace(" ", BLANK)


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def brief_day(at: date) -> str:
    return f"{at.day} {at:%b}"


def clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M:%S}"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def lasting(seconds: float) -> str:
    """A length of time in its two or three leading digits: ``40 s``, ``3 min``, ``5 h``, ``12 days``."""
    if seconds < 100:
        return f"{max(seconds, 0):.0f}{NARROW}s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f}{NARROW}min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.0f}{NARROW}h"
    return f"{seconds / 86400:.0f}{BLANK}days"


def ago(at: datetime, now: datetime) -> str:
    return f"{lasting((now - at).total_seconds())} ago"


def milliseconds(value: float | None) -> str:
    if value is None:
        return NONE
    if value >= 1000:
        return f"{value / 1000:.1f}{NARROW}s"
    return f"{value:.{0 if value >= 10 else 1}f}{NARROW}ms"


def digest(text: str) -> str:
    """The two ends of a long hexadecimal text; the whole stands behind it, to copy."""
    return text if len(text) <= 14 else f"{text[:6]}…{text[-4:]}"


def value(given: Any, unit: str = "") -> str:
    """A recorded value, as far as a line holds it; what is missing is a dash."""
    text = _plain(given)
    return f"{text}{BLANK}{unit}" if unit and text != NONE else text


def _plain(given: Any) -> str:
    if given is None:
        return NONE
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, int | float):
        return _figure(given)
    text = given if isinstance(given, str) else orjson.dumps(given, default=str).decode()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _figure(given: float) -> str:
    """As recorded, to six digits; grouped from 10,000 on, so that years and codes stay as they are."""
    if isinstance(given, float) and not math.isfinite(given):
        return str(given)
    if given == int(given) and abs(given) < 1e15:
        whole = int(given)
        text = f"{abs(whole):,}" if abs(whole) >= 10_000 else str(abs(whole))
    else:
        text = f"{abs(given):.6g}"
    return f"−{text}" if given < 0 else text


def pretty(given: Mapping[str, Any] | Sequence[Any]) -> str:
    """JSON over several lines, keys in the order in which they were sent."""
    return orjson.dumps(given, option=orjson.OPT_INDENT_2, default=str).decode()


def words(slug: str) -> str:
    """A name of the log (``version_retired``) as words."""
    return slug.replace("_", " ").replace("-", " ")


def language(code: str) -> str:
    """A language by its own name (``Deutsch``); one that is not known keeps its code."""
    try:
        name = str(get_language_info(code)["name_local"])
    except KeyError:
        return code
    return name[:1].upper() + name[1:]
