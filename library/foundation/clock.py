"""What time it is. The only place that asks the operating system.

Instants are aware UTC; school days are dates in Vietnam (UTC+7, no summer time since 1975, so a
fixed offset is right and Windows needs no time-zone database).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07")


def _system_now() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_now


def now() -> datetime:
    """The present instant, aware UTC."""
    return _source()


def today() -> date:
    """The present school day in Vietnam."""
    return local_date(now())


def local_date(instant: datetime) -> date:
    """The Vietnamese calendar day of an aware instant."""
    return instant.astimezone(VIETNAM).date()


def local_time(instant: datetime) -> datetime:
    """An aware instant as Vietnamese wall time."""
    return instant.astimezone(VIETNAM)


def at_local(day: date, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """The UTC instant of a Vietnamese wall time on `day`."""
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=VIETNAM).astimezone(UTC)


def iso_instant(instant: datetime) -> str:
    """RFC 3339 in UTC with Z, to the second, as the HTTP interface writes instants."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_instant(text: str) -> datetime:
    """RFC 3339 text with an offset -> aware UTC. ValueError when it is not, or has no offset."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"instant without an offset: {text!r}")
    try:
        return value.astimezone(UTC)
    except OverflowError:  # the first or last hours of the calendar, moved by their offset
        raise ValueError(f"instant outside the calendar: {text!r}") from None


@contextmanager
def clock_at(source: datetime | Callable[[], datetime]) -> Iterator[None]:
    """Run with another clock (demo school, scenario tests). Process-wide; restores the old one."""
    global _source
    before = _source
    _source = source if callable(source) else (lambda: source)
    try:
        yield
    finally:
        _source = before
