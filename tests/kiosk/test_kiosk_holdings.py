""" "In tên sách em mượn": what a child holds, on paper, in the middle of a session, with and without the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from kiosk_session_driver import Driver
from kiosk_world import Core, RunningKiosk
from PIL import ImageChops

from hardware.emulator.head import EmulatedHead
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.receipt_layout import Paper, render_receipt
from kiosk.printing import receipt_number
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from kiosk.session_events import PrinterHealth, PrinterOutcome
from kiosk.session_rules import Rules
from library.contract.kiosk_api import ReaderLoan

HOME = ReaderLoan(
    loan_id=1, copy_barcode="TN-7", title="Hai vạn dặm dưới đáy biển", due_on="2026-11-30", overdue=False, renewable=True
)
AN = "Trần Minh An"


def names(kiosk: Driver) -> list[str]:
    return [button["name"] for button in kiosk.screen["buttons"]]


def test_the_button_stands_only_where_it_leads_somewhere() -> None:
    for receipts, loans, trouble, shown in [
        ("ask", (HOME,), None, True), ("always", (HOME,), None, True), ("never", (HOME,), None, False),
        ("ask", (), None, False), ("ask", (HOME,), "paper_out", False),
    ]:  # fmt: skip
        kiosk = Driver(Rules(receipts=receipts))
        kiosk.feed(PrinterHealth(trouble))
        kiosk.open_session(loans=loans)
        assert ("holdings" in names(kiosk)) is shown
        kiosk.press("holdings")
        assert len(kiosk.prints) == shown


def test_the_list_counts_what_this_session_did_and_is_printed_once() -> None:
    kiosk = Driver(Rules())
    kiosk.open_session(loans=(HOME,))
    kiosk.scan("TN-7")
    kiosk.press("return")
    kiosk.grant(HOME.title)
    assert "holdings" not in names(kiosk), "nothing is left"
    kiosk.scan("TN-8")
    kiosk.press("holdings")
    assert kiosk.prints == [], "the book in the air belongs on it"
    kiosk.grant("Dế Mèn phiêu lưu ký")
    kiosk.press("holdings")
    [printed] = kiosk.prints
    assert [line.title for line in printed.receipt.lines] == ["Dế Mèn phiêu lưu ký"]
    assert names(kiosk) == ["done"] and kiosk.screen["screen"] == "open"


def test_what_became_of_the_paper_is_said_and_is_not_that_of_the_last_receipt() -> None:
    for outcome, code in (("printed", "holdings_printed"), ("unknown", "holdings_failed")):
        kiosk = Driver(Rules(receipts="always"))
        kiosk.open_session(loans=(HOME,))
        kiosk.press("holdings")
        assert kiosk.notice == "holdings_printing"
        kiosk.feed(PrinterOutcome(kiosk.state.session, outcome, None, "holdings"))
        assert kiosk.notice == code
        kiosk.scan("TN-8")
        kiosk.grant()
        kiosk.press("done")
        kiosk.feed(PrinterOutcome(kiosk.state.session, outcome, None, "holdings"))
        assert kiosk.state.receipt == "printing"


def test_on_paper_dot_for_dot_with_and_without_the_core(core: Core, start_kiosk: Callable[..., RunningKiosk]) -> None:
    books = [core.world.add_title(title)[0] for title in ("Dế Mèn phiêu lưu ký", "Đất rừng phương Nam")]
    head = EmulatedHead(576)
    with NetworkPrinterEmulator(head) as emulator:
        one = start_kiosk(
            receipts="ask", printer={"driver": "network", "host": emulator.host, "port": emulator.port, "width_dots": 576}
        )
        one.until(lambda view: view["online"] and view["screen"] == "idle" and one.is_ready)
        one.scan(core.card(AN))
        one.until(lambda view: view["screen"] == "open")
        for count, book in enumerate(books, 1):
            one.scan(book)
            one.until(lambda view, count=count: len(view["books"]) == count)
        one.press("done")
        one.until(lambda view: view["screen"] == "receipt")
        one.press("no_receipt")
        one.until(lambda view: view["screen"] == "idle")

        def ask_for_paper() -> ReceiptContent:
            before = len(head.tickets)
            one.scan(core.card(AN))
            one.until(lambda view: "holdings" in [button["name"] for button in view["buttons"]])
            one.press("holdings")
            one.until(lambda view: view["notice"] and view["notice"]["code"] == "holdings_printed")
            ticket = head.wait_for_tickets(before + 1, 60)[-1]
            content = ReceiptContent.from_json(one.kiosk.journal.list_receipts(1)[0][1])
            number = one.kiosk.journal.list_receipts(1)[0][0]
            one.press("done")
            one.until(lambda view: view["screen"] == "idle")
            whole = replace(content, number=receipt_number("Quầy 1", number))
            drawn = render_receipt(compose_receipt(whole), Paper(576))
            assert ticket.size == drawn.size
            assert sum(ImageChops.logical_xor(ticket.convert("1"), drawn).histogram()[128:]) <= 3
            assert head.decoder.unknown == [] and head.decoder.realtime_in_pixels == 0
            assert content.kind == "holdings" and {line.barcode for line in content.lines} == set(books)
            return content

        assert all(line.due_on for line in ask_for_paper().lines)
        one.kiosk.house.go_round()
        core.proxy.dead = True
        assert all(line.due_on for line in ask_for_paper().lines), "known from the snapshot"
