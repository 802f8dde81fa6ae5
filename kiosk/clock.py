"""What time it is, and whether that can be believed.

A Raspberry Pi before the 5 has no clock of its own: without network it starts at the date of its image.
So a time is trusted only when the core has told it in this boot, or the machine keeps time itself (a
real-time clock, or a time service that has synchronised), and it never runs behind what was seen before.
From then on time is counted by the monotonic clock, which nobody sets.

While the time is not trusted, acts are still journalled (with boot id and monotonic time, so that the
core can place them later) but no due date is shown or printed.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

BUILT_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""No honest clock shows less than this: the program did not exist."""
SCHOOL_ZONE_HOURS = 7
"""Viet Nam has one zone without summer time; no zone database is needed on the kiosk."""
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def read_boot_id() -> str:
    """The kernel's id of this boot; where there is none, an id of this process (safe: nothing is
    then compared across a restart)."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return str(uuid.uuid4())


def machine_keeps_time() -> bool:
    """A battery clock, a time service that has synchronised, or a system that always has one (Windows)."""
    if os.name == "nt":
        return True
    return _SYNCHRONISED.exists() or any(Path("/sys/class/rtc").glob("rtc*"))


class KioskClock:
    """Thread-safe. `wall` and `monotonic` are seconds; tests give their own."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        keeps_time: Callable[[], bool] = machine_keeps_time,
        last_seen: datetime | None = None,
        boot_id: str | None = None,
    ) -> None:
        self._wall = wall
        self.monotonic = monotonic
        self._keeps_time = keeps_time
        self._floor = max(last_seen or BUILT_AT, BUILT_AT)
        self._offset: float | None = None  # true time minus monotonic, once the core has told it
        self._lock = threading.Lock()
        self.boot_id = boot_id or read_boot_id()

    def hear(self, server_time: str, asked_at: float) -> bool:
        """The core says what time it is; `asked_at` is the monotonic time of the question. False when
        it is nonsense or older than what was already seen by more than a day (a core with a dead clock
        must not turn ours back)."""
        try:
            told = datetime.fromisoformat(server_time)
        except ValueError:
            return False
        if told.tzinfo is None or told < self._floor - timedelta(days=1):
            return False
        heard_at = self.monotonic()
        with self._lock:
            # The answer was on its way for about half of the time the question took.
            self._offset = told.timestamp() - (asked_at + heard_at) / 2
        return True

    @property
    def trusted(self) -> bool:
        with self._lock:
            if self._offset is not None:
                return True
        return self._keeps_time() and datetime.fromtimestamp(self._wall(), UTC) >= self._floor

    def now(self) -> datetime:
        """Aware UTC; never before the last time seen, trusted or not."""
        with self._lock:
            seconds = self._wall() if self._offset is None else self.monotonic() + self._offset
            found = datetime.fromtimestamp(seconds, UTC)
            return max(found, self._floor)

    def today(self) -> date:
        """The school's date."""
        return (self.now() + timedelta(hours=SCHOOL_ZONE_HOURS)).date()


def school_day(at: datetime) -> date:
    """The school's date at an aware instant."""
    return (at.astimezone(UTC) + timedelta(hours=SCHOOL_ZONE_HOURS)).date()


def instant_text(at: datetime) -> str:
    """RFC 3339 in UTC with Z, to the second, as the interface writes instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
