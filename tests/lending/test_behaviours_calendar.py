"""B15–B20 of field.md §4: due days, calendars, the end of a day, overdue pupils, those who leave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lending_acts import lend, refused
from lending_front import Front, codes
from lending_world import STAFF, TODAY, World, prefer

from library.foundation.calendar import add_closed_period
from library.foundation.clock import VIETNAM
from library.foundation.errors import InvalidInput
from library.lending.closing import close_library, preview_closing
from library.lending.holds import place_hold
from library.lending.model import PolicyRow
from library.lending.policies import save_policy
from library.lending.queries import list_overdue
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Loan, LoanEvent
from library.readers.tables import Reader

AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"


def test_b15_due_day_on_a_holiday(school: World) -> None:
    """B15 G the due day is closed. W checkout. T the next open day; Tết is skipped whole; weekly loans keep their
    weekday unless it is always closed; a library that never opens: a clear refusal, no endless loop."""
    books = [school.add_title(f"Truyện {n}")[0] for n in range(6)]
    prefer(max_loans_pupil=20, block_when_overdue=False)
    add_closed_period(date(2026, 12, 7), date(2026, 12, 8), "Hội thao", "other", STAFF)
    done = lend(school, AN, books[0])  # counted to Monday 07/12
    assert done.due_on == date(2026, 12, 9) and done.notes == ("due_moved",)
    add_closed_period(date(2027, 2, 1), date(2027, 2, 14), "Nghỉ Tết", "break", STAFF)
    school.clock.set_day(date(2027, 1, 20))
    assert lend(school, BINH, books[1]).due_on == date(2027, 2, 15)
    rule = save_policy(PolicyRow(length_kind="weekday", length_value=3), actor=STAFF)  # Wednesday
    assert lend(school, BINH, books[2]).due_on == date(2027, 1, 27)
    school.clock.set_day(date(2027, 1, 28))
    assert lend(school, BINH, books[3]).due_on == date(2027, 2, 17)  # two Wednesdays lie in Tết
    prefer(weekly_closed_days=[3, 7])
    assert lend(school, BINH, books[4]).due_on == date(2027, 2, 15)  # never open on Wednesdays: the next open day
    prefer(weekly_closed_days=[1, 2, 3, 4, 5, 6, 7])
    assert refused(lend, school, BINH, books[5]) == ("library_closed",)
    save_policy(PolicyRow(id=rule), actor=STAFF)
    assert refused(lend, school, BINH, books[5]) == ("library_closed",)


def test_b16_the_calendar_is_changed_later(front: Front) -> None:
    """B16 G open loans due on a day. W that day becomes closed. T those loans are re-dated and listed, others stay."""
    school = front.school
    hit = lend(school, AN, school.add_title("A")[0])  # Monday 07/12
    school.clock.set_day(TODAY + timedelta(days=1))
    spared = lend(school, BINH, school.add_title("B")[0])  # Tuesday 08/12
    foreseen = preview_closing(date(2026, 12, 7), date(2026, 12, 7))
    assert Loan.get_by_id(hit.loan_id).due_on == date(2026, 12, 7)  # a preview writes nothing
    moved = close_library(date(2026, 12, 7), date(2026, 12, 7), "Nghỉ bão", "other", actor=STAFF)
    assert moved == foreseen
    assert [(line.loan_id, line.reader_name, line.due_before, line.due_after) for line in moved.loans] == [
        (hit.loan_id, AN, date(2026, 12, 7), date(2026, 12, 8))
    ]
    assert [event.kind for event in LoanEvent.select().where(LoanEvent.loan == hit.loan_id)] == ["redated"]
    assert Loan.get_by_id(spared.loan_id).due_on == date(2026, 12, 8)
    page = front.sign_in().get(f"/staff/loans/{hit.loan_id}")
    assert "Dời hạn theo lịch nghỉ" in page and "07/12/2026 → 08/12/2026" in page


def test_b17_the_account_expires_first(front: Front) -> None:
    """B17 G leaving on Sunday 29/11, a loan of 14 days. W checkout. T due on the last open day before, flagged."""
    school = front.school
    school.add_reader("Võ Thị Em", leaves_on=date(2026, 11, 29))
    (book,) = school.add_title("X")
    said = front.desk.scan(book, school.readers["Võ Thị Em"])
    assert said["outcome"] == "lent" and "thứ Bảy, 28/11" in said["result_html"]
    assert "Rút ngắn theo ngày rời trường" in said["result_html"]
    assert Loan.get().due_on == date(2026, 11, 28)


def test_b18_end_of_the_day_in_vietnam(school: World) -> None:
    """B18 G due today. W 16:00, and 23:59. T not overdue; 00:00 of the next day (17:00 UTC of the day before) it is."""
    done = lend(school, AN, school.add_title("X")[0])
    for hour, minute in ((16, 0), (23, 59)):
        school.clock.set_day(done.due_on, hour, minute)
        assert list_overdue() == []
    school.clock.set_day(done.due_on + timedelta(days=1), 0, 0)
    assert school.clock.at.hour == 17 and school.clock.at.astimezone(VIETNAM).hour == 0
    assert [line.days_late for line in list_overdue()] == [1]


def test_b19_an_overdue_pupil(front: Front, app, login_as) -> None:
    """B19 G an overdue pupil. W checkout, request, renew. T all three refused with the reason; setting it aside needs
    permission and a comment."""
    school = front.school
    late, other = school.add_title("X")[0], school.add_title("Y")[0]
    done = lend(school, AN, late)
    school.clock.set_day(done.due_on + timedelta(days=1))
    card, reader_id = school.cards[AN], school.readers[AN]
    assert codes(front.kiosk.borrow(card, other)) == ["has_overdues"]
    assert refused(place_hold, reader_id, school.records["Y"], actor=STAFF) == ("has_overdues",)
    assert codes(front.kiosk.renew(card, late)) == ["has_overdues"]
    with pytest.raises(InvalidInput, match="override_needs_comment"):
        check_out(other, reader_id=reader_id, actor=STAFF, channel="desk", overrides=("has_overdues",), comment=" ")
    client = app.test_client()
    assistant = type(front.desk)(client, login_as(client, "assistant"))
    said = assistant.scan(other, reader_id, overrides="has_overdues", comment="em hứa mai trả")
    assert said["outcome"] == "refused" and "data-desk-override" not in said["result_html"]
    said = front.sign_in().scan(other, reader_id, overrides="has_overdues", comment="em hứa mai trả")
    assert said["outcome"] == "lent"
    row = Loan.get(Loan.comment == "em hứa mai trả")
    assert row.overrides == ["has_overdues"]


def test_b20_expired_or_left_school(school: World) -> None:
    """B20 G the account has expired. W checkout. T refused. W renewal. T by setting. W return. T always taken."""
    school.add_reader("Võ Thị Em")
    book, other = school.add_title("X")[0], school.add_title("Y")[0]
    lend(school, "Võ Thị Em", book)
    Reader.update(leaves_on=TODAY + timedelta(days=2)).where(Reader.id == school.readers["Võ Thị Em"]).execute()
    school.clock.set_day(TODAY + timedelta(days=4))
    card = school.cards["Võ Thị Em"]
    assert "reader_expired" in refused(check_out, other, reader_card=card, actor=STAFF, channel="kiosk")
    assert refused(renew, book, reader_card=card, actor=STAFF) == ("reader_expired",)
    prefer(expired_may_renew=True)  # L58
    assert renew(book, reader_card=card, actor=STAFF).renewed
    back = check_in(book, actor=STAFF, channel="kiosk")
    assert back.was_on_loan and back.reader_name == "Võ Thị Em"
