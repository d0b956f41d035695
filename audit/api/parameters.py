"""The query of a request: a view says which parameters it takes, and others are refused.

A misspelt filter that is passed over answers with everything, which looks like a right answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from audit.door import Invalid

if TYPE_CHECKING:  # rest_framework.views reads the settings that name this class
    from collections.abc import Iterable

    from drf_spectacular.utils import OpenApiParameter
    from rest_framework.request import Request
    from rest_framework.views import APIView


class KnownParameters(BasePermission):
    """Raises Invalid for a parameter that is not among the view's ``parameters``, or is given twice."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        known: frozenset[str] = getattr(view, "parameters", frozenset())
        for name, values in request.query_params.lists():
            if name not in known:
                raise bad_parameter(name, _unknown(name, known), "unknown_parameter")
            if len(values) > 1:
                raise bad_parameter(name, f"{name} is given more than once.", "repeated_parameter")
        return True


def taken(described: Iterable[OpenApiParameter]) -> frozenset[str]:
    """A view's ``parameters``: the names of those that its description tells of."""
    return frozenset(one.name for one in described)


def bad_parameter(name: str, detail: str, code: str = "parameter") -> Invalid:
    """The problem of one parameter of the query; its pointer is the parameter's name."""
    return Invalid(detail, errors=[{"pointer": name, "code": code, "detail": detail}])


def _unknown(name: str, known: frozenset[str]) -> str:
    told = f"It takes {', '.join(sorted(known))}." if known else "It takes none."
    return f"There is no parameter {name[:64]!r} here. {told}"
