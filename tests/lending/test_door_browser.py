"""The door in a real browser: scan after scan by keyboard alone, and no name left on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from lending_world import World, open_school

from library.lending.tables import Visit
from tests.staff_browser import held_back, staff_browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def door(app: Flask, school: World, chromium_path: str) -> Iterator:
    with staff_browser(app, chromium_path) as open_page:
        page = open_page(role="assistant", viewport={"width": 1024, "height": 700})
        page.clock.install()
        page.goto("/staff/door")
        page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # a greeting stands until the test lets time go by
        yield page


def test_three_children_in_a_row_and_nobodys_name_stays(door, school: World) -> None:
    from playwright.sync_api import expect

    words, count = door.locator("[data-door-words]"), door.locator("[data-door-count]")
    for name in ("Trần Minh An", "Lê Thanh Bình", "Phạm Chi"):  # faster than the answers come
        door.keyboard.type(school.cards[name])
        door.keyboard.press("Enter")
    expect(count).to_have_text("3")
    expect(words).to_have_text("Chào em Chi, lớp 6A1!")
    door.clock.run_for(4100)
    expect(words).to_have_text("")
    assert "Chi" not in door.locator("main").inner_text()
    assert door.evaluate("document.activeElement.id") == "f-card", "ready for the next card"
    door.keyboard.type("STN.000001")
    door.keyboard.press("Enter")
    expect(words).to_have_text("Đây là sách. Em quét thẻ của mình trước nhé.")
    expect(count).to_have_text("3")
    door.keyboard.type(school.cards["Nguyễn Văn Dũng"])
    door.keyboard.press("Enter")
    expect(count).to_have_text("4")
    asked: list[str] = []
    door.on("request", lambda request: asked.append(request.url))
    with held_back(door, "/undo"):
        door.get_by_role("button", name="Bỏ lượt vừa ghi").dblclick()  # one wish
    expect(count).to_have_text("3")
    assert Visit.select().count() == 3
    door.keyboard.type(school.cards["Nguyễn Văn Dũng"])
    door.keyboard.press("Enter")
    expect(count).to_have_text("4")
    assert [url.rsplit("/", 1)[-1] for url in asked] == ["undo", "door"]
