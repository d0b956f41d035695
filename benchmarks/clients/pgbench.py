"""The baseline of single posts: pgbench commits one row at a time at the same concurrency."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path


def commits(program: Path, dsn: str, body: bytes, connections: int, seconds: float) -> float:
    """Durable one-row commits a second; each row is sent over the connection, not made in the server."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("INSERT INTO heap (body) VALUES (:body);\n")
        script.flush()
        done = subprocess.run(
            [
                str(program),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={connections}",
                "--jobs=2",
                f"--time={max(1, round(seconds))}",
                f"--file={script.name}",
                f"--define=body={body.decode()}",
                dsn,
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + 60,
        )
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return float(found[1])
