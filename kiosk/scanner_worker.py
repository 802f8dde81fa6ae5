"""The scanner's own process (evdev, serial): nothing else may delay reading it, for the kernel keeps only
64 events and a shifted character costs ten.

Lines out: {"text", "at", "problem"} for every scan, {"state": "connected"} when that changes, and
{"alive": true} every few seconds: the watchdog is fed only while it comes.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from hardware.errors import HardwareError
from hardware.scan import ScannerState
from kiosk.device_config import ScannerConfig
from kiosk.devices import open_scanner
from kiosk.worker_messages import complain, read_messages, say

ALIVE_SECONDS = 4.0


def main() -> int:
    messages = read_messages()
    settings: dict[str, Any] = next(messages)
    # The kiosk is gone when our input ends.
    threading.Thread(target=lambda: (list(messages), os._exit(0)), daemon=True).start()
    last: ScannerState | None = None
    next_alive = 0.0
    try:
        scanner = open_scanner(ScannerConfig(**settings["scanner"]))
        while True:
            scan = scanner.read(0.25)
            if scan is not None:
                problem = str(scan.problem) if scan.problem else None
                say({"text": scan.text, "at": scan.at_monotonic, "problem": problem})
            if scanner.state is not last:
                last = scanner.state
                say({"state": str(last)})
            if time.monotonic() >= next_alive:
                next_alive = time.monotonic() + ALIVE_SECONDS
                say({"alive": True})
    except HardwareError as error:
        complain(error.message)
        return 3

