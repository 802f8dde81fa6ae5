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
from kiosk.journal import SETTLED, Act, ActJournal, JournalUnavailable
from library.contract.kiosk_api import JournalEntry

BATCH = 100


@dataclass(frozen=True, slots=True)
class Settled:
    """What one drain did. `left`: still pending; `why`: what stopped it, empty when all is settled."""

    count: int
    left: int
    why: str = ""
    device_refused: bool = False
    foreign: str = ""
    core_has_all: bool = False
    """Answered, but the answer could not be written down (the disk is full)."""
    busy: bool = False
    """Somebody else is at it."""


class JournalSync:
    """One drain at a time; several threads may ask. `batch`: acts in one message."""

    def __init__(self, journal: ActJournal, api: ApiClient, clock: KioskClock, *, batch: int = BATCH) -> None:
        self._journal, self._api, self._clock, self._batch = journal, api, clock, batch
        self._lock = threading.Lock()

    def drain(self, *, wait: float | None = None) -> Settled:
        """Send until nothing is pending or something stops it. Never raises for the network or a full disk.
        `wait`: seconds to wait while somebody else sends; None: until they are done."""
        if not self._lock.acquire(timeout=-1 if wait is None else wait):
            return Settled(0, self._journal.count_pending(), "another is sending", busy=True)
        try:
            count = 0
            while acts := self._journal.list_pending(self._batch):
                try:
                    done = self._send(acts)
                except Unreachable as error:
                    return Settled(count, self._journal.count_pending(), str(error), foreign=error.foreign)
                except JournalUnavailable as error:
                    # The core has them and answers "repeated" next time.
                    left = self._journal.count_pending()
                    return Settled(count, left, f"journal: {error}", core_has_all=left <= len(acts))
                except CoreRefused as error:
                    if error.is_about_device:
                        return Settled(count, self._journal.count_pending(), str(error), device_refused=True)
                    return Settled(count, self._journal.count_pending(), str(error))
                count += done
                if not done:
                    return Settled(count, self._journal.count_pending(), "the core settled none of the acts")
            return Settled(count, 0)
        finally:
            self._lock.release()

    def _send(self, acts: list[Act]) -> int:
        try:
            results = self._api.send_journal(self._entries(acts), str(uuid.uuid4()))
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

    def _entries(self, acts: list[Act]) -> list[dict[str, Any]]:
        placed = [self._placed(act) for act in acts]
        earliest, latest = self._journal.known_times(acts[0].seq, acts[-1].seq)
        known = [act.clock_ok for act in acts]
        times = _in_order(placed, known, earliest, latest)
        return [_entry(act, at, ok) for act, at, (_, ok) in zip(acts, times, placed, strict=True)]

    def _placed(self, act: Act) -> tuple[str, bool]:
        """When it happened. An act written before the clock was right is placed by the monotonic time
        passed since, which is only possible within the same boot."""
        if act.clock_ok or not self._clock.trusted or act.boot_id != self._clock.boot_id:
            return act.occurred_at, act.clock_ok
        passed = self._clock.monotonic() - act.monotonic
        happened: datetime = self._clock.now() - timedelta(seconds=max(passed, 0.0))
        return instant_text(happened), True


def _entry(act: Act, at: str, clock_ok: bool) -> dict[str, Any]:
    entry = JournalEntry(
        key=act.key, kind=act.kind, occurred_at=at, reader_card=act.card, copy_barcode=act.barcode,
        due_on=act.due_on, clock_ok=clock_ok, boot_id=act.boot_id, monotonic=act.monotonic,
        staff_id=act.staff_id, overrides=act.overrides, unit=act.unit, undoes=act.undoes,
    )  # fmt: skip
    return {name: value for name, value in entry.to_json().items() if value is not None and value != ()}


def _in_order(
    placed: list[tuple[str, bool]], known: list[bool], earliest: str | None, latest: str | None
) -> list[str]:
    """The journal's order is the truth, and a time written with a known clock is its measure. What was written
    without one is worked out later, from a clock that may have been set in between (a machine days ahead, a core
    whose time was corrected): it lies between its neighbours, else the core would take a loan for newer than its
    return. `placed`: (instant, whether it means anything); `known`: written with a known clock and left as it is;
    `earliest`, `latest`: known times before and after these."""
    times = [at for at, _ in placed]
    ceilings: list[str | None] = [None] * len(times)
    for number in reversed(range(len(times))):
        ceilings[number] = latest
        if not known[number] and latest is not None:
            times[number] = min(times[number], latest)
        if placed[number][1]:
            latest = times[number] if latest is None else min(latest, times[number])
    for number, ceiling in enumerate(ceilings):
        if known[number]:
            earliest = times[number]
        elif earliest is not None and (ceiling is None or earliest <= ceiling):
            times[number] = max(times[number], earliest)
    return times


def _unknown(status: str) -> str | None:
    return None if status in SETTLED else f"status_{status}"[:40]
