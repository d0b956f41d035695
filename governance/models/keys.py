"""The API keys applications speak with."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from governance.models.people import User
from governance.models.registry import UseCase


class ApiKey(models.Model):
    """What an application speaks with. Only the SHA-256 of the secret is kept; it is shown once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.BinaryField(max_length=32)
    use_cases = models.ManyToManyField(UseCase, related_name="keys")
    # Model slugs the key may record decisions of; empty means every model of its use cases.
    model_slugs = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    acts = ArrayField(models.CharField(max_length=32))
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return self.name
