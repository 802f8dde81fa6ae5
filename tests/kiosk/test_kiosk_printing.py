"""A kiosk with a network printer (emulated) that runs out of paper, hangs, or just prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_world import Core, RunningKiosk

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from kiosk.clock import KioskClock
from kiosk.config import make_config
from kiosk.journal import ActJournal
from kiosk.printing import ReceiptPrinting
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from kiosk.session_model import Line, Receipt
from kiosk.staff_model import StaffVisit
from library.lending.tables import Loan

Start = Callable[..., RunningKiosk]


@pytest.fixture
def printer() -> Iterator[NetworkPrinterEmulator]:
    with NetworkPrinterEmulator(EmulatedHead()) as emulator:
        yield emulator


def start_with(start_kiosk: Start, printer: NetworkPrinterEmulator) -> RunningKiosk:
    settings = {"driver": "network", "host": printer.host, "port": printer.port}
    kiosk = start_kiosk(printer=settings, receipts="always")
    kiosk.until(lambda view: view["online"] and kiosk.is_ready)
    return kiosk


def borrow(kiosk: RunningKiosk, core: Core, name: str, title: str) -> None:
    [book] = core.world.add_title(title)
    kiosk.scan(core.card(name))
    kiosk.until(lambda view: view["screen"] == "open")
    kiosk.scan(book)
    kiosk.until(lambda view: view["books"])
    kiosk.press("done")
    kiosk.until(lambda view: view["screen"] == "goodbye")


def test_receipt_comes_out(core: Core, start_kiosk: Start, printer: NetworkPrinterEmulator) -> None:
    kiosk = start_with(start_kiosk, printer)
    borrow(kiosk, core, "Trần Minh An", "Dế Mèn phiêu lưu ký")
    kiosk.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
    [ticket] = printer.head.wait_for_tickets(1, 60)
    assert ticket.width == 384 and ticket.height > 300


def test_no_paper_never_stops_a_loan_and_the_day_is_on_the_screen(
    core: Core, start_kiosk: Start, printer: NetworkPrinterEmulator
) -> None:
    printer.head.strike(Fault.PAPER_OUT)
    kiosk = start_with(start_kiosk, printer)
    borrow(kiosk, core, "Trần Minh An", "Dế Mèn phiêu lưu ký")
    view = kiosk.until(lambda view: view["receipt"].startswith("Máy in đang nghỉ"))
    assert view["due"] == "thứ Hai, 07/12"
    assert Loan.select().count() == 1 and not printer.head.tickets
    printer.head.clear(Fault.PAPER_OUT)
    borrow(kiosk, core, "Lê Thanh Bình", "Mắt biếc")
    kiosk.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
    # Only Bình's: a receipt that did not come out is not printed behind the next child's back.
    assert len(printer.head.wait_for_tickets(1, 60)) == 1


def test_hung_printer_does_not_delay_the_next_child_and_prints_nothing_twice(
    core: Core, start_kiosk: Start, printer: NetworkPrinterEmulator
) -> None:
    kiosk = start_with(start_kiosk, printer)
    printer.head.strike_after_rows(100, Fault.HANG)
    borrow(kiosk, core, "Trần Minh An", "Dế Mèn phiêu lưu ký")
    kiosk.until(lambda _: Fault.HANG in printer.head.faults)
    kiosk.scan(core.card("Lê Thanh Bình"))
    kiosk.until(lambda view: view["screen"] == "open" and "Bình" in view["title"])
    kiosk.kiosk.printing.kill_worker()  # what the deadline of a hung job does
    kiosk.until(lambda view: not kiosk.kiosk.printing.waiting)
    view = kiosk.until(lambda view: view["screen"] == "open")
    assert view["reader"]["name"] == "Bình" and view["receipt"] == ""
    printer.head.clear(Fault.HANG)
    assert printer.head.wait_until_idle(60)
    # The rest of the dead job is lost paper at most; it is not sent again.
    assert len(printer.head.tickets) <= 1


def test_a_worker_renewed_after_quiet_minutes_loses_no_receipt(
    core: Core, start_kiosk: Callable[..., RunningKiosk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small while nobody is there: a fresh process takes over between two children, and the second prints too."""
    books = [core.world.add_title(f"Cuốn {number}")[0] for number in range(2)]
    one = start_kiosk(receipts="always")
    one.until(lambda view: one.is_ready)
    monkeypatch.setattr("kiosk.printing.QUIET_SECONDS", 0.0)
    for count, (name, book) in enumerate(zip(("Trần Minh An", "Phạm Chi"), books, strict=True), 1):
        one.scan(core.card(name))
        one.until(lambda view: view["screen"] == "open")
        one.scan(book)
        one.until(lambda view: view["books"])
        if count == 2:
            one.kiosk.printing.check_deadlines()  # in the middle of a session: worker gone, receipt to come
            assert not one.kiosk.printing.ready
        one.press("done")
        one.until(lambda view, count=count: view["screen"] == "goodbye" and len(one.receipts) == count)


