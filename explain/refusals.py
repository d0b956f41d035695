"""The sentence with which this app declines, so that a page can show it as it stands, and its cause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal, get_args

# What a reader can do next depends on the cause. Empty: from before causes were kept.
Cause = Literal[
    "",
    "output_not_reproduced",
    "features_refused",
    "not_finite",
    "record_damaged",
    "artefact_missing",
    "digest_mismatch",
    "artefact_refused",
    "not_allowed",
    "unreachable",
    "unsupported",
    "process_ended",
    "given_up",
]
CAUSES: Final[tuple[Cause, ...]] = get_args(Cause)
# What can be mended without another version: then another try may do better.
ANOTHER_TRY: Final[tuple[Cause, ...]] = (
    "artefact_missing",
    "digest_mismatch",
    "not_allowed",
    "unreachable",
    "process_ended",
    "given_up",
)


class Unsupported(Exception):
    """This model cannot be explained exactly here. The message is one sentence for a reader."""

    cause: ClassVar[Cause] = "unsupported"


class TooDeep(Unsupported):
    """A kind of model that is explained, but not at this size."""


class BadRows(ValueError):
    """These rows do not carry the features they should. The message names row and feature."""


def said_of(error: ValueError, features: Mapping[str, Any]) -> str:
    """Why these recorded features cannot be computed with, in a sentence: ``error`` is BadRows, or the
    model's own refusal of them."""
    if not features:
        return "No features were recorded with this decision, so the artefact cannot be asked about it."
    if isinstance(error, BadRows):
        return f"The recorded features are not those of this version: {error}"
    return f"The artefact refuses the recorded features: {error}"


class Refused(Exception):
    """This decision, or version, is not explained, and why: one sentence for a reader."""

    cause: ClassVar[Cause] = "artefact_refused"


class Untrusted(Refused):
    """The artefact is not taken: it wants what nobody here trusts, or is not what it says it is."""


class Malformed(Untrusted):
    """A file breaks the rules of its format. ``where`` points into it, in the manner of RFC 6901."""

    def __init__(self, what: str, sentence: str, where: str = "") -> None:
        at = f" at {where}" if where else ""
        super().__init__(f"The artefact is not a readable {what}{at}: {sentence}")
        self.where = where


class TooLarge(Untrusted):
    """The artefact, or what it holds, is larger than it may be."""


class NotAllowed(Refused):
    """This installation's settings do not allow what the artefact needs."""

    cause: ClassVar[Cause] = "not_allowed"


class Unreachable(Refused):
    """A model that answers over a network did not, or gave what is no answer. Another try may do better."""

    cause: ClassVar[Cause] = "unreachable"
