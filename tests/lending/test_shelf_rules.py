"""The route of a mobile shelf, pure: L145, L146, L149."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.foundation.clock import at_local
from library.foundation.schoolyear import Calendar
from library.lending.units.shelf_rules import (
    Place,
    StayAtStop,
    order_places,
    propose_stops,
    same_place,
    stop_days,
    stop_of,
)

MONDAY = date(2027, 1, 25)
TET = frozenset(date(2027, 2, 1) + timedelta(days=n) for n in range(14))
CALENDAR = Calendar(frozenset({6, 7}), TET)
CLOSED = Calendar(frozenset({1, 2, 3, 4, 5, 6, 7}), frozenset())


def place(name: str, last_on: date | None = None, *, has_corner: bool = False, busy: bool = False) -> Place:
    return Place(name=name, class_id=None, sort_key=name, last_on=last_on, has_corner=has_corner, busy=busy)


def test_l146_order_of_places() -> None:
    places = [
        place("lớp 6A1", date(2026, 9, 30)), place("lớp 6A2"), place("lớp 6A3", has_corner=True),
        place("lớp 6A4", date(2026, 9, 10)), place("sân trường", busy=True), place("điểm Ấp 4"),
    ]  # fmt: skip
    assert [one.name for one in order_places(places)] == ["lớp 6A2", "điểm Ấp 4", "lớp 6A4", "lớp 6A1", "lớp 6A3"]


def test_l146_stops_follow_each_other_over_tet() -> None:
    stops = propose_stops([place("a"), place("b"), place("c")], CALENDAR, MONDAY, open_days=4, count=3)
    assert [(stop.from_on, stop.until_on) for stop in stops] == [
        (date(2027, 1, 25), date(2027, 1, 28)),
        (date(2027, 1, 29), date(2027, 2, 17)),  # one day before Tết, three after it
        (date(2027, 2, 18), date(2027, 2, 23)),
    ]
    assert {stop.why for stop in stops} == {"never"}


def test_l146_a_calendar_closed_all_year_proposes_nothing_and_ends() -> None:
    assert stop_days(CLOSED, MONDAY, 5) is None
    assert propose_stops([place("a")], CLOSED, MONDAY, open_days=5, count=3) == []
    assert propose_stops([], CALENDAR, MONDAY, open_days=5, count=3) == []


def test_l145_the_same_place() -> None:
    assert same_place("Điểm Ấp 4", None, "  điem  ap 4 ", None)
    assert same_place("lớp 6A1", 7, "góc đọc của 6A1", 7)
    assert not same_place("Điểm Ấp 4", None, "Điểm Ấp 5", None) and not same_place("lớp 6A1", 7, "lớp 6A2", 8)


def test_l149_a_day_with_two_stops() -> None:
    stays = [
        StayAtStop(stop_id=1, arrived_at=at_local(MONDAY, 13), left_at=at_local(MONDAY + timedelta(days=3), 10)),
        StayAtStop(stop_id=2, arrived_at=at_local(MONDAY + timedelta(days=3), 14), left_at=None),
    ]
    assert stop_of(stays, at_local(MONDAY, 8)) == 1  # written down for the day, before the shelf was ticked in
    assert stop_of(stays, at_local(MONDAY + timedelta(days=3), 9)) == 1
    assert stop_of(stays, at_local(MONDAY + timedelta(days=3), 15)) == 2
    assert stop_of(stays, at_local(MONDAY + timedelta(days=90), 15)) == 2
    assert stop_of(stays, at_local(MONDAY - timedelta(days=1), 15)) is None and stop_of([], at_local(MONDAY)) is None


closed_days = st.frozensets(st.integers(0, 60).map(lambda n: MONDAY + timedelta(days=n)), max_size=50)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(closed_days, st.frozensets(st.integers(1, 7), max_size=7), st.integers(1, 12), st.integers(0, 14))
def test_proposed_stops_never_meet_and_touch_only_open_days(closed, weekly, open_days, count) -> None:
    calendar = Calendar(weekly, closed)
    places = [place(f"{n:02d}") for n in range(14)]
    stops = propose_stops(places, calendar, MONDAY, open_days=open_days, count=count)
    assert len(stops) <= min(count, 12)
    day = MONDAY - timedelta(days=1)
    for stop in stops:
        assert day < stop.from_on <= stop.until_on
        assert calendar.is_open(stop.from_on) and calendar.is_open(stop.until_on)
        opened = [stop.from_on + timedelta(days=n) for n in range((stop.until_on - stop.from_on).days + 1)]
        assert sum(map(calendar.is_open, opened)) == open_days
        day = stop.until_on
    assert stops or count == 0 or len(weekly) == 7


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), max_size=6), st.integers(0, 70))
def test_l149_a_loan_belongs_to_at_most_one_stop_that_held_its_day(stays, hour) -> None:
    start, built = at_local(MONDAY, 7), []
    clock = start
    for number, (wait, length) in enumerate(stays):
        arrived = clock + timedelta(hours=wait)
        clock = arrived + timedelta(hours=length)
        built.append(StayAtStop(stop_id=number, arrived_at=arrived, left_at=clock))
    at: datetime = start + timedelta(hours=hour)
    found = stop_of(built, at)
    inside = [stay.stop_id for stay in built if stay.left_at and stay.arrived_at <= at < stay.left_at]
    if inside:
        assert found == inside[-1]
