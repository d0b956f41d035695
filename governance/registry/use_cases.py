"""Adding a use case: what is decided about whom."""

from collections.abc import Sequence

from django.db import transaction

from audit.door import Voice
from governance.journal import note
from governance.models import UseCase
from governance.registry.added import Added, add_once
from governance.registry.rows import UseCaseRow
from governance.roles import require


@transaction.atomic
def add_use_case(
    *,
    voice: Voice,
    slug: str,
    name: str,
    description: str = "",
    jurisdiction: str = "",
    adverse_labels: Sequence[str] = (),
) -> Added[UseCaseRow]:
    """Register a use case. ``adverse_labels`` are the output labels that go against the person.

    For administrators of the whole installation. A repeat with the same facts changes nothing; with
    others it is a Conflict. Raises Django's ValidationError for values out of form.
    """
    require(voice, "use_cases:write", use_case="")
    facts = {
        "name": name,
        "description": description,
        "jurisdiction": jurisdiction,
        "adverse_labels": list(adverse_labels),
    }
    row, repeated = add_once(UseCase, name={"slug": slug}, facts=facts, made={})
    if not repeated:
        said = {"jurisdiction": jurisdiction, "adverse_labels": list(adverse_labels)}
        note(voice, kind="registry", act="use_case_added", use_case=slug, facts=said)
    return Added(UseCaseRow.of(row), repeated)
