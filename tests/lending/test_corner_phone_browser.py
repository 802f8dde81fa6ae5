"""The helper's phone page in a real browser, 360 px wide, by taps: B29, L136–L140."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from lending_world import STAFF, World, open_school

from library.cataloguing.tables import Copy
from library.lending.pages.corner_phone import tell_apart
from library.lending.tables import Loan, UnitUse
from library.lending.units.class_corners import open_corner
from library.lending.units.corner_passes import issue_pass, pace, tries
from library.lending.units.service import hand_over
from tests.staff_browser import served

AN, DUNG = "Trần Minh An", "Nguyễn Văn Dũng"


def test_two_children_of_one_name_can_be_told_apart() -> None:
    names = {1: "Nguyễn Minh Anh", 2: "Trần Minh Anh", 3: "Lê Bình", 4: "Nguyễn Văn Nam", 5: "Nguyễn Văn Nam"}
    shown = {1: "Minh Anh", 2: "Minh Anh", 3: "Bình", 4: "Văn Nam", 5: "Văn Nam"}
    assert tell_apart(shown, names) == {
        1: "Minh Anh N.", 2: "Minh Anh T.", 3: "Bình", 4: "Văn Nam N. (1)", 5: "Văn Nam N. (2)",
    }


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    tries.forget()
    pace.forget()
    with open_school() as world:
        yield world


@pytest.fixture
def phone(app: Flask, school: World, chromium_path: str) -> Iterator[tuple[Any, str]]:
    from playwright.sync_api import sync_playwright

    with served(app) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if "Content Security" in said.text else None)
        yield page, url
        assert troubles == []  # nor anything the content policy had to stop
        browser.close()


@pytest.mark.browser
@pytest.mark.slow
def test_a_helper_lends_by_tapping_on_a_small_phone(phone: tuple[Any, str], school: World) -> None:
    page, url = phone
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)
    books = [school.add_title(f"Truyện dài có tên dài để thử màn hình hẹp, tập {number}")[0] for number in range(12)]
    hand_over(unit, books, actor=STAFF)
    page.goto(f"{url}/goc-lop/mo/{issue_pass(unit, actor=STAFF)}")
    assert page.url == f"{url}/goc-lop"  # the token is in no address any more

    def check_fit() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        for target in page.query_selector_all("main button, .phone-list a"):
            assert target.bounding_box()["height"] >= 48

    def open_book(target: str) -> None:
        page.tap(target)
        page.wait_for_url("**/goc-lop/sach/*")
        check_fit()

    check_fit()
    open_book("text=tập 3")
    page.tap("text=Có bạn vừa đọc ở lớp")
    page.wait_for_selector("text=Đã ghi một lượt đọc.")
    assert UnitUse.select().count() == 1
    open_book("text=tập 3")
    page.tap(f"button.phone-name:has-text('{AN.split()[-1]}')")
    page.wait_for_selector("text=An mượn Truyện dài")
    loan = Loan.get()
    assert (loan.reader_id, loan.copy_id) == (school.readers[AN], Copy.get(Copy.barcode == books[3]).id)
    open_book(".phone-list a >> nth=0")
    page.tap("text=Bạn đã trả")
    page.wait_for_selector("text=Đã nhận lại")
    assert Loan.get().returned_at is not None
    page.tap("text=Thoát khỏi máy này")
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/goc-lop")
    assert page.inner_text("h1") == "Chưa mở được góc lớp"
