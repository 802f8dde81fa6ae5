"""Piles, class lists and a crowded break in a real browser, by scanner and keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from lending_world import STAFF, World, open_school, prefer

from library.lending.service import check_out
from library.lending.tables import Loan
from tests.staff_browser import held_back, scan, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AN, BINH, CHI = "Trần Minh An", "Lê Thanh Bình", "Phạm Chi"


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def open_page(app: Flask, school: World, chromium_path: str) -> Iterator[Callable[[str, str], Any]]:
    """open_page(login, path): a page of a librarian of that name, in a browser of their own."""
    with staff_browser(app, chromium_path, threads=6) as new_page:

        def make(login: str, path: str) -> Any:
            page = new_page(login)
            page.goto(path)
            return page

        yield make


def test_a_pile_streams_in_without_waiting_and_its_lines_keep_their_order(open_page, school: World) -> None:
    books = [school.add_title(f"Truyện {n:02}")[0] for n in range(30)]
    prefer(max_loans_teacher=50)
    for book in books[:28]:
        check_out(book, reader_id=school.readers["Nguyễn Văn Dũng"], actor=STAFF, channel="desk")
    page = open_page("lan", "/staff/returns")
    for code in (*books, "KHONG.CO", school.cards[AN]):
        scan(page, code)
    page.wait_for_function("() => document.querySelectorAll('.pile-line:not(.pile-waiting)').length === 32")
    totals = {name: page.locator(f"[data-pile-{name}]").inner_text() for name in ("returned", "idle", "refused", "late")}
    assert totals == {"returned": "28", "idle": "2", "refused": "2", "late": "0"}
    shown = page.locator(".pile-code").all_inner_texts()
    assert shown == [*reversed([*books, "KHONG.CO", school.cards[AN]])]  # the newest on top
    first = page.locator(".pile-line").last.inner_text()
    assert "Đã nhận trả: Truyện 00" in first  # each answer is in its own line
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 0
    page.reload()
    assert page.locator("[data-pile-returned]").inner_text() == "28"  # the server knows; nothing is only on the screen
    assert "Giáo viên" in page.locator("table").first.inner_text()
    assert page.locator("[data-pile-refused]").inner_text() == "2", "and what was refused is still to be looked at"
    assert "KHONG.CO" in page.locator("[data-pile-list]").inner_text()


def test_f8_takes_back_the_last_book_of_a_pile_and_nothing_older(open_page, school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(3)]
    for book in books:
        check_out(book, reader_id=school.readers[AN], actor=STAFF, channel="desk")
    page = open_page("lan", "/staff/returns")
    returned, newest = page.locator("[data-pile-returned]"), page.locator(".pile-line").first
    scan(page, books[0], books[1])
    page.keyboard.press("F8")  # waits behind both
    scan(page, books[2])  # waits behind F8, so its answer comes last; the newest line is the first
    page.wait_for_function(
        "() => document.querySelectorAll('.pile-line').length === 3 && document.querySelector('.pile-line.pile-ok:first-child')"
    )
    assert returned.inner_text() == "2" and "Đã hoàn tác" in page.locator(".pile-line").nth(1).inner_text()
    assert [loan.copy.barcode for loan in Loan.select().where(Loan.returned_at.is_null())] == [books[1]]
    scan(page, "KHONG.CO")
    page.keyboard.press("F8")
    page.wait_for_function("() => document.querySelectorAll('.pile-line.pile-no').length === 2")
    assert "hoàn tác ở Quầy mượn trả" in newest.inner_text() and returned.inner_text() == "2"
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1


def test_one_book_each_then_a_pile_each_by_keyboard(open_page, school: World) -> None:
    books = [school.add_title(f"Truyện {n}")[0] for n in range(6)]
    check_out(books[5], reader_id=school.readers[CHI], actor=STAFF, channel="desk")
    school.clock.at += timedelta(minutes=2)
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    who = page.locator("[data-class-who]")
    assert who.inner_text() == AN
    scan(page, books[0])  # An, then Bình's turn
    scan(page, books[5])  # Bình: refused, it is out
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("F4")  # a pile each
    scan(page, school.cards[BINH])
    assert who.inner_text() == BINH
    scan(page, books[1])
    scan(page, books[2])
    page.keyboard.press("ArrowDown")
    scan(page, books[3])
    page.wait_for_function(
        "() => document.querySelectorAll('.class-book-ok').length === 4 && !document.querySelector('.class-book-waiting')"
    )
    names = {reader_id: name for name, reader_id in school.readers.items()}
    held = sorted((names[row.reader_id], row.copy.barcode) for row in Loan.select().where(Loan.returned_at.is_null()))
    assert held == [(BINH, books[1]), (BINH, books[2]), (CHI, books[3]), (CHI, books[5]), (AN, books[0])]
    assert "đang có người mượn" in page.locator(".class-book-no").inner_text()
    assert page.evaluate("document.activeElement.id") == "scan"


def test_a_misread_book_of_a_class_stays_with_its_pupil(open_page, school: World) -> None:
    """The turn goes back to the pupil whose book was refused; the right code then goes to nobody else."""
    books = [school.add_title(f"Truyện {n}")[0] for n in range(4)]
    school.add_reader("Cao Bảo", "6A2")
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    who, alarm = page.locator("[data-class-who]"), page.locator("[data-class-alarm]")
    scan(page, "STN.99999")
    alarm.wait_for()
    assert who.inner_text() == AN and f"{AN} chưa có sách" in alarm.inner_text()
    scan(page, books[0])
    page.wait_for_selector(".class-book-ok")
    assert who.inner_text() == BINH and not alarm.is_visible() and page.locator(".class-book-no").count() == 0
    scan(page, school.cards["Cao Bảo"])
    alarm.wait_for()
    assert "chờ thẻ" in who.inner_text() and "không có trong lớp này" in alarm.inner_text()
    scan(page, books[3])  # whose? not Bình's
    assert "Chưa biết cho em nào" in alarm.inner_text()
    page.keyboard.press("ArrowUp")
    assert who.inner_text() == BINH
    page.keyboard.press("ArrowDown")  # leaves Bình out
    assert who.inner_text() == CHI and not alarm.is_visible()
    scan(page, books[1])
    assert "đã hết danh sách" in who.inner_text()
    scan(page, books[2])  # for nobody: the last pupil does not get it too
    alarm.wait_for()
    page.wait_for_function("() => !document.querySelector('.class-book-waiting')")
    names = {reader_id: name for name, reader_id in school.readers.items()}
    held = {row.copy.barcode: names[row.reader_id] for row in Loan.select().where(Loan.returned_at.is_null())}
    assert held == {books[0]: AN, books[1]: CHI}
    page.keyboard.press("F8")
    page.wait_for_function("() => document.querySelectorAll('.class-book-ok').length === 1")
    assert who.inner_text() == CHI and Loan.select().where(Loan.returned_at.is_null()).count() == 1


def test_l221_a_book_again_for_the_next_pupil_is_said_and_nobody_is_left_out(open_page, school: World) -> None:
    first, second, third = (school.add_title(f"Truyện {n}")[0] for n in range(3))
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    who, alarm = page.locator("[data-class-who]"), page.locator("[data-class-alarm]")
    scan(page, first, second, first)  # An, Bình, and An's book again for Chi
    alarm.wait_for()
    assert f"{CHI} chưa có sách" in alarm.inner_text() and who.inner_text() == CHI
    assert f"Truyện 0: vừa cho {AN} mượn, tính một lần" in alarm.inner_text()
    scan(page, third)
    page.wait_for_function("() => document.querySelectorAll('.class-book-ok').length === 3")
    assert not alarm.is_visible() and page.locator(".class-book-no").count() == 0
    # A pile each: the same book twice for one child is one loan, and said.
    page.keyboard.press("F4")
    scan(page, school.cards[CHI])
    scan(page, third)
    page.wait_for_selector(".class-book-again")
    assert "vừa cho mượn xong, tính một lần" in page.locator(".class-book-again").inner_text()
    assert not alarm.is_visible()
    names = {reader_id: name for name, reader_id in school.readers.items()}
    held = {row.copy.barcode: names[row.reader_id] for row in Loan.select().where(Loan.returned_at.is_null())}
    assert held == {first: AN, second: BINH, third: CHI}


def test_l221_one_book_read_twice_in_a_moment_is_said(open_page, school: World) -> None:
    """However fast: the second reading goes to nobody, and there are words about it."""
    (book,) = school.add_title("Dế Mèn")
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    scan(page, book, book)
    page.get_by_text("tính một lần").filter(visible=True).first.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.class-book-ok').length === 1")
    assert page.locator("[data-class-who]").inner_text() == BINH
    assert [row.reader_id for row in Loan.select()] == [school.readers[AN]]


def test_a_late_answer_wipes_no_newer_alarm(open_page, school: World) -> None:
    """The scan that found nobody came after the books whose answers are still on their way."""
    books = [school.add_title(f"Truyện {n}")[0] for n in range(5)]
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    alarm = page.locator("[data-class-alarm]")
    with held_back(page, "/staff/desk/scan"):
        scan(page, *books[:3])  # An, Bình, Chi
        scan(page, books[3])  # nobody is left
        alarm.wait_for()
    page.wait_for_function("() => document.querySelectorAll('.class-book-ok').length === 3")
    assert "Cả lớp đã tới lượt" in alarm.inner_text() and books[3] in alarm.inner_text()
    scan(page, school.cards[AN])
    alarm.wait_for(state="hidden")
    page.keyboard.press("F4")  # a pile each
    with held_back(page, "/staff/desk/scan"):
        scan(page, "STN.99999", books[3])
        page.locator(".class-book-waiting").nth(1).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.class-book-ok').length === 4")
    assert f"{AN}: STN.99999" in alarm.inner_text(), "scanned before anybody could read it"
    scan(page, books[4])
    alarm.wait_for(state="hidden")


def test_refused_books_of_several_pupils_are_all_named(open_page, school: World) -> None:
    """Each stays until that pupil has a book, and the turn goes to the first of them."""
    books = [school.add_title(f"Truyện {n}")[0] for n in range(2)]
    page = open_page("lan", f"/staff/class-loans/{school.classes['6A1']}")
    alarm = page.locator("[data-class-alarm]")
    with held_back(page, "/staff/desk/scan"):
        scan(page, "STN.99998", "STN.99999")
        page.locator(".class-book-waiting").nth(1).wait_for()
    page.wait_for_function("() => document.querySelectorAll('.class-book-no').length === 2")
    assert f"{AN} chưa có sách" in alarm.inner_text() and f"{BINH} chưa có sách" in alarm.inner_text()
    assert page.locator("[data-class-who]").inner_text() == AN
    scan(page, books[0])
    page.wait_for_selector(".class-book-ok")
    assert AN not in alarm.inner_text() and f"{BINH} chưa có sách" in alarm.inner_text()
    scan(page, books[1])
    alarm.wait_for(state="hidden")
    assert page.locator("[data-class-who]").inner_text() == CHI


def test_sixty_scans_at_once_at_one_desk_and_two_more_desks(open_page, school: World) -> None:
    """A break: three librarians, twenty books each for one pupil each, typed as fast as keys go."""
    prefer(max_loans_pupil=30)
    books = [school.add_title(f"Truyện {n:02}")[0] for n in range(60)]
    pages = [open_page(name, "/staff/desk") for name in ("lan", "mai", "cuc")]
    for number, (page, who) in enumerate(zip(pages, (AN, BINH, CHI), strict=True)):
        scan(page, school.cards[who])
        for book in books[number::3]:
            scan(page, book)
    for page in pages:
        page.wait_for_function("() => document.querySelector('.desk-count strong')?.textContent === '20'", timeout=60_000)
        page.wait_for_function("() => document.querySelector('[data-desk-waiting]').hidden")
    lent = {row.copy.barcode: row.reader_id for row in Loan.select().where(Loan.returned_at.is_null())}
    assert lent == {
        book: school.readers[who] for number, who in enumerate((AN, BINH, CHI)) for book in books[number::3]
    }
