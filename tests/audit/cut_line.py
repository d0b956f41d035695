"""A wire to PostgreSQL that breaks at a chosen statement: before it arrives, or with its answer lost."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

READY = b"Z\x00\x00\x00\x05"  # ReadyForQuery: the server is done, and durably so


class CutLine:
    """Passes bytes on until it sees ``marker`` on its way to the server."""

    def __init__(
        self, server: Callable[[], socket.socket], folder: Path, marker: bytes, *, answered: bool
    ) -> None:
        self.folder = folder
        self.cuts = 0
        self._server = server
        self._marker = marker
        self._answered = answered
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            wire = (client, self._server(), threading.Event())
            threading.Thread(target=self._up, args=wire, daemon=True).start()
            threading.Thread(target=self._down, args=wire, daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        while block := self._receive(client):
            if self._marker in block and not self.cuts:
                self.cuts += 1
                lost.set()
                if not self._answered:
                    break
            self._send(server, block)
        hang_up(client, server)

    def _down(self, client: socket.socket, server: socket.socket, lost: threading.Event) -> None:
        while block := self._receive(server):
            if not lost.is_set():
                self._send(client, block)
            elif READY in block:
                break
        hang_up(client, server)

    def _receive(self, end: socket.socket) -> bytes:
        try:
            return end.recv(1 << 16)
        except OSError:
            return b""

    def _send(self, end: socket.socket, block: bytes) -> None:
        with suppress(OSError):
            end.sendall(block)


def hang_up(*ends: socket.socket) -> None:
    """Both ways and at once: a plain close waits for the thread that still reads."""
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_line(
    url: str, folder: Path, marker: bytes, *, answered: bool
) -> Iterator[tuple[str, CutLine]]:
    """The same database by a wire that breaks once, at the statement that contains ``marker``."""
    parts = urlsplit(url)
    line = CutLine(partial(connected, url), folder, marker, answered=answered)
    netloc = parts.netloc.partition("@")[0] + "@"
    query = f"host={quote(str(folder), safe='')}"
    try:
        yield parts._replace(netloc=netloc, query=query).geturl(), line
    finally:
        line.close()


def connected(url: str) -> socket.socket:
    """A connection to the server of ``url``, by its socket or its port."""
    parts = urlsplit(url)
    if parts.hostname:
        return socket.create_connection((parts.hostname, parts.port or 5432))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432")
    return server
