"""An installation always keeps one administrator who can let others in."""

from django.db import connection

from audit.door import Conflict
from governance.models import Membership, Role


def keep_an_administrator(*, role: str = Role.ADMINISTRATOR, use_case: str = "") -> None:
    """Call after taking ``role`` from somebody, inside the transaction: Conflict rolls it back.

    The lock makes two administrators who remove each other at the same moment take turns; without
    it each would see the other still there, and nobody would be left. A role that ends by itself
    does not count.
    """
    if role != Role.ADMINISTRATOR or use_case:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('governance.last', 0))")
    left = Membership.objects.filter(
        role=Role.ADMINISTRATOR, use_case=None, user__is_active=True, until=None
    )
    if not left.exists():
        raise Conflict("Somebody must remain who administers the whole installation.")
