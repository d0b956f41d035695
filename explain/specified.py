"""A specification that a stranger sends, read strictly: the first fault is told with its place (RFC 6901)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from audit.door import Invalid
from explain.specification import Specification

_WHERE = re.compile(r"^(?P<said>.*) - at `\$(?P<path>.*)`$")
_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(?:\.\.\.)\]")


def read(said: Any, pointer: str = "/specification") -> Specification:
    """The specification in ``said``, JSON as it was parsed. Raises Invalid for members that are missing, unknown or of
    another type; what the members mean together is ``Specification.problems``."""
    for place, name in _unknown(said, Specification, pointer):
        raise _invalid(f"{place}/{_escaped(name)}", "unknown", "There is no such member.")
    try:
        found = msgspec.convert(said, Specification)
    except msgspec.ValidationError as error:
        place, detail = _place(str(error))
        raise _invalid(pointer + place, "invalid", detail) from None
    return Specification.from_json(found.to_json())


def _invalid(pointer: str, code: str, detail: str) -> Invalid:
    errors = [{"pointer": pointer, "code": code, "detail": detail}]
    return Invalid("The specification cannot be read.", errors=errors)


def _place(message: str) -> tuple[str, str]:
    """msgspec names a place as $.features[0].name, and calls a member's value [...]."""
    found = _WHERE.match(message)
    if found is None:
        return "", f"{message}."
    parts = [name or number for name, number in _PART.findall(found["path"])]
    return "".join(f"/{_escaped(part)}" for part in parts if part), f"{found['said']}."


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unknown(said: Any, form: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """Members that no dataclass of ``form`` has: where, and their names. Of another shape than
    ``form`` nothing is said here."""
    if is_dataclass(form) and isinstance(said, Mapping):
        hints = get_type_hints(form)
        names = {one.name for one in fields(form)}
        for name, value in said.items():
            if name not in names:
                yield pointer, name
            else:
                yield from _unknown(value, hints[name], f"{pointer}/{_escaped(name)}")
    elif get_origin(form) is tuple and isinstance(said, Sequence) and not isinstance(said, str):
        for at, value in enumerate(said):
            yield from _unknown(value, get_args(form)[0], f"{pointer}/{at}")
    elif get_origin(form) in (Union, UnionType):
        for choice in get_args(form):
            yield from _unknown(said, choice, pointer)
