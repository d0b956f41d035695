"""How the OpenAPI description says what every operation has in common: problems and sign-in."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiSerializerExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from drf_spectacular.utils import Direction

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "examples": ["/problems/invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "trace_id": {"type": "string", "description": "Finds the request in the server's log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {
                        "type": "string",
                        "description": "JSON pointer into the body (RFC 6901), or a parameter.",
                    },
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# What may stand in free places: JSON as the strict parser takes it (docs/log-format.md).
LINE = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"
ANYTHING = {"$ref": "#/components/schemas/Json"}
JSON = {
    "description": "Any JSON without control characters or numbers written as integers beyond 2^53 - 1.",
    "anyOf": [
        {"type": ["null", "boolean"]},
        # JSON Schema cannot tell 1.5e16 (a float, taken) from 15000000000000000 (refused).
        {"type": "number"},
        {"type": "string", "pattern": LINE},
        {"type": "array", "items": ANYTHING},
        {
            "type": "object",
            "propertyNames": {"pattern": LINE},
            "additionalProperties": ANYTHING,
        },
    ],
}
ANSWER = {
    "description": "A problem, told as RFC 9457.",
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
    },
}


class Schema(AutoSchema):
    """Adds to each operation the problems it can answer; ``default`` stands for all others."""

    def get_operation(
        self,
        path: str,
        path_regex: str,
        path_prefix: str,
        method: str,
        registry: ComponentRegistry,
    ) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is not None:
            problem = _components(registry)
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
            for status in (*_expected(operation, path), "default"):
                operation["responses"].setdefault(status, problem)
        return operation


def _expected(operation: dict[str, Any], path: str) -> list[str]:
    expected = {"503"}
    if {} not in operation.get("security", [{}]):
        expected |= {"401", "403"}
    if "{" in path:
        expected.add("404")
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
        expected.add("400")
    if "requestBody" in operation:
        expected |= {"400", "409", "413", "415", "422"}
    return sorted(expected)


def _components(registry: ComponentRegistry) -> dict[str, str]:
    """Registers what all operations share; returns the reference to the problem's answer."""
    for name, kind, content in (
        ("Json", ResolvedComponent.SCHEMA, JSON),
        ("Problem", ResolvedComponent.SCHEMA, PROBLEM),
        ("Problem", ResolvedComponent.RESPONSE, ANSWER),
    ):
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=kind, schema=content, object=name
        )
        registry.register_on_missing(component)
    found: dict[str, str] = component.ref
    return found


class StrictShape(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = "governance.serializers.Strict"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Direction) -> dict[str, Any]:
        shape = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        return {**shape, "additionalProperties": False}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "governance.auth.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "rk_<prefix>_<secret>",
            "description": "An API key, issued under Settings and shown once.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "governance.auth.PersonAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A person signed in to the pages; writes need the X-CSRFToken header.",
        }
