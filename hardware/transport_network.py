"""Printers on the network: raw TCP, port 9100. Next: `stream_printer.py`."""

from __future__ import annotations

import socket

from hardware.link import SocketLink
from hardware.printer import Deadlines
from hardware.stream_printer import StreamPrinter

_SEND_BUFFER = 4096  # small, so that a printer that takes nothing is noticed at once


def network_printer(
    host: str, port: int = 9100, *, deadlines: Deadlines | None = None, asks_status: bool = True
) -> StreamPrinter:
    """A printer at `host`:`port`. Nothing is connected before the first job or status."""

    def open_link(timeout: float) -> SocketLink:
        last: OSError = OSError(f"no address for {host}")
        for family, kind, proto, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            connecting = socket.socket(family, kind, proto)
            try:
                connecting.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
                connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connecting.settimeout(timeout)
                connecting.connect(address)
            except OSError as error:
                connecting.close()
                last = error
            else:
                return SocketLink(connecting)
        raise last

    return StreamPrinter(f"{host}:{port}", open_link, deadlines=deadlines, asks_status=asks_status)
