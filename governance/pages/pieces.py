"""The values that templates/components/ take, one class for each component."""

from dataclasses import dataclass
from typing import Literal

from governance.charts import Meter, Sparkline

Tone = Literal["", "good", "warn", "bad", "info", "neutral"]


@dataclass(frozen=True, slots=True)
class Badge:
    """_badge.html: a tone is never alone, a word stands with it."""

    text: str
    tone: Tone = "neutral"
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """_facts.html and _kv.html. ``code`` is a whole digest, ``short`` its ends."""

    label: str
    value: str
    detail: str = ""
    tone: Tone = ""
    icon: str = ""
    badge: bool = False
    code: str = ""
    short: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    """_stat.html: a tile."""

    label: str
    value: str
    unit: str = ""
    detail: str = ""
    tone: Tone = ""
    icon: str = ""
    url: str = ""
    spark: Sparkline | None = None


@dataclass(frozen=True, slots=True)
class State:
    """_state.html: what stands where content is not. ``remedy``: what can be done about it; ``post``: where
    a press of ``again`` is sent."""

    kind: Literal["pending", "refused", "failed", "erased", "not_available", "empty"]
    title: str
    text: str
    note: str = ""
    url: str = ""
    action: str = ""
    remedy: str = ""
    post: str = ""
    again: str = ""


@dataclass(frozen=True, slots=True)
class Banner:
    """_banner.html"""

    tone: Tone
    title: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """_tabs.html"""

    label: str
    url: str
    current: bool = False
    count: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """_timeline.html"""

    time: str
    when: str
    iso: str
    title: str
    detail: str = ""
    tone: Tone = ""
    icon: str = ""


Kind = Literal["text", "num", "time", "badge", "hash", "meter"]


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    kind: Kind = "text"
    wide: bool = False
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """_cell.html; ``kind``, ``label`` and ``wide`` are those of its column."""

    text: str = ""
    kind: Kind = "text"
    label: str = ""
    wide: bool = False
    detail: str = ""
    url: str = ""
    tone: Tone = ""
    icon: str = ""
    title: str = ""
    short: str = ""
    meter: Meter | None = None


@dataclass(frozen=True, slots=True)
class Row:
    cells: tuple[Cell, ...]
    current: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    title: str
    text: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """_table.html"""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: Empty


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """_filters.html"""

    name: str
    label: str
    kind: Literal["search", "select", "date", "text", "hidden"]
    value: str = ""
    options: tuple[Option, ...] = ()
