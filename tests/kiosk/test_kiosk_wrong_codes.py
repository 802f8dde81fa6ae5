"""Codes that lead nowhere at the kiosk: wrong cards, cards read badly, two codes in one line, publishers' codes."""

from __future__ import annotations

import pytest
from kiosk_session_driver import AN, BINH, STAFF, Driver

from kiosk.session_events import Scan
from kiosk.session_model import AskReader, Checkout, Phase, Return
from kiosk.session_rules import Rules
from kiosk.words import say


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


LETTERED = ["TV0000l042", "TVO0000042", "TV00B12"]
"""A letter crept into the number: a bad print, or the wrong keyboard layout. The core is asked whether it is a label.
"TVđđđđđđôâ": a Vietnamese layout."""


@pytest.mark.parametrize("misread", [*LETTERED, "TV00000O42", "TVđđđđđđôâ"])
@pytest.mark.parametrize("pause", [0, 1.2, 2.6, 9])
def test_l218_a_card_with_a_letter_in_it_lends_nothing_to_the_child_before(misread: str, pause: float) -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan(misread)
    kiosk.scan("TN-00013", hurried=True)  # meant for that card
    if misread in LETTERED:
        kiosk.refuse("copy_unknown", barcode=misread)
    notice = kiosk.screen["notice"]
    assert notice["text"] == f"{say('scan_unreadable')} Cuốn em vừa quét chưa được ghi." and notice["tone"] == "info"
    kiosk.wait(pause)
    kiosk.scan("TN-00013")
    assert not kiosk.asked and not kiosk.journal
    kiosk.wait(3)
    kiosk.scan(misread)  # once more, before anything else: said of the card again, not of a book
    assert kiosk.notice == "scan_unreadable" and not kiosk.asked
    kiosk.wait(3)
    kiosk.scan(BINH)
    kiosk.answer_reader("Bình", remaining=3)
    kiosk.scan("TN-00013")
    assert kiosk.asked[0].card == BINH


@pytest.mark.parametrize("misread", LETTERED)
def test_l218_a_card_with_a_letter_in_it_is_no_book_to_bring_back(misread: str) -> None:
    kiosk = Driver()
    kiosk.scan(misread)
    kiosk.refuse("copy_unknown", barcode=misread)
    assert kiosk.screen["screen"] == "idle" and kiosk.notice == "scan_unreadable"
    for rules in (Rules(confirm_returns=True), Rules(mode="borrow_only")):
        kiosk = Driver(rules)
        kiosk.scan(misread)
        assert kiosk.screen["screen"] == "idle" and kiosk.notice == "scan_unreadable"
        assert not kiosk.asked and kiosk.screen["question"] is None


def test_l218_a_card_with_a_letter_in_it_that_nobody_answers_for_closes_the_list() -> None:
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan(LETTERED[0])
    kiosk.refuse("no_answer")
    assert kiosk.notice == "scan_unreadable"
    kiosk.wait(9)
    kiosk.scan("TN-00013")
    assert not kiosk.asked and kiosk.notice == "card_awaited"


def test_a_book_whose_label_begins_like_a_card_is_lent_and_comes_back() -> None:
    """A label newer than our data ("TVTH…", a primary school's): the core knows it."""
    kiosk = Driver()
    kiosk.open_session(AN, "An", remaining=3)
    kiosk.scan("TVTH00042")
    kiosk.grant("Kính vạn hoa")
    kiosk.scan("TVTH00042")
    assert kiosk.notice == "already_listed" and [line.title for line in kiosk.state.lines] == ["Kính vạn hoa"]
    kiosk.press("done")
    kiosk.press("no_receipt")
    kiosk.wait(60)
    kiosk.scan("TVTH00042")
    assert isinstance(kiosk.asked[0], Return)
    kiosk.grant("Kính vạn hoa")
    assert kiosk.notice == "returned"
    kiosk = Driver(Rules(confirm_returns=True))
    kiosk.feed(Scan("TVTH00042", kiosk.state.now, "key-of-the-label", title="Kính vạn hoa"))
    assert kiosk.screen["question"]["title"] == "Kính vạn hoa"


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
