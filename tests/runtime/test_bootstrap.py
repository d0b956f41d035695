"""The environment is made, kept, completed and rebuilt; with a wheel made here, so no network."""

import ast
import base64
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime import bootstrap
from runtime.paths import ROOT

MANAGE = """
import sys
from runtime import bootstrap
bootstrap.ensure(dev="--dev" in sys.argv)
import first
print(sys.prefix, first.VALUE, *sys.argv[1:])
"""


def make_wheel(folder: Path, name: str, code: str) -> str:
    """A wheel holding one module; its line for a requirements file."""
    wheel = folder / f"{name}-1-py3-none-any.whl"
    info = f"{name}-1.dist-info"
    files = {
        f"{name}.py": code,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        record = ""
        for path, text in files.items():
            archive.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()
            record += f"{path},sha256={digest.rstrip('=')},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return f"{name}==1 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def make_checkout(folder: Path) -> Path:
    shutil.copytree(ROOT / "runtime", folder / "runtime", ignore=shutil.ignore_patterns("__*__"))
    (folder / "runtime" / "__init__.py").touch()
    (folder / "manage.py").write_text(MANAGE)
    wheels = folder / "wheels"
    wheels.mkdir()
    first = make_wheel(wheels, "first", "VALUE = 1")
    (folder / "requirements.txt").write_text(first)
    (folder / "requirements-dev.txt").write_text(first + make_wheel(wheels, "second", "VALUE = 2"))
    return folder


def run(checkout: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    kept = {"PATH": os.environ["PATH"], "HOME": str(checkout)}
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(checkout / "wheels")}
    base = str(getattr(sys, "_base_executable", sys.executable))
    return subprocess.run(
        [base, "manage.py", *arguments],
        cwd=checkout,
        env={**kept, **pip, "PIP_CONFIG_FILE": os.devnull, "PYTHONPATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose environment was made by the first command."""
    checkout = make_checkout(tmp_path_factory.mktemp("checkout") / "c")
    done = run(checkout)
    assert (done.returncode, done.stdout) == (0, f"{checkout / '.venv'} 1\n"), done.stderr
    assert "[2/2] " in done.stderr or "[3/3] Installing requirements.txt" in done.stderr
    return checkout


@pytest.fixture
def checkout(made: Path) -> Iterator[Path]:
    """The same, put right again by the next command whatever the test did to it."""
    wanted = (made / "requirements.txt").read_text()
    yield made
    (made / "requirements.txt").write_text(wanted)


def test_the_second_run_is_quick_and_silent(made: Path) -> None:
    before = spent()
    done = run(made, "a b", "c")
    assert (done.stdout, done.stderr) == (f"{made / '.venv'} 1 a b c\n", "")
    assert spent() - before < 1


def spent() -> float:
    """Seconds of processor time of ended children: a busy machine does not add to them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_a_development_environment_completes_and_serves_the_other(made: Path) -> None:
    stayed = made / ".venv" / "stayed"
    stayed.touch()
    assert "and requirements-dev.txt" in run(made, "--dev").stderr
    assert stayed.exists()
    assert (run(made, "--dev").stderr, run(made).stderr) == ("", "")
    stamp = json.loads((made / ".venv" / bootstrap.STAMP).read_text())
    assert sorted(stamp) == ["dev", "python", "runtime"]


def test_a_wrong_hash_leaves_nothing_that_counts_as_done(checkout: Path) -> None:
    line = (checkout / "requirements.txt").read_text()
    (checkout / "requirements.txt").write_text(line[:-5] + "0000\n")
    done = run(checkout)
    assert (done.returncode, done.stdout) == (1, "")
    assert "is not the one whose hash the requirements name" in done.stderr.splitlines()[-1]
    assert not (checkout / ".venv" / bootstrap.STAMP).exists()
    assert (checkout / ".bootstrap.lock").read_text() == str(checkout / ".venv")

    # What was cut short is thrown away, whatever it had.
    (checkout / ".venv" / "half").touch()
    (checkout / "requirements.txt").write_text(line)
    assert run(checkout).stdout == f"{checkout / '.venv'} 1\n"
    assert not (checkout / ".venv" / "half").exists()
    assert (checkout / ".bootstrap.lock").read_text() == ""


def test_a_python_that_moved_is_replaced(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python")
    assert run(checkout).stdout == f"{checkout / '.venv'} 1\n"


def test_one_made_by_hand_is_completed_by_one_of_two_who_come_at_once(checkout: Path) -> None:
    (checkout / ".venv" / "stayed").touch()
    (checkout / ".venv" / bootstrap.STAMP).unlink()
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, [checkout, checkout]))
    assert [one.stdout for one in done] == [f"{checkout / '.venv'} 1\n"] * 2
    assert sorted("waiting for it" in one.stderr for one in done) == [False, True]
    assert (checkout / ".venv" / "stayed").exists()


def test_a_folder_with_other_things_in_it_is_not_touched(checkout: Path) -> None:
    precious = checkout / "precious"
    precious.mkdir(exist_ok=True)
    (precious / "file").touch()
    done = run(checkout, RATIONALE_VENV=str(precious))
    assert done.returncode == 1
    assert "exists and is not a Python environment" in done.stderr
    assert [path.name for path in precious.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written_is_said(made: Path) -> None:
    done = run(made, RATIONALE_VENV="/proc/none/venv")
    assert done.returncode == 1
    assert done.stderr.startswith("Cannot write the environment /proc/none/venv (")
    assert len(done.stderr.splitlines()) == 1


def test_it_can_be_left_out(made: Path) -> None:
    done = run(
        made, RATIONALE_NO_BOOTSTRAP="1", PYTHONPATH=str(made / "wheels/first-1-py3-none-any.whl")
    )
    assert done.stdout == f"{sys.base_prefix} 1\n"


@pytest.mark.parametrize("name", ["manage.py", "runtime/__init__.py", "runtime/bootstrap.py"])
def test_an_old_python_can_read_as_far_as_the_sentence(name: str) -> None:
    ast.parse((ROOT / name).read_text(), feature_version=(3, 8))


def test_an_old_python_is_told_which_one_to_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RATIONALE_NO_BOOTSTRAP", raising=False)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    monkeypatch.setattr(sys, "version", "3.9.2 (main)")
    (tmp_path / "python3.12").touch(mode=0o755)
    for path, advice in ((str(tmp_path), "; use python3.12, which is here."), ("/none", ".")):
        monkeypatch.setenv("PATH", path)
        with pytest.raises(SystemExit) as caught:
            bootstrap.ensure()
        assert caught.value.code == f"Python 3.11 or newer is needed; this is 3.9.2{advice}"
