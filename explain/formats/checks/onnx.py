"""ONNX: refused unless it stands by itself (no files beside it, no operators from elsewhere) and its trees are trees.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from explain.formats.checks.plain import Part
from explain.formats.checks.protobuf import Message
from explain.formats.checks.structure import MOST_NODES, is_one_tree
from explain.refusals import Malformed, Untrusted

WHAT: Final = "ONNX model"
DOMAINS: Final = frozenset({"", "ai.onnx", "ai.onnx.ml"})
MOST_DEEP = 8
MOST_ELEMENTS = 1 << 28
# Fields by message, as named in onnx.proto.
GRAPH, OPSETS, TRAINING, FUNCTIONS = 7, 8, 20, 25
NODES, INITIALIZERS, SPARSE = 1, 5, 15
OP_TYPE, ATTRIBUTES, DOMAIN = 4, 5, 7
TENSOR_DIMS, TENSOR_EXTERNAL, TENSOR_LOCATION = 1, 13, 14
ATTRIBUTE_TENSORS, ATTRIBUTE_GRAPHS = (5, 10), (6, 11)


@dataclass(frozen=True, slots=True)
class Facts:
    """operators: by name, sorted. classes: the labels a classifier in it names; None where none does."""

    operators: tuple[str, ...]
    classes: tuple[str, ...] | tuple[int, ...] | None


@dataclass(slots=True)
class Found:
    """What has been met on the way through the graphs."""

    operators: set[str] = field(default_factory=set)
    classes: tuple[str, ...] | tuple[int, ...] | None = None


def check(content: bytes) -> Facts:
    """What the file says. Raises Malformed or Untrusted."""
    model = Message.of(content, WHAT)
    graphs = model.inner(GRAPH)
    if len(graphs) != 1 or not model.all(OPSETS):
        raise Malformed(WHAT, "it does not hold one graph and the versions of its operators.")
    for wanted in model.inner(OPSETS):
        _known(wanted.text(1))
    if model.all(TRAINING) or model.all(FUNCTIONS):
        raise Untrusted(
            "The ONNX model brings functions or training of its own; export the plain model."
        )
    found = Found()
    _graph(graphs[0], found, 0)
    return Facts(tuple(sorted(found.operators)), found.classes)


def _known(domain: str) -> None:
    if domain not in DOMAINS:
        raise Untrusted(f"The ONNX model needs operators of '{domain}', which is not trusted here.")


def _graph(graph: Message, found: Found, depth: int) -> None:
    if depth > MOST_DEEP:
        raise Malformed(WHAT, f"its graphs are nested deeper than {MOST_DEEP} levels.")
    if graph.all(SPARSE):
        raise Malformed(WHAT, "sparse constants are not read here.")
    for tensor in graph.inner(INITIALIZERS):
        _tensor(tensor)
    for node in graph.inner(NODES):
        _node(node, found, depth)


def _node(node: Message, found: Found, depth: int) -> None:
    _known(node.text(DOMAIN))
    operator = node.text(OP_TYPE)
    found.operators.add(operator)
    attributes = {one.text(1): one for one in node.inner(ATTRIBUTES)}
    if operator.startswith("TreeEnsemble"):
        _trees(operator, attributes)
    found.classes = _labels(attributes) or found.classes
    for attribute in attributes.values():
        for tensor in _inside(attribute, ATTRIBUTE_TENSORS):
            _tensor(tensor)
        for inner in _inside(attribute, ATTRIBUTE_GRAPHS):
            _graph(inner, found, depth + 1)


def _inside(attribute: Message, fields: tuple[int, ...]) -> list[Message]:
    return [message for field in fields for message in attribute.inner(field)]


def _tensor(tensor: Message) -> None:
    if tensor.all(TENSOR_EXTERNAL) or any(tensor.whole(TENSOR_LOCATION)):
        raise Untrusted(
            "The ONNX model keeps its weights in another file; save it as one file "
            "(save_as_external_data=False)."
        )
    size = 1
    for dimension in tensor.whole(TENSOR_DIMS):
        size *= dimension
        if dimension < 0 or size > MOST_ELEMENTS:
            raise Malformed(WHAT, f"a constant has more than {MOST_ELEMENTS:,} elements.")


def _labels(attributes: dict[str, Message]) -> tuple[str, ...] | tuple[int, ...] | None:
    for name in ("classlabels_strings", "classlabels_ints", "classlabels_int64s"):
        if name in attributes:
            texts = attributes[name].all(9)
            numbers = attributes[name].whole(8)
            if texts or numbers:
                return tuple(raw.decode(errors="replace") for raw in texts) or tuple(numbers)
    return None


def _trees(operator: str, attributes: dict[str, Message]) -> None:
    """The library links nodes by number and follows them; so every number must lead to a node, once."""
    at = Part(WHAT, None, f"/{operator}")
    if operator == "TreeEnsemble":
        raise at.fail(
            "this operator is not read here yet; export with an earlier opset of ai.onnx.ml."
        )

    def numbers(name: str) -> list[int]:
        return attributes[name].whole(8) if name in attributes else []

    tree, node = numbers("nodes_treeids"), numbers("nodes_nodeids")
    yes, no = numbers("nodes_truenodeids"), numbers("nodes_falsenodeids")
    modes = attributes["nodes_modes"].all(9) if "nodes_modes" in attributes else []
    if not len(tree) == len(node) == len(yes) == len(no) == len(modes) <= MOST_NODES:
        raise at.fail("its lists of nodes are not equally long.")
    members: dict[int, list[int]] = {}
    for place, number in enumerate(tree):
        members.setdefault(number, []).append(place)
    leaf = [mode == b"LEAF" for mode in modes]
    for places in members.values():
        _tree(at, places, node, leaf, (yes, no))
    kind = "class" if operator == "TreeEnsembleClassifier" else "target"
    if not {*zip(numbers(f"{kind}_treeids"), numbers(f"{kind}_nodeids"), strict=False)} <= {
        *zip(tree, node, strict=True)
    }:
        raise at.fail("a leaf's value belongs to no leaf.")


def _tree(
    at: Part,
    places: list[int],
    node: list[int],
    leaf: list[bool],
    sides: tuple[list[int], list[int]],
) -> None:
    """One tree, whose nodes stand at ``places`` of the lists."""
    own = {node[place]: number for number, place in enumerate(places)}
    if len(own) != len(places):
        raise at.fail("a tree names a node twice.")
    nowhere = len(places)
    children = [
        [-1 if leaf[place] else own.get(side[place], nowhere) for place in places] for side in sides
    ]
    if max(map(max, children)) >= nowhere:
        raise at.fail("a node of a tree leads nowhere.")
    is_one_tree(at, children[0], children[1])


def examine(content: bytes, rules: object) -> None:
    """The door's question; see ``explain.formats.registry``."""
    check(content)
