"""Users, and the roles they hold per use case."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from governance.models.registry import UseCase


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person. Signs in by e-mail; the log knows them by ``user:<id>`` only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name",)
        constraints = (
            # Two spellings of one address would be two accounts, and two lockout budgets.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="user_email_in_lower_case"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    DEVELOPER = "developer", "Developer"
    OWNER = "owner", "Model owner"
    VALIDATOR = "validator", "Validator"
    APPROVER = "approver", "Approver"
    COMPLIANCE = "compliance", "Compliance officer"
    REVIEWER = "reviewer", "Reviewer"
    SUPERVISOR = "supervisor", "Review supervisor"
    PRIVACY = "privacy", "Privacy officer"
    ADMINISTRATOR = "administrator", "Administrator"
    EXAMINER = "examiner", "Examiner"


class Membership(models.Model):
    """A role a user holds in one use case, or in all of them (``use_case`` empty), perhaps to a date.

    A row is the present state; who held what when is in the log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    use_case = models.ForeignKey(
        UseCase, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=Role.choices)
    until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user", "use_case", "role"), name="one_membership", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~models.Q(role=Role.EXAMINER) | models.Q(until__isnull=False),
                name="examiners_are_time_boxed",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.get_role_display()} in {self.use_case or 'all use cases'}"
