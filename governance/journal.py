"""The log lines of this floor: what was decided about the registry, people, keys.

The verb appends its line last, in its own transaction: no line, no change. Bodies hold ids and
facts, never a name or an address, and are not sealed.
"""

from typing import Any
from uuid import UUID

from audit.canonical import canonical
from audit.door import Voice
from audit.log import Appended, Draft, append


def note(
    voice: Voice,
    *,
    kind: str,
    act: str,
    use_case: str = "",
    model_ref: str | None = None,
    facts: dict[str, Any],
    entry_id: UUID | None = None,
) -> Appended:
    """Append one line: ``act`` happened, with these facts. ``use_case`` empty: the installation.

    ``entry_id`` is for a row that names its own line: both are written in one transaction.
    """
    return append(
        Draft(
            kind=kind,
            use_case=use_case,
            actor=voice.actor,
            body=canonical({"act": act, **facts}),
            model_ref=model_ref,
            id=entry_id,
        )
    )


def person(voice: Voice) -> UUID | None:
    """The user behind the voice; None for applications and commands."""
    kind, _, name = voice.actor.partition(":")
    return UUID(name) if kind == "user" else None
