"""Composing a set and the helper's phone page over the real app: what is seen, and by whom."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from html import escape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_world import STAFF, World, open_school

from library.cataloguing.tables import Copy
from library.foundation.tables import AuditEntry
from library.lending.tables import Loan, UnitUse
from library.lending.units import corner_passes, set_drafts
from library.lending.units.class_corners import open_corner
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import close_unit, hand_over, take_back
from library.lending.units.tables import UnitPass
from tests.staff_browser import scan, staff_browser
from tests.staff_client import plain

AN, DUNG = "Trần Minh An", "Nguyễn Văn Dũng"


class Phone:
    """A browser with no staff account."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == status, (path, answer.status_code)
        self.html = answer.text
        return plain(answer.text)

    def post(self, path: str, **fields: object) -> str:
        token = re.search(r'name="csrf_token" value="([0-9a-f]+)"', self.html)
        assert token is not None
        answer = self.client.post(path, data={"csrf_token": token[1], **fields}, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        self.html = answer.text
        return plain(answer.text)


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    corner_passes.tries.forget()
    corner_passes.pace.forget()
    with open_school() as world:
        yield world


@pytest.fixture
def unit(school: World) -> int:
    return open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)


def staff_post(client: FlaskClient, token: str, path: str, status: int = 303, **fields: object) -> str:
    answer = client.post(path, data={"csrf_token": token, **fields})
    assert answer.status_code == status, (path, answer.status_code, plain(answer.text)[:500])
    return plain(client.get(answer.location).text) if 300 <= status < 400 else plain(answer.text)


def get_link(client: FlaskClient, token: str, unit: int) -> str:
    page = client.post(f"/staff/units/{unit}/pass", data={"csrf_token": token})
    found = re.search(r"http://[^<\s]+(/goc-lop/mo/[\w-]+)", page.text)
    assert found is not None and "data:image/svg+xml" in page.text
    return found[1]


def test_the_menu_tells_a_corner_from_a_shelf_and_the_scan_box_comes_first(
    client: FlaskClient, login_as, school: World, unit: int
) -> None:
    login_as(client)
    hand_over(unit, school.add_title("Truyện", 1), actor=STAFF)
    shelf = open_shelf("Tủ số 1", actor=STAFF)
    for place, other, pages in (
        (unit, "Tủ lưu động", ("", "/list", "/compose", "/tally")), (shelf, "Lớp & góc lớp", ("", "/list", "/compose"))
    ):  # fmt: skip
        for page in pages:
            html = client.get(f"/staff/units/{place}{page}").text
            assert len(re.findall(r'class="menu-link"[^>]*aria-current="page"', html)) == 1, (place, page)
            assert not re.search(rf'title="{escape(other)}" aria-current="page"', html), (place, page)
    html = client.get(f"/staff/units/{unit}").text
    assert html.index("autofocus") < html.index("Sách đang ở đây")  # on a phone no long list stands before it


def test_a_set_is_composed_filled_up_picked_and_handed_over(
    client: FlaskClient, login_as, school: World, unit: int
) -> None:
    token = login_as(client)
    books = school.add_title("Truyện cổ tích", 2)
    for number in range(6):
        school.add_title(f"Truyện {number}")
    address = f"/staff/units/{unit}/compose"
    assert "Bộ chưa có cuốn nào" in plain(client.get(address).text)
    page = staff_post(client, token, f"{address}/add", 200, codes=f"{books[0]}\nKHONG.1")
    assert "Đã thêm 1 cuốn vào bộ. Còn 1 dòng chưa thêm được:" in page and "KHONG.1" in page
    listed = io.BytesIO(f"mã,tên\n{books[1]},Truyện cổ tích\n".encode("utf-8-sig"))
    assert "Đã thêm 1 cuốn vào bộ" in staff_post(client, token, f"{address}/add", file=(listed, "bo-sach.csv"))
    page = staff_post(client, token, f"{address}/propose", size="5")
    assert "Đề xuất thêm 3 cuốn." in page and "5 cuốn trong bộ" in page
    struck = Copy.get(Copy.barcode == books[1]).id
    page = staff_post(client, token, f"{address}/strike", copy_id=struck)
    assert "4 cuốn trong bộ" in page and "Đã bỏ ra: 1 cuốn" in page
    page = staff_post(client, token, f"{address}/propose", size="30")
    assert "Trên kệ không còn cuốn nào khác hợp với lớp; bộ có 7/30 cuốn." in page
    picked = plain(client.get(f"/staff/units/{unit}/pick-list").text)
    assert "PHIẾU LẤY SÁCH THEO KỆ" in picked and books[0] in picked and books[1] not in picked
    assert "Phiếu GN-2026/001" in staff_post(client, token, f"{address}/give", received_by=DUNG)
    assert "7 / 40 bản" in plain(client.get(f"/staff/units/{unit}").text)


