"""Tells systemd that the kiosk runs, and only while its parts answer (Type=notify, WatchdogSec=).

A kiosk that hangs is restarted by systemd; one without systemd (a laptop, a test) notices nothing. What
counts as an answer: the core loop took its last tick, the journal can be read, the scanner's process and
the printer's process said something lately. A scanner pulled out or a printer without paper is no reason
to restart: their processes still say so. Next: runner.py, deploy/kesach-kiosk.service.
"""

from __future__ import annotations

import logging
import os
import socket
import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.runner import Kiosk

_log = logging.getLogger(__name__)
CORE_SECONDS = 15.0
READER_SECONDS = 15.0
"""The scanner's process says that it is there every few seconds."""
PRINTER_SECONDS = 150.0
"""It is asked every 30 s, and answers nothing during a job (JOB_SECONDS of printing.py)."""


def notify(text: str) -> bool:
    """One message to systemd (sd_notify(3)); False where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(text.encode(), address)
    except OSError as error:
        _log.warning("systemd not told: %s", error)
        return False
    return True


def list_silent_parts(kiosk: Kiosk) -> list[str]:
    """Which of core, journal, scanner and printer do not answer; empty when all is well."""
    now = kiosk.clock.monotonic()
    silent = []
    if now - kiosk.state.now > CORE_SECONDS:
        silent.append("core")
    try:
        kiosk.journal.count_pending()
    except sqlite3.Error:
        silent.append("journal")
    if kiosk.scans.heard_at is not None and now - kiosk.scans.heard_at > READER_SECONDS:
        silent.append("scanner")
    if kiosk.printing.heard_at is not None and now - kiosk.printing.heard_at > PRINTER_SECONDS:
        silent.append("printer")
    return silent


class Watchdog:
    """`feed` is called every second or so by the main thread; it never raises."""

    def __init__(self) -> None:
        self._ready = False
        self._silent: list[str] = []

    @property
    def is_ready(self) -> bool:
        """READY=1 was said."""
        return self._ready

    def feed(self, kiosk: Kiosk) -> None:
        """READY=1 the first time all parts answer, then WATCHDOG=1 each time they do."""
        silent = list_silent_parts(kiosk)
        if silent != self._silent:
            self._silent = silent
            if silent:
                _log.error("no answer from: %s; the watchdog is not fed", ", ".join(silent))
        if silent:
            notify(f"STATUS=Không trả lời: {', '.join(silent)}")
        elif self._ready:
            notify("WATCHDOG=1")
        else:
            self._ready = True
            notify(f"READY=1\nSTATUS=Màn hình: {kiosk.address}\nWATCHDOG=1")
