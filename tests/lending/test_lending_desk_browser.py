"""The desk in a real browser, by keyboard alone: scans 50 ms apart, a server that goes away, F4 and Esc."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from lending_world import STAFF, World, open_school

from library.lending.service import check_out
from library.lending.tables import Loan
from tests.staff_browser import scan, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AN, BINH = "Trần Minh An", "Lê Thanh Bình"


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def desk(app: Flask, school: World, chromium_path: str) -> Iterator:
    with staff_browser(app, chromium_path) as open_page:
        page = open_page()
        page.goto("/staff/desk")
        yield page


def settled(page, acts: int) -> None:
    page.wait_for_function(
        "count => document.querySelectorAll('.desk-act').length >= count && "
        "document.querySelector('[data-desk-waiting]').hidden",
        arg=acts, timeout=15_000,
    )  # fmt: skip


def test_scan_scan_scan(desk, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    for code in (school.cards[AN], *books):  # faster than any answer
        scan(desk, code)
    settled(desk, 3)
    assert sorted(row.copy.barcode for row in Loan.select()) == sorted(books)
    assert desk.locator(".desk-reader-name").inner_text() == AN
    assert desk.evaluate("document.activeElement.id") == "scan"
    desk.keyboard.press("Escape")
    desk.wait_for_selector(".desk-reader-none")
    desk.keyboard.press("F4")
    for code in (books[0], books[1]):
        scan(desk, code)
    settled(desk, 5)
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1
    assert "Nhận trả" in desk.locator(".desk-say").inner_text()


def test_undo_by_keyboard(desk, school: World) -> None:
    (book,) = school.add_title("Truyện")
    for code in (school.cards[AN], book):
        scan(desk, code)
    settled(desk, 1)
    desk.keyboard.press("F8")
    desk.wait_for_selector(".desk-act-undone")
    assert Loan.get().ended_as == "corrected"
    assert desk.locator(".desk-reader-name").inner_text() == AN  # the reader stays open


def test_nothing_is_lost_while_the_server_is_away(desk, school: World) -> None:
    (book,) = school.add_title("Truyện")
    desk.route("**/staff/desk/scan", lambda route: route.abort())
    for code in (school.cards[AN], book):
        scan(desk, code)
    desk.wait_for_function("() => document.querySelector('[data-desk-waiting]').textContent.includes('Giữ 2')")
    assert Loan.select().count() == 0
    desk.unroute("**/staff/desk/scan")
    settled(desk, 1)
    assert Loan.get().copy.barcode == book


def test_a_lost_answer_is_not_a_second_act(desk, school: World) -> None:
    """The first answer never arrives; the page sends the scan again with its key."""
    (book,) = school.add_title("Truyện")
    scan(desk, school.cards[AN])
    desk.wait_for_selector(".desk-reader-name")
    lost: list[str] = []

    def swallow(route) -> None:
        if not lost:
            lost.append(route.request.post_data)
            route.fetch()  # it reaches the server
            route.abort()  # and the answer is lost
        else:
            route.continue_()

    desk.route("**/staff/desk/scan", swallow)
    scan(desk, book)
    settled(desk, 1)
    assert Loan.select().count() == 1 and Loan.get().returned_at is None


def test_refusal_and_override_by_keyboard(desk, school: World) -> None:
    books = school.add_title("Truyện", 2)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    for code in (school.cards[AN], books[1]):
        scan(desk, code)
    desk.wait_for_selector(".desk-say-no")
    assert "đang mượn một bản khác của nhan đề này" in desk.locator(".desk-say").inner_text()
    desk.fill("#override-comment", "làm việc nhóm")
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".desk-say-ok")
    assert Loan.select().where(Loan.comment == "làm việc nhóm").count() == 1


def test_refused_scans_of_a_fast_hand_stay_in_sight(desk, school: World) -> None:
    books = school.add_title("Truyện", 2)
    for code in ("TV00009999", "STN.999999", school.cards[AN], books[0]):
        scan(desk, code)
    settled(desk, 1)
    refused = desk.locator("[data-desk-refused] li")
    assert "2 lượt chưa ghi" in desk.locator("[data-refused-sum]").inner_text()
    desk.click("[data-desk-refused] summary")
    assert [line.split()[-1] for line in desk.locator("[data-refused-text]").all_inner_texts()] == [
        "STN.999999", "TV00009999",
    ]  # fmt: skip
    assert "Chưa ghi" in refused.nth(0).inner_text() and "Không tìm thấy sách có mã STN.999999" in refused.nth(0).inner_text()
    assert "Thẻ TV00009999 đọc chưa đúng" in refused.nth(1).inner_text()
    desk.keyboard.press("F8")
    desk.wait_for_selector(".desk-act-undone")
    assert desk.locator("[data-desk-refused] li").count() == 2, "undoing loses none"


def test_one_of_two_namesakes_by_number(desk, school: World) -> None:
    """Nobody leaves the keyboard to choose between two children of one name."""
    both = [school.readers[AN], school.add_reader(AN, "6A1")]
    chosen = []
    for name, number in (("trần minh an", "2"), ("minh an", "1")):
        scan(desk, name)
        desk.wait_for_selector("[data-desk-choice] kbd")
        scan(desk, number)
        desk.wait_for_selector(".desk-reader-name")
        chosen.append(int(desk.evaluate("document.querySelector('[data-desk-form]').elements.reader_id.value")))
        assert desk.evaluate("document.activeElement.id") == "scan"
        desk.keyboard.press("Escape")
        desk.wait_for_selector(".desk-reader-none")
    assert sorted(chosen) == sorted(both)


def test_escape_ends_renewing_with_the_reader(desk, school: World) -> None:
    """F7 was for this child: the next one who comes wants to borrow."""
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    check_out(book, reader_id=school.readers[AN], actor=STAFF, channel="desk")
    desk.keyboard.press("F7")
    scan(desk, book)
    settled(desk, 2)
    desk.keyboard.press("Escape")
    assert desk.get_attribute("[data-desk]", "data-mode") == "smart"
    (other,) = school.add_title("Đất rừng phương Nam")
    for code in (school.cards[BINH], other):
        scan(desk, code)
    settled(desk, 3)
    assert Loan.get(Loan.reader == school.readers[BINH]).copy.barcode == other


def loading_desk(desk, pattern: str) -> list:
    """The desk page as far as it comes while `pattern` is held back; what is held, to be let go."""
    held: list = []
    desk.route(pattern, lambda route: held.append(route))
    desk.goto("/staff/desk", wait_until="commit")
    return held


def let_go(desk, pattern: str, held: list) -> None:
    for route in held:
        route.continue_()
    desk.unroute(pattern)


@pytest.mark.parametrize("pattern", ["**/js/desk.js*", "**/css/tokens.css*"])
def test_scans_before_the_page_is_ready_are_kept_in_order(desk, school: World, pattern: str) -> None:
    """A slow script; and a slow style sheet, with which nothing is painted yet and no box has the cursor."""
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    held = loading_desk(desk, pattern)
    begun = "html[data-scans-kept]"
    desk.wait_for_selector(f"{begun} #scan" if "desk.js" in pattern else begun, state="attached")
    scan(desk, school.cards[AN], *books)
    desk.keyboard.type("thẻ")  # begun, and not finished
    assert Loan.select().count() == 0, "nothing was sent before its turn"
    let_go(desk, pattern, held)
    settled(desk, 2)
    assert {(row.reader_id, row.copy.barcode) for row in Loan.select()} == {
        (school.readers[AN], book) for book in books
    }
    assert desk.evaluate("[document.activeElement.id, document.getElementById('scan').value]") == ["scan", "thẻ"]


def test_without_its_script_the_desk_still_takes_every_scan(desk, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    held = loading_desk(desk, "**/js/desk.js*")
    desk.wait_for_selector("#scan")
    scan(desk, school.cards[AN], *books)
    desk.route("**/js/desk.js*", lambda route: route.abort())  # and at every later page
    for route in held:
        route.abort()
    desk.wait_for_function("() => document.querySelectorAll('.desk-act').length === 2")
    assert {row.copy.barcode for row in Loan.select()} == set(books)
    assert desk.evaluate("sessionStorage.length") == 0


def test_a_browser_without_scripts_borrows_and_returns(app: Flask, school: World, chromium_path: str) -> None:
    (book,) = school.add_title("Truyện")
    with staff_browser(app, chromium_path) as open_page:
        page = open_page(java_script_enabled=False)
        page.goto("/staff/desk")
        for code, said in ((school.cards[AN], "Đã mở thẻ bạn đọc"), (book, "Đã cho mượn")):
            scan(page, code)
            page.get_by_text(said).first.wait_for()
        page.goto("/staff/desk?mode=return")
        scan(page, book)
        page.get_by_text("Đã nhận trả").first.wait_for()
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0 and Loan.select().count() == 1


def test_l218_a_fast_hand_lends_nothing_after_a_misread_card(desk, school: World) -> None:
    """An is open; Bình's card loses a digit under the scanner, and his books follow at once."""
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    scan(desk, school.cards[AN], books[0], school.cards[BINH][:-1], books[1])
    desk.wait_for_function("() => document.querySelectorAll('[data-desk-refused] li').length === 2")
    assert [(loan.reader_id, loan.copy.barcode) for loan in Loan.select()] == [(school.readers[AN], books[0])]
    assert "Chưa mở thẻ nào" in desk.locator("[data-desk-panel]").inner_text()
    scan(desk, school.cards[BINH], books[1])
    settled(desk, 2)
    assert Loan.get(Loan.reader == school.readers[BINH]).copy.barcode == books[1]


def test_what_was_refused_and_then_done_is_listed_no_more(desk, school: World) -> None:
    books = school.add_title("Dế Mèn phiêu lưu ký", 2)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    for code in (school.cards[AN], books[1]):
        scan(desk, code)
    desk.wait_for_selector("[data-desk-refused]:not([hidden])")
    assert f"Dế Mèn phiêu lưu ký · {books[1]}" in desk.locator("[data-refused-sum]").inner_text()
    desk.fill("#override-comment", "làm việc nhóm")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("[data-desk-refused]", state="hidden")
    assert desk.locator(".desk-act").count() == 2


def test_reading_here_has_its_key(desk, school: World) -> None:
    (book,) = school.add_title("Từ điển")
    scan(desk, school.cards[AN])
    desk.wait_for_selector(".desk-reader-name")
    desk.keyboard.press("F6")
    scan(desk, book)
    settled(desk, 1)
    assert Loan.get().purpose == "in_library" and "Đọc tại chỗ" in desk.locator(".desk-say").inner_text()
