"""What the log says of decisions, how each counts, and the cells they are added up in.

Small codes stand for names (versions, words, strata), so that millions of facts add up quickly. All of
it is made again from the log by ``rebuildcells``."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models


class Exact(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """A number without rounding, whose sums are the same in whatever order they are made."""

    def db_type(self, connection: Any) -> str:
        return "numeric"


class Version(models.Model):
    """A code for a version in a use case. ``changed``: the leaf whose handling last moved its cells."""

    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=255)
    changed = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("use_case", "model_ref"), name="fairness_version_name"),
        )

    def __str__(self) -> str:
        return self.model_ref


class Word(models.Model):
    """A code for a label; 0 stands for none and has no row."""

    text = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.text


class Stratum(models.Model):
    """A combination of segments: attribute to value; an attribute that is not known is left out."""

    segments = models.JSONField(unique=True)

    def __str__(self) -> str:
        return str(self.segments)


class Decided(models.Model):
    """A decision as it was recorded: what facts are derived from."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_index = models.BigIntegerField()
    version = models.IntegerField()
    subject_id = models.UUIDField()
    decided_at = models.DateTimeField()
    label = models.TextField(blank=True)
    score = models.FloatField(null=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(fields=("subject_id",), name="fairness_decided_subject"),
            models.Index(fields=("version", "entry_id"), name="fairness_decided_version"),
            models.Index(fields=("leaf_index",), name="fairness_decided_leaf"),
        )

    def __str__(self) -> str:
        return str(self.entry_id)


class Report(models.Model):
    """What was said of a decision later: an outcome, or the label that a review gave it."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_index = models.BigIntegerField()
    decision = models.UUIDField()
    kind = models.CharField(max_length=7)
    name = models.TextField(blank=True)
    corrects = models.TextField(blank=True)
    label = models.TextField(blank=True)
    value = models.FloatField(null=True)
    # Of an outcome its source; of a review the reviewers' group.
    source = models.TextField(blank=True)
    observed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = (
            models.Index(fields=("decision",), name="fairness_report_decision"),
            models.Index(fields=("leaf_index",), name="fairness_report_leaf"),
        )

    def __str__(self) -> str:
        return str(self.entry_id)


class Statement(models.Model):
    """Segments as stated: attribute to shares, [[value, millionths], …]; of a decision or a person."""

    entry_id = models.UUIDField(primary_key=True)
    leaf_index = models.BigIntegerField()
    subject_id = models.UUIDField()
    decision = models.UUIDField(null=True)
    stated_at = models.DateTimeField()
    shares = models.JSONField()

    class Meta:
        indexes: ClassVar = (
            models.Index(fields=("decision",), name="fairness_stated_decision"),
            models.Index(fields=("subject_id",), name="fairness_stated_subject"),
            models.Index(fields=("leaf_index",), name="fairness_stated_leaf"),
        )

    def __str__(self) -> str:
        return str(self.entry_id)


class Fact(models.Model):
    """A decision as it counts, once per combination of segments it may belong to.

    ``weight`` is in millionths, 1,000,000 where nothing is inferred; ``square`` likewise, of its
    square. ``error``: score minus the true value. ``truth_leaf``: where a true label was first told;
    ``told``: where segments were first told that came after the decision; ``latest``: the last of
    all of these, for whoever reads on. ``lag``: seconds from the decision to the true label;
    ``contradicted``: another source says otherwise.
    """

    pk = models.CompositePrimaryKey("entry_id", "stratum")
    entry_id = models.UUIDField()
    stratum = models.IntegerField()
    version = models.IntegerField()
    day = models.DateField()
    label = models.IntegerField()
    effective = models.IntegerField()
    truth = models.IntegerField()
    bin = models.SmallIntegerField()
    weight = models.IntegerField()
    square = models.IntegerField()
    score = models.FloatField(null=True)
    error = Exact(null=True)
    leaf_index = models.BigIntegerField()
    truth_leaf = models.BigIntegerField(null=True)
    lag = models.BigIntegerField(null=True)
    contradicted = models.BooleanField()
    told = models.JSONField(null=True)
    latest = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = (models.Index(fields=("latest",), name="fairness_fact_latest"),)


class Cell(models.Model):
    """Facts of a day that are alike, added up; not apart by score, or there would be as many as facts.

    Sums are of weights in millionths; scores count to the fifteenth decimal (cells).
    """

    pk = models.CompositePrimaryKey("version", "day", "stratum", "label", "effective", "truth")
    version = models.IntegerField()
    day = models.DateField()
    stratum = models.IntegerField()
    label = models.IntegerField()
    effective = models.IntegerField()
    truth = models.IntegerField()
    facts = models.BigIntegerField()
    weight = models.BigIntegerField()
    squares = models.BigIntegerField()
    scored = models.BigIntegerField()
    score = Exact()
    score_squares = Exact()
    valued = models.BigIntegerField()
    error = Exact()
    absolute = Exact()
    squared = Exact()
    fourth = Exact()

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("version",), name="fairness_cell_empty", condition=models.Q(facts=0)
            ),
        )


class ScoreCell(models.Model):
    """Facts of a week (its Monday) whose scores fall into one of a thousand bins, added up."""

    pk = models.CompositePrimaryKey("version", "week", "stratum", "truth", "bin")
    version = models.IntegerField()
    week = models.DateField()
    stratum = models.IntegerField()
    truth = models.IntegerField()
    bin = models.SmallIntegerField()
    facts = models.BigIntegerField()
    weight = models.BigIntegerField()
    score = Exact()
    score_squares = Exact()

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("version",), name="fairness_scores_empty", condition=models.Q(facts=0)
            ),
        )
