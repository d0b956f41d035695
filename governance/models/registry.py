"""Use cases, their models, and the models' versions.

No fact of a version changes once it is registered: triggers of migration 0002 refuse it, whoever asks.
"""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models

SLUG = RegexValidator(
    r"\A[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?\Z",
    "Use lower-case letters, digits and hyphens (1 to 64).",
)
NUMBER = RegexValidator(
    r"\A[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}\Z", "Use letters, digits and . + _ - (1 to 63)."
)
DIGEST = RegexValidator(r"\A[0-9a-f]{64}\Z", "Give the SHA-256 as 64 lower-case hex digits.")


class UseCase(models.Model):
    """What is decided about whom: consumer credit, a hiring shortlist, a claim."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    jurisdiction = models.CharField(max_length=60, blank=True)
    # Which output labels are against the person: they decide what counts as an adverse action.
    adverse_labels = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Model(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    use_case = models.ForeignKey(UseCase, on_delete=models.PROTECT, related_name="models")
    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    owner = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Version(models.Model):
    """A version of a model: named by ``model_ref`` = ``slug@number`` everywhere below this floor."""

    class State(models.TextChoices):
        REGISTERED = "registered", "Registered"
        RETIRED = "retired", "Retired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(max_length=63, validators=[NUMBER])
    model_ref = models.CharField(max_length=130, unique=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.REGISTERED)
    notes = models.TextField(blank=True)
    # Digest of the artefact that decides (SHA-256 over its files, hex); empty when none was given.
    artefact_digest = models.CharField(max_length=64, blank=True, validators=[DIGEST])
    facts = models.JSONField(default=dict, blank=True)
    # The line of the log that registered it; null for one registered before this was kept.
    entry_id = models.UUIDField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        "governance.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.UniqueConstraint(fields=("model", "number"), name="one_version_per_number"),
            models.CheckConstraint(
                condition=models.Q(artefact_digest__regex=r"^([0-9a-f]{64})?$"),
                name="artefact_digest_is_sha256",
            ),
        )

    def __str__(self) -> str:
        return self.model_ref
