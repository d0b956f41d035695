"""The description of a model that is served elsewhere: where, how it is asked, and what it gives.

It is JSON, stored and hashed as other artefacts are. The digest binds the description; what answers there is bound
by nothing but the answers themselves, which are compared with the recorded scores.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Literal, cast
from urllib.parse import urlsplit

from explain.formats.checks.plain import Part, parse
from explain.formats.checks.structure import MOST_CLASSES, MOST_COLUMNS
from explain.formats.rules import Rules
from explain.refusals import NotAllowed

WHAT: Final = "description of a remote model"
Gives = Literal["probabilities", "probability", "value"]
KEYS: Final = frozenset(
    {
        "protocol",
        "url",
        "model",
        "version",
        "features",
        "categories",
        "classes",
        "gives",
        "input",
        "datatype",
        "output",
        "rows",
        "auth",
    }
)
DATATYPES: Final = ("FP32", "FP64")
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
# Only these variables of the environment may go into a header: a description names no other secret.
VARIABLE: Final = re.compile(r"RATIONALE_REMOTE_[A-Z0-9_]{1,64}\Z")
HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Remote:
    """protocol: "v2" (Open Inference Protocol, REST) or "v1" (``:predict``).

    url:      scheme, host, port and base path; the protocol's own path is added to it.
    gives:    one probability per class; the probability of the second of two classes; or a value.
    input:    the one tensor that takes all features; "" where each feature has one of its own.
    output:   the output that is read; "" for the first (v2), or each prediction itself (v1).
    rows:     (v1) an instance is a list of values, or an object by feature.
    header, variable: what is sent for authority, and the environment variable that holds it.
    """

    protocol: Literal["v1", "v2"]
    url: str
    model: str
    version: str
    features: tuple[str, ...]
    categories: tuple[str, ...]
    classes: tuple[str | int, ...]
    gives: Gives
    input: str
    datatype: str
    output: str
    rows: Literal["list", "object"]
    header: str
    variable: str


def examine(content: bytes, rules: Rules) -> None:
    """The door's question; see ``explain.formats.registry``."""
    require_allowed(check(content).url, rules)


def check(content: bytes) -> Remote:
    """What the description says. Raises Malformed with a pointer."""
    said = parse(content, WHAT)
    if not isinstance(said.value, dict):
        raise said.fail("an object should stand here.")
    for name in said.value:
        if name not in KEYS:
            raise said.fail(f"'{name}' means nothing.")
    features = _names(said["features"], MOST_COLUMNS)
    gives = cast("Gives", _one_of(said["gives"], ("probabilities", "probability", "value")))
    classes = _classes(said, gives)
    categories = _names(said["categories"], MOST_COLUMNS) if said.get("categories") else ()
    if set(categories) - set(features):
        raise said["categories"].fail("a category is no feature.")
    header, variable = _auth(said.get("auth"))
    return Remote(
        protocol=cast("Literal['v1', 'v2']", _one_of(said["protocol"], ("v1", "v2"))),
        url=said["url"].text().rstrip("/"),
        model=_matching(said["model"], NAME, "a plain name"),
        version=_matching(said["version"], NAME, "a plain name") if said.get("version") else "",
        features=features,
        categories=categories,
        classes=classes,
        gives=gives,
        input=said["input"].text() if said.get("input") else "",
        datatype=_one_of(said["datatype"], DATATYPES) if said.get("datatype") else "FP64",
        output=said["output"].text() if said.get("output") else "",
        rows=cast(
            "Literal['list', 'object']",
            _one_of(said["rows"], ("list", "object")) if said.get("rows") else "list",
        ),
        header=header,
        variable=variable,
    )


def require_allowed(url: str, rules: Rules) -> None:
    """Refuse an address that is not on the installation's list, or not https (http: to this machine only)."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise NotAllowed(
            "The remote model's address may hold a host, a port and a path, and nothing else."
        )
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise NotAllowed("A remote model is asked over https, or over http on this machine.")
    if ".." in parts.path.split("/") or "%" in parts.path or "\\" in url:
        raise NotAllowed("The remote model's path may not climb.")
    if not any(_covers(allowed, url) for allowed in rules.remote):
        raise NotAllowed(
            f"The address {parts.scheme}://{parts.netloc} is not among those where models may be asked "
            "(setting RATIONALE_REMOTE_MODELS)."
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _covers(allowed: str, url: str) -> bool:
    """Same scheme, host and port, and the path at or below the allowed one."""
    one, other = urlsplit(allowed), urlsplit(url)
    same = (one.scheme, one.hostname, _port(one.scheme, one.port)) == (
        other.scheme,
        other.hostname,
        _port(other.scheme, other.port),
    )
    base = one.path.rstrip("/") + "/"
    return same and (other.path.rstrip("/") + "/").startswith(base)


def _port(scheme: str, port: int | None) -> int:
    return port or (443 if scheme == "https" else 80)


def _classes(said: Part, gives: Gives) -> tuple[str | int, ...]:
    if gives == "value":
        if said.get("classes"):
            raise said["classes"].fail("a model that gives a value has no classes.")
        return ()
    listed = said["classes"].parts(most=MOST_CLASSES)
    for part in listed:
        if type(part.value) not in (str, int):
            raise part.fail("a class is a text or a whole number.")
    if len(listed) < 2 or (gives == "probability" and len(listed) != 2):
        raise said["classes"].fail(
            "there should be two classes, or more where each has its probability."
        )
    return tuple(part.value for part in listed)


def _names(part: Part, most: int) -> tuple[str, ...]:
    found = tuple(one.text() for one in part.parts(most=most))
    if not found or len(set(found)) < len(found):
        raise part.fail("names, each once, should stand here.")
    return found


def _one_of(part: Part, known: tuple[str, ...]) -> str:
    if part.text() not in known:
        raise part.fail(f"one of {', '.join(known)} should stand here.")
    return part.text()


def _matching(part: Part, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.match(part.text()):
        raise part.fail(f"{what} should stand here.")
    return part.text()


def _auth(part: Part | None) -> tuple[str, str]:
    if part is None:
        return "", ""
    return (
        _matching(part["header"], HEADER, "the name of a header"),
        _matching(part["variable"], VARIABLE, "the name of a variable RATIONALE_REMOTE_…"),
    )
