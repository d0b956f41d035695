"""An MLflow model directory in one archive: what kind of model it holds, and in which of its files.

Only ``MLmodel`` and the one file it names are read; code, environments and conda files are left alone.
https://mlflow.org/docs/latest/ml/model/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from explain.formats.checks import archive
from explain.formats.registry import check
from explain.formats.rules import Rules
from explain.refusals import Malformed, NotAllowed, Untrusted

WHAT: Final = "MLflow model"
DESCRIPTION: Final = "MLmodel"
# Flavour, the entry of its section that names the file, and the kind of artefact that file is.
FLAVOURS: Final = (
    ("xgboost", ("data",), "xgboost"),
    ("lightgbm", ("data",), "lightgbm"),
    ("catboost", ("data",), "catboost"),
    ("onnx", ("data",), "onnx"),
    ("sklearn", ("pickled_model",), "pickle"),
)
# YAML's aliases let a few lines stand for billions.
MOST_DESCRIPTION = 1 << 20


@dataclass(frozen=True, slots=True)
class Held:
    """The kind of artefact inside, and its bytes."""

    kind: str
    content: bytes


def examine(content: bytes, rules: Rules) -> None:
    """The door's question; see ``explain.formats.registry``."""
    held = find(content, rules)
    check(held.kind, held.content, rules)


def find(content: bytes, rules: Rules) -> Held:
    """The model inside. Raises Untrusted and its kin, NotAllowed for a pickle where none may be."""
    files = archive.unpack(content, rules.most_bytes)
    folder, description = _description(files)
    flavours = description.get("flavors")
    if not isinstance(flavours, Mapping):
        raise Malformed(WHAT, "a mapping should stand here.", "/flavors")
    for flavour, entries, kind in FLAVOURS:
        section = flavours.get(flavour)
        if isinstance(section, Mapping):
            path = next(
                (section[name] for name in entries if isinstance(section.get(name), str)), ""
            )
            return _held(files, folder + path, flavour, kind, rules)
    known = ", ".join(flavour for flavour, _, _ in FLAVOURS)
    found = ", ".join(map(str, flavours)) or "none"
    raise Untrusted(f"The MLflow model has the flavours {found}; understood are {known}.")


def _held(files: dict[str, bytes], path: str, flavour: str, kind: str, rules: Rules) -> Held:
    model = files.get(path)
    if model is None:
        raise Malformed(WHAT, f"'{path}' is missing.", f"/flavors/{flavour}")
    # MLflow writes scikit-learn models with skops where it is told to.
    if flavour == "sklearn" and model[:2] == b"PK":
        kind = "skops"
    archive.refuse_nested(files, frozenset({path} if kind in ("skops", "pickle") else ()))
    if kind == "pickle" and not rules.pickle:
        raise NotAllowed(
            "The MLflow model holds a pickle, which can hold programs, and an administrator has not allowed "
            "them here; log it with serialization_format='skops'."
        )
    return Held(kind, model)


def _description(files: dict[str, bytes]) -> tuple[str, Mapping[str, Any]]:
    """The folder that holds ``MLmodel``, with its stroke, and what it says."""
    places = [path for path in files if path.split("/")[-1] == DESCRIPTION and path.count("/") <= 1]
    if len(places) != 1:
        raise Malformed(
            WHAT, "the archive should hold one file 'MLmodel', at its top or in one folder."
        )
    raw = files[places[0]]
    if len(raw) > MOST_DESCRIPTION:
        raise Malformed(WHAT, "its description is too long.", DESCRIPTION)
    try:
        if any(
            isinstance(event, yaml.AliasEvent) for event in yaml.parse(raw, Loader=yaml.SafeLoader)
        ):
            raise Malformed(WHAT, "its description uses aliases.", DESCRIPTION)
        said = yaml.safe_load(raw)
    except (yaml.YAMLError, RecursionError) as error:
        raise Malformed(
            WHAT, f"its description is not plain YAML ({type(error).__name__}).", DESCRIPTION
        ) from None
    if not isinstance(said, Mapping):
        raise Malformed(WHAT, "a mapping should stand here.", DESCRIPTION)
    return places[0][: -len(DESCRIPTION)], said
