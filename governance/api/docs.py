"""The API's description for machines, and the page that draws it for people, without the network."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView


class Once(SchemaGenerator):
    """Describes the API once in a process: it takes a second and is the same for everybody."""

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        return _described()


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    described: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return described


class SchemaView(SpectacularAPIView):
    """JSON unless YAML is asked for. Anybody may read it: it holds no data."""

    generator_class = Once
    authentication_classes = ()
    renderer_classes = [  # noqa: RUF012  a list in the class above
        OpenApiJsonRenderer,
        OpenApiJsonRenderer2,
        OpenApiYamlRenderer,
        OpenApiYamlRenderer2,
    ]


def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "api/docs.html")
