"""The replay of single decisions as answers."""

from __future__ import annotations

from collections.abc import Sequence

from audit.queries import Payload
from explain.answering.given import Given
from explain.models import Profile
from explain.replay.replaying import replay


def answers(profile: Profile | None, payloads: Sequence[Payload]) -> list[Given]:
    """A verdict for each, in order: "cannot" is an answer too, and nothing here is refused."""
    pinned = {
        "artefact_digest": profile.artefact_digest if profile else None,
        "specification_digest": profile.specification_digest if profile else None,
    }
    return [
        Given("ready", content={**pinned, "verdict": verdict.to_json()})
        for verdict in replay(profile, payloads)
    ]
