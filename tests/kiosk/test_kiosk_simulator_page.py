"""The simulator's page in a real browser: whatever was tapped last, what is typed is a scan, and the receipt shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

pytestmark = pytest.mark.browser
AN, BINH = "Trần Minh An", "Lê Thanh Bình"


@pytest.fixture
def tab(chromium_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield opened.new_page(viewport={"width": 1600, "height": 900}, reduced_motion="reduce")
        opened.close()


def type_code(tab: Any, code: str) -> None:
    tab.keyboard.type(code)
    tab.keyboard.press("Enter")


def test_typing_is_scanning_wherever_the_last_tap_was(
    core: Core, start_kiosk: Callable[..., RunningKiosk], tab: Any
) -> None:
    [one], [two] = core.world.add_title("Dế Mèn phiêu lưu ký"), core.world.add_title("Mắt biếc")
    kiosk = start_kiosk(receipts="ask")
    kiosk.until(lambda view: view["online"] and kiosk.is_ready)
    tab.goto(f"{kiosk.kiosk.address}sim")
    screen = tab.frame_locator("#screen")
    tab.locator("#cards button", has_text=core.card(BINH)).click()  # a sample, beside the kiosk
    screen.get_by_text("Chào Bình").wait_for()
    type_code(tab, one)
    kiosk.until(lambda view: [book["title"] for book in view["books"]] == ["Dế Mèn phiêu lưu ký"])
    screen.get_by_role("button", name="Xong").click()  # on the kiosk's own screen
    screen.get_by_role("button", name="Không cần").click()
    kiosk.until(lambda view: view["screen"] == "goodbye")
    type_code(tab, core.card(AN))
    kiosk.until(lambda view: view["screen"] == "open" and view["reader"]["name"] == "An")
    screen.locator("h1").click()  # no button at all
    type_code(tab, two)
    kiosk.until(lambda view: [book["title"] for book in view["books"]] == ["Mắt biếc"])
    assert tab.input_value("#code") == "", "what was typed has gone to the scanner"
    screen.get_by_role("button", name="Xong").click()
    screen.get_by_role("button", name="Lấy phiếu").click()
    tab.locator("#receipt").wait_for()  # as it comes out of the head
    tab.wait_for_function("document.getElementById('receipt').naturalWidth === 384")