def test_a_list_says_what_is_no_code_what_was_there_and_what_came_twice(client: FlaskClient, login_as, school: World, unit: int) -> None:
    token = login_as(client, "librarian")
    first, second = school.add_title("Dế Mèn", 2)
    path = f"/staff/units/{unit}/compose/add"
    staff_post(client, token, path, codes=first)
    said = staff_post(client, token, path, 200, codes=f"{first}\n{second}\n{second}\nQWERTY\nSTN.999999")
    assert "Đã thêm 1 cuốn vào bộ." in said and "Còn 2 dòng chưa thêm được" in said
    assert "Không nhận ra mã QWERTY. Quét lại, hoặc gõ lại đúng mã in dưới vạch." in said
    assert "Không tìm thấy sách có mã STN.999999" in said
    other = open_corner(school.add_class("6A2"), school.readers[DUNG], actor=STAFF)
    hand_over(other, school.add_title("Quê nội"), actor=STAFF)
    moved = staff_post(client, token, path, 409, codes=Copy.select().order_by(Copy.id.desc()).get().barcode)
    assert "STN.000003 Quê nội: Cuốn này thuộc góc lớp 6A2. Nhận về thư viện rồi mới giao đi được." in moved
    assert f"Đã có sẵn trong bộ, tính một lần: Dế Mèn ({first})." in said and f"Quét hai lần, tính một: {second}." in said


@pytest.mark.browser
@pytest.mark.slow
def test_a_set_scanned_twice_is_said_while_it_is_scanned(app: Flask, chromium_path: str, school: World, unit: int) -> None:
    first, second = school.add_title("Dế Mèn", 2)
    set_drafts.add_to_draft(unit, [first], actor=STAFF)
    with staff_browser(app, chromium_path) as new_page:
        page = new_page("lan")
        page.goto(f"/staff/units/{unit}/compose")
        scan(page, second, first.lower(), second)
        said = page.locator("[data-set-count]").inner_text()
        assert said == f"2 mã. Đã có trong bộ: {first}. Quét hai lần, tính một: {second}"


