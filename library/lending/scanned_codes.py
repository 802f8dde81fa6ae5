"""L211, L218, L233: what a scanned code that fits nothing is said to be: a reader's card, a book, or nothing we know.

One place for all boxes. `unknown_copy` is pure; `no_card` looks whether there is such a book.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.contract.scans import (
    CARD_PREFIX,
    are_two_codes,
    classify_scan,
    clean_scan,
    holds_card,
    is_publisher_code,
    looks_like_card,
    may_be_card,
)
from library.foundation.errors import Reason
from library.lending.desk_facts import find_copy
from library.lending.rules import make_reason
from library.readers.tables import Card


def unknown_copy(code: str) -> Reason:
    """Where a book is wanted and there is none with this code. A card is said to be one, also one read badly; what has
    no digit is no code of ours."""
    text = clean_scan(code)
    if are_two_codes(text):
        return _two_codes(text)
    if looks_like_card(text):
        return make_reason("not_a_copy", barcode=text[:40])
    if not any(char.isdigit() for char in text):
        return make_reason("code_unknown", barcode=text[:40])
    return make_reason("publisher_code" if is_publisher_code(text) else "copy_unknown", barcode=text[:40])


def is_card_misread(code: str) -> bool:
    """L218: a card of which a character was lost or read wrongly, also the first ones, or (L233) one that came in one
    line with another code. Asked where no book has this code."""
    text = clean_scan(code)
    if may_be_card(text):
        return True
    number = text.removeprefix(CARD_PREFIX[0]).removeprefix(CARD_PREFIX[1])
    return number.isdecimal() and Card.select().where(Card.number == f"{CARD_PREFIX}{number}").exists()


def misread_card(code: str) -> Reason:
    """What is said of such a card."""
    text = clean_scan(code)
    return _two_codes(text) if are_two_codes(text) else make_reason("card_unread", card=text[:40])


def _two_codes(text: str) -> Reason:
    return make_reason("codes_joined" if holds_card(text) else "labels_joined", barcode=text[:40])


def call_codes_by_name(code: str, reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """The reasons of a refusal, with `copy_unknown` said as what the code is (a card, a publisher's code)."""
    return tuple(unknown_copy(code) if reason.code == "copy_unknown" else reason for reason in reasons)


def no_card(code: str) -> Reason:
    """Where a card is wanted and this is none: read badly, a book, or no code of ours (ours have digits)."""
    scan = classify_scan(code)
    if scan.kind == "garbage" or looks_like_card(scan.text):
        return make_reason("scan_unreadable")
    is_book = any(char.isdigit() for char in scan.text) or find_copy(barcode=scan.text) is not None
    return make_reason("not_a_card" if is_book else "code_unknown", barcode=scan.text)
