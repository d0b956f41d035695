"""Which key is this? Asked on every call of an application, so the answer is kept for a moment."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from governance.keys import secret
from governance.models import ApiKey

# A revocation is felt by the other processes at most this much later.
SECONDS = 5.0
LIMIT = 1024
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class KnownKey:
    """A key that was valid when it was looked up. ``models`` empty: every model of its use cases."""

    prefix: str
    acts: frozenset[str]
    use_cases: frozenset[str]
    models: frozenset[str]
    expires_at: datetime | None


# By a digest of the text sent: what lies in memory here opens nothing. Only valid keys are kept, so
# that nobody can fill the memory with guesses.
_known: dict[bytes, tuple[float, KnownKey]] = {}


def find(text: str) -> KnownKey | None:
    """The key this text is, or None when it is none, revoked or expired. Notes that it was used."""
    key = remembered(text)
    if key is None and (key := _read(text)):
        if len(_known) >= LIMIT:
            _known.clear()
        _known[_mark(text)] = (time.monotonic() + SECONDS, key)
    return None if key is None or _expired(key) else key


def remembered(text: str) -> KnownKey | None:
    """The key this text is, if that was found out a moment ago; asks nobody."""
    until, key = _known.get(_mark(text), (0.0, None))
    return None if key is None or until <= time.monotonic() or _expired(key) else key


def _mark(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _expired(key: KnownKey) -> bool:
    return key.expires_at is not None and key.expires_at <= timezone.now()


def forget_soon() -> None:
    """Forget every key when the caller's transaction has committed."""
    transaction.on_commit(_known.clear)


def _read(text: str) -> KnownKey | None:
    parts = secret.parse(text)
    row = ApiKey.objects.filter(prefix=parts.prefix, revoked_at=None).first() if parts else None
    if parts is None or row is None or not parts.matches(bytes(row.digest)):
        return None
    key = KnownKey(
        prefix=row.prefix,
        acts=frozenset(row.acts),
        use_cases=frozenset(row.use_cases.values_list("slug", flat=True)),
        models=frozenset(row.model_slugs),
        expires_at=row.expires_at,
    )
    if _expired(key):
        return None
    _note_use(row)
    return key


def _note_use(row: ApiKey) -> None:
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - USED_EVERY:
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
