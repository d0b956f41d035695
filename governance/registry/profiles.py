"""Registering what explains a version: its artefact, its reference rows, and what its owner says about it."""

import hashlib
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from audit.door import Invalid, Voice
from explain import profiles, queries, specified
from explain.queries import ProfileView
from governance.models import Version
from governance.registry import queries as registry
from governance.registry.added import Added
from governance.roles import nothing_here, require

WRITE = "registry:write"
CHUNK = 1 << 20
_Row = dict[str, str | int | float | bool | None]


def may_add(voice: Voice, model: str, number: str) -> Version:
    """The version, for one who may say what explains it: asked before anything that was sent is read.

    Raises Forbidden, and NotFound for what the voice may not see.
    """
    found = Version.objects.select_related("model__use_case")
    row = found.filter(model__slug=model, number=number).first()
    if row is None:
        raise nothing_here()
    require(voice, WRITE, use_case=row.model.use_case.slug)
    return row


def add_profile(
    *,
    voice: Voice,
    model: str,
    number: str,
    kind: str,
    artefact_digest: str,
    specification: Any,
    artefact: BinaryIO,
    background: BinaryIO,
) -> Added[ProfileView]:
    """Freeze what explains the version, and note it in the log. A repeat with the same content changes nothing.

    ``artefact_digest`` is what the caller says of the file: another file is refused, and so is one that is not the
    version's. The artefact is hashed as it stands on disk and looked through in plain Python; no library reads it here.
    Raises Forbidden, NotFound, Invalid, and Conflict where the version has a profile with other content.
    """
    row = may_add(voice, model, number)
    _check_digest(row, artefact_digest, artefact)
    said = specified.read(specification)
    rows = _rows(background.read())
    known = queries.profile(row.model_ref) is not None
    view = profiles.register(
        actor=voice.actor,
        use_case=row.model.use_case.slug,
        model_ref=row.model_ref,
        artefact=artefact.read(),
        background=rows,
        specification=said,
        kind=kind,
    )
    return Added(view, known)


def profile(voice: Voice, model: str, number: str) -> ProfileView:
    """What explains a version. Raises NotFound where nothing does, or for what the voice may not see."""
    row = registry.version(voice, f"{model}@{number}")
    found = queries.profile(row.model_ref)
    if found is None:
        raise nothing_here()
    return found


def _check_digest(row: Version, stated: str, artefact: BinaryIO) -> None:
    if row.artefact_digest and row.artefact_digest != stated:
        detail = "The version was registered with another artefact."
        raise _invalid("/artefact_digest", detail)
    hashed = hashlib.sha256()
    for chunk in _chunks(artefact):
        hashed.update(chunk)
    if hashed.hexdigest() != stated:
        detail = f"The file that arrived has the digest {hashed.hexdigest()}."
        raise _invalid("/artefact_digest", detail)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK):
        yield chunk
    file.seek(0)


def _rows(raw: bytes) -> list[_Row]:
    try:
        return msgspec.json.decode(raw, type=list[_Row])
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        detail = f"Reference rows are a JSON array of objects of plain values: {error}."
        raise _invalid("/background", detail) from None


def _invalid(pointer: str, detail: str) -> Invalid:
    errors = [{"pointer": pointer, "code": "invalid", "detail": detail}]
    return Invalid("The profile cannot be registered.", errors=errors)
