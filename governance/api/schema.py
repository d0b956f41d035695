"""How the OpenAPI description says what every operation has in common: problems and sign-in."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

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
            problem = _component(registry)
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


def _component(registry: ComponentRegistry) -> dict[str, str]:
    for kind, content in (
        (ResolvedComponent.SCHEMA, PROBLEM),
        (ResolvedComponent.RESPONSE, ANSWER),
    ):
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=kind, schema=content, object="Problem"
        )
        registry.register_on_missing(component)
    found: dict[str, str] = component.ref
    return found


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
