"""From the last key of a scan to the painted screen, and from "Xong" to the first byte at the printer.

Nothing in between is a stand-in: a scanner in serial mode on a pseudo terminal, the kiosk's three processes, the core
behind HTTP with the demo school, Chromium with the kiosk's own page, a printer that speaks ESC/POS over TCP.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hardware.emulator.head import EmulatedHead
from hardware.emulator.scanner import TerminalScannerEmulator
from hardware.emulator.server import NetworkPrinterEmulator
from kiosk.api_client import ApiClient
from tests.bench.kiosk_program import KioskProgram, await_snapshot, running
from tests.bench.rows import Row, milliseconds
from tests.running_school import percentile

BOOKS_A_CHILD = 3
# What the page shows, each time it was painted: after the frame that follows a change, told by a message that the
# browser delivers once the frame is out.
_WATCH = """
() => {
  window.painted = [];
  const stage = document.getElementById("stage"), channel = new MessageChannel();
  channel.port1.onmessage = (told) => window.painted.push([told.data, performance.timeOrigin + performance.now()]);
  new MutationObserver(() => {
    const event = Number(stage.dataset.event);
    requestAnimationFrame(() => channel.port2.postMessage(event));
  }).observe(stage, { attributes: true, attributeFilter: ["data-event"] });
}
"""


def screen_and_paper(folder: Path, port: int, token: str, quick: bool) -> list[Row]:
    """Rows for the kiosk's section. `token`: of an ordinary kiosk."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True)
    children, receipts = (8, 4) if quick else (60, 25)
    paper = Paper()
    with (
        TerminalScannerEmulator(folder / "scanner") as scanner,
        NetworkPrinterEmulator(paper) as printer,
        running(
            folder, port, token, mode="borrow_and_return",
            scanner=f'driver = "serial"\ndevice = "{folder / "scanner"}"',
            printer=f'driver = "network"\nhost = "{printer.host}"\nport = {printer.port}\nreceipts = "always"',
        ) as program,
    ):  # fmt: skip
        await_snapshot(folder)
        stock, desk = Stock(port, token), Desk(program, scanner)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            tab = browser.new_page(viewport={"width": 1280, "height": 800})
            tab.goto(program.address)
            tab.wait_for_function("() => document.getElementById('stage').dataset.screen === 'idle'")
            tab.evaluate(_WATCH)
            desk.child(tab, stock, 1)  # drawing is loaded, every path was taken once
            times = [one for _ in range(children) for one in desk.child(tab, stock, BOOKS_A_CHILD)]
            browser.close()
        waits = [desk.receipt(stock, paper) for _ in range(receipts)]
        memory = program.memory()
    whole, ours = [painted for painted, _ in times], [told for _, told in times]
    return [
        Row(f"last key of a scan to painted screen, {len(whole)} scans",
            f"p50 {milliseconds(percentile(whole, 0.5))}, p95 {milliseconds(percentile(whole, 0.95))}",
            "limit 100 ms (p95)", f"{percentile(whole, 0.95) / 0.1:.2f} of it"),
        Row("of it kiosk and core (screen told)",
            f"p50 {milliseconds(percentile(ours, 0.5))}, p95 {milliseconds(percentile(ours, 0.95))}",
            "limit 60 ms (p95)", f"{percentile(ours, 0.95) / 0.06:.2f} of it"),
        Row(f"“Xong” to first byte at the printer, five titles, {len(waits)} receipts",
            f"p50 {milliseconds(percentile(waits, 0.5))}, p95 {milliseconds(percentile(waits, 0.95))}",
            "limit 150 ms", f"{percentile(waits, 0.95) / 0.15:.2f} of it"),
        memory_row(f"memory after these children and {len(waits)} receipts", memory),
    ]  # fmt: skip


def memory_row(what: str, memory: tuple[float, float, float]) -> Row:
    rss, pss, _ = memory
    return Row(what, f"RSS {rss:.0f} MB, PSS {pss:.0f} MB", "limit 60 MB", f"RSS {rss / 60:.2f} of it")


