"""What was set and asked: policies, and what follows a change of one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


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
