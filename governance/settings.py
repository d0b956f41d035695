"""The project's configuration, one file. Every setting is documented in docs/operations.md."""

import os
import sys
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from pythonjsonlogger.core import RESERVED_ATTRS

from governance.configuration import broker, cache, databases, mail, metrics_folder, secret_key
from governance.environment import env_bool, env_int, env_list, env_secret, env_text
from runtime import paths

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"

DEBUG = env_bool("RATIONALE_DEBUG", default=False)
ENVIRONMENT = env_text("RATIONALE_ENVIRONMENT", "Development")
VAR = paths.var()
SECRET_KEY = secret_key(paths.keys())
ALLOWED_HOSTS = env_list("RATIONALE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env_list("RATIONALE_TRUSTED_ORIGINS")
HTTPS = env_bool("RATIONALE_HTTPS", default=False)

INSTALLED_APPS = [
    "governance",
    "explain",
    "fairness",
    "audit",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",  # its widgets, for FORM_RENDERER below
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "governance.middleware.Trace",
    "governance.middleware.Measure",
    "governance.middleware.DatabaseAway",
    "governance.middleware.Refusals",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
# What a call with a key passes instead (governance/entrance.py).
KEY_MIDDLEWARE = [
    *MIDDLEWARE[:4],
    "django.middleware.security.SecurityMiddleware",
    "governance.middleware.Length",
]

ROOT_URLCONF = "governance.urls"
WSGI_APPLICATION = "governance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "governance.frame.frame",
            ],
        },
    }
]
# The mfa forms of allauth render through these templates too.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES: dict[str, dict[str, Any]] = databases()
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = cache()

MESSAGE_TAGS = {10: "info", 20: "info", 25: "good", 30: "warn", 40: "bad"}

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env_text("RATIONALE_STATIC", str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "governance.static_files.Compressed"},
}
WHITENOISE_USE_FINDERS = True

# --- people ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "governance.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts are made by an administrator, never by sign-up
ACCOUNT_ADAPTER = "governance.accounts.AccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key,30/15m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Rationale"
MFA_TOTP_TOLERANCE = 1  # RFC 6238 §5.2: one step of 30 s for clocks that drift
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Rationale] "
# Behind reverse proxies: how many, so that lockouts see the caller's address and not the proxy's.
ALLAUTH_TRUSTED_PROXY_COUNT = env_int("RATIONALE_TRUSTED_PROXIES", 0)
DEFAULT_FROM_EMAIL = env_text("RATIONALE_EMAIL_FROM", "rationale@localhost")
globals().update(mail())

SESSION_ENGINE = "governance.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "governance.problems.csrf_failure"
SECURE_SSL_REDIRECT = HTTPS
# Load balancers, monitoring and our own supervisor ask behind the proxy, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# --- API ------------------------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = None  # each endpoint bounds its own body and answers 413
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.auth.ApiKeyAuthentication",
        "governance.auth.PersonAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "governance.auth.HasVoice",
        "audit.api.parameters.KnownParameters",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["audit.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "governance.api.schema.Schema",
    "EXCEPTION_HANDLER": "governance.problems.handle",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Rationale",
    "DESCRIPTION": "Record automated decisions, prove them, and say why they were made.",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
}

# --- the log --------------------------------------------------------------------------------------
AUDIT_ORIGIN = env_text("RATIONALE_ORIGIN", "rationale.local/log")
AUDIT_KEYS = Path(env_text("RATIONALE_KEYS", str(VAR / "keys")))
AUDIT_PUBLIC = Path(env_text("RATIONALE_PUBLIC", str(VAR / "public")))
AUDIT_PUBLIC_READS = env_bool("RATIONALE_PUBLIC_LOG", default=True)
AUDIT_APP_ROLE = env_text("RATIONALE_APP_ROLE", "rationale_app")
AUDIT_MAX_BODY = env_int("RATIONALE_MAX_BODY", 1 << 20)
AUDIT_MAX_BULK = env_int("RATIONALE_MAX_BULK", 64 << 20)
AUDIT_MAX_AHEAD_SECONDS = env_int("RATIONALE_MAX_AHEAD_SECONDS", 300)
AUDIT_MAX_AGE_DAYS = env_int("RATIONALE_MAX_AGE_DAYS", 366)
AUDIT_CHECKPOINT_SECONDS = env_int("RATIONALE_CHECKPOINT_MS", 100) / 1000

# Compiled kernels are kept here; numba reads it when it is first imported.
os.environ.setdefault("NUMBA_CACHE_DIR", str(paths.kernels()))

