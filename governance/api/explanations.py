"""What explanations say together, and decisions like one, over HTTP."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import bad_parameter
from audit.door import Forbidden, NotFound
from explain.likeness import MOST, SPACES, Space
from explain.overview import Dependence, Overview, dependence, overview
from governance.api.answers import answer_schema, plain
from governance.api.why import RETRY_AFTER
from governance.auth import caller
from governance.registry import queries as registry
from governance.registry.lookups import use_case_slugs
from governance.why.similar import SimilarPart, read_similar

# Who reads what decisions say, and why, of everybody: never the person concerned.
READ, WHY, EXAMINE = "decisions:read", "why:read", "why:examiner"
NOT_YET = "Nothing has been summarised of this version yet: a worker does it within a minute of its first explanation."


class VersionExplanations(APIView):
    @extend_schema(
        operation_id="version_explanations",
        tags=["explanations"],
        responses={200: answer_schema(Overview)},
    )
    def get(self, request: Request, slug: str, number: str) -> Response:
        """Global importance, quality, and how often each reason was given, of the newest explanations.

        Segments are there for those who may examine (act why:examiner); groups of fewer than ten
        decisions are not shown.
        """
        voice = caller(request)
        version = registry.version(voice, f"{slug}@{number}")
        found = overview(version.model_ref)
        if found is None:
            raise NotFound(NOT_YET)
        if not voice.allows(EXAMINE, use_case=version.use_case):
            found = replace(found, segments=())
        return Response(plain(found))


class VersionDependence(APIView):
    parameters = frozenset({"feature"})

    @extend_schema(
        operation_id="version_dependence",
        tags=["explanations"],
        parameters=[OpenApiParameter("feature", OpenApiTypes.STR, required=True)],
        responses={200: answer_schema(Dependence)},
    )
    def get(self, request: Request, slug: str, number: str) -> Response:
        """One feature's contribution against its value, in bins of at least ten decisions."""
        version = registry.version(caller(request), f"{slug}@{number}")
        feature = request.query_params.get("feature", "")
        found = dependence(version.model_ref, feature)
        if found is None:
            if overview(version.model_ref) is None:
                raise NotFound(NOT_YET)
            raise bad_parameter("feature", "feature is the name of one of the version's features.")
        return Response(plain(found))


class SimilarView(APIView):
    parameters = frozenset({"space", "limit", "use_case"})

    @extend_schema(
        operation_id="similar_decisions",
        tags=["why"],
        parameters=[
            OpenApiParameter("space", enum=SPACES, default="explanation"),
            OpenApiParameter("limit", OpenApiTypes.INT, default=5),
            OpenApiParameter(
                "use_case",
                OpenApiTypes.STR,
                description="Needed when two use cases use the same id.",
            ),
        ],
        responses={200: answer_schema(SimilarPart)},
    )
    def get(self, request: Request, decision_id: str) -> Response:
        """Past decisions of the same version most like this one, with what became of them.

        By `explanation` (Euclidean, in the output's unit) or by `features` (Gower, 0 to 1), among the
        newest explained ones. For those who may read decisions and reasons; there is no view of it for
        the person concerned.
        """
        voice = caller(request)
        found = read_similar(
            key=decision_id,
            use_cases=_use_cases(request),
            space=_space(request),
            actor=voice.actor,
            limit=_limit(request),
            wait_seconds=settings.EXPLAIN_WAIT_SECONDS,
        )
        if found is None:
            raise NotFound(f"There is no decision {decision_id!r} that you may read.")
        headers = {"Retry-After": str(RETRY_AFTER)} if found.state == "pending" else {}
        return Response(plain(found), headers=headers)


def _space(request: Request) -> Space:
    asked = request.query_params.get("space", "explanation")
    for space in SPACES:
        if space == asked:
            return space
    raise bad_parameter("space", f"space is one of {', '.join(SPACES)}.")


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", "5")
    if given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST:
        return int(given)
    raise bad_parameter("limit", f"limit is a whole number from 1 to {MOST}.")


def _use_cases(request: Request) -> frozenset[str]:
    """Where this voice may read both decisions and their reasons."""
    voice, every = caller(request), use_case_slugs()
    allowed = every
    for act in (READ, WHY):
        seen = voice.use_cases(act)
        allowed = allowed if seen is None else allowed & seen
    if not allowed:
        raise Forbidden(f"This key or role does not include {READ} and {WHY}.")
    wanted = request.query_params.get("use_case")
    return allowed & {wanted} if wanted else allowed
