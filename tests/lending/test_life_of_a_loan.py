"""The rest of a loan's life: recall, dated-back returns, damage, claims, debts and how they end (L44–L49, L57, L69)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_acts import lend, refused
from lending_front import Front
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.tables import AuditEntry
from library.lending.charges import (
    count_open_charges,
    list_charges,
    settle_with_copy,
    settle_with_price,
    waive,
)
from library.lending.copy_troubles import claim_returned, declare_lost, note_damage, settle_claim
from library.lending.corrections import correct_return, recall, set_due_day, undo_last
from library.lending.holds import place_hold
from library.lending.service import check_in, renew
from library.lending.tables import Hold, Loan, LoanEvent
from library.readers.tables import ReaderBlock

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


def test_l44_l57_recall_shortens_and_is_not_renewed(school: World) -> None:
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    assert recall(done.loan_id, actor=STAFF, comment="có bạn đang đợi") == date(2026, 11, 26)
    assert refused(renew, book, reader_card=school.cards[AN], actor=STAFF) == ("loan_recalled",)
    prefer(recall_days=30)
    assert recall(done.loan_id, actor=STAFF) == date(2026, 11, 26)  # never later than it was
    again = renew(book, reader_card=school.cards[AN], actor=STAFF, overrides=("loan_recalled",), comment="em ốm")
    assert again.due_on == date(2026, 12, 10)


def test_l57_the_kiosk_does_not_offer_to_renew_what_was_recalled(front: Front) -> None:
    school, (book,) = front.school, front.school.add_title("X")
    done = lend(school, AN, book)
    path = f"/api/v1/kiosk/readers/{school.cards[AN]}"

    def shown() -> dict:
        return front.kiosk.client.get(path, headers=front.kiosk.headers).json["loans"][0]

    assert shown()["renewable"]
    recall(done.loan_id, actor=STAFF)
    assert not shown()["renewable"] and shown()["due_on"] == "2026-11-26"


def test_l44_a_recall_never_falls_on_a_closed_day(school: World) -> None:
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    assert recall(done.loan_id, actor=STAFF, days=6) == date(2026, 11, 30)  # the 29th is a Sunday


@pytest.mark.parametrize("scanned_first", [True, False])
def test_l69_a_return_dated_back_counts_its_own_day(school: World, scanned_first: bool) -> None:
    prefer(suspension_factor=2)
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    school.clock.set_day(done.due_on + timedelta(days=9))
    if scanned_first:
        assert check_in(book, actor=STAFF, channel="desk").suspended_until is not None
    back = correct_return(done.loan_id, done.due_on + timedelta(days=3), actor=STAFF, comment="bỏ thùng trả")
    assert (back.overdue_days, back.suspended_until) == (3, done.due_on + timedelta(days=7))
    row = Loan.get_by_id(done.loan_id)
    assert (row.returned_on, row.ended_as) == (done.due_on + timedelta(days=3), "returned")
    assert ReaderBlock.select().where(ReaderBlock.lifted_at.is_null()).count() == 1
    back = correct_return(done.loan_id, done.due_on, actor=STAFF, comment="đúng ngày hẹn")
    assert (back.overdue_days, back.suspended_until) == (0, None)
    assert ReaderBlock.select().where(ReaderBlock.lifted_at.is_null()).count() == 0


def test_l69_days_that_cannot_be(school: World) -> None:
    (book,) = school.add_title("X")
    done = lend(school, AN, book)
    school.clock.set_day(TODAY + timedelta(days=45))
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=46), TODAY + timedelta(days=10)):
        with pytest.raises(InvalidInput, match="return_day_bad"):
            correct_return(done.loan_id, day, actor=STAFF, comment="x")
    with pytest.raises(InvalidInput, match="return_comment"):
        correct_return(done.loan_id, TODAY + timedelta(days=44), actor=STAFF, comment=" ")
    check_in(book, actor=STAFF, channel="desk")
    lend(school, BINH, book)
    with pytest.raises(Conflict, match="undo_too_late"):
        correct_return(done.loan_id, TODAY + timedelta(days=44), actor=STAFF, comment="x")


def test_l69_a_claim_ends_with_the_truth(school: World) -> None:
    first, second = school.add_title("X")[0], school.add_title("Y")[0]
    done, other = lend(school, AN, first), lend(school, BINH, second)
    school.clock.set_day(done.due_on)
    for loan in (done, other):
        claim_returned(loan.loan_id, actor=STAFF)
    school.clock.set_day(done.due_on + timedelta(days=20))
    back = settle_claim(done.loan_id, found=True, actor=STAFF)
    assert back is not None and back.overdue_days == 0 and Loan.get_by_id(done.loan_id).returned_on == done.due_on
    assert settle_claim(other.loan_id, found=False, actor=STAFF) is None
    row = Loan.get_by_id(other.loan_id)
    assert row.returned_at is None and row.claimed_returned_on is None
    assert [event.kind for event in LoanEvent.select().where(LoanEvent.loan == other.loan_id)] == ["claimed", "unclaimed"]
    with pytest.raises(NotFound):
        settle_claim(other.loan_id, found=True, actor=STAFF)


def test_l49_damage_sends_to_repair_frees_the_hold_and_is_owed(school: World) -> None:
    (book,) = school.add_title("X")
    lend(school, AN, book)
    place_hold(school.readers[BINH], school.records["X"], actor=STAFF)
    assert refused(note_damage, book, "damaged", actor=STAFF) == ("copy_on_loan",)
    check_in(book, actor=STAFF, channel="desk")
    note_damage(book, "damaged", actor=STAFF, to_repair=True, owes=True, amount=12_000, comment="rách bìa")
    copy = Copy.get()
    assert (copy.condition, copy.status) == ("damaged", "repair")
    assert (Hold.get().status, Hold.get().ready_copy_id) == ("waiting", None)
    (charge,) = list_charges()
    assert (charge.kind, charge.reader_name, charge.amount, charge.comment) == ("damaged", AN, 12_000, "rách bìa")
    assert refused(lend, school, BINH, book) == ("copy_in_repair",)
    with pytest.raises(InvalidInput, match="damage_condition"):
        note_damage(book, "eaten", actor=STAFF)


def test_l46_l48_debts_end_with_the_title_its_price_or_a_reason(school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    loans = [lend(school, AN, book) for book in books]
    for book in books:
        declare_lost(book, actor=STAFF)
    by_code = {charge.barcode: charge for charge in list_charges()}
    assert {charge.amount for charge in by_code.values()} <= {45_000, None}
    assert refused_tie(school) == ("reader_has_charges",)
    number = settle_with_copy(by_code[books[0]].charge_id, actor=STAFF)
    fresh = Copy.get(Copy.accession_number == number)
    assert (fresh.record_id, fresh.status) == (school.records["Truyện 0"], "in_service")
    assert books[0] in fresh.note and Copy.get(Copy.barcode == books[0]).status == "lost"  # the register keeps both
    settle_with_price(by_code[books[1]].charge_id, 40_000, actor=STAFF)
    with pytest.raises(InvalidInput, match="charge_comment"):
        waive(by_code[books[2]].charge_id, actor=STAFF, comment="")
    waive(by_code[books[2]].charge_id, actor=STAFF, comment="hộ nghèo")
    assert count_open_charges() == 0
    assert {Loan.get_by_id(loan.loan_id).ended_as for loan in loans} == {"replaced"}
    with pytest.raises(NotFound):
        settle_with_price(by_code[books[1]].charge_id, 1, actor=STAFF)
    back = check_in(books[1], actor=STAFF, channel="desk")
    assert set(back.alerts) == {"copy_found", "charge_paid"}  # L47: staff see that it was paid for


def refused_tie(school: World) -> tuple[str, ...]:
    from library.foundation.audit import SYSTEM
    from library.readers.service import remove_reader

    return refused(remove_reader, school.readers[AN], SYSTEM)


def test_l45_money_only_where_it_is_switched_on_and_undone_with_the_return(school: World) -> None:
    first, second = school.add_title("X")[0], school.add_title("Y")[0]
    done = lend(school, AN, first)
    lend(school, BINH, second)
    school.clock.set_day(done.due_on + timedelta(days=4))
    assert check_in(first, actor=STAFF, channel="desk").fine == 0 and count_open_charges() == 0
    prefer(late_fine=500)
    assert check_in(second, actor=STAFF, channel="desk").fine == 2_000
    assert [(charge.kind, charge.amount) for charge in list_charges()] == [("late", 2_000)]
    undo_last(actor=STAFF)
    assert count_open_charges() == 0 and Loan.select().where(Loan.returned_at.is_null()).count() == 1


def test_l47_undoing_the_return_of_a_found_copy_owes_it_again(school: World) -> None:
    """A lost copy that was lent again on purpose, returned, undone: states and debts go back together."""
    (book,) = school.add_title("X")
    lend(school, AN, book)
    declare_lost(book, actor=STAFF)
    check_in(book, actor=STAFF, channel="desk")
    assert count_open_charges() == 0
    with pytest.raises(Conflict):
        undo_last(actor=STAFF)  # a return without a loan is no loan's step
    declared = list_charges(settled=True)
    assert [charge.settled_as for charge in declared] == ["found"]


def test_every_step_is_reachable_from_the_loans_page(front: Front) -> None:
    """By plain forms: what a keyboard reaches. Recall, letter, due day, claim, found, dated back, damage, lost, debt."""
    school, desk = front.school, front.desk
    books = [school.add_title(f"Truyện {n}")[0] for n in range(2)]
    loan = lend(school, AN, books[0]).loan_id
    page = desk.get(f"/staff/desk?reader={school.readers[AN]}")
    assert "Lượt mượn này" in page
    page = desk.post(f"/staff/loans/{loan}/recall", days="3", comment="có bạn đang đợi")
    assert "hạn trả mới 26/11/2026" in page and "có bạn đang đợi" in page
    letter = desk.get(f"/staff/loans/{loan}/letter")
    assert f"Gửi em {AN}" in letter and "Trả chậm nhất thứ Năm, 26/11/2026" in letter
    assert "đặt hạn trả 01/12/2026" in desk.post(f"/staff/loans/{loan}/due-day", due_on="2026-12-01", comment="em thi")
    assert "Ghi lý do" in desk.post(f"/staff/loans/{loan}/due-day", due_on="2026-12-02", comment="")
    desk.post(f"/staff/loans/{loan}/claim")
    assert "tính là đã trả" in desk.post(f"/staff/loans/{loan}/claim-found")
    assert "Sửa ngày trả" in desk.get(f"/staff/loans/{loan}")
    assert "Ghi lý do khi nhận trả lùi ngày" in desk.post(f"/staff/loans/{loan}/back", returned_on="2026-11-23")
    desk.post(f"/staff/loans/{loan}/damage", condition="worn", owes="1", amount="9000", comment="ướt")
    second = lend(school, AN, books[1]).loan_id
    assert "khoản đền" in desk.post(f"/staff/loans/{second}/lost", comment="rơi xuống sông")
    page = desk.get("/staff/charges")
    assert "rơi xuống sông" in page and "9.000 đ" in page
    charge = next(line for line in list_charges() if line.kind == "lost")
    assert "bản mới STN.000003" in desk.post(f"/staff/charges/{charge.charge_id}/copy")
    assert "Đền cùng nhan đề: STN.000003" in desk.get("/staff/charges?settled=1")
    assert "Đã đền" in desk.get(f"/staff/loans/{second}")
    assert desk.client.get("/staff/loans/999").status_code == 404
    assert desk.client.get("/staff/loans/999/letter").status_code == 404


def test_an_assistant_does_not_reset_due_days_or_write_off(front: Front, app, login_as) -> None:
    school = front.school
    loan = lend(school, AN, school.add_title("X")[0]).loan_id
    client = app.test_client()
    assistant = type(front.desk)(client, login_as(client, "assistant"))
    for act, fields in (("due-day", {"due_on": "2026-12-30", "comment": "x"}), ("lost", {})):
        assert "không được làm" in assistant.post(f"/staff/loans/{loan}/{act}", **fields)
    row = Loan.get_by_id(loan)
    assert row.returned_at is None and row.due_on == date(2026, 12, 7)


def test_due_day_by_hand_keeps_its_reason(school: World) -> None:
    done = lend(school, AN, school.add_title("X")[0])
    set_due_day(done.loan_id, date(2026, 12, 21), actor=STAFF, comment="em đi thi")
    assert AuditEntry.get(AuditEntry.action == "loan.due_day").comment == "em đi thi"
