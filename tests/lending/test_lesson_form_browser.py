"""Booking books for a lesson by scanner and keyboard in a real browser: what Enter does in the title box."""

from __future__ import annotations

import pytest
from flask import Flask
from lending_world import open_school

from library.lending.tables import LessonBooking
from tests.staff_browser import scan, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_enter_in_the_empty_title_box_books_nothing_and_goes_on(app: Flask, chromium_path: str) -> None:
    with open_school() as school, staff_browser(app, chromium_path) as new_page:
        books = school.add_title("Dế Mèn phiêu lưu ký", 3)
        page = new_page("lan")
        page.goto("/staff/lessons/new")
        assert page.evaluate("document.activeElement.id") == "f-what"
        page.keyboard.press("Enter")
        said = page.locator("[data-title-hint]")
        assert said.is_visible() and "Quét mã trên sách" in said.inner_text()
        assert page.locator(".error-summary").count() == 0  # nothing was sent
        scan(page, books[0])
        page.wait_for_selector(".lesson-title")
        assert page.evaluate("document.activeElement.id") == "f-what"  # the next book may follow
        page.keyboard.press("Enter")  # no more books: on to the lesson
        assert page.evaluate("document.activeElement.id") == "f-lesson_on" and not said.is_visible()
        page.fill("#f-lesson_on", "2026-11-25")
        page.select_option("#f-teacher_id", index=1)
        page.focus("#f-subject")
        page.keyboard.type("Ngữ văn")
        page.keyboard.press("Enter")  # the form is whole: Enter in any other field books
        page.wait_for_url("**/staff/lessons/*")
        page.wait_for_selector("text=Đã ghi lượt đặt sách.")
        assert LessonBooking.select().count() == 1
