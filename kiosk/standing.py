"""How the kiosk stands, beside the session: what staff should mend, and what the core is told out of turn.

Looked at by the core loop after every event (`runner.py`); nothing here waits. Words: words.STAFF_CAUSES.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from kiosk.clock import KioskClock
from kiosk.housekeeping import Housekeeping
from kiosk.journal import ActJournal
from kiosk.offline import OfflineDesk
from kiosk.printing import ReceiptPrinting
from kiosk.scan_intake import ScanIntake
from kiosk.serving import Line
from kiosk.snapshot import SnapshotStore

_STEADY = 1.0
"""So long a scanner or printer has been as it is before the core is told out of turn: a loose plug is one report."""
_LOOK_AGAIN = 30.0
"""Seconds between looks at whether our own data still lend."""


class Standing:
    """Belongs to the core loop's thread."""

    def __init__(
        self, clock: KioskClock, journal: ActJournal, line: Line, offline: OfflineDesk, snapshot: SnapshotStore,
        scans: ScanIntake, printing: ReceiptPrinting, house: Housekeeping,
    ) -> None:  # fmt: skip
        self._clock, self._journal, self._line = clock, journal, line
        self._offline, self._snapshot = offline, snapshot
        self._scans, self._printing, self._house = scans, printing, house
        self._health = self._health_told = ("", "")
        self._health_at = 0.0
        self._data_looked_at = float("-inf")
        self._data_missing: tuple[str, ...] = ()

    def tell_health(self) -> None:
        """A scanner pulled out or found, paper out or back: the core hears of it once it has stood for a moment."""
        self._scans.settle_state()
        now, health = self._clock.monotonic(), (self._scans.state, self._printing.status)
        if health != self._health:
            self._health, self._health_at = health, now
        elif health != self._health_told and now - self._health_at >= _STEADY:
            self._health_told = health
            self._house.report_soon()

    def list_concerns(self) -> tuple[str, ...]:
        """What staff should mend though children are served."""
        foreign = self._line.foreign
        found = {"journal": self._journal.trouble, foreign: foreign, "twins": self._house.has_twin}
        return tuple(code for code, holds in found.items() if holds) + self._missing_data()

    def _missing_data(self) -> tuple[str, ...]:
        """Why nothing is lent while the core is away. Looked up when it goes, and now and then."""
        if self._line.is_up:
            self._data_looked_at, self._data_missing = float("-inf"), ()
        elif self._clock.monotonic() - self._data_looked_at > _LOOK_AGAIN:
            self._data_looked_at = self._clock.monotonic()
            with suppress(sqlite3.Error):
                lends, known = self._offline.lends(self._clock.now()), self._snapshot.version is not None
                self._data_missing = () if lends else ("old_data",) if known else ("no_data",)
        return self._data_missing
