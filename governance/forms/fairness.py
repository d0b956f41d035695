"""The form of a fairness policy, whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms.utils import ErrorDict

from audit.door import Problem
from fairness.policy import Content, Floor, Monitor
from governance.forms.fairness_parts import MainForm, SegmentForm, plain
from governance.forms.fairness_watched import DriftForm, FloorForm, MonitorForm
from governance.forms.refusals import tell

MOST_ROWS: Final = 40
_ROW: Final = re.compile(r"/(monitors|floors)/([0-9]+)(?:/(\w+))?")
# What each kind of row begins with, and a field that every row that was sent has.
_NEW: Final[Mapping[str, Mapping[str, Any]]] = {
    "segments": {"protected": True},
    "monitors": {"least_ratio": 1, "alpha": 0.01},
    "floors": {"alpha": 0.01},
}
_SENT: Final = {
    "segments": "segment-{}-name",
    "monitors": "monitor-{}-segment",
    "floors": "floor-{}-metric",
}


class PolicyForms:
    """The whole form: ``main``, ``drift``, and rows, with an empty one at the end of each kind."""

    def __init__(
        self,
        main: MainForm,
        drift: DriftForm,
        segments: Sequence[SegmentForm],
        monitors: Sequence[MonitorForm],
        floors: Sequence[FloorForm],
    ) -> None:
        self.main, self.drift, self.segments = main, drift, list(segments)
        self.monitors, self.floors = list(monitors), list(floors)

    @classmethod
    def of(cls, content: Content | None, people: Mapping[str, str]) -> PolicyForms:
        """As the policy in force fills it; of the usual values where there is none."""
        held = content or Content(favourable=())
        rows: dict[str, list[dict[str, Any]]] = {
            "segments": [
                {"name": name, "purpose": one.purpose, "protected": one.protected}
                for name, one in held.segments.items()
            ],
            "monitors": [_plain(one) for one in held.monitors],
            "floors": [_plain(one) for one in held.floors],
        }
        for kind, new in _NEW.items():
            rows[kind].append(dict(new))
        return cls._filled(
            MainForm.initial_of(held), DriftForm.initial_of(held.drift), rows, people
        )

    @classmethod
    def sent(cls, data: Mapping[str, Any], people: Mapping[str, str]) -> PolicyForms:
        how = {"data": data}
        return cls._made(how, how, {kind: [how] * _many(data, kind) for kind in _NEW}, people)

    @classmethod
    def longer(cls, data: Mapping[str, Any], people: Mapping[str, str], more: str) -> PolicyForms:
        """What was sent, with one more row of this kind, and not judged yet."""
        given = cls.sent(data, people)
        rows = {kind: [_given(one) for one in getattr(given, kind)] for kind in _NEW}
        if more in rows and len(rows[more]) < MOST_ROWS:
            rows[more].append(dict(_NEW[more]))
        return cls._filled(_given(given.main), _given(given.drift), rows, people)

    @classmethod
    def _filled(
        cls,
        main: Mapping[str, Any],
        drift: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        people: Mapping[str, str],
    ) -> PolicyForms:
        filled = {kind: [{"initial": dict(one)} for one in found] for kind, found in rows.items()}
        return cls._made({"initial": dict(main)}, {"initial": dict(drift)}, filled, people)

    @classmethod
    def _made(
        cls,
        main: Mapping[str, Any],
        drift: Mapping[str, Any],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        people: Mapping[str, str],
    ) -> PolicyForms:
        """Of what each of its forms is given: what was sent, or what it begins with."""

        def owned(kind: str, prefix: str) -> list[dict[str, Any]]:
            return [
                {**how, "prefix": f"{prefix}-{at}", "people": people}
                for at, how in enumerate(rows[kind])
            ]

        return cls(
            MainForm(**main),
            DriftForm(**drift, prefix="drift", people=people),
            [SegmentForm(**how, prefix=f"segment-{at}") for at, how in enumerate(rows["segments"])],
            [MonitorForm(**how) for how in owned("monitors", "monitor")],
            [FloorForm(**how) for how in owned("floors", "floor")],
        )

    def is_valid(self) -> bool:
        # Each of them, so that all errors are shown at once.
        invalid = [one for one in self._all() if not one.is_valid()]
        return not invalid and self._named_once()

    def said(self) -> dict[str, Any]:
        """The policy as the verb takes it. Only of what is valid."""
        return {
            **self.main.said(),
            "segments": {
                one.cleaned_data["name"]: {
                    name: one.cleaned_data[name] for name in ("purpose", "protected")
                }
                for one in self.segments
                if one.cleaned_data["name"]
            },
            "monitors": [one.said() for one in self._monitors()],
            "floors": [one.said() for one in self._floors()],
            "drift": self.drift.said(),
        }

    def tell(self, problem: Problem) -> None:
        """What the verb refused, at the fields its pointers name."""
        rest = []
        for error in problem.errors:
            pointer = str(error.get("pointer", ""))
            form, name = self._place(pointer)
            if form is None:
                rest.append(error)
            else:
                form.add_error(name, _of(pointer) + str(error["detail"]))
        if rest or not problem.errors:
            tell(self.main, type(problem)(problem.detail, errors=rest))

    @property
    def errors(self) -> list[ErrorDict]:
        return [one.errors for one in self._all() if one.is_bound and one.errors]

    def _all(self) -> tuple[forms.Form, ...]:
        return (self.main, self.drift, *self.segments, *self.monitors, *self.floors)

    def _named_once(self) -> bool:
        seen: set[str] = set()
        for one in self.segments:
            name = one.cleaned_data["name"]
            if name and name in seen:
                one.add_error("name", "This segment is named twice.")
                return False
            seen.add(name)
        return True

    def _monitors(self) -> list[MonitorForm]:
        return [one for one in self.monitors if one.cleaned_data["segment"]]

    def _floors(self) -> list[FloorForm]:
        return [one for one in self.floors if one.cleaned_data["metric"]]

    def _place(self, pointer: str) -> tuple[forms.Form | None, str | None]:
        """The form and field that a JSON pointer into the policy is about."""
        if found := _ROW.fullmatch(pointer):
            rows = self._monitors() if found[1] == "monitors" else self._floors()
            return rows[int(found[2])], found[3] or "metric"
        if pointer.startswith("/segments/"):
            name, _, member = pointer.removeprefix("/segments/").partition("/")
            for one in self.segments:
                if one.cleaned_data["name"] == _named(name):
                    return one, member or "name"
        parts = [part for part in pointer.split("/") if part]
        if parts[:1] == ["drift"]:
            name = parts[1] if len(parts) > 1 else ""
            return self.drift, name if name in self.drift.fields else None
        if parts and parts[0] in {"limits", "score"}:
            parts = parts[1:]
        known = bool(parts) and parts[0] in self.main.fields
        return (self.main, parts[0]) if known else (None, None)


def _many(data: Mapping[str, Any], kind: str) -> int:
    """How many rows of a kind to read: as many as are said, and beyond the bound only those that
    really were sent, so that a policy of more rows loses none of them."""
    text = str(data.get(f"{kind}-rows", "0"))
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return 0
    many = min(int(text), MOST_ROWS)
    while many < int(text) and _SENT[kind].format(many) in data:
        many += 1
    return many


def _plain(one: Monitor | Floor) -> dict[str, Any]:
    return {name: plain(getattr(one, name)) for name in one.__struct_fields__}


def _given(form: forms.Form) -> dict[str, Any]:
    return {name: form[name].value() for name in form.fields}


def _named(token: str) -> str:
    """The name in a part of a JSON pointer."""
    return token.replace("~1", "/").replace("~0", "~")


def _of(pointer: str) -> str:
    """Which of many in one field an error is about, as the beginning of its sentence."""
    feature = pointer.removeprefix("/drift/limits/")
    return f"{_named(feature)}: " if feature != pointer else ""
