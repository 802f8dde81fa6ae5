"""Takes the pictures of docs/images from a fresh demo school in a real Chromium; run by hand after a change of looks.

    python tools/take_screenshots.py [NAME…]        (names as in SHOTS and RECEIPTS, or kiosk; none = all)

Makes the demo school in a temporary folder, serves it on a free port of this machine, signs in as its
librarian and photographs. The receipts are what the PNG printer decodes from the bytes a head would get;
the kiosk's screens come from tests/kiosk/take_screenshots.py, which this tool runs too.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from hardware.png_printer import PngPrinter
from kiosk.printer_drawing import print_receipt
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from library.foundation import clock

REPOSITORY = Path(__file__).resolve().parents[1]
IMAGES = REPOSITORY / "docs" / "images"
PASSWORD = "chup-man-hinh-tai-lieu-2026"
FREE_COPIES = """
    SELECT copy.barcode FROM copy JOIN collection ON collection.id = copy.collection_id
    WHERE collection.code = 'STN' AND copy.status = 'in_service' AND copy.use = 'loan'
      AND copy.id NOT IN (SELECT copy_id FROM loan WHERE returned_at IS NULL)
      AND copy.id NOT IN (SELECT copy_id FROM placement WHERE removed_at IS NULL)
    GROUP BY copy.record_id ORDER BY copy.id LIMIT 3
"""
IDLE_PUPIL = """
    SELECT card.number FROM card JOIN reader ON reader.id = card.reader_id
    WHERE reader.kind = 'pupil' AND reader.status = 'active' AND card.status = 'active'
      AND reader.id NOT IN (SELECT reader_id FROM loan WHERE returned_at IS NULL AND reader_id IS NOT NULL)
    ORDER BY card.id LIMIT 1
"""


@dataclass(frozen=True)
class Shot:
    name: str
    path: str
    width: int = 1280
    height: int = 800
    dark: bool = False
    whole: bool = False
    act: Callable[[Page, sqlite3.Connection], None] | None = None


def make_three_loans(page: Page, school: sqlite3.Connection) -> None:
    scans = [school.execute(IDLE_PUPIL).fetchone()[0]] + [row[0] for row in school.execute(FREE_COPIES)]
    for number, scan in enumerate(scans):
        page.fill("#scan", scan)
        page.press("#scan", "Enter")
        page.wait_for_function("() => document.querySelector('#scan').value === ''")
        if number:
            page.locator("[data-desk-acts] li, [data-desk-acts] tr").nth(number - 1).wait_for()


def find_a_title(page: Page, school: sqlite3.Connection) -> None:
    title_id = school.execute("SELECT id FROM record WHERE title LIKE 'Dế Mèn%' ORDER BY id").fetchone()[0]
    page.goto(f"{page.url.rstrip('/')}/records/{title_id}")


MONTH = f"{clock.today():%Y-%m}"
SHOTS = (
    Shot("opac-home", "/", height=900),
    Shot("opac-home-dark", "/", height=900, dark=True),
    Shot("opac-home-phone", "/", 360, 740),
    Shot("opac-results", "/search?q=nguyen+nhat+anh"),
    Shot("opac-covers", "/search?view=covers&material=children", height=900),
    Shot("opac-record", "/", act=find_a_title, height=900),
    Shot("opac-subjects", "/subjects"),
    Shot("opac-subject-list", "/subjects/list?subject=To%C3%A1n&grade=6"),
    Shot("today", "/staff/", height=900),
    Shot("desk", "/staff/desk", act=make_three_loans),
    Shot("overdue", "/staff/overdue"),
    Shot("corners", "/staff/corners"),
    Shot("mobile-shelf", "/staff/shelves"),
    Shot("promotion", "/staff/promotion", height=900),
    Shot("report", f"/staff/reports/{MONTH}", height=1000),
    Shot("imports", "/staff/imports"),
    Shot("devices", "/staff/devices", height=900),
    Shot("receipt-editor", "/staff/devices/receipts?width=576", height=1000),
)


KIOSK = "kiosk"
RECEIPTS = {"receipt-384": 384, "receipt-576": 576}
RECEIPT = ReceiptContent(
    kind="acts",
    number="QUAY1-00042",
    school="Trường THCS Nguyễn Du",
    made_at="2026-11-23T09:41",
    name="An",
    class_name="6A1",
    lines=(
        ReceiptLine("checkout", "Dế Mèn phiêu lưu ký", "STN.000012", "2026-12-07"),
        ReceiptLine("checkout", "Đất rừng phương Nam", "STN.000345", "2026-12-07"),
        ReceiptLine("return", "Cho tôi xin một vé đi tuổi thơ", "STN.000077"),
    ),
)


def print_receipts(names: list[str]) -> None:
    """One ticket for each width of paper, through the real encoder and the decoder of the PNG printer."""
    for name, width in RECEIPTS.items():
        if names and name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            outcome, reason = print_receipt(PngPrinter(folder, width), RECEIPT, width, "partial")
            if outcome != "printed":
                raise SystemExit(f"{name}: {outcome}, {reason}")
            [ticket] = Path(folder).glob("*.png")
            shutil.copyfile(ticket, IMAGES / f"{name}.png")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/v1/health", timeout=2):
                return
        except (URLError, OSError):
            continue
    raise SystemExit("the server ended before it answered")


def photograph(browser: Any, address: str, shot: Shot, school: sqlite3.Connection) -> None:
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme="dark" if shot.dark else "light",
        locale="vi-VN",
    )
    page = context.new_page()
    if shot.path.startswith("/staff"):
        page.goto(f"{address}/staff/login")
        page.fill("#f-login", "lan")
        page.fill("#f-password", PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(f"{address}/staff/")
    page.goto(address + shot.path)
    if shot.act is not None:
        shot.act(page, school)
    page.evaluate("document.fonts.ready")
    page.wait_for_load_state("networkidle")
    target = IMAGES / f"{shot.name}.png"
    page.screenshot(path=target, full_page=shot.whole)
    context.close()
    with Image.open(target) as picture:
        small = picture.convert("RGB").quantize(200, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    small.save(target, optimize=True)
    print(f"{target.stat().st_size // 1024:>5} kB {target.relative_to(REPOSITORY)}")


def main(names: list[str]) -> None:
    unknown = set(names) - {shot.name for shot in SHOTS} - set(RECEIPTS) - {KIOSK}
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}")
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    IMAGES.mkdir(parents=True, exist_ok=True)
    print_receipts(names)
    if not names or KIOSK in names:
        subprocess.run([sys.executable, "tests/kiosk/take_screenshots.py", str(IMAGES)], check=True, cwd=REPOSITORY)
    if names and not set(names) & {shot.name for shot in SHOTS}:
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "KESACH_DATA": folder, "KESACH_ADMIN_PASSWORD": PASSWORD}
        kesach = [sys.executable, "-m", "library.cli"]
        subprocess.run([*kesach, "init", "--demo", "--admin", "lan"], check=True, env=environment, cwd=REPOSITORY)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        server = subprocess.Popen([*kesach, "serve", "--port", str(port)], env=environment, cwd=REPOSITORY)
        try:
            wait_for(address, server)
            school = sqlite3.connect(f"file:{folder}/kesach.db?mode=ro", uri=True)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                for shot in SHOTS:
                    if not names or shot.name in names:
                        photograph(browser, address, shot, school)
                browser.close()
            school.close()
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
