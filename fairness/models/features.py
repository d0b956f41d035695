"""References of versions' features, and how decisions' features count against them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from fairness.models.counted import Exact


class Reference(models.Model):
    """What a version's features looked like where it was made: what drift is measured against.

    features: in order of names, each {"name", "kind": "number", "edges", "counts", "sums", "missing"}
    or {"name", "kind": "category", "categories": {value: count}, "missing"}. ``place``: leaves whose
    decisions are coded.
    """

    version = models.IntegerField(primary_key=True)
    features = models.JSONField()
    number = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    entry_id = models.UUIDField()
    place = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.version)


class Coded(models.Model):
    """A decision's features as bins of its version's reference: per feature its code, and the value
    where the code does not tell it (a number, or a category the reference has not)."""

    entry_id = models.UUIDField(primary_key=True)
    subject_id = models.UUIDField()
    version = models.IntegerField()
    week = models.DateField()
    codes = ArrayField(models.SmallIntegerField())
    numbers = ArrayField(models.FloatField(null=True))
    names = ArrayField(models.TextField())

    class Meta:
        indexes: ClassVar = (models.Index(fields=("subject_id",), name="fairness_coded_subject"),)

    def __str__(self) -> str:
        return str(self.entry_id)


class DriftLook(models.Model):
    """A week of a version that was judged for drift: the ``number``-th one, which has 1/(k(k+1)) of
    alpha, shared by the features that had figures."""

    pk = models.CompositePrimaryKey("version", "week")
    version = models.IntegerField()
    week = models.DateField()
    number = models.IntegerField()
    features = models.IntegerField()
    alarmed = ArrayField(models.TextField())
    at = models.DateTimeField(auto_now_add=True)


class FeatureCell(models.Model):
    """How many decisions of a week have this code of a feature, with the exact sum of their values."""

    pk = models.CompositePrimaryKey("version", "week", "feature", "code", "name")
    version = models.IntegerField()
    week = models.DateField()
    feature = models.SmallIntegerField()
    code = models.SmallIntegerField()
    name = models.TextField()
    decisions = models.BigIntegerField()
    total = Exact()
