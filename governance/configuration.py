"""Where the servers are: turns the environment, or the embedded defaults, into Django's settings."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from governance.environment import env_int, env_secret, env_text
from runtime.paths import broker_socket, database_dsn, make_folder

# Commands that change the schema speak to the database as its owner, all else as the application.
OWNER = "owner"


def secret_key(folder: Path) -> str:
    """Django's SECRET_KEY from the environment, or made once and kept in ``folder`` (mode 0600)."""
    given = env_secret("RATIONALE_SECRET_KEY")
    if given:
        return given
    path = folder / "django-secret"
    try:
        if not path.exists():
            _make_once(path, secrets.token_urlsafe(64))
        return path.read_text()
    except OSError as error:
        raise SystemExit(
            f"Django's secret {path} cannot be read or made ({error.strerror}); run as the user who owns "
            "that folder, free or allow it, or set RATIONALE_SECRET_KEY."
        ) from None


def _make_once(path: Path, text: str) -> None:
    """Of several processes that start at once, one makes the file and all read it whole."""
    handle, draft = tempfile.mkstemp(dir=make_folder(path.parent))  # mode 0600
    with os.fdopen(handle, "w") as out:
        out.write(text)
    # A link appears complete or not at all; the loser of a race keeps the winner's file.
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    os.unlink(draft)


def databases() -> dict[str, dict[str, Any]]:
    as_owner = env_text("RATIONALE_DB_AS") == OWNER
    url = env_secret("DATABASE_URL")
    if not url:
        url = database_dsn("rationale", "rationale_migrator" if as_owner else "rationale_app")
        owner_role = "rationale_owner"
    else:
        url = (env_secret("DATABASE_OWNER_URL") or url) if as_owner else url
        owner_role = env_text("RATIONALE_OWNER_ROLE")
    database = parse_database_url(url)
    database["OPTIONS"]["options"] = connection_options(owner_role if as_owner else "")
    if not as_owner:
        database["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": env_int("RATIONALE_DB_POOL", 8),
            "timeout": 5,
            # How long one attempt to connect is repeated, at growing intervals. After it, the next
            # caller tries at once. The package's five minutes let a process whose attempts had grown
            # a minute apart refuse callers that long after the database was back.
            "reconnect_timeout": 1,
        }
    return {"default": database}


def connection_options(role: str) -> str:
    """Server settings for each connection: durable commits, and no transaction left open for long."""
    parts = ["-c synchronous_commit=on", "-c idle_in_transaction_session_timeout=30000"]
    if role:
        parts.append(f"-c role={role}")
    return " ".join(parts)


def parse_database_url(url: str) -> dict[str, Any]:
    """Django's entry for ``postgresql://user:password@host:port/name?host=/socket&sslmode=…``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Nothing of it is shown: a password that is not quoted ends up in any part.
        raise SystemExit(
            "DATABASE_URL cannot be read: postgresql://user:password@host:port/name, where a / or @ "
            "in the password is written as %2F or %40."
        ) from None
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit("DATABASE_URL must begin with postgresql:// (Rationale needs PostgreSQL).")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": str(port or query.pop("port", "")),
        "CONN_MAX_AGE": 0,
        "OPTIONS": dict(query),
    }


def broker() -> str:
    return env_secret("CELERY_BROKER_URL") or f"redis+socket://{broker_socket()}"


def cache() -> dict[str, dict[str, Any]]:
    """The shared cache (lockouts, rate limits): the broker's server if it is one, else the database."""
    url = env_secret("RATIONALE_CACHE_URL")
    broker_url = broker()
    if not url and broker_url.startswith("redis+socket://"):
        url = "unix://" + broker_url.removeprefix("redis+socket://") + "?db=1"
    elif not url and broker_url.startswith(("redis://", "rediss://")):
        url = broker_url
    if url:
        backend = "django.core.cache.backends.redis.RedisCache"
        return {"default": {"BACKEND": backend, "LOCATION": url}}
    return {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "governance_cache",
        }
    }


def mail() -> dict[str, Any]:
    """Django's EMAIL_* settings from ``smtp://user:password@host:port?tls=starttls|implicit|none``.

    Without RATIONALE_EMAIL_URL mail goes nowhere. It must not go to the log instead: it may hold a
    link that sets a password.
    """
    url = env_secret("RATIONALE_EMAIL_URL")
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    tls = parse_qs(parts.query).get("tls", ["starttls"])[-1]
    if parts.scheme != "smtp" or not parts.hostname or tls not in {"starttls", "implicit", "none"}:
        raise SystemExit(
            "RATIONALE_EMAIL_URL must be smtp://user:password@host:port?tls=starttls|implicit|none."
        )
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"starttls": 587, "implicit": 465, "none": 25}[tls],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_USE_SSL": tls == "implicit",
        "EMAIL_TIMEOUT": 10,
    }


def metrics_folder(folder: Path) -> Path:
    """Where the web processes keep their counters together, so that each can tell the sum.

    prometheus_client looks at this variable once, when it is first imported.
    """
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(folder))
    return make_folder(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]))
