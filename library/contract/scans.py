"""What a scanned string is. Standard library only; server and kiosk decide alike.

Barcode text is untrusted: at most MAX_SCAN characters, only what our labels can hold. Card numbers and
copy barcodes live in one name space: cards begin with CARD_PREFIX, copies never do.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

MAX_SCAN = 128
CARD_PREFIX = "TV"
"""Thẻ thư viện. A card is TV + 7 digits + one check digit (mod 97 folded to one digit, see check_digit)."""

STAFF_PREFIX = "TVCB"
"""Thẻ cán bộ, for the kiosk's staff menu only: TVCB + 9 digits + one check digit. Alone it opens nothing."""

_CODE = re.compile(r"^[A-Z0-9+][A-Z0-9./+\-]{0,39}$")
_CARD = re.compile(r"^TV\d{8}$")
_CARD_LIKE = re.compile(r"^TV(CB)?\d+$")
_CARD_GARBLED = re.compile(r"^TV(?=[A-Z]*\d)[A-Z0-9]{5,14}$")
_STAFF = re.compile(r"^TVCB\d{10}$")
_CARD_WITHIN = re.compile(r"(?=(TV\d{8}|TVCB\d{10}))")
_LABELS = re.compile(r"[A-Z]+[./+\-]?(\d{5,})")

ONE_CARD_SHAPE = r"^TV(?=[A-Z]*\d)[A-Z\d]+$"
CARD_WITHIN_SHAPE = r"(^|\d)TV(CB)?\d{5}"
"""L233, for pages that decide before the server has answered (the list of a class): a card, also one read badly, and
a line in which another code stands before or behind one. Both are valid in Python and in JavaScript."""
_CARD_STARTS = re.compile(CARD_WITHIN_SHAPE)
_LEAST_CODE = 4
"""So many characters more than a card are another code; fewer are noise around it."""

ScanKind = Literal["card", "copy", "isbn", "staff", "garbage"]


@dataclass(frozen=True, slots=True)
class Scanned:
    """`text` is cleaned: upper-case, no spaces. For garbage it is cut to 40 characters for display."""

    kind: ScanKind
    text: str


def clean_scan(raw: str) -> str:
    """What the scanner meant: NFKC (full-width digits of an input method), no white space or controls,
    upper-case. "đ" of a Vietnamese keyboard cannot be undone here; labels are ASCII for that reason."""
    if raw.isascii() and raw.isalnum():  # nearly every scan
        return raw[: MAX_SCAN * 4].upper()
    text = unicodedata.normalize("NFKC", raw[: MAX_SCAN * 4])
    return "".join(char for char in text if not char.isspace() and char.isprintable()).upper()


def check_digit(digits: str) -> str:
    """One check digit over digits (weights 7,3,1 repeated, mod 10): catches any single wrong digit and a
    truncated scan."""
    total = sum(int(digit) * (7, 3, 1)[position % 3] for position, digit in enumerate(digits))
    return str(-total % 10)


def make_card_number(serial: int) -> str:
    """Serial 1–9,999,999 -> card number with check digit, e.g. TV00004236."""
    if not 0 < serial <= 9_999_999:
        raise ValueError(f"card serial out of range: {serial}")
    digits = f"{serial:07d}"
    return f"{CARD_PREFIX}{digits}{check_digit(digits)}"


def is_card_number(text: str) -> bool:
    return bool(_CARD.match(text)) and check_digit(text[2:-1]) == text[-1]


def looks_like_card(text: str) -> bool:
    """A reader's or staff card, also with a digit read wrongly or lost, or with another code in the same line (L233);
    a copy's code never looks like this."""
    return bool(_CARD_LIKE.match(text)) or any(at == 0 or text[at - 1].isdecimal() for at in _whole_cards(text))


def may_be_card(text: str) -> bool:
    """Wider: a reader's card also where a letter crept into its number, or among other things (`holds_card`). To be
    asked once no copy has this code."""
    return looks_like_card(text) or bool(_CARD_GARBLED.match(text)) or holds_card(text)


def is_card_mistyped(text: str) -> bool:
    """A card whose digits a Vietnamese keyboard layer turned into letters and marks (TVĐĐĐÔÂ): none of our labels has
    such letters, so no book is looked for."""
    rest = text.removeprefix(CARD_PREFIX)
    if rest == text or text.isascii() or not 5 <= len(rest) <= 16:
        return False
    return all(char.isalnum() or unicodedata.combining(char) for char in rest)


def holds_card(text: str) -> bool:
    """L233: a card stands in this line beside other things: a scanner lost the Enter between two codes. To be asked
    once no copy has this code: an old label such as STV00000042 ends like a card."""
    if is_card_number(text) or is_staff_card(text):
        return False
    return bool(_CARD_STARTS.search(text)) or bool(_whole_cards(text))


def are_two_codes(text: str) -> bool:
    """L233: two codes (or more) that arrived as one line, at least one of them a card or all of them labels of books.
    For what is said; to be asked once no copy has this code."""
    if holds_card(text):
        one = "TVCB2011202619" if text.startswith(STAFF_PREFIX) else "TV00000042"
        return len(text) >= len(one) + _LEAST_CODE and not _CARD_LIKE.match(text)
    labels = list(_LABELS.finditer(text))
    whole = "".join(label.group() for label in labels) == text
    if whole and len(labels) > 1:  # K2024N0001 and K2024N000123 are one label with a year
        return len({len(label.group(1)) for label in labels}) == 1
    if len(text) <= len("9786042088640") + 5:  # a publisher's code may have two or five digits more beside it
        return False
    return is_publisher_code(text[:13]) or is_publisher_code(text[-13:])


def _whole_cards(text: str) -> list[int]:
    """Where in this line a whole number of a reader's or staff card begins, its check digit right."""
    found = [(match.start(), match.group(1)) for match in _CARD_WITHIN.finditer(text)]
    return [at for at, number in found if is_card_number(number) or is_staff_card(number)]


def is_staff_card(text: str) -> bool:
    return bool(_STAFF.match(text)) and check_digit(text[4:-1]) == text[-1]


def is_isbn13(text: str) -> bool:
    if not re.fullmatch(r"97[89]\d{10}", text):
        return False
    return _ean13_sum(text) % 10 == 0


def is_publisher_code(text: str) -> bool:
    """The article number printed on a book: an ISBN, or one of Viet Nam (893), with its right check digit."""
    return is_isbn13(text) or (bool(re.fullmatch(r"893\d{10}", text)) and _ean13_sum(text) % 10 == 0)


def _ean13_sum(text: str) -> int:
    return sum(int(digit) * (1, 3)[position % 2] for position, digit in enumerate(text))


def classify_scan(raw: str) -> Scanned:
    """Card, staff card, publisher's code ("isbn"; the same on every copy, so no copy's label unless a library
    took it for one), something that can be a copy's barcode, or garbage."""
    text = clean_scan(raw)
    if len(raw) > MAX_SCAN or not _CODE.match(text):
        return Scanned("garbage", text[:40])
    if is_card_number(text):
        return Scanned("card", text)
    if is_publisher_code(text):
        return Scanned("isbn", text)
    if is_staff_card(text):
        return Scanned("staff", text)
    return Scanned("copy", text)
