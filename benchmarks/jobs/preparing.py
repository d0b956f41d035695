"""The first installation: the demonstration's model and profile, a key, and somebody signed in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.test import Client

from benchmarks.payload import AT, ID, PERSON
from governance.demo.applications import applications
from governance.demo.decisions import USE_CASE, decisions
from governance.demo.registering import application_key, register_all
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.voices import SystemVoice


def prepare(templates: str) -> dict[str, str]:
    """Register, write the templates of request bodies, and return a key and a session."""
    voice = SystemVoice("benchmarks")
    rows = list(applications())
    model = register_all(voice=voice, rows=[row for row in rows if row.trains])
    sent = decisions(model, [row for row in rows if not row.trains], now=datetime.now(UTC))
    marked = [{**one, "id": ID, "subject": PERSON, "decided_at": AT} for one in sent]
    Path(templates).write_text("".join(json.dumps(one) + "\n" for one in marked))
    return {
        "key": application_key(voice=voice, folder=settings.VAR / "run"),
        "session": _session(voice),
    }


def _session(voice: SystemVoice) -> str:
    """The cookie of a compliance officer's session."""
    person = create_user(
        voice=voice, email="reader@example.com", name="Reader", password="seven-slow-herons"
    )
    grant_role(voice=voice, user=person, role=Role.COMPLIANCE, use_case=USE_CASE)
    browser = Client()
    browser.force_login(User.objects.get(pk=person), settings.AUTHENTICATION_BACKENDS[0])
    return browser.cookies[settings.SESSION_COOKIE_NAME].value