def test_the_helper_reads_lends_and_takes_back_by_phone(
    app: Flask, client: FlaskClient, login_as, school: World, unit: int
) -> None:
    token = login_as(client)
    school.add_reader("Võ Hoài An", "6A1")
    (book, other) = school.add_title("Dế Mèn phiêu lưu ký", 2)
    copy = Copy.get(Copy.barcode == book).id
    hand_over(unit, [book, other], actor=STAFF)
    link = get_link(client, token, unit)
    assert link.rsplit("/", 1)[1] not in {row.token_hash for row in UnitPass.select()}  # only a hash is kept
    phone = Phone(app)
    assert "Góc lớp 6A1" in phone.get(link) and "2 cuốn" in phone.get("/goc-lop")
    page = phone.get(f"/goc-lop/sach/{copy}")
    assert "Minh An" in page and "Hoài An" in page and "Bình" in page
    for private in ("Trần", "Võ", "Lê Thanh", *school.cards.values()):  # given names only
        assert private not in phone.html.split("<main", 1)[1]
    page = phone.post("/goc-lop/doc", copy_id=copy)
    assert "Đã ghi một lượt đọc." in page and "hôm nay 1 lượt đọc" in page
    undo = re.search(r'name="use_id" value="(\d+)"', phone.html)
    assert undo is not None and "Đã bỏ lượt vừa ghi." in phone.post("/goc-lop/bo", use_id=undo[1])
    assert UnitUse.select().count() == 0
    page = phone.post("/goc-lop/muon", copy_id=copy, reader_id=school.readers[AN])
    assert "Minh An mượn Dế Mèn phiêu lưu ký. Trả trước 30/11." in page and "Minh An mượn hôm nay" in page
    assert "Đang cho mượn từ đây" in plain(client.get(f"/staff/units/{unit}").text)
    school.clock.set_day(date(2026, 12, 7))
    assert "14 ngày rồi nhắc bạn trả nhé" in phone.get("/goc-lop")
    phone.get(f"/goc-lop/sach/{copy}")
    assert "Đã nhận lại Dế Mèn phiêu lưu ký." in phone.post("/goc-lop/tra", copy_id=copy)
    assert Loan.get().ended_as == "returned"
    names = {row.actor_name for row in AuditEntry.select().where(AuditEntry.actor_kind == "reader")}
    assert names == {"Góc lớp 6A1, bạn phụ giúp"}


def test_a_pass_opens_one_corner_until_it_is_taken_back(
    app: Flask, client: FlaskClient, login_as, school: World, unit: int
) -> None:
    token = login_as(client)
    theirs = open_corner(school.add_class("6A2"), school.readers[DUNG], actor=STAFF)
    (ours_book,), (their_book,) = school.add_title("Của 6A1"), school.add_title("Của 6A2")
    hand_over(unit, [ours_book], actor=STAFF)
    hand_over(theirs, [their_book], actor=STAFF)
    phone, foreign = Phone(app), Copy.get(Copy.barcode == their_book).id
    said = phone.get("/goc-lop", 401)
    assert "Chưa mở được góc lớp" in said and "Mã lỗi" not in said and "<code>" not in said
    first = get_link(client, token, unit)
    phone.get(first)
    assert "Của 6A2" not in phone.get("/goc-lop")
    phone.get(f"/goc-lop/sach/{foreign}", 404)
    phone.get("/goc-lop")
    assert "thuộc nơi khác" in phone.post("/goc-lop/doc", copy_id=foreign)
    assert "thuộc góc lớp 6A2" in phone.post("/goc-lop/muon", copy_id=foreign, reader_id=school.readers[AN])
    # No token of the form, no act; no staff page opens with the pass.
    assert phone.client.post("/goc-lop/doc", data={"copy_id": foreign}).status_code == 400
    assert phone.client.get(f"/staff/units/{unit}").status_code == 302
    assert UnitUse.select().count() + Loan.select().count() == 0
    second = get_link(client, token, unit)  # a new card: the lost one is dead
    assert second != first
    phone.get("/goc-lop", 401)
    phone.get(second)
    staff_post(client, token, f"/staff/units/{unit}/pass/revoke")
    phone.get("/goc-lop", 401)
    phone.get(get_link(client, token, unit))
    take_back(unit, [ours_book], actor=STAFF)
    close_unit(unit, actor=STAFF)
    phone.get("/goc-lop", 401)


