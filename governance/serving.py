"""The processes that serve together: web, sequencer, workers with their heartbeats."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from django.conf import settings

from governance.environment import env_int
from governance.static_files import UNUSED, is_collected, note_collected
from runtime import paths
from runtime.faults import RuntimeFault
from runtime.locks import locked
from runtime.postgres import EmbeddedPostgres
from runtime.process import Process

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
BIN = Path(sys.executable).parent
GRANIAN_LOGS = Path(__file__).with_name("granian_logs.json")
# To our own processes there is no way through the proxy that a machine's environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
COLLECT_WITHIN = 300.0  # seconds another process may take to collect the same files


def migrate(env: Mapping[str, str]) -> None:
    """Bring the schema up to date as its owner, then set the guards that need a superuser where there is one."""
    manage("migrate", "-v0", env={**env, "RATIONALE_DB_AS": "owner"})
    if not env.get("DATABASE_URL"):
        superuser = EmbeddedPostgres(paths.postgres()).superuser_dsn("rationale")
        manage("guardlog", "--superuser-url", superuser, env={**env, "RATIONALE_DB_AS": "owner"})
    collect(env)


def collect(env: Mapping[str, str]) -> None:
    """Collect the static files, unless they are as they were; one process at a time."""
    with locked(
        paths.make_folder(Path(settings.STATIC_ROOT).parent) / "static.lock", COLLECT_WITHIN
    ):
        if not is_collected():
            unused = [word for pattern in UNUSED for word in ("--ignore", pattern)]
            manage("collectstatic", "-v0", "--noinput", *unused, env=env)
            note_collected()


def manage(*command: str, env: Mapping[str, str]) -> None:
    """Run one management command in a process of its own; RuntimeFault with its last words when it fails."""
    done = subprocess.run(
        [sys.executable, str(MANAGE), *command],
        env={**env, "RATIONALE_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeFault(
            f"manage.py {command[0]} failed: {last_words(done.stderr or done.stdout)}"
        )
    sys.stderr.write(done.stderr)  # warnings, such as a guard this database cannot have


def last_words(said: str) -> str:
    """The end of what a command wrote, on one line; of a traceback, what the exception says."""
    lines = said.rstrip().splitlines()
    inside = [number for number, line in enumerate(lines) if line.startswith("  ")]
    told = lines[inside[-1] + 1 :] if "Traceback" in said and inside else lines[-3:]
    return re.sub(r"^[\w.]+: ", "", " ".join(line.strip() for line in told))


def processes(
    env: Mapping[str, str], *, host: str, port: int, web: int, workers: int, name: str = ""
) -> list[Process]:
    """Web first: it answers while the workers still load their libraries. ``name``: see ``own_name``."""
    own = {**env, "RATIONALE_NO_BOOTSTRAP": "1"}
    # One thread per worker process: figures are then the same to the last bit, and workers do not crowd each other.
    compute = {**own, "OMP_NUM_THREADS": "1"}
    return [
        Process("sequencer", [sys.executable, str(MANAGE), "sequence"], env=own),
        Process(
            "web",
            [
                str(BIN / "granian"),
                "--interface",
                "wsgi",
                "--host",
                host,
                "--port",
                str(port),
                "--workers",
                str(web),
                # As many as connections: a thread keeps the one it last used.
                "--blocking-threads",
                str(env_int("RATIONALE_DB_POOL", 8)),
                # One that dies is replaced while the others serve; a crash at start still ends all.
                "--respawn-failed-workers",
                "--no-access-log",
                "--log-config",
                str(GRANIAN_LOGS),
                "governance.wsgi:application",
            ],
            env=own,
            port=(host, port),
            ready=partial(answers, base_url(host, port), name),
        ),
        Process(
            "worker",
            [
                str(BIN / "celery"),
                "--quiet",  # no banner: the log is JSON lines
                "--app",
                "governance.celery",
                "worker",
                "--beat",
                "--queues",
                "celery,urgent",
                "--concurrency",
                str(workers),
                "--loglevel",
                "INFO",
                "--without-gossip",
                "--without-mingle",
            ],
            env=compute,
            # A batch is short; after this the kernel ends it and another worker takes its lease over.
            grace=15.0,
        ),
    ]


def add_address(parser: ArgumentParser) -> None:
    """The options that say where the web processes listen."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    # A text as its default is looked at like one that was given.
    port = os.environ.get("PORT") or "8000"
    parser.add_argument("--port", type=int, default=port, help="default: PORT, or 8000")


def count(text: str) -> int:
    """How many processes: one at least."""
    number = int(text)
    if number < 1:
        raise ArgumentTypeError(f"{number} is less than 1")
    return number


def base_url(host: str, port: int) -> str:
    """Where this machine itself reaches what listens at ``host``, which may be all its addresses."""
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{near}]:{port}" if ":" in near else f"http://{near}:{port}"


def own_name() -> str:
    """A name under which the service answers, or production would refuse our own question; empty: any."""
    names = [name.lstrip(".") for name in settings.ALLOWED_HOSTS if name != "*"]
    return names[0] if names else ""


def answers(base: str, name: str = "") -> bool:
    """Whether a web process answers, asked under this name."""
    asked = urllib.request.Request(f"{base}/healthz", headers={"Host": name} if name else {})
    try:
        with DIRECT.open(asked, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
