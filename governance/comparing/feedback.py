"""Feedback sets: for who may read everything of a decision, and may carry it out."""

from collections.abc import Iterator

from audit.door import Voice
from fairness.feedback import Asked, stream
from governance.registry import queries as registry
from governance.roles import require

EXPORT = "feedback:read"
EXAMINE = "why:examiner"


def export(voice: Voice, asked: Asked) -> Iterator[bytes]:
    """The set as Parquet, in pieces. With segments only for who may see protected attributes.

    Raises NotFound, Forbidden before the first piece.
    """
    use_case = asked.window.use_case
    registry.use_case(voice, use_case)
    require(voice, EXPORT, use_case=use_case)
    if asked.segments:
        require(voice, EXAMINE, use_case=use_case)
    return stream(asked, actor=voice.actor)
