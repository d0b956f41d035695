import os
import stat
from pathlib import Path

import kombu
import pytest

from runtime.faults import RuntimeFault
from runtime.valkey import EmbeddedValkey


def test_it_answers_on_a_socket_closed_to_others_and_keeps_its_data(place: Path) -> None:
    server = EmbeddedValkey(place / "valkey").start()
    assert server.answers()
    assert stat.S_IMODE(server.socket().stat().st_mode) == 0o700
    assert stat.S_IMODE(server.socket().parent.stat().st_mode) == 0o700
    with kombu.Connection(server.url()) as connection:
        connection.SimpleQueue("bell").put("ring")
    server.stop()
    assert not server.answers()

    server.start()
    with kombu.Connection(server.url()) as connection:
        assert connection.SimpleQueue("bell").get(timeout=60).payload == "ring"
    server.stop()


def test_a_killed_server_starts_again_over_its_old_socket(place: Path) -> None:
    first = EmbeddedValkey(place / "valkey").start()
    assert first._child is not None
    os.kill(first._child.pid or 0, 9)
    first.stop()
    second = EmbeddedValkey(place / "valkey").start()
    assert second.answers()
    second.stop()


def test_a_file_it_cannot_read_is_quoted(place: Path) -> None:
    folder = place / "valkey" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(RuntimeFault, match=r"valkey ended while starting \(exit code 1\)"):
        EmbeddedValkey(place / "valkey").start()


def test_a_missing_program_is_said(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATIONALE_VALKEY_BIN", str(place / "none"))
    with pytest.raises(RuntimeFault, match="No Valkey or Redis server is here"):
        EmbeddedValkey(place / "valkey").start()
