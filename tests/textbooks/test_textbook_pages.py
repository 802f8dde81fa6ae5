"""The textbook pages over the real app: what a librarian sees, sends and gets back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_world import STAFF, open_school
from openpyxl import load_workbook
from textbook_school import AN, BINH, CHI, MI_THUAT, TOAN, VAN, TextbookSchool, add_books

from library.foundation.calendar import open_year
from library.foundation.tables import SchoolYear
from library.lending.tables import Loan
from library.readers.classes import create_class
from library.textbooks.collecting import collect
from library.textbooks.queries import find_set, get_class_sheet
from library.textbooks.rules import write_scan_list
from library.textbooks.service import hand_out, propose
from library.textbooks.tables import TextbookBatch
from tests.staff_client import StaffClient


@pytest.fixture
def school(app: Flask) -> Iterator[TextbookSchool]:
    with open_school() as world:
        yield add_books(world)


class Browser(StaffClient):
    """With the question the scan box asks."""

    def check(self, path: str, lines: list[str]) -> dict:
        answer = self.client.post(path, json={"lines": lines}, headers={"X-CSRF-Token": self.token})
        assert answer.status_code == 200, answer.text
        return answer.json


@pytest.fixture
def desk(client: FlaskClient, login_as, school: TextbookSchool) -> Browser:
    return Browser(client, login_as(client, "librarian"))


def give_all(school: TextbookSchool) -> None:
    lines, _ = propose(school.class_id)
    hand_out(school.class_id, write_scan_list(lines).splitlines(), actor=STAFF)


def test_every_scan_is_answered_and_the_list_is_written_once(desk: Browser, school: TextbookSchool) -> None:
    path = f"/staff/textbooks/classes/{school.class_id}"
    assert "0 / 3 em đủ bộ" in desk.get(path)
    toan, van = school.books[TOAN], school.books[VAN]
    lines = [toan[0]]
    assert desk.check(f"{path}/check", lines)["say"] == f"{TOAN} → 1. {AN}"
    lines += [school.card(CHI)]
    answer = desk.check(f"{path}/check", lines)
    assert (answer["say"], answer["current"]) == (f"Đang cấp cho 3. {CHI}.", school.reader(CHI))
    answer = desk.check(f"{path}/check", [*lines, "SGK.999999"])
    assert answer["tone"] == "no" and "Không tìm thấy" in answer["say"] and len(answer["problems"]) == 1
    lines += [van[0], van[0]]
    answer = desk.check(f"{path}/check", lines)
    assert (answer["tone"], answer["count"], answer["pupils"]) == ("attention", 2, 2)
    assert [school.reader(CHI), school.record(VAN)] in answer["cells"]
    assert Loan.select().count() == 0  # nothing was written so far
    key = str(uuid.uuid4())
    shown = desk.post(f"{path}/hand-out", lines="\r\n".join(lines), key=key)
    assert "Đã cấp 2 cuốn, phiếu CP-2026/001" in shown and AN in shown
    assert "CP-2026/001" in desk.post(f"{path}/hand-out", lines="\r\n".join(lines), key=key)
    assert (Loan.select().count(), TextbookBatch.select().count()) == (2, 1)
    assert "1 / 3 em đủ bộ" not in desk.get(path) and "còn thiếu 4 cuốn" in desk.get(path)


def test_problems_come_back_with_the_list_and_may_be_left_out(desk: Browser, school: TextbookSchool) -> None:
    path = f"/staff/textbooks/classes/{school.class_id}/hand-out"
    text = f"SGK.999999\n{school.books[TOAN][0]}"
    page = desk.post(path, status=409, lines=text)
    assert "Chưa ghi gì: 1 dòng chưa làm được" in page and "SGK.999999" in page and school.books[TOAN][0] in page
    assert "Để lại các dòng trên" in page
    shown = desk.post(path, lines=text, skip="1")
    assert "Đã cấp 1 cuốn" in shown and "Để lại 1 dòng" in shown
    assert "Chưa có cuốn nào" in desk.post(path, status=422, lines=" ")


def test_the_whole_set_by_list(desk: Browser, school: TextbookSchool) -> None:
    path = f"/staff/textbooks/classes/{school.class_id}"
    page = desk.client.get(f"{path}/by-list").text
    assert "Ghi cấp phát 6 cuốn" in page
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert text is not None
    desk.post(f"{path}/hand-out", lines=unescape(text[1]))
    assert get_class_sheet(school.class_id).complete == 3
    assert "Không còn gì để cấp" in desk.get(f"{path}/by-list")
    only = f"{path}/by-list?chosen=1&reader={school.reader(CHI)}&title={school.record(MI_THUAT)}"
    assert "Ghi cấp phát 1 cuốn" in desk.get(only)


def test_owners_lost_books_and_how_they_are_made_good(desk: Browser, school: TextbookSchool) -> None:
    path = f"/staff/textbooks/classes/{school.class_id}"
    assert "1 em tự có sách" in desk.post(f"{path}/owners", owner=school.reader(BINH))
    give_all(school)
    loan = Loan.get(Loan.reader == school.reader(AN))
    shown = desk.post(f"{path}/lost", loan_id=loan.id)
    assert "Đã ghi mất sách" in shown and AN in shown
    settle = f"/staff/textbooks/losses/{loan.id}/settle"
    assert "Ghi số tiền đền" in desk.post(settle, settled_as="price", amount="")
    assert "Đền theo giá 45.000 đ" in desk.post(settle, settled_as="price", amount="45000")
    assert "Không tìm thấy lượt mượn" in desk.post(f"{path}/lost", loan_id=loan.id)


def test_piles_are_collected_and_the_rest_is_named(desk: Browser, school: TextbookSchool) -> None:
    give_all(school)
    check = "/staff/textbooks/collect/check"
    assert desk.check(check, [school.books[TOAN][1]])["say"] == f"{TOAN} – {BINH} 6A1"
    assert desk.check(check, ["SGK.999999"])["tone"] == "no"
    pile = [*school.books[TOAN][:3], "=rách", *school.books[VAN][:2], school.books[MI_THUAT][0], "SGK.999999"]
    shown = desk.post("/staff/textbooks/collect", lines="\n".join(pile))
    assert "Đã thu 5 cuốn, phiếu TH-2026/001. 2 cuốn về kém hơn lúc cấp." in shown
    assert "1 cuốn không đứng tên ai" in shown and "SGK.999999" in shown and "→ rách" in shown
    assert "Chưa ghi gì: 1 dòng" in desk.post("/staff/textbooks/collect", status=409, lines="SGK.999999")
    page = desk.get("/staff/textbooks/shortfall?kind=out")
    assert f"{CHI} {VAN}" in page and AN not in page
    book = load_workbook(BytesIO(desk.client.get("/staff/textbooks/shortfall.xlsx?kind=out").data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert [row[0] for row in rows[:3]] == [
        "Trường THCS", "DANH SÁCH CHƯA TRẢ SÁCH GIÁO KHOA",
        "Năm học 2026–2027, tính đến 23/11/2026: 1 cuốn của 1 em, 1 lớp",
    ]  # fmt: skip
    assert rows[4:] == [
        ["Lớp", "STT", "Họ tên", "Sách", "Số ĐKCB", "Tình trạng"],
        ["6A1", 3, CHI, VAN, school.books[VAN][2], "Đang giữ"],
    ]


def test_shortfall_plan_and_files_agree(desk: Browser, school: TextbookSchool) -> None:
    assert "Chưa cấp lớp nào trong số này, nên không tính ở đây: 6A1" in desk.get("/staff/textbooks/shortfall")
    before = load_workbook(BytesIO(desk.client.get("/staff/textbooks/shortfall.xlsx").data)).active
    assert before["A3"].value.endswith("0 cuốn của 0 em, 0 lớp")  # as the page: a class not begun is no shortfall
    assert before["A4"].value == "Chưa cấp, không tính ở đây: 6A1" and before.max_row == 6
    asked = load_workbook(BytesIO(desk.client.get(f"/staff/textbooks/shortfall.xlsx?class={school.class_id}").data))
    assert asked.active["A3"].value.endswith("6 cuốn của 3 em, 1 lớp")
    hand_out(school.class_id, [school.books[TOAN][0]], actor=STAFF)
    page = desk.get("/staff/textbooks/shortfall")
    assert "5 cuốn của 3 em" in page and f"{AN} {VAN} 1" in page and f"{BINH} Cả bộ 2" in page
    book = load_workbook(BytesIO(desk.client.get("/staff/textbooks/shortfall.xlsx").data))
    assert book.active["A3"].value.endswith("5 cuốn của 3 em, 1 lớp") and book.active.max_row == 10
    printed = book.active
    assert printed.print_title_rows == "$5:$5" and printed.page_setup.fitToWidth == 1
    assert printed["A6"].border.left.style == "thin"
    plan = desk.get("/staff/textbooks/plan")
    assert "3 bộ cần" in plan and "dư 1" in plan
    book = load_workbook(BytesIO(desk.client.get("/staff/textbooks/plan.xlsx").data))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=6)]
    assert book.active["A2"].value == "DỰ TRÙ SÁCH GIÁO KHOA DÙNG CHUNG"
    assert [(row[1], *row[3:8]) for row in rows] == [
        (TOAN, 3, 4, 1, 0, 0), (VAN, 3, 4, 0, 0, 0), (MI_THUAT, 0, 4, 0, 0, 0),
    ]  # fmt: skip


def test_a_title_never_becomes_a_formula(desk: Browser, school: TextbookSchool) -> None:
    from library.cataloguing.tables import Record

    Record.update(title="=HYPERLINK(1)").where(Record.id == school.record(TOAN)).execute()
    book = load_workbook(BytesIO(desk.client.get("/staff/textbooks/plan.xlsx").data))
    cell = book.active["B6"]
    assert cell.value == "=HYPERLINK(1)" and cell.data_type == "s"


def test_a_hand_out_is_undone_on_its_page(desk: Browser, school: TextbookSchool, client: FlaskClient, login_as) -> None:
    give_all(school)
    batch = TextbookBatch.get().id
    assert "Hoàn tác cả phiếu" in desk.get(f"/staff/textbooks/batches/{batch}")
    shown = desk.post(f"/staff/textbooks/batches/{batch}/undo")
    assert "Đã hoàn tác: 6 cuốn" in shown and "đã được hoàn tác" in shown
    assert "đã được hoàn tác" in desk.post(f"/staff/textbooks/batches/{batch}/undo")
    helper = Browser(client, login_as(client, "assistant"))
    assert "Hoàn tác cả phiếu" not in helper.get(f"/staff/textbooks/batches/{batch}")
    helper.post(f"/staff/textbooks/batches/{batch}/undo", status=403)


def test_a_collection_is_undone_on_its_page(desk: Browser, school: TextbookSchool, client: FlaskClient, login_as) -> None:
    give_all(school)
    back = collect(school.books[TOAN][:3], actor=STAFF).batch_id
    path = f"/staff/textbooks/batches/{back}"
    assert "Hoàn tác cả phiếu" in desk.get(path)
    assert "lại đứng tên học sinh như chưa trả" in desk.client.get(path).text  # asked before it is done
    shown = desk.post(f"{path}/undo")
    assert "Đã hoàn tác: 3 cuốn lại đứng tên học sinh." in shown
    assert "sách lại đứng tên học sinh như trước khi thu" in shown and school.books[TOAN][0] in shown
    assert "đã được hoàn tác" in desk.post(f"{path}/undo")
    log = desk.get("/staff/audit")
    assert "Hoàn tác phiếu thu sách giáo khoa" in log
    helper = Browser(client, login_as(client, "assistant"))
    assert "Hoàn tác cả phiếu" not in helper.get(path)
    helper.post(f"{path}/undo", status=403)


def test_the_set_page_keeps_order_choice_and_what_was_typed(desk: Browser, school: TextbookSchool) -> None:
    path = "/staff/textbooks/sets/2026-2027/6"
    assert TOAN in desk.get(path)
    van, toan = school.record(VAN), school.record(TOAN)
    shown = desk.post(path, titles=[van, toan], optional=toan, expected_pupils="120", note="Bộ mới")
    assert "1 cuốn mỗi em, thêm 1 cuốn khi em cần" in shown
    kept = find_set("2026-2027", 6)
    assert [(title.title, title.required) for title in kept.titles] == [(VAN, True), (TOAN, False)]
    page = desk.post(path, status=422, titles=van, expected_pupils="-3", note="Giữ lại")
    assert "Số học sinh dự kiến" in page
    assert find_set("2026-2027", 6) == kept
    school.world.add_title("Truyện tranh")
    assert "không phải sách giáo khoa" in desk.post(path, status=422, titles=school.record("Truyện tranh"))
    assert "Năm học" in desk.get("/staff/textbooks/sets/bay-ba/6")
    following = desk.get("/staff/textbooks?year=2027-2028")
    assert "Chép bộ sách năm trước" in following and "Lịch thư viện chưa có năm học 2027–2028" in following
    assert "Đã chép bộ sách của 1 khối" in desk.post("/staff/textbooks/copy-sets", year="2027-2028")
    assert "Lịch thư viện chưa có" not in desk.get("/staff/textbooks?year=2027-2028")


def test_only_years_with_classes_or_sets_the_present_and_the_next_are_offered(
    desk: Browser, school: TextbookSchool
) -> None:
    open_year("2019-2020", STAFF)
    open_year("2031-2032", STAFF)
    create_class("2023-2024", "6A1", STAFF)
    shown = desk.client.get("/staff/textbooks").text
    offered = re.findall(r'<option value="(\d{4}-\d{4})"', shown)
    assert offered == ["2027-2028", "2026-2027", "2023-2024"], "the others are kept, but nothing of textbooks is there"
    for path in ("/staff/textbooks?year=2031-2032", "/staff/textbooks/sets/2031-2032/6", "/staff/textbooks/plan?year=2031-2032"):
        said = desk.get(path)
        assert "Năm học 2031–2032 chưa có lớp hay bộ sách" in said and "Năm học 2026–2027" in said
    assert "chưa chọn bộ sách của khối nào" in desk.get("/staff/textbooks/plan?year=2027-2028")
    assert "2027–2028 chưa có lớp nào" in desk.get("/staff/textbooks/shortfall?year=2027-2028")
    for path, form in (("copy-sets", {"year": "2099-2100"}), ("sets/2099-2100/6", {"titles": school.record(TOAN)})):
        desk.post(f"/staff/textbooks/{path}", status=404, **form)
    assert not SchoolYear.select().where(SchoolYear.label == "2099-2100").exists(), "no year is made by an address"


def test_the_sheet_to_sign_names_numbers_and_a_line_to_sign(desk: Browser, school: TextbookSchool) -> None:
    give_all(school)
    page = desk.get(f"/staff/textbooks/classes/{school.class_id}/sheet")
    number = school.books[TOAN][0].split(".")[1].lstrip("0")
    assert "Ký nhận" in page and f"1 {AN} {number}" in page and "SỔ CẤP PHÁT SÁCH GIÁO KHOA" in page
    blank = desk.get(f"/staff/textbooks/classes/{school.class_id}/sheet?blank=1")
    assert f"1 {AN} {number}" not in blank and AN in blank


def test_two_of_one_name_are_told_apart(desk: Browser, school: TextbookSchool) -> None:
    school.world.add_reader(AN, "6A1", born_on=date(2015, 3, 4))
    page = desk.get(f"/staff/textbooks/classes/{school.class_id}")
    assert f"{AN} (sinh 04/03/2015)" in page and f"{AN} (thẻ " in page


def test_an_empty_school_is_told_what_to_do(desk: Browser, school: TextbookSchool) -> None:
    empty = school.world.add_class("7A1")
    assert "Khối 7 chưa có bộ sách" in desk.get(f"/staff/textbooks/classes/{empty}")
    assert "chưa có bộ sách" in desk.post(f"/staff/textbooks/classes/{empty}/hand-out", status=422, lines="SGK.1")
    assert "Chưa biên mục sách giáo khoa khối 9" in desk.get("/staff/textbooks/sets/2026-2027/9")
    assert desk.client.get("/staff/textbooks/classes/999").status_code == 404
    assert desk.client.get("/staff/textbooks/batches/999").status_code == 404
