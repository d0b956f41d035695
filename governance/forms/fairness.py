"""The form of a fairness policy, whole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms.utils import ErrorDict

from audit.door import Problem
from fairness.policy import Content, Monitor
from governance.forms.fairness_parts import MainForm, MonitorForm, SegmentForm, plain
from governance.forms.refusals import tell

MOST_ROWS: Final = 40
_ROW: Final = re.compile(r"/monitors/([0-9]+)(?:/(\w+))?")


class PolicyForms:
    """The whole form: ``main`` and rows, with an empty one at the end of each kind."""

    def __init__(
        self, main: MainForm, segments: Sequence[SegmentForm], monitors: Sequence[MonitorForm]
    ) -> None:
        self.main, self.segments, self.monitors = main, list(segments), list(monitors)

    @classmethod
    def of(cls, content: Content | None, people: Mapping[str, str]) -> PolicyForms:
        """As the policy in force fills it; of the usual values where there is none."""
        held = content or Content(favourable=())
        segments = [
            {"name": name, "purpose": one.purpose, "protected": one.protected}
            for name, one in held.segments.items()
        ]
        monitors = [
            {name: plain(getattr(one, name)) for name in Monitor.__struct_fields__}
            for one in held.monitors
        ]
        return cls._filled(
            MainForm.initial_of(held), [*segments, _NEW], [*monitors, _USUAL], people
        )

    @classmethod
    def sent(cls, data: Mapping[str, Any], people: Mapping[str, str]) -> PolicyForms:
        many = _rows(data)
        return cls(
            MainForm(data),
            [SegmentForm(data, prefix=f"segment-{at}") for at in range(many["segments"])],
            [
                MonitorForm(data, prefix=f"monitor-{at}", people=people)
                for at in range(many["monitors"])
            ],
        )

    @classmethod
    def longer(cls, data: Mapping[str, Any], people: Mapping[str, str], more: str) -> PolicyForms:
        """What was sent, with one more row of this kind, and not judged yet."""
        given = cls.sent(data, people)
        segments, monitors = (
            [_given(one) for one in rows] for rows in (given.segments, given.monitors)
        )
        if more == "segments" and len(segments) < MOST_ROWS:
            segments.append(dict(_NEW))
        if more == "monitors" and len(monitors) < MOST_ROWS:
            monitors.append(dict(_USUAL))
        return cls._filled(_given(given.main), segments, monitors, people)

    @classmethod
    def _filled(
        cls,
        main: Mapping[str, Any],
        segments: Sequence[Mapping[str, Any]],
        monitors: Sequence[Mapping[str, Any]],
        people: Mapping[str, str],
    ) -> PolicyForms:
        return cls(
            MainForm(initial=dict(main)),
            [
                SegmentForm(initial=dict(one), prefix=f"segment-{at}")
                for at, one in enumerate(segments)
            ],
            [
                MonitorForm(initial=dict(one), prefix=f"monitor-{at}", people=people)
                for at, one in enumerate(monitors)
            ],
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
        }

    def tell(self, problem: Problem) -> None:
        """What the verb refused, at the fields its pointers name."""
        rest = []
        for error in problem.errors:
            form, name = self._place(str(error.get("pointer", "")))
            if form is None:
                rest.append(error)
            else:
                form.add_error(name, str(error["detail"]))
        if rest or not problem.errors:
            tell(self.main, type(problem)(problem.detail, errors=rest))

    @property
    def errors(self) -> list[ErrorDict]:
        return [one.errors for one in self._all() if one.is_bound and one.errors]

    def _all(self) -> tuple[forms.Form, ...]:
        return (self.main, *self.segments, *self.monitors)

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

    def _place(self, pointer: str) -> tuple[forms.Form | None, str | None]:
        """The form and field that a JSON pointer into the policy is about."""
        if found := _ROW.fullmatch(pointer):
            return self._monitors()[int(found[1])], found[2] or "segment"
        if pointer.startswith("/segments/"):
            name, _, member = pointer.removeprefix("/segments/").partition("/")
            named = name.replace("~1", "/").replace("~0", "~")
            for one in self.segments:
                if one.cleaned_data["name"] == named:
                    return one, member or "name"
        parts = [part for part in pointer.split("/") if part]
        if parts and parts[0] in {"limits", "score"}:
            parts = parts[1:]
        known = bool(parts) and parts[0] in self.main.fields
        return (self.main, parts[0]) if known else (None, None)


_NEW: Final[Mapping[str, Any]] = {"protected": True}
_USUAL: Final[Mapping[str, Any]] = {"least_ratio": 1, "alpha": 0.01}


def _rows(data: Mapping[str, Any]) -> dict[str, int]:
    """How many rows of each kind were sent, within bounds."""
    found = {}
    for name in ("segments", "monitors"):
        text = str(data.get(f"{name}-rows", "0"))
        found[name] = min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0
    return found


def _given(form: forms.Form) -> dict[str, Any]:
    return {name: form[name].value() for name in form.fields}
