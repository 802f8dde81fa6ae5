"""The real kiosk program where no browser ever opens its page: scanner, receipts, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kiosk_session_driver import AN, BINH, Driver
from kiosk_world import Core
from PIL import Image, ImageChops

from hardware.emulator.head import EmulatedHead
from hardware.emulator.server import NetworkPrinterEmulator
from hardware.receipt_layout import Paper, render_receipt
from kiosk.journal import ActJournal
from kiosk.printing import receipt_number
from kiosk.receipt_content import ReceiptContent
from kiosk.receipts import compose_receipt
from kiosk.screen_server import ScreenState
from kiosk.session_model import AskReader
from kiosk.session_rules import Rules
from library.contract.kiosk_api import ReaderLoan
from library.lending.tables import Loan

OWN = ReaderLoan(loan_id=7, copy_barcode="TN-7", title="Mắt biếc", due_on="2026-12-01", overdue=False, renewable=True)

REPOSITORY = Path(__file__).resolve().parents[2]
CHILD, OTHER = "Trần Minh An", "Lê Thanh Bình"


@contextmanager
def running(core: Core, folder: Path, printer: NetworkPrinterEmulator) -> Iterator[subprocess.Popen[str]]:
    """`kesach-kiosk run` with its scanner on standard input. Receipts are "ask", as where nothing was chosen."""
    (folder / "kiosk.toml").write_text(
        f'[server]\nurl = "{core.proxy.url}"\ntoken = "{core.token}"\n'
        '[kiosk]\nname = "Quầy 1"\nstate_dir = "state"\nscreen_port = 0\n[scanner]\ndriver = "stdin"\n'
        f'[printer]\ndriver = "network"\nhost = "{printer.host}"\nport = {printer.port}\n',
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "run", "--config", str(folder / "kiosk.toml")], cwd=REPOSITORY,
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert any(line.startswith("Màn hình quầy: ") for line in process.stderr)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def scan(process: subprocess.Popen[str], *codes: str) -> None:
    assert process.stdin is not None
    for code in codes:
        process.stdin.write(code + "\n")
    process.stdin.flush()


def kept(folder: Path) -> list[ReceiptContent]:
    """What was printed, oldest first, as the journal kept it."""
    journal = ActJournal(folder / "state" / "journal.db")
    try:
        return [
            replace(ReceiptContent.from_json(text), number=receipt_number("Quầy 1", number))
            for number, text in reversed(journal.list_receipts(20))
        ]
    finally:
        journal.close()


def is_on_paper(ticket: Image.Image, content: ReceiptContent) -> bool:
    drawn = render_receipt(compose_receipt(content), Paper(384))
    return ticket.size == drawn.size and not ImageChops.logical_xor(ticket.convert("1"), drawn).getbbox()


def test_borrow_return_and_a_refusal_without_a_screen(core: Core, tmp_path: Path) -> None:
    books = [core.world.add_title(title)[0] for title in ("Dế Mèn phiêu lưu ký", "Đất rừng phương Nam")]
    [teachers] = core.world.add_title("Sách giáo viên Toán 6", material="teacher")
    head = EmulatedHead(384)
    with NetworkPrinterEmulator(head) as printer, running(core, tmp_path, printer) as kiosk:
        # The next child's card ends the session.
        scan(kiosk, core.card(CHILD), *books, core.card(OTHER))
        [paper] = head.wait_for_tickets(1, 60)
        loans = {loan.copy.barcode: loan.reader_id for loan in Loan.select().where(Loan.returned_at.is_null())}
        assert loans == dict.fromkeys(books, core.world.readers[CHILD])
        [lent] = kept(tmp_path)
        assert [(line.kind, line.title, line.due_on) for line in lent.lines] == [
            ("checkout", "Dế Mèn phiêu lưu ký", "2026-12-07"), ("checkout", "Đất rừng phương Nam", "2026-12-07"),
        ]  # fmt: skip
        assert lent.name == "An" and is_on_paper(paper, lent)

        scan(kiosk, teachers)  # the other child's session is open
        [_, paper] = head.wait_for_tickets(2, 60)
        no = ReceiptContent(
            "refusal", "", lent.school, None, "Bình", lent.class_name, greeting=lent.greeting,
            said="“Sách giáo viên Toán 6”. Cuốn này dành cho thầy cô. Em chọn cuốn khác nhé.",
        )  # fmt: skip
        minutes = [replace(no, made_at=f"2026-11-23T09:0{minute}") for minute in range(5)]
        assert any(is_on_paper(paper, one) for one in minutes)
        assert kept(tmp_path) == [lent], "a refusal is not a receipt to print again"

    with NetworkPrinterEmulator(EmulatedHead(384)) as printer, running(core, tmp_path, printer) as kiosk:
        scan(kiosk, books[1], core.card(OTHER))  # a book alone comes back; the next card ends that
        [paper] = printer.head.wait_for_tickets(1, 60)
        back = kept(tmp_path)[-1]
        assert [(line.kind, line.title) for line in back.lines] == [("return", "Đất rừng phương Nam")]
        assert back.name == "" and is_on_paper(paper, back)
    assert [loan.copy.barcode for loan in Loan.select().where(Loan.returned_at.is_null())] == [books[0]]


def driver(**rules: Any) -> Driver:
    return Driver(Rules(**rules).without_screen)


@pytest.mark.parametrize(("chosen", "printed"), [("ask", 1), ("always", 1), ("never", 0)])
@pytest.mark.parametrize("ended_by", ["time", "next card", "card again"])
def test_nobody_is_asked_what_nobody_can_answer(chosen: str, printed: int, ended_by: str) -> None:
    kiosk = driver(receipts=chosen)
    kiosk.open_session()
    kiosk.scan("TN-8")
    kiosk.grant()
    if ended_by == "time":
        kiosk.wait(31)
    elif ended_by == "next card":
        kiosk.open_session(BINH, "Bình")
    else:
        kiosk.scan(AN)
    assert [print.receipt.name for print in kiosk.prints] == ["An"] * printed
    assert kiosk.screen["screen"] != "receipt"


def test_a_card_that_stammers_ends_nothing() -> None:
    kiosk = driver()
    kiosk.open_session()
    kiosk.scan(AN)
    assert kiosk.screen["screen"] == "open" and kiosk.notice == "already_open"


@pytest.mark.parametrize(
    ("mode", "said"), [("borrow_and_return", "lát nữa em chỉ quét sách"), ("borrow_only", "Em chọn cuốn khác nhé")]
)
def test_l218_a_book_of_one_s_own_in_an_open_session_is_neither_returned_nor_renewed(mode: str, said: str) -> None:
    kiosk = driver(mode=mode)
    kiosk.open_session(loans=(OWN,))
    kiosk.scan(OWN.copy_barcode)
    assert not kiosk.asked and kiosk.state.lines == () and kiosk.state.question is None
    assert [print.receipt.kind for print in kiosk.prints] == ["refusal"] and kiosk.sounds[-1] == "no"
    assert said in kiosk.screen["notice"]["text"] and "Em đang mượn cuốn này rồi" in kiosk.screen["notice"]["text"]
    kiosk.scan("TN-9")  # the session goes on
    kiosk.grant()
    assert [line.kind for line in kiosk.state.lines] == ["checkout"]
    if mode == "borrow_only":
        return
    kiosk.scan(AN)  # its end; now the book alone
    kiosk.scan(OWN.copy_barcode)
    kiosk.grant()
    assert [(line.kind, line.barcode) for line in kiosk.state.lines] == [("return", OWN.copy_barcode)]


def test_a_return_needs_no_tap() -> None:
    kiosk = driver(confirm_returns=True)
    kiosk.scan("TN-8")
    kiosk.grant()
    assert [line.kind for line in kiosk.state.lines] == ["return"]


def test_a_no_is_printed_once_and_only_where_no_screen_says_it() -> None:
    for rules, count in (
        (Rules().without_screen, 1), (Rules(receipts="never").without_screen, 0), (Rules(receipts="always"), 0),
    ):  # fmt: skip
        kiosk = Driver(rules)
        kiosk.open_session()
        kiosk.scan("TN-8")
        kiosk.refuse("copy_on_loan")
        kiosk.wait(1)
        assert [print.receipt.kind for print in kiosk.prints] == ["refusal"] * count


ISBN, GARBAGE = "9786042088381", "x" * 1000


@pytest.mark.parametrize(
    ("scanned", "code"), [(ISBN, "publisher_code"), (GARBAGE, "scan_unreadable"), ("", "scan_unreadable")]
)
@pytest.mark.parametrize("opened", [False, True])
def test_what_is_none_of_ours_is_answered_on_paper(scanned: str, code: str, opened: bool) -> None:
    kiosk = driver()
    if opened:
        kiosk.open_session()
    kiosk.scan(scanned)
    [slip] = [print.receipt for print in kiosk.prints]
    assert slip.kind == "refusal" and slip.refused is not None and slip.refused.code == code
    assert slip.name == ("An" if opened else "") and kiosk.sounds[-1] == "attention"


def test_a_scanner_gone_mad_prints_no_roll() -> None:
    kiosk = driver()
    for _ in range(40):
        kiosk.scan(GARBAGE)  # every two seconds
        kiosk.scan(ISBN, hurried=True)
    assert len(kiosk.prints) == 2, "each sentence once"
    for turn in range(200):
        kiosk.scan((GARBAGE, ISBN)[turn % 2], hurried=True)  # the queue is full: "quét lại" is said of every one
    while kiosk.state.queue:
        kiosk.wait(3)
    for _ in range(20):
        kiosk.wait(60)
        kiosk.scan(GARBAGE)
    assert len(kiosk.prints) == 3, "and no more until something goes well"
    kiosk.open_session()
    kiosk.scan(GARBAGE)
    assert len(kiosk.prints) == 4


WRONG_CARD = AN[:-1] + ("1" if AN[-1] != "1" else "2")


@pytest.mark.parametrize(("card", "code"), [(BINH, "reader_unknown"), (WRONG_CARD, "scan_unreadable")])
@pytest.mark.parametrize("opened", [False, True])
def test_one_slip_for_a_card_that_led_nowhere_and_all_books_behind_it(card: str, code: str, opened: bool) -> None:
    kiosk = driver()
    if opened:
        kiosk.open_session()
    kiosk.scan(card)
    if kiosk.asked:
        kiosk.scan("TN-1", hurried=True)  # while the core is asked
        kiosk.refuse(code)
    else:
        kiosk.scan("TN-1", hurried=True)
    for barcode in ("TN-2", "TN-3"):
        kiosk.wait(0.6)
        kiosk.scan(barcode, hurried=True)
    assert kiosk.prints == [], "it is not told all yet"
    kiosk.wait(kiosk.rules.seen_seconds)
    [slip] = [print.receipt for print in kiosk.prints]
    assert slip.refused is not None and (slip.refused.code, slip.refused.unwritten) == (code, 3)
    assert slip.name == ("An" if opened else "")
    kiosk.wait(60)
    assert len(kiosk.prints) == 1


def test_the_slip_of_a_wrong_card_comes_before_what_the_next_scan_brings() -> None:
    kiosk = driver()
    kiosk.scan(BINH)
    kiosk.refuse("reader_unknown")
    kiosk.scan("TN-1", hurried=True)
    kiosk.scan(AN, hurried=True)  # the right card, at once: it waits for the sentence
    kiosk.scan("TN-1", hurried=True)
    assert kiosk.prints == []
    kiosk.wait(kiosk.rules.seen_seconds)
    kiosk.answer_reader()
    kiosk.grant()
    assert [(print.receipt.kind, print.receipt.refused.unwritten) for print in kiosk.prints if print.receipt.refused] == [
        ("refusal", 1)
    ]
    assert [line.barcode for line in kiosk.state.lines] == ["TN-1"]


def test_books_after_a_wrong_card_are_not_answered_by_a_roll() -> None:
    """L218: each is answered by a sound, and on paper once in a while."""
    kiosk = driver()
    kiosk.open_session()
    kiosk.scan(BINH)
    kiosk.refuse("reader_unknown")
    for number in range(8):
        kiosk.scan(f"TN-{number}")  # one every two seconds, each sentence read
    codes = [print.receipt.refused.code for print in kiosk.prints if print.receipt.refused]
    assert codes[0] == "reader_unknown" and set(codes[1:]) == {"card_awaited"} and len(codes) <= 4
    assert kiosk.sounds[-8:] == ["no"] * 8


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["borrow_and_return", "borrow_only", "return_only"]),
    st.lists(st.sampled_from([AN, BINH, "S1", "S2", ISBN, GARBAGE, "", "TV1234"]), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_no_scan_without_a_sound_or_a_slip(mode: str, scanned: list[str], random: Random) -> None:
    kiosk = driver(mode=mode)
    for text in scanned:
        heard = len(kiosk.sounds) + len(kiosk.prints)
        kiosk.scan(text)
        while kiosk.asked:
            if random.random() < 0.3:
                kiosk.refuse("copy_lost")
            elif isinstance(kiosk.asked[0], AskReader):
                kiosk.answer_reader()
            else:
                kiosk.grant(was_on_loan=random.random() < 0.5)
        assert len(kiosk.sounds) + len(kiosk.prints) > heard, text


def test_the_slip_says_why_and_has_no_number() -> None:
    content = ReceiptContent("refusal", "", "", None, "An", said="Cuốn này đang có bạn mượn, em chọn cuốn khác nhé.")
    said = [getattr(block, "text", "") for block in compose_receipt(content)]
    assert "Chưa được rồi" in said and "Cuốn này đang có bạn mượn, em chọn cuốn khác nhé." in said
    assert not [text for text in said if "Số" in text or "Hạn" in text]


def test_a_page_that_asks_for_the_screen_is_a_screen() -> None:
    screen = ScreenState()
    assert not screen.is_watched
    screen.wait_for_newer(0, 0)
    assert screen.is_watched
