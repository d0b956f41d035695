"""What must not pass unseen: a stored file that is no longer what was stored."""

from __future__ import annotations

import logging
from uuid import UUID

from audit.canonical import canonical
from audit.log import Draft, append
from explain.artefacts import DigestMismatch
from explain.models import Profile

log = logging.getLogger(__name__)
ACTOR = "system:explain"
# One line for each damaged file and worker, not one for each of its decisions.
_raised: set[tuple[str, str]] = set()


def raise_alert(profile: Profile, mismatch: DigestMismatch) -> UUID | None:
    """Write the ``alert`` line and a line for the operators; None where this worker has done so."""
    known = (profile.model_ref, str(mismatch))
    if known in _raised:
        return None
    said = {
        "act": "artefact_changed",
        "artefact_digest": profile.artefact_digest,
        "background_digest": profile.background_digest,
        "detail": str(mismatch),
    }
    line = append(
        Draft(
            kind="alert",
            use_case=profile.use_case,
            actor=ACTOR,
            model_ref=profile.model_ref,
            body=canonical(said),
            ref=profile.entry_id,
        )
    )
    _raised.add(known)
    log.error("A stored file was changed: %s (%s)", mismatch, profile.model_ref)
    return line.id
