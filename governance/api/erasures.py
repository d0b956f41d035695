"""POST /api/v1/erasures: erase a person."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from governance.accounts import require_fresh_proof
from governance.auth import caller
from governance.privacy import erase_subject
from governance.serializers import ErasureByPseudonymIn, ErasureByReferenceIn, ErasureOut


class Erasures(GenericAPIView[Any]):
    serializer_class = ErasureOut

    @extend_schema(
        operation_id="erase_subject",
        tags=["privacy"],
        request=PolymorphicProxySerializer(
            "ErasureIn", [ErasureByReferenceIn, ErasureByPseudonymIn], resource_type_field_name=None
        ),
        responses={
            201: OpenApiResponse(ErasureOut, "Erased. There is no way back."),
            200: OpenApiResponse(ErasureOut, "Erased before; this is the entry of that time."),
        },
    )
    def post(self, request: Request) -> Response:
        """Destroy a person's data key in a use case. The log keeps its entries and still verifies.

        For privacy officers, who must have proved their identity again in the last five minutes,
        and for keys that carry erasure:write. The link from your reference to the pseudonym is
        destroyed too: repeat by subject_id, for a repeat by subject finds nobody (404).
        """
        by_pseudonym = isinstance(request.data, dict) and "subject_id" in request.data
        form = ErasureByPseudonymIn if by_pseudonym else ErasureByReferenceIn
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        require_fresh_proof(request)
        erased = erase_subject(voice=caller(request), **given.validated_data)
        return Response(ErasureOut(erased).data, status=200 if erased.repeated else 201)
