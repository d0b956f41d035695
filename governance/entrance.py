"""The WSGI application: applications with a key take a shorter way in than browsers.

Most of the middlewares serve pages: sessions, CSRF, messages, sign-in. A call that carries a key needs
none of them, and they took more than half of what a call cost besides recording its decision.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string

from governance import express

API = "/api/v1/"
StartResponse = Callable[..., Any]


class KeyHandler(WSGIHandler):
    """Django's handler with the middlewares of ``settings.KEY_MIDDLEWARE`` alone."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain as Django does, of middlewares that have no hooks but process_exception."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for name in reversed(settings.KEY_MIDDLEWARE):
            layer = import_string(name)(handler)
            if hasattr(layer, "process_exception"):
                self._exception_middleware.append(layer.process_exception)
            handler = convert_exception_to_response(layer)
        self._middleware_chain = handler


class Entrance:
    """Sends each request its way. A Bearer header is never second to a cookie: see ``governance.auth``."""

    def __init__(self, pages: WSGIHandler) -> None:
        self._pages = pages
        self._keys = KeyHandler()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if not _by_key(environ):
            return self._pages(environ, start_response)
        return express.answer(environ, start_response) or self._keys(environ, start_response)


def _by_key(environ: dict[str, Any]) -> bool:
    scheme: str = environ.get("HTTP_AUTHORIZATION", "")[:7].lower()
    return scheme == "bearer " and environ["PATH_INFO"].startswith(API)
