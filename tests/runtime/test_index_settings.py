import os
from pathlib import Path

import pytest

from runtime import installation
from runtime.index_settings import read_pip_settings, uv_arguments, uv_environment


@pytest.fixture
def pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A pip that reads one file of settings and nothing of this machine's."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_", "HTTP"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("HOME", str(tmp_path))
    # An environment made by uv has no pip of its own; the Python it was made with has one.
    return [installation._base_python(), "-m", "pip"]


def test_pip_s_places_are_told_to_uv(
    pip: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "pip.conf").write_text(
        f"[global]\nindex-url = https://overridden/simple\ncert = /ca.pem\ntimeout = 9\n"
        f"extra-index-url = https://b/simple\n  file:///none/simple\n  file://{tmp_path}/here\n"
        f"[install]\nindex-url = https://a/simple\ntrusted-host = a\nproxy = http://p:1\n"
    )
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path}/here /none https://c/links")
    settings = read_pip_settings(pip)
    assert uv_arguments(settings) == [
        *("--default-index", "https://a/simple"),
        *("--index", "https://b/simple", "--index", f"file://{tmp_path}/here"),
        *("--index-strategy", "unsafe-best-match"),
        *("--find-links", f"{tmp_path}/here", "--find-links", "https://c/links"),
        *("--allow-insecure-host", "a"),
    ]
    environment = uv_environment(settings)
    names = ("SSL_CERT_FILE", "HTTPS_PROXY", "UV_HTTP_TIMEOUT", "UV_NO_CACHE")
    assert [environment.get(name) for name in names] == ["/ca.pem", "http://p:1", "9", None]


def test_what_is_set_for_uv_wins(pip: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://a/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://mine/simple")
    assert uv_arguments(read_pip_settings(pip)) == []


def test_a_user_without_a_home_gets_no_cache(
    pip: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/nonexistent")
    assert uv_environment({})["UV_NO_CACHE"] == "1"


def test_no_index_is_passed_on() -> None:
    assert uv_arguments({"no-index": ["true"]}) == ["--no-index"]
