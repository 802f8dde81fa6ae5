"""The page: what it serves, whom it listens to, and that nothing of a child stays in it."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kiosk_screens import BOOKS, list_screens
from kiosk_session_driver import BINH, Driver

from kiosk.screen_server import ScreenServer, ScreenServices, ScreenState
from kiosk.session_events import Welcome
from kiosk.session_rules import Rules

SCREENS = dict(list_screens())
SILENT = {"sound": {"number": 0, "name": ""}}


class Page:
    """A served page whose taps and scans are collected."""

    def __init__(self, simulator: bool, receipts_dir: Path) -> None:
        self.state = ScreenState()
        self.taps: list[tuple[str, int]] = []
        self.scans: list[str] = []
        self.server = ScreenServer(
            0,
            ScreenServices(
                state=self.state,
                press=lambda name, session: self.taps.append((name, session)),
                find_cover=lambda number: b"<svg xmlns='http://www.w3.org/2000/svg'/>" if number == 7 else None,
                scan=self.scans.append if simulator else None,
                receipts_dir=receipts_dir,
                list_samples=lambda: {"cards": [], "books": []},
            ),
        )
        self.server.start()

    def show(self, screen: dict[str, Any]) -> None:
        self.state.show({**screen, **SILENT})

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers.setdefault("Content_Type", "application/json")
        connection.request(method, path, data, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        found = answer.status, answer.getheader("Content-Type", ""), answer.read()
        connection.close()
        return found


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    made = Page(True, tmp_path)
    yield made
    made.server.close()


def test_whole_screen_comes_at_once_and_at_every_change(page: Page) -> None:
    page.show(SCREENS["idle"])
    connection = http.client.HTTPConnection("127.0.0.1", page.server.port, timeout=60)
    connection.request("GET", "/events")
    stream = connection.getresponse()

    def read_event() -> dict[str, Any]:
        lines: list[bytes] = []
        while (line := stream.readline()).strip():
            lines.append(line)
        return json.loads(next(line for line in lines if line.startswith(b"data: "))[6:])

    assert read_event()["screen"] == "idle"
    page.show(SCREENS["three-books"])
    assert [book["title"] for book in read_event()["books"]] == BOOKS[::-1]
    connection.close()


def test_taps_reach_the_kiosk_with_their_session(page: Page) -> None:
    assert page.ask("POST", "/button", {"name": "done", "session": 4})[0] == 200
    assert page.taps == [("done", 4)]


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"name": "done", "session": 1}, {"Host": "evil.example"}, 403),
        ({"name": "done", "session": 1}, {"Origin": "http://evil.example"}, 403),
        ({"name": "done", "session": 1}, {"Content_Type": "text/plain"}, 415),
        ({"name": "done", "session": 1}, {"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"name": 3, "session": 1}, {}, 404),
        (["done"], {}, 400),
        ({"name": "x" * 9000, "session": 1}, {}, 413),
    ],
)
def test_foreign_or_odd_requests_press_nothing(page: Page, body: Any, headers: dict[str, str], status: int) -> None:
    assert page.ask("POST", "/button", body, **headers)[0] == status
    assert page.taps == []


@pytest.mark.parametrize("path", ["/static/../config.py", "/static/..%2fconfig.py", "/static//etc/passwd", "/nothing",
                                  "/static/fonts", "/covers/../1.svg", "/covers/x.svg"])  # fmt: skip
def test_only_the_page_is_served(page: Page, path: str) -> None:
    assert page.ask("GET", path)[0] == 404


def test_page_is_whole_and_comes_from_here_alone(page: Page) -> None:
    for path, kind in [("/", "text/html"), ("/static/screen.css", "text/css"), ("/static/screen.js", "text/javascript"),
                       ("/static/fonts/be-vietnam-pro-700.woff2", "font/woff2"), ("/covers/7.svg", "image/svg+xml")]:  # fmt: skip
        status, got, data = page.ask("GET", path)
        assert status == 200 and got.startswith(kind)
        assert b"http://" not in data.replace(b"http://www.w3.org", b"") and b"https://" not in data


def test_a_real_kiosk_has_no_keypad(tmp_path: Path) -> None:
    real = Page(False, tmp_path)
    try:
        for path in ("/sim", "/sim/samples.json", "/receipts/latest.png"):
            assert real.ask("GET", path)[0] == 404
        assert real.ask("POST", "/scan", {"text": "TV00000017"})[0] == 404
    finally:
        real.server.close()


def test_a_scan_typed_in_the_simulator(page: Page) -> None:
    assert page.ask("POST", "/scan", {"text": "TN-00012"})[0] == 200
    assert page.scans == ["TN-00012"]


@pytest.fixture(scope="module")
def browser(chromium_path: str):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.browser
def test_taps_arrive_in_their_order_though_the_first_is_slow(page: Page, browser: Any) -> None:
    """The digits of a PIN."""
    tab = browser.new_page(viewport={"width": 1024, "height": 600})
    page.show(SCREENS["staff-pin"])
    tab.goto(f"http://127.0.0.1:{page.server.port}/")
    held: list[Any] = []
    tab.route("**/button", lambda route: route.continue_() if held else held.append(route))
    with tab.expect_request("**/button"):
        tab.get_by_role("button", name="1", exact=True).click()
    for digit in "27":
        tab.get_by_role("button", name=digit, exact=True).click()
    with tab.expect_response(lambda answer: (answer.request.post_data_json or {}).get("name") == "pin_7"):
        held[0].continue_()
    assert [name for name, _session in page.taps] == ["pin_1", "pin_2", "pin_7"]
    held.clear()
    with tab.expect_request("**/button"):
        tab.get_by_role("button", name="3", exact=True).click()  # one that is never answered
    with tab.expect_response(lambda answer: (answer.request.post_data_json or {}).get("name") == "pin_4"):
        tab.get_by_role("button", name="4", exact=True).click()
    assert page.taps[-1][0] == "pin_4", "it does not take those behind it along"
    tab.close()


@pytest.mark.browser
def test_three_children_in_a_row_leave_nothing(page: Page, browser: Any) -> None:
    kiosk = Driver(Rules(receipts="ask"))
    kiosk.feed(Welcome("Trường THCS Nguyễn Du"))
    tab = browser.new_page(viewport={"width": 1024, "height": 600})
    troubles: list[str] = []
    tab.on("pageerror", lambda error: troubles.append(str(error)))
    page.show(kiosk.screen)
    tab.goto(f"http://127.0.0.1:{page.server.port}/")
    tab.get_by_text("Quét thẻ của").wait_for()
    for name, title in [("An-Nhiên", "Dế Mèn phiêu lưu ký"), ("Khôi-Vĩ", "Mắt biếc"), ("Thảo-Vy", "Kính vạn hoa")]:
        kiosk.open_session(BINH, name)
        kiosk.scan("TN-00012")
        kiosk.grant(title)
        page.show(kiosk.screen)
        tab.get_by_text(f"Chào {name}!").wait_for()
        tab.locator(".book .title").get_by_text(title).wait_for()
        with tab.expect_response(lambda answer: answer.request.method == "POST"):
            tab.get_by_role("button", name="Xong").dispatch_event("pointerdown", {"isPrimary": True})
        assert page.taps[-1] == ("done", kiosk.state.session)
        kiosk.press("done")
        page.show(kiosk.screen)
        tab.get_by_role("button", name="Không cần").wait_for()
        kiosk.press("no_receipt")
        page.show(kiosk.screen)
        tab.get_by_text(f"Hẹn gặp lại {name}!").wait_for()
        kiosk.wait(60)
        page.show(kiosk.screen)
        tab.locator('[data-screen="idle"]').wait_for()
        whole = tab.content()
        assert name not in whole and title not in whole
        assert tab.evaluate("localStorage.length + sessionStorage.length") == 0
    assert troubles == []
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height", "per_mm"), [(1280, 800, 5.9), (800, 480, 5.2), (480, 800, 5.2)])
def test_every_screen_fits_and_its_buttons_are_a_childs_finger_wide(
    page: Page, browser: Any, width: int, height: int, per_mm: float
) -> None:
    tab = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page.show(SCREENS["idle"])
    tab.goto(f"http://127.0.0.1:{page.server.port}/")
    for name, screen in SCREENS.items():
        page.show(screen)
        tab.wait_for_function(
            "(number) => document.getElementById('stage').dataset.event === number",
            arg=str(page.state.read()[0]),
        )
        boxes = tab.evaluate(
            "[...document.querySelectorAll('.button, h1, .said, .sheet, .day')]"
            ".filter((node) => node.offsetWidth && !node.closest('.choices'))"
            ".filter((node) => document.getElementById('staff').hidden || node.closest('#staff')).map((node) => {"
            " const box = node.getBoundingClientRect(), who = node.closest('#staff') ? 'grown-up ' : '';"
            " return [who + (node.className || node.tagName), box.left, box.top, box.right, box.bottom] })"
        )
        assert boxes, name
        for kind, left, top, right, bottom in boxes:
            assert left >= -1 and top >= -1 and right <= width + 1 and bottom <= height + 1, (name, kind)
            if kind.startswith("button"):
                assert min(right - left, bottom - top) >= 20 * per_mm, (name, kind, bottom - top)
            elif kind.startswith("grown-up button"):
                assert min(right - left, bottom - top) >= 9 * per_mm, (name, kind, bottom - top)
        for width_, height_ in tab.evaluate(
            "[...document.querySelectorAll('.choices .button')].map((node) => [node.offsetWidth, node.offsetHeight])"
        ):
            assert min(width_, height_) >= 20 * per_mm - 1, name
    tab.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(800, 480), (480, 800), (1280, 800)])
def test_a_finger_turns_the_list_of_names_to_its_end_and_back(
    page: Page, browser: Any, width: int, height: int
) -> None:
    """Whole names only, every one of them, and the one that is touched is the one that is chosen."""
    context = browser.new_context(viewport={"width": width, "height": height}, has_touch=True, reduced_motion="reduce")
    tab = context.new_page()
    page.show(SCREENS["choosing-name"])
    tab.goto(f"http://127.0.0.1:{page.server.port}/")
    more = tab.get_by_role("button", name="Xem tiếp")
    more.wait_for()
    names = SCREENS["choosing-name"]["choices"]

    def seen() -> list[str]:
        return tab.evaluate(
            "() => { const list = document.querySelector('.choices').getBoundingClientRect();"
            " return [...document.querySelectorAll('.choices .button')].filter((node) => {"
            " const own = node.getBoundingClientRect(); return own.bottom > list.top + 1 && own.top < list.bottom - 1 })"
            ".map((node) => { const own = node.getBoundingClientRect();"
            " return own.top >= list.top - 1 && own.bottom <= list.bottom + 1 ? node.textContent : `${node.textContent} cut` }) }"
        )

    pages = [seen()]
    while names[-1] not in pages[-1]:
        assert len(pages) < len(names), pages
        more.tap()
        pages.append(seen())
        assert pages[-1] != pages[-2], "a touch turns the page"
    assert [name for name in names if not any(name in shown for shown in pages)] == []
    assert all(name in names for shown in pages for name in shown), pages
    assert page.taps == [], "turning a page is no choice"
    with tab.expect_response("**/button"):
        tab.locator(".choices").get_by_role("button", name=names[-1], exact=True).tap()
    assert [name for name, _session in page.taps] == [f"choose_{len(names) - 1}"]
    more.tap()
    assert seen() == pages[0], "behind the last page comes the first"
    context.close()


SIZES = [(800, 480), (480, 800), (1024, 600), (1280, 800), (1920, 1080), (1080, 1920)]
MODES: dict[str, dict[str, str]] = {
    "light": {},
    "more-contrast": {"contrast": "more"},
    "forced": {"forced_colors": "active"},
}
# Text out of the screen, wider than its place, or cut off below. Lists of books and choices may scroll.
_SPILLED = """() => [...document.querySelectorAll('body *')].flatMap((node) => {
  const staff = !document.getElementById('staff').hidden, style = getComputedStyle(node), box = node.getBoundingClientRect();
  if (node.closest('svg, template') || !box.width || (staff && !node.closest('#staff'))) return [];
  const scrolls = node.closest('.books, .choices'), name = `${node.tagName}.${node.className}`;
  const speaks = [...node.childNodes].some((one) => one.nodeType === 3 && one.textContent.trim());
  const found = [];
  if (speaks && !scrolls && (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1))
    found.push(`${name} outside`);
  if (speaks && !['inline', 'inline-block'].includes(style.display) && style.textOverflow !== 'ellipsis'
      && !node.closest('.drawn') && node.scrollWidth > node.clientWidth + 1) found.push(`${name} too wide`);
  if (!scrolls && style.display !== 'inline' && style.webkitLineClamp === 'none' && node.clientHeight
      && node.scrollHeight > node.clientHeight + 2) found.push(`${name} too high`);
  return found;
})"""
# What a child of seven stumbles over: small letters, a last line of one short word, words under what is said,
# a name cut in half. Letters: 15 px is 3 mm on a 7-inch screen, which is the least for what grown-ups read.
_HARD_TO_READ = """async () => {
  await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
  const staff = !document.getElementById('staff').hidden, sheet = !document.getElementById('overlay').hidden, found = [];
  const shown = (words) => [...document.querySelectorAll(words)].filter((node) => node.offsetWidth
    && (!staff || node.closest('#staff')) && (staff || !sheet || node.closest('#overlay')));
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const box = (node) => node.getBoundingClientRect(), name = (node) => `${node.tagName}.${node.className}`;
  for (const [words, least] of [['h1, .hint, .said, .sheet p, .button', 24], ['.remaining, .due', 21], ['.message', 18],
                                ['.school, .banner, .staff-hint, .staff *', 14.9]])
    for (const node of shown(words)) {
      const spoken = [...node.childNodes].some((one) => one.textContent.trim()), grown = node.closest('#staff');
      if (spoken && parseFloat(getComputedStyle(node).fontSize) < (grown ? 14.9 : least)) found.push(`${name(node)} small`);
    }
  for (const node of shown('h1, .sentence, .remaining, .message span, .book .due b, .sheet .title')) {
    if (getComputedStyle(node).display === 'inline') continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = new Map();
    for (const one of range.getClientRects()) lines.set(Math.round(one.top), (lines.get(Math.round(one.top)) || 0) + one.width);
    const widths = [...lines.values()];
    if (widths.length > 1 && widths.at(-1) < Math.max(...widths) * 0.3) found.push(`${name(node)} ends in a short line`);
  }
  for (const said of shown('.strip .said'))
    for (const node of shown('.stage h1, .stage .hint, .stage .remaining, .stage .message, .stage .button'))
      if (meet(box(said), box(node))) found.push(`${name(node)} under what is said`);
  for (const next of shown('.next')) {
    const own = box(next), rim = (node) => ({ ...node.getBoundingClientRect().toJSON(), bottom: box(node).bottom + 5 });
    if (own.bottom > innerHeight || own.top < 0) found.push('next outside');
    for (const node of shown('.sentence, .sheet .title, .button, h1, .hint, .remaining, .message, .book, .owl'))
      if (meet(own, node.matches('.button') ? rim(node) : box(node))) found.push(`${name(node)} under the next code`);
  }
  for (const node of shown('.school')) {
    const range = document.createRange();
    range.selectNodeContents(node);
    if (new Set([...range.getClientRects()].map((one) => Math.round(one.top))).size > 2) found.push('school in three lines');
    if (getComputedStyle(node).textOverflow === 'ellipsis') found.push('school may be cut');
  }
  for (const list of shown('.books')) {
    const whole = box(list), newest = box(list.firstElementChild);
    if (newest.bottom > whole.bottom + 1 || newest.right > whole.right + 1) found.push('newest book cut');
    for (const said of shown('.strip .said'))
      for (const node of list.children) if (meet(box(said), box(node))) found.push(`${node.textContent} under what is said`);
  }
  for (const node of shown('.choices .button')) {
    const list = box(node.parentElement), own = box(node);
    if (own.top < list.bottom - 1 && own.bottom > list.bottom + 1) found.push(`${node.textContent} cut in half`);
  }
  return found;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_spills_over_in_any_state_size_or_contrast(page: Page, browser: Any, width: int, height: int) -> None:
    found = []
    for mode, settings in MODES.items():
        tab = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce", **settings)
        page.show(SCREENS["idle"])
        tab.goto(f"http://127.0.0.1:{page.server.port}/")
        tab.evaluate("document.fonts.ready")
        for name, screen in SCREENS.items():
            page.show(screen)
            tab.wait_for_function(
                "(number) => document.getElementById('stage').dataset.event === number", arg=str(page.state.read()[0])
            )
            found += [(mode, name, what) for what in tab.evaluate(_SPILLED) + tab.evaluate(_HARD_TO_READ)]
        tab.close()
    assert not found
