"""One scan a line from standard input or any other stream: a keyboard, a pipe, a test.

Next: `line_assembler.py` for the rules of a line.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Any

from hardware.line_assembler import LineAssembler
from hardware.scan import Scan, ScannerState, ScanProblem


class StdinScanner:
    """Reads `stream` (default: standard input) in a thread of its own, so that it works on
    Windows too, where a terminal cannot be waited for together with other things.

    The end of the stream counts as unplugged. The thread is a daemon: a read that blocks for
    ever in the operating system must not keep the program alive.
    """

    def __init__(self, stream: IO[Any] | None = None, source: str = "stdin") -> None:
        self._source = source
        self._state = ScannerState.CONNECTED
        self._scans: queue.Queue[Scan | None] = queue.Queue(maxsize=1000)
        self._closed = threading.Event()
        thread = threading.Thread(
            target=self._pump, args=(_byte_reader(stream or sys.stdin),), name=source, daemon=True
        )
        thread.start()

    @property
    def state(self) -> ScannerState:
        return self._state

    @property
    def description(self) -> str:
        return self._source

    def read(self, timeout: float) -> Scan | None:
        if self._state is not ScannerState.CONNECTED and self._scans.empty():
            # Nothing will come; wait anyway, so that a reading loop does not spin.
            self._closed.wait(timeout)
            return None
        try:
            scan = self._scans.get(timeout=timeout)
        except queue.Empty:
            return None
        if scan is None:
            if self._state is ScannerState.CONNECTED:
                self._state = ScannerState.DISCONNECTED
            return None
        return scan if not self._closed.is_set() else None

    def close(self) -> None:
        self._state = ScannerState.CLOSED
        self._closed.set()
        if self._scans.empty():
            self._scans.put_nowait(None)

    def _pump(self, read_bytes: Callable[[], bytes]) -> None:
        lines = LineAssembler(self._source, terminators=b"\r\n", gap=None)
        while not self._closed.is_set():
            try:
                data = read_bytes()
            except (OSError, ValueError):  # ValueError: the stream was closed under us
                data = b""
            now = time.monotonic()
            if not data:
                for scan in lines.end(now, ScanProblem.PARTIAL):
                    self._scans.put(scan)
                self._scans.put(None)
                return
            for scan in lines.feed(data, now):
                self._scans.put(scan)


def _byte_reader(stream: IO[Any]) -> Callable[[], bytes]:
    """A function that returns the next bytes as soon as there are some, b"" at the end.

    A real file is read beside its buffer: a thread that waits inside the buffer's lock makes Python
    abort when the program ends.
    """
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError, AttributeError):
        pass  # a stream in memory
    else:
        return lambda: os.read(descriptor, 4096)
    buffer = getattr(stream, "buffer", stream)
    read1 = getattr(buffer, "read1", None)
    if read1 is not None:
        return lambda: read1(4096)

    def read_line() -> bytes:
        line = buffer.readline(4096)
        return line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")

    return read_line
