"""Three children in a row in a real browser, at the real kiosk program, with a fault for each of them.

The first meets a printer without paper, the second a core that goes away and comes back, the third a scanner
that stammers. Each sees their own data only, and every act is in the core at the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from kiosk_world import Core
from playwright.sync_api import Page, expect, sync_playwright

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from library.lending.tables import KioskConflict, Loan

REPOSITORY = Path(__file__).resolve().parents[2]
CHILDREN = {"Trần Minh An": "Dế Mèn phiêu lưu ký", "Lê Thanh Bình": "Mắt biếc", "Phạm Chi": "Kính vạn hoa"}
GARBAGE = ["\x00\x1b[2J", "ÿþ<script>alert(1)</script>", "9" * 500, "🙂" * 20]


@pytest.mark.browser
def test_three_children_three_faults(core: Core, tmp_path: Path, chromium_path: str) -> None:
    books = {title: core.world.add_title(title)[0] for title in CHILDREN.values()}  # before its first snapshot
    with NetworkPrinterEmulator(EmulatedHead()) as printer:
        (tmp_path / "kiosk.toml").write_text(
            f'[server]\nurl = "{core.proxy.url}"\ntoken = "{core.token}"\n'
            '[kiosk]\nstate_dir = "state"\nscreen_port = 0\n[scanner]\ndriver = "web"\n'
            f'[printer]\ndriver = "network"\nhost = "{printer.host}"\nport = {printer.port}\nreceipts = "always"\n',
            encoding="utf-8",
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.cli", "run", "--config", str(tmp_path / "kiosk.toml")], cwd=REPOSITORY,
            stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip
        try:
            assert process.stderr is not None
            address = next(line.split()[-1] for line in process.stderr if line.startswith("Màn hình quầy: "))
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
                tab = browser.new_page(viewport={"width": 1024, "height": 600}, reduced_motion="reduce")
                tab.goto(address)
                expect(tab.locator("body")).to_contain_text("Quét thẻ của", timeout=20_000)
                play(core, books, printer.head, tab, address)
                browser.close()
        finally:
            process.terminate()
            process.communicate(timeout=20)
    held = {loan.reader_id: loan.copy.record.title for loan in Loan.select().where(Loan.returned_at.is_null())}
    assert held == {core.world.readers[name]: title for name, title in CHILDREN.items()}
    assert Loan.select().count() == 3 and KioskConflict.select().count() == 0


def play(core: Core, books: dict[str, str], head: EmulatedHead, tab: Page, address: str) -> None:
    for number, (name, title) in enumerate(CHILDREN.items()):
        mine = name.split()[-1]
        if number == 0:
            head.strike(Fault.PAPER_OUT)
        else:
            head.clear(Fault.PAPER_OUT)
        if number == 2:
            for text in GARBAGE:
                scan(address, text)
        scan(address, core.card(name))
        expect(tab.locator("body")).to_contain_text(f"Chào {mine}!", timeout=20_000)
        core.proxy.dead = number == 1
        scan(address, books[title])
        expect(tab.locator(".book .title")).to_have_text(title, timeout=20_000)
        others = [one for other, its in CHILDREN.items() if other != name for one in (other, core.card(other), its)]
        page = tab.content()
        assert not [one for one in (*others, name, core.card(name)) if one in page]
        tab.get_by_role("button", name="Xong").dispatch_event("pointerdown", {"isPrimary": True})
        expect(tab.locator("body")).to_contain_text(f"Hẹn gặp lại {mine}!", timeout=20_000)
        if number == 0:
            expect(tab.locator("body")).to_contain_text("Máy in đang nghỉ", timeout=20_000)
        core.proxy.dead = False
        expect(tab.locator('[data-screen="idle"]')).to_be_visible(timeout=40_000)
        page = tab.content()
        assert f"{mine}!" not in page and title not in page and core.card(name) not in page
        assert tab.evaluate("localStorage.length + sessionStorage.length") == 0


def scan(address: str, text: str) -> None:
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(f"{address}scan", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
