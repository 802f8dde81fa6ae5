"""The route of a mobile shelf: where next and when, and which stop a loan belongs to (L145–L149). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from library.foundation.clock import local_date
from library.foundation.schoolyear import Calendar
from library.foundation.vietnamese import fold

MOST_PROPOSED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere a shelf can stop. `last_on`: the last day any shelf was there; `busy`: a stop there is planned
    or going on; `sort_key`: classes in natural order, then places by name."""

    name: str
    class_id: int | None
    sort_key: str
    last_on: date | None
    has_corner: bool
    busy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedStop:
    """`why`: never | long_ago | has_corner, worded by the page."""

    name: str
    class_id: int | None
    from_on: date
    until_on: date
    last_on: date | None
    why: str


def stop_days(calendar: Calendar, from_on: date, open_days: int) -> tuple[date, date] | None:
    """First and last day of a stop of so many open days, from the first open day on; closed days in between
    (Tết) lengthen it. None when the calendar has no open day for a year."""
    first = last = calendar.next_open(from_on)
    if first is None or last is None:
        return None
    for _ in range(max(open_days, 1) - 1):
        following = calendar.next_open(last + timedelta(days=1))
        if following is None:
            break  # the calendar ends here: the stop is shorter
        last = following
    return first, last


def order_places(places: Sequence[Place]) -> list[Place]:
    """L146: classes without a corner of their own first; where no shelf has ever been before others; then the
    longest ago; then in natural order. Places with a stop planned or going on are left out."""
    return sorted(
        (place for place in places if not place.busy),
        key=lambda place: (place.has_corner, place.last_on is not None, place.last_on or date.min, place.sort_key),
    )


def propose_stops(
    places: Sequence[Place], calendar: Calendar, from_on: date, *, open_days: int, count: int
) -> list[ProposedStop]:
    """The next stops in order (L146), one after the other, each beginning and ending on an open day. Empty when
    the calendar has no open day left."""
    proposed: list[ProposedStop] = []
    day = from_on
    for place in order_places(places)[: min(count, MOST_PROPOSED)]:
        days = stop_days(calendar, day, open_days)
        if days is None:
            break
        why = "has_corner" if place.has_corner else "never" if place.last_on is None else "long_ago"
        proposed.append(
            ProposedStop(
                name=place.name, class_id=place.class_id, from_on=days[0], until_on=days[1], last_on=place.last_on,
                why=why,
            )
        )  # fmt: skip
        day = days[1] + timedelta(days=1)
    return proposed


def same_place(one: str, one_class: int | None, other: str, other_class: int | None) -> bool:
    """L145: the same class, or the same name whatever accents, capitals and spaces."""
    if one_class is not None and one_class == other_class:
        return True
    return " ".join(fold(one).split()) == " ".join(fold(other).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class StayAtStop:
    """From when to when a shelf was at a stop (`left_at` None: still there)."""

    stop_id: int
    arrived_at: datetime
    left_at: datetime | None


def stop_of(stays: Sequence[StayAtStop], at: datetime) -> int | None:
    """L149: the stop where the shelf was that day. When it was at two that day, the one it was at by then.
    None when it was at none."""
    day = local_date(at)
    that_day = [
        stay
        for stay in sorted(stays, key=lambda stay: stay.arrived_at)
        if local_date(stay.arrived_at) <= day and (stay.left_at is None or day <= local_date(stay.left_at))
    ]
    by_then = [stay for stay in that_day if stay.arrived_at <= at]
    if by_then:
        return by_then[-1].stop_id
    return that_day[0].stop_id if that_day else None
