"""Scenario: a librarian at work with a scanner and the keyboard alone; the mouse is never touched.

Signs in, lends, is refused, sets a reason aside with a comment, renews, undoes, takes a pile back, hands a set to
a class corner and takes part of it back. After every step the cursor stands where the next scan must land.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from lending_world import World, open_school
from playwright.sync_api import Page, expect

from library.access.service import create_staff
from library.foundation.audit import SYSTEM
from library.lending.tables import Loan, LoanEvent, Placement
from library.lending.units.class_corners import open_corner
from tests.scenarios.browser import opened_page
from tests.staff_browser import PASSWORD, scan, served

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"
WATCH_THE_MOUSE = """
for (const kind of ["mousedown", "mouseup", "mousemove", "pointerdown", "wheel", "touchstart"]) {
  addEventListener(kind, () => window.noteMouse(kind), true);
}
"""


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        create_staff("lan", "Cô Lan", "librarian", PASSWORD, SYSTEM)
        yield world


@pytest.fixture
def core(app: Flask, school: World) -> Iterator[str]:
    with served(app) as url:
        yield url


@pytest.fixture
def page(core: str, chromium_path: str) -> Iterator[Page]:
    moved: list[str] = []
    with opened_page(chromium_path) as opened:
        opened.expose_function("noteMouse", lambda kind: moved.append(kind))
        opened.add_init_script(WATCH_THE_MOUSE)
        yield opened
    assert moved == []


def press_and_go(page: Page, key: str) -> None:
    """A key that leads to another page: on until its scripts run (before that a scan would be a plain form)."""
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(key)


def focus_is_on(page: Page, element_id: str) -> None:
    page.wait_for_function("id => document.activeElement && document.activeElement.id === id", arg=element_id)


def sign_in(page: Page, core: str) -> None:
    page.goto(f"{core}/staff/desk")
    page.wait_for_function("document.activeElement && document.activeElement.name === 'login'")
    page.keyboard.type("lan")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    press_and_go(page, "Enter")
    focus_is_on(page, "scan")


def said(page: Page, text: str, tone: str = "ok") -> None:
    expect(page.locator(f".desk-say-{tone}")).to_contain_text(text, timeout=20_000)
    focus_is_on(page, "scan")


def lent() -> dict[str, str]:
    return {row.copy.barcode: row.reader.full_name for row in Loan.select().where(Loan.returned_at.is_null())}


def test_a_morning_at_the_desk(page: Page, core: str, school: World) -> None:
    story, poems, twin = (school.add_title(title, 2) for title in ("Truyện", "Thơ", "Toán vui"))
    sign_in(page, core)

    scan(page, school.cards[AN], story[0], poems[0])
    said(page, "Thơ")
    assert lent() == {story[0]: AN, poems[0]: AN}

    scan(page, story[1])  # another copy of the same title
    said(page, "đang mượn một bản khác của nhan đề này", "no")
    page.keyboard.press("F9")
    focus_is_on(page, "override-comment")
    page.keyboard.type("hai em học nhóm")
    page.keyboard.press("Enter")
    said(page, "Truyện")
    assert Loan.get(Loan.comment == "hai em học nhóm").overrides == ["same_title"]

    scan(page, school.cards[BINH], twin[0])
    said(page, "Toán vui")
    scan(page, twin[1])
    said(page, "đang mượn một bản khác của nhan đề này", "no")
    page.keyboard.press("F9")
    focus_is_on(page, "override-comment")
    scan(page, poems[1])  # thinks better of it and scans the next book: that is no reason to override
    said(page, "Thơ")
    assert twin[1] not in lent() and lent()[poems[1]] == BINH

    page.keyboard.press("F7")
    focus_is_on(page, "scan")
    scan(page, poems[1])
    said(page, "Gia hạn")
    assert Loan.get(Loan.returned_at.is_null(), Loan.reader == school.readers[BINH], Loan.renewals == 1)
    page.keyboard.press("F7")
    page.keyboard.press("F7")
    scan(page, poems[1])
    said(page, "Đã ghi rồi", "attention")  # L221
    page.keyboard.press("F8")  # the renewal was a mistake
    focus_is_on(page, "scan")
    expect(page.get_by_text("Đã hoàn tác lượt gia hạn: ")).to_be_visible()
    assert not Loan.select().where(Loan.renewals > 0).exists()
    assert [row.kind for row in LoanEvent.select().order_by(LoanEvent.id)][-2:] == ["renewed", "undone"]

    page.keyboard.press("Escape")
    expect(page.locator(".desk-reader-none")).to_be_visible()
    focus_is_on(page, "scan")
    page.keyboard.press("F4")
    scan(page, twin[0])
    said(page, "Nhận trả")
    assert twin[0] not in lent()


def test_a_button_with_the_focus_does_not_swallow_a_scan(page: Page, core: str, school: World) -> None:
    """Tab has wandered to the undo button: the scanner's letters and its Enter still belong to the box."""
    (book,) = school.add_title("Truyện")
    sign_in(page, core)
    scan(page, school.cards[AN])
    expect(page.locator(".desk-reader-name")).to_have_text(AN)
    page.evaluate("document.querySelector('[data-desk-undo] button').focus()")
    scan(page, book)
    said(page, "Truyện")
    assert lent() == {book: AN}


def test_a_pile_comes_back(page: Page, core: str, school: World) -> None:
    books = [school.add_title(f"Truyện {number}")[0] for number in range(3)]
    sign_in(page, core)
    scan(page, school.cards[AN], *books)
    expect(page.locator(".desk-act")).to_have_count(3, timeout=20_000)
    page.goto(f"{core}/staff/returns")
    focus_is_on(page, "scan")
    scan(page, *books)
    expect(page.locator("[data-pile-returned]")).to_have_text("3", timeout=20_000)
    focus_is_on(page, "scan")
    assert lent() == {}


def test_a_set_for_the_class_corner(page: Page, core: str, school: World) -> None:
    from library.foundation.audit import Actor

    unit_id = open_corner(school.classes["6A1"], school.readers[DUNG], actor=Actor("staff", "Cô Lan", 1))
    books = [school.add_title(f"Truyện {number}")[0] for number in range(5)]
    sign_in(page, core)
    scan(page, school.cards[AN], books[4])
    said(page, "Truyện 4")

    page.goto(f"{core}/staff/units/{unit_id}")
    focus_is_on(page, "f-out")
    scan(page, *books, books[0])
    press_and_go(page, "Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text(books[4])  # on loan: nothing has moved
    assert not Placement.select().exists()
    focus_is_on(page, "f-out")
    for _ in range(2):
        page.keyboard.press("Tab")
    focus_is_on(page, "f-skip")
    page.keyboard.press("Space")
    press_and_go(page, "Control+Enter")  # as on the button, wherever in the form one stands
    expect(page.get_by_role("heading", name="Phiếu GN-2026/001")).to_be_visible()
    assert Placement.select().count() == 4

    press_and_go(page, "Escape")
    expect(page.get_by_role("heading", name="Góc lớp 6A1")).to_be_visible()
    page.keyboard.press("F4")
    focus_is_on(page, "f-back")
    scan(page, books[0])
    page.keyboard.press("F4")  # again: what has been scanned stays
    scan(page, books[1])
    press_and_go(page, "Control+Enter")
    expect(page.get_by_text("Còn 2 cuốn chưa về.")).to_be_visible()
    focus_is_on(page, "f-back")  # the rest of the box goes on here
    inside = {row.copy.barcode for row in Placement.select().where(Placement.removed_at.is_null())}
    assert inside == {books[2], books[3]}
