"""Third-party test vectors, kept beside the repository and never inside it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2].parent / "shared" / "vectors"
PRESENT = ROOT.is_dir()

needs_vectors = pytest.mark.skipif(
    not PRESENT, reason=f"the published test vectors are not at {ROOT}"
)


@cache
def load(path: str) -> Any:
    return json.loads((ROOT / path).read_text())


@cache
def probes(kind: str) -> dict[str, Any]:
    """Every JSON file under merkle-probes/testdata/<kind>, by its path."""
    folder = ROOT / "merkle-probes" / "testdata" / kind
    return {
        str(path.relative_to(folder)): json.loads(path.read_text())
        for path in sorted(folder.rglob("*.json"))
    }