def test_what_i_have_says_no_day_until_somebody_told_the_time(tmp_path: Path) -> None:
    """The core's day of each loan is known, but not which day it is today: nobody could say what is late."""
    monotonic = 100.0
    clock = KioskClock(wall=lambda: 0.0, monotonic=lambda: monotonic, keeps_time=lambda: False, boot_id="boot-1")
    config = make_config({"server": {"url": "http://127.0.0.1:1", "token": "x"}, "printer": {"driver": "none"}}, tmp_path)
    journal = ActJournal(tmp_path / "journal.db")
    printing = ReceiptPrinting(config, journal, clock, lambda event: None)
    held = Line("", "checkout", "TN-7", "Dế Mèn phiêu lưu ký", "2026-11-20")

    def printed() -> tuple[ReceiptContent, str]:
        printing.print_receipt(1, Receipt("holdings", "An", "3A", (held,)), "", "")
        content = ReceiptContent.from_json(journal.list_receipts(1)[0][1])
        return content, " | ".join(str(block) for block in compose_receipt(content)).replace("\\xa0", " ")

    content, said = printed()
    assert content.made_at is None and [line.due_on for line in content.lines] == [None]
    assert "Dế Mèn" in said and "Hạn trả: hỏi cô thủ thư." in said
    assert not re.search(r"\d\d/\d\d", said) and "Quá hạn" not in said and "2026" not in said
    assert clock.hear("2026-11-23T02:41:00Z", monotonic)
    content, said = printed()
    assert content.made_at == "2026-11-23T09:41" and content.lines[0].due_on == "2026-11-20"
    assert "23/11/2026 09:41" in said and "Quá hạn 20/11/2026" in said and "hỏi cô thủ thư" not in said
    journal.close()


def test_the_report_knows_the_head_at_once(
    core: Core, start_kiosk: Start, printer: NetworkPrinterEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked when its process is ready, and after every job: not half a minute later."""
    monkeypatch.setattr("kiosk.runner._STATUS", 3600.0)
    kiosk = start_with(start_kiosk, printer)
    kiosk.until(lambda _: kiosk.kiosk.report()["printer"] == "ok")
    printer.head.strike(Fault.PAPER_OUT)
    borrow(kiosk, core, "Trần Minh An", "Dế Mèn phiêu lưu ký")
    kiosk.until(lambda view: view["receipt"].startswith("Máy in đang nghỉ"))
    assert kiosk.kiosk.report()["printer"] == "paper_out"


def test_staff_read_that_no_paper_came(core: Core, start_kiosk: Start, printer: NetworkPrinterEmulator) -> None:
    kiosk = start_with(start_kiosk, printer)
    printer.head.strike(Fault.PAPER_OUT)
    state = kiosk.kiosk.state
    kiosk.kiosk.state = replace(state, staff=StaffVisit("menu", state.now + 60.0, staff_id=1, name="Lan"))
    kiosk.press("staff_test")
    kiosk.until(lambda view: view["staff"] and "Chưa in: máy in hết giấy" in view["staff"]["said"])
