"""Stock-take on real databases: behaviour B28 and rules L196–L199."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.copies import withdraw_copy
from library.cataloguing.tables import Copy
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.lending.charges import list_charges
from library.lending.copy_troubles import change_status, declare_lost
from library.lending.holds import keep_ready, place_hold
from library.lending.service import check_in, check_out
from library.lending.tables import Hold, Loan, Placement
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside
from library.lending.units.service import hand_over
from library.stock.model import MinutesLine
from library.stock.queries import get_stocktake, list_missing, list_scans, make_minutes
from library.stock.service import close_stocktake, scan_books, settle_scan, start_stocktake
from library.stock.tables import StocktakeScan

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"


def lend(school: World, who: str, book: str) -> None:
    check_out(book, reader_card=school.cards[who], actor=STAFF, channel="desk")


def missing(stocktake: int) -> set[str]:
    return {line.accession_number for line in list_missing(get_stocktake(stocktake))}


def status_of(book: str) -> str:
    return str(Copy.get(Copy.barcode == book).status)


def test_b28_on_loan_same_twice_other_shelf_nothing(school: World) -> None:
    here, lent, at_home, unseen = school.add_title("Truyện", 4)
    (foreign,) = school.add_title("Sổ tay Toán", material="reference", code="STK")
    lend(school, AN, lent)
    lend(school, BINH, at_home)
    stocktake = start_stocktake("Kiểm kê kho thiếu nhi", "STN", actor=STAFF)
    done = scan_books(stocktake, [here, lent, here.lower(), foreign, "KHONG-CO-1"], actor=STAFF)
    assert [(one.outcome, one.detail, one.repeated) for one in done] == [
        ("found", "", False), ("on_loan", f"{AN}, 6A1", False), ("found", "", True),
        ("elsewhere", "Sách tham khảo", False), ("unknown", "", False),
    ]  # fmt: skip
    assert missing(stocktake) == {unseen}  # what a reader has at home is not missing, nor what lies on the table
    again = scan_books(stocktake, [lent], actor=STAFF)
    assert again[0].repeated and StocktakeScan.select().count() == 4
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 2  # nothing is decided by a scan
    with pytest.raises(Conflict, match="stocktake_unsettled"):
        close_stocktake(stocktake, actor=STAFF)
    (waiting,) = list_scans(stocktake)
    settle_scan(waiting.scan_id, actor=STAFF)
    assert [loan.reader.full_name for loan in Loan.select().where(Loan.returned_at.is_null())] == [BINH]
    with pytest.raises(Conflict, match="scan_settled"):
        settle_scan(waiting.scan_id, actor=STAFF)
    school.clock.at += timedelta(hours=2)
    assert close_stocktake(stocktake, actor=STAFF) == 1
    assert [status_of(book) for book in (here, lent, at_home, unseen)] == ["in_service"] * 3 + ["missing"]


def test_l197_a_lost_or_missing_book_is_found_by_the_scan_and_owed_no_more(school: World) -> None:
    lost, gone, torn, sold = school.add_title("Truyện", 4)
    lend(school, AN, lost)
    place_hold(school.readers[BINH], school.records["Truyện"], actor=STAFF)
    declare_lost(lost, actor=STAFF)
    change_status(gone, "missing", actor=STAFF)
    change_status(torn, "repair", actor=STAFF)
    withdraw_copy(Copy.get(Copy.barcode == sold).id, "damaged", STAFF, minutes="BB-01")
    stocktake = start_stocktake("Kiểm kê", actor=STAFF)
    done = scan_books(stocktake, [lost, gone, torn, sold], actor=STAFF)
    assert [one.outcome for one in done] == ["back", "back", "found", "withdrawn"]
    assert done[0].detail == "Kệ sách đặt mượn" and Hold.get().status == "ready"  # somebody waited for it
    assert [status_of(book) for book in (lost, gone, torn, sold)] == ["in_service"] * 2 + ["repair", "withdrawn"]
    assert list_charges() == []
    assert Loan.select().count() == 1  # counting is no reading in the library


def test_l197_the_school_may_want_to_see_lost_books_first(school: World) -> None:
    prefer(lost_return="refuse")
    (lost, other) = school.add_title("Truyện", 2)
    for book in (lost, other):
        lend(school, AN if book == lost else BINH, book)
        declare_lost(book, actor=STAFF)
    stocktake = start_stocktake("Kiểm kê", actor=STAFF)
    assert [one.outcome for one in scan_books(stocktake, [lost, other], actor=STAFF)] == ["lost", "lost"]
    first, second = sorted(list_scans(stocktake), key=lambda line: line.code)
    settle_scan(first.scan_id, actor=STAFF)
    settle_scan(second.scan_id, actor=STAFF, leave=True)
    assert (status_of(lost), status_of(other)) == ("in_service", "lost")
    assert [charge.barcode for charge in list_charges()] == [other]


def test_l198_a_book_of_a_corner_on_the_shelf_is_taken_back_with_what_a_child_had(school: World) -> None:
    stays, back, lent = school.add_title("Truyện", 3)
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)
    hand_over(unit, [stays, back, lent], actor=STAFF)
    lend_inside(unit, Copy.get(Copy.barcode == lent).id, school.readers[AN], actor=STAFF)
    stocktake = start_stocktake("Kiểm kê", "STN", actor=STAFF)
    done = scan_books(stocktake, [back, lent], actor=STAFF)
    assert [(one.outcome, one.detail) for one in done] == [("in_unit", "Góc lớp 6A1"), ("on_loan", f"{AN}, 6A1")]
    assert missing(stocktake) == set()  # what stands in the classroom is not missing
    for line in list_scans(stocktake):
        settle_scan(line.scan_id, actor=STAFF)
    assert [row.copy.barcode for row in Placement.select().where(Placement.removed_at.is_null())] == [stays]
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0


def test_l199_minutes_add_up_and_stay_as_they_were_closed(school: World) -> None:
    books = school.add_title("Truyện", 6)
    Copy.update(price=20_000).where(Copy.barcode.in_(books)).execute()
    lend(school, AN, books[0])
    change_status(books[1], "missing", actor=STAFF)
    stocktake = start_stocktake("Kiểm kê", "STN", actor=STAFF)
    Copy.update(condition="torn").where(Copy.barcode == books[2]).execute()
    scan_books(stocktake, [books[2], "LA-LA"], actor=STAFF)
    school.clock.at += timedelta(minutes=5)
    lend(school, BINH, books[3])  # passed the desk while they counted: it was seen
    check_in(books[3], actor=STAFF, channel="desk")
    school.add_title("Sách mới về", 2)  # entered after it began: not of this count
    minutes = make_minutes(get_stocktake(stocktake))
    assert minutes.lines == (
        MinutesLine(material="children", on_books=6, on_books_sum=120_000, here=2, here_sum=40_000, lent=1, short=3,
                    damaged=1),
    )  # fmt: skip
    assert {line.accession_number for line in minutes.missing} == {books[4], books[5]} and minutes.extra == 1
    assert close_stocktake(stocktake, actor=STAFF) == 2
    check_in(books[4], actor=STAFF, channel="desk")  # found the next day
    closed = make_minutes(get_stocktake(stocktake))
    assert closed.lines == minutes.lines and len(closed.missing) == 2
    with pytest.raises(Conflict, match="stocktake_closed"):
        scan_books(stocktake, [books[5]], actor=STAFF)


def test_a_kept_book_that_is_missing_lets_its_reader_wait_again(school: World) -> None:
    (book,) = school.add_title("Truyện")
    hold = place_hold(school.readers[AN], school.records["Truyện"], actor=STAFF)
    keep_ready(hold, book, actor=STAFF)
    stocktake = start_stocktake("Kiểm kê", actor=STAFF)
    assert close_stocktake(stocktake, actor=STAFF) == 1
    assert (status_of(book), Hold.get().status) == ("missing", "waiting")


def test_l196_one_count_of_a_range_at_a_time_and_bad_scans_are_said(school: World) -> None:
    (book,) = school.add_title("Truyện")
    with pytest.raises(InvalidInput, match="stocktake_name"):
        start_stocktake("  ", "STN", actor=STAFF)
    with pytest.raises(NotFound):
        start_stocktake("Kiểm kê", "KHONG", actor=STAFF)
    stocktake = start_stocktake("Kiểm kê", "STN", actor=STAFF)
    start_stocktake("Kho khác", "STK", actor=STAFF)
    for code in ("STN", ""):
        with pytest.raises(Conflict, match="stocktake_running"):
            start_stocktake("Lần nữa", code, actor=STAFF)
    for codes in ([], ["", " "], [book] * 501):
        with pytest.raises(InvalidInput, match="stocktake_scans"):
            scan_books(stocktake, codes, actor=STAFF)
    with pytest.raises(NotFound, match="stocktake_unknown"):
        scan_books(99, [book], actor=STAFF)
    assert close_stocktake(stocktake, actor=STAFF, mark_missing=False) == 1
    assert status_of(book) == "in_service"
    school.clock.set_day(TODAY + timedelta(days=1))
    start_stocktake("Lần nữa", "STN", actor=STAFF)
