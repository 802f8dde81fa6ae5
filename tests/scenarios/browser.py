"""One page of a real Chromium for a scenario."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect, sync_playwright

from tests.running_school import ADMIN, ADMIN_PASSWORD


@contextmanager
def opened_page(chromium_path: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        page = browser.new_page(locale="vi-VN", viewport={"width": 1280, "height": 900})
        page.set_default_timeout(20_000)
        yield page
        browser.close()


def sign_in(page: Page, core: str) -> None:
    """As the librarian of running_school; the page of today is open afterwards."""
    page.goto(f"{core}/staff/login")
    page.fill("[name=login]", ADMIN)
    page.fill("[name=password]", ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Hôm nay")).to_be_visible()
