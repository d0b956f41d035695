"""skops files: a zip of arrays and a description of objects. Models of other libraries inside it are
taken out as plain bytes, so that skops builds nothing but scikit-learn."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from explain.formats.checks import archive, catboost, lightgbm, ubj, xgboost
from explain.formats.rules import Rules
from explain.refusals import Malformed, Untrusted

WHAT: Final = "skops file"
SCHEMA: Final = "schema.json"
MARK: Final = "model of another library"
# The wrapper classes whose models are taken out, and the kind of artefact that then is.
WRAPPERS: Final = {
    f"{module}.{name}": kind
    for kind, module, names in (
        (
            "xgboost",
            "xgboost.sklearn",
            ("XGBClassifier", "XGBRegressor", "XGBRFClassifier", "XGBRFRegressor"),
        ),
        ("lightgbm", "lightgbm.sklearn", ("LGBMClassifier", "LGBMRegressor")),
        ("catboost", "catboost.core", ("CatBoostClassifier", "CatBoostRegressor")),
    )
    for name in names
}
# The one function that may be stored with arguments: HistGradientBoosting's check of its numbers.
PARTIAL_OF: Final = ("sklearn.utils.validation", "check_array")
# What of a wrapper's own attributes is kept: the labels of its classes.
KEPT: Final = ("_classes",)


@dataclass(frozen=True, slots=True)
class Taken:
    """A file without the models of other libraries, and these models in their own formats."""

    content: bytes
    models: tuple[tuple[str, bytes], ...]


def examine(content: bytes, rules: Rules) -> None:
    """The door's question; see ``explain.formats.registry``."""
    take_out(content, rules)


def take_out(content: bytes, rules: Rules) -> Taken:
    """Raises Untrusted and its kin: for bad zips, bad descriptions, and bad models inside."""
    files = archive.check_zip(content, rules.most_bytes, WHAT)
    archive.refuse_nested(files, frozenset(name for name in files if name.endswith(".npz")))
    for name, inner in files.items():
        if name.endswith(".npz"):
            archive.refuse_nested(archive.check_zip(inner, rules.most_bytes, WHAT))
    try:
        schema = orjson.loads(files[SCHEMA])
    except (KeyError, orjson.JSONDecodeError):
        raise Malformed(WHAT, "it holds no description of its objects.") from None
    models: list[tuple[str, bytes]] = []
    for node in _nodes(schema):
        _check_partial(node)
        kind = WRAPPERS.get(f"{node.get('__module__')}.{node.get('__class__')}")
        if kind and node.get("__loader__") == "ObjectNode":
            _replace(node, kind, files, models)
    if not models:
        return Taken(content, ())
    return Taken(_zip({**files, SCHEMA: orjson.dumps(schema)}), tuple(models))


def _check_partial(node: dict[str, Any]) -> None:
    if node.get("__loader__") != "PartialNode":
        return
    content = node.get("content")
    func = content.get("func") if isinstance(content, dict) else None
    named = (func.get("__module__"), func.get("__class__")) if isinstance(func, dict) else ()
    if named != PARTIAL_OF:
        raise Untrusted("The artefact stores a function with arguments, which is not trusted here.")


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the description. What is replaced while it is visited is not descended into."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _replace(
    node: dict[str, Any], kind: str, files: dict[str, bytes], models: list[tuple[str, bytes]]
) -> None:
    """Put a dict in the place of a wrapper: where its model is in the list, and its labels."""
    state = node.get("content")
    held = state.get("content") if isinstance(state, dict) else None
    if not isinstance(held, dict):
        raise Malformed(WHAT, f"a model of {kind} has no content.")
    model = _model(kind, held, files)
    kept = {name: held[name] for name in KEPT if name in held}
    # The outermost object also says by which release it was written.
    stays = {name: node[name] for name in ("__id__", "protocol", "_skops_version") if name in node}
    place = len(models) if model is not None else -1
    if model is not None:
        models.append((kind, model))
    node.clear()
    node |= _dict({MARK: _json(place), **kept}) | stays


def _model(kind: str, held: dict[str, Any], files: dict[str, bytes]) -> bytes | None:
    """The model's bytes in its library's own format, looked through; None of one never fitted."""
    if kind == "catboost":
        return _looked_at(kind, _file(held.get("__model"), files))
    booster = held.get("_Booster")
    inner = booster.get("content") if isinstance(booster, dict) else None
    state = inner.get("content") if isinstance(inner, dict) else None
    if not isinstance(state, dict):
        return None
    if kind == "xgboost":
        memory = _file(state.get("handle"), files)
        return None if memory is None else _looked_at(kind, ubj.slice_of(memory, "Model"))
    text = state.get("_handle", state.get("handle"))
    try:
        said = orjson.loads(text["content"] if isinstance(text, dict) else "")
    except (KeyError, TypeError, orjson.JSONDecodeError):
        said = None
    if not isinstance(said, str):
        raise Malformed(WHAT, f"a model of {kind} is no text.")
    return _looked_at(kind, said.encode())


def _looked_at(kind: str, model: bytes | None) -> bytes | None:
    if model is not None:
        {"xgboost": xgboost.check, "lightgbm": lightgbm.check, "catboost": catboost.check}[kind](
            model
        )
    return model


def _file(node: Any, files: dict[str, bytes]) -> bytes | None:
    if node is None:
        return None
    if not isinstance(node, dict) or node.get("__loader__") not in ("BytesNode", "BytearrayNode"):
        raise Untrusted("A model of another library is not stored as plain bytes.")
    found = files.get(str(node.get("file")))
    if found is None:
        raise Malformed(WHAT, "the bytes of a model are missing.")
    return found


def _dict(content: dict[str, Any]) -> dict[str, Any]:
    types = [
        {"__class__": "str", "__module__": "builtins", "__loader__": "TypeNode"} for _ in content
    ]
    return {
        "__class__": "dict",
        "__module__": "builtins",
        "__loader__": "DictNode",
        "content": content,
        "key_types": {
            "__class__": "list",
            "__module__": "builtins",
            "__loader__": "ListNode",
            "content": types,
        },
    }


def _json(value: int) -> dict[str, Any]:
    plain = {"__class__": "str", "__module__": "builtins", "__loader__": "JsonNode"}
    return {**plain, "content": str(value), "is_json": True}


def _zip(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return held.getvalue()
