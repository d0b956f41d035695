"""Profiles of versions, and the explanations computed with them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from explain.refusals import CAUSES


class Profile(models.Model):
    """What explains a version. Never changed: another artefact or background is another version."""

    model_ref = models.CharField(max_length=130, primary_key=True)
    use_case = models.CharField(max_length=64)
    artefact_digest = models.CharField(max_length=64)
    artefact_kind = models.CharField(max_length=16)
    artefact_size = models.BigIntegerField()
    background_digest = models.CharField(max_length=64)
    background_size = models.IntegerField()
    specification = models.JSONField()
    specification_digest = models.CharField(max_length=64)
    entry_id = models.UUIDField()
    registered_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.model_ref


class Explanation(models.Model):
    """One decision's explanation, or the wait for it. Holds figures in the profile's order of features, no raw values.

    float8[]: base + Σφ must give the output to 1e-9, which 32 bits cannot.
    """

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        REFUSED = "refused"
        FAILED = "failed"
        LEFT_OUT = "left_out", "Left out by policy"

    entry_id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=130)
    subject_id = models.UUIDField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    detail = models.TextField(blank=True)
    # Of a refusal or a failure; empty for other states, and for rows from before causes were kept.
    cause = models.CharField(
        max_length=24,
        choices=[(one, one.replace("_", " ")) for one in CAUSES if one],
        blank=True,
        default="",
        db_default="",
    )
    # What the use case's policy said when the follower left this decision out, and what brought it
    # back: "asked" by somebody who wanted to know why, or a "backfill".
    policy = models.CharField(max_length=40, blank=True, default="", db_default="")
    asked = models.CharField(max_length=8, blank=True, default="", db_default="")
    # A worker's claim: who holds it, until when, and how often one was begun.
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)

    method = models.CharField(max_length=80, blank=True)
    output_space = models.CharField(max_length=16, blank=True)
    # The class whose output is explained; empty for a regression. score: its probability, or the
    # prediction; probability: the same, empty for a regression.
    explained = models.CharField(max_length=120, blank=True, default="", db_default="")
    score = models.FloatField(null=True)
    base = models.FloatField(null=True)
    output = models.FloatField(null=True)
    probability = models.FloatField(null=True)
    phi = ArrayField(models.FloatField(), null=True)
    # Standard errors of phi, null where it is exact, and the largest of them.
    errors = ArrayField(models.FloatField(), null=True)
    standard_error = models.FloatField(null=True)
    residual = models.FloatField(null=True)
    residual_limit = models.FloatField(null=True)
    recorded_score = models.FloatField(null=True)
    lime_weights = ArrayField(models.FloatField(), null=True)
    lime_intercept = models.FloatField(null=True)
    lime_prediction = models.FloatField(null=True)
    lime_r2 = models.FloatField(null=True)
    rank_agreement = models.FloatField(null=True)
    top4_overlap = models.FloatField(null=True)
    # Areas of the deletion and insertion tests, and those of random orders; see explain.faithfulness.
    deletion = models.FloatField(null=True)
    deletion_random = models.FloatField(null=True)
    insertion = models.FloatField(null=True)
    insertion_random = models.FloatField(null=True)
    stability = models.FloatField(null=True)
    notes = ArrayField(models.TextField(), null=True)
    duration_ms = models.FloatField(null=True)
    libraries = models.JSONField(default=dict)
    computed_at = models.DateTimeField(null=True)
    log_entry = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("entry_id",), name="explain_waiting", condition=models.Q(state="pending")
            ),
            models.Index(fields=("model_ref", "state"), name="explain_by_version"),
            models.Index(fields=("subject_id",), name="explain_by_subject"),
            models.Index(
                fields=("model_ref", "-entry_id"),
                name="explain_newest",
                condition=models.Q(state="ready"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.entry_id} {self.state}"


class Question(models.Model):
    """A question about one decision that a worker answers: what would have changed it, or a replay.

    The answer is in the log line alone, sealed under the person's key: nothing of it stands here.
    """

    class Kind(models.TextChoices):
        RECOURSE = "recourse"
        REPLAY = "replay"

    class State(models.TextChoices):
        PENDING = "pending"
        READY = "ready"
        REFUSED = "refused"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    entry_id = models.UUIDField()
    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=130)
    subject_id = models.UUIDField(null=True)
    said = models.JSONField(default=dict)
    said_digest = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    detail = models.TextField(blank=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)
    duration_ms = models.FloatField(null=True)
    log_entry = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("id",), name="explain_question_waiting", condition=models.Q(state="pending")
            ),
            models.Index(fields=("entry_id", "kind"), name="explain_question_about"),
            models.Index(fields=("subject_id",), name="explain_question_subject"),
        )
        constraints: ClassVar = (
            # Two who ask the same at the same moment wait for one answer.
            models.UniqueConstraint(
                fields=("entry_id", "kind", "said_digest"),
                condition=models.Q(state="pending"),
                name="explain_question_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.entry_id} {self.state}"


class Sweep(models.Model):
    """A replay of a version's decisions, along the log from ``first_leaf`` to ``end_leaf`` (exclusive).

    ``next_leaf`` and ``tally`` move together, in the transaction of each batch.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        CANCELLED = "cancelled"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True)
    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=130)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    detail = models.TextField(blank=True)
    first_leaf = models.BigIntegerField()
    next_leaf = models.BigIntegerField()
    end_leaf = models.BigIntegerField()
    # A worker's claim on the next batch, and how often one was begun since the last that ended well.
    lease_until = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    tally = models.JSONField(default=dict)
    # Entry, person and figures of the first decisions that drifted; a person's go with the person.
    examples = models.JSONField(default=list)
    artefact_digest = models.CharField(max_length=64)
    specification_digest = models.CharField(max_length=64)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    log_entry = models.UUIDField(null=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("id",), name="explain_sweep_running", condition=models.Q(state="running")
            ),
            models.Index(fields=("model_ref", "-id"), name="explain_sweep_by_version"),
        )

    def __str__(self) -> str:
        return f"{self.model_ref} {self.state}"


