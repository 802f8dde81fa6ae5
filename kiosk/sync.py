"""Brings the journal to the core: in order, each act exactly once, however often the line breaks.

Here: one batch after another until nothing is pending. Every act carries its own key; the core answers
applied, repeated (it had it already) or conflict (kept there for the librarian). What the core does not
name stays pending. Not here: the connection (`api_client.py`), the rows (`journal.py`).
"""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import SETTLED, Act, ActJournal
from library.contract.kiosk_api import JournalEntry

BATCH = 100


@dataclass(frozen=True, slots=True)
class Settled:
    """What one drain did. `left`: still pending; `why`: what stopped it, empty when all is settled."""

    count: int
    left: int
    why: str = ""
    device_refused: bool = False


class JournalSync:
    """One drain at a time; several threads may ask. `batch`: acts in one message."""

    def __init__(self, journal: ActJournal, api: ApiClient, clock: KioskClock, *, batch: int = BATCH) -> None:
        self._journal, self._api, self._clock, self._batch = journal, api, clock, batch
        self._lock = threading.Lock()

    def drain(self) -> Settled:
        """Send until nothing is pending or something stops it. Never raises for the network."""
        with self._lock:
            count = 0
            while acts := self._journal.list_pending(self._batch):
                try:
                    done = self._send(acts)
                except Unreachable as error:
                    return Settled(count, self._journal.count_pending(), str(error))
                except CoreRefused as error:
                    if error.is_about_device:
                        return Settled(count, self._journal.count_pending(), str(error), device_refused=True)
                    return Settled(count, self._journal.count_pending(), str(error))
                count += done
                if not done:
                    return Settled(count, self._journal.count_pending(), "the core settled none of the acts")
            return Settled(count, 0)

    def _send(self, acts: list[Act]) -> int:
        try:
            results = self._api.send_journal(_in_order([self._entry(act) for act in acts]), str(uuid.uuid4()))
        except CoreRefused as error:
            if error.is_about_device or error.problem.status not in (400, 409, 413, 422):
                raise
            if len(acts) == 1:
                # The core cannot read this very act: kept here as a conflict, the others go on.
                self._journal.settle([(acts[0].key, "conflict", error.problem.code)], self._clock.now())
                return 1
            middle = len(acts) // 2
            return self._send(acts[:middle]) + self._send(acts[middle:])
        sent = {act.key for act in acts}
        settled = [
            (one.key, one.status if one.status in SETTLED else "conflict", one.code or _unknown(one.status))
            for one in results
            if one.key in sent
        ]
        self._journal.settle(settled, self._clock.now())
        return len(settled)

    def _entry(self, act: Act) -> dict[str, Any]:
        at, clock_ok = self._placed(act)
        entry = JournalEntry(
            key=act.key, kind=act.kind, occurred_at=at, reader_card=act.card, copy_barcode=act.barcode,
            due_on=act.due_on, clock_ok=clock_ok, boot_id=act.boot_id, monotonic=act.monotonic,
            staff_id=act.staff_id, overrides=act.overrides, unit=act.unit, undoes=act.undoes,
        )  # fmt: skip
        return {name: value for name, value in entry.to_json().items() if value is not None and value != ()}

    def _placed(self, act: Act) -> tuple[str, bool]:
        """When it happened. An act written before the clock was right is placed by the monotonic time
        passed since, which is only possible within the same boot."""
        if act.clock_ok or not self._clock.trusted or act.boot_id != self._clock.boot_id:
            return act.occurred_at, act.clock_ok
        passed = self._clock.monotonic() - act.monotonic
        happened: datetime = self._clock.now() - timedelta(seconds=max(passed, 0.0))
        return instant_text(happened), True


def _in_order(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The journal's order is the truth: what was written before the clock was known did not happen after what
    was written later with a known one. (A machine whose own clock runs days ahead would say so, and the core
    would take a loan for newer than its return.)"""
    latest: str | None = None
    for entry in reversed(entries):
        if entry["clock_ok"]:
            latest = entry["occurred_at"] if latest is None else min(latest, entry["occurred_at"])
        elif latest is not None and entry["occurred_at"] > latest:
            entry["occurred_at"] = latest
    return entries


def _unknown(status: str) -> str | None:
    return None if status in SETTLED else f"status_{status}"[:40]
