"""Bookings that repeat: the same books, weekday and tiết through the term, placed and cancelled in one act.

Rules L193, L194. One lesson of a series is a booking like any other (service.py): it is changed, handed over
and taken back by itself.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict as StateConflict
from library.foundation.errors import InvalidInput, Refused
from library.foundation.schoolyear import Year
from library.lending.bookings.facts import list_stocks
from library.lending.bookings.queries import list_spans
from library.lending.bookings.rules import Conflict, LessonSpan, find_conflicts, list_series_days
from library.lending.bookings.service import MOST_DAYS, BookingDraft, as_reason, check_draft, place_booking
from library.lending.due_dates import summer_return_of
from library.lending.settings_reader import find_year_row, load_policy
from library.lending.tables import LessonBooking, SeriesLesson

WEEKS = (1, 2)

register_errors(
    {
        "series_weeks_bad": "Chọn lặp mỗi tuần hoặc hai tuần một lần.",
        "series_until_bad": "Ngày cuối phải sau ngày dạy đầu tiên và không quá một năm tới.",
        "series_nothing": "Không còn ngày nào đặt được: ngày nào cũng đóng cửa hoặc thiếu sách.",
        "series_over": "Không còn tiết nào chưa lấy sách để huỷ.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesDay:
    """One day of a series before it is kept: closed days are left out, `conflicts` say what is short."""

    on: date
    closed: bool
    conflicts: tuple[Conflict, ...] = ()


class SeriesRefused(Refused):
    """Some days of a series meet conflicts (L123) and staff have not said what to do with them."""

    def __init__(self, days: Sequence[SeriesDay]) -> None:
        super().__init__([as_reason(conflict) for day in days for conflict in day.conflicts])
        self.days = tuple(days)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlaced:
    """`booking_ids` by day; `closed`: days left out because the library is closed; `short`: because there were
    too few books."""

    booking_ids: tuple[int, ...]
    closed: tuple[date, ...]
    short: tuple[date, ...]


def term_end(day: date) -> date:
    """L193: how long a series goes on when nobody says: to the end of the term of its first lesson (before the
    summer, the last day for returns, L33), or to the last day that can be booked."""
    latest = today() + timedelta(days=MOST_DAYS)
    row = find_year_row(day)
    if row is None:
        return latest
    year = Year(row.label, row.starts_on, row.term2_starts_on, row.ends_on)
    ends, summer = year.term_end(day), summer_return_of(load_policy(day), year)
    return min(summer if day <= summer < ends else ends, latest)


def preview_series(draft: BookingDraft, until: date | None = None, weeks: int = 1) -> list[SeriesDay]:
    """Every day of the series with what stands against it; nothing is written.

    InvalidInput `series_weeks_bad`, `series_until_bad`.
    """
    last = until or term_end(draft.lesson_on)
    if weeks not in WEEKS:
        raise InvalidInput("series_weeks_bad", field="weeks")
    if not draft.lesson_on < last <= today() + timedelta(days=MOST_DAYS):
        raise InvalidInput("series_until_bad", field="until_on")
    days = list_series_days(draft.lesson_on, last, weeks)
    mine = [
        LessonSpan(
            booking_id=-1 - place, record_id=record_id, on=day, first_period=draft.first_period,
            last_period=draft.last_period, copies=copies, order=2**60 + place,
        )
        for place, day in enumerate(days)
        for record_id, copies in draft.titles.items()
    ]  # fmt: skip
    wanted = set(days)
    others = [span for span in list_spans(days[0], days[-1]) if span.on in wanted and span.record_id in draft.titles]
    calendar = load_calendar()
    found: dict[int, list[Conflict]] = defaultdict(list)
    for conflict in find_conflicts([*others, *mine], list_stocks(list(draft.titles), today()), calendar):
        if conflict.kind == "short":
            found[conflict.booking_id].append(conflict)
    return [
        SeriesDay(on=day, closed=True)
        if not calendar.is_open(day)
        else SeriesDay(on=day, closed=False, conflicts=tuple(found.get(-1 - place, ())))
        for place, day in enumerate(days)
    ]


def place_series(
    draft: BookingDraft,
    *,
    actor: Actor,
    until: date | None = None,
    weeks: int = 1,
    anyway: bool = False,
    only_whole: bool = False,
) -> SeriesPlaced:
    """Book the same for every such day until the last one (None: end of term), all in one act (L193).

    Closed days are left out. Days with too few books: SeriesRefused names them all, unless `anyway` (they are
    kept as short) or `only_whole` (they are left out). InvalidInput(`series_nothing`) when no day is left.
    """
    with transaction():
        check_draft(draft)
        days = preview_series(draft, until, weeks)
        short = [day for day in days if day.conflicts]
        if short and not anyway and not only_whole:
            raise SeriesRefused(days)
        kept = [day for day in days if not day.closed and (anyway or not day.conflicts)]
        if not kept:
            raise InvalidInput("series_nothing", field="lesson_on")
        ids = [
            place_booking(dataclasses.replace(draft, lesson_on=day.on), actor=actor, anyway=True) for day in kept
        ]
        if len(ids) > 1:
            rows = [{"booking": booking_id, "first": ids[0]} for booking_id in ids]
            for start in range(0, len(rows), 100):
                SeriesLesson.insert_many(rows[start : start + 100]).execute()
        record_audit(
            actor, "booking.series", "lesson_booking", ids[0], None,
            {"on": str(kept[0].on), "until": str(kept[-1].on), "count": len(ids)},
        )  # fmt: skip
        return SeriesPlaced(
            booking_ids=tuple(ids), closed=tuple(day.on for day in days if day.closed),
            short=() if anyway else tuple(day.on for day in short),
        )  # fmt: skip


def cancel_rest(booking_id: int, *, actor: Actor) -> int:
    """Cancel this lesson and those of its series after it whose books have not gone (L194). Returns how many.
    Conflict(`series_over`) when there is none."""
    with transaction():
        rest = [line for line in list_series(booking_id) if line.open and line.on >= _day_of(booking_id)]
        if not rest:
            raise StateConflict("series_over")
        ids = [line.booking_id for line in rest]
        LessonBooking.update(status="cancelled", ended_at=now()).where(LessonBooking.id.in_(ids)).execute()
        record_audit(
            actor, "booking.cancel_rest", "lesson_booking", booking_id, {"status": "planned"},
            {"status": "cancelled", "count": len(ids), "on": str(rest[0].on), "until": str(rest[-1].on)},
        )  # fmt: skip
        return len(ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesLine:
    """One lesson of a series. `open`: its books have not gone, it can still be cancelled."""

    booking_id: int
    on: date
    status: str

    @property
    def open(self) -> bool:
        return self.status == "planned"


def list_series(booking_id: int) -> list[SeriesLine]:
    """The lessons of the series this one belongs to, by day; none when it stands alone."""
    own = SeriesLesson.get_or_none(SeriesLesson.booking == booking_id)
    if own is None:
        return []
    query = (
        LessonBooking.select(LessonBooking.id, LessonBooking.lesson_on, LessonBooking.status)
        .join(SeriesLesson, on=(SeriesLesson.booking == LessonBooking.id))
        .where(SeriesLesson.first == own.first_id)
        .order_by(LessonBooking.lesson_on, LessonBooking.id)
    )
    return [SeriesLine(booking_id=row.id, on=row.lesson_on, status=row.status) for row in query]


def _day_of(booking_id: int) -> date:
    day: date = LessonBooking.get_by_id(booking_id).lesson_on
    return day
