"""Where this machine's pip fetches packages, told to uv, which does not read pip's settings."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

_SECTIONS = ("global", "install", ":env:")  # a later one wins, as in pip


def read_pip_settings(pip: list[str]) -> dict[str, list[str]]:
    """pip's settings from all its files and the environment; each value split at white space."""
    listed = subprocess.run(
        [*pip, "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found: dict[str, dict[str, list[str]]] = {section: {} for section in _SECTIONS}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.partition(".")
        if section in found:
            found[section][key] = _unquote(value).split()
    return {key: value for section in _SECTIONS for key, value in found[section].items()}


def uv_arguments(settings: dict[str, list[str]]) -> list[str]:
    """The same places as arguments of uv."""
    arguments: list[str] = []
    if "UV_DEFAULT_INDEX" not in os.environ and "UV_INDEX_URL" not in os.environ:
        arguments += _each("--default-index", settings.get("index-url", [])[:1])
    extra = [url for url in settings.get("extra-index-url", []) if _is_there(url)]
    arguments += _each("--index", extra)
    if extra:
        # As pip does it: the best of all places. Safe, because the hashes say which file it is.
        arguments += ["--index-strategy", "unsafe-best-match"]
    arguments += _each("--find-links", filter(_is_there, settings.get("find-links", [])))
    arguments += _each("--allow-insecure-host", settings.get("trusted-host", []))
    if settings.get("no-index", ["0"])[0].lower() in ("1", "true", "yes"):
        arguments.append("--no-index")
    return arguments


def uv_environment(settings: dict[str, list[str]]) -> dict[str, str]:
    """The environment for uv: this one, with pip's certificate, proxy and patience."""
    environment = dict(os.environ)
    if settings.get("cert"):
        environment.setdefault("SSL_CERT_FILE", settings["cert"][0])
    if settings.get("proxy"):
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            environment.setdefault(name, settings["proxy"][0])
    environment.setdefault("UV_HTTP_TIMEOUT", (settings.get("timeout") or ["120"])[0])
    if not _has_home():
        environment.setdefault("UV_NO_CACHE", "1")
    return environment


def _each(option: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (option, value)]


def _is_there(place: str) -> bool:
    """False for a folder that does not exist: pip passes over it, uv stops."""
    parts = urlsplit(place)
    if parts.scheme in ("http", "https"):
        return True
    return Path(parts.path if parts.scheme == "file" else place).is_dir()


def _has_home() -> bool:
    home = Path(os.path.expanduser("~"))
    return home.is_dir() and os.access(home, os.W_OK)


def _unquote(value: str) -> str:
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value