class Paper(EmulatedHead):
    """Notes when the first byte of a job came; questions for the printer's state are none."""

    def __init__(self) -> None:
        super().__init__()
        self.began = threading.Event()
        self.began_at = 0.0

    def receive(self, data: bytes) -> None:
        if not self.began.is_set() and b"\x1b@" in data:
            self.began_at = time.time()
            self.began.set()
        super().receive(data)


class Stock:
    """Cards of readers who may borrow and books on the shelf, none twice and no title twice in a row."""

    def __init__(self, port: int, token: str) -> None:
        api = ApiClient(f"http://127.0.0.1:{port}", token, read_timeout=60)
        found = api.snapshot(None)
        lessons = {need["record_id"] for need in found.head.policy.get("lessons", ())}
        copies = [
            one for one in found.copies()
            if one.loanable and one.open_loan is None and not one.held and one.material in ("children", "reference")
            and one.record_id not in lessons
        ]  # fmt: skip
        seen: Counter[int | None] = Counter()
        ranked = []
        for copy in copies:
            seen[copy.record_id] += 1
            ranked.append((seen[copy.record_id], copy.barcode))
        self.books = [barcode for _, barcode in sorted(ranked, reverse=True)]
        readers = [one for one in found.readers() if not one.blocks]
        self.pupils = [one.card for one in readers if one.kind == "pupil" and one.loans_open == 0]
        self.teachers = [one.card for one in readers if one.kind == "teacher" and one.loans_open <= 5]  # ten in all
        api.close()


class Desk:
    """Scans as a child does, and waits for each screen."""

    def __init__(self, program: KioskProgram, scanner: TerminalScannerEmulator) -> None:
        self._program, self._scanner = program, scanner
        self._events = _Events(program.address)
        self.told = 0.0

    def child(self, tab: Any, stock: Stock, books: int) -> list[tuple[float, float]]:
        """A card, some books; the next child's card ends it. (until painted, until told) of each scan, seconds."""
        texts = [stock.pupils.pop(), *(stock.books.pop() for _ in range(books))]
        times = []
        for count, text in enumerate(texts):
            pressed = time.time()
            number, told = self.scan(text, count)
            painted = tab.wait_for_function(
                "(number) => (window.painted.find(([event]) => event >= number) || [])[1]", arg=number, polling=10
            ).json_value()
            times.append((painted / 1000 - pressed, told - pressed))
        return times

    def scan(self, text: str, count: int) -> tuple[int, float]:
        """(number of the screen that answers it with so many books, when it was told)."""
        self._scanner.scan(text)
        return self._events.until(
            lambda view: view["screen"] == "open" and len(view["books"]) == count and not view["waiting"]
        )

    def receipt(self, stock: Stock, paper: Paper) -> float:
        """A reader with five titles; seconds from "Xong" to the printer's first byte."""
        for count, text in enumerate([stock.teachers.pop(), *(stock.books.pop() for _ in range(5))]):
            self.scan(text, count)
        paper.began.clear()
        body = json.dumps({"name": "done", "session": self._events.view["session"]}).encode()
        request = urllib.request.Request(f"{self._program.address}button", body, {"Content-Type": "application/json"})
        pressed = time.time()
        with urllib.request.urlopen(request, timeout=10):
            pass
        assert paper.began.wait(20)
        self._events.until(lambda view: view["screen"] == "goodbye" and "nhớ lấy phiếu" in view["receipt"])
        return paper.began_at - pressed


class _Events:
    """The screens as the kiosk tells them, each with its number and when it was heard."""

    def __init__(self, address: str) -> None:
        self._stream = urllib.request.urlopen(f"{address}events", timeout=30)
        self.view: dict[str, Any] = {}

    def until(self, is_wanted: Callable[[dict[str, Any]], bool]) -> tuple[int, float]:
        """(its number, time) of the next screen that is as wanted."""
        number = 0
        for line in self._stream:
            at = time.time()
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"data: "):
                self.view = json.loads(line[6:])
                if (self.view["notice"] or {}).get("tone") == "no":
                    raise AssertionError(self.view["notice"])
                if is_wanted(self.view):
                    return number, at
        raise AssertionError("the kiosk went away")
