"""Settings of the peers' project: nothing but what the two packages ask for."""

from __future__ import annotations

import os

from governance.configuration import parse_database_url

SECRET_KEY = "measures only, and serves nobody"
DATABASES = {"default": parse_database_url(os.environ["PEERS_DATABASE_URL"])}
DATABASES["default"]["CONN_MAX_AGE"] = None
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "auditlog",
    "pgtrigger",
    "pghistory",
    "benchmarks.peers.ledger",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
# The tables are made without migrations, so pgtrigger is told to put its triggers up itself.
PGTRIGGER_MIGRATIONS = False
PGTRIGGER_INSTALL_ON_MIGRATE = True
