"""Writes down what the session asks to be written, before the screen says yes (`journal.py`), and notes it in our copy
of the core's data (`snapshot.py`).
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal, JournalUnavailable
from kiosk.session_events import Event, Journaled, JournalFailed
from kiosk.session_model import Journal
from kiosk.snapshot import SnapshotStore

_log = logging.getLogger(__name__)


class ActWriter:
    """The core loop calls `write`. `find_unit`: the shelf a mobile desk stands at."""

    def __init__(
        self, journal: ActJournal, snapshot: SnapshotStore, clock: KioskClock, is_mobile: bool,
        find_unit: Callable[[], str | None],
    ) -> None:  # fmt: skip
        self._journal, self._snapshot, self._clock = journal, snapshot, clock
        self._is_mobile, self._find_unit = is_mobile, find_unit

    def write(self, effect: Journal) -> Event:
        if effect.undoes is not None and self._journal.is_undone(effect.undoes):
            return Journaled(effect.key)  # asked twice before the page knew: taken back once (L185)
        act = self._make(effect)
        try:
            self._journal.write(act)
        except JournalUnavailable as error:
            _log.error("act %s not written: %s", effect.key, error)
            return JournalFailed(effect.key)
        try:
            self._snapshot.note_act(act)
        except sqlite3.Error as error:  # what counts is written; the next snapshot makes this good
            _log.error("act %s not in the snapshot: %s", effect.key, error)
        return Journaled(effect.key)

    def _make(self, effect: Journal) -> Act:
        passed = 0.0 if effect.at is None else max(self._clock.monotonic() - effect.at, 0.0)
        happened = self._clock.now() - timedelta(seconds=passed)
        act = Act(
            key=effect.key, kind=effect.kind, card=effect.card, barcode=effect.barcode, title=effect.title,
            due_on=effect.due_on, occurred_at=instant_text(happened), clock_ok=self._clock.trusted,
            boot_id=self._clock.boot_id, monotonic=self._clock.monotonic() - passed,
            status="pending" if effect.pending else "applied", staff_id=effect.staff_id, overrides=effect.overrides,
            undoes=effect.undoes, unit=self._find_unit() if effect.kind == "checkout" else None,
        )  # fmt: skip
        if self._is_mobile and act.kind == "return":
            # Whoever sits at the desk sees who brought it back, and can undo it.
            copy = self._snapshot.find_copy(act.barcode)
            if copy is not None and copy.open_loan is not None:
                act = replace(act, card=copy.open_loan.reader_card, due_on=copy.open_loan.due_on or None)
        return act
