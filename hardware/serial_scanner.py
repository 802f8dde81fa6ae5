"""A scanner in serial (USB CDC or RS-232) mode, read through pyserial.

Here: `SerialScanner`. Better than keyboard mode where the scanner offers it: no keyboard layout,
no 64-event limit. Not here: the rules of a line (`line_assembler.py`). pyserial is imported when
the port is first opened.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from glob import glob
from typing import Any

from hardware.errors import HardwareError
from hardware.line_assembler import LineAssembler
from hardware.scan import Scan, ScannerState, ScanProblem


class SerialScanner:
    """A `Scanner` over one serial port; finds it again after an unplug.

    `device`: a port or a pattern ("/dev/serial/by-id/usb-…-if00", "COM3"). `gap`: seconds of
    silence that end a line in the middle. `retry`: seconds between looks for a missing port.
    """

    def __init__(
        self,
        device: str,
        *,
        baud: int = 9600,
        gap: float = 0.150,
        retry: float = 0.2,
        source: str = "serial",
    ) -> None:
        self._device = device
        self._baud = baud
        self._retry = retry
        self._lines = LineAssembler(source, gap=gap)
        self._port: Any = None
        self._ready: list[Scan] = []
        self._closed = threading.Event()
        # Held by a running `read`; re-entrant, as `close` may come from a signal handler.
        self._reading = threading.RLock()

    @property
    def state(self) -> ScannerState:
        if self._closed.is_set():
            return ScannerState.CLOSED
        return ScannerState.CONNECTED if self._port else ScannerState.DISCONNECTED

    @property
    def description(self) -> str:
        return self._device

    def read(self, timeout: float) -> Scan | None:
        """See `Scanner.read`."""
        until = time.monotonic() + timeout
        with self._reading:
            while not self._closed.is_set():
                if self._ready:
                    return self._ready.pop(0)
                left = max(0.0, until - time.monotonic())
                if self._port is None and not self._open():
                    self._closed.wait(min(self._retry, left))
                else:
                    self._read_port(left)
                if not self._ready and time.monotonic() >= until:
                    return None
        return None

    def close(self) -> None:
        """See `Scanner.close`."""
        self._closed.set()
        port = self._port
        if port is not None:
            with suppress(OSError, TypeError):  # TypeError: the port closed itself meanwhile
                port.cancel_read()
        with self._reading:
            self._let_go()

    def _open(self) -> bool:
        try:
            import serial
        except ImportError as error:
            raise HardwareError(
                "pyserial_missing",
                "Chưa cài thư viện pyserial để đọc máy quét cổng nối tiếp. Hãy chạy lại bộ cài đặt quầy.",
            ) from error
        paths = sorted(glob(self._device)) or [self._device]
        if len(paths) > 1:
            raise HardwareError(
                "scanner_ambiguous",
                f"Có {len(paths)} cổng nối tiếp hợp với {self._device}: {'; '.join(paths)}. "
                "Hãy ghi rõ một cổng vào mục [scanner] device.",
                found=paths,
            )
        try:
            self._port = serial.Serial(paths[0], self._baud, timeout=0, exclusive=True)
        except (OSError, ValueError):  # SerialException is an OSError: not there, or held by another
            return False
        return True

    def _read_port(self, left: float) -> None:
        deadline = self._lines.deadline
        wait = left if deadline is None else min(left, max(0.0, deadline - time.monotonic()) + 0.001)
        try:
            self._port.timeout = wait
            data = self._port.read(1)
            if data:
                data += self._port.read(self._port.in_waiting)
        except (OSError, TypeError):  # "readiness to read but returned no data" = unplugged
            self._ready += self._lines.end(time.monotonic(), ScanProblem.UNPLUGGED)
            self._let_go()
            return
        now = time.monotonic()
        self._ready += self._lines.feed(data, now) if data else self._lines.pause(now)

    def _let_go(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            with suppress(OSError):
                port.close()
