"""What goes on beside the children: greeting the core, sending the journal, fetching the snapshot,
telling how we are, forgetting what need not be kept.

Runs in one thread of its own with its own connection; nothing here is waited for by a child.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kiosk.api_client import FOREIGN, ApiClient, CoreRefused, Unreachable
from kiosk.clock import KioskClock
from kiosk.journal import Act, ActJournal, JournalUnavailable
from kiosk.kept_time import keep_time
from kiosk.orders import Orders
from kiosk.serving import Line
from kiosk.session_events import Event, Welcome
from kiosk.snapshot import SnapshotStore
from kiosk.spool import Spool, SpoolFailed
from kiosk.sync import JournalSync
from kiosk.template_store import TemplateStore
from kiosk.update_request import UpdateRequest

_log = logging.getLogger(__name__)
SCHOOL_ID = "school_id"
"""Name under which it remembers whose kiosk this is."""
MAX_WORDS = 160
"""Letters of the school's name and greeting that are shown."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between rounds of each kind."""

    hello: float = 30.0
    retry: float = 5.0
    snapshot: float = 120.0
    status: float = 60.0
    forget: float = 3600.0


class Housekeeping:
    """`report` makes the status message; `tell` takes events for the session."""

    def __init__(
        self,
        api: ApiClient,
        journal: ActJournal,
        snapshot: SnapshotStore,
        sync: JournalSync,
        clock: KioskClock,
        line: Line,
        tell: Callable[[Event], None],
        report: Callable[[], dict[str, Any]],
        orders: Orders,
        templates: TemplateStore,
        updates: UpdateRequest,
        rhythm: Rhythm,
    ) -> None:
        self._api, self._journal, self._snapshot, self._sync = api, journal, snapshot, sync
        self._clock, self._line, self._tell, self._report, self._rhythm = clock, line, tell, report, rhythm
        self._orders, self._templates, self._updates = orders, templates, updates
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._due: dict[str, float] = {}
        self.has_twin = False
        """The core has heard another kiosk with this one's token."""
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Something worth sending happened."""
        self._wake.set()

    def hurry(self) -> None:
        """Everything is due now: somebody waits for fresh data. The line is tried even if it was just dead."""
        self._due.clear()
        self.wake()

    def report_soon(self) -> None:
        """There is news for the core that somebody waits for."""
        self._due.pop("status", None)
        self.wake()

    def close(self) -> None:
        self._stop.set()
        self._wake.set()
        self._thread.join(6.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.go_round()
            except JournalUnavailable as error:
                _log.error("journal: %s", error)
            except sqlite3.Error as error:
                _log.error("snapshot: %s", error)
            self._wake.wait(self._rhythm.retry)
            self._wake.clear()

    def go_round(self) -> None:
        """One round: whatever is due, in this order; the first unreachable ends it."""
        if self._is_due("forget", self._rhythm.forget):
            self._forget()
        try:
            if not self._line.is_up or self._is_due("hello", self._rhythm.hello):
                self._greet()
            if self._journal.count_pending():
                done = self._sync.drain()
                if done.device_refused:
                    self._line.device_refused()
                    return
                if done.left and not done.core_has_all:
                    if done.foreign:
                        self._line.failed(foreign=done.foreign)
                    _log.warning("%d acts still pending: %s", done.left, done.why)
                    return
            if self._is_due("snapshot", self._rhythm.snapshot):
                self._fetch_snapshot()
            if self._is_due("status", self._rhythm.status):
                self._send_status()
        except Unreachable as error:
            if self._line.is_up:
                _log.warning("core unreachable: %s", error)
            self._line.failed(foreign=error.foreign)
            self._due.clear()
        except CoreRefused as error:
            _log.warning("core refused: %s", error)
            if error.is_about_device:
                self._line.device_refused()

    def _is_due(self, name: str, every: float) -> bool:
        now = self._clock.monotonic()
        if now < self._due.get(name, 0.0):
            return False
        self._due[name] = now + every
        return True

    def _greet(self) -> None:
        asked_at = self._clock.monotonic()
        hello = self._api.hello()
        self._clock.hear(hello.server_time, asked_at)
        self._line.worked()
        self._tell(Welcome(hello.school[:MAX_WORDS], hello.greeting[:MAX_WORDS]))
        with suppress(JournalUnavailable):  # a full disk keeps nobody from telling the core of it
            if hello.school_id and hello.school_id != self._journal.recall(SCHOOL_ID):
                self._journal.remember(SCHOOL_ID, hello.school_id[:MAX_WORDS])
            keep_time(self._journal, self._clock)

    def _fetch_snapshot(self) -> None:
        spool = self._snapshot.make_spool()
        try:
            self._fetch_into(spool)
        except SpoolFailed as error:
            _log.error("snapshot not kept: %s", error)
        finally:
            spool.close()

    def _fetch_into(self, spool: Spool) -> None:
        seen = self._journal.last_seq()
        try:
            found = self._api.snapshot(self._snapshot.version, spool)
        except CoreRefused as error:
            if error.is_about_device or self._snapshot.version is None:
                raise
            found = self._api.snapshot(None, spool)  # a core that no longer knows our version
        try:
            self._snapshot.apply(
                found.head, lambda: self._acts_since(seen), readers=found.readers(), copies=found.copies()
            )
        except (ValueError, RecursionError) as error:
            raise Unreachable(str(error), sent=True, foreign=FOREIGN) from error

    def _acts_since(self, seen: int) -> list[Act]:
        """Acts made while the snapshot was on its way are not in it; pending ones cannot be."""
        unseen = {act.seq: act for act in self._journal.list_pending(100_000)}
        unseen |= {act.seq: act for act in self._journal.list_acts(seen)}
        return [unseen[seq] for seq in sorted(unseen)]

    def _send_status(self) -> None:
        done = self._orders.report()
        try:
            answer = self._api.send_status({**self._report(), "orders_done": done}, str(uuid.uuid4()))
        except CoreRefused as error:
            if error.is_about_device:
                raise
            _log.warning("status not taken: %s", error)
            return
        self.has_twin = answer.get("twins") is True
        if done:
            self._orders.told(done)
        if self._orders.heed(answer):
            self._due.pop("status", None)  # whoever asked is waiting to see it done
        if self._templates.is_behind(answer.get("receipt_template")) and self._templates.keep(
            self._api.receipt_template()
        ):
            self._due.pop("status", None)
        self._updates.heed(answer)

    def _forget(self) -> None:
        """No reading history on the kiosk: cards a week after they are settled, receipts after two days."""
        if self._clock.trusted:
            now = self._clock.now()
            self._journal.forget_readers(now - timedelta(days=7))
            self._journal.forget_receipts(now - timedelta(days=2))
