"""A list of readers brought in by hand: looked at first, let in, taken back; only what lending needs is read."""

from __future__ import annotations

import io
import re
from datetime import date

from openpyxl import Workbook
from readers_made import YEAR, pupil

from library.foundation.audit import SYSTEM
from library.readers import classes, queries
from library.readers.tables import Enrolment, Reader, SchoolClass
from tests.staff_client import page, plain


def class_list() -> io.BytesIO:
    book = Workbook()
    sheet = book.active
    sheet.append(["DANH SÁCH HỌC SINH LỚP 6A3 NĂM HỌC 2026-2027"])
    sheet.append([])
    sheet.append(["STT", "Mã định danh Bộ GD&ĐT", "Họ và tên", "Ngày sinh", "Lớp", "Dân tộc", "Họ tên cha", "Số điện thoại"])
    for number, name in enumerate(("Lê Thị Hoa", "Trần Quốc Bảo", "Đỗ Gia Huy"), start=1):
        sheet.append([number, f"081200000{number}", name, f"1{number}/03/2015", "6A3", "Kinh", "Ông A", "0912345678"])
    sheet.append([4, "0812000009", "", "12/02/2015", "6A3", "Kinh", "Ông B", "0912345678"])
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream


def test_import_of_a_class_list_is_previewed_applied_and_undone(client, token) -> None:
    assert "không được đọc vào" in page(client.get("/staff/imports/readers"))
    sent = {"csrf_token": token, "kind": "readers", "page": "readers", "file": (class_list(), "lop6a3.xlsx")}
    preview = client.post("/staff/imports", data=sent, follow_redirects=True)
    shown = page(preview)
    kept, dropped = shown.split("Bỏ qua</h3>")
    assert all(word in kept for word in ("Họ và tên", "Mã định danh", "Ngày sinh"))
    assert all(word in dropped for word in ("Dân tộc", "Họ tên cha", "Số điện thoại"))
    assert "Dòng không có họ tên" in shown and "Nhập 3 mục" in shown
    assert Reader.select().count() == 0  # a preview writes nothing
    action = re.search(r'action="(/staff/imports/apply/[0-9a-f]{64})"', shown)
    assert action is not None
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown[action.start() :]))
    done = client.post(action[1], data=fields, follow_redirects=True)
    result = page(done)
    assert "Xong" in result and done.request.path.startswith("/staff/imports/NK-")
    class_row = queries.find_class("6A3", YEAR)
    assert class_row is not None
    members = queries.list_class_members(class_row.id)
    assert [one.full_name for one in members] == ["Trần Quốc Bảo", "Lê Thị Hoa", "Đỗ Gia Huy"]
    assert all(one.card_number for one in members)
    undone = client.post(f"{done.request.path}/undo", data={"csrf_token": token}, follow_redirects=True)
    assert "Đã hoàn tác: gỡ 3 mục" in page(undone)
    assert (Reader.select().count(), Enrolment.select().count(), SchoolClass.select().count()) == (0, 0, 0)


def test_a_file_that_is_no_list_is_refused_in_words(client, token) -> None:
    empty = client.post("/staff/imports", data={"csrf_token": token, "kind": "readers", "page": "readers"})
    assert "Chưa chọn tệp" in page(empty, 422) and "Nhập danh sách bạn đọc" in page(empty, 422)
    sent = {
        "csrf_token": token, "kind": "readers", "page": "readers", "school_year": "2026-2027",
        "file": (io.BytesIO("màu;số\nđỏ;1\nxanh;2\n".encode()), "mau.csv"),
    }  # fmt: skip
    refused = client.post("/staff/imports", data=sent, follow_redirects=True)
    assert "Không tìm thấy hàng tiêu đề trong mau.csv" in page(refused, 422)
    assert Reader.select().count() == 0


def test_the_preview_lists_what_would_change_old_and_new_class_first(client, token) -> None:
    other, class_id = (classes.create_class(YEAR, name, SYSTEM) for name in ("6A1", "6A3"))
    pupil("Lê Thị Hoa", class_id, education_id="0812000001", born_on=date(2015, 3, 10))
    pupil("Trần Quốc Bảo", other, education_id="0812000002", born_on=date(2015, 3, 12))
    sent = {"csrf_token": token, "kind": "readers", "page": "readers", "file": (class_list(), "lop6a3.xlsx")}
    shown = plain(page(client.post("/staff/imports", data=sent, follow_redirects=True)))
    assert "2 bạn đọc đã có sẽ được sửa" in shown
    moved = shown.index("Trần Quốc Bảo dòng 5 Lớp 6A1 6A3")
    assert moved < shown.index("Lê Thị Hoa dòng 4 Ngày sinh 10/03/2015 11/03/2015")
    assert "Đỗ Gia Huy dòng" not in shown, "a newcomer is no change"