class Policy(models.Model):
    """Which decisions of a use case the follower explains, from the moment it was set."""

    use_case = models.CharField(max_length=64, primary_key=True)
    rule = models.CharField(max_length=12, default="all")
    rate = models.FloatField(null=True)
    seed = models.BigIntegerField(default=0)
    most_reasons = models.SmallIntegerField(default=4)
    thresholds = models.JSONField(default=dict)
    actor = models.CharField(max_length=64, blank=True)
    entry_id = models.UUIDField(null=True)
    set_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.use_case}: {self.rule}"


class Backfill(models.Model):
    """A walk through decisions that were made already, newest first, asking for their explanations.

    ``place`` is where it goes on. It moves in the transaction that asks, so that a walk killed
    anywhere asks for nothing twice and passes nothing over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    use_case = models.CharField(max_length=64)
    model_ref = models.CharField(max_length=130, blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    adverse_only = models.BooleanField(default=False)
    state = models.CharField(max_length=9, default="running")
    place = models.TextField(blank=True)
    total = models.BigIntegerField(default=0)
    seen = models.BigIntegerField(default=0)
    asked = models.BigIntegerField(default=0)
    known = models.BigIntegerField(default=0)
    not_adverse = models.BigIntegerField(default=0)
    unprofiled = models.BigIntegerField(default=0)
    actor = models.CharField(max_length=64)
    started_at = models.DateTimeField(auto_now_add=True)
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = (
            models.Index(
                fields=("started_at",),
                name="explain_backfilling",
                condition=models.Q(state="running"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.model_ref or self.use_case} {self.state}"


class Summary(models.Model):
    """What the newest explanations of a version say together, made by a worker. Nothing of one person."""

    model_ref = models.CharField(max_length=130, primary_key=True)
    use_case = models.CharField(max_length=64)
    # The newest explanation when it was made; null when one of those it was made of has been erased.
    newest = models.UUIDField(null=True)
    body = models.JSONField()
    made_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.model_ref


class Similar(models.Model):
    """The past decisions nearest to one, found by a worker when somebody asked. Ids and distances only."""

    pk = models.CompositePrimaryKey("entry_id", "space")
    entry_id = models.UUIDField()
    space = models.CharField(max_length=11)
    subject_id = models.UUIDField(null=True)
    neighbours = ArrayField(models.UUIDField())
    distances = ArrayField(models.FloatField())
    among = models.IntegerField()
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = (models.Index(fields=("subject_id",), name="explain_similar_subject"),)

    def __str__(self) -> str:
        return f"{self.entry_id} {self.space}"
