"""POST decisions and outcomes, one or many. No receipt leaves before its commit is durable."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from audit import decisions, outcomes, segments
from audit.api.answers import AlwaysJSON, answer, bulk, links, recorded, voice_of
from audit.api.parameters import bad_parameter, taken
from audit.bulk import MAX_LINES, BulkResult, OnError
from audit.decisions import Recorded
from audit.door import Forbidden, TooLarge, Voice
from audit.parsers import JSON, NDJSON, read_body
from audit.serializers import (
    DECISION_IN,
    OUTCOME_IN,
    OUTCOME_LINE_IN,
    SEGMENTS_IN,
    BulkOut,
    OutcomeRecordedOut,
    RecordedOut,
)

ON_ERROR = OpenApiParameter(
    "on_error",
    enum=["fail", "skip"],
    default="fail",
    description="fail: a bad line refuses all. skip: good lines are recorded, bad ones are told.",
)
USE_CASE = OpenApiParameter(
    "use_case", OpenApiTypes.STR, description="Needed when two use cases use the same id."
)


class Door(APIView):
    """Reads its own body, as bytes."""

    content_negotiation_class = AlwaysJSON

    def must_allow(self, act: str, voice: Voice) -> None:
        """Turn away at the door who may do this nowhere, before a byte of the body is read."""
        if voice.use_cases(act) == frozenset():
            raise Forbidden(f"This key or role does not include {act}.")


class RecordDecision(Door):
    @extend_schema(
        operation_id="record_decision",
        tags=["decisions"],
        request={"application/json": DECISION_IN},
        responses={
            201: OpenApiResponse(RecordedOut, "Recorded."),
            200: OpenApiResponse(RecordedOut, "Recorded before: the receipt of that time."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Record one decision. The same id and body again give the same receipt, with status 200."""
        voice = voice_of(request)
        self.must_allow(decisions.ACT, voice)
        raw = read_body(request._request, types=JSON, limit=settings.AUDIT_MAX_BODY)
        done = decisions.record(voice=voice, raw=raw)
        said = {"violations": done.violations, "links": links(request.path, done)}
        return answer({**recorded(done), **said}, _status(done))


class RecordDecisions(Door):
    parameters = taken([ON_ERROR])

    @extend_schema(
        operation_id="record_decisions",
        tags=["decisions"],
        parameters=[ON_ERROR],
        request={"application/x-ndjson": DECISION_IN},
        responses={200: BulkOut, 201: BulkOut},
    )
    def post(self, request: Request) -> HttpResponse:
        """Record many decisions, one JSON object a line; gzip is welcome.

        All or nothing, unless on_error=skip. Status 201 when something new was recorded.
        """
        return _many(self, request, decisions.ACT, decisions.record_many)


class RecordOutcome(Door):
    parameters = taken([USE_CASE])

    @extend_schema(
        operation_id="record_outcome",
        tags=["outcomes"],
        parameters=[USE_CASE],
        request={"application/json": OUTCOME_IN},
        responses={
            201: OpenApiResponse(OutcomeRecordedOut, "Recorded."),
            200: OpenApiResponse(OutcomeRecordedOut, "Recorded before."),
            410: OpenApiResponse(description="The person is erased."),
        },
    )
    def post(self, request: Request, decision_id: str) -> HttpResponse:
        """Record what turned out true of a decision."""
        voice = voice_of(request)
        self.must_allow(outcomes.ACT, voice)
        raw = read_body(request._request, types=JSON, limit=settings.AUDIT_MAX_BODY)
        done = outcomes.record(
            voice=voice,
            decision=decision_id,
            raw=raw,
            use_case=request.query_params.get("use_case"),
        )
        return answer(recorded(done), _status(done))


class RecordOutcomes(Door):
    parameters = taken([ON_ERROR])

    @extend_schema(
        operation_id="record_outcomes",
        tags=["outcomes"],
        parameters=[ON_ERROR],
        request={"application/x-ndjson": OUTCOME_LINE_IN},
        responses={200: BulkOut, 201: BulkOut},
    )
    def post(self, request: Request) -> HttpResponse:
        """Record many outcomes, one JSON object a line; each names its decision."""
        return _many(self, request, outcomes.ACT, outcomes.record_many)


class RecordSegments(Door):
    @extend_schema(
        operation_id="record_segments",
        tags=["segments"],
        request={"application/json": SEGMENTS_IN},
        responses={
            201: OpenApiResponse(OutcomeRecordedOut, "Recorded."),
            200: OpenApiResponse(OutcomeRecordedOut, "Recorded before."),
            410: OpenApiResponse(description="The person is erased."),
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """State segments of a person, or of one decision, with the purpose they are kept for."""
        voice = voice_of(request)
        self.must_allow(segments.ACT, voice)
        raw = read_body(request._request, types=JSON, limit=settings.AUDIT_MAX_BODY)
        done = segments.record(voice=voice, raw=raw)
        return answer(recorded(done), _status(done))


class RecordManySegments(Door):
    parameters = taken([ON_ERROR])

    @extend_schema(
        operation_id="record_segments_bulk",
        tags=["segments"],
        parameters=[ON_ERROR],
        request={"application/x-ndjson": SEGMENTS_IN},
        responses={200: BulkOut, 201: BulkOut},
    )
    def post(self, request: Request) -> HttpResponse:
        """State segments of many, one JSON object a line."""
        return _many(self, request, segments.ACT, segments.record_many)


def _many(door: Door, request: Request, act: str, verb: Callable[..., BulkResult]) -> HttpResponse:
    voice = voice_of(request)
    door.must_allow(act, voice)
    on_error = _on_error(request)
    raw = read_body(request._request, types=NDJSON, limit=settings.AUDIT_MAX_BULK, gzip=True)
    if raw.count(b"\n") > MAX_LINES:  # before it is cut up: 64 million empty lines fill the memory
        raise TooLarge(f"A bulk has at most {MAX_LINES} lines; send the rest in another.")
    result = verb(voice=voice, lines=raw.split(b"\n"), on_error=on_error)
    return answer(bulk(result), 201 if result.recorded else 200)


def _on_error(request: Request) -> OnError:
    asked = request.query_params.get("on_error", "fail")
    if asked not in {"fail", "skip"}:
        raise bad_parameter("on_error", "on_error is fail or skip.")
    return cast("OnError", asked)


def _status(done: Recorded) -> int:
    return 200 if done.repeated else 201
