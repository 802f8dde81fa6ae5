"""Closing days after loans and lessons were promised for them: what moves is kept as a list, what does not is named (L225, L236)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending_acts import lend
from lending_front import Front
from lending_world import STAFF

from library.foundation.calendar import load_calendar
from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.bookings.service import BookingDraft, place_booking
from library.lending.holds import place_hold, tidy_holds
from library.lending.tables import Hold
from library.lending.units.class_corners import open_corner
from library.lending.units.service import hand_over
from library.web.i18n import format_weekday

AN, BINH = "Trần Minh An", "Lê Thanh Bình"
STORM = {"starts_on": "2026-12-07", "ends_on": "2026-12-08", "name": "Nghỉ bão", "kind": "other", "year": "2026-2027"}


def test_l225_the_list_of_moved_loans_stays_by_class_with_both_days(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    school.add_reader("Ngô Vân", "6A10")
    for who, title in ((AN, "Dế Mèn phiêu lưu ký"), ("Ngô Vân", "Kính vạn hoa")):
        lend(school, who, school.add_title(title)[0])
    preview = desk.post("/staff/calendar/closed", status=200, **STORM)
    assert "sẽ dời hạn 2 lượt mượn" in preview and not AuditEntry.select().where(AuditEntry.action == "calendar.redate")
    done = desk.post("/staff/calendar/closed", **STORM, do="move")
    assert "Hạn trả đã dời vì “Nghỉ bão”" in done and "In danh sách" in done
    assert done.index("Lớp 6A1 ") < done.index("Lớp 6A10")
    row = f"{AN} Dế Mèn phiêu lưu ký thứ Hai, 07/12 thứ Tư, 09/12"
    assert row in done

    # Later changes of the same loan are another list; this one stays as it was.
    desk.post("/staff/calendar/closed", **{**STORM, "starts_on": "2026-12-09", "ends_on": "2026-12-09"}, do="move")
    first = AuditEntry.select().where(AuditEntry.action == "calendar.redate").order_by(AuditEntry.id).get()
    path = f"/staff/calendar/redated/{first.id}"
    assert row in desk.get(path)
    for page in ("/staff/calendar", "/staff/audit"):
        assert f'href="{path}"' in desk.client.get(page).text


def test_l225_lessons_of_the_closed_days_are_named_with_what_to_do(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    school.add_title("Tuyển tập truyện ngắn", copies=3)
    draft = BookingDraft(
        lesson_on=date(2026, 12, 7), first_period=3, last_period=3, teacher_id=school.readers["Nguyễn Văn Dũng"],
        class_id=school.add_class("6A1"), subject="Ngữ văn", titles={school.records["Tuyển tập truyện ngắn"]: 3},
    )  # fmt: skip
    lesson = place_booking(draft, actor=STAFF)
    other = place_booking(replace(draft, lesson_on=date(2026, 12, 9)), actor=STAFF)
    answer = desk.client.post("/staff/calendar/closed", data={"csrf_token": desk.token, **STORM})
    assert answer.status_code == 200 and not ClosedPeriod.select().where(ClosedPeriod.name == "Nghỉ bão").exists()
    assert "1 lượt đặt sách cho tiết dạy vào những ngày này" in answer.text
    assert f'href="/staff/lessons/{lesson}"' in answer.text and f"/staff/lessons/{other}" not in answer.text
    assert "Hỏi thầy cô rồi đổi ngày hoặc huỷ" in answer.text
    done = desk.post("/staff/calendar/closed", **STORM, do="move")
    assert "1 lượt đặt sách cho tiết dạy còn ở những ngày này" in done
    assert ClosedPeriod.select().where(ClosedPeriod.name == "Nghỉ bão").exists()


def test_l236_a_kept_copy_is_kept_until_the_next_open_day_and_stays_in_the_list(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    (book,), (other,) = school.add_title("Dế Mèn phiêu lưu ký"), school.add_title("Kính vạn hoa")
    for barcode, title in ((book, "Dế Mèn phiêu lưu ký"), (other, "Kính vạn hoa")):
        lend(school, AN, barcode)
        place_hold(school.readers[BINH], school.records[title], actor=STAFF)
    desk.scan(book, mode="return")
    hold, waiting = Hold.get(Hold.status == "ready"), Hold.get(Hold.status == "waiting")
    assert hold.pickup_until_on == date(2026, 11, 26)
    closed = {**STORM, "starts_on": "2026-11-26", "ends_on": "2026-11-27"}
    preview = desk.post("/staff/calendar/closed", status=200, **closed)
    row = f"{BINH} 6A1 Dế Mèn phiêu lưu ký thứ Năm, 26/11"
    assert "sẽ dời hạn giữ 1 cuốn trên kệ đặt mượn" in preview and row in preview and "Kính vạn hoa" not in preview
    assert Hold.get_by_id(hold.id).pickup_until_on == date(2026, 11, 26), "a preview writes nothing"
    done = desk.post("/staff/calendar/closed", **closed, do="move")
    moved = Hold.get_by_id(hold.id).pickup_until_on
    assert load_calendar().is_open(moved) and date(2026, 11, 27) < moved <= date(2026, 11, 30)
    assert "Giữ thêm ngày cho 1 cuốn trên kệ đặt mượn" in done and f"{row} {format_weekday(moved)}" in done
    assert Hold.get_by_id(waiting.id).pickup_until_on is None
    entry = AuditEntry.get(AuditEntry.action == "calendar.redate")
    # Moved once more: the first list keeps its own days.
    again = {**STORM, "starts_on": str(moved), "ends_on": str(moved), "name": "Mất điện"}
    desk.post("/staff/calendar/closed", **again, do="move")
    assert Hold.get_by_id(hold.id).pickup_until_on > moved
    assert f"{row} {format_weekday(moved)}" in desk.get(f"/staff/calendar/redated/{entry.id}")
    log = desk.get("/staff/audit")
    assert "Dời hạn giữ sách theo lịch" in log
    # Fetched in time on its new last day, and not given away before.
    school.clock.set_day(Hold.get_by_id(hold.id).pickup_until_on)
    assert tidy_holds() == 0
    assert Hold.get_by_id(hold.id).status == "ready"


def test_l236_corners_that_exchange_on_those_days_are_named_with_their_page(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    teacher = school.readers["Nguyễn Văn Dũng"]
    (book,), day = school.add_title("Truyện"), date(2026, 12, 7)
    corner = open_corner(school.add_class("6A1"), teacher, actor=STAFF, due_on=day)
    empty = open_corner(school.add_class("6A2"), teacher, actor=STAFF, due_on=day)
    hand_over(corner, [book], actor=STAFF)
    page = desk.client.post("/staff/calendar/closed", data={"csrf_token": desk.token, **STORM}).text
    assert "1 góc lớp hẹn đổi sách vào những ngày này" in page and f'href="/staff/units/{corner}"' in page
    assert f'href="/staff/units/{empty}"' not in page
    assert not ClosedPeriod.select().where(ClosedPeriod.name == "Nghỉ bão").exists()
    done = desk.post("/staff/calendar/closed", **STORM, do="move")
    assert "1 góc lớp còn hẹn đổi sách vào những ngày này: Góc lớp 6A1." in done
