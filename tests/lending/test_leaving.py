"""A last day of service set while books are out (L234), on SQLite and PostgreSQL and over the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending_acts import lend
from lending_front import Front
from lending_world import STAFF, TODAY, World

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor
from library.foundation.errors import InvalidInput, Reason
from library.foundation.tables import AuditEntry
from library.lending.closing import close_library, preview_closing
from library.lending.corrections import set_due_day, undo_last
from library.lending.redatings import find_redating, newest_redating
from library.lending.tables import Loan, LoanEvent
from library.lending.units.class_corners import change_corner, open_corner
from library.lending.units.corner_loans import lend_inside
from library.lending.units.service import hand_over
from library.readers import queries, service
from library.readers.tables import Reader

AN, BINH, CHI, DUNG = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi", "Nguyễn Văn Dũng"


def leave(school: World, who: str, day: date | None, actor: Actor = STAFF) -> list[Reason]:
    """Set the last day of service on the reader's form."""
    reader_id = school.readers[who]
    fields = queries.get_reader_details(reader_id).fields
    return service.update_reader(reader_id, replace(fields, leaves_on=day), actor)


def test_l234_due_days_after_the_last_day_come_before_it(school: World) -> None:
    """Leaving on Sunday 29/11: what is due later is due on Saturday; what is due before stays, as do others' loans."""
    late, early, others = (school.add_title(title)[0] for title in ("Đất rừng", "Dế Mèn", "Quê nội"))
    moved = lend(school, AN, late)
    stays = lend(school, AN, early)
    other = lend(school, BINH, others)
    set_due_day(stays.loan_id, date(2026, 11, 27), actor=STAFF, comment="em hẹn")
    (said,) = leave(school, AN, date(2026, 11, 29))
    assert said.code == "leaver_due_moved" and said.params["count"] == 1
    assert said.params["what"] == "“Đất rừng” từ 07/12/2026 về 28/11/2026"
    days = [Loan.get_by_id(done.loan_id).due_on for done in (moved, stays, other)]
    assert days == [date(2026, 11, 28), date(2026, 11, 27), other.due_on]
    event = LoanEvent.get(LoanEvent.loan == moved.loan_id)
    assert (event.due_before, event.due_after) == (date(2026, 12, 7), date(2026, 11, 28))
    assert "29/11/2026" in event.comment
    assert AuditEntry.select().where(AuditEntry.action == "loan.due_day").count() == 2  # one by hand, one of L234


def test_l234_other_changes_move_nothing(school: World) -> None:
    """A later last day, none at all, or another field: nobody's loan is touched, nothing is said."""
    done = lend(school, AN, school.add_title("Đất rừng")[0])
    assert leave(school, AN, done.due_on) == []
    reader_id = school.readers[AN]
    fields = queries.get_reader_details(reader_id).fields
    Loan.update(due_on=done.due_on + timedelta(days=1)).where(Loan.id == done.loan_id).execute()  # set aside by L39
    assert service.update_reader(reader_id, replace(fields, note="em đeo kính"), STAFF) == []
    assert leave(school, AN, None) == []
    assert Loan.get_by_id(done.loan_id).due_on == done.due_on + timedelta(days=1)


@pytest.mark.parametrize("gone", [TODAY - timedelta(days=1), TODAY - timedelta(days=40)])
def test_l234_past_already_the_open_loans_are_named(school: World, gone: date) -> None:
    done = [lend(school, AN, school.add_title(title)[0]) for title in ("Đất rừng", "Dế Mèn")]
    (said,) = leave(school, AN, gone)
    assert said.code == "leaver_keeps_books" and said.params["count"] == 2
    assert "“Đất rừng”" in said.params["what"] and "“Dế Mèn”" in said.params["what"]
    assert [Loan.get_by_id(one.loan_id).due_on for one in done] == [one.due_on for one in done]
    assert leave(school, BINH, gone) == [], "nothing open: nothing to say"


def test_l234_a_loan_that_was_undone_is_not_named(school: World) -> None:
    lend(school, AN, school.add_title("Đất rừng")[0])
    undo_last(actor=STAFF)
    assert leave(school, AN, TODAY - timedelta(days=1)) == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.integers(min_value=-3, max_value=20))
def test_l234_no_open_loan_is_due_after_the_last_day_unless_it_is_named(sqlite_school: World, days: int) -> None:
    """Whatever the day: afterwards every open loan is due by then, on an open day, or is named as due back."""
    school = sqlite_school
    leave(school, AN, None)
    book = school.add_title(f"Truyện {days}")[0]
    done = lend(school, AN, book, overrides=("loan_limit", "has_overdues"), comment="thử")
    last = TODAY + timedelta(days=days)
    said = leave(school, AN, last)
    due = Loan.get_by_id(done.loan_id).due_on
    named = any(one.code == "leaver_keeps_books" and f"“Truyện {days}”" in one.params["what"] for one in said)
    assert (TODAY <= due <= last) != named
    assert due <= done.due_on


