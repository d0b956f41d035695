"""The fairness policy of a use case over HTTP."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.door import Invalid
from fairness.policies import PolicyView
from fairness.policy import Content
from governance.api.answers import answer_schema
from governance.api.comparing.lists import many
from governance.auth import caller
from governance.comparing.policies import (
    fairness_policies,
    fairness_policy,
    set_fairness_policy,
)

ONE: Final = answer_schema(PolicyView)
IN: Final = answer_schema(Content)


class FairnessPolicy(APIView):
    @extend_schema(operation_id="fairness_policy", tags=["fairness"], responses={200: ONE})
    def get(self, request: Request, slug: str) -> Response:
        """What the use case's figures mean: favourable labels, segments, limits, monitors."""
        return Response(told(fairness_policy(caller(request), slug)))

    @extend_schema(
        operation_id="set_fairness_policy",
        tags=["fairness"],
        request={"application/json": IN},
        responses={200: ONE},
    )
    def put(self, request: Request, slug: str) -> Response:
        """Set it, whole; the log says who did. The content in force again changes nothing."""
        if not isinstance(request.data, dict):
            error = {"pointer": "", "code": "type", "detail": "An object."}
            raise Invalid("The policy cannot be set.", errors=[error])
        row = set_fairness_policy(voice=caller(request), use_case=slug, content=request.data)
        return Response(told(row))


class FairnessPolicies(APIView):
    @extend_schema(
        operation_id="fairness_policies", tags=["fairness"], responses={200: many(PolicyView)}
    )
    def get(self, request: Request, slug: str) -> Response:
        """All policies there were, the newest first."""
        return Response(
            {"results": [told(one) for one in fairness_policies(caller(request), slug)]}
        )


def told(row: PolicyView) -> dict[str, Any]:
    answer: dict[str, Any] = msgspec.to_builtins(row)
    return answer
