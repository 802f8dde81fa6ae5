"""Composing sets, reading and lending inside a corner, on real databases: L130–L141, behaviour B29."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy, Record, RecordFacet
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.database import database
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.tables import AuditEntry
from library.lending import availability
from library.lending.charges import list_charges
from library.lending.copy_troubles import declare_lost
from library.lending.holds import place_hold
from library.lending.reader_ties import list_open_ties
from library.lending.service import check_in, check_out
from library.lending.tables import HandOver, Hold, Loan, Placement, UnitUse
from library.lending.units import set_drafts
from library.lending.units.activity import list_books_inside
from library.lending.units.class_corners import carry_over, open_corner
from library.lending.units.corner_loans import (
    lend_inside,
    log_reading,
    log_tally,
    log_use,
    return_inside,
    undo_reading,
)
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.queries import count_uses, list_copy_places, list_unit_copies
from library.lending.units.service import Settled, close_unit, exchange, hand_over, settle_missing, take_back
from library.lending.units.set_steps import SetRefused
from library.readers.classes import delete_class
from library.reporting.counting import Window
from library.reporting.queries import count_month

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"
HELPER = Actor("reader", "Góc lớp 6A1, bạn phụ giúp")


def corner(school: World, class_name: str = "6A1") -> int:
    return open_corner(school.add_class(class_name), school.readers[DUNG], actor=STAFF)


def copy_id(barcode: str) -> int:
    return Copy.get(Copy.barcode == barcode).id


def titles(unit: int) -> set[str]:
    return {line.title for line in set_drafts.list_draft(unit)}


# --- composing ------------------------------------------------------------------------------------


def test_a_set_from_scans_and_from_a_pasted_list(school: World) -> None:
    books = school.add_title("Truyện", 3)
    (lent,) = school.add_title("Đang mượn")
    check_out(lent, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    unit = corner(school)
    pasted = f'Mã;Nhan đề\n"{books[0]}";Truyện\n{books[1].lower()},Truyện\n\n{lent}\tĐang mượn\nX.999\n{books[0]}'
    added = set_drafts.add_to_draft(unit, set_drafts.read_list(pasted), actor=STAFF)
    assert (added.added, added.already, added.repeated) == (2, (), (books[0],))
    assert [(problem.barcode, problem.reason.code) for problem in added.problems] == [
        (lent, "copy_on_loan"), ("X.999", "copy_unknown"),
    ]
    assert set_drafts.add_to_draft(unit, books, actor=STAFF).already == ((books[0], "Truyện"), (books[1], "Truyện"))
    set_drafts.strike_line(unit, copy_id(books[2]), actor=STAFF)
    assert [line.barcode for line in set_drafts.list_draft(unit)] == books[:2]
    check_out(books[1], reader_card=school.cards[BINH], actor=STAFF, channel="desk")  # lent meanwhile
    assert [line.problem and line.problem.code for line in set_drafts.list_draft(unit)] == [None, "copy_on_loan"]
    with pytest.raises(SetRefused):
        set_drafts.hand_over_draft(unit, actor=STAFF)
    assert set_drafts.count_draft(unit) == 2  # nothing is lost by the refusal
    done = set_drafts.hand_over_draft(unit, actor=STAFF, skip_problems=True)
    assert done.moved == (books[0],) and set_drafts.count_draft(unit) == 0


def test_a_set_with_the_same_copy_twice_by_barcode_and_by_number(school: World) -> None:
    (book, other) = school.add_title("Truyện", 2)
    Copy.update(accession_number="STN-1/2020").where(Copy.barcode == book).execute()
    unit = corner(school)
    done = hand_over(unit, [book, "stn-1/2020", other, other], actor=STAFF)
    assert done.moved == (book, other) and done.repeated == (other, "STN-1/2020")
    back = take_back(unit, ["STN-1/2020", book], actor=STAFF)
    assert back.remaining == 1 and HandOver.get_by_id(back.hand_over_id).copies_count == 1


def test_l130_l131_the_proposal_knows_the_grade_and_what_the_class_has_had(school: World) -> None:
    unit = corner(school)
    for name in ("Cho mọi lớp", "Cho khối 6", "Cho khối 9", "Đã có năm trước", "Có người đợi", "Đang mượn"):
        school.add_title(name)
    school.add_title("Giáo khoa", material="textbook", code="SGK")
    for title, grade in (("Cho khối 6", "6"), ("Cho khối 9", "9")):
        RecordFacet.create(record=school.records[title], kind="grade", value=grade)
    check_out(Copy.get(Copy.record == school.records["Đang mượn"]).barcode, reader_card=school.cards[AN],
              actor=STAFF, channel="desk")  # fmt: skip
    place_hold(school.readers[BINH], school.records["Có người đợi"], actor=STAFF)
    had = Copy.get(Copy.record == school.records["Đã có năm trước"]).barcode
    hand_over(unit, [had], actor=STAFF)
    take_back(unit, [had], actor=STAFF)
    assert set_drafts.propose_into_draft(unit, 30, actor=STAFF) == 2
    assert titles(unit) == {"Cho mọi lớp", "Cho khối 6"}
    struck = copy_id(Copy.get(Copy.record == school.records["Cho mọi lớp"]).barcode)
    set_drafts.strike_line(unit, struck, actor=STAFF)
    school.add_title("Truyện mới")
    assert set_drafts.propose_into_draft(unit, 2, actor=STAFF) == 1  # struck out: not proposed again
    assert titles(unit) == {"Cho khối 6", "Truyện mới"}
    for size in (0, -3, 10_000):
        with pytest.raises(InvalidInput, match="set_size_bad"):
            set_drafts.propose_into_draft(unit, size, actor=STAFF)


def test_l131_follows_the_class_when_it_moves_up(school: World) -> None:
    from library.foundation.calendar import ensure_year
    from library.readers.tables import Enrolment, SchoolClass

    (book,) = school.add_title("Truyện của 6A1")
    old = corner(school)
    hand_over(old, [book], actor=STAFF)
    take_back(old, [book], actor=STAFF)
    year = ensure_year("2027-2028")
    moved_up = SchoolClass.create(school_year=year, name="7A1", grade=7, sort_key="0007a0001").id
    for name in (AN, BINH):
        Enrolment.update(ended_on=date(2027, 6, 1)).where(Enrolment.reader == school.readers[name]).execute()
        Enrolment.create(reader=school.readers[name], school_class=moved_up, school_year=year,
                         started_on=date(2027, 9, 5))  # fmt: skip
    unit = open_corner(moved_up, school.readers[DUNG], actor=STAFF)
    assert set_drafts.propose_into_draft(unit, 5, actor=STAFF) == 0


def test_forty_copies_or_eighty_cost_the_same_number_of_statements(sqlite_school: World) -> None:
    """Handing a set over, taking it back and composing it: no statement per copy."""
    prefer(unit_capacity=200)

    def count(act: Callable[[], object]) -> int:
        statements: list[str] = []
        database.obj.connection().set_trace_callback(statements.append)
        act()
        database.obj.connection().set_trace_callback(None)
        return len(statements)

    hand_over(corner(sqlite_school, "6A3"), sqlite_school.add_title("Cuốn đầu"), actor=STAFF)  # settings are read once
    costs = []
    for name, size in (("6A1", 40), ("6A2", 80)):
        books = sqlite_school.add_title(f"Truyện {name}", size)
        Copy.update(status="missing").where(Copy.barcode.in_(books[:7])).execute()  # found by the scan
        unit = corner(sqlite_school, name)
        costs.append(
            (
                count(lambda unit=unit, books=books: set_drafts.add_to_draft(unit, books, actor=STAFF)),
                count(lambda unit=unit: set_drafts.hand_over_draft(unit, actor=STAFF)),
                count(lambda unit=unit, books=books: take_back(unit, books, actor=STAFF)),
                count(lambda unit=unit, books=books: hand_over(unit, books, actor=STAFF)),
                count(lambda unit=unit, books=books: settle_missing(unit, {books[0]: "lost"}, actor=STAFF)),
            )
        )
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 18, costs[0]


# --- inside the corner ----------------------------------------------------------------------------


def test_l136_l137_a_loan_inside_leaves_the_set_and_the_reader_as_they_were(school: World) -> None:
    books = school.add_title("Truyện cổ tích", 3)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    done = lend_inside(unit, copy_id(books[0]), school.readers[AN], actor=HELPER)
    assert done.back_on == date(2026, 11, 30)  # seven days
    loan = Loan.get_by_id(done.loan_id)
    assert (loan.purpose, loan.channel, loan.unit_id) == ("unit", "unit", unit)
    assert len(list_unit_copies(unit)) == 3
    # Long past the told day, the library still lends to An, and the limit of the desk is whole.
    school.clock.set_day(TODAY + timedelta(days=20))
    prefer(max_loans_pupil=1)
    (other,) = school.add_title("Sách thư viện")
    assert check_out(other, reader_card=school.cards[AN], actor=STAFF, channel="desk").remaining == 0
    assert return_inside(unit, copy_id(books[0]), actor=HELPER) == "Truyện cổ tích"
    assert Loan.get_by_id(done.loan_id).overdue_days == 0  # due with the set, not on the day the helper says
    with pytest.raises(NotFound, match="loan_unknown"):
        return_inside(unit, copy_id(books[0]), actor=HELPER)
    assert AuditEntry.select().where(AuditEntry.actor_name == HELPER.name).count() == 2


def test_b29_another_class_cannot_lend_from_this_corner(school: World) -> None:
    (book, third) = school.add_title("Truyện", 2)
    ours, theirs = corner(school, "6A1"), corner(school, "6A2")
    school.add_reader("Em lớp khác", "6A2")
    hand_over(ours, [book, third], actor=STAFF)
    with pytest.raises(Refused) as caught:  # the helper of 6A2, with a pupil of 6A2
        lend_inside(theirs, copy_id(book), school.readers["Em lớp khác"], actor=HELPER)
    assert [reason.code for reason in caught.value.reasons] == ["copy_in_class_corner"]
    assert "góc lớp 6A1" in word(caught.value.reasons[0].code, caught.value.reasons[0].params, child=True)
    with pytest.raises(Refused) as caught:  # a pupil of 6A2 in the corner of 6A1
        lend_inside(ours, copy_id(book), school.readers["Em lớp khác"], actor=HELPER)
    assert [reason.code for reason in caught.value.reasons] == ["not_of_class"]
    lend_inside(ours, copy_id(book), school.readers[AN], actor=HELPER)
    with pytest.raises(Refused) as caught:
        lend_inside(ours, copy_id(book), school.readers[BINH], actor=HELPER)
    assert [reason.code for reason in caught.value.reasons] == ["copy_on_loan"]
    prefer(corner_loans_pupil=1)
    with pytest.raises(Refused) as caught:
        lend_inside(ours, copy_id(third), school.readers[AN], actor=HELPER)
    assert [reason.code for reason in caught.value.reasons] == ["corner_loan_limit"]
    (outside,) = school.add_title("Ngoài góc lớp")
    with pytest.raises(Refused) as caught:
        lend_inside(ours, copy_id(outside), school.readers[BINH], actor=HELPER)
    assert [reason.code for reason in caught.value.reasons] == ["not_in_unit"]
    assert Loan.select().count() == 1


def test_l139_a_scan_ends_the_loan_inside(school: World) -> None:
    books = school.add_title("Truyện", 4)
    first, second = corner(school, "6A1"), corner(school, "6A2")
    hand_over(first, books, actor=STAFF)
    for barcode, reader in zip(books, (AN, AN, BINH, BINH), strict=True):
        lend_inside(first, copy_id(barcode), school.readers[reader], actor=HELPER)
    take_back(first, books[:1], actor=STAFF)
    exchange(first, second, books[1:2], actor=STAFF)
    settle_missing(first, {books[2]: "lost"}, actor=STAFF)
    check_in(books[3], actor=STAFF, channel="desk")  # left at the desk: it still belongs to the corner
    assert [loan.ended_as for loan in Loan.select().order_by(Loan.id)] == ["returned", "returned", "lost", "returned"]
    assert [copy.barcode for copy in list_unit_copies(first)] == books[3:]
    stays = list_copy_places(copy_id(books[1]))
    assert [(stay.unit_name, stay.outcome) for stay in stays] == [("Góc lớp 6A2", None), ("Góc lớp 6A1", "moved")]
    assert stays[1].back_number == stays[0].number


def test_l190_lost_while_a_child_has_it_is_owed_by_the_child(school: World) -> None:
    books = school.add_title("Truyện", 5)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    Copy.update(price=32_000).where(Copy.barcode == books[0]).execute()
    loans = [lend_inside(unit, copy_id(book), school.readers[AN], actor=HELPER).loan_id for book in books[:2]]
    torn = lend_inside(unit, copy_id(books[2]), school.readers[BINH], actor=HELPER).loan_id
    school.clock.set_day(TODAY + timedelta(days=60))
    outcomes = dict(zip(books, ("lost", "missing", "damaged", "lost"), strict=False))
    assert settle_missing(unit, outcomes, actor=STAFF) == Settled(copies=4, owing=1)
    (owed,) = list_charges()  # nobody had books[3]; where books[1] is, nobody knows
    assert (owed.reader_name, owed.barcode, owed.kind, owed.amount) == (AN, books[0], "lost", 32_000)
    ended = {loan.id: loan for loan in Loan.select()}
    assert [ended[loan].ended_as for loan in (*loans, torn)] == ["lost", "lost", "returned"]
    assert ended[loans[0]].overdue_days == (TODAY + timedelta(days=60) - ended[loans[0]].due_on).days > 0
    states = {row.barcode: row.status for row in Copy.select()}
    assert [states[book] for book in books] == ["lost", "missing", "repair", "lost", "in_service"]
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0
    window = Window(2027, 1, "calendar", date(2027, 1, 1), date(2027, 1, 31))
    figures = count_month(window, date(2027, 1, 22))
    assert (figures.troubles.lost, figures.troubles.damaged) == (3, 1)  # C14: missing is lost to the report too
    assert [reason.code for reason in list_open_ties(school.readers[AN])] == ["reader_has_charges"]
    check_in(books[0], actor=STAFF, channel="desk")  # it lay under the desk
    assert list_charges() == [] and list_charges(settled=True)[0].settled_as == "found"


def test_l190_the_page_of_a_loan_settles_it_in_its_corner(school: World) -> None:
    (book, left) = school.add_title("Truyện", 2)
    unit = corner(school)
    hand_over(unit, [book, left], actor=STAFF)
    lend_inside(unit, copy_id(book), school.readers[AN], actor=HELPER)
    declare_lost(book, actor=STAFF, comment="em làm rơi xuống kênh")
    assert [charge.barcode for charge in list_charges()] == [book]
    assert [copy.barcode for copy in list_unit_copies(unit)] == [left]
    with pytest.raises(Refused, match="copy_lost"):
        declare_lost(book, actor=STAFF)
    with pytest.raises(Refused, match="copy_in_class_corner"):  # nobody has it: its corner's list decides (L85)
        declare_lost(left, actor=STAFF)


def test_l190_lost_on_the_way_from_a_mobile_shelf(school: World) -> None:
    shelf = open_shelf("Tủ số 1", actor=STAFF, responsible_id=school.readers[DUNG])
    books = school.add_title("Truyện", 2)
    hand_over(shelf, books, actor=STAFF)
    for book, name in zip(books, (AN, BINH), strict=True):
        check_out(book, reader_card=school.cards[name], actor=STAFF, channel="mobile", at_unit="Tủ số 1")
    school.add_reader("Em đợi")
    place_hold(school.readers["Em đợi"], school.records["Truyện"], actor=STAFF)
    assert settle_missing(shelf, {books[0]: "lost", books[1]: "damaged"}, actor=STAFF).owing == 1
    assert {loan.ended_as for loan in Loan.select()} == {"lost", "returned"}
    assert [charge.reader_name for charge in list_charges()] == [AN]
    assert Hold.get().status == "waiting"  # a torn book is kept for nobody
    close_unit(shelf, actor=STAFF)


def test_c8_nothing_inside_is_counted_twice(school: World) -> None:
    books = school.add_title("Truyện", 5)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    lend_inside(unit, copy_id(books[0]), school.readers[AN], actor=HELPER)
    log_reading(unit, copy_id(books[1]), actor=HELPER)
    log_tally(unit, {copy_id(books[2]): 4, copy_id(books[3]): 0}, actor=STAFF)
    figures = count_month(Window(2026, 11, "calendar", date(2026, 11, 1), date(2026, 11, 30)), TODAY)
    children = next(row for row in figures.rotation if row.key == "children")
    assert (children.persons, children.corners, children.shelves) == (0, 5, 0)
    assert figures.unit_reads == 6  # one loan, one reading, four ticks


def test_l138_two_taps_are_one_reading_and_a_mistake_can_be_taken_back(school: World) -> None:
    books = school.add_title("Truyện", 2)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    first = log_reading(unit, copy_id(books[0]), actor=HELPER)
    assert log_reading(unit, copy_id(books[0]), actor=HELPER) == first
    log_reading(unit, copy_id(books[1]), actor=HELPER)
    school.clock.set_day(TODAY, 9, 2)
    again = log_reading(unit, copy_id(books[0]), actor=HELPER)
    assert again != first and count_uses(unit) == 3
    undo_reading(unit, again, actor=HELPER)
    assert count_uses(unit) == 2
    school.clock.set_day(TODAY, 9, 30)
    with pytest.raises(NotFound, match="use_gone"):
        undo_reading(unit, first, actor=HELPER)
    assert [(book.barcode, book.reads) for book in list_books_inside(unit)] == [(books[0], 1), (books[1], 1)]


def test_l141_a_tick_sheet_is_typed_in_whole_or_not_at_all(school: World) -> None:
    books = school.add_title("Truyện", 3)
    unit = corner(school)
    hand_over(unit, books[:2], actor=STAFF)
    with pytest.raises(Refused, match="not_in_unit"):
        log_tally(unit, {copy_id(books[0]): 2, copy_id(books[2]): 1}, actor=STAFF)
    for counts, code in (({}, "tally_empty"), ({copy_id(books[0]): -1}, "use_bad"), ({1: 5_000}, "use_bad")):
        with pytest.raises(InvalidInput, match=code):
            log_tally(unit, counts, actor=STAFF)
    with pytest.raises(InvalidInput, match="day_in_future"):
        log_tally(unit, {copy_id(books[0]): 1}, actor=STAFF, used_on=TODAY + timedelta(days=1))
    assert UnitUse.select().count() == 0
    take_back(unit, books[1:2], actor=STAFF)  # gone since, but it was there on the sheet
    assert log_tally(unit, {copy_id(books[0]): 2, copy_id(books[1]): 3}, actor=STAFF) == 5
    with pytest.raises(InvalidInput, match="date_bad"):
        log_use(unit, actor=STAFF, used_on=date(2020, 1, 1))


def test_bad_input_a_class_under_a_corner_is_not_deleted(school: World) -> None:
    books = school.add_title("Truyện", 2)
    class_id = school.add_class("6A9")  # nobody is in it
    unit = open_corner(class_id, school.readers[DUNG], actor=STAFF)
    hand_over(unit, books, actor=STAFF)
    with pytest.raises(Conflict) as caught:
        delete_class(class_id, STAFF)
    assert "Lớp 6A9 đã có góc lớp" in word(caught.value.code, caught.value.params)
    assert len(list_unit_copies(unit)) == 2
    take_back(unit, books, actor=STAFF)
    with pytest.raises(Conflict):  # its documents stay
        delete_class(class_id, STAFF)


def test_bad_input_a_calendar_closed_all_year(school: World) -> None:
    from library.foundation.calendar import add_closed_period

    books = school.add_title("Truyện", 1)
    add_closed_period(TODAY, TODAY + timedelta(days=366), "Đóng cửa", "other", STAFF)
    add_closed_period(TODAY + timedelta(days=366), TODAY + timedelta(days=730), "Đóng cửa", "other", STAFF)
    unit = corner(school)
    hand_over(unit, books, actor=STAFF)
    done = lend_inside(unit, copy_id(books[0]), school.readers[AN], actor=HELPER)
    assert done.back_on == TODAY + timedelta(days=7)
    assert availability.copy_states(school.records["Truyện"])[0].status == "on_loan"
    take_back(unit, books, actor=STAFF)
    assert Placement.select().where(Placement.removed_at.is_null()).count() == 0
    new = carry_over(unit, school.add_class("7A1"), school.readers[DUNG], actor=STAFF)
    assert list_unit_copies(new) == []
    assert Record.select().count() == 1
