"""A child at the kiosk, step by step."""

from __future__ import annotations

from dataclasses import replace

from kiosk_session_driver import AN, Driver, make_reader

from kiosk.session_events import (
    ActAnswer,
    BackInOrder,
    OutOfOrder,
    ReaderAnswer,
)
from kiosk.session_model import Checkout, Phase, Renew, Return
from kiosk.session_rules import Rules
from kiosk.words import NOTICES, say
from library.contract.codes import REASONS
from library.contract.kiosk_api import ReaderLoan


def loan(barcode: str, title: str = "Đất rừng phương Nam", renewable: bool = True) -> ReaderLoan:
    return ReaderLoan(
        loan_id=1, copy_barcode=barcode, title=title, due_on="2026-11-30", overdue=False, renewable=renewable
    )


def test_card_books_done_receipt_blank() -> None:
    kiosk = Driver(Rules(receipts="ask"))
    kiosk.open_session(remaining=3)
    assert kiosk.screen["title"] == "Chào An!"
    kiosk.scan("TN-00012")
    kiosk.grant("Dế Mèn phiêu lưu ký", due_on="2026-12-07", remaining=2)
    assert [book["title"] for book in kiosk.screen["books"]] == ["Dế Mèn phiêu lưu ký"]
    assert kiosk.screen["books"][0]["due"] == "thứ Hai, 07/12"
    assert kiosk.screen["reader"]["remaining"] == 2
    kiosk.press("done")
    assert kiosk.screen["title"] == "Em có lấy phiếu không?"
    kiosk.press("receipt")
    assert [one.receipt.lines[0].title for one in kiosk.prints] == ["Dế Mèn phiêu lưu ký"]
    assert kiosk.screen["title"] == "Hẹn\u00a0gặp\u00a0lại An!"
    kiosk.wait(60)
    assert kiosk.screen["screen"] == "idle"
    assert "An" not in str(kiosk.screen["reader"]) and kiosk.screen["books"] == []


def test_yes_is_shown_only_after_the_journal_has_it() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.feed(ActAnswer(kiosk.take_asked().request, "Dế Mèn", "2026-12-07", 2, offline=True))
    assert kiosk.screen["books"] == [] and kiosk.screen["waiting"]
    kiosk.write()
    assert [book["title"] for book in kiosk.screen["books"]] == ["Dế Mèn"]


def test_full_disk_offline_is_a_no_and_online_still_a_yes() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.feed(ActAnswer(kiosk.take_asked().request, "Dế Mèn", "2026-12-07", 2, offline=True))
    kiosk.write(fails=True)
    assert kiosk.screen["books"] == [] and kiosk.notice == "journal_full"
    kiosk.scan("TN-00013")
    kiosk.feed(ActAnswer(kiosk.take_asked().request, "Mắt biếc", "2026-12-07", 2))
    kiosk.write(fails=True)
    assert [book["title"] for book in kiosk.screen["books"]] == ["Mắt biếc"]


def test_scans_that_come_while_waiting_are_taken_in_order() -> None:
    kiosk = Driver()
    kiosk.scan(AN)
    kiosk.scan("TN-00012")
    kiosk.scan("TN-00013")
    kiosk.answer_reader("An")
    kiosk.grant("Một")
    kiosk.grant("Hai")
    assert [line.barcode for line in kiosk.state.lines] == ["TN-00012", "TN-00013"]


def test_done_waits_for_the_book_in_the_air() -> None:
    kiosk = Driver(Rules(receipts="always"))
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.press("done")
    assert kiosk.state.phase is Phase.OPEN
    kiosk.grant("Một")
    assert kiosk.state.phase is Phase.GOODBYE
    assert [line.title for line in kiosk.prints[0].receipt.lines] == ["Một"]


def test_book_twice_is_already_in_the_list() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.grant()
    kiosk.scan("TN-00012")
    assert kiosk.notice == "already_listed" and not kiosk.asked and len(kiosk.state.lines) == 1


def test_book_still_under_the_beam_after_goodbye_is_not_returned() -> None:
    kiosk = Driver(Rules(receipts="never"))
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.grant()
    kiosk.press("done")
    kiosk.scan("TN-00012")
    assert kiosk.notice == "already_listed" and not kiosk.asked


def test_book_that_does_not_count_leaves_the_number_as_it_is() -> None:
    kiosk = Driver()
    kiosk.open_session(remaining=3)
    kiosk.scan("SGK-1")
    kiosk.grant("Toán 6", remaining=999)
    assert kiosk.screen["reader"]["remaining"] == 3
    kiosk.scan("TN-1")
    kiosk.grant("Mắt biếc", remaining=2)
    assert kiosk.screen["reader"]["remaining"] == 2


def test_teacher_is_addressed_as_one() -> None:
    kiosk = Driver()
    kiosk.scan(AN)
    asked = kiosk.take_asked()
    teacher = replace(make_reader(asked.card, "Dũng"), kind="teacher", class_name=None)
    kiosk.feed(ReaderAnswer(asked.request, teacher))
    assert kiosk.screen["title"] == "Chào thầy cô Dũng!" and kiosk.screen["reader"]["class"] == ""
    kiosk.scan("TN-1")
    kiosk.refuse("loan_limit", limit=10)
    assert kiosk.screen["notice"]["text"].startswith("Thầy cô đang mượn đủ 10 cuốn")


