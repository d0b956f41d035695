"""The log as outsiders read it: checkpoint, C2SP tiles, proofs and keys.

Hashes and signatures tell nothing about anybody and are open to all where
settings.AUDIT_PUBLIC_READS says so. Headers name use cases and actors: for them one needs log:read.
"""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import proofs
from audit.api.log_requests import (
    NEVER_KEPT,
    bundle_in,
    entry_id,
    must_read_everywhere,
    must_read_hashes,
    number,
    place_for,
    size_in,
    tile_in,
    told,
)
from audit.api.log_shapes import ConsistencyProofOut, InclusionProofOut, LogKeysOut
from audit.api.parameters import KnownParameters, bad_parameter
from audit.door import NotFound
from audit.keys import key_store
from audit.merkle import TILE_WIDTH

FOR_EVER: Final = "max-age=31536000, immutable"
AN_HOUR: Final = "max-age=3600"


class AnyAccept(BaseContentNegotiation):
    """One form of answer to a path, whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class LogView(APIView):
    """A view that judges for itself who may read."""

    # Whoever asks: each act says itself what needs a voice. The description tells of the first.
    permission_classes = (AllowAny, KnownParameters)
    content_negotiation_class = AnyAccept


class CheckpointView(LogView):
    @extend_schema(operation_id="log_checkpoint", responses={(200, "text/plain"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """The newest signed tree head: a C2SP checkpoint."""
        must_read_hashes(request)
        return _note(proofs.latest_checkpoint(), "no-cache")


class CheckpointAtView(LogView):
    @extend_schema(
        operation_id="log_checkpoint_at", responses={(200, "text/plain"): OpenApiTypes.STR}
    )
    def get(self, request: Request, size: str) -> HttpResponse:
        """The checkpoint that was published when the tree had this size."""
        must_read_hashes(request)
        return _note(proofs.checkpoint_at(number("size", size)), f"public, {FOR_EVER}")


class TileView(LogView):
    @extend_schema(
        operation_id="log_tile", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, tile: str) -> HttpResponse:
        """Hashes of the tree as C2SP tlog-tiles has them: tile/<L>/<N>[.p/<W>]."""
        must_read_hashes(request)
        level, index, width = tile_in(tile)
        with told():
            return _bytes(proofs.tile(level, index, width), "public", width)


class EntriesTileView(LogView):
    @extend_schema(
        operation_id="log_entries_tile",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, tile: str) -> HttpResponse:
        """Headers of all use cases as C2SP tlog-tiles has them: tile/entries/<N>[.p/<W>]."""
        must_read_everywhere(request)
        index, width = bundle_in(tile)
        with told():
            return _bytes(proofs.entries_tile(index, width), "private", width)


class InclusionProofView(LogView):
    parameters = frozenset({"entry", "leaf", "size"})

    @extend_schema(
        operation_id="log_inclusion_proof",
        parameters=[
            OpenApiParameter("entry", OpenApiTypes.UUID, description="The entry's id, or"),
            OpenApiParameter("leaf", OpenApiTypes.INT64, description="its place in the log."),
            OpenApiParameter("size", OpenApiTypes.INT64, description="Of the tree; the newest's."),
        ],
        responses=InclusionProofOut,
    )
    def get(self, request: Request) -> Response:
        """The path from a leaf to the root of a published tree (RFC 9162 §2.1.3)."""
        index, about = self._leaf(request)
        size = size_in(request, "size")
        if index is None or index >= size:
            raise NotFound(
                "No published tree of this size has that leaf yet.",
                code="not-yet-included",
                headers={**NEVER_KEPT, "Retry-After": "1"},
            )
        with told():
            hashes = [hash_.hex() for hash_ in proofs.inclusion(index, size)]
            root = proofs.root_at(size).hex()
        answer = {"leaf_index": index, **about, "size": size, "root": root, "hashes": hashes}
        return Response({**answer, "checkpoint": _note_at(size)}, headers=NEVER_KEPT)

    def _leaf(self, request: Request) -> tuple[int | None, dict[str, str]]:
        asked = request.query_params
        if ("entry" in asked) == ("leaf" in asked):
            raise bad_parameter("entry", "Give either entry or leaf.", "exactly_one")
        if "entry" in asked:
            place = place_for(request, entry_id("entry", asked["entry"]))
            about = {
                "leaf_hash": place.leaf_hash.hex(),
                "entry_id": str(place.entry_id),
                "header": place.header.decode(),
            }
            return place.leaf_index, about
        must_read_hashes(request)
        index = number("leaf", asked["leaf"])
        leaf_hash = proofs.leaf_at(index)
        return (index, {"leaf_hash": leaf_hash.hex()}) if leaf_hash else (None, {})


class ConsistencyProofView(LogView):
    parameters = frozenset({"from", "to"})

    @extend_schema(
        operation_id="log_consistency_proof",
        parameters=[
            OpenApiParameter("from", OpenApiTypes.INT64, required=True),
            OpenApiParameter("to", OpenApiTypes.INT64, description="The newest if absent."),
        ],
        responses=ConsistencyProofOut,
    )
    def get(self, request: Request) -> Response:
        """That an older published tree is a prefix of a newer one (RFC 9162 §2.1.4)."""
        must_read_hashes(request)
        if "from" not in request.query_params:
            raise bad_parameter("from", "Give the size of the older tree.", "required")
        first, second = number("from", request.query_params["from"]), size_in(request, "to")
        if not 0 < first <= second:
            detail = f"Nothing leads from {first} to {second} leaves."
            raise bad_parameter("from", detail, "out_of_range")
        with told():
            answer = {
                "from": first,
                "to": second,
                "from_root": proofs.root_at(first).hex(),
                "to_root": proofs.root_at(second).hex(),
                "hashes": [hash_.hex() for hash_ in proofs.consistency(first, second)],
                "checkpoint": _note_at(second),
            }
        return Response(answer, headers=NEVER_KEPT)


class KeysView(LogView):
    @extend_schema(operation_id="log_keys", responses=LogKeysOut)
    def get(self, request: Request) -> Response:
        """The public keys behind checkpoints (as C2SP vkeys) and receipts."""
        must_read_hashes(request)
        keys = key_store()
        public = {
            "key_id": keys.key_id,
            "algorithm": "Ed25519",
            "public_key": keys.public.hex(),
        }
        answer = {
            "origin": settings.AUDIT_ORIGIN,
            "checkpoint_keys": [{"vkey": str(keys.verifier_key), **public}],
            "receipt_keys": [{**public, "signs": ["accepted", "batch"]}],
        }
        return Response(answer, headers={"Cache-Control": "no-cache"})


def _note(checkpoint: proofs.PublishedCheckpoint | None, kept: str) -> HttpResponse:
    if checkpoint is None:
        raise NotFound("No such checkpoint was published.", headers=NEVER_KEPT)
    return HttpResponse(
        checkpoint.note,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": kept},
    )


def _note_at(size: int) -> str | None:
    checkpoint = proofs.checkpoint_at(size)
    return checkpoint.note if checkpoint else None


def _bytes(content: bytes, whose: str, width: int) -> HttpResponse:
    # A partial tile never changes either, but the full one soon takes its place in every cache.
    kept = FOR_EVER if width == TILE_WIDTH else AN_HOUR
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={"Cache-Control": f"{whose}, {kept}"},
    )
