"""Setting documents: the same bytes, bounded, and no string is ever markup."""

from __future__ import annotations

import io
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from audit.door import TooLarge, Unavailable
from governance.paper import setting

SHOWS = "#let data = json(bytes(sys.inputs.data))\n#set document(date: none)\n#data.said"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates of the test's own."""
    monkeypatch.setattr(setting, "HERE", tmp_path)
    (tmp_path / "shows.typ").write_text(SHOWS)
    return tmp_path


def text(made: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)


def data(said: Any) -> bytes:
    return json.dumps({"said": said}).encode()


@pytest.mark.parametrize(
    "said",
    [
        '#panic("no")',
        "#eval(sys.inputs.data) $ x^2 $ *bold* @label <label>",
        '#read("/etc/passwd") \\u{41} \\ "quoted" // gone /* gone */',
        "= Heading\n- item\n#let data = 1",
    ],
)
def test_markup_in_the_data_is_shown_and_not_read(house: Path, said: str) -> None:
    shown = " ".join(text(setting.pdf("shows.typ", data(said))).split())
    assert shown == " ".join(said.split())


def test_the_same_data_give_the_same_bytes(house: Path) -> None:
    first, again = (setting.pdf("shows.typ", data("once")) for _ in range(2))
    assert first == again
    assert setting.pdf("shows.typ", data("twice")) != first


def test_what_is_too_large_is_refused_before_it_is_set(house: Path) -> None:
    with pytest.raises(TooLarge):
        setting.pdf("shows.typ", b"x" * (setting.MOST_BYTES + 1))


def test_what_takes_too_long_is_ended(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (house / "ever.typ").write_text("#for a in range(9000) { for b in range(9000) { let c = a } }")
    monkeypatch.setattr(setting, "SECONDS", 1)
    with pytest.raises(Unavailable) as refused:
        setting.pdf("ever.typ", data(""))
    assert refused.value.code == "too-slow"


def test_a_template_that_is_wrong_says_so_in_the_log(house: Path) -> None:
    (house / "wrong.typ").write_text("#nothing")
    with pytest.raises(RuntimeError, match="unknown variable"):
        setting.pdf("wrong.typ", data(""))


def test_no_file_beyond_the_templates_is_read(house: Path) -> None:
    (house / "nosy.typ").write_text('#read("/etc/passwd")')
    with pytest.raises(RuntimeError, match="file not found"):
        setting.pdf("nosy.typ", data(""))


def test_secrets_of_the_service_do_not_reach_it(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[dict[str, str]] = []
    run = subprocess.run

    def seen(*args: Any, **kwargs: Any) -> Any:
        given.append(kwargs["env"])
        return run(*args, **kwargs)

    monkeypatch.setenv("RATIONALE_SECRET_KEY", "not for children")
    monkeypatch.setattr(subprocess, "run", seen)
    setting.pdf("shows.typ", data("said"))
    assert [set(env) for env in given] == [{"LANG", "HOME", "RAYON_NUM_THREADS"}]


def test_no_more_than_two_at_once(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "_free", threading.BoundedSemaphore(1))
    monkeypatch.setattr(setting, "SECONDS", 0.05)
    with setting._free, pytest.raises(Unavailable) as refused:
        setting.pdf("shows.typ", data("said"))
    assert refused.value.code == "busy"
    assert refused.value.headers == {"Retry-After": "2"}