# --- explanations ---------------------------------------------------------------------------------
EXPLAIN_ARTEFACTS = Path(env_text("RATIONALE_ARTEFACTS") or paths.artefacts())
# The kinds of model and what each may do: docs/models.md.
EXPLAIN_ARTEFACT_BYTES = env_int("RATIONALE_ARTEFACT_MB", 512) << 20
EXPLAIN_BACKGROUND_BYTES = env_int("RATIONALE_BACKGROUND_MB", 256) << 20
EXPLAIN_PICKLE = env_bool("RATIONALE_ALLOW_PICKLE", default=False)
EXPLAIN_CONFINED_BYTES = env_int("RATIONALE_CONFINED_MB", 2048) << 20
EXPLAIN_CONFINED_CPU_SECONDS = env_int("RATIONALE_CONFINED_CPU_SECONDS", 600)
EXPLAIN_CONFINED_SECONDS = env_int("RATIONALE_CONFINED_SECONDS", 60)
EXPLAIN_REMOTE_MODELS = env_list("RATIONALE_REMOTE_MODELS")
EXPLAIN_REMOTE_PRIVATE = env_bool("RATIONALE_REMOTE_PRIVATE", default=False)
EXPLAIN_REMOTE_SECONDS = env_int("RATIONALE_REMOTE_MS", 10_000) / 1000
EXPLAIN_REMOTE_TRIES = env_int("RATIONALE_REMOTE_TRIES", 3)
EXPLAIN_REMOTE_ROWS = env_int("RATIONALE_REMOTE_ROWS", 1000)
# Tables computed ahead, kept for other workers and the next start; and what one worker holds in memory.
EXPLAIN_TABLES = Path(env_text("RATIONALE_EXPLAIN_TABLES", str(VAR / "tables")))
EXPLAIN_TABLES_BYTES = env_int("RATIONALE_EXPLAIN_TABLES_MB", 4096) << 20
EXPLAIN_MEMORY_BYTES = env_int("RATIONALE_EXPLAIN_MEMORY_MB", 1024) << 20
EXPLAIN_BATCH = env_int("RATIONALE_EXPLAIN_BATCH", 256)
EXPLAIN_SUMMARY_ROWS = env_int("RATIONALE_EXPLAIN_SUMMARY_ROWS", 5000)
EXPLAIN_SIMILAR_ROWS = env_int("RATIONALE_EXPLAIN_SIMILAR_ROWS", 5000)
# Documents: a folder with fonts for scripts beyond Latin, Greek, Cyrillic, Hebrew and Arabic.
PAPER_FONTS = env_text("RATIONALE_PAPER_FONTS", "")
EXPLAIN_WAIT_SECONDS = env_int("RATIONALE_EXPLAIN_WAIT_MS", 1000) / 1000

# --- fairness -------------------------------------------------------------------------------------
# A version whose cells changed is assessed anew no sooner than this after the last time.
FAIRNESS_RUN_SECONDS = env_int("RATIONALE_FAIRNESS_RUN_SECONDS", 3600)

# --- background work: heartbeats find what is pending; the broker is only a doorbell -----------------
CELERY_BROKER_URL = broker()
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 120,
        # kombu's defaults sweep un-acknowledged messages only every ~100 s, whatever the timeout.
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    }
    if CELERY_BROKER_URL.startswith(("redis", "unix"))
    else {}
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 110  # below the visibility timeout, or a long task would start twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ROUTES = {
    "explain.tasks.explain_now": {"queue": "urgent"},
    "explain.tasks.similar_now": {"queue": "urgent"},
    "explain.tasks.answer_now": {"queue": "urgent"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "run" / "heartbeats")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "sequence the log": {"task": "audit.tasks.sequence", "schedule": 1, "options": {"expires": 5}},
    "project entries": {"task": "audit.tasks.project", "schedule": 1, "options": {"expires": 5}},
    "fold accesses": {
        "task": "audit.tasks.fold_accesses",
        "schedule": 10,
        "options": {"expires": 20},
    },
    "clear sessions": {"task": "governance.tasks.clear_sessions", "schedule": 86400},
    "make partitions": {"task": "audit.tasks.make_partitions", "schedule": 3600},
    "explain decisions": {
        "task": "explain.tasks.catch_up",
        "schedule": 1,
        "options": {"expires": 5},
    },
    "summarise explanations": {
        "task": "explain.tasks.summarise",
        "schedule": 30,
        "options": {"expires": 60},
    },
    "walk back-fills": {
        "task": "explain.tasks.backfill",
        "schedule": 2,
        "options": {"expires": 10},
    },
    "answer questions": {"task": "explain.tasks.answer", "schedule": 2, "options": {"expires": 5}},
    "roll up cells": {"task": "fairness.tasks.roll_up", "schedule": 1, "options": {"expires": 5}},
    "assess": {"task": "fairness.tasks.assess", "schedule": 2, "options": {"expires": 10}},
    "schedule runs": {
        "task": "fairness.tasks.schedule",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "watch groups": {"task": "fairness.tasks.watch", "schedule": 5, "options": {"expires": 10}},
    "code features": {
        "task": "fairness.tasks.code_features",
        "schedule": 10,
        "options": {"expires": 20},
    },
    "judge drift": {
        "task": "fairness.tasks.judge_drift",
        "schedule": 300,
        "options": {"expires": 300},
    },
    "hand over references": {
        "task": "governance.tasks.hand_over_references",
        "schedule": 30,
        "options": {"expires": 60},
    },
    "redo facts": {"task": "fairness.tasks.redo", "schedule": 5, "options": {"expires": 10}},
    "step sweeps": {"task": "explain.tasks.step_sweeps", "schedule": 2, "options": {"expires": 5}},
}

METRICS_TOKEN = env_secret("RATIONALE_METRICS_TOKEN")
METRICS_FOLDER = metrics_folder(paths.run() / "metrics")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"trace": {"()": "governance.tracing.TraceFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(trace_id)s",
            # Django hands the whole request to each line about one that failed. Its query may name a
            # person, and what stands in this log no erasure reaches.
            "reserved_attrs": [*RESERVED_ATTRS, "request"],
        },
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "json",
            "filters": ["trace"],
        },
    },
    "root": {"handlers": ["stderr"], "level": env_text("RATIONALE_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        # A line for each heartbeat would be a quarter of a million lines a day.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
