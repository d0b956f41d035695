"""Cursor pages of the API: ``next``, ``previous``, ``results``."""

import re
from typing import Any

from rest_framework import exceptions as drf
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from audit.api.parameters import bad_parameter

NO_PAGE = "Take the cursor from next or previous of another page."
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


class Pages(CursorPagination):
    """Pages in the order of ``ordering``. What is wrong with a parameter is said, not passed over."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        given = request.query_params.get("limit", str(self.page_size))
        if given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= self.max_page_size:
            return int(given)
        raise bad_parameter("limit", f"limit is a whole number from 1 to {self.max_page_size}.")

    def decode_cursor(self, request: Request) -> Cursor | None:
        given = request.query_params.get("cursor")
        if given is not None and not BASE64.fullmatch(given):
            raise bad_parameter("cursor", NO_PAGE)
        try:
            cursor: Cursor | None = super().decode_cursor(request)
        except (drf.NotFound, UnicodeError) as error:
            raise bad_parameter("cursor", NO_PAGE) from error
        # PostgreSQL's text cannot hold this character and the driver would fail on it.
        if cursor is not None and "\x00" in str(cursor.position):
            raise bad_parameter("cursor", NO_PAGE)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": self.max_page_size}
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "From next or previous of another page of this list.",
                "schema": {"type": "string", "pattern": f"^{BASE64.pattern}$"},
            },
            {
                "name": "limit",
                "in": "query",
                "description": "How many at most.",
                "schema": {**limit, "default": self.page_size},
            },
        ]


class BySlug(Pages):
    ordering = "slug"


class NewestFirst(Pages):
    ordering: Any = ("-created_at", "-model_ref")
