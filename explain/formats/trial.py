"""A library in C++ may fall over bytes that look right. The first time it meets a file it does so in a
process of its own; what happened there is kept, so that it happens once."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from signal import SIGKILL, SIGXCPU
from typing import Any

from explain.formats.registry import Format
from explain.formats.rules import Rules
from explain.refusals import Untrusted

SURVIVED = "survived"
# The library may want the model as a file, or write it out as one, in figures for people; either is in
# memory, and bounded in its size by so many times the artefact's.
IN_MEMORY = 64
_survived: set[str] = set()


def survive(found: Format, content: bytes, rules: Rules) -> None:
    """Return when the library has read this file, here or before. Raises Untrusted where it fell.

    A worker that is killed in between has lost one attempt and left no verdict.
    """
    name = f"{hashlib.sha256(content).hexdigest()}-{found.kind}-{version(found.library)}"
    kept = rules.trials / name if rules.trials else None
    verdict = SURVIVED if name in _survived else _kept(kept)
    if not verdict:
        verdict, lasting = _tried(found, content, rules)
        if kept and lasting:
            kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept.write_text(verdict)
    if verdict != SURVIVED:
        raise Untrusted(verdict)
    _survived.add(name)


def _kept(place: Path | None) -> str:
    return place.read_text() if place and place.exists() else ""


def _tried(found: Format, content: bytes, rules: Rules) -> tuple[str, bool]:
    """The verdict, and whether it holds for another day: being killed, or late, may be the machine's fault."""
    process = import_module("explain.formats.confined.process")
    try:
        # The library may want the model as a file; it gets one in memory.
        tried = process.Process(
            rules,
            "try",
            content,
            found.kind,
            [f"explain.formats.{found.kind}"],
            file_bytes=IN_MEMORY * len(content),
        )
    except process.Ended as end:
        lasting = end.signal not in (0, SIGKILL, SIGXCPU)
        return f"The artefact ends the library that reads it ({end}); it is not loaded.", lasting
    error = tried.said["error"]
    tried.end()
    # What the library itself refuses, it refuses again in this process, with the proper sentence.
    return (
        (SURVIVED, not error)
        if not error.startswith("MemoryError")
        else (f"The artefact takes too much: {error}", False)
    )


def attempt(kind: str, content: bytes) -> None:
    """In the confined process: load, and ask once."""
    import numpy as np  # noqa: PLC0415 - loaded before the locks

    model: Any = import_module(f"explain.formats.{kind}").load(content, Rules())
    last = model[-1] if hasattr(model, "steps") else model
    table = np.zeros((2, last.n_features_in_ + len(getattr(last, "sets", ()))))
    if not getattr(last, "categorical", ()):
        last.predict(table)
