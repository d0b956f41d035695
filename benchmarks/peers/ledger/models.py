"""A decision as a Django developer would keep it; one table per way of keeping its history."""

from __future__ import annotations

import pghistory
from auditlog.registry import auditlog
from django.db import models


class Decision(models.Model):
    """The fields of a request body, each in a column of its own."""

    decision_id = models.CharField(max_length=128, unique=True)
    use_case = models.CharField(max_length=64)
    model = models.CharField(max_length=64)
    version = models.CharField(max_length=63)
    decided_at = models.DateTimeField()
    subject = models.CharField(max_length=200)
    inputs = models.JSONField()
    features = models.JSONField()
    output = models.JSONField()
    segments = models.JSONField()
    role_of_ai = models.CharField(max_length=16)
    latency_ms = models.FloatField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.decision_id


class Audited(Decision):
    """Kept by django-auditlog: a signal writes an entry for each change."""


@pghistory.track()
class Tracked(Decision):
    """Kept by django-pghistory: a trigger writes an event row for each change."""


auditlog.register(Audited)
