"""Class corners and mobile shelves on real databases: L80–L88, behaviour B29."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.contract.codes import word
from library.foundation.calendar import load_calendar
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.lending import availability
from library.lending.copy_troubles import change_status
from library.lending.holds import keep_ready, place_hold
from library.lending.service import check_in, check_out
from library.lending.tables import HandOver, Placement
from library.lending.units.class_corners import carry_over, change_corner, open_corner
from library.lending.units.corner_loans import log_use
from library.lending.units.mobile_shelves import add_stop, arrive, cancel_stop, leave, open_shelf
from library.lending.units.queries import (
    count_uses,
    get_document,
    get_unit,
    list_copy_places,
    list_late_stops,
    list_stops,
    list_unit_copies,
    list_units,
)
from library.lending.units.service import (
    SetRefused,
    Settled,
    close_unit,
    exchange,
    hand_over,
    settle_missing,
    take_back,
)

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"


def corner(school: World, class_name: str = "6A1") -> int:
    return open_corner(school.add_class(class_name), school.readers[DUNG], actor=STAFF)


def test_b29_a_set_comes_back_in_parts_and_the_rest_is_named(school: World) -> None:
    books = school.add_title("Truyện cổ tích Việt Nam", 30)
    unit = corner(school)
    out = hand_over(unit, books, actor=STAFF)
    assert (out.number, len(out.moved), out.remaining) == ("GN-2026/001", 30, 30)
    with pytest.raises(Refused) as caught:
        check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="kiosk")
    reason = caught.value.reasons[0]
    assert "góc lớp 6A1" in word(reason.code, reason.params, child=True)
    back = take_back(unit, books[2:], actor=STAFF)
    assert (back.number, back.remaining) == ("NT-2026/001", 2)
    assert [copy.barcode for copy in list_unit_copies(unit)] == books[:2]
    with pytest.raises(Refused) as caught:
        close_unit(unit, actor=STAFF)
    assert caught.value.reasons[0].params["count"] == 2
    assert settle_missing(unit, {books[0]: "missing", books[1]: "damaged"}, actor=STAFF) == Settled(copies=2, owing=0)
    close_unit(unit, actor=STAFF)
    states = {row.barcode: row.status for row in Copy.select().where(Copy.barcode.in_(books[:3]))}
    assert states == {books[0]: "missing", books[1]: "repair", books[2]: "in_service"}
    sheet = get_document(out.hand_over_id)
    assert (sheet.received_by, len(sheet.copies), sheet.unit.class_name) == (DUNG, 30, "6A1")
    places = list_copy_places(Copy.get(Copy.barcode == books[5]).id)
    assert [(place.unit_name, place.outcome) for place in places] == [("Góc lớp 6A1", "returned")]


def test_l81_l82_every_problem_of_every_copy_and_nothing_moves(school: World) -> None:
    good, lent, kept, withdrawn, elsewhere = (school.add_title(f"Truyện {n}")[0] for n in range(5))
    check_out(lent, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    keep_ready(place_hold(school.readers[BINH], school.records["Truyện 2"], actor=STAFF), kept, actor=STAFF)
    Copy.update(status="withdrawn").where(Copy.barcode == withdrawn).execute()
    hand_over(corner(school, "6A2"), [elsewhere], actor=STAFF)
    unit = corner(school)
    wanted = [good, lent, kept, "XYZ.1", withdrawn, elsewhere, good.lower()]
    with pytest.raises(SetRefused) as caught:
        hand_over(unit, wanted, actor=STAFF)
    assert [(problem.barcode, problem.reason.code) for problem in caught.value.problems] == [
        (lent, "copy_on_loan"), (kept, "held_for_other"), ("XYZ.1", "copy_unknown"), (withdrawn, "copy_withdrawn"),
        (elsewhere, "copy_in_class_corner"),
    ]
    assert HandOver.select().count() == 1 and list_unit_copies(unit) == []
    done = hand_over(unit, wanted, actor=STAFF, skip_problems=True)
    assert done.moved == (good,) and done.repeated == (good,) and len(done.left_out) == 5
    with pytest.raises(SetRefused):
        hand_over(unit, [lent], actor=STAFF, skip_problems=True)  # nothing would be left to hand over


def test_l83_capacity_and_l80_one_corner_a_class(school: World) -> None:
    prefer(unit_capacity=3)
    books = school.add_title("A", 4)
    unit = corner(school)
    with pytest.raises(Refused) as caught:
        hand_over(unit, books, actor=STAFF)
    assert caught.value.reasons[0].params["over"] == 1
    with pytest.raises(Refused, match="corner_twice"):
        corner(school)
    change_corner(
        unit, actor=STAFF, responsible_id=school.readers[DUNG], helper_id=school.readers[AN], capacity=10, due_on=None
    )
    assert hand_over(unit, books, actor=STAFF).remaining == 4
    school.add_reader("Em lớp khác", "6A2")
    with pytest.raises(InvalidInput, match="helper_bad"):
        change_corner(unit, actor=STAFF, responsible_id=school.readers[DUNG],
                      helper_id=school.readers["Em lớp khác"], capacity=None, due_on=None)  # fmt: skip
    with pytest.raises(InvalidInput, match="keeper_bad"):
        open_corner(school.add_class("6A3"), school.readers[AN], actor=STAFF)


def test_l84_what_belongs_elsewhere_is_named_and_not_moved(school: World) -> None:
    books = school.add_title("A", 3)
    first, second = corner(school, "6A1"), corner(school, "6A2")
    hand_over(first, books[:2], actor=STAFF)
    hand_over(second, books[2:], actor=STAFF)
    back = take_back(first, [books[0], books[2]], actor=STAFF)
    assert back.moved == (books[0],)
    assert [(problem.barcode, problem.reason.code) for problem in back.left_out] == [(books[2], "not_in_unit")]
    with pytest.raises(SetRefused):
        take_back(first, [books[2]], actor=STAFF)
    moved = exchange(first, second, [books[1]], actor=STAFF)
    assert moved.remaining == 2 and list_unit_copies(first) == []
    assert availability.copy_states(school.records["A"])[1].label == "Ở góc lớp 6A2"


def test_l82_a_missing_copy_is_found_by_the_hand_over(school: World) -> None:
    (book,) = school.add_title("A")
    change_status(book, "missing", actor=STAFF)
    hand_over(corner(school), [book], actor=STAFF)
    assert Copy.get().status == "in_service"


def test_l66_a_corner_copy_left_at_the_desk_says_where_it_belongs(school: World) -> None:
    (book,) = school.add_title("A")
    hand_over(corner(school), [book], actor=STAFF)
    back = check_in(book, actor=STAFF, channel="desk")
    assert not back.was_on_loan and back.route_to == "Góc lớp 6A1"
    assert Placement.select().where(Placement.removed_at.is_null()).count() == 1


def test_one_open_placement_is_a_constraint(school: World) -> None:
    import peewee

    (book,) = school.add_title("A")
    hand_over(corner(school), [book], actor=STAFF)
    row = Placement.get()
    with pytest.raises(peewee.IntegrityError):
        Placement.create(unit=row.unit_id, copy=row.copy_id, placed_by=row.placed_by_id, placed_at=row.placed_at,
                         placed_on=TODAY)  # fmt: skip


def test_numbers_run_by_calendar_year(school: World) -> None:
    books = school.add_title("A", 3)
    unit = corner(school)
    assert hand_over(unit, books[:1], actor=STAFF).number == "GN-2026/001"
    assert hand_over(unit, books[1:2], actor=STAFF).number == "GN-2026/002"
    school.clock.set_day(date(2027, 1, 4))
    assert hand_over(unit, books[2:], actor=STAFF).number == "GN-2027/001"


def test_a_corner_moves_to_the_class_of_the_new_year(school: World) -> None:
    books = school.add_title("A", 5)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    new = carry_over(unit, school.add_class("7A1"), school.readers[DUNG], actor=STAFF)
    assert len(list_unit_copies(new)) == 5 and get_unit(unit).closed_on == TODAY
    with pytest.raises(NotFound):
        hand_over(unit, books, actor=STAFF)


def test_corner_list_and_reading_inside(school: World) -> None:
    books = school.add_title("A", 2)
    for class_name in ("6A10", "6A2"):
        corner(school, class_name)
    units = list_units(corners=True)
    assert [unit.class_name for unit in units] == ["6A2", "6A10"]
    hand_over(units[0].unit_id, books, actor=STAFF)
    log_use(units[0].unit_id, actor=STAFF, count=12)
    log_use(units[0].unit_id, actor=STAFF, barcode=books[0])
    assert count_uses(units[0].unit_id) == 13
    with pytest.raises(InvalidInput):
        log_use(units[0].unit_id, actor=STAFF, used_on=TODAY + timedelta(days=1))
    school.clock.set_day(units[0].due_on + timedelta(days=2))
    assert [unit.late_days for unit in list_units(corners=True)] == [2, 0]


def test_l87_l88_a_shelf_on_its_route(school: World) -> None:
    books = school.add_title("Truyện tranh", 6)
    shelf = open_shelf("Tủ lưu động số 1", actor=STAFF, responsible_id=school.readers[DUNG])
    hand_over(shelf, books, actor=STAFF)
    first = add_stop(shelf, "điểm Ấp 4", TODAY, TODAY + timedelta(days=3), actor=STAFF)
    second = add_stop(shelf, "", date(2026, 11, 30), date(2026, 12, 4), actor=STAFF, class_id=school.classes["6A1"])
    with pytest.raises(Conflict, match="stop_meets"):
        add_stop(shelf, "sân trường", date(2026, 12, 4), date(2026, 12, 5), actor=STAFF)
    with pytest.raises(InvalidInput):
        add_stop(shelf, "sân trường", date(2026, 12, 9), date(2026, 12, 8), actor=STAFF)
    arrive(first, actor=STAFF)
    state = availability.copy_states(school.records["Truyện tranh"])[0]
    assert (state.status, state.stop_place) == ("mobile_shelf", "điểm Ấp 4")
    assert state.label == "Tủ lưu động số 1 – ở điểm Ấp 4 đến thứ Năm, 26/11"
    with pytest.raises(Refused, match="copy_on_mobile_shelf"):
        check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="desk")
    school.clock.set_day(TODAY + timedelta(days=5))
    assert list_late_stops() == [("Tủ lưu động số 1", "điểm Ấp 4", date(2026, 11, 26))]
    assert leave(first, actor=STAFF, copies_in=5) == 1
    arrive(second, actor=STAFF)
    stops = list_stops(shelf, load_calendar())
    assert [(stop.state, stop.short) for stop in stops] == [("done", 1), ("here", 0)]
    with pytest.raises(Conflict, match="stop_state_bad"):
        cancel_stop(second, actor=STAFF)
    assert get_unit(shelf).stop_place == "lớp 6A1"


def test_bad_sets_are_refused_in_words(school: World) -> None:
    unit = corner(school)
    for wanted in ([], ["", "  "], ["X"] * 1001):
        with pytest.raises(InvalidInput):
            hand_over(unit, wanted, actor=STAFF)
    with pytest.raises(NotFound):
        hand_over(999, ["X"], actor=STAFF)


def test_forty_copies_are_a_handful_of_statements(sqlite_school: World) -> None:
    """Handing over does not grow with the set: no statement per copy (but marking found ones)."""
    from library.foundation.database import database

    books = sqlite_school.add_title("A", 40)
    unit = corner(sqlite_school)
    statements: list[str] = []
    database.obj.connection().set_trace_callback(statements.append)
    hand_over(unit, books, actor=STAFF)
    database.obj.connection().set_trace_callback(None)
    assert len(statements) < 25, statements
