"""Who is signed in where."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from governance.models.people import User


class Session(AbstractBaseSession):
    """A session, with what its person needs to know it again and no more: no whole address is kept.

    ``browser`` is a family and a system (``Firefox, Linux``), ``address`` a network (``192.0.2.0/24``);
    both empty for a session that no sign-in page began.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)
    browser = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=60, blank=True)

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    @classmethod
    def get_session_store_class(cls) -> Any:
        # Named in the settings, because the store stands above the tables.
        return import_module(settings.SESSION_ENGINE).SessionStore
