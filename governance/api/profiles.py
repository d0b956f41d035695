"""What explains a version, over HTTP: its artefact, reference rows and specification in one request."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.door import TooLarge
from governance.api.registry import answer, written
from governance.auth import caller
from governance.registry import profiles
from governance.serializers import ProfileIn, ProfileOut


class Profile(APIView):
    """Not a generic view: of one with a POST, OPTIONS would ask for its serializer with files."""

    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The size is judged first of all: signing in by session reads the form."""
        limit = settings.EXPLAIN_ARTEFACT_BYTES + settings.EXPLAIN_BACKGROUND_BYTES
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge(f"Artefact and reference rows together may have {limit:,} bytes.")
        super().initial(request, *args, **kwargs)

    @extend_schema(operation_id="profile", tags=["registry"], responses=ProfileOut)
    def get(self, request: Request, slug: str, number: str) -> Response:
        """What explains this version: digests, sizes and the specification."""
        return Response(ProfileOut(profiles.profile(caller(request), slug, number)).data)

    @extend_schema(
        operation_id="add_profile",
        tags=["registry"],
        request={"multipart/form-data": ProfileIn},
        responses=written(ProfileOut),
    )
    def post(self, request: Request, slug: str, number: str) -> Response:
        """Freeze what explains this version. A repeat with the same content is answered 200, with other 409."""
        profiles.may_add(caller(request), slug, number)
        given = ProfileIn(data=request.data)
        given.is_valid(raise_exception=True)
        added = profiles.add_profile(
            voice=caller(request), model=slug, number=number, **given.validated_data
        )
        return answer(added, ProfileOut)
