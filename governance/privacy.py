"""Erasing a person."""

from uuid import UUID

from django.db import transaction

from audit import subjects
from audit.door import Invalid, Voice
from audit.erasure import Erased, erase
from governance.roles import nothing_here, require


@transaction.atomic
def erase_subject(
    *,
    voice: Voice,
    use_case: str,
    reason: str,
    subject: str = "",
    subject_id: UUID | None = None,
    legal_basis: str = "",
    request_id: str = "",
) -> Erased:
    """Destroy the data key of a person in a use case: nothing sealed under it can be read again.

    For privacy officers. Name the person by the caller's reference (``subject``) or, when that is
    gone, by the pseudonym the log uses (``subject_id``); erasing an erased person returns the first
    erasure. The log keeps the headers and still verifies. There is no way back.

    What other floors derived (explanations) is purged by their followers when they read the
    erasure's entry: a crash after this commit delays that and loses nothing. Raises Invalid without
    a reason, Forbidden, NotFound.
    """
    require(voice, "erasure:write", use_case=use_case)
    if not reason.strip():
        error = {"pointer": "/reason", "code": "required", "detail": "Say why."}
        raise Invalid("An erasure needs a reason.", errors=[error])
    person = subject_id or subjects.find(use_case, subject)
    if person is None:
        raise nothing_here()
    return erase(
        actor=voice.actor,
        subject=person,
        use_case=use_case,
        reason=reason.strip(),
        request_id=request_id,
        legal_basis=legal_basis,
    )
