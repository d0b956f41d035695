"""CatBoost's model files. The binary one (.cbm) is a FlatBuffer, whose inside only its library reads:
it is tried in a process of its own first. The JSON one is looked through here."""

from __future__ import annotations

import struct
from typing import Final

from explain.formats.checks.plain import Part, parse
from explain.formats.checks.structure import MOST_CLASSES, MOST_COLUMNS, MOST_TREES
from explain.refusals import Malformed

WHAT: Final = "CatBoost model"
MAGIC: Final = b"CBM1"
MOST_SPLITS = 16


def check(content: bytes) -> str:
    """'cbm' or 'json'. Raises Malformed."""
    if content.startswith(MAGIC):
        _check_binary(content)
        return "cbm"
    if content[:1] == b"{":
        _check_json(parse(content, WHAT))
        return "json"
    raise Malformed(WHAT, "it begins like neither .cbm nor JSON.")


def _check_binary(content: bytes) -> None:
    """A magic word, the length of the core, the core; its first word is the place of its root table."""
    if len(content) < 16:
        raise Malformed(WHAT, "it ends too early.")
    size = struct.unpack_from("<I", content, 4)[0]
    if not 8 <= size <= len(content) - 8:
        raise Malformed(WHAT, "its core is longer than the file.", "byte 4")
    root = struct.unpack_from("<I", content, 8)[0]
    if not 4 <= root <= size - 4:
        raise Malformed(WHAT, "its first table lies outside it.", "byte 8")
    table = 8 + root
    index = table - struct.unpack_from("<i", content, table)[0]
    if not 8 <= index <= 8 + size - 4:
        raise Malformed(WHAT, "its first table lies outside it.", f"byte {table}")


def _check_json(document: Part) -> None:
    features = document["features_info"]
    floats = features.get("float_features")
    for one in floats.parts(most=MOST_COLUMNS) if floats else []:
        one["flat_feature_index"].number(0, MOST_COLUMNS)
        borders = one.get("borders")
        if borders is not None:
            borders.real(len(borders.value))
    if document.get("oblivious_trees") is None:
        raise document.fail("only symmetric trees are read from JSON; save it as .cbm.")
    trees = document["oblivious_trees"].parts(most=MOST_TREES)
    for tree in trees:
        splits = tree.get("splits")
        listed = splits.parts(most=MOST_SPLITS) if splits else []
        for one in listed:
            one["split_index"].number(0, 2**31 - 1)
        values = tree["leaf_values"]
        values.real(len(values.value))
        if (
            not values.value
            or len(values.value) % (1 << len(listed))
            or (len(values.value) >> len(listed) > MOST_CLASSES)
        ):
            raise values.fail(f"{len(listed)} splits do not make {len(values.value)} values.")


def examine(content: bytes, rules: object) -> None:
    """The door's question; see ``explain.formats.registry``."""
    check(content)
