"""Pure rules of cataloguing: ISBN, price, match key, author mark, call number, barcodes of accession numbers.

What a title is for (môn, khối, bộ sách, material) is read in library/cataloguing/schoolwords.py.
Next: marc.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from library.contract.scans import classify_scan
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import fold, nfc, unify_spelling

_ISBN = re.compile(r"[0-9][0-9Xx\-–‐ ]{8,20}")
_ISBN_CORE = re.compile(r"(?:97[89][0-9]{10}|[0-9]{9}[0-9Xx])(?![0-9])")
_WORDS = re.compile(r"[^\W_]+")
_MONEY = re.compile(r"\d{1,3}(?:[.,\s]\d{3})+(?!\d)|\d+")
_DONG = re.compile(r"đ|vnd|vnđ|dong\b|\bd\b|\dd\b", re.IGNORECASE)
_FOREIGN_MONEY = re.compile(r"[$£€¥]|usd|eur|gbp|frs?\b|\bnt\b|rmb|cny|jpy|rub|р\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_DATES_TAIL = re.compile(r",?\s*(?:b\.|ca\.|c\.)?\s*\d{3,4}\s*[-–]?\s*(?:\d{3,4})?\.?$")
MAX_PRICE = 1_000_000_000
"""Whole VND; above it a number is a mistake (two prices run together, an ISBN in the wrong column)."""

COMMON_SURNAMES = frozenset(
    re.findall(
        r"\w+",
        "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý lí đinh mai trương"
        " đào lâm phùng cao tạ hà chu châu tô thái tôn đoàn lương trịnh vương nông triệu từ quách la"
        " kiều thạch giang văn lưu mạc tống",
    )
)


def parse_isbns(text: str) -> tuple[str, ...]:
    """Every valid ISBN in a text, as 13 digits without hyphens. Ten-digit numbers are converted."""
    found: list[str] = []
    for match in _ISBN.finditer(text):
        digits = re.sub(r"[^0-9Xx]", "", match.group())
        core = _ISBN_CORE.match(digits)
        isbn = to_isbn13(core.group()) if core else None
        if isbn and isbn not in found:
            found.append(isbn)
    return tuple(found)


def to_isbn13(text: str) -> str | None:
    """ISBN-10 or ISBN-13 in any dress -> 13 digits; None when the check digit is wrong."""
    digits = re.sub(r"[^0-9Xx]", "", text).upper()
    if len(digits) == 10 and digits[:9].isdigit():
        total = sum((10 - place) * (10 if char == "X" else int(char)) for place, char in enumerate(digits))
        if total % 11:
            return None
        body = "978" + digits[:9]
        return body + _ean_check(body)
    if len(digits) == 13 and digits.isdigit() and digits[:3] in ("978", "979"):
        return digits if _ean_check(digits[:12]) == digits[12] else None
    return None


def _ean_check(body: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)


def parse_price(text: str) -> int | None:
    """Whole VND out of "45000đ", "45.000 đ", "120,000"; None for none, other currencies, or nonsense."""
    match = _MONEY.search(text)
    if not match or _FOREIGN_MONEY.search(text):
        return None
    value = int(re.sub(r"\D", "", match.group()))
    if not _DONG.search(text) and value < 1000:
        return None
    return value if 0 < value <= MAX_PRICE else None


def parse_year(text: str) -> int | None:
    """The first plausible year in a text ("c2015", "[2015?]", "H. : 2015")."""
    match = _YEAR.search(text)
    return int(match.group()) if match else None


@lru_cache(maxsize=4096)
def person_match_form(name: str) -> str:
    """One form for the three shapes a Vietnamese author comes in (domain.md §C2), for comparing only.

    `Nguyễn, Du, 1765-1820` -> nguyễn du; `Phụng, Vũ Trọng` -> vũ trọng phụng (swapped only when the first
    part is one syllable and the rest begins with a known surname); `Tô Hoài` -> tô hoài.
    """
    bare = _DATES_TAIL.sub("", nfc(name)).strip(" ,.")
    first, comma, rest = bare.partition(",")
    words = [word.lower() for word in _WORDS.findall(unify_spelling(bare))]
    if comma and len(first.split()) == 1:
        tail = _WORDS.findall(unify_spelling(rest))
        head = first.strip().lower()
        if tail and tail[0].lower() in COMMON_SURNAMES and head not in COMMON_SURNAMES:
            words = [word.lower() for word in tail] + [word.lower() for word in _WORDS.findall(unify_spelling(first))]
    return " ".join(words)


def title_match_form(title: str) -> str:
    """A title for comparing: one spelling, lower-case, words only (accents count: Hoa is not Hoá)."""
    return " ".join(_WORDS.findall(unify_spelling(title).lower()))


def match_key(
    title: str, subtitle: str, part: str, authors: Iterable[str], year: int | None, book_set: str = ""
) -> str:
    """The same book catalogued twice gets the same key: title, part, first author, year and book set."""
    first_author = next(iter(authors), "")
    parts = (
        title_match_form(f"{title} {subtitle}"),
        title_match_form(part),
        person_match_form(first_author),
        str(year or ""),
        title_match_form(book_set),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def make_author_mark(authors: Iterable[str], title: str) -> str:
    """First three letters of the author's name as the heading has it, else of the title, in ASCII capitals.

    Vietnamese names are not inverted in headings, so Tô Hoài -> TOH (domain.md §C2, §C5 b).
    """
    author = next(iter(authors), "")
    return _three_letters(author) or _three_letters(title[:60]) or _three_letters(title)


@lru_cache(maxsize=4096)
def _three_letters(text: str) -> str:
    letters = [char for char in fold(text) if char.isascii() and char.isalpha()]
    return "".join(letters[:3]).upper()


def make_call_number(class_number: str, author_mark: str) -> str:
    """Ký hiệu xếp giá: class number over author mark."""
    return " ".join(part for part in (class_number, author_mark) if part)


def barcode_of(accession_number: str) -> str:
    """What the label of this accession number says: ASCII capitals without spaces (domain.md §B9).

    InvalidInput(`accession_bad`) when nothing a scanner can read remains, or when it would be mistaken
    for a reader's card or an ISBN.
    """
    scanned = classify_scan(fold(accession_number))
    if scanned.kind != "copy":
        raise InvalidInput("accession_bad", field="accession_number", number=accession_number[:40])
    return scanned.text


def example_of_pattern(pattern: str) -> str:
    """How a librarian sees a numbering pattern: its first number, e.g. `STK.{:06d}` -> STK.000001."""
    return pattern.format(1)


def pattern_of_example(text: str) -> str:
    """The pattern behind an example such as STK.000001: its last run of digits is the number's place.

    A text that already holds a place (`{:06d}`), or no digit at all, comes back as it is.
    """
    found = re.fullmatch(r"(.*?)([0-9]+)([^0-9]*)", text)
    if "{" in text or found is None:
        return text
    return f"{found[1]}{{:0{len(found[2])}d}}{found[3]}"


def check_pattern(pattern: str) -> str:
    """A numbering pattern such as `STK.{:06d}`: exactly one number place, ASCII. InvalidInput(`pattern_bad`)."""
    try:
        first, second = pattern.format(1), pattern.format(2)
    except (ValueError, IndexError, KeyError, AttributeError) as error:
        raise InvalidInput("pattern_bad", field="number_pattern", pattern=pattern) from error
    if first == second or not first.isascii() or len(pattern.format(99_999_999)) > 40:
        raise InvalidInput("pattern_bad", field="number_pattern", pattern=pattern)
    barcode_of(first)
    return pattern


def shorten_numbers(numbers: Sequence[str]) -> str:
    """ "SGK.000001–000004, SGK.000009": runs of accession numbers as one."""
    runs: list[list[str]] = []
    for number in numbers:
        head, _, tail = number.rpartition(".")
        last = runs[-1][-1].rpartition(".") if runs else None
        if last and last[0] == head and tail.isdigit() and last[2].isdigit() and int(tail) == int(last[2]) + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1].rpartition('.')[2]}" for run in runs)
