"""Whether a port is free, asked before the server that needs it is started."""

import errno
import os
import socket
import time

from runtime.faults import RuntimeFault


def require_free_port(host: str, port: int, within: float = 5.0) -> None:
    """Return when `port` can be listened on; a RuntimeFault names it when another program has it.

    Waits a little: a server whose supervisor was killed needs a moment to end.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            _try(host, port)
        except (OSError, OverflowError) as error:
            number = getattr(error, "errno", None)
            if number != errno.EADDRINUSE or time.monotonic() > deadline:
                reason = os.strerror(number) if number and number > 0 else str(error)
                raise RuntimeFault(
                    f"Port {port} on {host} cannot be used ({reason}); "
                    "stop the program that has it, or choose another port."
                ) from error
            time.sleep(0.1)
        else:
            return


def _try(host: str, port: int) -> None:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        probe.listen(1)
