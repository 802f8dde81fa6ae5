"""A printer that is slow, or breaks off, behind the whole kiosk: the next child neither waits nor sees the first one's
data, and a piece of a receipt is cut off as soon as the head is back, not when the next job comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kiosk_program import KioskProgram
from kiosk_world import Core, RunningKiosk

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from kiosk.printing import PIECE

AN, BINH = "Trần Minh An", "Lê Thanh Bình"


@pytest.fixture
def printer() -> Iterator[NetworkPrinterEmulator]:
    with NetworkPrinterEmulator(EmulatedHead()) as emulator:
        yield emulator


@pytest.fixture
def kiosk(start_kiosk: Callable[..., RunningKiosk], printer: NetworkPrinterEmulator) -> RunningKiosk:
    settings = {"driver": "network", "host": printer.host, "port": printer.port}
    running = start_kiosk(printer=settings, receipts="always")
    running.until(lambda view: view["online"] and running.is_ready)
    return running


def borrow(kiosk: RunningKiosk, card: str, book: str) -> list[dict[str, Any]]:
    """One child from card to goodbye, on a screen that may still say goodbye to the one before; what it showed."""
    seen = []
    kiosk.scan(card)
    seen.append(kiosk.until(lambda view: view["screen"] == "open"))
    kiosk.scan(book)
    seen.append(kiosk.until(lambda view: view["books"]))
    kiosk.press("done")
    seen.append(kiosk.until(lambda view: view["screen"] == "goodbye"))
    return seen


def test_a_head_at_300_bytes_a_second_holds_up_nobody(
    core: Core, kiosk: RunningKiosk, printer: NetworkPrinterEmulator
) -> None:
    """Two and a half minutes of printing for the first child: the second comes and goes meanwhile."""
    first, second = (core.world.add_title(title)[0] for title in ("Dế Mèn phiêu lưu ký", "Mắt biếc"))
    printer.head.bytes_per_second = 300.0
    shown = borrow(kiosk, core.card(AN), first)
    assert shown[-1]["receipt"] == "Phiếu đang in, em đợi một chút nhé."
    shown = borrow(kiosk, core.card(BINH), second)
    assert [book["title"] for book in shown[1]["books"]] == ["Mắt biếc"] and shown[0]["books"] == []
    assert [(view["reader"]["name"], "Bình" in view["title"]) for view in shown] == [("Bình", True)] * 3
    assert shown[-1]["receipt"] == "Phiếu đang in, em đợi một chút nhé."
    assert not printer.head.tickets and kiosk.kiosk.printing.waiting == 2, "An's is still on its way out"
    printer.head.bytes_per_second = 0.0
    mine, other = printer.head.wait_for_tickets(2, 60)
    assert mine.tobytes() != other.tobytes()
    kiosk.until(lambda _: not kiosk.kiosk.printing.waiting)
    outcomes = [kiosk.kiosk.journal._one(f"SELECT outcome FROM receipt WHERE number = {number}") for number in (1, 2)]
    assert outcomes == ["printed", "printed"]


def break_off(kiosk: RunningKiosk, core: Core, printer: NetworkPrinterEmulator, fault: Fault) -> None:
    """A receipt of which a part is on paper: with a dropped line up to 85 rows more, which the head already holds, are
    printed, and the whole has 280."""
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    printer.head.strike_after_rows(150, fault)
    borrow(kiosk, core.card(AN), book)
    kiosk.until(lambda view: view["receipt"].startswith("Máy in đang nghỉ") or view["screen"] == "idle")
    kiosk.until(lambda _: not kiosk.kiosk.printing.waiting)
    assert not printer.head.tickets


@pytest.mark.parametrize("fault", [Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.DROP_LINE])
def test_half_a_receipt_is_cut_off_when_the_head_is_back(
    core: Core, kiosk: RunningKiosk, printer: NetworkPrinterEmulator, fault: Fault
) -> None:
    break_off(kiosk, core, printer, fault)
    printer.head.clear(fault)  # new paper, the cover closed, the cable back
    [piece] = printer.head.wait_for_tickets(1, 60)
    assert 100 < piece.height < 900, "the half that had come out, and no second one"
    kiosk.until(lambda _: not kiosk.kiosk.printing.needs_a_look)
    # Whoever comes next gets one whole receipt, on paper of its own.
    [book] = core.world.add_title("Mắt biếc")
    borrow(kiosk, core.card(BINH), book)
    kiosk.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
    assert len(printer.head.wait_for_tickets(2, 60)) == 2


def hang_within(core: Core, kiosk: RunningKiosk, printer: NetworkPrinterEmulator) -> None:
    """A receipt of which a part is on paper; the head takes nothing more, its worker waits."""
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    printer.head.strike_after_rows(200, Fault.HANG)
    borrow(kiosk, core.card(AN), book)
    kiosk.until(lambda _: Fault.HANG in printer.head.faults)


def test_a_killed_worker_leaves_a_piece_and_the_next_one_cuts_it_off(
    core: Core, kiosk: RunningKiosk, printer: NetworkPrinterEmulator
) -> None:
    hang_within(core, kiosk, printer)
    kiosk.kiosk.printing.kill_worker()
    kiosk.until(lambda _: not kiosk.kiosk.printing.waiting)
    assert kiosk.kiosk.printing.needs_a_look and kiosk.kiosk.journal.recall(PIECE) and not printer.head.tickets
    printer.head.clear(Fault.HANG)
    [piece] = printer.head.wait_for_tickets(1, 60)
    assert 150 < piece.height < 900
    kiosk.until(lambda _: not kiosk.kiosk.printing.needs_a_look)
    assert not kiosk.kiosk.journal.recall(PIECE)


def test_a_kiosk_killed_while_it_prints_cuts_the_piece_off_when_it_is_back(
    core: Core, tmp_path: Path, printer: NetworkPrinterEmulator
) -> None:
    """As in a power cut: program and worker are gone at once, the head keeps its paper."""
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    settings = f'driver = "network"\nhost = "{printer.host}"\nport = {printer.port}\nreceipts = "always"'
    printer.head.strike_after_rows(200, Fault.HANG)
    program = KioskProgram(core, tmp_path, printer=settings)
    program.borrow(core.card(AN), book, lambda view: view["books"])
    program.press("done")
    program.until(lambda _: Fault.HANG in printer.head.faults)
    program.kill()
    printer.head.clear(Fault.HANG)
    program = KioskProgram(core, tmp_path, printer=settings)
    try:
        [piece] = printer.head.wait_for_tickets(1, 60)
        assert 150 < piece.height < 900, "the piece alone, before anybody prints"
        [other] = core.world.add_title("Mắt biếc")
        program.borrow(core.card(BINH), other, lambda view: view["books"])
        program.press("done")
        program.until(lambda view: view["receipt"] == "Em nhớ lấy phiếu nhé.")
        assert len(printer.head.wait_for_tickets(2, 60)) == 2
    finally:
        program.close()
