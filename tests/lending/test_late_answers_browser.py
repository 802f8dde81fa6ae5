"""Answers that come late, in whatever network: they are held back here until the hand has gone on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from lending_world import STAFF, World, open_school

from library.access.devices import add_device, find_device
from library.fleet import service as fleet
from library.foundation.audit import SYSTEM
from library.lending.service import check_out
from library.lending.tables import Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.service import hand_over
from tests.staff_browser import OpenPage, held_back, scan, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"
SCAN, UNDO = "/staff/desk/scan", "/staff/desk/undo"


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def open_page(app: Flask, school: World, chromium_path: str) -> Iterator[OpenPage]:
    with staff_browser(app, chromium_path) as new_page:
        yield new_page


@pytest.fixture
def desk(open_page: OpenPage) -> Any:
    page = open_page()
    page.goto("/staff/desk")
    return page


@pytest.fixture
def class_list(open_page: OpenPage, school: World) -> Any:
    page = open_page()
    page.goto(f"/staff/class-loans/{school.classes['6A1']}")
    return page


def shown(page: Any, selector: str, count: int) -> None:
    page.wait_for_function(
        "([selector, count]) => document.querySelectorAll(selector).length === count", arg=[selector, count]
    )


def held_by(school: World) -> dict[str, str]:
    names = {reader_id: name for name, reader_id in school.readers.items()}
    return {row.copy.barcode: names[row.reader_id] for row in Loan.select().where(Loan.returned_at.is_null())}


# ---------------------------------------------------------------- the desk


def test_escape_closes_the_reader_whose_book_is_still_on_its_way(desk: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    with held_back(desk, SCAN):
        scan(desk, school.cards[AN], books[0])
        desk.keyboard.press("Escape")
        scan(desk, books[1])  # of the next child, whose card was left out
    desk.get_by_text("Quét thẻ bạn đọc trước").first.wait_for()
    assert held_by(school) == {books[0]: AN}
    assert "Chưa mở thẻ nào" in desk.locator("[data-desk-panel]").inner_text()


def test_a_refusal_that_comes_after_escape_stays_to_be_read(desk: Any, school: World) -> None:
    with held_back(desk, SCAN):
        scan(desk, school.cards[AN], "STN.999999")
        desk.keyboard.press("Escape")
        desk.keyboard.type("STN.")  # the next code has begun
    desk.wait_for_selector(".desk-reader-none")
    assert "Không tìm thấy sách có mã STN.999999" in desk.locator(".desk-say").inner_text()
    assert desk.input_value("#scan") == "STN."


def test_f8_takes_back_what_was_scanned_before_it_and_nothing_scanned_after(desk: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    scan(desk, school.cards[AN], books[0])
    shown(desk, ".desk-act", 1)
    with held_back(desk, SCAN):
        scan(desk, books[1])
        desk.keyboard.press("F8")
        desk.keyboard.press("F8")  # the same wish
        scan(desk, books[2])
    shown(desk, ".desk-act:not(.desk-act-undone)", 2)
    shown(desk, ".desk-act", 3)
    assert held_by(school) == {books[0]: AN, books[2]: AN}
    assert desk.locator(".desk-act-undone .desk-act-title").inner_text() == "Truyện 1"


def test_the_undo_of_a_line_keeps_the_page_and_what_is_typed(desk: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    scan(desk, school.cards[AN], *books)
    shown(desk, ".desk-act", 2)
    with held_back(desk, UNDO):
        desk.click("[aria-label^='Hoàn tác'][aria-label$=': Truyện 0']")
        desk.keyboard.type("STN.")
    desk.get_by_text("Đã hoàn tác lượt cho mượn: Truyện 0").wait_for()
    assert desk.input_value("#scan") == "STN." and held_by(school) == {books[1]: AN}
    assert desk.locator(".desk-count strong").inner_text() == "1"


def test_a_late_answer_takes_the_box_from_nobody_who_writes_a_reason(desk: Any, school: World) -> None:
    books, (other,) = school.add_title("Truyện", 2), school.add_title("Thơ")
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    scan(desk, school.cards[AN], books[1])
    desk.wait_for_selector("#override-comment")
    with held_back(desk, SCAN):
        scan(desk, other)
        desk.keyboard.press("F9")
        desk.keyboard.type("làm việc ")
    desk.wait_for_selector(".desk-say-ok")
    assert desk.locator(".desk-say").count() == 2, "the refusal stays below until its reason is sent"
    desk.keyboard.type("nhóm")
    desk.keyboard.press("Enter")
    shown(desk, ".desk-say", 1)
    desk.wait_for_function("() => document.querySelectorAll('.desk-act').length === 3")
    assert Loan.get(Loan.comment == "làm việc nhóm").copy.barcode == books[1]


# ---------------------------------------------------------------- class lists


def test_a_book_scanned_after_f8_is_for_whose_book_was_taken_back(class_list: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    scan(class_list, books[0])
    shown(class_list, ".class-book-ok", 1)
    with held_back(class_list, UNDO):
        class_list.keyboard.press("F8")
        class_list.keyboard.press("F8")  # the same wish
        scan(class_list, books[1], books[2])
    shown(class_list, ".class-book-ok", 2)
    assert held_by(school) == {books[1]: AN, books[2]: BINH}
    assert class_list.locator("[data-class-who]").inner_text() == CHI


def test_one_or_a_pile_is_as_it_was_when_the_book_was_scanned(class_list: Any, school: World) -> None:
    """F4 pressed before the answer comes changes nothing about the book that is on its way."""
    who, alarm = class_list.locator("[data-class-who]"), class_list.locator("[data-class-alarm]")
    with held_back(class_list, SCAN):
        scan(class_list, "STN.999999")
        assert who.inner_text() == BINH
        class_list.keyboard.press("F4")
    alarm.wait_for()
    assert f"{AN} chưa có sách" in alarm.inner_text() and who.inner_text() == AN
    book = school.add_title("Dế Mèn")[0]
    class_list.keyboard.press("F4")
    scan(class_list, book)
    shown(class_list, ".class-book-ok", 1)
    assert held_by(school) == {book: AN} and who.inner_text() == BINH and not alarm.is_visible()


def test_f8_waits_for_the_book_that_is_on_its_way(class_list: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    with held_back(class_list, SCAN):
        scan(class_list, *books)
        class_list.keyboard.press("F8")
    class_list.get_by_text("Đã hoàn tác lượt cho mượn: Truyện 1").first.wait_for()
    assert held_by(school) == {books[0]: AN}
    assert class_list.locator("[data-class-who]").inner_text() == BINH


def test_l233_a_card_and_a_book_in_one_line_stop_the_list(class_list: Any, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    for line in (f"{school.cards[BINH]}{books[0]}", f"{books[0]}{school.cards[BINH]}"):
        scan(class_list, line)
        class_list.get_by_text(f"Hai mã dính vào nhau: {line}").wait_for()
        assert "chờ thẻ" in class_list.locator("[data-class-who]").inner_text()
        scan(class_list, books[1])
        class_list.get_by_text("Chưa biết cho em nào").first.wait_for()
    scan(class_list, school.cards[CHI], books[1])
    shown(class_list, ".class-book-ok", 1)
    assert held_by(school) == {books[1]: CHI}


def test_whoever_stays_on_the_page_can_send_its_form_later(class_list: Any, school: World) -> None:
    """A book is on its way, so the browser asks before the page is left; then the list can still be sent."""
    books = [school.add_title(f"Truyện {number}")[0] for number in range(2)]
    class_list.once("dialog", lambda question: question.dismiss())
    class_list.click("summary:has-text('Dán cả danh sách')")
    with held_back(class_list, SCAN):
        class_list.click("#scan")
        scan(class_list, books[0])
        class_list.locator(".class-book-waiting").wait_for()
        with class_list.expect_event("dialog"):
            class_list.fill("#f-list", f"\n{books[1]}")
            class_list.click("text=Cho mượn cả danh sách")
    shown(class_list, ".class-book-ok", 1)
    class_list.click("text=Cho mượn cả danh sách")
    class_list.wait_for_function("() => !document.querySelector('.class-book-ok') && document.querySelectorAll('.class-book').length === 2")
    assert held_by(school) == {books[0]: AN, books[1]: BINH}


# ---------------------------------------------------------------- a slip that waits at a kiosk


def test_a_look_at_a_waiting_slip_takes_nobodys_button_away(open_page: OpenPage, school: World) -> None:
    unit = open_corner(school.classes["6A1"], school.readers["Nguyễn Văn Dũng"], actor=STAFF)
    document = hand_over(unit, school.add_title("Dế Mèn phiêu lưu ký"), actor=STAFF).hand_over_id
    kiosk = find_device(add_device("Quầy A", "kiosk", SYSTEM))
    assert kiosk is not None
    fleet.order_slip(document, "Quầy A", STAFF)
    page = open_page()
    page.clock.install()
    path = f"/staff/hand-overs/{document}"
    page.goto(path)
    page.get_by_text("Chờ quầy nhận").wait_for()
    fleet.receive_status(kiosk, {}, "192.168.1.21")  # it has taken the order
    with held_back(page, path), page.expect_request(f"**{path}"):
        page.clock.run_for(4000)
        page.focus("#slip button")
    page.clock.run_for(1)
    page.evaluate("() => fetch(location.href)")  # whatever was on its way has been read by now
    assert page.evaluate("document.activeElement.textContent.trim()") == "Thôi in"
    page.evaluate("document.activeElement.blur()")
    page.clock.run_for(4000)
    page.get_by_text("Quầy đã nhận").wait_for()
