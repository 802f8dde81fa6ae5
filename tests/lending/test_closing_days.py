"""Closing days after loans and lessons were promised for them: what moves is kept as a list, what does not is named (L225)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lending_acts import lend
from lending_front import Front
from lending_world import STAFF

from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.bookings.service import BookingDraft, place_booking

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
