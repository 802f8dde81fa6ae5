"""A child at the kiosk, step by step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kiosk_session_driver import AN, BINH, STAFF, Driver, make_reader

from kiosk.session_events import (
    ActAnswer,
    BackInOrder,
    OutOfOrder,
    ReaderAnswer,
    Scan,
)
from kiosk.session_model import AskReader, Checkout, Phase, Renew, Return
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


def test_another_card_ends_the_first_session() -> None:
    kiosk = Driver(Rules(receipts="always"))
    kiosk.open_session(AN, "An")
    kiosk.scan("TN-00012")
    kiosk.grant("Sách của An")
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình")
    assert [one.receipt.name for one in kiosk.prints] == ["An"]
    assert "Sách của An" not in str(kiosk.screen)
    assert kiosk.screen["reader"]["name"] == "Bình" and kiosk.screen["books"] == []


def test_a_wrong_card_in_a_session_is_answered_and_the_session_goes_on() -> None:
    kiosk = Driver(Rules(receipts="ask"))
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan("TN-00012")
    kiosk.grant("Sách của An")
    kiosk.scan(BINH)
    assert kiosk.screen["reader"]["name"] == "An" and kiosk.screen["waiting_for"] == "Máy đang tìm thẻ của em…"
    kiosk.scan("TN-00013")  # meant for that card, so not lent to An
    kiosk.refuse("reader_unknown", card=BINH)
    assert kiosk.screen["notice"]["text"].startswith("Thẻ này chưa có trong thư viện.") and not kiosk.asked
    assert kiosk.screen["title"] == "Chào An!" and len(kiosk.screen["books"]) == 1
    kiosk.wait(9)
    kiosk.scan("TN-00014")  # long after: the child of that card may be slow, An would get the book
    assert not kiosk.asked and kiosk.screen["notice"]["text"].startswith("Em quét thẻ của mình trước")
    kiosk.scan(AN)
    kiosk.scan("TN-00014")
    assert isinstance(kiosk.asked[0], Checkout) and kiosk.asked[0].card == AN
    kiosk.grant("Một cuốn nữa")
    kiosk.press("done")
    assert kiosk.screen["title"] == "Em có lấy phiếu không?"
    kiosk.scan(BINH)
    kiosk.refuse("reader_unknown", card=BINH)
    kiosk.press("close")
    kiosk.press("receipt")
    assert kiosk.screen["title"] == "Hẹn\u00a0gặp\u00a0lại An!" and len(kiosk.prints) == 1


@pytest.mark.parametrize("misread", ["TV0000001", AN[:-1] + str((int(AN[-1]) + 1) % 10)])
@pytest.mark.parametrize("pause", [0, 1.2, 2.6, 9])
def test_l218_a_badly_read_card_lends_nothing_to_the_child_before(misread: str, pause: float) -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan(misread)
    kiosk.wait(pause)
    kiosk.scan("TN-00013")
    assert not kiosk.asked and not kiosk.journal
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình", remaining=3)
    kiosk.scan("TN-00013")
    assert kiosk.asked[0].card == BINH


@pytest.mark.parametrize("line", [f"{BINH}TN-00012", f"TN-00012{BINH}", f"{AN}{BINH}", f"{BINH}{'TN-00012' * 5}"])
@pytest.mark.parametrize("pause", [0, 2.6, 9])
def test_l233_a_card_and_a_book_in_one_line_lend_nothing_to_the_child_before(line: str, pause: float) -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan(line)
    assert kiosk.notice == "codes_joined" and not kiosk.asked
    kiosk.wait(pause)
    kiosk.scan("TN-00013")
    assert not kiosk.asked and not kiosk.journal
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình", remaining=3)
    kiosk.scan("TN-00013")
    assert kiosk.asked[0].card == BINH


def test_l233_a_joined_line_in_the_queue_takes_the_books_behind_it_along() -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    for text in ("TN-00011", f"{BINH}TN-00012", "TN-00013"):
        kiosk.scan(text)
    kiosk.grant("Cuốn của An")
    kiosk.wait(kiosk.rules.seen_seconds)
    assert kiosk.notice == "codes_joined" and not kiosk.asked and not kiosk.state.queue
    assert [line.barcode for line in kiosk.state.lines] == ["TN-00011"]


def test_l233_two_books_in_one_line_lend_nothing_and_the_session_goes_on() -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan("TN-00012TN-00013")
    assert kiosk.notice == "labels_joined" and not kiosk.asked
    kiosk.wait(9)
    kiosk.scan("TN-00013")
    assert kiosk.asked[0].card == AN and kiosk.asked[0].barcode == "TN-00013"


@pytest.mark.parametrize("label", [f"S{BINH}", "TN-00012TN-00013"])
def test_l233_a_label_our_data_know_is_a_book(label: str) -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.wait(9)
    kiosk.feed(Scan(label, kiosk.state.now, "key-of-the-label", title="Dế Mèn"))
    assert kiosk.asked[0].barcode == label


def test_a_card_nobody_answers_for_leaves_the_session_open() -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An")
    kiosk.scan("TN-00012")
    kiosk.grant("Sách của An")
    kiosk.scan(BINH)
    kiosk.wait(26)
    assert kiosk.notice == "no_answer" and kiosk.screen["title"] == "Chào An!"


def test_own_card_again_keeps_the_session() -> None:
    kiosk = Driver()
    kiosk.open_session()
    kiosk.scan("TN-00012")
    kiosk.grant()
    kiosk.scan(AN)
    assert kiosk.notice == "already_open" and len(kiosk.state.lines) == 1 and not kiosk.asked


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
    assert kiosk.screen["notice"]["text"] == "Máy đã ghi lại. Em để sách lại nhé."
    assert [(book["kind"], book["title"]) for book in kiosk.screen["books"]] == [("return", "Dế Mèn")]
    kiosk.press("done")
    kiosk.press("receipt")
    assert [line.barcode for line in kiosk.prints[0].receipt.lines] == ["TN-00012"]


@pytest.mark.parametrize("rules", [Rules(mode="return_only"), Rules(confirm_returns=True)])
def test_no_card_is_asked_for_where_it_leads_nowhere(rules: Rules) -> None:
    kiosk = Driver(rules)
    kiosk.feed(Scan("TN-00012", 0.0, "key", title="Dế Mèn"))
    if rules.confirm_returns:
        assert kiosk.screen["question"]["title"] == "Dế Mèn"
        kiosk.press("return")
    kiosk.grant("Dế Mèn", was_on_loan=False)
    said = kiosk.screen["notice"]["text"]
    assert "để sách lại" in said and "thẻ" not in said


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


def test_books_behind_an_unknown_card_are_not_returned() -> None:
    kiosk = Driver()
    kiosk.scan(AN)
    kiosk.scan("TN-00012")
    kiosk.scan(BINH)
    kiosk.refuse("reader_unknown", card=AN)
    assert kiosk.screen["notice"]["text"].endswith("Cuốn em vừa quét chưa được ghi.") and not kiosk.asked
    kiosk.wait(2)
    asked = kiosk.take_asked()
    assert isinstance(asked, AskReader) and asked.card == BINH and not kiosk.asked


@pytest.mark.parametrize("text", ["", "x" * 1000, "\x00\x1b[2J", "đây không phải mã", "A" * 41])
def test_garbage_is_answered_kindly(text: str) -> None:
    kiosk = Driver()
    kiosk.scan(text)
    assert kiosk.notice == "scan_unreadable" and not kiosk.asked
    kiosk.open_session()
    kiosk.scan(text)
    assert kiosk.notice == "scan_unreadable" and kiosk.state.phase is Phase.OPEN


@pytest.mark.parametrize("damaged", ["TV0000001", f"{AN[:-1]}{(int(AN[-1]) + 1) % 10}", f"{AN}1", STAFF[:-1]])
def test_a_badly_read_card_is_no_book(damaged: str) -> None:
    """A digit read wrongly or lost: by the shape, it is a card (`looks_like_card`)."""
    kiosk = Driver()
    kiosk.scan(damaged)
    assert kiosk.notice == "scan_unreadable" and kiosk.state.phase is Phase.IDLE and not kiosk.asked
    kiosk.open_session()
    kiosk.scan(damaged)
    assert kiosk.notice == "scan_unreadable" and not kiosk.asked


def test_publishers_barcode_is_explained() -> None:
    kiosk = Driver()
    kiosk.open_session()
    for code in ("9786042088381", "8934974170617"):
        kiosk.scan(code)
        assert kiosk.notice == "publisher_code" and not kiosk.asked
    idle = Driver()
    idle.scan("8934974170617")
    assert idle.notice == "publisher_code" and idle.state.phase is Phase.IDLE and not idle.asked


def test_publishers_code_under_which_the_school_has_a_copy() -> None:
    kiosk = Driver()
    kiosk.feed(Scan("8934974170617", 0.0, "key", is_copy=True))
    assert isinstance(kiosk.asked[0], Return)


def test_modes() -> None:
    returns = Driver(Rules(mode="return_only"))
    returns.scan(AN)
    assert returns.notice == "mode_return_only" and not returns.asked
    borrows = Driver(Rules(mode="borrow_only"))
    borrows.scan("TN-00012")
    assert borrows.notice == "not_a_card" and not borrows.asked
