"""B9–B11, B13, B14, B21–B24, B27 of field.md §4: returns, renewals, holds, losses. Over HTTP and the services."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_acts import lend, refused
from lending_front import Front, codes
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, iso_instant
from library.foundation.database import database
from library.foundation.tables import AuditEntry
from library.lending.charges import count_open_charges, list_charges, settle_with_price
from library.lending.copy_troubles import change_status, declare_lost
from library.lending.holds import place_hold
from library.lending.model import PolicyRow
from library.lending.policies import save_policy
from library.lending.queries import count_loans_on, list_holds
from library.lending.service import check_in, renew
from library.lending.tables import Hold, Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.service import hand_over
from library.readers.service import remove_reader
from library.readers.tables import Reader, ReaderBlock
from tests.staff_client import plain

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def test_b9_return_of_a_copy_not_on_loan_or_returned_twice(front: Front) -> None:
    """B9 G X on the shelf. W returned (twice). T success, no loan in the answer, "không có lượt mượn"; read in the
    library recorded if the school wants it; loan figures unchanged."""
    school, (book,) = front.school, front.school.add_title("X")
    lend(school, AN, book)
    for was_on_loan in (True, False, False):
        answer = front.kiosk.bring(book)
        assert answer.status_code == 200 and answer.json["return"]["was_on_loan"] is was_on_loan
    said = front.desk.scan(book, mode="return")
    assert said["outcome"] == "not_on_loan" and "không có lượt mượn" in said["sentence"]
    assert Loan.select().count() == 1
    prefer(in_house_use=True)  # L98
    school.clock.set_day(TODAY, 9, 5)  # long enough to be another act (L221)
    said = front.desk.scan(book, mode="return")
    assert "Đã ghi một lượt đọc tại chỗ" in said["result_html"]
    row = Loan.get(Loan.purpose == "in_library")
    assert (row.reader_id, row.ended_as, row.returned_on) == (None, "returned", TODAY)
    assert Loan.select().where(Loan.purpose == "home").count() == 1 and count_loans_on(TODAY) == 2


def test_b9_a_copy_of_a_corner_is_said_to_belong_there(front: Front) -> None:
    school, (book,) = front.school, front.school.add_title("X")
    corner = open_corner(school.add_class("6A1"), school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    hand_over(corner, [book], actor=STAFF)
    said = plain(front.desk.scan(book, mode="return")["result_html"])
    assert "Cuốn này thuộc Góc lớp 6A1, không ai đang mượn." in said and "Chuyển về: Góc lớp 6A1" in said
    assert "đang ở thư viện" not in said


def test_b10_a_return_captures_a_hold(front: Front) -> None:
    """B10 G An has X, Bình requested it. W X is returned. T "giữ tại quầy" for Bình, a pickup day, told once."""
    school, (book,) = front.school, front.school.add_title("X")
    lend(school, AN, book)
    hold = place_hold(school.readers[BINH], school.records["X"], actor=STAFF)
    said = front.desk.scan(book, mode="return")
    assert f"Để lên kệ đặt mượn cho {BINH}" in said["result_html"]
    (line,) = list_holds()
    assert (line.status, line.reader_name, line.pickup_until_on) == ("ready", BINH, date(2026, 11, 26))
    ready_at = Hold.get_by_id(hold).ready_at
    school.clock.set_day(TODAY, 11)
    front.desk.scan(book, mode="return")  # again: nothing new is said to anybody
    assert Hold.get_by_id(hold).ready_at == ready_at and Hold.select().count() == 1
    shown = front.kiosk.client.get(f"/api/v1/kiosk/readers/{school.cards[BINH]}", headers=front.kiosk.headers)
    assert shown.json["holds_ready"] == 1
    panel = plain(front.desk.scan(school.cards[BINH])["reader_html"])
    assert "1 cuốn đang giữ tại quầy “X”" in panel


def test_b11_a_held_copy_and_the_wrong_pupil(front: Front) -> None:
    """B11 G X is held for Bình. W An scans it. T refused. W Bình scans. T lent, request closed, others stay."""
    school, (book,) = front.school, front.school.add_title("X")
    school.add_title("Y")
    lend(school, AN, book)
    place_hold(school.readers[BINH], school.records["X"], actor=STAFF)
    other = place_hold(school.readers[BINH], school.records["Y"], actor=STAFF)
    front.kiosk.bring(book)
    assert codes(front.kiosk.borrow(school.cards[AN], book)) == ["held_for_other"]
    assert front.kiosk.borrow(school.cards[BINH], book).status_code == 201
    assert {hold.id: hold.status for hold in Hold.select()}[other] == "waiting"
    assert Hold.select().where(Hold.status == "filled").count() == 1


def test_b13_renewal_versus_hold(school: World) -> None:
    """B13 G An's title is requested. W renew. T refused; a spare copy exists and the setting is on: allowed; a hold
    on this very copy: always refused."""
    book, spare = school.add_title("X", 2)
    lend(school, AN, book)
    place_hold(school.readers[BINH], school.records["X"], actor=STAFF)
    prefer(renew_if_spare=False)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("reserved_by_other",)
    prefer(renew_if_spare=True)
    change_status(spare, "repair", actor=STAFF)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("reserved_by_other",)
    change_status(spare, "in_service", actor=STAFF)
    assert renew(book, reader_card=school.cards[AN], actor=STAFF).renewed
    save_policy(PolicyRow(max_renewals=9), actor=STAFF)
    copy_id = Copy.get(Copy.barcode == book).id
    place_hold(school.readers[CHI], school.records["X"], actor=STAFF, copy_id=copy_id)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("reserved_by_other",)


def test_b14_renewal_limit_and_base(school: World) -> None:
    """B14 G max 2. W third renewal. T refused with reason; counts from the due day, from today when late; length
    empty: the loan length, 0: nothing is gained."""
    prefer(block_when_overdue=False)
    rule = save_policy(PolicyRow(length_value=10, max_renewals=2), actor=STAFF)
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    assert done.due_on == date(2026, 12, 3)
    first = renew(book, reader_card=school.cards[AN], actor=STAFF)
    assert first.due_on == date(2026, 12, 14)  # 10 days from the due day, the 13th is a Sunday
    school.clock.set_day(date(2026, 12, 21))
    second = renew(book, reader_card=school.cards[AN], actor=STAFF)
    assert second.due_on == date(2026, 12, 31)  # late: from today
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("renewal_limit",)
    save_policy(PolicyRow(id=rule, length_value=10, max_renewals=9, renewal_days=0), actor=STAFF)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("renewal_no_gain",)


def test_b21_lost_then_returned(school: World) -> None:
    """B21 G X is lost. W returned. T setting block: stays lost; else found, and only the last borrower's debt goes;
    declaring lost twice is refused."""
    (book,) = school.add_title("X")
    lend(school, BINH, book)
    declare_lost(book, actor=STAFF)
    settle_with_price(list_charges()[0].charge_id, 45_000, actor=STAFF)
    change_status(book, "in_service", actor=STAFF)  # turned up after Bình had paid for it
    lend(school, AN, book)
    declare_lost(book, actor=STAFF, comment="em báo mất")
    assert refused(declare_lost, book, actor=STAFF) == ("copy_lost",)
    assert [charge.reader_name for charge in list_charges()] == [AN]
    prefer(lost_return="refuse")
    assert refused(check_in, book, actor=STAFF, channel="kiosk") == ("copy_lost",)
    assert Copy.get().status == "lost" and count_open_charges() == 1
    prefer(lost_return="found")
    back = check_in(book, actor=STAFF, channel="desk")
    assert back.alerts == ("copy_found",) and Copy.get().status == "in_service"
    assert count_open_charges() == 0
    assert {charge.reader_name: charge.settled_as for charge in list_charges(settled=True)} == {AN: "found", BINH: "price"}


def test_b22_withdrawn_or_missing_copies(front: Front) -> None:
    """B22 G X thanh lý. W return. T alert, or refused, by setting; lending refused. G X missing. W borrowed at the
    kiosk. T lent and in service again."""
    school, (book,) = front.school, front.school.add_title("X")
    change_status(book, "missing", actor=STAFF)
    assert front.kiosk.borrow(school.cards[AN], book).status_code == 201 and Copy.get().status == "in_service"
    front.kiosk.bring(book)
    Copy.update(status="withdrawn", withdrawn_on=TODAY).execute()
    assert codes(front.kiosk.borrow(school.cards[AN], book)) == ["copy_withdrawn"]
    said = front.desk.scan(book, mode="return")
    assert said["outcome"] == "not_on_loan" and "Đã thanh lý" in said["result_html"]
    prefer(withdrawn_return="refuse")
    assert codes(front.kiosk.bring(book)) == ["copy_withdrawn"]
    assert Copy.get().status == "withdrawn"


def test_b23_a_wrong_return_date(front: Front) -> None:
    """B23 G an open loan. W a return dated in the future (or before the loan). T the present time is used."""
    school = front.school
    for moment in (at_local(date(2030, 1, 1)), at_local(TODAY - timedelta(days=90))):
        (book,) = school.add_title(f"X {moment}")
        lend(school, AN, book)
        assert front.kiosk.bring(book, occurred_at=iso_instant(moment)).status_code == 200
        row = Loan.select().order_by(Loan.id.desc()).get()
        assert (row.returned_on, row.returned_at, row.overdue_days) == (TODAY, school.clock.at, 0)


@pytest.mark.parametrize(("summed", "until"), [(False, 8), (True, 12)])
def test_b24_suspension_instead_of_money(school: World, summed: bool, until: int) -> None:
    """B24 G 5 days late, grace 1, factor 2. W returned. T blocked 8 days; a second late book: the longer one or the
    sum, by setting; one block row."""
    prefer(suspension_factor=2, suspension_grace_days=1, suspension_sum=summed)
    first, second = school.add_title("X")[0], school.add_title("Y")[0]
    done = lend(school, AN, first)
    school.clock.set_day(TODAY + timedelta(days=2))
    assert lend(school, AN, second).due_on == done.due_on + timedelta(days=2)
    late = done.due_on + timedelta(days=5)
    school.clock.set_day(late)
    assert check_in(first, actor=STAFF, channel="desk").suspended_until == late + timedelta(days=8)
    assert check_in(second, actor=STAFF, channel="desk").suspended_until == late + timedelta(days=until)  # 3 late: 4
    assert ReaderBlock.select().count() == 1 and count_open_charges() == 0  # days, not money
    assert refused(lend, school, AN, first) == ("reader_blocked",)
    school.clock.set_day(late + timedelta(days=until + 1))
    lend(school, AN, first)


def test_b27_failure_is_atomic(school: World) -> None:
    """B27 G closing the loan fails. W return. T nobody is suspended, nothing owed, the loan is open; G a pupil with
    open loans. W delete. T refused, book and pupil kept."""
    prefer(suspension_factor=2, late_fine=500)
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    school.clock.set_day(done.due_on + timedelta(days=9))
    audits = AuditEntry.select().count()
    # The last statement of a return is its audit row; the disk (here: the table) refuses it.
    database.execute_sql("ALTER TABLE audit_entry RENAME TO audit_entry_away")
    try:
        with pytest.raises(Exception, match="audit_entry"):
            check_in(book, actor=STAFF, channel="desk")
    finally:
        database.execute_sql("ALTER TABLE audit_entry_away RENAME TO audit_entry")
    assert Loan.get_by_id(done.loan_id).returned_at is None
    assert (ReaderBlock.select().count(), count_open_charges(), AuditEntry.select().count()) == (0, 0, audits)
    assert refused(remove_reader, school.readers[AN], SYSTEM) == ("reader_has_loans",)
    assert Reader.get_by_id(school.readers[AN]) and Copy.select().count() == 1