def test_guessing_and_hammering_are_slowed_down(
    app: Flask, client: FlaskClient, login_as, school: World, unit: int
) -> None:
    (book,) = school.add_title("Truyện")
    hand_over(unit, [book], actor=STAFF)
    phone, copy = Phone(app), Copy.get(Copy.barcode == book).id
    link = get_link(client, login_as(client), unit)
    phone.get(link)
    page = ""
    for _ in range(corner_passes.ACTS_A_MINUTE):
        page = phone.post("/goc-lop/doc", copy_id=copy)
    assert "Đã ghi một lượt đọc." in page
    csrf = re.search(r'name="csrf_token" value="([0-9a-f]+)"', phone.html)
    assert csrf is not None
    answer = phone.client.post("/goc-lop/doc", data={"csrf_token": csrf[1], "copy_id": copy})
    assert answer.status_code == 429 and UnitUse.select().count() == 1  # L138: all within one minute
    guesser = Phone(app)
    for number in range(5):
        guesser.get(f"/goc-lop/mo/nham-{number}", 401)
    assert "Thử quá nhiều lần" in guesser.get("/goc-lop/mo/nham-9", 429)


def test_l140_an_old_code_behind_the_same_router_stops_no_other_helper(
    app: Flask, client: FlaskClient, login_as, school: World, unit: int
) -> None:
    (book,) = school.add_title("Truyện")
    hand_over(unit, [book], actor=STAFF)
    token = login_as(client)
    old = get_link(client, token, unit)
    forgotten, working, newcomer = Phone(app), Phone(app), Phone(app)  # all from one address
    forgotten.get(old)
    link = get_link(client, token, unit)
    working.get(link)
    for _ in range(20):  # a good token is counted nowhere
        working.get("/goc-lop")
    for _ in range(5):
        forgotten.get("/goc-lop", 401)
    assert "Thử quá nhiều lần" in forgotten.get("/goc-lop", 429)
    assert "Truyện" in working.get("/goc-lop")
    assert "Đã ghi một lượt đọc." in working.post("/goc-lop/doc", copy_id=Copy.get(Copy.barcode == book).id)
    assert "Truyện" in newcomer.get(link)
    forgotten.get("/goc-lop", 429)  # and it did not forgive the wrong ones


def test_a_tick_sheet_is_printed_and_typed_in_the_same_order(
    client: FlaskClient, login_as, school: World, unit: int
) -> None:
    token = login_as(client)
    books = [school.add_title(title)[0] for title in ("Ông lão đánh cá", "Ăn khế trả vàng", "Cây tre trăm đốt")]
    hand_over(unit, books, actor=STAFF)
    sheet, form = (plain(client.get(f"/staff/units/{unit}/{page}").text) for page in ("tick-sheet", "tally"))
    order = ["Ăn khế trả vàng", "Cây tre trăm đốt", "Ông lão đánh cá"]
    for page in (sheet, form):
        assert sorted(order, key=page.index) == order
    first = f"read-{Copy.get(Copy.barcode == books[0]).id}"
    page = staff_post(client, token, f"/staff/units/{unit}/tally", 422, **{first: "ba"})
    assert "Cần một số nguyên" in page
    answer = client.post(f"/staff/units/{unit}/tally", data={"csrf_token": token, first: "3", "used_on": "31/12/2026"})
    assert answer.status_code == 422 and 'value="3"' in answer.text  # what was typed is still there
    assert "Đã ghi 3 lượt đọc." in staff_post(client, token, f"/staff/units/{unit}/tally", **{first: "3"})


def test_a_copy_page_tells_where_the_copy_has_been(client: FlaskClient, login_as, school: World, unit: int) -> None:
    login_as(client)
    (book,) = school.add_title("Truyện")
    copy = Copy.get(Copy.barcode == book).id
    assert "Đã ở đâu" not in plain(client.get(f"/staff/copies/{copy}").text)
    hand_over(unit, [book], actor=STAFF)
    take_back(unit, [book], actor=STAFF)
    page = plain(client.get(f"/staff/copies/{copy}").text)
    assert "Đã ở đâu" in page and "Góc lớp 6A1 23/11/2026 GN-2026/001 23/11/2026 NT-2026/001 Đã nhận về" in page
