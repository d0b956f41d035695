import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.postmaster import clear_remains, postmaster_pid, tenants


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def tenant(data: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process working in the folder, as each of PostgreSQL's does."""
    with subprocess.Popen(["sleep", "60"], cwd=data) as running:
        yield running
        running.kill()


def write_pid(data: Path, pid: int) -> None:
    (data / "postmaster.pid").write_text(f"{pid}\n{data}\n")


def test_a_server_lives_in_its_folder(data: Path, tenant: "subprocess.Popen[bytes]") -> None:
    assert postmaster_pid(data) is None
    write_pid(data, tenant.pid)
    assert postmaster_pid(data) == tenant.pid
    assert tenants(data) == [tenant.pid]
    write_pid(data, os.getpid())  # a number that has since been given to another program
    assert postmaster_pid(data) is None


def test_a_zombie_is_no_server(data: Path) -> None:
    with subprocess.Popen(["true"], cwd=data) as ended:
        write_pid(data, ended.pid)
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert postmaster_pid(data) is None
        clear_remains(data, data, within=0)
    assert not (data / "postmaster.pid").exists()


def test_nothing_is_cleared_while_a_worker_of_the_dead_server_lives(
    data: Path, tenant: "subprocess.Popen[bytes]"
) -> None:
    write_pid(data, os.getpid())
    began = time.monotonic()
    clear_remains(data, data, within=0.3)
    assert time.monotonic() - began >= 0.3
    assert (data / "postmaster.pid").exists()
    tenant.kill()
    tenant.wait()
    (data / ".s.PGSQL.5432.lock").touch()
    clear_remains(data, data, within=0.3)
    assert list(data.iterdir()) == []


def test_a_number_nobody_has_is_left_for_postgresql_to_judge(data: Path) -> None:
    write_pid(data, 2**22 + 1)
    clear_remains(data, data, within=0)
    assert (data / "postmaster.pid").exists()


@pytest.mark.parametrize("content", ["", "garbage\n"])
def test_a_note_cut_short_is_cleared_when_nobody_lives_there(data: Path, content: str) -> None:
    (data / "postmaster.pid").write_text(content)
    with subprocess.Popen(["sleep", "60"], cwd=data) as tenant:
        clear_remains(data, data, within=0)
        assert (data / "postmaster.pid").exists()
        tenant.kill()
    clear_remains(data, data, within=0)
    assert not (data / "postmaster.pid").exists()
