"""The page beside a mobile desk: what is pressed is done once, and no older answer draws over a newer one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

from kiosk.api_client import ApiClient
from tests.staff_browser import held_back

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(chromium_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    troubles: list[str] = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        yield page
        assert troubles == []
        opened.close()


def test_a_double_click_takes_one_act_back_and_sending_is_said_until_it_is_done(
    core: Core, start_kiosk: Callable[..., RunningKiosk], tab: Any
) -> None:
    books = [core.world.add_title(f"Truyện {number}")[0] for number in range(2)]
    for book in books:
        ApiClient(core.proxy.url, core.token).check_out(str(uuid.uuid4()), core.card("Phạm Chi"), book)
    one = start_kiosk(mode="mobile_desk", receipts="never")
    one.until(lambda view: (copy := one.kiosk.snapshot.find_copy(books[1])) and copy.open_loan)
    core.proxy.dead = True
    for number, book in enumerate(books, 1):
        one.scan(book)
        one.until(lambda view, number=number: len(view["books"]) == number)
    tab.goto(f"{one.kiosk.address}desk")
    tab.locator("#undo-what", has_text="Truyện 1").wait_for()
    tab.route("**/desk/undo", lambda route: route.abort(), times=1)
    with tab.expect_event("requestfailed"):
        tab.locator("#undo").click()  # the program is being started anew, say: pressed again it works
    with held_back(tab, "/desk/undo"):
        tab.locator("#undo").dblclick()
    tab.locator("#undo-what", has_text="Truyện 0").wait_for()
    assert tab.locator("tr.undone").count() == 1
    core.proxy.dead = False
    with held_back(tab, "/desk/settle"):
        tab.locator("#settle").click()
        with tab.expect_response("**/desk/data.json") as looked:
            pass
        looked.value.finished()
        assert tab.inner_text("#settled") == "Đang gửi…", "a look that comes meanwhile says nothing else"
        assert tab.locator("#settle").is_disabled()
    tab.locator("#settled", has_text="Mọi việc đã về máy chủ").wait_for()
