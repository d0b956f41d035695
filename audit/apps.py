from django.apps import AppConfig
from django.core import checks

from audit import guards


class AuditConfig(AppConfig):
    name = "audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        checks.register(guards.check, checks.Tags.database)
