"""What lessons need of a title, for the decision at the desk and the kiosk's snapshot (L120, L121).

Reads only, never commits. Lists for pages are in bookings/queries.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import peewee as pw

from library.cataloguing.tables import Copy
from library.lending.bookings.rules import Stock, peak_need
from library.lending.model import LessonNeed, Purpose
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import BookedTitle, Hold, LessonBooking, Loan, Placement

AHEAD_DAYS = 400
SNAPSHOT_DAYS = 60
CHUNK = 400


def list_stocks(record_ids: Sequence[int], today: date) -> dict[int, Stock]:
    """record id -> the copies that can serve a lesson, and when those at home with readers are due."""
    usable: dict[int, int] = defaultdict(int)
    out: dict[int, list[date]] = defaultdict(list)
    ids = list(dict.fromkeys(record_ids))
    for start in range(0, len(ids), CHUNK):
        query = (
            Copy.select(Copy.record, Loan.due_on)
            .join(
                Loan,
                pw.JOIN.LEFT_OUTER,
                # What is read in the house (or out for another lesson) is back the same day.
                on=(Loan.copy == Copy.id) & Loan.returned_at.is_null() & (Loan.purpose == Purpose.HOME.value),
            )
            .where(
                Copy.record.in_(ids[start : start + CHUNK]),
                Copy.status == "in_service",
                ~pw.fn.EXISTS(
                    Placement.select(pw.Value(1)).where(Placement.copy == Copy.id, Placement.removed_at.is_null())
                ),
                ~pw.fn.EXISTS(Hold.select(pw.Value(1)).where(Hold.ready_copy == Copy.id, Hold.status == "ready")),
            )
        )
        for record_id, due_on in tuples_of(query):
            usable[record_id] += 1
            if due_on is not None:
                out[record_id].append(date.max if due_on < today else due_on)
    return {record_id: Stock(usable=count, out=tuple(out[record_id])) for record_id, count in usable.items()}


def _waiting(*conditions: Any) -> list[dict[str, Any]]:
    """Booked titles of lessons that have not taken their books yet."""
    query = (
        BookedTitle.select(
            BookedTitle.record, BookedTitle.copies, LessonBooking.lesson_on, LessonBooking.first_period,
            LessonBooking.last_period,
        )
        .join(LessonBooking)
        .where(LessonBooking.status == "planned", *conditions)
    )  # fmt: skip
    return dicts_of(query)


def _needs_by_day(rows: Sequence[dict[str, Any]]) -> dict[tuple[int, date], int]:
    spans: dict[tuple[int, date], list[tuple[int, int, int]]] = defaultdict(list)
    for row in rows:
        spans[row["record"], row["lesson_on"]].append((row["first_period"], row["last_period"], row["copies"]))
    return {key: peak_need(found) for key, found in spans.items()}


def list_lesson_needs(record_id: int, today: date) -> tuple[LessonNeed, ...]:
    """What lessons from today on need of a title, day by day, against the copies there will be."""
    until = today + timedelta(days=AHEAD_DAYS)
    needs = _needs_by_day(_waiting(BookedTitle.record == record_id, LessonBooking.lesson_on.between(today, until)))
    if not needs:
        return ()
    stock = list_stocks([record_id], today).get(record_id, Stock(usable=0))
    return tuple(
        LessonNeed(on=day, needed=needed, free=stock.free_on(day)) for (_, day), needed in sorted(needs.items())
    )


def list_lessons_without(taken: Mapping[int, int], today: date, until: date) -> dict[int, LessonNeed]:
    """L192: record id -> the first lesson until that day that would be short if so many copies (record id ->
    copies) left the shelves for longer. Titles that no lesson needs are not named."""
    planned = LessonBooking.lesson_on.between(today, until)
    needs = {
        key: needed for key, needed in sorted(_needs_by_day(_waiting(planned)).items()) if taken.get(key[0])
    }
    stocks = list_stocks([record_id for record_id, _ in needs], today)
    short: dict[int, LessonNeed] = {}
    for (record_id, day), needed in needs.items():
        free = stocks.get(record_id, Stock(usable=0)).free_on(day)
        if needed > free - taken[record_id]:
            short.setdefault(record_id, LessonNeed(on=day, needed=needed, free=free))
    return short


def list_needs_ahead(today: date) -> list[dict[str, Any]]:
    """For the kiosk's snapshot: what lessons of the next weeks need; the kiosk counts its copies itself."""
    until = today + timedelta(days=SNAPSHOT_DAYS)
    needs = _needs_by_day(_waiting(LessonBooking.lesson_on.between(today, until)))
    return [
        {"record_id": record_id, "on": day.isoformat(), "needed": needed}
        for (record_id, day), needed in sorted(needs.items())
    ]
