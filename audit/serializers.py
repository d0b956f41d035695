"""What the doors of decisions and outcomes answer; hashes are lower-case hex, times RFC 3339 UTC."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from rest_framework import serializers

from audit.decisions import DecisionIn
from audit.forms import PYTHON_END
from audit.outcomes import OutcomeIn, OutcomeLineIn
from audit.segments import SegmentsIn


def form_schema(form: type) -> dict[str, Any]:
    """The JSON Schema of a form, with its parts written out in place."""
    schema = msgspec.json.schema(form)
    parts = schema.pop("$defs", {})
    top = parts[schema["$ref"].rpartition("/")[2]]
    written: dict[str, Any] = _in_place(top, parts)
    return written


def _in_place(node: Any, parts: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_in_place(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _in_place(parts[node["$ref"].rpartition("/")[2]], parts)
    written = {name: _in_place(value, parts) for name, value in node.items()}
    if isinstance(written.get("pattern"), str):
        written["pattern"] = written["pattern"].removesuffix(PYTHON_END)
    return written


DECISION_IN: Final = form_schema(DecisionIn)
OUTCOME_IN: Final = form_schema(OutcomeIn)
OUTCOME_LINE_IN: Final = form_schema(OutcomeLineIn)
SEGMENTS_IN: Final = form_schema(SegmentsIn)


class ReceiptOut(serializers.Serializer[Any]):
    """The log's promise: this leaf is durable and will be in the tree (docs/log-format.md)."""

    leaf_hash = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    signature = serializers.CharField(help_text="Ed25519, base64.")
    key_id = serializers.CharField()


class LinksOut(serializers.Serializer[Any]):
    self = serializers.CharField()
    receipt = serializers.CharField()
    why = serializers.CharField()


class RecordedOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    entry_id = serializers.UUIDField()
    receipt = ReceiptOut()
    violations = serializers.ListField(child=serializers.CharField())
    links = LinksOut()


class OutcomeRecordedOut(serializers.Serializer[Any]):
    """Of outcomes, and of segments."""

    id = serializers.CharField()
    entry_id = serializers.UUIDField()
    receipt = ReceiptOut()


class LineReceiptOut(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    id = serializers.CharField()
    entry_id = serializers.UUIDField()
    leaf_hash = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    repeated = serializers.BooleanField()
    violations = serializers.ListField(child=serializers.CharField())


class BatchOut(serializers.Serializer[Any]):
    """One signature for all receipts: over the root of their leaf hashes, in order."""

    count = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    signature = serializers.CharField()
    key_id = serializers.CharField()


class LineProblemOut(serializers.Serializer[Any]):
    line = serializers.IntegerField()
    pointer = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class CountsOut(serializers.Serializer[Any]):
    lines = serializers.IntegerField()
    recorded = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()


class BulkOut(serializers.Serializer[Any]):
    counts = CountsOut()
    receipts = LineReceiptOut(many=True)
    batch = BatchOut()
    problems = LineProblemOut(many=True)


class InclusionOut(serializers.Serializer[Any]):
    leaf_index = serializers.IntegerField()
    size = serializers.IntegerField()
    root = serializers.CharField()  # type: ignore[assignment]
    hashes = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField(help_text="The C2SP signed note, as published.")


class ReceiptsOut(serializers.Serializer[Any]):
    """``included`` is null until a published checkpoint covers the entry; ask again shortly."""

    entry_id = serializers.UUIDField()
    status = serializers.ChoiceField(["accepted", "included"])
    header = serializers.CharField(help_text="The leaf's bytes, as text.")
    accepted = ReceiptOut()
    included = InclusionOut(allow_null=True)


class DecisionOut(serializers.Serializer[Any]):
    """A decision out of the log; ``content`` is what its maker sent, null once the person is erased."""

    id = serializers.CharField(source="decision_id", allow_null=True)
    entry_id = serializers.UUIDField()
    use_case = serializers.CharField()
    model_ref = serializers.CharField()
    model = serializers.CharField()
    version = serializers.CharField()
    actor = serializers.CharField()
    recorded_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    subject_id = serializers.UUIDField(allow_null=True)
    subject = serializers.CharField(source="subject_ref", allow_null=True)
    content = serializers.DictField(allow_null=True)
    body_sha256 = serializers.CharField()
    leaf_hash = serializers.SerializerMethodField()
    leaf_index = serializers.IntegerField(allow_null=True)
    erased_at = serializers.DateTimeField(allow_null=True)
    damage = serializers.CharField(allow_blank=True)

    def get_leaf_hash(self, row: Any) -> str:
        leaf_hash: bytes = row.leaf_hash
        return leaf_hash.hex()


class DecisionRowOut(serializers.Serializer[Any]):
    id = serializers.CharField(source="decision_id")
    entry_id = serializers.UUIDField()
    leaf_index = serializers.IntegerField()
    use_case = serializers.CharField()
    model_ref = serializers.CharField()
    subject_id = serializers.UUIDField()
    subject = serializers.CharField(source="subject_ref", allow_blank=True)
    decided_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    score = serializers.FloatField(allow_null=True)
    threshold = serializers.FloatField(allow_null=True)
    role_of_ai = serializers.CharField()
    trace_id = serializers.CharField(allow_blank=True)
    violations = serializers.ListField(child=serializers.CharField())


class DecisionPageOut(serializers.Serializer[Any]):
    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    previous = serializers.CharField(allow_null=True)
    results = DecisionRowOut(many=True)
