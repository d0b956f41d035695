"""Answers written straight to JSON: a receipt of ten thousand lines must not cost what they did."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast

import orjson
from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from audit.bulk import BulkResult, LineReceipt
from audit.decisions import Recorded
from audit.door import Voice
from audit.proofs import IncludedReceipt
from audit.receipts import AcceptedReceipt, BatchReceipt


class AlwaysJSON(BaseContentNegotiation):
    """These doors speak JSON, whatever the Accept header hopes for."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


def voice_of(request: Request) -> Voice:
    """Who speaks; the authentication classes named in the settings put it there."""
    return cast("Voice", request.auth)


def answer(content: Mapping[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(content), status=status, content_type="application/json")


def receipt(accepted: AcceptedReceipt) -> dict[str, Any]:
    return {
        "leaf_hash": accepted.leaf_hash.hex(),
        "recorded_at": accepted.recorded_at,
        "signature": b64encode(accepted.signature).decode(),
        "key_id": accepted.key_id,
    }


def recorded(done: Recorded) -> dict[str, Any]:
    return {"id": done.id, "entry_id": done.entry.id, "receipt": receipt(done.receipt)}


def links(decisions: str, done: Recorded) -> dict[str, str]:
    """By entry id: a caller's id may stand for decisions of several use cases."""
    self = f"{decisions}/{done.entry.id}"
    return {"self": self, "receipt": f"{self}/receipt", "why": f"{self}/why"}


def bulk(result: BulkResult) -> dict[str, Any]:
    return {
        "counts": {
            "lines": result.lines,
            "recorded": result.recorded,
            "repeated": len(result.receipts) - result.recorded,
            "refused": result.lines - len(result.receipts),
        },
        "receipts": [_line(one) for one in result.receipts],
        "batch": _batch(result.batch),
        "problems": result.problems,
    }


def _line(one: LineReceipt) -> dict[str, Any]:
    return {
        "line": one.line,
        "id": one.id,
        "entry_id": one.entry.id,
        "leaf_hash": one.entry.leaf_hash.hex(),
        "recorded_at": one.entry.recorded_at,
        "repeated": one.repeated,
        "violations": one.violations,
    }


def _batch(batch: BatchReceipt) -> dict[str, Any]:
    return {
        "count": batch.count,
        "root": batch.root.hex(),
        "signature": b64encode(batch.signature).decode(),
        "key_id": batch.key_id,
    }


def inclusion(included: IncludedReceipt | None) -> dict[str, Any] | None:
    if included is None:
        return None
    return {
        "leaf_index": included.leaf_index,
        "size": included.checkpoint.size,
        "root": included.checkpoint.root.hex(),
        "hashes": [one.hex() for one in included.proof],
        "checkpoint": included.checkpoint.note,
    }