def test_book_at_the_idle_screen_comes_back() -> None:
    kiosk = Driver()
    kiosk.scan("TN-00012")
    assert isinstance(kiosk.asked[0], Return)
    kiosk.grant("Dế Mèn", was_on_loan=True)
    assert kiosk.state.phase is Phase.RETURNING and kiosk.notice == "returned"
    kiosk.scan("TN-00012")
    assert kiosk.notice == "already_returned" and not kiosk.asked


def test_book_at_the_idle_screen_asks_first_where_the_school_wants_it() -> None:
    kiosk = Driver(Rules(confirm_returns=True))
    kiosk.scan("TN-00012")
    assert not kiosk.asked and kiosk.screen["question"]["text"] == "Em muốn trả cuốn này?"
    kiosk.press("return")
    kiosk.grant("Dế Mèn")
    assert [line.kind for line in kiosk.state.lines] == ["return"]


def test_book_that_nobody_has_reminds_of_the_card() -> None:
    kiosk = Driver()
    kiosk.scan("TN-00012")
    kiosk.grant("Dế Mèn", was_on_loan=False)
    assert kiosk.notice == "was_not_on_loan" and kiosk.state.lines == ()


def test_a_book_that_only_this_kiosk_thinks_at_home_is_taken_back_offline() -> None:
    """It was lent elsewhere since our data were made: the act is kept, so the child reads that it is."""
    kiosk = Driver()
    kiosk.scan("TN-00012")
    kiosk.grant("Dế Mèn", was_on_loan=False, offline=True)
    said = "Máy đã ghi lại. Em để sách lại nhé. Em muốn mượn thì quét thẻ của mình trước."
    assert kiosk.screen["notice"]["text"] == said
    assert [(book["kind"], book["title"]) for book in kiosk.screen["books"]] == [("return", "Dế Mèn")]
    kiosk.press("done")
    kiosk.press("receipt")
    assert [line.barcode for line in kiosk.prints[0].receipt.lines] == ["TN-00012"]


def test_a_scanner_that_leaves_in_a_session_is_spoken_of_at_once() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.feed(OutOfOrder("scanner"))
    assert "Máy quét đang nghỉ" in kiosk.screen["notice"]["text"] and kiosk.screen["screen"] == "open"
    kiosk.feed(BackInOrder("scanner"))
    assert kiosk.screen["notice"] is None
    kiosk.feed(OutOfOrder("scanner"))
    kiosk.press("done")
    assert kiosk.screen["screen"] == "out_of_order"


def test_textbooks_of_the_term_stand_apart_from_the_limit() -> None:
    kiosk = Driver()
    books = tuple(replace(loan(f"SGK-{n}"), counts=False, material="textbook") for n in range(9))
    kiosk.open_session(loans=(*books, loan("TN-7")), remaining=2)
    reader = kiosk.screen["reader"]
    assert (reader["holding"], reader["remaining"], reader["apart"]) == (1, 2, "+ 9 sách giáo khoa")


def test_own_book_can_be_returned_or_renewed() -> None:
    kiosk = Driver()
    kiosk.open_session(loans=(loan("TN-7"), loan("TN-8")))
    kiosk.scan("TN-7")
    assert [button["name"] for button in kiosk.screen["question"]["buttons"]] == ["return", "renew", "close"]
    kiosk.press("renew")
    assert isinstance(kiosk.asked[0], Renew)
    kiosk.grant("Đất rừng phương Nam")
    assert "mượn thêm ngày" in kiosk.screen["notice"]["text"] and kiosk.screen["books"][0]["word"] == "Mượn thêm ngày"
    kiosk.scan("TN-8")
    kiosk.press("return")
    assert isinstance(kiosk.asked[0], Return)
    kiosk.grant("Đất rừng phương Nam")
    assert [line.kind for line in kiosk.state.lines] == ["renewal", "return"]
    assert kiosk.screen["reader"]["holding"] == 1


def test_a_child_never_reads_the_librarian_s_word_for_renewing() -> None:
    said = [say(code) for code in {*NOTICES, *REASONS}]
    assert any("mượn thêm ngày" in one for one in said) and [one for one in said if "gia hạn" in one.lower()] == []


def test_returned_book_may_be_borrowed_again_in_one_session() -> None:
    kiosk = Driver()
    kiosk.open_session(loans=(loan("TN-7"),))
    kiosk.scan("TN-7")
    kiosk.press("return")
    kiosk.grant("Đất rừng phương Nam")
    kiosk.scan("TN-7")
    assert isinstance(kiosk.asked[0], Checkout)


def test_kind_refusal_points_to_a_person() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.refuse("loan_limit", limit=3, count=3)
    assert kiosk.screen["notice"]["text"] == "Em đang mượn đủ 3 cuốn rồi. Trả bớt một cuốn rồi mượn tiếp nhé."
    assert kiosk.sounds[-1] == "no" and kiosk.state.lines == ()


def test_modes() -> None:
    returns = Driver(Rules(mode="return_only"))
    returns.scan(AN)
    assert returns.notice == "mode_return_only" and not returns.asked
    borrows = Driver(Rules(mode="borrow_only"))
    borrows.scan("TN-00012")
    assert borrows.notice == "not_a_card" and not borrows.asked
