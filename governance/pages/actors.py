"""Who did something, in words; the log says ``user:<id>``, ``key:<prefix>`` or ``system:<part>``."""

from collections.abc import Mapping
from typing import Final

from governance.pages import formats

SYSTEMS: Final[Mapping[str, str]] = {
    "system:demo": "the demonstration",
    "system:door": "the door",
    "system:explain": "explanation worker",
    "system:fairness": "fairness worker",
    "system:operator": "a command on the server",
}


def called(actor: str, names: Mapping[str, str]) -> str:
    """``names``: of the users among the actors. Whoever is not known keeps the log's own words."""
    if actor in names:
        return names[actor]
    kind, _, rest = actor.partition(":")
    if kind == "key" and rest:
        return f"API key {rest}"
    if kind == "system" and rest:
        return SYSTEMS.get(actor, f"system, {formats.words(rest)}")
    return actor


def cell(actor: str, names: Mapping[str, str]) -> str:
    """The same where it stands alone: it begins with a capital."""
    said = called(actor, names)
    return said if said == actor else said[:1].upper() + said[1:]
