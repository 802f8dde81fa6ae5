"""What was done is in sight when a page opens at one of its parts, far below its head."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.staff_browser import staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def open_page(app: Flask, chromium_path: str) -> Iterator[Any]:
    with staff_browser(app, chromium_path) as opened:
        yield opened


@pytest.mark.parametrize("width", [1280, 360])
def test_saved_is_seen_where_the_page_opens(open_page: Any, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 740})
    page.goto("/staff/settings")
    page.get_by_role("button", name="Lưu quầy tự phục vụ").click()
    said = page.get_by_role("status").get_by_text("Đã lưu cài đặt Quầy tự phục vụ.")
    said.wait_for()
    page.wait_for_function("() => window.scrollY > 300")
    box = said.bounding_box()
    assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 740
    heading = page.locator(":target").bounding_box()
    assert heading is not None and heading["y"] >= box["y"] + box["height"], "the part itself is not covered"
