"""MLflow model directories: the model inside, by its own format. ``mlflow`` itself is not needed, and not trusted
with the archive."""

from __future__ import annotations

from typing import Any

from explain.formats import registry
from explain.formats.checks.mlflow import find
from explain.formats.rules import Rules


def load(content: bytes, rules: Rules) -> Any:
    """Raises whatever the kind inside raises."""
    held = find(content, rules)
    return registry.load(held.kind, held.content, rules)
