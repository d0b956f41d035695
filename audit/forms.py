"""What callers may send, as typed forms, and every flaw of what they did send.

A form is a msgspec.Struct. The fast path stops at the first flaw and does not say where the others
are; so a body that fails is walked again, field by field under the same types, to name them all.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain, islice
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar, Union, get_args, get_origin

import msgspec
from django.conf import settings
from msgspec import Meta

from audit import plain_json
from audit.canonical import Flaw, NotStrict
from audit.door import Invalid, Malformed

# Python's $ lets a newline pass before the end; nobody else's does.
PYTHON_END: Final = r"(?!\n)"
_END: Final = "$" + PYTHON_END
_MAX_FLAWS: Final = 100
_PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*" + _END

Slug = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?" + _END,
        description="1 to 64 lower-case letters, digits and hyphens.",
    ),
]
VersionNumber = Annotated[
    str,
    Meta(
        pattern=r"^[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}" + _END,
        description="1 to 63 letters, digits and . + _ -",
    ),
]
CallerId = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}" + _END,
        description="1 to 128 letters, digits and . _ : ~ - beginning with a letter or digit.",
    ),
]
Word = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=_PRINTABLE,
        description="1 to 100 characters without control characters.",
    ),
]
Reference = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        pattern=_PRINTABLE,
        description="1 to 200 characters without control characters.",
    ),
]
Share = Annotated[float, Meta(ge=0, le=1, description="A number from 0 to 1.")]
Amount = Annotated[float, Meta(ge=0, description="A number, 0 or more.")]
Moment = Annotated[
    datetime, Meta(tz=True, description="An RFC 3339 time with its offset, not far from now.")
]

Rule = tuple[tuple[str, ...], Callable[[Any], Flaw | None]]
"""Names of fields, and what must hold between them; given the form, or those fields of it."""


class Form(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True, gc=False):
    """``RULES`` say what types cannot."""

    RULES: ClassVar[tuple[Rule, ...]] = ()


Some = TypeVar("Some", bound=Form)


def read(raw: bytes, form: type[Some]) -> Some:
    """The statement in these bytes.

    Raises Malformed (400) when they are not JSON with exactly one meaning, Invalid (422) when they
    say something the form has no place for; ``errors`` names every flaw by its pointer.
    """
    try:
        said = plain_json.loads(raw)
    except NotStrict as error:
        raise Malformed(
            "The body is not JSON that has exactly one meaning; errors says why.",
            errors=[as_error(flaw) for flaw in error.problems],
        ) from None
    try:
        filled = msgspec.convert(said, form)
    except msgspec.ValidationError:
        raise _invalid(said, form) from None
    for _, rule in form.RULES:
        if rule(filled) is not None:
            raise _invalid(said, form)
    return filled


def as_error(flaw: Flaw) -> dict[str, str]:
    return {"pointer": flaw.pointer, "code": flaw.code, "detail": flaw.detail}


def in_time(name: str) -> Rule:
    """That this field is a moment a working clock may show: not ahead, not older than allowed."""

    def rule(said: Any) -> Flaw | None:
        # As seconds: the year 1 with an offset has no UTC calendar time at all.
        age = time.time() - getattr(said, name).timestamp()
        if age < -settings.AUDIT_MAX_AHEAD_SECONDS:
            now = datetime.now(UTC)
            return Flaw(f"/{name}", "too_far_ahead", f"Ahead of this server's clock, {now:%FT%TZ}.")
        if age > settings.AUDIT_MAX_AGE_DAYS * 86_400:
            limit = f"More than {settings.AUDIT_MAX_AGE_DAYS} days ago."
            return Flaw(f"/{name}", "too_old", limit)
        return None

    return (name,), rule


# ------------------------------------------------------------------------------- naming the flaws


def _invalid(said: Any, form: type[Form]) -> Invalid:
    flaws = islice(chain(_flaws(said, form, ""), _broken_rules(said, form)), _MAX_FLAWS)
    return Invalid(
        "Some values are not acceptable; errors names each.",
        errors=[as_error(flaw) for flaw in flaws],
    )


def _broken_rules(said: Any, form: type[Form]) -> Iterator[Flaw]:
    """The rules whose fields are all sound by themselves, and that are broken."""
    if not isinstance(said, dict):
        return
    sound = dict(_sound_fields(said, form))
    for names, rule in form.RULES:
        if sound.keys() >= set(names) and (flaw := rule(SimpleNamespace(**sound))):
            yield flaw


def _sound_fields(said: dict[str, Any], form: type[Form]) -> Iterator[tuple[str, Any]]:
    for field in msgspec.structs.fields(form):
        if field.name not in said:
            if not field.required:
                yield field.name, field.default
        elif _failure(said[field.name], field.type) is None:
            yield field.name, msgspec.convert(said[field.name], field.type)


def _flaws(said: Any, kind: Any, pointer: str) -> Iterator[Flaw]:
    failure = _failure(said, kind)
    if failure is None:
        return
    bare = _chosen(said, _bare(kind))
    deeper: Iterable[Flaw] = ()
    if isinstance(said, dict) and isinstance(bare, type) and issubclass(bare, Form):
        deeper = _flaws_of_fields(said, bare, pointer)
    elif isinstance(said, dict) and get_origin(bare) is dict:
        name, value = get_args(bare)
        deeper = chain(
            _flaws_of_names(said, name, pointer), _flaws_of_items(said.items(), value, pointer)
        )
    elif isinstance(said, list) and get_origin(bare) is list:
        deeper = _flaws_of_items(enumerate(said), get_args(bare)[0], pointer)
    inside = iter(deeper)
    yield next(inside, None) or _flaw(failure, kind, pointer)
    yield from inside


def _flaws_of_fields(said: dict[str, Any], form: type[Form], pointer: str) -> Iterator[Flaw]:
    fields = {field.name: field for field in msgspec.structs.fields(form)}
    for name in said:
        if name not in fields:
            yield Flaw(_below(pointer, name), "unknown_field", _did_you_mean(name, fields))
    for name, field in fields.items():
        if name in said:
            yield from _flaws(said[name], field.type, _below(pointer, name))
        elif field.required:
            yield Flaw(_below(pointer, name), "required", "This field is missing.")


def _flaws_of_items(items: Iterable[tuple[Any, Any]], kind: Any, pointer: str) -> Iterator[Flaw]:
    for name, value in items:
        yield from _flaws(value, kind, _below(pointer, str(name)))


def _flaws_of_names(said: Iterable[str], kind: Any, pointer: str) -> Iterator[Flaw]:
    for name in said:
        if _failure(name, kind) is not None:
            yield Flaw(_below(pointer, name), "name", f"As a name: {_expected(kind)}")


def _failure(said: Any, kind: Any) -> str | None:
    try:
        msgspec.convert(said, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return None


def _flaw(failure: str, kind: Any, pointer: str) -> Flaw:
    # The parser's own words may repeat a value, and a refused value may be personal: say what is
    # expected instead.
    code = "type" if ", got `" in failure else "form"
    return Flaw(pointer, code, _expected(kind))


def _expected(kind: Any) -> str:
    # What stands in a list or an object says nothing of the list or object itself.
    parts = () if get_origin(kind) in {dict, list} else get_args(kind)
    for part in (kind, *parts):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, Meta) and meta.description:
                return meta.description
    bare = _bare(kind)
    if get_origin(bare) is Literal:
        return f"One of {', '.join(get_args(bare))}."
    return _PLAIN_NAMES.get(get_origin(bare) or bare, "An object.")


_PLAIN_NAMES: Final[dict[Any, str]] = {
    str: "A text.",
    float: "A number.",
    list: "A list.",
    Union: "A text, a number or null.",
    UnionType: "A text, a number or null.",
}


def _bare(kind: Any) -> Any:
    """The type without annotations, and without "or null" where only one other is left."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        others = [one for one in get_args(kind) if one is not NoneType]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def _chosen(said: Any, bare: Any) -> Any:
    """Of alternatives the form, where an object is said: only that can have been meant."""
    if isinstance(said, dict) and get_origin(bare) in {Union, UnionType}:
        forms = [one for one in get_args(bare) if isinstance(one, type) and issubclass(one, Form)]
        return forms[0] if len(forms) == 1 else bare
    return bare


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"No such field; did you mean {close[0]}?" if close else "There is no such field."


def _below(pointer: str, name: str) -> str:
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
