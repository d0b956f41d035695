"""What the door says of a model that wants to record a decision.

An unknown use case is a problem of the caller. An unknown or retired version is a violation, marked
on the decision and never a refusal: a log that refuses events is not a log.
"""

import time

from django.db import transaction

from audit.door import Admission
from governance.models import UseCase, Version

# A retirement shows on decisions at most this much later, in the processes that did not make it.
SECONDS = 3.0
LIMIT = 4096
# Only what exists is kept, so that a version just registered is admitted at once everywhere, and
# nobody can fill the memory with invented names.
_known: dict[tuple[str, str], tuple[float, Admission]] = {}


def admission(use_case: str, model_ref: str) -> Admission:
    """Whether ``model_ref`` (``slug@number``) may decide in ``use_case``; costs no query when cached."""
    key = (use_case, model_ref)
    found = _known.get(key)
    if found and found[0] > time.monotonic():
        return found[1]
    states = Version.objects.filter(model_ref=model_ref, model__use_case__slug=use_case)
    state = states.values_list("state", flat=True).first()
    if state is None:
        return _unknown(use_case)
    violations = ("version_retired",) if state == Version.State.RETIRED else ()
    answer = Admission(problem=None, violations=violations)
    if len(_known) >= LIMIT:
        _known.clear()
    _known[key] = (time.monotonic() + SECONDS, answer)
    return answer


def _unknown(use_case: str) -> Admission:
    if UseCase.objects.filter(slug=use_case).exists():
        return Admission(problem=None, violations=("version_unknown",))
    return Admission(problem="There is no use case of this name.", violations=())


def forget_soon() -> None:
    """Forget every answer when the caller's transaction has committed."""
    transaction.on_commit(_known.clear)
