"""A scanner without hardware: whoever holds it pushes scans. For the simulator, demos and tests.

Next: `scan.py` for the port it fills.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from hardware.scan import MAX_CHARACTERS, Scan, ScannerState, ScanProblem


class ScriptedScanner:
    """Thread-safe: any thread may push, one reads. Keeps at most 1,000 unread scans."""

    def __init__(self, source: str = "scripted") -> None:
        self._source = source
        self._scans: deque[Scan] = deque(maxlen=1000)
        self._state = ScannerState.CONNECTED
        self._changed = threading.Condition()

    @property
    def state(self) -> ScannerState:
        return self._state

    @property
    def description(self) -> str:
        return self._source

    def push(self, text: str, at_monotonic: float | None = None) -> None:
        """Scan `text`, whatever it is. Too long a text becomes the problem a real scanner has."""
        if len(text) > MAX_CHARACTERS:
            self.push_problem(ScanProblem.TOO_LONG, len(text), at_monotonic)
        else:
            self._put(Scan(text, self._moment(at_monotonic), self._source, received=len(text)))

    def push_problem(self, problem: ScanProblem, received: int = 0, at_monotonic: float | None = None) -> None:
        """Scan something unreadable."""
        self._put(Scan("", self._moment(at_monotonic), self._source, problem, received))

    def unplug(self) -> None:
        """Pull the cable. What was pushed before still arrives; what is pushed now is lost."""
        with self._changed:
            if self._state is ScannerState.CONNECTED:
                self._state = ScannerState.DISCONNECTED

    def replug(self) -> None:
        with self._changed:
            if self._state is ScannerState.DISCONNECTED:
                self._state = ScannerState.CONNECTED

    def read(self, timeout: float) -> Scan | None:
        with self._changed:
            self._changed.wait_for(lambda: self._scans or self._state is ScannerState.CLOSED, timeout)
            if self._state is ScannerState.CLOSED or not self._scans:
                return None
            return self._scans.popleft()

    def close(self) -> None:
        with self._changed:
            self._state = ScannerState.CLOSED
            self._changed.notify_all()

    @staticmethod
    def _moment(at_monotonic: float | None) -> float:
        return time.monotonic() if at_monotonic is None else at_monotonic

    def _put(self, scan: Scan) -> None:
        with self._changed:
            if self._state is ScannerState.CONNECTED:
                self._scans.append(scan)
                self._changed.notify_all()
