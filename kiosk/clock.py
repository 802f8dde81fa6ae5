"""What time it is, and whether that can be believed.

A Raspberry Pi before the 5 has no clock of its own: without network it starts at the date of its image.
So a time is trusted only when the core has told it in this boot, or the machine keeps time itself (a
real-time clock, or a time service that has synchronised), and it never runs behind what was seen before.
From then on time is counted by a clock that nobody sets and that goes on while the machine sleeps: a laptop is
shut for its way to the satellite campus. A program that starts again in the same boot goes on with it (`kept_time.py`).

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
_BLUR_SECONDS = 2.0
"""Instants are written to the second, and what was heard is kept to within one."""
_BATTERY_CLOCKS = Path("/sys/class/rtc")
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")


def read_boot_id() -> str:
    """The kernel's id of this boot; empty where there is none (Windows)."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def machine_keeps_time() -> bool:
    """A battery clock, a time service that has synchronised, or a system that always has one (Windows)."""
    if os.name == "nt":
        return True
    return _SYNCHRONISED.exists() or any(_BATTERY_CLOCKS.glob("rtc*"))


def read_uptime() -> float:
    """Seconds since the machine was switched on, those asleep too; Linux leaves them out of `time.monotonic`."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class KioskClock:
    """Thread-safe. `wall`, `monotonic` and `uptime` are seconds; tests give their own (a machine that never sleeps
    has one for both). `boot_id`: empty where a boot has none; the clock then has an id of this process (safe: nothing
    is compared across a restart)."""

    def __init__(
        self,
        *,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        uptime: Callable[[], float] | None = None,
        keeps_time: Callable[[], bool] = machine_keeps_time,
        last_seen: datetime | None = None,
        boot_id: str | None = None,
    ) -> None:
        self._wall = wall
        self.monotonic = monotonic
        self._uptime = uptime or (read_uptime if monotonic is time.monotonic else monotonic)
        self._keeps_time = keeps_time
        self._floor = max(last_seen or BUILT_AT, BUILT_AT)
        self._offset: float | None = None  # true time minus uptime, once the core has told it
        self._resumed: float | None = None  # the same, heard by an earlier run of the program in this boot
        self._lock = threading.Lock()
        found = read_boot_id() if boot_id is None else boot_id
        self._knows_boot = bool(found)
        self.boot_id = found or str(uuid.uuid4())

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
        # The answer was on its way for about half of the time the question took.
        under_way = (self.monotonic() - asked_at) / 2
        with self._lock:
            self._offset = told.timestamp() + under_way - self._uptime()
        return True

    @property
    def heard(self) -> float | None:
        """True time minus uptime in seconds, to be kept for a next start in this boot; None while the core
        has not told it, or where nobody could say later that it is still the same boot."""
        with self._lock:
            return self._offset if self._knows_boot else None

    def resume(self, boot_id: str, offset: float, not_before: datetime, seen: datetime) -> bool:
        """Go on with what an earlier run of the program heard. False when that was in another boot, or cannot be:
        it is earlier now than it was (`not_before`), or this boot began after something was `seen` in it."""
        now = self._uptime() + offset
        began_before = 0 < offset <= seen.timestamp() + _BLUR_SECONDS
        possible = began_before and max(not_before, self._floor).timestamp() <= now + _BLUR_SECONDS
        if not (self._knows_boot and boot_id == self.boot_id and possible):
            return False
        with self._lock:
            self._resumed = offset
        return True

    @property
    def trusted(self) -> bool:
        with self._lock:
            if self._offset is not None or self._resumed is not None:
                return True
        return self._wall_is_good()

    def _wall_is_good(self) -> bool:
        return self._keeps_time() and datetime.fromtimestamp(self._wall(), UTC) >= self._floor

    def now(self) -> datetime:
        """Aware UTC; never before the last time seen, trusted or not."""
        with self._lock:
            offset = self._offset
            if offset is None and self._resumed is not None and not self._wall_is_good():
                offset = self._resumed  # a machine that keeps time itself knows better
            seconds = self._wall() if offset is None else self._uptime() + offset
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
