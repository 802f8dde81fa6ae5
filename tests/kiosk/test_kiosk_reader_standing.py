"""What the screen says to a child who may not borrow: the true reason, which book is late, and what a return changes."""

from __future__ import annotations

from typing import Any

import pytest
from kiosk_session_driver import Driver

from library.contract.codes import word
from library.contract.kiosk_api import ReaderLoan
from library.lending.rules import make_reason, sort_reasons


def loan(barcode: str, title: str, **more: Any) -> ReaderLoan:
    given = {"due_on": "2026-11-20", "overdue": False, "renewable": False, **more}
    return ReaderLoan(loan_id=1, copy_barcode=barcode, title=title, **given)


def opened(*codes: str, loans: tuple[ReaderLoan, ...] = (), kind: str = "pupil") -> Driver:
    """A session of a reader whom `codes` keep from borrowing."""
    kiosk = Driver()
    kiosk.open_session(name="Minh An", loans=loans, remaining=0, kind=kind, reasons=codes)
    return kiosk


def said(kiosk: Driver) -> str:
    return f"{kiosk.screen['hint']} | {kiosk.screen['reader']['remaining_said']}"


@pytest.mark.parametrize("code", ["reader_expired", "reader_blocked"])
def test_a_reader_kept_from_borrowing_is_not_told_that_they_have_enough(code: str) -> None:
    kiosk = opened(code)
    kiosk.wait(9)  # the notice is gone, the reason stays on the screen
    assert kiosk.screen["notice"] is None
    assert said(kiosk) == f"{word(code, child=True)} | Hôm nay em chưa mượn thêm được"
    assert kiosk.screen["reader"]["waits_for_book"] is False  # the page draws no book to scan


def test_who_has_all_the_books_they_may_have_is_told_so() -> None:
    kiosk = opened("loan_limit", loans=(loan("TN-1", "Dế Mèn phiêu lưu ký"),))
    assert said(kiosk) == "Em quét cuốn muốn trả nhé. | Em đã mượn đủ"
    assert kiosk.screen["reader"]["waits_for_book"] is True


def test_a_late_book_is_named_among_others_and_its_return_opens_borrowing() -> None:
    late = loan("TN-1", "Đất rừng phương Nam", overdue=True)
    later = loan("TN-2", "Cho tôi xin một vé đi tuổi thơ và những chuyến tàu khác", overdue=True)
    books = tuple(loan(f"SGK-{n}", "Toán 3", counts=False, material="textbook") for n in range(9))
    kiosk = opened("has_overdues", loans=(late, later, *books))
    assert said(kiosk) == (
        "Em trả “Đất rừng phương Nam” và 1 cuốn nữa trước nhé. | Hôm nay em chưa mượn thêm được"
    )
    for barcode in ("TN-1", "TN-2"):
        kiosk.scan(barcode)
        kiosk.press("return")
        kiosk.grant("Sách", due_on=None)
        if barcode == "TN-1":
            assert "Em trả “Cho tôi xin một vé đi tuổi thơ…” trước nhé." in said(kiosk)
    assert said(kiosk) == "Quét cuốn tiếp theo, hoặc bấm Xong. | Còn mượn được 1 cuốn"


def test_a_return_does_not_open_borrowing_for_a_blocked_reader() -> None:
    kiosk = opened("reader_blocked", "loan_limit", loans=(loan("TN-1", "Dế Mèn phiêu lưu ký"),))
    kiosk.scan("TN-1")
    kiosk.press("return")
    kiosk.grant("Dế Mèn phiêu lưu ký", due_on=None)
    assert said(kiosk) == "Bấm Xong nhé. | Hôm nay em chưa mượn thêm được"


def test_teachers_are_addressed_as_teachers_in_every_line_of_their_books() -> None:
    kiosk = opened("loan_limit", loans=tuple(loan(f"TN-{n}", "Sách") for n in range(14)), kind="teacher")
    reader = kiosk.screen["reader"]
    assert reader["remaining_said"] == "Thầy cô đã mượn đủ" and reader["holding_said"] == "Thầy cô đang giữ 14 cuốn"


@pytest.mark.parametrize(("kind", "greeted"), [("teacher", "Chào thầy cô Em!"), ("parent", "Chào Em!")])
def test_a_name_and_a_title_stay_as_they_are_for_whoever_is_not_em(kind: str, greeted: str) -> None:
    late = loan("TN-1", "Em là bông hồng nhỏ", overdue=True)
    kiosk = Driver()
    kiosk.open_session(name="Em", loans=(late,), remaining=0, kind=kind, reasons=("has_overdues",))
    assert kiosk.screen["title"] == greeted
    assert kiosk.screen["hint"].endswith(" trả “Em là bông hồng nhỏ” trước nhé.")
    assert kiosk.screen["hint"].startswith("Thầy cô trả" if kind == "teacher" else "Bạn trả")


def test_a_child_at_the_limit_is_told_first_what_no_return_would_change() -> None:
    """A corner's book can never be lent here: "bring one back first" would send the child round for nothing."""
    reasons = sort_reasons([make_reason("loan_limit"), make_reason("copy_in_class_corner", unit="6A1")])
    assert [reason.code for reason in reasons] == ["copy_in_class_corner", "loan_limit"]
    assert word("copy_in_class_corner", {"unit": "6A1"}, child=True) == (
        "Cuốn này thuộc góc lớp 6A1, chỉ đọc ở lớp đó. Em đưa cho cô thủ thư nhé."
    )
