"""L233: two codes that arrived as one line are told from a code, whatever stands beside the card."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.contract.scans import (
    CARD_WITHIN_SHAPE,
    ONE_CARD_SHAPE,
    are_two_codes,
    classify_scan,
    holds_card,
    is_card_number,
    is_publisher_code,
    looks_like_card,
    make_card_number,
    may_be_card,
)

CARDS = st.integers(1, 9_999_999).map(make_card_number)
PREFIXES = st.sampled_from(["STN", "STK", "SGK", "SNV", "TN", "TC1-", "K2024N", "BD", "S"])
"""As schools number their books (domain facts B9); "STV" and "LHP-TV" are looked up before they are asked about."""
BOOKS = st.builds(
    lambda prefix, separator, number, width: f"{prefix}{separator}{number:0{width}d}",
    PREFIXES, st.sampled_from(["", ".", "/", "-"]), st.integers(1, 99_999), st.integers(4, 7),
)  # fmt: skip
OLD = st.from_regex(r"\+?[0-9]{3,12}\+?", fullmatch=True) | st.sampled_from(["TV.000123", "TV-12", "TVKH00012A/2"])


def make_isbn(nine: int) -> str:
    digits = f"978{nine:09d}"
    return digits + str(-sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(digits)) % 10)


ISBNS = st.integers(0, 999_999_999).map(make_isbn)
ANYTHING = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./+- đ", min_size=1, max_size=80).filter(str.strip)


@given(CARDS, ANYTHING)
def test_l233_a_card_with_anything_beside_it_is_a_card_that_could_not_be_read(card: str, other: str) -> None:
    for line in (card + other, other + card):
        text = "".join(line.split()).upper()
        assert may_be_card(text) and not is_card_number(text)


@given(CARDS, BOOKS | ISBNS | CARDS)
def test_l233_a_card_and_a_code_in_one_line_are_known_without_looking_for_a_book(card: str, other: str) -> None:
    """Where no book can be looked for: the textbook list, a kiosk without data."""
    assert looks_like_card(card + other) and may_be_card(other + card)
    if other[-1].isdecimal():
        assert looks_like_card(other + card)
    shapes = (ONE_CARD_SHAPE, CARD_WITHIN_SHAPE)
    for line in (card + other, other + card):
        assert any(re.search(shape, line, re.IGNORECASE) for shape in shapes), "the list of a class stops at it too"


@given(BOOKS | ISBNS | OLD)
def test_l233_a_code_of_a_book_is_one_code_and_no_card(code: str) -> None:
    assert classify_scan(code).kind in ("copy", "isbn")
    assert not looks_like_card(code) and not holds_card(code) and not are_two_codes(code)


@given(CARDS)
def test_l233_a_card_alone_is_a_card(card: str) -> None:
    assert not holds_card(card) and not are_two_codes(card) and not re.search(ONE_CARD_SHAPE, "STN.000015")


@pytest.mark.parametrize(
    ("line", "joined"),
    [
        ("TV00000042STN.000015", True), ("STN.000015TV00000042", True), ("TV00000039TV00000042", True),
        ("TV00000042STN000015", True), ("TV0000042STN.000015", True),  # a digit lost as well
        ("TV000000421", False), ("TV0000004", False), ("TV00000O42", False),
        ("TVCB20112O2619", False), ("TVCB2011202619STN.000015", True),  # a letter in a staff card, and one with a book
        ("STN.000015STN.000016", True), ("STN.000015STK.000016STN.000017", True), ("STN000015STN000016", True),
        ("STN.0000159786042088640", True), ("97860420886409786042088640", True), ("K2024N000123", False),
        ("978604208864051299", False),
    ],
)  # fmt: skip
def test_l233_two_codes_are_said_to_be_two(line: str, joined: bool) -> None:
    assert are_two_codes(line) is joined


def test_the_isbns_of_these_tests_are_real() -> None:
    assert is_publisher_code(make_isbn(604208864))
