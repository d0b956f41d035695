"""What the floor keeps: policies, and what it makes of the log for comparing groups.

Small codes stand for names (versions, words, strata), so that millions of facts add up quickly. All
but policies, runs and alerts is made again from the log by ``rebuildcells``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Exact(models.Field):  # type: ignore[type-arg]  # not generic when it runs
    """A number without rounding, whose sums are the same in whatever order they are made."""

    def db_type(self, connection: Any) -> str:
        return "numeric"


class Policy(models.Model):
    """What a use case's figures mean, from ``set_at`` until the next number: never changed."""

    use_case = models.CharField(max_length=64)
    number = models.IntegerField()
    content = models.JSONField()
    actor = models.CharField(max_length=64)
    entry_id = models.UUIDField()
    set_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = (
            models.UniqueConstraint(fields=("use_case", "number"), name="fairness_policy_number"),
        )

    def __str__(self) -> str:
        return f"{self.use_case} {self.number}"


class Redo(models.Model):
    """A use case whose facts are being derived anew, because its policy changed: how far that is."""

    use_case = models.CharField(max_length=64, primary_key=True)
    next_entry = models.UUIDField(null=True)
    begun_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.use_case


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
    weight = models.BigIntegerField()
    square = models.BigIntegerField()
    score = Exact(null=True)
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

    Sums are of weights in millionths, exact to the last digit.
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
