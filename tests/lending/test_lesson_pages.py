"""The pages of books for lessons over the real app: form, calendar, hand-over, papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_world import STAFF, TODAY, World, open_school

from library.lending.bookings.queries import get_booking
from library.lending.service import check_out
from library.lending.tables import LessonBooking, Loan
from tests.staff_client import StaffClient

AN, DUNG, TITLE = "Trần Minh An", "Nguyễn Văn Dũng", "Dế Mèn phiêu lưu ký"
WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def desk(client: FlaskClient, login_as, school: World) -> StaffClient:
    return StaffClient(client, login_as(client, "librarian"))


def form(school: World, copies: int = 3, **changes: object) -> dict[str, object]:
    record = school.records[TITLE]
    values = {
        "title": record, f"copies-{record}": copies, "lesson_on": WEDNESDAY.isoformat(), "first_period": 2,
        "last_period": "", "teacher_id": school.readers[DUNG], "class_id": school.add_class("6A1"),
        "subject": "Ngữ văn", "equipment": "Máy chiếu", "do": "save",
    }  # fmt: skip
    return {**values, **changes}


def test_a_book_is_added_by_scan_with_a_copy_for_every_pupil(desk: StaffClient, school: World) -> None:
    books = school.add_title(TITLE, 5)
    assert "Đặt sách cho tiết dạy" in desk.get("/staff/lessons/new")
    typed = {"what": books[0], "do": "add", "class_id": school.add_class("6A1"), "subject": "Ngữ văn"}
    answer = desk.client.post("/staff/lessons/new", data={"csrf_token": desk.token, **typed})
    assert answer.status_code == 200 and TITLE in answer.text
    record = school.records[TITLE]
    assert re.search(rf'name="copies-{record}"[^>]*value="3"', answer.text)  # An, Bình, Chi
    assert 'value="Ngữ văn"' in answer.text  # what was typed stays
    dropped = desk.client.post("/staff/lessons/new", data={"csrf_token": desk.token, "title": record, "do": f"drop:{record}"})
    assert f'name="copies-{record}"' not in dropped.text
    assert "Không tìm thấy sách" in desk.post("/staff/lessons/new", status=200, what="zzzz", do="add")


def test_booked_seen_in_week_month_and_plan(desk: StaffClient, school: World) -> None:
    school.add_title(TITLE, 5)
    shown = desk.post("/staff/lessons/new", **form(school))
    assert "Ngữ văn – lớp 6A1" in shown and "thứ Tư, 25/11, tiết 2" in shown and "Máy chiếu" in shown
    week = desk.get(f"/staff/lessons?week={WEDNESDAY}")
    assert f"{TITLE} 5 bản dùng được" in week and "Tiết 2 6A1 3 bản" in week
    assert "Tuần này chưa có lượt đặt sách nào" in desk.get("/staff/lessons?week=2026-12-07")
    assert "T2 6A1 Ngữ văn 3 bản" in desk.get("/staff/lessons/month?month=2026-11")
    plan = desk.get(f"/staff/lessons/plan?week={WEDNESDAY}")
    assert "KẾ HOẠCH SỬ DỤNG SÁCH, THIẾT BỊ" in plan and f"thứ Tư, 25/11 2 6A1 Ngữ văn {TITLE} 3 Máy chiếu {DUNG}" in plan
    assert "chưa có gì để in" in desk.get(f"/staff/lessons/plan?week={WEDNESDAY}&department=Toán")
    for path in ("/staff/lessons?week=bay", "/staff/lessons/month?month=13", "/staff/lessons/pick?day=x"):
        desk.get(path)


def test_a_conflict_is_shown_and_may_be_kept(desk: StaffClient, school: World) -> None:
    books = school.add_title(TITLE, 3)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    page = desk.post("/staff/lessons/new", status=409, **form(school))
    assert "Lượt này chưa đủ sách" in page and "Cần 3 bản, chỉ còn 2 (1 bản đang mượn quá ngày đó)" in page
    assert LessonBooking.select().count() == 0
    shown = desk.post("/staff/lessons/new", **form(school, do="anyway"))
    assert "Chưa đủ sách" in shown
    assert "thiếu 1 bản" in desk.get(f"/staff/lessons?week={WEDNESDAY}")
    assert "1 lượt chưa đủ sách" in desk.get("/staff/lessons/month?month=2026-11")
    on_sunday = form(school, lesson_on="2026-11-29", copies=1)
    assert "Ngày thư viện đóng cửa" in desk.post("/staff/lessons/new", status=409, **on_sunday)
    desk.post("/staff/lessons/new", **{**on_sunday, "do": "anyway"})
    month = desk.get("/staff/lessons/month?month=2026-11")
    assert "2 lượt đặt, 1 lượt chưa đủ sách, 1 lượt vào ngày đóng cửa" in month, "a day is no lack of books"


def test_a_lesson_of_every_week_with_its_days_and_the_rest_cancelled(desk: StaffClient, school: World) -> None:
    school.add_title(TITLE, 5)
    desk.post("/staff/lessons/new", **form(school, 4, lesson_on=WEDNESDAY + timedelta(weeks=1)))
    until = (WEDNESDAY + timedelta(weeks=3)).isoformat()
    weekly = form(school, 3, weeks=1, until_on=until)
    said = desk.post("/staff/lessons/new", status=409, **weekly)
    assert "1 ngày chưa đủ sách, chưa đặt gì" in said and "thứ Tư, 02/12" in said
    assert f"{TITLE}: cần 3 bản, chỉ còn 1" in said
    shown = desk.post("/staff/lessons/new", **{**weekly, "do": "whole"})
    assert "Đã đặt sách cho 3 tiết" in shown and "Bỏ 1 ngày thiếu sách: 02/12" in shown
    assert "Đặt lặp lại: 3 tiết" in shown and "Huỷ tiết này và 2 tiết sau" in shown
    second = LessonBooking.get(LessonBooking.lesson_on == WEDNESDAY + timedelta(weeks=2)).id
    said = desk.post(f"/staff/lessons/{second}/cancel-rest")
    assert "Đã huỷ 2 lượt đặt sách" in said
    assert "Không còn tiết nào" in desk.post(f"/staff/lessons/{second}/cancel-rest")
    bad = desk.post("/staff/lessons/new", status=422, **form(school, 1, weeks=1, until_on="2026-11-20"))
    assert "Ngày cuối phải sau ngày dạy đầu tiên" in bad


def test_errors_keep_what_was_typed(desk: StaffClient, school: World) -> None:
    school.add_title(TITLE, 3)
    for changes, words in (
        ({"subject": ""}, "Ghi môn học"), ({"teacher_id": ""}, "Chọn giáo viên"), ({"lesson_on": "khi nào đó"}, "Ngày chưa đúng"),
        ({"lesson_on": "2020-01-01"}, "Chọn ngày từ hôm nay"), ({"first_period": "9", "last_period": "2"}, "Tiết là một số"),
        ({"title": []}, "Chọn ít nhất một nhan đề"), ({f"copies-{school.records[TITLE]}": "x"}, "Số bản mỗi nhan đề"),
    ):  # fmt: skip
        page = desk.post("/staff/lessons/new", status=422, **form(school, **changes))
        assert words in page, (changes, page[:600])


def test_prepared_handed_over_and_taken_back(desk: StaffClient, school: World) -> None:
    books = school.add_title(TITLE, 4)
    desk.post("/staff/lessons/new", **form(school, lesson_on=TODAY.isoformat()))
    booking = LessonBooking.get().id
    path = f"/staff/lessons/{booking}"
    pick = desk.get(f"/staff/lessons/pick?day={TODAY}")
    assert f"{books[0]}–000003" in pick and "Tiết 2, 6A1" in pick
    assert "Đã lấy sẵn" in desk.post(f"{path}/prepared")
    sheet = desk.get(f"{path}/sheet")
    assert "Lượt đặt này chưa giao cuốn nào" in sheet and "Số đăng ký" not in sheet and "In phiếu" not in sheet
    page = desk.post(f"{path}/hand-over", status=409, barcodes=f"{books[0]}\nXYZ.1\nQWERTY\n{school.cards[AN]}")
    assert "Chưa ghi gì: 3 dòng" in page and "Bỏ các cuốn trên" in page
    assert "Không tìm thấy sách có mã XYZ.1" in page and "Không nhận ra mã QWERTY" in page
    assert f"Mã {school.cards[AN]} là thẻ bạn đọc, không phải sách" in page
    shown = desk.post(f"{path}/hand-over", barcodes="\n".join(books[:3]))
    assert "PHIẾU GIAO SÁCH CHO TIẾT DẠY" in shown and "Số: ST-2026/001" in shown and f"{books[0]}–000003" in shown
    shown = desk.post(f"{path}/back", barcodes=books[0])
    assert "còn 2 cuốn chưa về" in shown
    assert "Đã nhận về đủ sách" in desk.post(f"{path}/back")
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0
    assert "đã qua bước đó" in desk.post(f"{path}/cancel")
    assert "Đã nhận về" in desk.get(f"/staff/lessons?week={TODAY}")


def test_changed_copied_and_cancelled(desk: StaffClient, school: World) -> None:
    school.add_title(TITLE, 4)
    desk.post("/staff/lessons/new", **form(school))
    booking = LessonBooking.get().id
    assert 'value="Ngữ văn"' in desk.client.get(f"/staff/lessons/{booking}/edit").text
    desk.post(f"/staff/lessons/{booking}/edit", **form(school, copies=4, first_period=3))
    assert (get_booking(booking).wanted, get_booking(booking).periods) == (4, "3")
    copied = desk.client.get(f"/staff/lessons/new?from={booking}").text
    assert 'value="Ngữ văn"' in copied and 'value="2026-11-25"' not in copied
    assert "Đã huỷ lượt đặt sách" in desk.post(f"/staff/lessons/{booking}/cancel")
    assert "chưa có lượt đặt sách nào" in desk.get(f"/staff/lessons?week={WEDNESDAY}")
    assert desk.client.get("/staff/lessons/999").status_code == 404


def test_the_desk_says_why_and_lends_with_a_reason(desk: StaffClient, school: World) -> None:
    books = school.add_title(TITLE, 3)
    desk.post("/staff/lessons/new", **form(school))
    headers = {"X-CSRF-Token": desk.token}
    scan = {"text": books[0], "reader_id": school.readers[AN], "mode": "smart"}
    refused = desk.client.post("/staff/desk/scan", json=scan, headers=headers).json
    assert refused["outcome"] == "refused" and "Tiết dạy ngày" in refused["sentence"] and "đã đặt 3 bản" in refused["sentence"]
    scan |= {"overrides": "booked_for_lesson", "comment": "cô Hà đồng ý"}
    assert desk.client.post("/staff/desk/scan", json=scan, headers=headers).json["outcome"] == "lent"


def test_viewers_look_and_do_not_book(client: FlaskClient, login_as, school: World) -> None:
    viewer = StaffClient(client, login_as(client, "viewer"))
    viewer.get("/staff/lessons")
    assert client.get("/staff/lessons/new").status_code == 403
    viewer.post("/staff/lessons/new", status=403)
    assert viewer.get(f"/staff/lessons/plan?week={TODAY + timedelta(days=7)}")
