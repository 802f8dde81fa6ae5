"""axe-core over the main pages of the demo school, in a real Chromium: no WCAG 2.2 A or AA violation.

Every page is looked at light and dark, at a desk's width and a phone's. The policy that forbids inline script
stays as it is for people; only this browser context sets it aside, to bring axe-core in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.running_school import ADMIN, ADMIN_PASSWORD, kesach, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What a change of theme alone can break; the rest of a page is the same element for element.
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
WIDTHS = (1280, 360)
# Every row of a list is made by the same template: looking at fifty of them costs minutes.
FIRST_ROWS_ONLY = "() => document.querySelectorAll('tbody > tr:nth-child(n+6)').forEach(row => row.remove())"
PUBLIC = (
    "/",
    "/search?q=nguyen+nhat+anh",
    "/search?view=covers&material=children",
    "/search?q=khong+co+sach+nao+ten+nhu+vay",
    "/records/{record}",
    "/subjects",
    "/subjects/list?subject=To%C3%A1n&grade=6",
    "/staff/login",
)
STAFF = (
    "/staff/",
    "/staff/desk?reader={reader}",
    "/staff/overdue",
    "/staff/holds",
    "/staff/visits",
    "/staff/records",
    "/staff/records/{record}",
    "/staff/records/new",
    "/staff/copies/{copy}",
    "/staff/collections",
    "/staff/readers",
    "/staff/readers/{reader}",
    "/staff/classes",
    "/staff/classes/{class}",
    "/staff/corners",
    "/staff/units/{corner}",
    "/staff/shelves",
    "/staff/shelves/{shelf}",
    "/staff/lessons",
    "/staff/lessons/{lesson}",
    "/staff/textbooks",
    "/staff/textbooks/classes/{class6}",
    "/staff/promotion",
    "/staff/promotion/new",
    "/staff/promotion/register?year=2026-2027",
    "/staff/reports",
    "/staff/reports/{month}",
    "/staff/imports",
    "/staff/settings",
    "/staff/audit",
    "/staff/policies",
    "/staff/calendar",
    "/staff/devices",
    "/staff/devices/receipts",
    "/staff/accounts",
)
# Looked at once, on a phone: built of the same parts as the pages above.
MORE_STAFF = (
    "/staff/departments",
    "/staff/door",
    "/staff/mails",
    "/staff/notices?of=all",
    "/staff/notices/slips?of=all",
    "/staff/readers/{reader}/own-data",
    "/staff/visits/diary",
    "/staff/year-end",
    "/staff/desk",
    "/staff/holds/new",
    "/staff/shelves/{shelf}/desk",
    "/staff/kiosk-conflicts",
    "/staff/policies/new",
    "/staff/policies/why",
    "/staff/corners/new",
    "/staff/lessons/month",
    "/staff/lessons/new",
    "/staff/lessons/pick",
    "/staff/lessons/plan",
    "/staff/textbooks/batches/{batch}",
    "/staff/textbooks/classes/{class6}/by-list",
    "/staff/textbooks/classes/{class6}/sheet",
    "/staff/textbooks/collect",
    "/staff/textbooks/losses",
    "/staff/textbooks/plan",
    "/staff/textbooks/sets/2026-2027/6",
    "/staff/textbooks/shortfall",
    "/staff/units/{corner}/list",
    "/staff/promotion/{session}",
    "/staff/promotion/{session}/edit",
    "/staff/promotion/reading",
    "/staff/promotion/themes",
    "/staff/promotion/year",
    "/staff/readers/new",
    "/staff/readers/{reader}/edit",
    "/staff/readers/{reader}/merge",
    "/staff/records/{record}/edit",
    "/staff/reports/{month}/words",
    "/staff/reports/{month}/rows/rotation.total.total",
    "/staff/reports/rules",
    "/staff/imports/readers",
    "/staff/password",
    "/staff/charges",
    "/staff/returns",
    "/staff/class-loans",
    "/staff/class-loans/{class}",
    "/staff/loans/{loan}",
    "/staff/loans/{loan}/letter",
    "/staff/corners/rotations",
    "/staff/corners/rotations/{rotation}",
    "/staff/corners/new-year",
    "/staff/hand-overs/{hand_over}",
    "/staff/units/{shelf}",
    "/staff/units/{corner}/compose",
    "/staff/units/{corner}/tally",
    "/staff/units/{corner}/tick-sheet",
    "/staff/shelves/{shelf}/stops/{stop}",
    "/staff/shelves/{shelf}/stops/{stop}/count",
    "/staff/shelves/{shelf}/stops/{stop}/sheet",
    "/staff/shelves/{shelf}/route-sheet",
    "/staff/kiosk-pin",
    "/staff/devices/releases",
)
LOST = ("/khong-co-trang-nay", "/staff/khong-co-trang-nay")
NUMBERS = {
    "record": "SELECT id FROM record WHERE title LIKE 'Dế Mèn%' ORDER BY id LIMIT 1",
    "copy": "SELECT MIN(id) FROM copy",
    "reader": "SELECT reader_id FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL ORDER BY due_on LIMIT 1",
    "class": "SELECT MIN(id) FROM school_class",
    "class6": "SELECT school_class_id FROM textbook_batch WHERE kind = 'out' ORDER BY id LIMIT 1",
    "batch": "SELECT MIN(id) FROM textbook_batch",
    "lesson": "SELECT MAX(id) FROM lesson_booking",
    "corner": "SELECT MIN(id) FROM holding_unit WHERE kind = 'class_corner'",
    "shelf": "SELECT MIN(id) FROM holding_unit WHERE kind <> 'class_corner'",
    "session": "SELECT MIN(id) FROM promotion_session WHERE status = 'held'",
    "loan": "SELECT MIN(id) FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL",
    "rotation": "SELECT MIN(id) FROM rotation_plan",
    "hand_over": "SELECT MIN(id) FROM hand_over",
    "stop": "SELECT id FROM shelf_stop ORDER BY unit_id, sequence LIMIT 1",
    "month": "SELECT MAX(substr(held_on, 1, 7)) FROM promotion_session WHERE status = 'held'",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A demo school that answers: its address, and the numbers its pages' addresses need."""
    folder = tmp_path_factory.mktemp("demo")
    kesach(folder, "init", "--demo", "--admin", ADMIN)
    school = sqlite3.connect(folder / "kesach.db")
    numbers = {name: str(school.execute(query).fetchone()[0]) for name, query in NUMBERS.items()}
    school.close()
    with serving(Path(folder)) as (port, _process):
        yield f"http://127.0.0.1:{port}", numbers