def test_l234_a_due_day_by_hand_past_the_last_day_is_refused(school: World) -> None:
    done = lend(school, AN, school.add_title("Đất rừng")[0])
    leave(school, AN, date(2026, 12, 11))
    with pytest.raises(InvalidInput) as refusal:
        set_due_day(done.loan_id, date(2026, 12, 12), actor=STAFF, comment="em xin thêm")
    assert refusal.value.code == "due_day_past_leaving" and refusal.value.params["leaves_on"] == date(2026, 12, 11)
    assert Loan.get_by_id(done.loan_id).due_on == done.due_on
    set_due_day(done.loan_id, date(2026, 12, 11), actor=STAFF, comment="đến hết ngày cuối")
    assert Loan.get_by_id(done.loan_id).due_on == date(2026, 12, 11)


def test_l234_days_closed_later_move_no_due_day_past_the_last_day(school: World) -> None:
    """Due Monday 07/12, which closes with Tuesday: An, served until Tuesday, brings it on Saturday; Bình, who has no
    day left, keeps his and is named; Chi's moves on. What is past the last day already (L39) moves like any other."""
    loans = {who: lend(school, who, school.add_title(f"Sách của {who}")[0]).loan_id for who in (AN, BINH, CHI, DUNG)}
    Loan.update(due_on=date(2026, 12, 7)).execute()
    for who, last in ((AN, date(2026, 12, 8)), (BINH, date(2026, 12, 7)), (DUNG, date(2026, 12, 1))):
        Reader.update(leaves_on=last).where(Reader.id == school.readers[who]).execute()
    school.clock.set_day(date(2026, 12, 4))
    storm = (date(2026, 12, 7), date(2026, 12, 8))
    foreseen = preview_closing(*storm)
    done = close_library(*storm, "Nghỉ bão", "other", actor=STAFF)
    assert done == foreseen and done.staying == ()
    days = {who: Loan.get_by_id(loan_id).due_on for who, loan_id in loans.items()}
    assert days == {AN: date(2026, 12, 5), BINH: date(2026, 12, 5), CHI: date(2026, 12, 9), DUNG: date(2026, 12, 9)}
    assert {move.reader_name for move in done.loans if move.earlier} == {AN, BINH}
    kept = [move for _, moves in find_redating(newest_redating() or 0)[1] for move in moves]
    assert {(move.reader_name, move.due_after, move.earlier) for move in kept} == {
        (move.reader_name, move.due_after, move.earlier) for move in done.loans
    }

    school.clock.set_day(date(2026, 12, 5))  # the last day An and Bình have: it closes as well
    again = close_library(date(2026, 12, 5), date(2026, 12, 6), "Mất điện", "other", actor=STAFF)
    assert {move.reader_name for move in again.staying} == {AN, BINH} and again.loans == ()
    assert Loan.get_by_id(loans[AN]).due_on == date(2026, 12, 5)


def test_l234_the_pages_say_it(front: Front) -> None:
    school, desk = front.school, front.sign_in()
    loan = lend(school, AN, school.add_title("Đất rừng")[0]).loan_id
    reader_id = school.readers[AN]
    form = {"kind": "pupil", "full_name": AN, "leaves_on": "2026-11-29"}
    desk.post(f"/staff/readers/{reader_id}/edit", status=303, **form)
    said = desk.get(f"/staff/readers/{reader_id}")
    assert "Đã lưu thay đổi." in said and "“Đất rừng” từ 07/12/2026 về 28/11/2026" in said
    assert "thôi phục vụ sau ngày 29/11/2026" in said and "dời hạn trả 1 cuốn" in said
    page = desk.post(f"/staff/loans/{loan}/due-day", due_on="2026-11-30", comment="em xin thêm")
    assert f"Ngày 29/11/2026 là ngày cuối phục vụ {AN}" in page
    desk.post(f"/staff/readers/{reader_id}/edit", status=303, **form | {"leaves_on": "2026-11-20"})
    said = desk.get(f"/staff/readers/{reader_id}")
    assert "Cần nhận lại ngay 1 cuốn: “Đất rừng”" in said
    assert Reader.get_by_id(reader_id).leaves_on == date(2026, 11, 20)
    said = desk.scan(school.add_title("Dế Mèn")[0], reader_id)
    assert said["outcome"] == "refused" and "đã hết hạn từ 21/11" in said["result_html"]  # L12: the 20th still counted


def test_l234_inside_a_corner_too_nothing_is_due_after_the_last_day(school: World) -> None:
    """An is served until Sunday 29/11: An's book of the corner is due on Saturday, whenever the set is; Bình's with it."""
    unit = open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF, due_on=date(2026, 12, 21))
    books = school.add_title("Truyện", 2)
    hand_over(unit, books, actor=STAFF)
    Reader.update(leaves_on=date(2026, 11, 29)).where(Reader.id == school.readers[AN]).execute()
    inside = {
        who: lend_inside(unit, Copy.get(Copy.barcode == book).id, school.readers[who], actor=STAFF)
        for who, book in zip((AN, BINH), books, strict=True)
    }
    assert inside[AN].due_on == date(2026, 11, 28) and inside[AN].back_on <= date(2026, 11, 28)
    assert inside[BINH].due_on == date(2026, 12, 21)
    change_corner(unit, actor=STAFF, responsible_id=school.readers[DUNG], helper_id=None, capacity=None,
                  due_on=date(2027, 1, 11))  # fmt: skip
    days = {who: Loan.get_by_id(done.loan_id).due_on for who, done in inside.items()}
    assert days == {AN: date(2026, 11, 28), BINH: date(2027, 1, 11)}
