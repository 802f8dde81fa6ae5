"""Byte links to a printer: non-blocking, honest about back-pressure.

Here: the `Link` port with its two shapes, a socket and a file descriptor. Not here: what the bytes
mean (`stream_printer.py`) and how a link is opened (`transport_*.py`).
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import sys
from contextlib import suppress
from typing import Protocol

_OUTPUT_QUEUE = 0x5411  # TIOCOUTQ and SIOCOUTQ on Linux: bytes not yet taken by the other side
_READ_SIZE = 4096


class Link(Protocol):
    """An open connection. Every method may raise OSError: the other side is gone."""

    def wait(self, *, write: bool, timeout: float) -> tuple[bool, bool]:
        """Wait until something can be read (or, where asked, written): (readable, writable)."""
        ...

    def send(self, data: bytes) -> int:
        """Hand over what is taken at once; 0 = nothing now."""
        ...

    def receive(self) -> bytes:
        """What is there; b"" = nothing. Raises ConnectionResetError at the end of the stream."""
        ...

    def is_drained(self) -> bool:
        """Whether the other side has taken everything handed over, as far as can be known."""
        ...

    def class_status(self) -> int | None:
        """The USB printer class' status byte, where the link is one that has it."""
        ...

    def close(self) -> None: ...


class SocketLink:
    """A connected TCP socket."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.setblocking(False)

    def wait(self, *, write: bool, timeout: float) -> tuple[bool, bool]:
        watched = [self._socket]
        readable, writable, _ = select.select(watched, watched if write else [], [], max(0.0, timeout))
        return bool(readable), bool(writable)

    def send(self, data: bytes) -> int:
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    def receive(self) -> bytes:
        try:
            data = self._socket.recv(_READ_SIZE)
        except BlockingIOError:
            return b""
        if not data:
            raise ConnectionResetError("the printer closed the connection")
        return data

    def is_drained(self) -> bool:
        return _output_queue(self._socket.fileno()) == 0

    def class_status(self) -> int | None:
        return None

    def close(self) -> None:
        with suppress(OSError):
            # Unread answers would turn the close into a reset, which throws away the tail.
            self._socket.shutdown(socket.SHUT_WR)
            while self._socket.recv(_READ_SIZE):
                pass
        self._socket.close()


class DescriptorLink:
    """A character device: USB printer class, serial port or pseudo terminal (POSIX)."""

    def __init__(self, descriptor: int, *, usb_class: bool = False) -> None:
        self._fd = descriptor
        self._usb_class = usb_class
        self._reads_empty = False

    def wait(self, *, write: bool, timeout: float) -> tuple[bool, bool]:
        # usblp may call itself readable and then give nothing: look again only after a pause.
        watched = [] if self._reads_empty else [self._fd]
        if self._reads_empty:
            timeout = min(timeout, 0.05)
        self._reads_empty = False
        readable, writable, _ = select.select(watched, [self._fd] if write else [], [], max(0.0, timeout))
        return bool(readable), bool(writable)

    def send(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0

    def receive(self) -> bytes:
        try:
            data = os.read(self._fd, _READ_SIZE)
        except BlockingIOError:
            data = b""
        self._reads_empty = not data
        return data

    def is_drained(self) -> bool:
        if self._usb_class:  # writable again = the last transfer was taken
            return bool(select.select([], [self._fd], [], 0)[1])
        return _output_queue(self._fd) == 0

    def class_status(self) -> int | None:
        if not self._usb_class:
            return None
        import fcntl

        answer = bytearray(4)
        try:
            fcntl.ioctl(self._fd, _LPGETSTATUS, answer)
        except OSError as error:
            if error.errno in (errno.ENODEV, errno.EIO):
                raise
            return None  # a head or a driver without this request
        return int(struct.unpack("i", answer)[0])

    def close(self) -> None:
        with suppress(OSError):
            os.close(self._fd)


_LPGETSTATUS = 0x060B


def _output_queue(descriptor: int) -> int:
    if not sys.platform.startswith("linux"):
        return 0  # not known: taken by the system counts as taken
    import fcntl

    answer = bytearray(4)
    try:
        fcntl.ioctl(descriptor, _OUTPUT_QUEUE, answer)
    except OSError:
        return 0
    return int(struct.unpack("i", answer)[0])
