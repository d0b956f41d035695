"""The whole product, served: its own folder, database, broker and port; always stopped.

Nothing of it lives in the test's process. Tests speak HTTP to it, look into its database as a
superuser, and signal its processes by id.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from runtime.paths import ROOT, socket_dsn, socket_folder
from runtime.services import free_port
from tests.journeys.processes import command_line, descendants, leashed
from tests.journeys.stage import PATIENT, STAGE
from tests.runtime.conftest import reachable_folder, runs

MANAGE = ROOT / "manage.py"
STARTED = "Rationale is running at"
# With a cold cache of compiled kernels on a busy machine; usually a tenth of it.
START_WITHIN = 240.0
STOP_WITHIN = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def is_problem(self) -> bool:
        return self.headers.get("content-type", "").startswith("application/problem+json")


def clean_environment(var: Path, **more: str) -> dict[str, str]:
    """What a newcomer's shell holds, and the folder; nothing of this test run's own settings."""
    kept = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }
    # Compiled kernels and compressed static files are the same everywhere, and take half a minute to make.
    numba = os.environ.get("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))
    static = os.environ.get("RATIONALE_STATIC", str(ROOT / "var" / "static"))
    return {
        **kept,
        "RATIONALE_VAR": str(var),
        "RATIONALE_NO_BOOTSTRAP": "1",
        "NUMBA_CACHE_DIR": numba,
        "RATIONALE_STATIC": static,
        **more,
    }


@dataclass
class World:
    """A served product. ``keys`` by name: all, reader, writer, stranger, revoked, expired."""

    var: Path
    port: int
    env: dict[str, str]
    argv: list[str]
    keys: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.var.parent / "served.out"

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def last_words(self) -> str:
        """The end of each of its logs, for a test that failed."""
        logs = [
            self.log,
            *sorted((self.var / "log").glob("*.log")),
            self.var / "postgres" / "server.log",
        ]
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
            for log in logs
            if log.exists()
        )

    # ------------------------------------------------------------------------------- its life

    def start(self, within: float = START_WITHIN) -> World:
        """It serves: the command says so, and /readyz agrees."""
        before = len(self.said())
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                leashed(self.argv), env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip
        self.until(lambda: STARTED in self.said()[before:], within, "the start")
        self.until(self.ready, 30, "readiness")
        return self

    def stop(self) -> int:
        """SIGTERM; the exit code. What does not end in time is killed, and that is a failure."""
        assert self.process is not None
        self.process.terminate()
        try:
            return self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.clear()
            pytest.fail(f"the product did not stop within {STOP_WITHIN:.0f} s")

    def clear(self) -> None:
        """Nothing of it is left, whatever happened."""
        left = [*self.tree(), *self.postgres()]
        if self.process and self.process.poll() is None:
            left.append(self.process.pid)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(10)

    def until(self, true: Callable[[], object], within: float, what: str) -> None:
        deadline = time.monotonic() + within
        while not true():
            assert self.process is None or self.process.poll() is None, (
                f"it ended: {self.said()[-1500:]}"
            )
            assert time.monotonic() < deadline, f"waited for {what} in vain: {self.said()[-1500:]}"
            time.sleep(0.1)

    def ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz", key="").status == 200
        except OSError:
            return False

    # ------------------------------------------------------------------------- its processes

    def tree(self) -> list[int]:
        """Every live process below the command, parents first."""
        return descendants(self.process.pid) if self.process else []

    def named(self, *words: str) -> list[int]:
        """Those of its processes whose command line has all these words."""
        return [pid for pid in self.tree() if all(word in command_line(pid) for word in words)]

    def postgres(self) -> list[int]:
        """The database server, its head first; it is nobody's child on purpose."""
        try:
            head = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return []
        return [head, *descendants(head)] if runs(head) else []

    @property
    def data(self) -> Path:
        base = self.var / "postgres"
        elsewhere = base / "elsewhere"
        return Path(elsewhere.read_text().strip() if elsewhere.exists() else base) / "data"

    # ---------------------------------------------------------------------------- its voice

    def ask(
        self, method: str, path: str, body: bytes | None = None, *,
        key: str | None = None, headers: Mapping[str, str] | None = None, timeout: float = 30.0,
    ) -> Answer:  # fmt: skip
        """One request on a connection of its own; ``key`` None is the key that may do all."""
        token = self.keys.get("all", "") if key is None else key
        sent = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            # Who is answered before all is sent finds the pipe closed, and the answer waiting.
            with contextlib.suppress(BrokenPipeError):
                connection.request(method, path, body, {**sent, **(headers or {})})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read())
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def post(self, path: str, content: Any, **more: Any) -> Answer:
        return self.ask("POST", f"/api/v1/{path}", json.dumps(content).encode(), **more)

    def get(self, path: str, **more: Any) -> Answer:
        return self.ask("GET", f"/api/v1/{path}", **more)

    def applications(self) -> list[dict[str, Any]]:
        """The demonstration's held-out applications, decided by the staged model; 400 of them."""
        decided: list[dict[str, Any]] = json.loads(
            (self.var.parent / "applications.json").read_text()
        )
        return decided

    # ----------------------------------------------------------------------- what it remembers

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        """Its database as a superuser sees it."""
        dsn = socket_dsn(socket_folder(self.var / "postgres"), "rationale", "postgres")
        with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
            yield connection

    def rows(self, query: str, values: Any = ()) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            return connection.execute(query, values or None).fetchall()

    def entries(self) -> dict[str, int]:
        """Rows of everything that recording could touch."""
        tables = ("audit_entry", "audit_entry_body", "audit_claim", "audit_subject")
        with self.database() as connection:
            counts = {name: f"SELECT count(*) FROM {name}" for name in tables}  # noqa: S608
            return {name: connection.execute(counts[name]).fetchone()[0] for name in tables}

    def manage(self, *command: str, within: float = 120.0) -> subprocess.CompletedProcess[str]:
        """A management command beside the running product."""
        return subprocess.run(
            [sys.executable, str(MANAGE), *command], env=self.env, cwd=ROOT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False, timeout=within,
        )  # fmt: skip

    def stage(self) -> None:
        """The demonstration's model with its profile, two more use cases, and the keys."""
        done = self.manage("shell", "-v", "0", "-c", STAGE)
        lines = [line for line in done.stdout.splitlines() if line.startswith("STAGED ")]
        assert lines, f"staging failed: {done.stdout[-500:]} {done.stderr[-1500:]}"
        self.keys = json.loads(lines[0].removeprefix("STAGED "))


