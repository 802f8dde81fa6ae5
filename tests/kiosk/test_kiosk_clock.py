"""Which time can be believed on a machine without a clock of its own."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.clock import BUILT_AT, KioskClock, instant_text

LATE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class Time:
    """Both clocks of a machine; a test sets them."""

    def __init__(self, wall: datetime, monotonic: float = 100.0) -> None:
        self.wall, self.monotonic = wall, monotonic

    def make(self, **values) -> KioskClock:
        values.setdefault("keeps_time", lambda: False)
        return KioskClock(
            wall=lambda: self.wall.timestamp(), monotonic=lambda: self.monotonic, boot_id="boot-1", **values
        )

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.monotonic += seconds


def test_pi_without_clock_is_not_trusted_until_the_core_tells() -> None:
    time = Time(datetime(2024, 3, 1, tzinfo=UTC))
    clock = time.make()
    assert not clock.trusted and clock.now() >= BUILT_AT
    assert clock.hear("2026-11-23T02:00:00Z", time.monotonic)
    assert clock.trusted and clock.now() == LATE
    time.wall = datetime(2030, 1, 1, tzinfo=UTC)  # a wall clock that jumps is nobody's business
    time.monotonic += 60
    assert clock.now() == LATE + timedelta(seconds=60)


@pytest.mark.parametrize("keeps_time", [True, False])
def test_a_laptop_that_slept_since_the_core_was_heard_knows_the_day(keeps_time: bool) -> None:
    """Told at school in the morning, shut for the way, opened where there is no network, and again after the weekend."""
    time, asleep = Time(LATE - timedelta(minutes=3)), [0.0]
    clock = time.make(keeps_time=lambda: keeps_time, uptime=lambda: time.monotonic + asleep[0])
    clock.hear(instant_text(LATE), time.monotonic)
    asleep[0] += 3600
    assert clock.now() == LATE + timedelta(hours=1)
    asleep[0] += 3 * 86_400
    time.pass_(60)
    assert clock.trusted and clock.now() == LATE + timedelta(days=3, hours=1, minutes=1)
    assert clock.today() == date(2026, 11, 26)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere time.monotonic counts sleep")
def test_the_kernel_s_count_with_sleep_is_what_time_is_counted_by(monkeypatch: pytest.MonkeyPatch) -> None:
    from time import clock_gettime  # not everywhere

    asleep = [0.0]
    monkeypatch.setattr("time.clock_gettime", lambda which: clock_gettime(which) + asleep[0])
    clock = KioskClock(keeps_time=lambda: False)
    assert clock.hear(instant_text(LATE), clock.monotonic())
    asleep[0] = 3600.0
    assert clock.now() >= LATE + timedelta(hours=1)


def test_machine_with_a_clock_is_trusted_unless_it_runs_behind() -> None:
    assert Time(LATE).make(keeps_time=lambda: True).trusted
    behind = Time(LATE).make(keeps_time=lambda: True, last_seen=LATE + timedelta(days=2))
    assert not behind.trusted
    assert not Time(datetime(2000, 1, 1, tzinfo=UTC)).make(keeps_time=lambda: True).trusted


def test_time_never_runs_below_what_was_seen() -> None:
    clock = Time(datetime(2024, 3, 1, tzinfo=UTC)).make(last_seen=LATE)
    assert clock.now() == LATE


def test_nonsense_and_a_core_with_a_dead_clock_are_not_believed() -> None:
    clock = Time(LATE).make(last_seen=LATE)
    for told in ("", "hôm nay", "2026-11-23T02:00:00", "1970-01-01T00:00:00Z"):
        assert not clock.hear(told, 100.0)
    assert not clock.trusted


def test_school_day_turns_at_midnight_in_viet_nam() -> None:
    time = Time(datetime(2026, 11, 23, 16, 59, tzinfo=UTC))
    clock = time.make(keeps_time=lambda: True)
    assert clock.today() == date(2026, 11, 23)
    time.pass_(60)
    assert clock.today() == date(2026, 11, 24)


@given(st.floats(0, 1e7), st.floats(0, 30))
def test_heard_time_is_off_by_at_most_the_time_the_question_took(passed: float, took: float) -> None:
    time = Time(LATE)
    clock = time.make()
    asked_at = time.monotonic
    time.pass_(took)
    clock.hear(instant_text(LATE), asked_at)
    time.pass_(passed)
    assert abs((clock.now() - (LATE + timedelta(seconds=passed + took))).total_seconds()) <= took / 2 + 0.01
