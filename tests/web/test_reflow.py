"""WCAG 1.4.10 and 1.4.12 together: at 320 px, with the reader's own wide text spacing, no page scrolls sideways.

A table may scroll in a box of its own; the page may not. The style is set by the browser context, as an
extension of a reader would, so the policy that forbids inline style is set aside for this context only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest

from tests.running_school import ADMIN, ADMIN_PASSWORD, kesach, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WIDTH = 320
TEXT_SPACING = """
    * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }
"""
PAGES = (
    "/",
    "/search?q=nguyen+nhat+anh",
    "/search?view=covers&material=children",
    "/records/{record}",
    "/staff/",
    "/staff/desk?reader={reader}",
    "/staff/door",
    "/staff/readers/{reader}",
    "/staff/overdue",
    "/staff/hand-overs/{hand_over}",
    "/staff/reports/{month}",
)
NUMBERS = {
    "record": "SELECT id FROM record WHERE title LIKE 'Dế Mèn%' ORDER BY id LIMIT 1",
    "reader": "SELECT reader_id FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL ORDER BY due_on LIMIT 1",
    "hand_over": "SELECT MIN(id) FROM hand_over",
    "month": "SELECT MAX(substr(held_on, 1, 7)) FROM promotion_session WHERE status = 'held'",
}


@pytest.fixture(scope="module")
def reader_of_wide_text(tmp_path_factory: pytest.TempPathFactory, chromium_path: str) -> Iterator[tuple[Any, Any]]:
    """A signed-in page 320 px wide, and the numbers of the demo school it looks at."""
    from playwright.sync_api import sync_playwright

    folder = tmp_path_factory.mktemp("demo")
    kesach(folder, "init", "--demo", "--admin", ADMIN)
    school = sqlite3.connect(folder / "kesach.db")
    numbers = {name: str(school.execute(query).fetchone()[0]) for name, query in NUMBERS.items()}
    school.close()
    with serving(folder) as (port, _process), sync_playwright() as playwright:
        url = f"http://127.0.0.1:{port}"
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        page = browser.new_context(
            base_url=url, bypass_csp=True, viewport={"width": WIDTH, "height": 740}, locale="vi-VN"
        ).new_page()
        page.goto("/staff/login")
        page.fill("#f-login", ADMIN)
        page.fill("#f-password", ADMIN_PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{url}/staff/")
        yield page, numbers
        browser.close()


@pytest.mark.parametrize("path", PAGES)
def test_wide_text_on_a_narrow_screen_scrolls_down_only(reader_of_wide_text: tuple[Any, Any], path: str) -> None:
    page, numbers = reader_of_wide_text
    answer = page.goto(path.format(**numbers))
    assert answer.status == 200
    page.add_style_tag(content=TEXT_SPACING)
    page.evaluate("document.fonts.ready")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).letterSpacing") != "normal"
    assert page.evaluate("document.scrollingElement.scrollWidth") <= WIDTH
