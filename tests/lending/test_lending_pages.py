"""The desk, overdue, corner and shelf pages over the real app: what a librarian sees and can do."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_front import Browser
from lending_world import STAFF, TODAY, World, open_school

from library.cataloguing.tables import Copy
from library.foundation.clock import at_local
from library.foundation.tables import AuditEntry
from library.lending.copy_troubles import declare_lost
from library.lending.service import check_out
from library.lending.tables import Loan, Placement
from library.lending.units.class_corners import open_corner
from library.lending.units.queries import list_unit_copies
from library.lending.units.service import hand_over
from tests.staff_client import plain

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"
LONG_AGO = at_local(TODAY - timedelta(days=20))


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def desk(client: FlaskClient, login_as, school: World) -> Browser:
    return Browser(client, login_as(client, "librarian"))


def test_scan_after_scan_lends_and_takes_back(desk: Browser, school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(2)]
    opened = desk.scan(school.cards[AN])
    assert (opened["outcome"], opened["tone"], opened["reader_id"]) == ("reader", "ok", school.readers[AN])
    assert AN in plain(opened["reader_html"])
    lent = desk.scan(books[0], opened["reader_id"])
    assert (lent["outcome"], lent["tone"]) == ("lent", "ok") and "thứ Hai, 07/12" in plain(lent["result_html"])
    assert "Truyện 0" in plain(lent["reader_html"]) and "Truyện 0" in plain(lent["acts_html"])
    assert desk.scan(books[0], opened["reader_id"])["outcome"] == "already"  # the same book under the scanner
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1
    school.clock.set_day(TODAY, 10)
    back = desk.scan(books[0])
    assert (back["outcome"], back["tone"]) == ("returned", "ok") and AN in back["sentence"]
    assert plain(back["acts_html"]).strip().startswith("Đã trả Truyện 0"), "the kiosk's word"
    assert desk.scan(books[1])["outcome"] == "copy"  # nobody is open: say what it is, do nothing
    assert desk.scan(books[1], mode="return")["outcome"] == "not_on_loan"
    assert desk.scan(books[1], opened["reader_id"], mode="in_library")["outcome"] == "lent"
    assert Loan.select().where(Loan.purpose == "in_library").get().due_on == TODAY


def test_today_says_why_nobody_came_although_books_were_lent(desk: Browser, school: World) -> None:
    assert "chỉ tính người ghi ở cửa" not in desk.get("/staff/")
    desk.scan(school.add_title("Truyện")[0], desk.scan(school.cards[AN])["reader_id"])
    assert "Lượt bạn đọc 0 hôm qua 0 · chỉ tính người ghi ở cửa" in desk.get("/staff/")


def test_the_same_scan_sent_twice_is_one_act(desk: Browser, school: World) -> None:
    (book,) = school.add_title("A")
    key = str(uuid.uuid4())
    first = desk.scan(book, school.readers[AN], key=key)
    again = desk.scan(book, school.readers[AN], key=key)
    assert (first["outcome"], again["outcome"]) == ("lent", "already")
    assert Loan.select().count() == 1 and Loan.get().returned_at is None


def test_all_reasons_are_shown_and_overridden_with_a_comment(
    desk: Browser, school: World, client: FlaskClient, login_as
) -> None:
    late, book = school.add_title("Cuốn trễ")[0], school.add_title("Từ điển")[0]
    check_out(late, reader_id=school.readers[AN], actor=STAFF, channel="desk", occurred_at=LONG_AGO)
    from library.cataloguing.tables import Copy

    Copy.update(use="reference").where(Copy.barcode == book).execute()
    refused = desk.scan(book, school.readers[AN])
    assert refused["tone"] == "no" and "quá hạn" in refused["sentence"] and "tra cứu" in refused["sentence"]
    assert "has_overdues,reference_only" in refused["result_html"]
    codes = "has_overdues,reference_only"
    assert desk.scan(book, school.readers[AN], overrides=codes, comment="cô cho phép")["outcome"] == "lent"
    assert AuditEntry.select().where(AuditEntry.comment == "cô cho phép").exists()
    helper = Browser(client, login_as(client, "assistant"))
    desk_copy = school.add_title("Sách nữa")[0]
    shown = helper.scan(desk_copy, school.readers[AN], overrides="has_overdues", comment="tự cho")
    assert shown["outcome"] == "refused" and "data-desk-override" not in shown["result_html"]


def test_names_find_readers_and_nonsense_is_said(desk: Browser, school: World) -> None:
    school.add_reader("Võ Hoài An", "6A2")
    several = desk.scan("an")
    assert several["outcome"] == "candidates" and "Võ Hoài An (6A2)" in plain(several["result_html"])
    assert desk.scan("an 6a2")["reader_id"] == school.readers["Võ Hoài An"]
    assert desk.scan("bình")["reader_id"] == school.readers[BINH]
    assert desk.scan("KHONG.CO.999")["outcome"] == "unknown"
    for mode in ("return", "lend"):  # L205: only books are wanted there
        said = desk.scan("hoàng", school.readers[BINH], mode=mode)
        assert said["sentence"].startswith("Không có bạn đọc hay cuốn sách nào khớp với “hoàng”.") and said["tone"] == "no"
        assert said["reader_id"] == school.readers[BINH], "whoever is open stays open"
        assert "sách có mã STN.999" in desk.scan("STN.999", mode=mode)["sentence"], "a code is still called one"
    assert desk.scan("TV99999999")["outcome"] in ("unknown", "refused")
    for nonsense in ("x" * 1000, "\x00", "💥" * 300, ""):
        assert desk.scan(nonsense)["tone"] == "no"
    assert "<script" not in desk.scan("<script>alert(1)</script>")["result_html"]


def test_the_desk_works_as_a_plain_form(desk: Browser, school: World) -> None:
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    page = desk.post("/staff/desk/scan", text=school.cards[AN])
    assert AN in page and "Chưa mượn cuốn nào" in page
    page = desk.post("/staff/desk/scan", text=book, reader_id=school.readers[AN])
    assert "Đã cho mượn: Dế Mèn phiêu lưu ký. Hạn trả 07/12/2026." in page
    page = desk.post("/staff/desk/renew", barcode=book, reader_id=school.readers[AN])
    assert "Đã gia hạn" in page
    page = desk.post("/staff/desk/undo", reader_id=school.readers[AN])
    assert "Đã hoàn tác lượt gia hạn" in page
    assert Loan.get().due_on == date(2026, 12, 7)
    page = desk.post("/staff/desk/lost", barcode=book, reader_id=school.readers[AN])
    assert "Đã ghi mất" in page and Loan.get().ended_as == "lost"


def test_undoing_a_return_names_it_and_keeps_the_open_card(desk: Browser, school: World) -> None:
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    check_out(book, reader_id=school.readers[BINH], actor=STAFF, channel="desk")
    desk.scan(book, reader_id=school.readers[AN])  # Bình's book comes back while An's card is open
    page = desk.post("/staff/desk/undo", reader_id=school.readers[AN])
    assert f"Đã hoàn tác lượt nhận trả: Dế Mèn phiêu lưu ký ({BINH}, 6A1)." in plain(page)
    assert AN in page  # An's card is still open: the next book is An's


def test_a_pile_says_what_became_of_a_book_that_nobody_had(desk: Browser, school: World) -> None:
    lost, inside, gone, here = school.add_title("Kính vạn hoa", 4)
    declare_lost(lost, actor=STAFF)
    hand_over(open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF), [inside], actor=STAFF)
    Copy.update(status="withdrawn", withdrawn_on=date(2026, 3, 2)).where(Copy.barcode == gone).execute()
    said = {code: desk.scan(code, mode="return")["sentence"] for code in (lost, inside, gone, here)}
    assert "đã tìm thấy, trở lại trong kho" in said[lost]
    assert "Chuyển về: " in said[inside] and "6A1" in said[inside]
    assert "đã thanh lý" in said[gone]
    assert said[here] == "Kính vạn hoa: không có lượt mượn."


def test_overdue_by_class(desk: Browser, school: World) -> None:
    assert "Không có cuốn nào quá hạn" in desk.get("/staff/overdue")
    for name, class_name in ((AN, "6A1"), ("Bùi Hoa", "6A10")):
        if name not in school.readers:
            school.add_reader(name, class_name)
        book = school.add_title(f"Sách {name}")[0]
        check_out(book, reader_id=school.readers[name], actor=STAFF, channel="desk", occurred_at=LONG_AGO)
    page = desk.get("/staff/overdue")
    assert page.index("Lớp 6A1 ") < page.index("Lớp 6A10") and "6 ngày" in page
    one = desk.get("/staff/overdue?class=6A10")
    assert "Bùi Hoa" in one and AN not in one


def test_a_corner_from_opening_to_partial_return(desk: Browser, school: World) -> None:
    books = school.add_title("Truyện cổ tích", 4)
    (lent,) = school.add_title("Đang mượn")
    check_out(lent, reader_id=school.readers[AN], actor=STAFF, channel="desk")
    assert "Chưa mở góc lớp nào" in desk.get("/staff/corners")
    assert "Thầy cô phụ trách" in desk.get(f"/staff/corners/new?class={school.classes['6A1']}")
    page = desk.post("/staff/corners/new", status=422, class_id=school.classes["6A1"], responsible_id="")
    assert "Cần một số nguyên" in page
    page = desk.post("/staff/corners/new", class_id=school.classes["6A1"], responsible_id=school.readers[DUNG])
    assert "Góc lớp 6A1" in page
    unit_id = Placement.select().count() + 1
    wanted = "\r\n".join([*books, lent, books[0].lower()])
    page = desk.post(f"/staff/units/{unit_id}/out", status=409, barcodes=wanted)
    assert "1 dòng chưa giao nhận được" in page and "đang có người mượn" in page
    assert Placement.select().count() == 0
    page = desk.post(f"/staff/units/{unit_id}/out", barcodes=wanted, skip="1")
    assert "Phiếu GN-2026/001" in page and "Đã giao 4 cuốn" in page and "Quét hai lần" in page
    page = desk.post(f"/staff/units/{unit_id}/back", barcodes="\n".join(books[:3]))
    assert "Còn 1 cuốn chưa về" in page
    page = desk.post(f"/staff/units/{unit_id}/close")
    assert "còn 1 bản chưa nhận về" in page
    desk.post(f"/staff/units/{unit_id}/settle", **{f"outcome-{books[3]}": "missing"})
    assert list_unit_copies(unit_id) == []
    assert "Đã đóng Góc lớp 6A1" in desk.post(f"/staff/units/{unit_id}/close")


def test_a_shelf_and_its_route(desk: Browser, school: World) -> None:
    books = school.add_title("Truyện tranh", 3)
    assert "Chưa có tủ lưu động" in desk.get("/staff/shelves")
    assert "Nhập tên" in desk.post("/staff/shelves/new", status=422, name=" ")
    page = desk.post("/staff/shelves/new", name="Tủ lưu động số 1", kind="mobile_shelf")
    assert "Chưa có chặng nào" in page
    desk.post("/staff/units/1/out", barcodes="\n".join(books))
    stop = {"place": "điểm Ấp 4", "from_on": "2026-11-23", "until_on": "26/11/2026"}
    assert "điểm Ấp 4" in desk.post("/staff/shelves/1/stops", **stop)
    assert "trùng ngày" in desk.post("/staff/shelves/1/stops", status=422, **stop)
    assert "Ngày chưa đúng" in desk.post("/staff/shelves/1/stops", status=422, **{**stop, "until_on": "hôm qua"})
    assert "Đang ở đây" in desk.post("/staff/shelves/1/stops/1/arrive", count="")
    assert "đến thứ Năm, 26/11" in desk.get("/staff/shelves")
    assert "thiếu 1 cuốn" in desk.post("/staff/shelves/1/stops/1/leave", count="2")


def test_viewers_may_look_but_not_lend(client: FlaskClient, login_as, school: World) -> None:
    viewer = Browser(client, login_as(client, "viewer"))
    corner = open_corner(school.classes["6A1"], school.readers[DUNG], actor=STAFF)
    assert "Giao cả bộ" not in viewer.get(f"/staff/units/{corner}")
    viewer.get("/staff/overdue")
    for path in ("/staff/desk/scan", f"/staff/units/{corner}/out", "/staff/desk/undo"):
        assert client.post(path, data={"csrf_token": viewer.token}).status_code == 403
    assert client.get("/staff/desk").status_code == 403
    assert client.post("/staff/desk/scan", data={"text": "x"}).status_code in (400, 403)  # no token
