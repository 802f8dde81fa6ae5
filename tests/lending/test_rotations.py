"""Rotation of sets over the year and corners in a new school year: L142–L144, pure and on real databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending_world import STAFF, TODAY, World, open_school, prefer

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor
from library.foundation.calendar import add_closed_period, ensure_year
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.schoolyear import Calendar
from library.lending.closing import close_library, preview_closing
from library.lending.redatings import list_corners_moved, newest_redating
from library.lending.tables import HandOver, HoldingUnit, Loan, Placement
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside, return_inside
from library.lending.units.corner_years import CornerChoice, begin_year, list_old_corners
from library.lending.units.queries import get_unit, list_unit_copies, list_units
from library.lending.units.rotation_queries import get_plan, list_due_rounds
from library.lending.units.rotation_rules import corner_of, follow_calendar, plan_rounds
from library.lending.units.rotations import create_plan, do_round, end_plan, move_round
from library.lending.units.service import close_unit, hand_over
from library.lending.units.set_steps import SetRefused
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.reporting.counting import Window
from library.reporting.queries import count_month
from tests.staff_client import plain

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"
HELPER = Actor("reader", "Góc lớp 6A1, bạn phụ giúp")
MONDAY = date(2027, 1, 4)
TET = frozenset(date(2027, 2, 1) + timedelta(days=n) for n in range(14))


def ring(school: World, *names: str, size: int = 3) -> tuple[list[int], list[list[str]]]:
    units, sets = [], []
    for name in names:
        unit = open_corner(school.add_class(name), school.readers[DUNG], actor=STAFF)
        books = school.add_title(f"Bộ của {name}", size)
        hand_over(unit, books, actor=STAFF)
        units.append(unit)
        sets.append(books)
    return units, sets


def inside(unit: int) -> set[str]:
    return {copy.barcode for copy in list_unit_copies(unit)}


# --- pure -----------------------------------------------------------------------------------------


def test_l142_rounds_skip_tet_and_keep_their_weekday() -> None:
    calendar = Calendar(frozenset({7}), TET | {date(2027, 3, 1)})
    rounds = plan_rounds(MONDAY, 3, date(2027, 5, 28), calendar, 9)
    assert [one.planned_on for one in rounds] == [
        date(2027, 1, 25),
        date(2027, 3, 2),  # three weeks and the two of Tết, then a Monday that is closed
        date(2027, 3, 22), date(2027, 4, 12), date(2027, 5, 3), date(2027, 5, 24),
    ]  # fmt: skip
    assert plan_rounds(MONDAY, 3, date(2027, 5, 28), calendar, 2) == rounds[:2]


def test_l142_a_calendar_closed_all_year_has_no_rounds_and_ends() -> None:
    closed = Calendar(frozenset({1, 2, 3, 4, 5, 6, 7}), frozenset())
    assert plan_rounds(MONDAY, 4, date(2028, 5, 28), closed, 9) == []


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no defect
@given(
    st.integers(1, 20), st.integers(1, 30),
    st.frozensets(st.integers(0, 200).map(lambda n: MONDAY + timedelta(days=n)), max_size=80),
    st.frozensets(st.integers(1, 7), max_size=7),
)  # fmt: skip
def test_l142_rounds_are_open_days_in_order_and_every_class_sees_every_set_once(weeks, most, closed, weekly) -> None:
    calendar, until = Calendar(weekly, closed), MONDAY + timedelta(days=300)
    rounds = plan_rounds(MONDAY, weeks, until, calendar, most)
    days = [one.planned_on for one in rounds]
    assert days == sorted(set(days)) and all(calendar.is_open(day) and MONDAY < day <= until for day in days)
    assert len(rounds) <= most and [one.number for one in rounds] == list(range(1, len(rounds) + 1))
    corners = most + 1
    for number in range(corners):
        assert sorted(corner_of(index, number, corners) for index in range(corners)) == list(range(corners))
    assert {corner_of(0, number, corners) for number in range(corners)} == set(range(corners))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 6), st.integers(1, 12), st.integers(0, 250), st.integers(1, 60), st.frozensets(st.integers(1, 7), max_size=6),
)  # fmt: skip
def test_l238_rounds_after_a_closure_are_open_days_in_order(weeks, most, offset, length, weekly) -> None:
    """Whatever closes: rounds before it keep their day, those on it move to an open day, none comes before another."""
    until = MONDAY + timedelta(days=300)
    rounds = plan_rounds(MONDAY, weeks, until, Calendar(weekly, frozenset()), most)
    first = MONDAY + timedelta(days=offset)
    last = first + timedelta(days=length - 1)
    calendar = Calendar(weekly, frozenset(first + timedelta(days=n) for n in range(length)))
    moves = {number: (before, after) for number, before, after in follow_calendar(rounds, weeks, until, calendar, (first, last))}
    assert all(moves[one.number][0] == one.planned_on for one in rounds if one.number in moves)
    after = [moves.get(one.number, (None, one.planned_on))[1] for one in rounds]
    kept = [day for day in after if day is not None]
    assert kept == sorted(set(kept)) and after[: len(kept)] == kept, "what falls away falls away at the end"
    assert all(calendar.is_open(day) and day <= until for day in kept)
    for one in rounds:
        if one.planned_on < first:
            assert one.number not in moves
        elif one.planned_on <= last and (day := moves[one.number][1]) is not None:
            assert day > last


# --- rounds ---------------------------------------------------------------------------------------


def test_l142_l143_a_ring_of_three_goes_round(school: World) -> None:
    units, sets = ring(school, "6A1", "6A2", "6A3")
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    view = get_plan(plan)
    assert [one.planned_on for one in view.rounds] == [date(2026, 12, 21), date(2027, 1, 18)]
    assert view.rows[0] == ("Góc lớp 6A1", "Góc lớp 6A2", "Góc lớp 6A3")
    school.clock.set_day(date(2026, 12, 23))
    assert list_due_rounds() == [(view.name, 1, date(2026, 12, 21))] and get_plan(plan).rounds[0].late_days == 2
    with pytest.raises(Conflict, match="round_order"):
        do_round(plan, 2, [], actor=STAFF)
    done = do_round(plan, 1, [], actor=STAFF)
    assert [(shift.from_name, shift.to_name, shift.moved) for shift in done.shifts][0] == (
        "Góc lớp 6A1", "Góc lớp 6A2", 3,
    )
    assert [inside(unit) for unit in units] == [set(sets[2]), set(sets[0]), set(sets[1])] and done.stayed == ()
    assert HandOver.select().where(HandOver.kind == "exchange").count() == 3
    with pytest.raises(Conflict, match="round_done"):
        do_round(plan, 1, [], actor=STAFF)
    assert list_due_rounds() == []
    do_round(plan, 2, [], actor=STAFF)
    assert inside(units[0]) == set(sets[1]) and get_plan(plan).left == 0


def test_l238_closing_days_moves_rounds_corners_and_what_is_lent_inside(school: World) -> None:
    units, _ = ring(school, "6A1", "6A2", "6A3")
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    alone = open_corner(school.add_class("7A1"), school.readers[DUNG], actor=STAFF, due_on=date(2026, 12, 22))
    hand_over(alone, school.add_title("Bộ của 7A1", 2), actor=STAFF)
    inner = lend_inside(units[0], list_unit_copies(units[0])[0].copy_id, school.readers[AN], actor=STAFF)
    leaver = lend_inside(units[0], list_unit_copies(units[0])[1].copy_id, school.readers[BINH], actor=STAFF)
    Reader.update(leaves_on=date(2026, 12, 21)).where(Reader.id == school.readers[BINH]).execute()
    week = (date(2026, 12, 21), date(2026, 12, 26))
    foreseen = preview_closing(*week)
    done = close_library(*week, "Nghỉ dịch", "break", actor=STAFF)
    assert done == foreseen
    assert [(move.round_number, move.corners, move.before, move.after) for move in done.corners] == [
        (1, ("Góc lớp 6A1", "Góc lớp 6A2", "Góc lớp 6A3"), date(2026, 12, 21), date(2026, 12, 28)),
        (None, (), date(2026, 12, 22), date(2026, 12, 28)),
    ]  # fmt: skip
    assert [one.planned_on for one in get_plan(plan).rounds] == [date(2026, 12, 28), date(2027, 1, 18)]
    assert {get_unit(unit).due_on for unit in (*units, alone)} == {date(2026, 12, 28)}
    assert Loan.get_by_id(inner.loan_id).due_on == date(2026, 12, 28)
    assert Loan.get_by_id(leaver.loan_id).due_on == date(2026, 12, 19), "never past the last day (L234)"
    assert list_corners_moved(newest_redating() or 0) == list(done.corners)


def test_l238_rounds_that_would_meet_follow_in_the_plans_rhythm(school: World) -> None:
    units, _ = ring(school, "6A1", "6A2", "6A3", "6A4")
    plan = create_plan(units, starts_on=TODAY, weeks=1, actor=STAFF)
    assert [one.planned_on for one in get_plan(plan).rounds] == [date(2026, 11, 30), date(2026, 12, 7), date(2026, 12, 14)]
    close_library(date(2026, 11, 30), date(2026, 12, 8), "Nghỉ bão", "other", actor=STAFF)
    days = [one.planned_on for one in get_plan(plan).rounds]
    assert days == [date(2026, 12, 9), date(2026, 12, 16), date(2026, 12, 23)]


def test_l143_full_corners_swap_and_what_is_not_there_stays_by_name(school: World) -> None:
    prefer(unit_capacity=3)  # every corner is full to the brim
    units, sets = ring(school, "6A1", "6A2")
    plan = create_plan(units, starts_on=TODAY, weeks=2, actor=STAFF)
    out = Copy.get(Copy.barcode == sets[0][0]).id
    lend_inside(units[0], out, school.readers[AN], actor=HELPER)
    with pytest.raises(Refused, match="unit_full"):  # one stays at home with An: three more do not fit
        do_round(plan, 1, [], actor=STAFF)
    assert [inside(unit) for unit in units] == [set(sets[0]), set(sets[1])]
    with pytest.raises(SetRefused) as caught:
        do_round(plan, 1, [*sets[0], "X.1", *school.add_title("Sách kho")], actor=STAFF)
    assert [problem.reason.code for problem in caught.value.problems] == ["copy_unknown", "not_in_unit"]
    done = do_round(plan, 1, [*sets[0][1:], *sets[1][1:]], actor=STAFF)
    assert [(corner, barcode) for corner, barcode, _ in done.stayed] == [
        ("Góc lớp 6A1", sets[0][0]), ("Góc lớp 6A2", sets[1][0]),
    ]
    assert inside(units[0]) == {sets[0][0], *sets[1][1:]}
    assert return_inside(units[0], out, actor=HELPER) == "Bộ của 6A1"


def test_l142_bad_plans_are_refused_in_words(school: World) -> None:
    units, _ = ring(school, "6A1", "6A2")
    for ids, code in ((units[:1], "rotation_few"), ([units[0], units[0]], "rotation_few"), ([], "rotation_few")):
        with pytest.raises(InvalidInput, match=code):
            create_plan(ids, starts_on=TODAY, weeks=4, actor=STAFF)
    with pytest.raises(InvalidInput, match="rotation_weeks_bad"):
        create_plan(units, starts_on=TODAY, weeks=0, actor=STAFF)
    with pytest.raises(InvalidInput, match="rotation_none"):
        create_plan(units, starts_on=date(2027, 5, 20), weeks=4, actor=STAFF)
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF, name="Khối 6")
    with pytest.raises(Conflict) as caught:
        create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    assert (caught.value.code, caught.value.params["plan"]) == ("rotation_twice", "Khối 6")
    end_plan(plan, actor=STAFF)
    with pytest.raises(NotFound, match="rotation_unknown"):
        end_plan(plan, actor=STAFF)
    add_closed_period(TODAY, date(2027, 6, 30), "Đóng cửa", "other", STAFF)
    with pytest.raises(InvalidInput, match="rotation_none"):
        create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)


def test_l142_a_round_moves_and_the_later_ones_follow(school: World) -> None:
    units, _ = ring(school, "6A1", "6A2", "6A3", "6A4")
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    first = get_plan(plan).rounds[0].planned_on
    add_closed_period(first, first, "Thi học kỳ", "other", STAFF)
    seen = get_plan(plan).rounds[0]
    assert seen.closed and seen.instead_on == first + timedelta(days=1)
    with pytest.raises(InvalidInput, match="round_day_closed"):
        move_round(plan, 1, first, actor=STAFF)
    with pytest.raises(InvalidInput, match="round_day_order"):
        move_round(plan, 1, TODAY, actor=STAFF)
    move_round(plan, 1, date(2026, 12, 28), actor=STAFF)
    assert [one.planned_on for one in get_plan(plan).rounds][:2] == [date(2026, 12, 28), date(2027, 1, 25)]
    move_round(plan, 3, date(2027, 5, 10), actor=STAFF)
    move_round(plan, 2, date(2027, 5, 4), actor=STAFF)  # the third no longer fits into the year
    assert [one.number for one in get_plan(plan).rounds] == [1, 2]


def test_l143_a_corner_closed_meanwhile(school: World) -> None:
    units, sets = ring(school, "6A1", "6A2", size=1)
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    from library.lending.units.service import take_back

    take_back(units[1], sets[1], actor=STAFF)
    close_unit(units[1], actor=STAFF)
    with pytest.raises(NotFound, match="unit_unknown"):
        do_round(plan, 1, [], actor=STAFF)
    assert inside(units[0]) == set(sets[0])


# --- a new school year ----------------------------------------------------------------------------


def move_up(school: World) -> dict[str, int]:
    """6A1 -> 7A1 with its pupils; 6A2 has nobody left; 7A2 is new."""
    year = ensure_year("2027-2028")
    classes = {
        name: SchoolClass.create(school_year=year, name=name, grade=7, sort_key=name).id for name in ("7A1", "7A2")
    }
    for name in (AN, BINH, "Phạm Chi"):
        Enrolment.update(ended_on=date(2027, 6, 1)).where(Enrolment.reader == school.readers[name]).execute()
        Enrolment.create(
            reader=school.readers[name], school_class=classes["7A1"], school_year=year, started_on=date(2027, 9, 5)
        )
    school.clock.set_day(date(2027, 9, 10))
    return classes


def test_l144_corners_move_up_or_close_in_one_go(school: World) -> None:
    units, sets = ring(school, "6A1", "6A2", "6A3")
    out = Copy.get(Copy.barcode == sets[0][0]).id
    lend_inside(units[0], out, school.readers[AN], actor=HELPER)
    classes = move_up(school)
    old = {corner.unit.name: corner for corner in list_old_corners()}
    assert (old["Góc lớp 6A1"].target_id, old["Góc lớp 6A2"].target_id) == (classes["7A1"], None)
    assert old["Góc lớp 6A1"].school_year == "2026-2027"
    carry = CornerChoice(unit_id=units[0], act="carry", class_id=classes["7A1"])
    with pytest.raises(Conflict, match="year_target_twice"):
        begin_year([carry, CornerChoice(unit_id=units[1], act="carry", class_id=classes["7A1"])], actor=STAFF)
    with pytest.raises(InvalidInput, match="year_target_none"):
        begin_year([carry, CornerChoice(unit_id=units[1], act="carry")], actor=STAFF)
    assert all(get_unit(unit).closed_on is None for unit in units)  # nothing of either was done
    done = begin_year(
        [carry, CornerChoice(unit_id=units[1], act="missing"), CornerChoice(unit_id=units[2], act="back")],
        actor=STAFF,
    )
    assert done.carried == (("Góc lớp 6A1", "7A1", 3),)
    assert [(corner, title) for corner, title, _ in done.missing] == [("Góc lớp 6A2", "Bộ của 6A2")] * 3
    assert {unit.name for unit in list_units(corners=True)} == {"Góc lớp 7A1"}
    new = HoldingUnit.get(HoldingUnit.closed_on.is_null())
    assert inside(new.id) == set(sets[0])
    assert return_inside(new.id, out, actor=HELPER) == "Bộ của 6A1"  # An has it still, in the new class
    states = {row.barcode: row.status for row in Copy.select()}
    assert {states[code] for code in sets[1]} == {"missing"} and {states[code] for code in sets[2]} == {"in_service"}
    figures = count_month(Window(2027, 9, "calendar", date(2027, 9, 1), date(2027, 9, 30)), date(2027, 9, 10))
    assert sum(row.corners for row in figures.rotation) == 0  # C8: moving up sends nothing out
    assert Placement.select().where(Placement.removed_at.is_null()).count() == 3
    assert list_old_corners() == []


def test_l144_a_class_that_has_a_corner_already(school: World) -> None:
    units, sets = ring(school, "6A1")
    classes = move_up(school)
    theirs = open_corner(classes["7A1"], school.readers[DUNG], actor=STAFF)
    (book,) = school.add_title("Đã giao cho 7A1")
    hand_over(theirs, [book], actor=STAFF)
    with pytest.raises(Refused, match="corner_twice"):
        begin_year([CornerChoice(unit_id=units[0], act="carry", class_id=classes["7A1"])], actor=STAFF)
    assert inside(units[0]) == set(sets[0])
    with pytest.raises(InvalidInput, match="year_nothing"):
        begin_year([CornerChoice(unit_id=units[0], act="later")], actor=STAFF)


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def web_school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


def test_plan_do_and_begin_a_year_on_the_pages(client: FlaskClient, login_as, web_school: World) -> None:
    school, token = web_school, login_as(client)
    units, sets = ring(school, "6A1", "6A2")

    def post(path: str, status: int = 303, **fields: object) -> str:
        answer = client.post(path, data={"csrf_token": token, **fields})
        assert answer.status_code == status, (path, answer.status_code, plain(answer.text)[:400])
        return plain(client.get(answer.location).text) if status == 303 else plain(answer.text)

    assert "Chưa có lịch luân chuyển" in plain(client.get("/staff/corners/rotations").text)
    page = post("/staff/corners/rotations", 422, unit_ids=[units[0]], starts_on="2026-11-23", weeks="4")
    assert "Chọn ít nhất hai góc lớp" in page
    page = post("/staff/corners/rotations", unit_ids=units, starts_on="2026-11-23", weeks="4", name="Khối 6")
    assert "Đã lập lịch luân chuyển" in page and "21/12" in page
    school.clock.set_day(date(2026, 12, 24))
    token = login_as(client)  # a month has gone by
    assert "Vòng 1 luân chuyển “Khối 6” trễ 3 ngày" in plain(client.get("/staff/").text)
    assert "Chưa đổi bộ nào: 1 mã" in post("/staff/corners/rotations/1/rounds/1", 409, barcodes="X.1")
    page = post("/staff/corners/rotations/1/rounds/1", 200, barcodes="\n".join(sets[0] + sets[1][:2]))
    assert "Đã đổi một vòng: 5 cuốn" in page and "Chưa chuyển, vẫn còn tên ở góc lớp cũ" in page and sets[1][2] in page
    assert "Đã kết thúc lịch luân chuyển" in post("/staff/corners/rotations/1/end")
    assert "Không có góc lớp nào của năm cũ" in plain(client.get("/staff/corners/new-year").text)
    classes = move_up(school)
    token = login_as(client)
    assert "Theo lớp lên" in plain(client.get("/staff/corners/new-year").text)
    chosen = {f"act-{units[0]}": "carry", f"class-{units[0]}": classes["7A1"], f"act-{units[1]}": "missing"}
    assert "Chọn lớp mới cho Góc lớp 6A2. Chưa ghi góc lớp nào." in post(
        "/staff/corners/new-year", 422, **{**chosen, f"act-{units[1]}": "carry"}
    )
    page = post("/staff/corners/new-year", 200, **chosen)
    assert "1 góc theo lớp lên, 1 góc đã đóng" in page and "Bộ của 6A1" in page


def test_l238_a_plan_whose_only_round_falls_away_ends_and_its_corners_come_back_on_an_open_day(school: World) -> None:
    units, _ = ring(school, "6A1", "6A2")
    plan = create_plan(units, starts_on=TODAY, weeks=20, actor=STAFF)
    (only,) = get_plan(plan).rounds
    close_library(only.planned_on, date(2027, 7, 31), "Nghỉ dịch", "break", actor=STAFF)
    assert get_plan(plan).ended and get_plan(plan).rounds == ()
    last = date(2027, 4, 10)  # the Saturday before
    assert only.planned_on == date(2027, 4, 12) and {get_unit(unit).due_on for unit in units} == {last}
    (told,) = list_corners_moved(newest_redating() or 0)
    assert (told.plan_id, told.before, told.after) == (plan, only.planned_on, None)


def test_l214_after_the_last_round_the_sets_are_due_on_an_open_day(school: World) -> None:
    """The last day for returns before the summer, 25/05, is one of a holiday of three days."""
    units, _ = ring(school, "6A1", "6A2")
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    (only,) = get_plan(plan).rounds
    add_closed_period(date(2027, 5, 24), date(2027, 5, 26), "Nghỉ hè sớm", "break", STAFF)
    school.clock.set_day(only.planned_on)
    do_round(plan, 1, [], actor=STAFF)
    assert {get_unit(unit).due_on for unit in units} == {date(2027, 5, 22)}
