import socket
import threading
import time

import pytest

from runtime.faults import RuntimeFault
from runtime.ports import require_free_port


def test_a_port_in_use_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeFault) as caught:
            require_free_port("127.0.0.1", port, within=0.1)
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 cannot be used (Address already in use); "
        "stop the program that has it, or choose another port."
    )


def test_a_port_that_becomes_free_is_waited_for() -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    began = time.monotonic()
    threading.Timer(0.3, taken.close).start()
    require_free_port("127.0.0.1", port, within=60)
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_is_no_port_is_refused_at_once(port: int) -> None:
    with pytest.raises(RuntimeFault, match=f"Port {port} on 127.0.0.1 cannot be used"):
        require_free_port("127.0.0.1", port)
