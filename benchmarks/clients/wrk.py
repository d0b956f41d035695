"""wrk, where Debian's package is installed: it costs the machine less than a client of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("post.lua")


def installed() -> bool:
    return shutil.which("wrk") is not None


def post(
    address: str, key: str, templates: str, run: str, connections: int, seconds: float
) -> dict[str, Any]:
    """Post single decisions for so long. Returns requests, seconds, refused, broken, p50, p99."""
    env = {
        **os.environ,
        "BENCH_TEMPLATES": templates,
        "BENCH_KEY": key,
        "BENCH_RUN": run,
        "BENCH_AT": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    flags = ["-t2", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "20s"]
    done = subprocess.run(
        ["wrk", *flags, "-s", str(_SCRIPT), f"http://{address}"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 60,
    )
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        raise RuntimeError(f"wrk said nothing we know: {done.stdout}{done.stderr}")
    result: dict[str, Any] = json.loads(found[0].removeprefix("RESULT "))
    if result["refused"] or result["broken"] or not result["requests"]:
        raise RuntimeError(f"Not every decision was recorded: {result}")
    return result
