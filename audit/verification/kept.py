"""The outcome of each run, kept where pages and metrics can tell of it.

A statement of what was run, and no proof: whoever can write to the database can write here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from audit.models import Verified
from audit.verification.report import Report


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that ended at ``at`` after ``seconds``: ``checked`` of the ``size`` leaves there were then.

    Those below ``resumed_at`` were looked at by an earlier run that it went on from.
    """

    at: datetime
    command: str
    size: int
    checked: int
    resumed_at: int
    intact: bool
    findings: int
    seconds: float
    verdict: str

    @property
    def full(self) -> bool:
        return self.checked == self.size


def keep(report: Report, *, command: str) -> None:
    """Keep what a run found. Raises DatabaseError where it may not be written, as on a replica."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_verification "
            "(command, size, checked, resumed_at, intact, findings, seconds, verdict) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                command,
                report.size,
                report.checked,
                report.resumed_at,
                report.intact,
                sum(report.counts.values()),
                report.seconds,
                report.verdict,
            ],
        )


def last_full_run() -> KeptRun | None:
    """The newest run that looked at every leaf there was; None when there never was one."""
    return _newest(full=True)


def last_run() -> KeptRun | None:
    """The newest run, whole or in part."""
    return _newest(full=False)


def _newest(*, full: bool) -> KeptRun | None:
    runs = Verified.objects.filter(checked=F("size")) if full else Verified.objects.all()
    row = runs.order_by("-id").values_list(*KeptRun.__slots__).first()
    return KeptRun(*row) if row else None
