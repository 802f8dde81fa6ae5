"""Walks every page of the core at several widths, light and dark, and lays the pictures out on contact sheets.

    python tools/contact_sheets.py OUT [--widths 360,1280] [--themes light,dark] [--only /staff/desk,/search] [--print]

Pages come from the app's own url map, so a new page is walked without being named here; a parameter needs a
number from the demo school (NUMBERS). Next to the sheets it prints what can be measured: a page wider than its
window, text cut off without an ellipsis, marks of stacked letters without room, messages of the console.
`--print` makes the sheets as a printer would get them (needs pdftoppm). `--data FOLDER` walks that school
instead of a fresh demo.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, sync_playwright
from take_screenshots import REPOSITORY, free_port, wait_for

LOGIN, PASSWORD = "lan", "chup-man-hinh-tai-lieu-2026"
SAMPLE = "catalog_imports/samples/mau-thu-vien.mrc"
FONT = REPOSITORY / "hardware" / "fonts" / "BeVietnamPro-Medium.ttf"
SHEET_WIDTH, SHEET_HEIGHT = 1140, 1060
THUMB = {360: 176, 768: 270, 1280: 364, 1920: 364, 794: 270}
TALLEST = {360: 3.0, 768: 1.8, 1280: 1.2, 1920: 0.9, 794: 1.5}  # a picture is cut below this many times its width
NOT_A_PAGE = re.compile(r"^/(api|static|covers)/|\.(pdf|svg|png|csv|docx|xlsx|zip|<ending>)$|/files/|/marc$|/working/")
NUMBERS = {
    "record_id": "SELECT id FROM record WHERE title LIKE 'Dế Mèn%' ORDER BY id",
    "copy_id": "SELECT copy_id FROM loan WHERE returned_at IS NULL ORDER BY due_on",
    "reader_id": "SELECT reader_id FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL ORDER BY due_on",
    "class_id": "SELECT school_class_id FROM enrolment ORDER BY id DESC",
    "hand_over_id": "SELECT MIN(id) FROM hand_over",
    "unit_id": "SELECT id FROM holding_unit WHERE kind = 'class_corner'",
    "shelves.unit_id": "SELECT id FROM holding_unit WHERE kind <> 'class_corner'",
    "stop_id": "SELECT id FROM shelf_stop ORDER BY unit_id, sequence",
    "loan_id": "SELECT id FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL ORDER BY due_on",
    "device_id": "SELECT id FROM device",
    "batch_id": "SELECT id FROM textbook_batch ORDER BY id",
    "grade": "SELECT 6",
    "year": "SELECT '2026-2027'",
    "visit_id": "SELECT MAX(id) FROM visit",
    "policy_id": "SELECT MIN(id) FROM loan_policy",
    "session_id": "SELECT id FROM promotion_session WHERE status = 'held'",
    "month_key": "SELECT MAX(substr(held_on, 1, 7)) FROM promotion_session WHERE status = 'held'",
    "figure_id": "SELECT 'rotation.total.total'",
    "number": "SELECT number FROM import_batch ORDER BY id DESC",
}
MORE_PAGES = (
    "/search?q=nguyen+nhat+anh",
    "/search?view=covers&material=children",
    "/search?q=khong+co+sach+nao+ten+nhu+vay",
    "/subjects/list?subject=To%C3%A1n&grade=6",
    "/staff/desk?reader={reader_id}",
    "/staff/records?q=toan",
    "/staff/readers?q=nguyen",
    "/staff/promotion/register?year=2026-2027",
    "/staff/khong-co-trang-nay",
)
MEASURE = (Path(__file__).parent / "measure_page.js").read_text("utf-8")


def list_paths(data: Path) -> list[str]:
    """Every address of a page, with the demo school's numbers in place; a parameter without one is named."""
    os.environ["KESACH_DATA"] = str(data)
    from library.app import create_app
    from library.settings import load_settings

    app = create_app(load_settings())
    school = sqlite3.connect(f"file:{data / 'kesach.db'}?mode=ro", uri=True)

    def number(rule: str, name: str) -> str | None:
        room = rule.removeprefix("/staff").split("/")[1] if rule else ""
        query = NUMBERS.get(f"{room}.{name}") or NUMBERS.get(name)
        row = school.execute(query).fetchone() if query else None
        return str(row[0]) if row and row[0] is not None else None

    paths = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" not in (rule.methods or ()) or NOT_A_PAGE.search(str(rule)):
            continue
        values = {name: number(str(rule), name) for name in rule.arguments}
        if None in values.values():
            print(f"not walked (no number in NUMBERS): {rule}")
            continue
        paths.append(re.sub(r"<(?:[^:>]*:)?([^>]+)>", lambda found: str(values[found[1]]), str(rule)))  # noqa: B023  used at once
    numbers = {name: number("", name) for name in NUMBERS if "." not in name}
    school.close()
    app.extensions["kesach_close"]()
    return paths + [path.format(**numbers) for path in MORE_PAGES]


