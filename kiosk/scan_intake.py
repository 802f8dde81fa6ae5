"""From whichever scanner is configured to scans in the core loop's inbox, each with its key.

Here: the scanner's process (evdev, serial) or thread (stdin, scripted), the keypad of the simulator, repeats of a code
that still lies under the beam, whether the scanner is there. Not here: drivers (`devices.py`, `hardware/`), what a
scan means (`session.py`).
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from hardware.duplicates import DuplicateFilter
from hardware.scan import Scan as DeviceScan
from hardware.scan import Scanner, ScannerState, ScanProblem
from hardware.scripted_scanner import ScriptedScanner
from hardware.stdin_scanner import StdinScanner
from kiosk.clock import KioskClock
from kiosk.device_config import ScannerConfig
from kiosk.session_events import BackInOrder, Event, OutOfOrder, Scan
from kiosk.worker_process import WorkerProcess
from library.contract.scans import classify_scan

STARTING_SECONDS = 8.0
"""A scanner's process has found its scanner by then, or there is none."""


class ScanIntake:
    """`given` replaces the configured scanner. `duplicate_seconds`: the same code within it is the scanner repeating
    itself. `tell` takes events from any thread. `find_title`: of the copy under that code, None where the school has
    none."""

    def __init__(
        self,
        config: ScannerConfig,
        clock: KioskClock,
        tell: Callable[[Event], None],
        *,
        given: Scanner | None = None,
        duplicate_seconds: float = 1.5,
        find_title: Callable[[str], str | None] = lambda _barcode: None,
    ) -> None:
        self._clock, self._tell, self._find_title = clock, tell, find_title
        self.state = "connected"
        """connected, disconnected; "starting" until the scanner's process has found it, or has had time to."""
        self.heard_at: float | None = None
        """When the scanner's process last said anything (monotonic); None without such a process."""
        self._duplicates = DuplicateFilter(duplicate_seconds)
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._typed = ScriptedScanner("web")
        self._process: WorkerProcess | None = None
        self._scanner = given
        self._known_by = 0.0
        if given is None and config.driver == "stdin":
            self._scanner = StdinScanner()
        elif given is None and config.driver != "web":
            self.state, self.heard_at = "starting", clock.monotonic()
            self._tell(OutOfOrder("scanner"))
            self._known_by = clock.monotonic() + STARTING_SECONDS
            self._process = WorkerProcess(
                "kiosk.scanner_worker", {"scanner": asdict(config)}, self._heard,
                lambda: self._heard({"state": "disconnected"}),
            )  # fmt: skip
        read = {"typed": self._typed, "scanner": self._scanner}
        self._threads = [
            threading.Thread(target=self._read, args=(scanner,), name=name, daemon=True)
            for name, scanner in read.items()
            if scanner is not None
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        if self._process is not None:
            self._process.start()

    def close(self) -> None:
        """Take no more; what was taken is with the core loop when this returns."""
        self._stopping.set()
        self._typed.close()
        if self._scanner is not None:
            self._scanner.close()
        if self._process is not None:
            self._process.close()
        for thread in self._threads:
            thread.join(8.0)

    def settle_state(self) -> None:
        """The time of starting is over: what has not been found is not there."""
        if self.state == "starting" and self._clock.monotonic() >= self._known_by:
            self.state = str(ScannerState.DISCONNECTED)

    def type(self, text: str) -> None:
        """A scan typed on the simulator's keypad."""
        self._typed.push(text)

    def _read(self, scanner: Scanner) -> None:
        while not self._stopping.is_set():
            scan = scanner.read(0.5)
            if scan is not None:
                self._take(scan)

    def _take(self, scan: DeviceScan) -> None:
        with self._lock:
            is_new = self._duplicates.is_new(scan)
        if is_new:
            problem = str(scan.problem) if scan.problem else None
            what = classify_scan(scan.text)
            title = self._find_title(what.text) if what.kind in ("copy", "isbn") else None
            is_copy = what.kind == "isbn" and title is not None
            self._tell(Scan(scan.text, scan.at_monotonic, str(uuid.uuid4()), problem, is_copy, title or ""))

    def _heard(self, message: dict[str, Any]) -> None:
        self.heard_at = self._clock.monotonic()
        if "state" in message:
            up = str(message["state"]) == ScannerState.CONNECTED
            if not up and self.state == "starting" and self.heard_at < self._known_by:
                return  # not found yet is not pulled out
            self.state = str(message["state"])
            self._tell(BackInOrder("scanner") if up else OutOfOrder("scanner"))
        elif "text" in message:
            problem = ScanProblem(message["problem"]) if message.get("problem") else None
            self._take(DeviceScan(str(message["text"]), float(message["at"]), "scanner", problem))
