"""The confined process itself: limits first, then the libraries, then the locks, and only then a stranger's bytes.

Run by ``process``; reads frames from its standard input and answers on what was its standard output.
"""

from __future__ import annotations

import os
import resource
from importlib import import_module
from io import BytesIO
from typing import Any

from explain.formats.confined import frames, landlock, seccomp

READABLE = ("/usr/lib", "/usr/local/lib", "/lib", "/lib64", "/usr/share/zoneinfo", "/proc/cpuinfo", "/proc/meminfo",
            "/sys/devices/system/cpu", "/dev/null", "/dev/urandom")  # fmt: skip


def main() -> None:
    answers = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    order, content = frames.read(take)
    limit(order)
    # Before the locks, so that little has to be found afterwards; only what is asked for: they take most of a start.
    for name in order["modules"]:
        import_module(name)
    if order["locked"]:
        lock(order["readable"])
    model, said = begin(order, content[0])
    send(answers, frames.pack(said))
    while model is not None:
        try:
            head, blobs = frames.read(take)
        except EOFError:
            return
        send(answers, answer(model, head, blobs))


def take(count: int) -> bytes:
    """So many bytes of standard input. Raises EOFError."""
    parts = []
    while count:
        part = os.read(0, min(count, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def send(handle: int, frame: bytes) -> None:
    view = memoryview(frame)
    while view:
        view = view[os.write(handle, view) :]


def limit(order: dict[str, Any]) -> None:
    """No more memory and processor than this, no core file, and not one byte into any file."""
    for what, most in (
        (resource.RLIMIT_AS, order["memory_bytes"]),
        (resource.RLIMIT_CPU, order["cpu_seconds"]),
        (resource.RLIMIT_FSIZE, order["file_bytes"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(what, (most, most))


def lock(readable: list[str]) -> None:
    """No way out, of this thread and all that follow."""
    seccomp.renounce_privileges()
    landlock.enter([*READABLE, *readable])
    seccomp.enter()


def begin(order: dict[str, Any], content: bytes) -> tuple[Any, dict[str, Any]]:
    """The model and what there is to say of it, or None and why not."""
    try:
        if order["act"] == "try":
            import_module("explain.formats.trial").attempt(order["kind"], content)
            return None, {"error": ""}
        joblib = import_module("joblib")
        model = _single_threaded(joblib.load(BytesIO(content)))
        return model, {"error": "", **describe(model)}
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's object does, it is one sentence outside
        return None, {"error": f"{type(error).__name__}: {error}"[:500]}


def describe(model: Any) -> dict[str, Any]:
    names = getattr(model, "feature_names_in_", None)
    classes = getattr(model, "classes_", None)
    width = getattr(model, "n_features_in_", None)
    return {
        "names": None if names is None else [str(name) for name in names],
        "width": None if width is None else int(width),
        "classes": None if classes is None else [_label(label) for label in classes],
        "can": [name for name in ("predict_proba", "predict") if hasattr(model, name)],
    }


def _label(label: Any) -> str | int | float | bool:
    plain = label.item() if hasattr(label, "item") else label
    return plain if isinstance(plain, str | int | float | bool) else str(plain)


def _single_threaded(model: Any) -> Any:
    """Threads would add up in any order, and so change the last bit from call to call."""
    for part in [model, *(step for _, step in getattr(model, "steps", []))]:
        if getattr(part, "n_jobs", None) is not None:
            part.n_jobs = 1
    return model


def answer(model: Any, head: dict[str, Any], blobs: list[bytes]) -> bytes:
    import numpy as np  # noqa: PLC0415 - only who is asked needs it, and after the limits

    from explain.formats.confined.tables import from_blobs  # noqa: PLC0415

    try:
        if head["call"] not in ("predict_proba", "predict"):
            raise ValueError("no such call")
        found = np.ascontiguousarray(
            getattr(model, head["call"])(from_blobs(head, blobs)), dtype="<f8"
        )
        return frames.pack({"error": "", "shape": list(found.shape)}, [found.tobytes()])
    except BaseException as error:  # noqa: BLE001 - as above
        kind = "rows" if isinstance(error, ValueError) else "other"
        return frames.pack({"error": f"{type(error).__name__}: {error}"[:500], "kind": kind})


if __name__ == "__main__":
    main()
