"""Runs, watches and alerts, and what became of them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Run(models.Model):
    """An assessment of a window, asked for and then stored. ``place``: how far the log was taken in."""

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=255)
    since = models.DateField()
    until = models.DateField()
    policy = models.IntegerField()
    state = models.CharField(max_length=8, default="pending")
    detail = models.TextField(blank=True)
    place = models.BigIntegerField(null=True)
    # By basis, whole and for who may not see small groups; see figures.Figures.
    whole = models.JSONField(null=True)
    restricted = models.JSONField(null=True)
    library = models.CharField(max_length=40, blank=True)
    # The largest difference between Fairlearn's value and our own of the same figure.
    agreement = models.FloatField(null=True)
    digest = models.CharField(max_length=64, blank=True)
    entry_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=64)
    asked_at = models.DateTimeField(auto_now_add=True)
    made_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(fields=("use_case", "-asked_at"), name="fairness_runs_newest"),
            models.Index(
                fields=("asked_at",),
                name="fairness_runs_waiting",
                condition=models.Q(state="pending"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.use_case} {self.since} {self.until}"


class Watch(models.Model):
    """A sequential test of the policy's, begun at a place in the log; ``place``: how far it has gone."""

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    metric = models.CharField(max_length=40)
    segment = models.CharField(max_length=100)
    least_ratio = models.FloatField()
    alpha = models.FloatField()
    owner = models.CharField(max_length=120, blank=True)
    active = models.BooleanField(default=True)
    begun = models.BigIntegerField()
    place = models.BigIntegerField()
    steps = models.IntegerField(default=0)
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar = (models.Index(fields=("use_case",), name="fairness_watch_case"),)

    def __str__(self) -> str:
        return f"{self.use_case} {self.metric} {self.segment}"


class Stream(models.Model):
    """One group of a watch against all others: the monitor's state after the last step."""

    pk = models.CompositePrimaryKey("watch", "group")
    watch = models.UUIDField()
    group = models.CharField(max_length=100)
    number = models.IntegerField()
    state = models.JSONField()
    alarmed = models.BooleanField(default=False)


class Step(models.Model):
    """What a watch saw between two places of the log, and what it made of it, per group."""

    pk = models.CompositePrimaryKey("watch", "number")
    watch = models.UUIDField()
    number = models.IntegerField()
    first = models.BigIntegerField()
    upto = models.BigIntegerField()
    seen = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)


class Alert(models.Model):
    """Something to look into: who owns it, how far that is, and the evidence it was raised on."""

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    kind = models.CharField(max_length=12)
    subject = models.JSONField()
    evidence = models.JSONField()
    owner = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=12, default="open")
    story = models.JSONField(default=list)
    entry_id = models.UUIDField()
    opened_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(fields=("use_case", "-opened_at"), name="fairness_alerts_newest"),
        )

    def __str__(self) -> str:
        return f"{self.use_case} {self.kind} {self.state}"


class Batch(models.Model):
    """Decisions named for a blind review: their entries, and the digest of these in order."""

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    alert = models.UUIDField(null=True)
    entries = ArrayField(models.UUIDField())
    digest = models.CharField(max_length=64)
    entry_id = models.UUIDField()
    actor = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("use_case", "name"), name="fairness_batch_name"),
        )

    def __str__(self) -> str:
        return self.name


class Retraining(models.Model):
    """A request to train anew, why and on which window, and the version that came of it."""

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    alert = models.UUIDField()
    since = models.DateField()
    until = models.DateField()
    reason = models.TextField()
    entry_id = models.UUIDField()
    asked_at = models.DateTimeField(auto_now_add=True)
    model_ref = models.CharField(max_length=255, blank=True)
    linked_entry = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"{self.use_case} {self.asked_at}"
