"""What server and kiosk share: scanned strings, messages, words."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.contract import codes, kiosk_api
from library.contract.scans import MAX_SCAN, check_digit, classify_scan, is_card_number, make_card_number


@given(st.integers(1, 9_999_999))
def test_cards_are_told_from_books(serial: int) -> None:
    card = make_card_number(serial)
    assert classify_scan(card).kind == "card"
    assert classify_scan(f"  {card.lower()}\r\n").text == card


@given(st.integers(1, 9_999_999), st.integers(2, 9), st.integers(1, 9))
def test_one_wrong_digit_on_a_card_is_noticed(serial: int, position: int, change: int) -> None:
    card = make_card_number(serial)
    wrong = card[:position] + str((int(card[position]) + change) % 10) + card[position + 1 :]
    assert not is_card_number(wrong)


@given(st.text(max_size=300))
def test_any_text_is_classified_and_bounded(text: str) -> None:
    scanned = classify_scan(text)
    assert scanned.kind in {"card", "copy", "isbn", "garbage"}
    assert len(scanned.text) <= MAX_SCAN


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("STK.000123", "copy"),
        ("stk 000123", "copy"),
        ("+123+", "copy"),
        ("9786041234568", "copy"),  # wrong check digit: may be somebody's old barcode
        ("9786042088640", "isbn"),
        ("8934974170617", "isbn"),  # a Vietnamese publisher's article number
        ("8934974170618", "copy"),
        ("ＳＴＫ．０００１", "copy"),  # an input method's full-width letters
        ("x" * 1000, "garbage"),
        ("Đ00123", "garbage"),
        ("", "garbage"),
        ("\x00\x1b[A", "garbage"),
    ],
)
def test_noise_of_real_scanners(raw: str, kind: str) -> None:
    assert classify_scan(raw).kind == kind


def test_check_digit_is_one_digit() -> None:
    assert check_digit("0000001") in string.digits


def test_messages_survive_a_round_trip_and_newer_cores() -> None:
    card = kiosk_api.ReaderCard(
        card="TV00000018",
        display_name="An",
        class_name="6A1",
        kind="pupil",
        can_borrow=False,
        reasons=(kiosk_api.ReasonSaid(code="loan_limit", params={"limit": 3}),),
        loans=(
            kiosk_api.ReaderLoan(
                loan_id=1, copy_barcode="A1", title="Đất rừng phương Nam", due_on="2026-12-06", overdue=False, renewable=True
            ),
        ),
    )
    data = card.to_json() | {"something_of_2030": [1, 2]}
    assert kiosk_api.ReaderCard.from_json(data) == card


@pytest.mark.parametrize(
    "data", [None, [], {}, {"card": 5}, {"card": "a", "display_name": "b", "class_name": None, "kind": "c", "can_borrow": 1}]
)
def test_a_wrong_message_is_named_not_swallowed(data: object) -> None:
    with pytest.raises(ValueError, match="ReaderCard"):
        kiosk_api.ReaderCard.from_json(data)


def test_every_reason_is_said_kindly_to_a_child() -> None:
    for code, wording in codes.REASONS.items():
        said = codes.word(code, {}, child=True)
        assert said[0].isupper() and said.endswith((".", "nhé.", "đấy.")), code
        for hard in ("phạt", "vi phạm", "lỗi", "mã lỗi", "!"):
            assert hard not in said, (code, hard)
        assert wording.staff.endswith("."), code


def test_an_unknown_code_is_never_shown_raw() -> None:
    assert "weird_code" not in codes.word("weird_code", {})


def test_a_child_hears_the_reason_that_comes_first_in_the_table() -> None:
    assert codes.first_for_child(["loan_limit", "has_overdues", "copy_lost"]) == "has_overdues"


@pytest.mark.parametrize("empty", [None, "", "missing"])
def test_no_word_ever_shows_an_empty_slot(empty: str | None) -> None:
    import library.app  # noqa: F401  (every feature registers its words)

    for code in [*codes.REASONS, *codes.ERRORS]:
        for child in (False, True):
            template = codes.ERRORS.get(code) or (codes.REASONS[code].child if child else codes.REASONS[code].staff)
            slots = set() if empty == "missing" else {name for _, name, _, _ in string.Formatter().parse(template) if name}
            said = codes.word(code, dict.fromkeys(slots, empty), child=child)
            for hole in ("…", "None", "{", "[", "|", "“”", "()", "  ", " .", " ,", " :", "ngày."):
                assert hole not in said or hole in template, (code, said)
            assert not said[0].islower(), said


def test_what_is_known_is_said_and_what_is_not_is_left_out() -> None:
    assert codes.word("copy_lost", {"since": None}) == "Cuốn này đã báo mất."
    assert codes.word("copy_lost", {"since": "05/11/2026"}) == "Cuốn này đã báo mất ngày 05/11/2026."
    assert codes.word("set_too_big", {"limit": 400}) == "Một lần giao nhận tối đa 400 cuốn. Chia thành nhiều lần."
    assert codes.word("set_too_big") == "Một lần giao nhận quá nhiều cuốn. Chia thành nhiều lần."
    assert codes.word("backup_foreign", {"file": "anh.zip"}).startswith("anh.zip không")
