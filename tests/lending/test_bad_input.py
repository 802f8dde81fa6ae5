"""What scanners, clocks and calendars get wrong: clear words, nothing lost, no endless loop."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_front import Front, codes
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy, RecordIsbn
from library.contract.scans import is_isbn13
from library.foundation.clock import at_local, iso_instant
from library.foundation.errors import InvalidInput, Refused
from library.lending.closing import close_library
from library.lending.corrections import recall, set_due_day
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Loan
from library.readers.tables import Card, Reader, ReaderBlock

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


def test_cards_that_do_not_open(front: Front) -> None:
    """Unknown, replaced, damaged (a digit wrong), of somebody who left, blocked: each says why."""
    school, (book,) = front.school, front.school.add_title("X")
    card = school.cards[AN]
    damaged = card[:-1] + str((int(card[-1]) + 1) % 10)
    for bad in ("TV99999999", damaged, card[:-2]):
        assert codes(front.kiosk.borrow(bad, book)) == ["reader_unknown"]
    ReaderBlock.create(
        reader=school.readers[AN], kind="manual", starts_on=TODAY, ends_on=None, reason="chờ gặp cô",
        created_at=school.clock.at,
    )  # fmt: skip
    assert codes(front.kiosk.borrow(card, book)) == ["reader_blocked"]
    said = front.desk.scan(book, school.readers[AN])
    assert "chờ gặp cô" in said["sentence"] and "khi được mở lại" in said["sentence"]
    Card.update(status="lost").where(Card.number == card).execute()
    assert codes(front.kiosk.borrow(card, book)) == ["reader_unknown"]
    Reader.update(status="left").where(Reader.id == school.readers[BINH]).execute()
    assert codes(front.kiosk.borrow(school.cards[BINH], book)) == ["reader_expired"]
    assert Loan.select().count() == 0


def test_barcodes_of_elsewhere(front: Front) -> None:
    """Another library's label, a web address, a torn label: words that say what to do."""
    school = front.school
    books = school.add_title("Dế Mèn phiêu lưu ký", 2)
    for foreign in ("THPT2-00451", "https://truong.example/sach?id=1", books[0][:-3], "8934974170610"):
        said = front.desk.scan(foreign, school.readers[AN])
        assert said["outcome"] in ("unknown", "refused", "candidates"), foreign
        assert "Không tìm thấy" in said["sentence"] or "Không đọc được" in said["sentence"], (foreign, said["sentence"])
        assert codes(front.kiosk.borrow(school.cards[AN], foreign))[0] in ("copy_unknown", "scan_unreadable")
    assert Loan.select().count() == 0


def test_the_publishers_code_of_a_title_we_do_not_have_is_called_that(front: Front) -> None:
    """Books of Viet Nam carry 893…, also those with an ISBN; a copy that was labelled with it stays one."""
    book = front.school.add_title("Dế Mèn phiêu lưu ký", 1)[0]
    for code in ("8934974170617", "9786042088640"):
        said = front.desk.scan(code)
        assert said["outcome"] == "unknown" and "mã của nhà xuất bản" in said["sentence"]
    Copy.update(barcode="8934974170617").where(Copy.barcode == book).execute()
    said = front.desk.scan("8934974170617", front.school.readers[AN])
    assert said["outcome"] == "lent"


def test_the_printed_isbn_names_the_title(front: Front) -> None:
    front.school.add_title("Dế Mèn phiêu lưu ký", 2)
    isbn = next(code for digit in range(10) if is_isbn13(code := f"978604208858{digit}"))
    RecordIsbn.create(record=front.school.records["Dế Mèn phiêu lưu ký"], isbn=isbn)
    said = front.desk.scan(isbn)
    assert said["outcome"] == "refused" and "“Dế Mèn phiêu lưu ký” (2 bản)" in said["sentence"]


def test_a_number_that_is_one_copys_barcode_and_anothers_accession_number(school: World) -> None:
    """Taken over from an old system: what the scanner reads is the barcode, so the barcode counts."""
    first, second = school.add_title("A")[0], school.add_title("B")[0]
    Copy.update(barcode="100001").where(Copy.barcode == first).execute()
    Copy.update(accession_number="100001", barcode="200002").where(Copy.barcode == second).execute()
    done = check_out("100001", reader_card=school.cards[AN], actor=STAFF, channel="desk")
    assert done.title == "A"
    assert check_out("200002", reader_card=school.cards[AN], actor=STAFF, channel="desk").title == "B"


def test_a_clock_that_was_a_year_ahead_and_is_put_right(school: World) -> None:
    """Loans of the wrong year can be returned, renewed by hand, recalled and undone; nothing is negative or stuck."""
    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    school.clock.set_day(date(2027, 11, 20))
    loans = [check_out(book, reader_card=school.cards[AN], actor=STAFF, channel="desk") for book in books]
    school.clock.set_day(TODAY)
    back = check_in(books[0], actor=STAFF, channel="desk")
    assert back.was_on_loan and back.overdue_days == 0
    assert recall(loans[1].loan_id, actor=STAFF) == date(2026, 11, 26)
    with pytest.raises(InvalidInput, match="due_day_bad"):
        set_due_day(loans[2].loan_id, date(2026, 12, 1), actor=STAFF, comment="đồng hồ sai")  # before the loan's own day
    assert renew(books[2], reader_card=school.cards[AN], actor=STAFF).renewed
    assert check_in(books[2], actor=STAFF, channel="desk").overdue_days == 0
    check_in(books[1], actor=STAFF, channel="desk")
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0


def test_a_clock_that_stood_in_the_past(front: Front) -> None:
    """A kiosk whose battery is empty says 1970: the act counts as now."""
    school, (book,) = front.school, front.school.add_title("X")
    for moment in ("1970-01-01T00:00:01Z", "2099-01-01T00:00:00Z", iso_instant(at_local(TODAY, 23))):
        answer = front.kiosk.borrow(school.cards[AN], book, occurred_at=moment)
        assert answer.status_code == 201
        assert Loan.select().order_by(Loan.id.desc()).get().loaned_on == TODAY
        front.kiosk.bring(book, occurred_at=moment)
        row = Loan.select().order_by(Loan.id.desc()).get()
        assert row.returned_on == TODAY and row.returned_at >= row.loaned_at
    for moment in ("hôm qua", "2026-11-23T09:00:00", 7, None):
        status = front.kiosk.borrow(school.cards[AN], book, occurred_at=moment).status_code
        assert status == (201 if moment is None else 422)


def test_a_calendar_closed_all_year(school: World) -> None:
    """Refused with what to do; open loans keep their day, returns are taken, nothing loops."""
    first, second = school.add_title("A")[0], school.add_title("B")[0]
    done = check_out(first, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    for start in (TODAY + timedelta(days=365), TODAY):
        close_library(start, start + timedelta(days=364), "Xây lại trường", "other", actor=STAFF)
    with pytest.raises(Refused, match="library_closed"):
        check_out(second, reader_card=school.cards[AN], actor=STAFF, channel="desk")
    with pytest.raises(Refused, match="library_closed"):
        renew(first, reader_card=school.cards[AN], actor=STAFF)
    assert Loan.get_by_id(done.loan_id).due_on == done.due_on
    assert recall(done.loan_id, actor=STAFF) == done.due_on
    assert check_in(first, actor=STAFF, channel="desk").was_on_loan
    prefer(weekly_closed_days=[1, 2, 3, 4, 5, 6, 7])
    with pytest.raises(Refused, match="library_closed"):
        check_out(second, reader_card=school.cards[AN], actor=STAFF, channel="desk")
