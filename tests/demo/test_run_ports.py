"""`make run` beside other programs: core and kiosk never share a port."""

from __future__ import annotations

import socket

from library.demo.run import find_free_port


def test_the_kiosk_moves_on_when_the_core_moved_to_its_port() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        busy = other.getsockname()[1]
        core = find_free_port(busy)
        assert core > busy
        kiosk = find_free_port(core, taken=core)  # the core has not opened it yet
        assert kiosk > core
