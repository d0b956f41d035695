"""Use cases, models and versions over HTTP."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api.parameters import bad_parameter
from governance.api.pages import BySlug, NewestFirst
from governance.auth import caller
from governance.registry import queries
from governance.registry.added import Added
from governance.registry.model import add_model
from governance.registry.rows import ModelRow, UseCaseRow, VersionRow
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version, retire_version
from governance.serializers import (
    ModelIn,
    ModelOut,
    UseCaseIn,
    UseCaseOut,
    VersionIn,
    VersionOut,
)

SLUG_FORM = re.compile(r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")


def written(out: type[Any]) -> dict[int, OpenApiResponse]:
    return {
        201: OpenApiResponse(out, "Registered."),
        200: OpenApiResponse(out, "It was registered before, with the same facts."),
    }


def answer(added: Added[Any], out: type[Any]) -> Response:
    return Response(out(added.row).data, status=200 if added.repeated else 201)


class Listing(GenericAPIView[Any]):
    """A GET that answers a page of rows."""

    parameters = frozenset({"cursor", "limit"})

    def page(self, rows: Any, row: Any) -> Response:
        found = [row.of(one) for one in self.paginate_queryset(rows) or ()]
        return self.get_paginated_response(self.get_serializer(found, many=True).data)


class UseCases(Listing):
    pagination_class = BySlug
    serializer_class = UseCaseOut

    @extend_schema(operation_id="use_cases", tags=["registry"], responses=UseCaseOut(many=True))
    def get(self, request: Request) -> Response:
        """The use cases you may see."""
        return self.page(queries.seen_use_cases(caller(request)), UseCaseRow)

    @extend_schema(
        operation_id="add_use_case",
        tags=["registry"],
        request=UseCaseIn,
        responses=written(UseCaseOut),
    )
    def post(self, request: Request) -> Response:
        """Register a use case. A repeat with the same facts is answered 200, with others 409."""
        given = UseCaseIn(data=request.data)
        given.is_valid(raise_exception=True)
        return answer(add_use_case(voice=caller(request), **given.validated_data), UseCaseOut)


class UseCase(GenericAPIView[Any]):
    serializer_class = UseCaseOut

    @extend_schema(operation_id="use_case", tags=["registry"])
    def get(self, request: Request, slug: str) -> Response:
        """One use case."""
        return Response(UseCaseOut(queries.use_case(caller(request), slug)).data)


class Models(Listing):
    parameters = Listing.parameters | {"use_case"}
    pagination_class = BySlug
    serializer_class = ModelOut

    @extend_schema(
        operation_id="models",
        tags=["registry"],
        parameters=[
            OpenApiParameter(
                "use_case",
                str,
                pattern=SLUG_FORM.pattern,
                description="Only models of this use case.",
            )
        ],
        responses=ModelOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """The models you may see."""
        use_case = request.query_params.get("use_case")
        if use_case is not None and not SLUG_FORM.fullmatch(use_case):
            raise bad_parameter("use_case", "use_case is the slug of a use case.")
        return self.page(queries.seen_models(caller(request), use_case=use_case or ""), ModelRow)

    @extend_schema(
        operation_id="add_model", tags=["registry"], request=ModelIn, responses=written(ModelOut)
    )
    def post(self, request: Request) -> Response:
        """Register a model in a use case. You become its owner."""
        given = ModelIn(data=request.data)
        given.is_valid(raise_exception=True)
        return answer(add_model(voice=caller(request), **given.validated_data), ModelOut)


class Model(GenericAPIView[Any]):
    serializer_class = ModelOut

    @extend_schema(operation_id="model", tags=["registry"])
    def get(self, request: Request, slug: str) -> Response:
        """One model."""
        return Response(ModelOut(queries.model(caller(request), slug)).data)


class Versions(Listing):
    pagination_class = NewestFirst
    serializer_class = VersionOut

    @extend_schema(operation_id="versions", tags=["registry"], responses=VersionOut(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The versions of a model, newest first."""
        queries.model(caller(request), slug)
        return self.page(queries.seen_versions(caller(request), model=slug), VersionRow)

    @extend_schema(
        operation_id="add_version",
        tags=["registry"],
        request=VersionIn,
        responses=written(VersionOut),
    )
    def post(self, request: Request, slug: str) -> Response:
        """Register a version for good: its facts cannot be changed afterwards."""
        given = VersionIn(data=request.data)
        given.is_valid(raise_exception=True)
        return answer(
            add_version(voice=caller(request), model=slug, **given.validated_data), VersionOut
        )


class Version(GenericAPIView[Any]):
    serializer_class = VersionOut

    @extend_schema(operation_id="version", tags=["registry"])
    def get(self, request: Request, slug: str, number: str) -> Response:
        """One version."""
        return Response(VersionOut(queries.version(caller(request), f"{slug}@{number}")).data)


class Retirement(GenericAPIView[Any]):
    serializer_class = VersionOut

    @extend_schema(
        operation_id="retire_version", tags=["registry"], request=None, responses=VersionOut
    )
    def post(self, request: Request, slug: str, number: str) -> Response:
        """Retire a version for good. Decisions it still makes are recorded, and marked."""
        row = retire_version(voice=caller(request), model=slug, number=number)
        return Response(VersionOut(row).data)
