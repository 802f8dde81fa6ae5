"""Every screen a child can meet, as states reached by real events. For tests and for screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from kiosk_session_driver import AN, STAFF, Driver

from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.session_events import (
    ClassesListed,
    Concerns,
    NamesListed,
    NetworkDown,
    OutOfOrder,
    PrinterHealth,
    PrinterOutcome,
    Welcome,
)
from kiosk.session_rules import Rules
from kiosk.staff_desk import describe_status, receipt_label
from kiosk.staff_model import KeptReceipt, StaffKnown, StaffReceipts, StaffStatus, StaffUnknown
from library.contract.kiosk_api import ReaderLoan

LONG_TITLE = (
    "Những cuộc phiêu lưu kỳ thú của Dế Mèn, Dế Trũi và các bạn trên đường đi tìm Thuỷ Cung dưới lòng đại dương xanh thẳm"
)
LONG_SCHOOL = "Trường Phổ thông Dân tộc bán trú Tiểu học và Trung học cơ sở Nguyễn Thị Minh Khai – xã Ea Pô"
BOOKS = ["Dế Mèn phiêu lưu ký", "Đất rừng phương Nam", "Cho tôi xin một vé đi tuổi thơ"]


def _kiosk(**rules: Any) -> Driver:
    kiosk = Driver(Rules(**rules))
    kiosk.feed(Welcome("Trường THCS Nguyễn Du", "Chúc em đọc sách vui!"))
    return kiosk


def _borrow(kiosk: Driver, *books: str) -> Driver:
    kiosk.open_session(name="Minh An", remaining=3)
    for number, title in enumerate(books):
        kiosk.scan(f"TN-{number:05d}")
        kiosk.grant(title, due_on="2026-12-07", remaining=2 - number)
    return kiosk


def _list_staff_screens() -> Iterator[tuple[str, dict[str, Any]]]:
    kiosk = _borrow(_kiosk(), *BOOKS)
    kiosk.scan("TN-00009")
    kiosk.refuse("loan_limit", limit=3, count=3)
    kiosk.scan(STAFF)
    kiosk.press("pin_1")
    kiosk.press("pin_2")
    yield "staff-pin", kiosk.screen
    for digit in "3456":
        kiosk.press(f"pin_{digit}")
    asked = kiosk.take_asked()
    kiosk.feed(StaffUnknown(asked.request, 8.0))
    yield "staff-wrong", kiosk.screen
    kiosk.wait(9)
    for digit in "271828":
        kiosk.press(f"pin_{digit}")
    kiosk.feed(StaffKnown(kiosk.take_asked().request, 1, "Lan"))
    yield "staff-menu", kiosk.screen
    kiosk.press("staff_status")
    kiosk.take_asked()
    report = {"printer": "paper_low", "scanner": "connected", "sound": "page", "journal_length": 3, "snapshot_age_seconds": 5400,
              "clock_ok": True, "version": "0.1.0"}  # fmt: skip
    now = datetime(2026, 11, 24, 2, 41, tzinfo=UTC)
    rows = describe_status(report, online=False, server="http://192.168.1.10:8000", now=now)
    kiosk.feed(StaffStatus(rows))
    yield "staff-status", kiosk.screen
    kiosk.press("staff_back")
    kiosk.press("staff_reprint")
    kiosk.take_asked()
    line = ReceiptLine("checkout", BOOKS[0], "")
    kept = [
        KeptReceipt(9 - place, receipt_label(ReceiptContent(
            kind="acts", number="", school="", name=name, class_name=school_class, lines=(line,) * (place + 1),
            made_at=f"2026-11-24T09:{41 - place}:00" if place < 4 else None), 9 - place))
        for place, (name, school_class) in enumerate([("Minh An", "3A"), ("Bảo Châu", "6B"), ("Khôi", "7C"), ("Dũng", "9D"),
                                                      ("Thầy Nguyễn Văn Trường", ""), ("Vy", "6A")])
    ]  # fmt: skip
    kiosk.feed(StaffReceipts(tuple(kept)))
    yield "staff-receipts", kiosk.screen
    kiosk.press("staff_back")
    kiosk.press("staff_volume")
    yield "staff-volume", kiosk.screen


def _list_crowded_screens() -> Iterator[tuple[str, dict[str, Any]]]:
    """Words as long as real schools have them."""
    kiosk = _kiosk(name_list=True)
    kiosk.feed(Welcome(LONG_SCHOOL))
    yield "long-school", kiosk.screen
    kiosk.scan("x" * 1000)
    yield "unreadable-name-list", kiosk.screen
    note = "Tuần này thư viện đổi sách góc lớp. Các em nhớ mang sách đến quầy trước chiều thứ Sáu nhé!"
    yield "unreadable-name-list-message", {**kiosk.screen, "message": note}
    kiosk.scan("9786042088640", hurried=True)
    yield "unreadable-name-list-message-next", {**kiosk.screen, "message": note}
    kiosk.wait(2)
    kiosk.feed(NetworkDown())
    kiosk.open_session(name="Nguyễn Phương Trường Được", remaining=3)
    yield "long-name", kiosk.screen
    for number, title in enumerate((LONG_TITLE, "Mỹ", LONG_TITLE)):
        kiosk.scan(f"TN-{number:05d}")
        kiosk.grant(title, due_on="2026-12-07", remaining=2 - number)
    yield "long-titles", kiosk.screen
    kiosk.scan("TN-00009")
    kiosk.refuse("card_replaced")
    yield "long-refusal", kiosk.screen
    kiosk.scan("TN-00010", hurried=True)
    yield "long-refusal-next", kiosk.screen
    kiosk.wait(2)
    kiosk.refuse("card_replaced")
    kiosk.press("close")
    kiosk.press("done")
    yield "long-goodbye", kiosk.screen
    for mode in ("borrow_and_return", "borrow_only"):
        kiosk = _kiosk(mode=mode)
        kiosk.feed(Welcome(LONG_SCHOOL))
        kiosk.feed(NetworkDown())
        kiosk.feed(Concerns(("old_data",)))
        yield f"long-school-{mode}-offline", kiosk.screen
        yield f"long-school-{mode}-offline-books", _borrow(kiosk, *BOOKS).screen
    kiosk = _kiosk()
    kiosk.open_session(name="Đức Thượng", remaining=8)
    for number in range(6):
        kiosk.scan(f"TN-{number:05d}")
        kiosk.grant(BOOKS[number % 3], due_on="2026-12-07", remaining=7 - number)
    yield "six-books", kiosk.screen
    kiosk = _kiosk()
    kiosk.scan("TN-00001")
    kiosk.grant(LONG_TITLE, held_for_other=True)
    yield "long-return", kiosk.screen
    kiosk = _borrow(_kiosk(), *BOOKS[:2])
    kiosk.scan("9786042088640")
    yield "publisher-code", kiosk.screen
    kiosk.scan("TN-00003", hurried=True)
    yield "publisher-code-next", kiosk.screen


def list_screens() -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, screen) of each."""
    kiosk = _kiosk()
    yield "idle", kiosk.screen
    kiosk.scan(AN)
    yield "opening", kiosk.screen
    kiosk.answer_reader("Minh An", remaining=3)
    yield "open", kiosk.screen
    yield "one-book", _borrow(_kiosk(), *BOOKS[:1]).screen
    kiosk = _borrow(_kiosk(), *BOOKS[:2])
    kiosk.wait(5)
    yield "two-books", kiosk.screen
    kiosk = _borrow(_kiosk(), *BOOKS)
    kiosk.wait(5)
    yield "three-books", kiosk.screen
    kiosk.wait(18)
    yield "countdown", kiosk.screen
    kiosk = _borrow(_kiosk(), *BOOKS)
    kiosk.scan("TN-00009")
    kiosk.refuse("loan_limit", limit=3, count=3)
    yield "refusal", kiosk.screen
    kiosk.scan("TN-00010", hurried=True)
    yield "refusal-next", kiosk.screen
    kiosk = _borrow(_kiosk(), BOOKS[0])
    kiosk.scan("TN-00000")
    yield "already", kiosk.screen
    kiosk = _kiosk()
    kiosk.scan("x" * 1000)
    yield "unreadable", kiosk.screen
    kiosk.scan(AN, hurried=True)
    yield "unreadable-next", kiosk.screen
    kiosk = _kiosk()
    loan = ReaderLoan(
        loan_id=1, copy_barcode="TN-7", title="Hai vạn dặm dưới đáy biển", due_on="2026-11-30", overdue=False,
        renewable=True,
    )  # fmt: skip
    kiosk.open_session(name="Minh An", loans=(loan,), remaining=2)
    yield "holding", kiosk.screen
    kiosk.scan("TN-7")
    yield "own-book", kiosk.screen
    kiosk.scan("TN-00000", hurried=True)
    yield "own-book-next", kiosk.screen
    kiosk = _kiosk()
    kiosk.open_session(name="Minh An", loans=(loan,), remaining=2)
    kiosk.scan("TN-7")
    lengthened = _kiosk()
    lengthened.open_session(name="Minh An", loans=(loan,), remaining=2)
    lengthened.scan("TN-7")
    lengthened.press("renew")
    lengthened.grant(loan.title, due_on="2026-12-14", remaining=2)
    yield "renewed", lengthened.screen
    kiosk.press("close")
    for number, title in enumerate(BOOKS[:2]):
        kiosk.scan(f"TN-{number:05d}")
        kiosk.grant(title, due_on="2026-12-07", remaining=1 - number)
    kiosk.wait(25)
    yield "holding-books", kiosk.screen
    kiosk.press("holdings")
    yield "holdings-printing", kiosk.screen
    kiosk = _kiosk()
    own = tuple(replace(loan, copy_barcode=f"TN-{number}") for number in range(3))
    books = tuple(replace(loan, copy_barcode=f"SGK-{number}", counts=False, material="textbook") for number in range(9))
    kiosk.open_session(name="Minh Anh", loans=(*own, *books), remaining=9)  # twelve places, and textbooks beside them
    yield "twelve-places", kiosk.screen
    kiosk = _kiosk()
    late = tuple(replace(loan, copy_barcode=f"TN-{number}", title=BOOKS[number], overdue=True) for number in range(2))
    kiosk.open_session(name="Minh An", loans=late, remaining=0, reasons=("has_overdues",))
    yield "overdue", kiosk.screen
    kiosk.wait(9)
    yield "overdue-read", kiosk.screen
    kiosk = _kiosk()
    kiosk.open_session(name="Minh An", remaining=0, reasons=("reader_expired",))
    kiosk.wait(9)
    yield "expired", kiosk.screen
    kiosk = _kiosk()
    kiosk.feed(NetworkDown())
    yield "offline-idle", kiosk.screen
    yield "offline", _borrow(kiosk, *BOOKS[:2]).screen
    kiosk = _kiosk()
    kiosk.feed(Welcome("Trường THCS Nguyễn Trãi (mẫu)", ""))
    kiosk.feed(NetworkDown())
    yield "offline-long-name", _borrow(kiosk, *BOOKS[:2]).screen
    kiosk = _kiosk()
    for number, title in enumerate(BOOKS[:2]):
        kiosk.scan(f"TN-{number:05d}")
        kiosk.grant(title, held_for_other=number == 1)
    kiosk.wait(1)
    yield "returning", kiosk.screen
    kiosk = _borrow(_kiosk(receipts="ask"), *BOOKS)
    kiosk.press("done")
    yield "receipt", kiosk.screen
    kiosk.press("receipt")
    yield "goodbye", kiosk.screen
    kiosk.feed(PrinterOutcome(kiosk.state.session, "not_printed", "paper_out"))
    yield "goodbye-no-paper", kiosk.screen
    yield from _list_staff_screens()
    kiosk = _kiosk(name_list=True)
    yield "idle-name-list", kiosk.screen
    kiosk.feed(Welcome("Trường THCS Nguyễn Trãi (mẫu)", "Mỗi ngày một trang sách, em nhé!"))
    note = "Tuần này thư viện đổi sách góc lớp. Các em nhớ mang sách đến quầy trước chiều thứ Sáu nhé!"
    yield "idle-name-list-message", {**kiosk.screen, "message": note}
    kiosk.feed(Concerns(("foreign",)))
    yield "idle-name-list-concern", kiosk.screen
    yield "idle-name-list-message-concern", {**kiosk.screen, "message": note}
    kiosk.feed(Concerns(()))
    kiosk.press("forgot_card")
    kiosk.feed(ClassesListed(tuple(f"{grade}{letter}" for grade in range(6, 10) for letter in "ABCD")))
    yield "choosing-class", kiosk.screen
    kiosk.press("choose_1")
    names = ("Anh", "Bảo", "Bảo Châu", "Dũng", "Gia Hân", "Khôi", "Linh", "Minh An", "Ngọc", "Phúc", "Quân", "Thảo Vy",
             "Trâm", "Tú", "Uyên", "Vy")  # fmt: skip
    kiosk.feed(NamesListed("6B", tuple((name, AN) for name in names)))
    yield "choosing-name", kiosk.screen
    kiosk = _kiosk()
    kiosk.feed(PrinterHealth("paper_out"))
    kiosk.feed(OutOfOrder("scanner"))
    yield "out-of-order", kiosk.screen
    kiosk = _kiosk()
    kiosk.feed(Concerns(("foreign",)))
    kiosk.feed(NetworkDown())
    yield "idle-concern", kiosk.screen
    for code in ("other_school", "no_data", "old_data", "twins"):
        kiosk = _kiosk()
        kiosk.feed(Concerns((code,)))
        kiosk.feed(NetworkDown())
        yield f"idle-{code.replace('_', '-')}", kiosk.screen
    yield from _list_crowded_screens()
