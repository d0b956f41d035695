"""GET decisions: a list, one, its receipt. Reading content is noted before it goes out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from audit import accesses, log, proofs, queries, receipts
from audit.api.answers import answer, inclusion, receipt, voice_of
from audit.api.ingest import USE_CASE, Door, RecordDecision
from audit.api.parameters import bad_parameter, taken
from audit.door import Forbidden, NotFound, Problem, Voice
from audit.forms import Moment
from audit.located import Located, every_use_case, locate
from audit.queries import BadCursor, DecisionFilter
from audit.serializers import DecisionOut, DecisionPageOut, DecisionRowOut, ReceiptsOut

ACT: Final = "decisions:read"

_FILTERS: Final = [
    OpenApiParameter("q", OpenApiTypes.STR, description="An id of the decision, or its beginning."),
    OpenApiParameter("use_case", OpenApiTypes.STR),
    OpenApiParameter("label", OpenApiTypes.STR),
    OpenApiParameter(
        "model", OpenApiTypes.STR, description="A version, such as credit-risk@1.0.0."
    ),
    OpenApiParameter("subject", OpenApiTypes.STR, description="A reference, or a pseudonym."),
    OpenApiParameter("since", OpenApiTypes.DATETIME, description="Decided at this time or later."),
    OpenApiParameter("until", OpenApiTypes.DATETIME, description="Decided before this time."),
    OpenApiParameter("limit", OpenApiTypes.INT, description="1 to 200; 50 when not given."),
    OpenApiParameter("cursor", OpenApiTypes.STR, description="From next or previous of a page."),
]


class Decisions(RecordDecision):
    parameters = taken(_FILTERS)

    @extend_schema(
        operation_id="list_decisions",
        tags=["decisions"],
        parameters=_FILTERS,
        responses=DecisionPageOut,
    )
    def get(self, request: Request) -> HttpResponse:
        """Decisions, newest first. The list follows the log by a second or so."""
        voice = voice_of(request)
        where = _filter(request, _readable(voice))
        try:
            page = queries.decisions(where, request.query_params.get("cursor"), _limit(request))
        except BadCursor as error:
            raise bad_parameter("cursor", str(error)) from None
        shown = [row.entry_id for row in page.results]
        accesses.note(actor=voice.actor, purpose="decisions:list", entries=shown)
        return answer(
            {
                "next": _page_url(request, page.next),
                "previous": _page_url(request, page.previous),
                "results": DecisionRowOut(page.results, many=True).data,
            }
        )


class Decision(Door):
    parameters = taken([USE_CASE])

    @extend_schema(
        operation_id="read_decision",
        tags=["decisions"],
        parameters=[USE_CASE],
        responses=DecisionOut,
    )
    def get(self, request: Request, decision_id: str) -> HttpResponse:
        """One decision by its caller's id or its entry id, at once after its receipt."""
        voice = voice_of(request)
        located = _located(request, decision_id, voice)
        found = queries.decision(key=decision_id, use_cases={located.use_case})
        if found is None:
            raise NotFound("There is no such decision, or none you may see.")
        if found.content is not None:
            accesses.note(actor=voice.actor, purpose="decision", entries=[found.entry_id])
        return answer(DecisionOut(found).data)


class Receipt(Door):
    parameters = taken([USE_CASE])

    @extend_schema(
        operation_id="read_receipt",
        tags=["decisions"],
        parameters=[USE_CASE],
        responses=ReceiptsOut,
    )
    def get(self, request: Request, decision_id: str) -> HttpResponse:
        """The receipt of a decision: accepted, and included once a published tree covers it."""
        located = _located(request, decision_id, voice_of(request))
        line = log.find([located.entry_id])[located.entry_id]
        included = proofs.included_receipt(line.id)
        return answer(
            {
                "entry_id": line.id,
                "status": "accepted" if included is None else "included",
                "header": line.header.decode(),
                "accepted": receipt(receipts.accepted(line)),
                "included": inclusion(included),
            }
        )


def _located(request: Request, decision_id: str, voice: Voice) -> Located:
    name = (decision_id, request.query_params.get("use_case"))
    found = locate([name], voice=voice, act=ACT)[name]
    if isinstance(found, Problem):
        raise found
    return found


def _readable(voice: Voice) -> frozenset[str]:
    allowed = voice.use_cases(ACT)
    if allowed == frozenset():
        raise Forbidden(f"This key or role does not include {ACT}.")
    return every_use_case() if allowed is None else allowed


def _filter(request: Request, readable: frozenset[str]) -> DecisionFilter:
    asked = request.query_params
    wanted = asked.get("use_case")
    return DecisionFilter(
        use_cases=readable & {wanted} if wanted else readable,
        q=asked.get("q", ""),
        label=asked.get("label", ""),
        model_ref=asked.get("model", ""),
        subject=asked.get("subject", ""),
        since=_moment(request, "since"),
        until=_moment(request, "until"),
    )


def _moment(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        moment: datetime = msgspec.convert(text, Moment)
        return moment.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise bad_parameter(name, f"{name} is an RFC 3339 time with its offset.") from None


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "50")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= 200 and len(text) < 5):
        raise bad_parameter("limit", "limit is a number from 1 to 200.")
    return int(text)


def _page_url(request: Request, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
