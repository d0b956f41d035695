"""Who am I, and what may I do?"""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from governance.auth import caller
from governance.roles import EVERY_ACT
from governance.serializers import MeOut


class Me(GenericAPIView[Any]):
    serializer_class = MeOut

    @extend_schema(operation_id="me", tags=["me"])
    def get(self, request: Request) -> Response:
        """The caller: as whom the log names it, and its acts by use case."""
        voice = caller(request)
        acts: dict[str, list[str]] = {}
        for act in sorted(EVERY_ACT):
            where = voice.use_cases(act)
            for slug in ["*"] if where is None else sorted(where):
                acts.setdefault(slug, []).append(act)
        name = getattr(request.user, "name", "")
        return Response(MeOut({"actor": voice.actor, "name": name, "acts": acts}).data)