@pytest.fixture(scope="module")
def page(demo: tuple[str, dict[str, str]], chromium_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(bypass_csp=True, locale="vi-VN", reduced_motion="reduce")
        page = context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        yield page
        browser.close()
        assert troubles == [], "a script of a page stumbled"


def _list_violations(
    page: Any,
    address: str,
    script: str,
    widths: tuple[int, ...] = WIDTHS,
    themes: tuple[str, ...] = ("light", "dark"),
    status: int = 200,
) -> list[str]:
    """Open one page and look at it in these themes and widths; one line for each rule and place broken."""
    answer = page.goto(address)
    assert answer.status == status, address
    page.evaluate(FIRST_ROWS_ONLY)
    page.add_script_tag(content=script)
    found: list[str] = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for theme in themes:
            page.emulate_media(color_scheme=theme)
            only = {"type": "tag", "values": WCAG} if theme == "light" else {"type": "rule", "values": COLOUR_RULES}
            result = page.evaluate("only => axe.run(document, {runOnly: only, resultTypes: ['violations']})", only)
            assert result["violations"] or result["passes"], f"axe looked at nothing on {address}"
            for broken in result["violations"]:
                for node in broken["nodes"][:3]:
                    found.append(f"{address} {width} {theme}: {broken['id']} at {node['target']}: {node['html'][:160]}")
    page.emulate_media(color_scheme="light")
    return found


def test_axe_finds_what_is_broken_on_purpose(page: Any) -> None:
    """Were axe not really run, or its rules not those of WCAG, this page would pass too."""
    page.set_content('<html lang="vi"><title>Hỏng</title><main><img src="x.png"><p style="color:#ccc">mờ</p></main>')
    page.add_script_tag(content=_axe())
    result = page.evaluate("only => axe.run(document, {runOnly: only})", {"type": "tag", "values": WCAG})
    assert {broken["id"] for broken in result["violations"]} >= {"image-alt", "color-contrast"}


def test_pages_for_pupils_break_no_rule(demo: tuple[str, dict[str, str]], page: Any) -> None:
    core, numbers = demo
    script = _axe()
    found = [line for path in PUBLIC for line in _list_violations(page, core + path.format(**numbers), script)]
    assert not found, "\n".join(found)


def test_pages_for_staff_break_no_rule(demo: tuple[str, dict[str, str]], page: Any) -> None:
    core, numbers = demo
    script = _axe()
    page.goto(f"{core}/staff/login")
    page.fill("[name=login]", ADMIN)
    page.fill("[name=password]", ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{core}/staff/")
    found = [line for path in STAFF for line in _list_violations(page, core + path.format(**numbers), script)]
    for path in MORE_STAFF:
        found += _list_violations(page, core + path.format(**numbers), script, (360,), ("light",))
    for path in LOST:
        found += _list_violations(page, core + path, script, status=404)
    assert not found, "\n".join(found)


def test_the_first_tab_leads_to_the_content(demo: tuple[str, dict[str, str]], page: Any) -> None:
    core, numbers = demo
    page.set_viewport_size({"width": 1280, "height": 900})
    for path in ("/records/{record}", "/staff/audit"):
        page.goto(core + path.format(**numbers))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip-link"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0  # seen once it has the focus
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")


def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
