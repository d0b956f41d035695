"""What a pickle can do inside its process: compute, and nothing else. Each attempt reports how it went."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from explain.formats import registry
from explain.formats.confined.process import Ended, has_locks
from explain.formats.rules import Rules
from explain.refusals import Refused, Untrusted
from tests.explain.cases import fitted
from tests.explain.formats.made import RULES, data

pytestmark = pytest.mark.skipif(not has_locks(), reason="this kernel has no seccomp or no Landlock")


class Says:
    """Pickled, it is the value of an expression, which then is no model: the refusal quotes its error."""

    def __init__(self, expression: str) -> None:
        self.expression = expression

    def __reduce__(self) -> tuple[Any, ...]:
        return (eval, (self.expression,))


def outcome(expression: str, rules: Rules = RULES) -> str:
    with pytest.raises(Refused) as caught:
        registry.load("pickle", pickle.dumps(Says(expression)), rules)
    return str(caught.value)


# Each raises where it is refused. {there} is a file, {mark} none, {port} that of a server here.
ATTEMPTS = (
    "0 if __import__('os').system('true') == 0 else 1 / 0",
    "__import__('os').system('touch {mark}') == 0 or 1 / 0",
    "__import__('subprocess').run(['/bin/true'])",
    "__import__('os').execv('/bin/true', ['true'])",
    "__import__('os').fork()",
    "__import__('socket').socket()",
    "__import__('socket').socket(__import__('socket').AF_UNIX)",
    "open('/proc/' + str(__import__('os').getppid()) + '/environ').read()",
    "open('/etc/passwd').read()",
    "__import__('os').listdir('/root')",
    "__import__('os').kill(__import__('os').getppid(), 9)",
    "__import__('os').setuid(0)",
    "__import__('ctypes').CDLL(None, use_errno=True).ptrace(16, 1, 0, 0) == 0 or 1 / 0",
    "open('{mark}', 'w')",
    "__import__('os').open('{mark}', 66)",
    "__import__('os').mkdir('{mark}')",
    "__import__('pathlib').Path('{mark}').touch()",
    "open('{there}', 'r+').write('x')",
    "__import__('os').unlink('{there}')",
    "__import__('socket').create_connection(('127.0.0.1', {port}))",
    # The service's secrets are not in its environment, though it has one.
    "'RATIONALE_SECRET_KEY' in (e := __import__('os').environ) or 'OMP_NUM_THREADS' not in e or 1 / 0",
)
TOO_MUCH = "len(bytearray(3 << 30))"
# One process makes them all, one after the other: it takes a second to start.
EACH = """
def tried(attempt):
    try:
        eval(attempt)
    except Exception as error:
        return type(error).__name__
    return "done"
raise ValueError(" ".join(map(tried, {attempts!r})))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What became of each attempt: the name of its error, or "done"."""
    folder = tmp_path_factory.mktemp("confined")
    mark, there = folder / "mark", folder / "there"
    there.write_text("as it was")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATIONALE_SECRET_KEY", "shibboleth")
        port = server.getsockname()[1]
        made = [attempt.format(mark=mark, there=there, port=port) for attempt in ATTEMPTS]
        told = outcome(f"exec({EACH.format(attempts=[*made, TOO_MUCH])!r})")
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    names = told.partition("ValueError: ")[2].split()
    assert len(names) == len(ATTEMPTS) + 1, told
    left = {path.name: path.read_text() for path in folder.iterdir()}
    return {**dict(zip([*ATTEMPTS, TOO_MUCH], names, strict=True)), "left": repr(left)}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_there_is_no_way_out(attempt: str, outcomes: dict[str, str]) -> None:
    expected = {"ZeroDivisionError"} if "1 / 0" in attempt else {"PermissionError", "OSError"}
    assert outcomes[attempt] in expected


def test_no_file_is_made_or_changed(outcomes: dict[str, str]) -> None:
    assert outcomes["left"] == repr({"there": "as it was"})


def test_memory_is_limited(outcomes: dict[str, str]) -> None:
    assert outcomes[TOO_MUCH] == "MemoryError"


def test_time_is_limited() -> None:
    with pytest.raises(Ended, match="did not answer within 3 seconds"):
        registry.load(
            "pickle",
            pickle.dumps(Says("__import__('time').sleep(600)")),
            Rules(pickle=True, seconds=3),
        )


def test_processor_time_is_limited() -> None:
    rules = Rules(pickle=True, cpu_seconds=2, seconds=60)
    with pytest.raises(Ended, match=r"ended without an answer \(signal"):
        registry.load("pickle", pickle.dumps(Says("[None for _ in iter(int, 1) if False]")), rules)


def test_a_crash_costs_the_process_alone() -> None:
    with pytest.raises(Ended, match="signal 11"):
        registry.load("pickle", pickle.dumps(Says("__import__('ctypes').string_at(0)")), RULES)


@pytest.mark.parametrize("packed", [pickle.dumps, None], ids=["pickle", "joblib"])
def test_a_model_answers_from_there_as_it_does_here(packed: Any, tmp_path: Path) -> None:
    rows, label = data("wine")
    rows = rows.fillna(0)
    forest = RandomForestClassifier(10, n_jobs=2, random_state=0).fit(rows, label)
    joblib.dump(forest, tmp_path / "model.joblib")
    content = packed(forest) if packed else (tmp_path / "model.joblib").read_bytes()
    model = registry.load("pickle", content, RULES)
    forest.n_jobs = 1
    np.testing.assert_array_equal(model.predict_proba(rows), forest.predict_proba(rows))
    np.testing.assert_array_equal(model.predict(rows), forest.predict(rows))
    assert list(model.feature_names_in_) == list(rows.columns)


def test_texts_and_missing_values_reach_a_pipeline_there() -> None:
    pipeline, frame = fitted("histogram boosting")
    model = registry.load("pickle", pickle.dumps(pipeline), RULES)
    frame = frame.astype({"purpose": object})
    np.testing.assert_array_equal(model.predict_proba(frame), pipeline.predict_proba(frame))


def test_rows_a_model_refuses_raise_its_own_error_here() -> None:
    rows, label = data("wine")
    forest = RandomForestClassifier(2).fit(rows.fillna(0), label)
    model = registry.load("pickle", pickle.dumps(forest), RULES)
    with pytest.raises(ValueError, match="X has 3 features"):
        model.predict_proba(np.zeros((2, 3)))
    assert model.predict_proba(rows.fillna(0)[:1]).shape == (1, 3)


def test_a_fork_starts_a_process_of_its_own() -> None:
    rows, label = data("wine")
    model = registry.load(
        "pickle", pickle.dumps(RandomForestClassifier(2).fit(rows.fillna(0), label)), RULES
    )
    model._owner = os.getpid() + 1
    before = model._process
    model.predict_proba(rows.fillna(0)[:2])
    assert model._process is not before


def test_an_object_that_is_no_model_is_refused() -> None:
    with pytest.raises(Untrusted, match="has no predict"):
        registry.load("pickle", pickle.dumps({"a": 1}), RULES)
