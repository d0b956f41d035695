"""Processes that do a part of a measurement, asked over a pipe: one JSON object a line each way.

A client must not share an interpreter with another client or with the code that is measured, and
each installation needs a Django of its own. ``python -m benchmarks.hands`` is the other end.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any


class Broken(RuntimeError):
    """A job failed; the text is its traceback."""


class Hand:
    """A process that runs functions of this package, named ``module.function``."""

    def __init__(self, env: Mapping[str, str], log: Path) -> None:
        with open(log, "ab") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.hands"],
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                cwd=Path(__file__).resolve().parent.parent,
                text=True,
            )

    def begin(self, job: str, **values: Any) -> None:
        """Start a job; fetch its result before the next one is begun."""
        if self._process.stdin is None:
            raise RuntimeError("This hand has no pipe.")
        self._process.stdin.write(json.dumps({"job": job, "values": values}) + "\n")
        self._process.stdin.flush()

    def result(self) -> Any:
        """What the job returned; raises Broken when it failed or the process is gone."""
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said:
            raise Broken("The process ended.")
        answer = json.loads(said)
        if "failed" in answer:
            raise Broken(answer["failed"])
        return answer["result"]

    def ask(self, job: str, **values: Any) -> Any:
        self.begin(job, **values)
        return self.result()

    def __enter__(self) -> Hand:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it: by the end of its input, or by force when the block is left by an error."""
        if error is not None:
            self._process.kill()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def serve() -> None:
    """Answer jobs until the input ends. Whatever a library prints goes to stderr instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        module, _, function = asked["job"].rpartition(".")
        try:
            job = getattr(importlib.import_module(f"benchmarks.{module}"), function)
            answer = {"result": job(**asked["values"])}
        except Exception:  # noqa: BLE001 - whatever went wrong is told to the one who asked
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
        _settle_collector()


def _settle_collector() -> None:
    """As the product's web processes have it (governance/wsgi.py); for every client and peer alike."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 20)


if __name__ == "__main__":
    serve()
