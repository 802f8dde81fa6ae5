"""Closing days after loans and lessons were promised for them: what moves is kept as a list, what does not is named (L225, L234, L236, L238)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lending_acts import lend
from lending_front import Front
from lending_world import STAFF, TODAY

from library.foundation.calendar import load_calendar
from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.bookings.service import BookingDraft, place_booking
from library.lending.holds import place_hold, tidy_holds
from library.lending.redatings import newest_redating
from library.lending.tables import Hold, Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_loans import lend_inside
from library.lending.units.queries import get_unit, list_unit_copies
from library.lending.units.rotation_queries import get_plan
from library.lending.units.rotations import create_plan
from library.lending.units.service import hand_over
from library.readers.tables import Reader
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


def test_l238_a_corners_exchange_day_moves_with_the_calendar_and_stays_in_the_list(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    teacher = school.readers["Nguyễn Văn Dũng"]
    (book,), day = school.add_title("Truyện"), date(2026, 12, 7)
    corner = open_corner(school.add_class("6A1"), teacher, actor=STAFF, due_on=day)
    empty = open_corner(school.add_class("6A2"), teacher, actor=STAFF, due_on=day)
    hand_over(corner, [book], actor=STAFF)
    page = desk.client.post("/staff/calendar/closed", data={"csrf_token": desk.token, **STORM}).text
    assert "sẽ dời ngày đổi sách của 1 góc lớp" in page and f'href="/staff/units/{corner}"' in page
    assert f'href="/staff/units/{empty}"' not in page
    assert not ClosedPeriod.select().where(ClosedPeriod.name == "Nghỉ bão").exists()
    assert get_unit(corner).due_on == day, "a preview writes nothing"
    done = desk.post("/staff/calendar/closed", **STORM, do="move")
    assert "Đã dời ngày đổi sách của 1 góc lớp." in done and "Ngày đổi sách góc lớp đã dời vì “Nghỉ bão”" in done
    row = "Góc lớp 6A1 thứ Hai, 07/12 thứ Tư, 09/12"
    assert row in done and get_unit(corner).due_on == date(2026, 12, 9) and get_unit(empty).due_on == day
    assert "thứ Tư, 09/12" in desk.get(f"/staff/units/{corner}")
    # Moved once more: the first list keeps its own days. Another corner's day that has passed is left alone.
    entry = AuditEntry.get(AuditEntry.action == "calendar.redate")
    desk.post("/staff/calendar/closed", **{**STORM, "starts_on": "2026-12-09", "ends_on": "2026-12-09"}, do="move")
    assert get_unit(corner).due_on == date(2026, 12, 10)
    assert row in desk.get(f"/staff/calendar/redated/{entry.id}")
    assert "Dời ngày đổi sách góc lớp theo lịch" in desk.get("/staff/audit")


def test_l238_a_round_of_a_rotation_moves_with_its_corners_and_what_is_lent_inside(front: Front) -> None:
    school, desk = front.school, front.desk
    desk.redirect = 303
    units = []
    for name in ("6A1", "6A2", "6A3"):
        units.append(open_corner(school.add_class(name), school.readers["Nguyễn Văn Dũng"], actor=STAFF))
        hand_over(units[-1], school.add_title(f"Bộ {name}", 2), actor=STAFF)
    plan = create_plan(units, starts_on=TODAY, weeks=4, actor=STAFF)
    first, second = (one.planned_on for one in get_plan(plan).rounds)
    inside = lend_inside(units[0], list_unit_copies(units[0])[0].copy_id, school.readers[AN], actor=STAFF)
    Loan.update(due_on=first).where(Loan.id == inside.loan_id).execute()
    closed = {**STORM, "starts_on": str(first), "ends_on": str(first)}
    preview = desk.post("/staff/calendar/closed", status=200, **closed)
    row = f"vòng 1 6A1, 6A2, 6A3 {format_weekday(first)} {format_weekday(first + timedelta(days=1))}"
    assert "ngày đổi sách của 1 vòng luân chuyển" in preview and row in preview
    assert get_plan(plan).rounds[0].planned_on == first
    done = desk.post("/staff/calendar/closed", **closed, do="move")
    moved = get_plan(plan).rounds
    assert [one.planned_on for one in moved] == [first + timedelta(days=1), second] and not moved[0].closed
    assert {get_unit(unit).due_on for unit in units} == {moved[0].planned_on}
    assert Loan.get_by_id(inside.loan_id).due_on == moved[0].planned_on
    kept = desk.client.get(f"/staff/calendar/redated/{newest_redating()}").text
    assert row in done and f'href="/staff/corners/rotations/{plan}"' in kept
    log = desk.get("/staff/audit")
    assert "Dời vòng luân chuyển theo lịch" in log


def test_l238_rounds_that_no_longer_fit_are_named_before_they_fall_away(front: Front) -> None:
    """A long closure over the end of the year: the last round has no day left."""
    school, desk = front.school, front.desk
    desk.redirect = 303
    units = [
        open_corner(school.add_class(name), school.readers["Nguyễn Văn Dũng"], actor=STAFF) for name in ("6A1", "6A2", "6A3")
    ]
    plan = create_plan(units, starts_on=TODAY, weeks=12, actor=STAFF)
    rounds = get_plan(plan).rounds
    assert len(rounds) == 2
    last = rounds[-1].planned_on
    closed = {**STORM, "starts_on": str(last), "ends_on": "2027-07-31", "name": "Nghỉ dịch"}
    assert "bỏ vòng này, không còn vừa năm học" in desk.post("/staff/calendar/closed", status=200, **closed)
    assert len(get_plan(plan).rounds) == 2
    done = desk.post("/staff/calendar/closed", **closed, do="move")
    assert "bỏ vòng này, không còn vừa năm học" in done
    assert [one.planned_on for one in get_plan(plan).rounds] == [rounds[0].planned_on]


def test_l234_closing_days_moves_no_due_day_past_the_readers_last_day(front: Front) -> None:
    """An is served until the storm's last day: due earlier. Bình only on days that are closed: named, and not moved."""
    school = front.school
    for who, title, last in ((AN, "Đất rừng", "2026-12-08"), (BINH, "Quê nội", "2026-12-07"), ("Phạm Chi", "Dế Mèn", None)):
        due_on = lend(school, who, school.add_title(title)[0]).due_on
        Reader.update(leaves_on=last).where(Reader.id == school.readers[who]).execute()
    assert due_on == date(2026, 12, 7)
    school.clock.set_day(date(2026, 12, 5))
    desk = front.sign_in()
    desk.redirect = 303
    closed = {**STORM, "starts_on": "2026-12-05"}
    preview = desk.post("/staff/calendar/closed", status=200, **{**closed, "starts_on": "2026-12-07"})
    early = "thứ Hai, 07/12 thứ Bảy, 05/12 sớm hơn, vì bạn đọc thôi phục vụ"
    assert f"Đất rừng {early}" in preview and f"Quê nội {early}" in preview
    preview = desk.post("/staff/calendar/closed", status=200, **closed)  # today as well: no open day is left
    assert "2 cuốn giữ hạn cũ" in preview and "sẽ dời hạn 1 lượt mượn" in preview
    done = desk.post("/staff/calendar/closed", **closed, do="move")
    assert f"cần nhận lại ngay: {AN}: “Đất rừng”; {BINH}: “Quê nội”" in done
    days = {loan.copy.record.title: loan.due_on for loan in Loan.select()}
    assert days == {"Đất rừng": due_on, "Quê nội": due_on, "Dế Mèn": date(2026, 12, 9)}
