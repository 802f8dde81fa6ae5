"""Handing textbooks out and collecting them in a real browser, by scanner and keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from lending_world import open_school
from textbook_school import AN, BINH, CHI, TITLES, TOAN, VAN, TextbookSchool, add_books

from library.lending.tables import Loan
from library.textbooks.queries import get_class_sheet
from library.textbooks.tables import TextbookBatch
from tests.staff_browser import held_back, scan, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def school(app: Flask) -> Iterator[TextbookSchool]:
    with open_school() as world:
        yield add_books(world)


@pytest.fixture
def page(app: Flask, school: TextbookSchool, chromium_path: str) -> Iterator:
    with staff_browser(app, chromium_path) as open_page:
        yield open_page()


def says(page, words: str) -> None:
    page.wait_for_function(
        "words => document.querySelector('[data-tb-say]').textContent.includes(words)", arg=words, timeout=15_000
    )


def test_a_class_by_scanner_and_keyboard(page, school: TextbookSchool) -> None:
    toan, van = school.books[TOAN], school.books[VAN]
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    for code in toan[:3]:  # a pile, faster than any answer
        scan(page, code)
    says(page, f"{TOAN} → 3. {CHI}")
    scan(page, school.card(CHI))
    says(page, f"Đang cấp cho 3. {CHI}")
    scan(page, van[0])
    says(page, f"{VAN} → 3. {CHI}")
    page.keyboard.press("ArrowUp")  # the one before in the list
    says(page, f"Đang cấp cho 2. {BINH}")
    scan(page, van[1])
    scan(page, "SGK.999999")
    says(page, "Không tìm thấy")
    assert page.locator("[data-tb-problems] li").count() == 1
    assert Loan.select().count() == 0
    # The browser is closed by mistake: nothing that was scanned is lost.
    page.goto("/staff/textbooks")
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    says(page, "vẫn còn ở đây")
    page.wait_for_selector("[data-tb-problems] li")
    page.locator("[data-tb-drop]").click()
    page.wait_for_selector("[data-tb-problems]", state="hidden")
    page.wait_for_function("document.querySelector('[data-tb-send-words]').textContent.includes('5 cuốn cho 3 em')")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/staff/textbooks/batches/**")
    assert TextbookBatch.get().copies_count == 5
    sheet = get_class_sheet(school.class_id)
    assert {pupil.name: pupil.out for pupil in sheet.pupils} == {AN: 1, BINH: 2, CHI: 2}
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    assert page.locator("[data-tb-lines]").input_value() == ""  # written, so the list is empty again


def test_two_arrows_are_two_pupils_though_no_answer_has_come(page, school: TextbookSchool) -> None:
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    scan(page, school.card(AN))
    says(page, f"Đang cấp cho 1. {AN}")
    with held_back(page, "/check"):
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        scan(page, school.books[TOAN][0])
    says(page, f"{TOAN} → 3. {CHI}")
    with held_back(page, "/check"):
        scan(page, school.card(AN))
        page.keyboard.press("ArrowDown")
    says(page, f"Đang cấp cho 2. {BINH}")


def test_what_was_scanned_first_is_said_and_what_was_dropped_is_not(page, school: TextbookSchool) -> None:
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    scan(page, school.card(AN))
    says(page, f"Đang cấp cho 1. {AN}")
    with held_back(page, "/check"):
        page.reload()  # it asks about the list that was kept
        says(page, "vẫn còn ở đây")
        scan(page, "SGK.999999")
    says(page, "Không tìm thấy")
    with held_back(page, "/check"):
        scan(page, school.books[TOAN][0])
        page.locator("[data-tb-drop]").click()
        says(page, "Đã bỏ lần quét cuối")
    page.wait_for_function("() => document.querySelector('[data-tb-send]').disabled")
    page.locator("[data-tb-drop]").click()
    page.wait_for_selector("[data-tb-problems]", state="hidden")
    assert page.inner_text("[data-tb-say]") == "Đã bỏ lần quét cuối."


def test_a_book_scanned_while_the_list_is_being_written_is_not_lost_in_silence(page, school: TextbookSchool) -> None:
    page.goto(f"/staff/textbooks/classes/{school.class_id}")
    scan(page, school.books[TOAN][0])
    says(page, AN)
    # A page that is leaving cannot be asked by the browser's driver: it writes down itself what it says.
    page.evaluate(
        "() => { const place = document.querySelector('[data-tb-say]'); new MutationObserver(() => "
        "sessionStorage.setItem('said', place.textContent)).observe(place, {childList: true}); }"
    )
    with held_back(page, "/hand-out"):
        with page.expect_request("**/hand-out"):
            page.keyboard.press("Control+Enter")
        scan(page, school.books[TOAN][1])
    page.wait_for_url("**/staff/textbooks/batches/**")
    assert page.evaluate("sessionStorage.said").startswith(f"Chưa lấy {school.books[TOAN][1]}: danh sách đang được ghi.")
    assert TextbookBatch.get().copies_count == 1


def test_piles_come_back_and_each_book_says_whose_it_is(page, school: TextbookSchool) -> None:
    page.goto(f"/staff/textbooks/classes/{school.class_id}/by-list")
    page.keyboard.press("Enter")  # the button to write stands ready
    page.wait_for_url("**/staff/textbooks/batches/**")
    page.goto("/staff/textbooks/collect")
    scan(page, school.books[TOAN][2])
    says(page, f"{TOAN} – {CHI} 6A1")
    scan(page, "=rách")
    scan(page, school.books[VAN][0])
    says(page, f"{VAN} – {AN} 6A1")
    assert page.locator("[data-tb-lines]").input_value().splitlines()[1] == "=rách"
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/staff/textbooks/batches/**")
    assert "→ rách" in page.locator("main").inner_text()
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 4


def test_a_whole_bo_sach_is_ticked_in_one_press(page, school: TextbookSchool) -> None:
    from library.cataloguing.tables import Record, RecordFacet

    for title in TITLES:
        Record.update(book_set="Cánh Diều").where(Record.id == school.record(title)).execute()
        RecordFacet.create(record=school.record(title), kind="grade", value="6")
    page.goto("/staff/textbooks/sets/2026-2027/6")
    page.get_by_role("button", name="Bỏ chọn tất cả").click()
    assert page.locator("[data-set-total]").inner_text() == "Chưa chọn cuốn nào"
    page.get_by_role("button", name="Cánh Diều").click()
    assert page.locator("[data-set-total]").inner_text() == "3 cuốn mỗi em"
