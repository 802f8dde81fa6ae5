"""Books for a lesson: how many copies there are for it, and what stands against it. Pure, L120–L127.

The rule that keeps the last copies in the house (L120) is in rules.py, because desk and kiosk lend by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from library.foundation.schoolyear import Calendar

PERIODS = range(1, 13)
"""Tiết of a day; two sessions of at most six."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonSpan:
    """Copies of one title wanted in a span of periods of a day. `order`: who was first (L122)."""

    booking_id: int
    record_id: int
    on: date
    first_period: int
    last_period: int
    copies: int
    order: int

    def overlaps(self, other: LessonSpan) -> bool:
        return self.on == other.on and self.first_period <= other.last_period and other.first_period <= self.last_period


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Copies of a title that can serve a lesson: in service, in no corner or shelf, kept for nobody.
    `out`: due days of those lent home; a late one (L40) counts as never back."""

    usable: int
    out: tuple[date, ...] = ()

    def free_on(self, day: date) -> int:
        """L121: copies expected in the house that day. One due that very day comes too late."""
        return self.usable - sum(due_on >= day for due_on in self.out)

    def lent_on(self, day: date) -> int:
        return sum(due_on >= day for due_on in self.out)


NO_STOCK = Stock(usable=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What stands against a booked title (kind `short`) or against the day (`closed`). `free`: copies left
    for it, `lent`: with readers past that day, `others`: booked earlier for the same periods."""

    kind: str
    booking_id: int
    on: date
    record_id: int | None = None
    wanted: int = 0
    free: int = 0
    lent: int = 0
    others: int = 0

    @property
    def missing(self) -> int:
        return max(self.wanted - self.free, 0)


def list_series_days(first: date, until: date, weeks: int) -> list[date]:
    """L193: the same weekday every so many weeks, from the first lesson to the last day, both included."""
    return [first + timedelta(days=days) for days in range(0, (until - first).days + 1, 7 * weeks)]


def peak_need(spans: Iterable[tuple[int, int, int]]) -> int:
    """L121: copies needed at once: the greatest sum over the periods of a day; (first, last, copies) each.
    Lessons one after another use the same copies."""
    held = list(spans)
    return max(sum(copies for first, last, copies in held if first <= period <= last) for period in PERIODS)


def find_conflicts(lessons: Sequence[LessonSpan], stocks: Mapping[int, Stock], calendar: Calendar) -> list[Conflict]:
    """L122, L123: for each lesson what is short after those who booked before it, and closed days; in the
    order of `lessons`."""
    found: list[Conflict] = []
    closed: set[int] = set()
    for lesson in lessons:
        if not calendar.is_open(lesson.on) and lesson.booking_id not in closed:
            closed.add(lesson.booking_id)
            found.append(Conflict(kind="closed", booking_id=lesson.booking_id, on=lesson.on))
        stock = stocks.get(lesson.record_id, NO_STOCK)
        before = [
            (max(other.first_period, lesson.first_period), min(other.last_period, lesson.last_period), other.copies)
            for other in lessons
            if other.record_id == lesson.record_id and other.order < lesson.order and lesson.overlaps(other)
        ]
        others = peak_need(before)
        free = max(stock.free_on(lesson.on) - others, 0)
        if lesson.copies > free:
            found.append(
                Conflict(
                    kind="short", booking_id=lesson.booking_id, on=lesson.on, record_id=lesson.record_id,
                    wanted=lesson.copies, free=free, lent=stock.lent_on(lesson.on), others=others,
                )
            )  # fmt: skip
    return found