@contextmanager
def serving(data: Path | None) -> Iterator[tuple[str, Path]]:
    """Address and data folder of a core that answers; a fresh demo school when no folder is given."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KESACH_DATA": str(data or folder), "KESACH_ADMIN_PASSWORD": PASSWORD}
        kesach = [sys.executable, "-m", "library.cli"]
        if data is None:
            subprocess.run([*kesach, "init", "--demo", "--admin", LOGIN], check=True, env=environment, cwd=REPOSITORY)
            subprocess.run([*kesach, "import", "marc", SAMPLE], check=True, env=environment, cwd=REPOSITORY)
        port = free_port()
        server = subprocess.Popen([*kesach, "serve", "--port", str(port)], env=environment, cwd=REPOSITORY)
        try:
            wait_for(f"http://127.0.0.1:{port}", server)
            yield f"http://127.0.0.1:{port}", data or Path(folder)
        finally:
            server.terminate()
            server.wait()


def sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/staff/login")
    page.fill("#f-login", LOGIN)
    page.fill("#f-password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{address}/staff/")


def file_name(path: str) -> str:
    return re.sub(r"[^\w-]+", "-", path).strip("-") or "home"


def walk(browser: Browser, address: str, paths: list[str], folder: Path, width: int, theme: str) -> list[Path]:
    """A picture of every page; prints what can be measured on it."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if theme == "dark" else "light", locale="vi-VN"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    sign_in(page, address)
    pictures = []
    for path in paths:
        if path in ("/staff/login",):
            continue
        said.clear()
        answer = page.goto(address + path)
        page.evaluate("document.fonts.ready")
        # Pictures far below are loaded late; a walk cannot scroll.
        page.evaluate("document.querySelectorAll('img[loading=lazy]').forEach(image => { image.loading = 'eager' })")
        page.wait_for_load_state("networkidle")
        target = folder / f"{width}-{theme}-{file_name(path)}.png"
        height = min(int(page.evaluate("document.documentElement.scrollHeight")), int(width * TALLEST.get(width, 1.5)))
        page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
        pictures.append(target)
        problems = page.evaluate(MEASURE) if theme == "light" else []
        if answer and answer.status >= 400:
            problems.append(f"answers {answer.status}")
        for line in [*problems[:8], *said]:
            print(f"{width} {theme} {path}: {line}")
    context.close()
    return pictures


def print_out(browser: Browser, address: str, paths: list[str], folder: Path) -> list[Path]:
    """Every page as a printer would get it: the first two sheets of each."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
    page = context.new_page()
    sign_in(page, address)
    pictures = []
    for path in paths:
        page.goto(address + path)
        page.wait_for_load_state("networkidle")
        target = folder / f"print-{file_name(path)}"
        page.pdf(path=f"{target}.pdf", prefer_css_page_size=True, format="A4")
        subprocess.run(["pdftoppm", "-r", "60", "-l", "2", "-png", f"{target}.pdf", str(target)], check=True)
        pictures += sorted(folder.glob(f"{target.name}-[0-9]*.png"))
    context.close()
    return pictures


def lay_out(pictures: list[Path], width: int, name: Path) -> None:
    """Contact sheets of the pictures, each under its name."""
    thumb, gap, words = THUMB.get(width, 400), 12, 22
    font = ImageFont.truetype(str(FONT), 13)
    columns = max(1, (SHEET_WIDTH - gap) // (thumb + gap))
    sheets: list[Image.Image] = []
    tops = [SHEET_HEIGHT] * columns
    for path in pictures:
        with Image.open(path) as picture:
            whole = picture.convert("RGB")
        whole = whole.crop((0, 0, whole.width, min(whole.height, int(whole.width * TALLEST.get(width, 1.5)))))
        small = whole.resize((thumb, max(1, whole.height * thumb // whole.width)), Image.Resampling.LANCZOS)
        column = tops.index(min(tops))
        if tops[column] + small.height + words > SHEET_HEIGHT:
            sheets.append(Image.new("RGB", (SHEET_WIDTH, SHEET_HEIGHT), "#888"))
            tops = [gap] * columns
            column = 0
        place = (gap + column * (thumb + gap), tops[column])
        draw = ImageDraw.Draw(sheets[-1])
        draw.text(place, path.stem.split("-", 2)[-1][: thumb // 7], font=font, fill="white")
        sheets[-1].paste(small, (place[0], place[1] + words))
        tops[column] += small.height + words + gap
    for number, sheet in enumerate(sheets, 1):
        sheet.save(f"{name}-{number}.png")
        print(f"{name}-{number}.png")


def main(arguments: Any) -> None:
    out = Path(arguments.out)
    (out / "pages").mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with serving(Path(arguments.data) if arguments.data else None) as (address, data), sync_playwright() as playwright:
        wanted = [part for part in arguments.only.split(",") if part]
        paths = [path for path in list_paths(data) if not wanted or any(path.startswith(part) for part in wanted)]
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        if arguments.print:
            lay_out(print_out(browser, address, paths, out / "pages"), 794, out / "print")
        else:
            for width in map(int, arguments.widths.split(",")):
                for theme in arguments.themes.split(","):
                    pictures = walk(browser, address, paths, out / "pages", width, theme)
                    lay_out(pictures, width, out / f"{width}-{theme}")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--widths", default="360,768,1280,1920")
    parser.add_argument("--themes", default="light,dark")
    parser.add_argument("--only", default="")
    parser.add_argument("--print", action="store_true")
    parser.add_argument("--data", default="")
    main(parser.parse_args())
