"""Programs run beside a served product: its patient start, and the cast of the journeys."""

# The supervisor gives up on what keeps crashing. A test that kills on purpose needs it patient.
PATIENT = """
import sys
from runtime import supervisor
supervisor._LIVES, supervisor._LONGEST_PAUSE = 10**9, 0.4
sys.argv[0] = "manage.py"
import manage
manage.run_django(sys.argv[1])
"""

# An application of everything, and keys that must be refused, each for its own reason.
STAGE = """
import json, sys, time
from datetime import timedelta
from django.utils import timezone
from runtime import paths
from governance.demo.applications import applications
from governance.demo.decisions import decisions
from governance.demo.registering import register_all
from governance.keys.issue import issue_key
from governance.keys.listing import keys
from governance.keys.revoke import revoke_key
from governance.models import UseCase
from governance.registry.use_cases import add_use_case
from governance.voices import SystemVoice

voice = SystemVoice("test")
rows = list(applications())
model = register_all(voice=voice, rows=[row for row in rows if row.trains])
decided = decisions(model, [row for row in rows if not row.trains], now=timezone.now())
(paths.VAR.parent / "applications.json").write_text(json.dumps(decided))
for slug in ("alpha", "beta"):
    if not UseCase.objects.filter(slug=slug).exists():
        add_use_case(voice=voice, slug=slug, name=slug, description="", jurisdiction="", adverse_labels=[])
homes = ["consumer-credit", "alpha"]
acts = ["decisions:write", "outcomes:write", "decisions:read", "why:read", "why:examiner", "log:read",
        "registry:read", "registry:write", "erasure:write"]
def key(name, acts=acts, homes=homes, **more):
    return issue_key(voice=voice, name=name, use_cases=homes, acts=acts, **more)
revoked = key("revoked")
revoke_key(voice=voice, key=revoked.id)
expired = key("expired", expires_at=timezone.now() + timedelta(seconds=1))
said = {
    "all": key("all").text, "reader": key("reader", ["decisions:read", "log:read"]).text,
    "writer": key("writer", ["decisions:write"]).text, "stranger": key("stranger", acts, ["beta"]).text,
    "revoked": revoked.text, "expired": expired.text,
}
time.sleep(1)
print("STAGED " + json.dumps(said))
"""
