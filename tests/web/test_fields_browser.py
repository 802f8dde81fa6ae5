"""Dates, files and missing fields speak Vietnamese in a browser whose own language is English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.staff_browser import staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SHOWN_DATE = "field => getComputedStyle(field.parentElement, '::after').content"


@pytest.fixture
def page(app: Flask, chromium_path: str) -> Iterator[Any]:
    with staff_browser(app, chromium_path) as open_page:
        yield open_page(locale="en-US")


def test_fields_speak_vietnamese(page: Any, tmp_path: Path) -> None:
    page.goto("/staff/promotion/reading")
    date = page.locator("[name=held_on]")
    date.fill("2026-12-06")
    page.locator("[name=content]").focus()
    assert date.evaluate(SHOWN_DATE) == '"06/12/2026"'
    date.fill("")
    page.locator("[name=content]").focus()
    assert date.evaluate(SHOWN_DATE) == '"ngày/tháng/năm"'
    page.locator("main form .button-primary").first.click()
    assert date.evaluate("field => field.validationMessage") == "Điền ô này rồi gửi lại."

    page.goto("/staff/imports")
    chosen = page.locator("[name=file]")
    name = page.locator(".file-name")
    assert name.inner_text() == "Chưa chọn tệp nào"
    small, large = tmp_path / "sách lớp 6.csv", tmp_path / "lớn.mrc"
    small.write_text("Nhan đề\nDế Mèn\n", "utf-8")
    with large.open("wb") as file:
        file.truncate(65 * 2**20)
    chosen.set_input_files(large)
    assert name.inner_text() == "lớn.mrc"
    assert "lớn hơn 64 MB" in chosen.evaluate("field => field.validationMessage")
    page.get_by_role("button", name="Xem trước").click()
    assert page.url.endswith("/staff/imports"), "a file too large is not even sent"
    chosen.set_input_files(small)
    assert name.inner_text() == "sách lớp 6.csv"
    assert chosen.evaluate("field => field.validity.valid")
