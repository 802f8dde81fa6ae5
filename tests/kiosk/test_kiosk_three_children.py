"""Three children in a row in a real browser, at the real kiosk program, with a fault for each of them.

The first meets a printer without paper, the second a core that goes away and comes back, the third a scanner
that was unplugged and then stammers. Each sees and is given their own data only, on the screen and on paper, and every
act is in the core at the end.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_world import Core
from PIL import Image, ImageChops
from playwright.sync_api import Page, expect, sync_playwright

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.scanner import TerminalScannerEmulator
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.receipt_layout import Paper, render_receipt
from kiosk.journal import ActJournal
from kiosk.printing import receipt_number
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from library.lending.tables import KioskConflict, Loan

REPOSITORY = Path(__file__).resolve().parents[2]
CHILDREN = {"Trần Minh An": "Dế Mèn phiêu lưu ký", "Lê Thanh Bình": "Mắt biếc", "Phạm Chi": "Kính vạn hoa"}
GARBAGE = ["\x00\x1b[2J", "ÿþ<script>alert(1)</script>", "9" * 500, "🙂" * 20]


@pytest.mark.browser
@pytest.mark.skipif(sys.platform == "win32", reason="pseudo terminals are POSIX")
def test_three_children_three_faults(core: Core, tmp_path: Path, chromium_path: str) -> None:
    books = {title: core.world.add_title(title)[0] for title in CHILDREN.values()}  # before its first snapshot
    device = tmp_path / "scanner"
    with NetworkPrinterEmulator(EmulatedHead(384)) as printer, TerminalScannerEmulator(device) as scanner:
        (tmp_path / "kiosk.toml").write_text(
            f'[server]\nurl = "{core.proxy.url}"\ntoken = "{core.token}"\n'
            f'[kiosk]\nstate_dir = "state"\nscreen_port = 0\n[scanner]\ndriver = "serial"\ndevice = "{device}"\n'
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
                expect(tab.locator("body")).to_contain_text("Quét thẻ của", timeout=60_000)
                play(core, books, printer.head, tab, scanner)
                browser.close()
        finally:
            process.terminate()
            process.communicate(timeout=60)
    check_papers(printer.head.tickets, tmp_path / "state")
    held = {loan.reader_id: loan.copy.record.title for loan in Loan.select().where(Loan.returned_at.is_null())}
    assert held == {core.world.readers[name]: title for name, title in CHILDREN.items()}
    assert Loan.select().count() == 3 and KioskConflict.select().count() == 0


def play(core: Core, books: dict[str, str], head: EmulatedHead, tab: Page, scanner: TerminalScannerEmulator) -> None:
    for number, (name, title) in enumerate(CHILDREN.items()):
        mine = name.split()[-1]
        if number == 0:
            head.strike(Fault.PAPER_OUT)
        else:
            head.clear(Fault.PAPER_OUT)
        if number == 2:
            scanner.unplug()
            expect(tab.locator("body")).to_contain_text("Máy đang nghỉ một chút", timeout=60_000)
            scanner.plug()
            expect(tab.locator("body")).to_contain_text("Quét thẻ của", timeout=60_000)
            for text in GARBAGE:
                scanner.scan(text)
        scanner.scan(core.card(name))
        expect(tab.locator("body")).to_contain_text(f"Chào {mine}!", timeout=60_000)
        core.proxy.dead = number == 1
        scanner.scan(books[title])
        expect(tab.locator(".book .title")).to_have_text(title, timeout=60_000)
        others = [one for other, its in CHILDREN.items() if other != name for one in (other, core.card(other), its)]
        page = tab.content()
        assert not [one for one in (*others, name, core.card(name)) if one in page]
        tab.get_by_role("button", name="Xong").dispatch_event("pointerdown", {"isPrimary": True})
        expect(tab.locator("body")).to_contain_text(f"Hẹn gặp lại {mine}!", timeout=60_000)
        if number == 0:
            expect(tab.locator("body")).to_contain_text("Máy in đang nghỉ", timeout=60_000)
        core.proxy.dead = False
        expect(tab.locator('[data-screen="idle"]')).to_be_visible(timeout=90_000)
        page = tab.content()
        assert f"{mine}!" not in page and title not in page and core.card(name) not in page
        assert tab.evaluate("localStorage.length + sessionStorage.length") == 0


def check_papers(papers: list[Image.Image], state_dir: Path) -> None:
    """The first child had no paper; the second and third were given what they borrowed, dot for dot, and no more."""
    journal = ActJournal(state_dir / "journal.db")
    kept = [(number, ReceiptContent.from_json(text)) for number, text in reversed(journal.list_receipts(10))]
    journal.close()
    assert [(one.name, [line.title for line in one.lines], bool(one.lines[0].due_on)) for _, one in kept] == [
        (name.split()[-1], [title], True) for name, title in CHILDREN.items()
    ]
    assert [one.offline for _, one in kept] == [False, True, False]
    assert len(papers) == 2
    for paper, (number, content) in zip(papers, kept[1:], strict=True):
        blocks = compose_receipt(replace(content, number=receipt_number("QUAY", number)))
        drawn = render_receipt(blocks, Paper(384))
        assert paper.size == drawn.size and not ImageChops.logical_xor(paper.convert("1"), drawn).getbbox()
        others = [word for other in CHILDREN if content.name not in other.split() for word in (other, CHILDREN[other])]
        firsts = [f"{other.split()[-1]} –" for other in CHILDREN if content.name not in other.split()]
        said = " | ".join(str(block) for block in blocks)
        assert f"{content.name} –" in said and not [word for word in (*others, *firsts) if word in said]
