"""The environment turned into settings."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from governance.configuration import (
    broker,
    cache,
    databases,
    mail,
    parse_database_url,
    secret_key,
)
from governance.environment import env_bool, env_int, env_list, env_secret

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("RATIONALE_", "DATABASE_", "CELERY_")) and name != "RATIONALE_VAR":
            monkeypatch.delenv(name)


def test_a_database_url_is_taken_apart() -> None:
    found = parse_database_url("postgresql://us%40er:p%2Fw@db.example:6432/na%20me?sslmode=require")
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "na me",
        "USER": "us@er",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6432",
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"sslmode": "require"},
    }
    assert parse_database_url("postgres:///x?host=%2Frun%2Fpg")["HOST"] == "/run/pg"
    with pytest.raises(SystemExit, match="postgresql://"):
        parse_database_url("mysql://x")


@pytest.mark.parametrize("url", ["postgresql://u:se/cret@h/x", "postgresql://u:secret@[h/x"])
def test_a_database_url_that_cannot_be_read_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SystemExit) as said:
        parse_database_url(url)
    assert str(said.value).startswith("DATABASE_URL cannot be read: ")
    assert "'se'" not in str(said.value)
    assert "secret" not in str(said.value)


def test_a_secret_that_cannot_be_kept_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    (folder / "django-secret").mkdir(parents=True)
    with pytest.raises(
        SystemExit, match=r"django-secret cannot be read or made \(Is a directory\)"
    ):
        secret_key(folder)


def test_the_application_speaks_through_a_pool_and_the_owner_as_owner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@h/x")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://boss@h/x")
    monkeypatch.setenv("RATIONALE_OWNER_ROLE", "house")
    app = databases()["default"]
    assert (app["USER"], app["OPTIONS"]["pool"]["max_size"]) == ("app", 8)
    assert app["OPTIONS"]["pool"]["reconnect_timeout"] == 1
    assert "role=" not in app["OPTIONS"]["options"]
    monkeypatch.setenv("RATIONALE_DB_AS", "owner")
    owner = databases()["default"]
    assert (owner["USER"], "pool" in owner["OPTIONS"]) == ("boss", False)
    assert owner["OPTIONS"]["options"].endswith("-c role=house")


def test_every_connection_commits_durably(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "-c synchronous_commit=on" in databases()["default"]["OPTIONS"]["options"]


@pytest.mark.parametrize(
    ("given", "backend", "location"),
    [
        ({}, "RedisCache", "unix:///"),
        ({"CELERY_BROKER_URL": "redis://h:6379/0"}, "RedisCache", "redis://h:6379/0"),
        ({"CELERY_BROKER_URL": "amqp://h"}, "DatabaseCache", "governance_cache"),
        (
            {"CELERY_BROKER_URL": "amqp://h", "RATIONALE_CACHE_URL": "redis://c"},
            "RedisCache",
            "redis://c",
        ),
    ],
)
def test_the_cache_follows_the_broker(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], backend: str, location: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    found = cache()["default"]
    assert found["BACKEND"].endswith(backend)
    assert found["LOCATION"].startswith(location)
    assert broker() == given.get("CELERY_BROKER_URL", broker())


def test_mail_goes_nowhere_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert mail() == {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    monkeypatch.setenv("RATIONALE_EMAIL_URL", "smtp://me:p%40ss@mail.example?tls=implicit")
    found = mail()
    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_HOST_PASSWORD"]) == (
        "mail.example",
        465,
        "p@ss",
    )
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (False, True)
    monkeypatch.setenv("RATIONALE_EMAIL_URL", "mail.example")
    with pytest.raises(SystemExit, match="RATIONALE_EMAIL_URL"):
        mail()


def test_the_secret_key_is_made_once_by_many(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: secret_key(tmp_path / "keys"), range(16)))
    path = tmp_path / "keys" / "django-secret"
    assert set(made) == {path.read_text()}
    assert len(made[0]) >= 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["django-secret"]


def test_secrets_come_from_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "s").write_text("hidden\n")
    monkeypatch.setenv("RATIONALE_SECRET_KEY_FILE", str(tmp_path / "s"))
    assert secret_key(tmp_path / "keys") == "hidden"
    monkeypatch.setenv("RATIONALE_SECRET_KEY", "seen")
    assert env_secret("RATIONALE_SECRET_KEY") == "hidden"
    monkeypatch.setenv("RATIONALE_SECRET_KEY_FILE", str(tmp_path / "absent"))
    with pytest.raises(SystemExit, match="No such file"):
        env_secret("RATIONALE_SECRET_KEY")


def test_typed_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATIONALE_A", " Yes ")
    monkeypatch.setenv("RATIONALE_B", "12x")
    monkeypatch.setenv("RATIONALE_C", "a, b,,c ")
    assert (env_bool("RATIONALE_A", default=False), env_bool("RATIONALE_X", default=True)) == (
        True,
        True,
    )
    assert env_list("RATIONALE_C") == ["a", "b", "c"]
    with pytest.raises(SystemExit, match="RATIONALE_B must be a whole number"):
        env_int("RATIONALE_B", 1)


def test_djangos_deployment_check_is_clean_with_the_documented_environment(
    tmp_path: Path,
) -> None:
    env = {
        "PATH": os.environ["PATH"],
        "RATIONALE_VAR": str(tmp_path),
        "RATIONALE_HTTPS": "1",
        "RATIONALE_NO_BOOTSTRAP": "1",
    }
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr[-2000:]
