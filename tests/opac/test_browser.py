"""The catalogue in a real Chromium: suggestions by keyboard, themes, no sideways scrolling, a clean console."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opac_school import School
from werkzeug.serving import make_server

from tests.staff_browser import held_back

pytestmark = pytest.mark.browser


@pytest.fixture
def address(school: School) -> Iterator[str]:
    """The site on a free port of this machine."""
    server = make_server("127.0.0.1", 0, school.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, name="opac-under-test")
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def chromium(chromium_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def test_a_child_finds_a_book_with_the_keyboard_alone(address: str, chromium: Any, school: School) -> None:
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    page.keyboard.insert_text("de men")  # the box has the focus already; at once, so that one list comes
    option = page.get_by_role("option").first
    option.wait_for()
    box = page.get_by_role("combobox")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{school.ids['Dế Mèn phiêu lưu ký']}")
    assert page.get_by_role("heading", level=1).inner_text() == "Dế Mèn phiêu lưu ký"
    assert complaints == []


def test_escape_gives_back_what_was_typed(address: str, chromium: Any) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.type("toan")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    assert page.get_by_role("combobox").input_value() == "toan"
    assert page.get_by_role("option").count() == 0


def test_a_late_answer_takes_nobodys_choice_away(address: str, chromium: Any, school: School) -> None:
    page = chromium.new_page()
    page.goto(address)
    page.keyboard.insert_text("de men")
    page.get_by_role("option").first.wait_for()
    with page.expect_response("**q=de") as late:
        with held_back(page, "q=de"):
            for _ in range(4):
                page.keyboard.press("Backspace")
            with page.expect_request("**q=de"):
                pass
            page.keyboard.press("ArrowDown")
    late.value.finished()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box = page.get_by_role("combobox")
    assert box.get_attribute("aria-activedescendant") is not None
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/records/{school.ids['Dế Mèn phiêu lưu ký']}")


def test_the_theme_is_kept_on_the_next_page(address: str, chromium: Any) -> None:
    page = chromium.new_context(color_scheme="light").new_page()
    page.goto(address)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(251, 248, 242)"
    page.get_by_role("button", name="Đổi nền sáng, nền tối").click()
    assert page.evaluate(ground) == "rgb(22, 28, 26)"
    page.goto(f"{address}/subjects")
    assert page.evaluate(ground) == "rgb(22, 28, 26)"


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
def test_no_page_scrolls_sideways_and_nothing_is_blocked(
    address: str, chromium: Any, school: School, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    # Not "requestfailed": going on to the next page rightly gives up covers still on their way.
    page.on("response", lambda response: complaints.append(response.url) if response.status >= 400 else None)
    record_id = school.ids["Dế Mèn phiêu lưu ký"]
    for path in ("/", "/search?q=toan", "/search?q=zzzz", f"/records/{record_id}", "/subjects", "/subjects/list?grade=6"):
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert complaints == []


def test_without_script_the_catalogue_still_works(address: str, chromium: Any) -> None:
    page = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800}).new_page()
    page.goto(f"{address}/search?q=toan")
    page.get_by_role("link", name="Khối 7").click()
    page.get_by_role("heading", level=2, name="Bài tập Toán 7").wait_for()
    page.get_by_role("searchbox").fill("mat biec")
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("link", name="Mắt biếc").first.wait_for()
