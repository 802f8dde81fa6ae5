"""Connections to an emulated printer: TCP port and pseudo terminal.

Here: `NetworkPrinterEmulator` and `TerminalPrinterEmulator`. Not here: what the printer does
(`head.py`). As with real network printers one client is served at a time; the next one waits.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import threading
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self

from hardware.emulator.head import EmulatedHead

_LOOK_AGAIN = 0.05  # seconds between looks at "are we stopping?"


class _ServedHead(ABC):
    """`head` served by a thread of its own, for as long as it is switched on."""

    def __init__(self, head: EmulatedHead) -> None:
        self.head = head
        self._stopping = threading.Event()

    def _start(self, name: str) -> None:
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    @abstractmethod
    def _serve(self) -> None:
        """Take connections until `_stopping` is set."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Unplug it for good."""
        self._stopping.set()
        self.head.stop()
        self._thread.join(5)


class NetworkPrinterEmulator(_ServedHead):
    """Serves `head` on `host`:`port` (port 0: any free one, see `.port`) from the moment it is
    made until `close`. Use it in a with statement."""

    def __init__(self, head: EmulatedHead, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(head)
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # As small as a print server's, so that a head that takes nothing is felt by the sender.
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            self._listener.bind((host, port))
            self._listener.listen(4)
        except OSError:
            self._listener.close()
            raise
        self._listener.settimeout(_LOOK_AGAIN)
        self.host: str = host
        self.port: int = self._listener.getsockname()[1]
        self.address = f"{self.host}:{self.port}"
        self._start(f"printer:{self.port}")

    def close(self) -> None:
        """Switch the printer off: the port is free again when this returns."""
        super().close()
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with client:
                self._serve_client(client)

    def _serve_client(self, client: socket.socket) -> None:
        cut = threading.Event()

        def disconnect() -> None:
            # Linger 0: the client sees a reset at once, as when the mains plug is pulled.
            cut.set()
            with suppress(OSError):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        def send(data: bytes) -> None:
            with suppress(OSError):
                client.send(data)

        client.setblocking(False)
        self.head.connect(send, disconnect)
        try:
            while not self._stopping.is_set() and not cut.is_set():
                room = self.head.wait_for_room(_LOOK_AGAIN)
                if not room or not select.select([client], [], [], _LOOK_AGAIN)[0]:
                    continue
                data = client.recv(min(room, 1024))
                if not data:
                    return
                self.head.receive(data)
        except OSError:
            return  # the client went away
        finally:
            self.head.disconnected()


class TerminalPrinterEmulator(_ServedHead):
    """Serves `head` on a pseudo terminal (POSIX), a stand-in for /dev/usb/lp0 or /dev/ttyUSB0:
    `.path` is the device to open."""

    def __init__(self, head: EmulatedHead) -> None:
        import tty

        super().__init__(head)
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = self.address = os.ttyname(self._slave)
        self._start(f"printer:{self.path}")

    def _serve(self) -> None:
        def send(data: bytes) -> None:
            with suppress(OSError):
                os.write(self._master, data)

        self.head.connect(send, self._stopping.set)
        try:
            while not self._stopping.is_set():
                room = self.head.wait_for_room(_LOOK_AGAIN)
                if not room or not select.select([self._master], [], [], _LOOK_AGAIN)[0]:
                    continue
                self.head.receive(os.read(self._master, min(room, 1024)))
        except OSError:
            return
        finally:
            self.head.disconnected()
            os.close(self._slave)
            os.close(self._master)