@contextmanager
def serving(
    *, web: int = 2, workers: int = 2, patient: bool = False, **env: str
) -> Iterator[World]:
    """`manage.py run` in a folder of its own, staged; stopped with the block."""
    with reachable_folder() as folder:
        port = free_port()
        start = ["-c", PATIENT, "run"] if patient else [str(MANAGE), "run"]
        options = ["--port", str(port), "--web", str(web), "--workers", str(workers)]
        environment = clean_environment(folder / "var", **env)
        if patient:
            environment["PYTHONPATH"] = os.pathsep.join(
                filter(None, [str(ROOT), env.get("PYTHONPATH")])
            )
        world = World(folder / "var", port, environment, [sys.executable, *start, *options])
        try:
            world.start()
            world.stage()
            yield world
            assert world.stop() == 0, world.said()[-1500:]
        except BaseException:
            print(world.last_words())  # its logs are gone with its folder
            raise
        finally:
            world.clear()


# For the folder, not the session: it would go on working, for nobody, beside all other tests.
@pytest.fixture(scope="package")
def world() -> Iterator[World]:
    """One served product for all journeys of a run."""
    with serving() as served:
        yield served


# ------------------------------------------------------------------------------------ decisions


def decision(name: str, **changes: Any) -> dict[str, Any]:
    """A decision that is right in every respect, of a use case without a model to explain it."""
    return {
        "id": name,
        "use_case": "alpha",
        "model": "any-model",
        "version": "1.0.0",
        "decided_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "subject": f"person-{name}",
        "inputs": {"n": 1},
        "output": {"label": "deny", "score": 0.6},
        **changes,
    }
