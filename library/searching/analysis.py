"""How Vietnamese text becomes search terms: the same functions for records and for queries. Pure.

Every syllable gives two keys. Exact: letters, then the tone as a digit at the end, so that both tone
places (`hòa`, `hoà` -> `hoa2`) and both spellings of i (`lý`, `lí` -> `li5`) are one. Folded: letters
without accents, đ -> d. Numbers are one however written: `tập hai`, `tập II`, `tập 02` -> `2`.
Next: schema.py (what of a record is indexed), telex.py, highlight.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from library.foundation.vietnamese import fold, nfc
from library.searching.model import LONGEST_QUERY

MOST_WORDS = 24
"""Words of a query that count; more only cost time."""

_TONE_DIGITS = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}
_TOKEN = re.compile(r"[cC]\+\+|[cC]#|\d+|[^\W\d_]+")
_HYPHENATED = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_Y_AFTER_CONSONANT = re.compile(r"^([bcdđghklmnprstvx]+|qu)y$")

# A roman numeral is a number only after one of these (folded): "tập II", but "Vitamin C", "Hồ Chí Minh I".
_BEFORE_ROMAN = {"tap", "quyen", "phan", "chuong", "ki", "so", "bai"}
_ROMANS = (
    ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi")
    + ("xvii", "xviii", "xix", "xx", "xxi")
)  # fmt: skip
_ROMAN = {roman: str(value) for value, roman in enumerate(_ROMANS, 1)}
# Number words count only after these: "tập hai", "lớp sáu", but "hai đứa trẻ".
_BEFORE_NUMBER_WORD = {"tap", "quyen", "phan", "lop", "khoi"}
_NUMBER_WORDS = {
    "một": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4", "năm": "5", "sáu": "6", "bảy": "7", "bẩy": "7",
    "tám": "8", "chín": "9", "mười": "10", "mot": "1", "bon": "4", "nam": "5", "sau": "6", "bay": "7",
    "tam": "8", "chin": "9", "muoi": "10",
}  # fmt: skip

# What people in schools type for short.
_ABBREVIATIONS = {
    "sgv": "sách giáo viên", "sbt": "bài tập", "vbt": "vở bài tập", "kntt": "kết nối tri thức",
    "ctst": "chân trời sáng tạo", "gdcd": "giáo dục công dân", "khtn": "khoa học tự nhiên",
    "hsg": "học sinh giỏi", "gdtc": "giáo dục thể chất", "hđtn": "hoạt động trải nghiệm",
    "hdtn": "hoạt động trải nghiệm", "tnxh": "tự nhiên và xã hội", "tv": "tiếng việt",
    "gdktpl": "giáo dục kinh tế và pháp luật", "gdqp": "giáo dục quốc phòng",
}  # fmt: skip
# Short words that name a kind of book. Few textbooks say of themselves that they are one, so the word is
# taken out of the text and becomes a wish: hits of that material, if there are any.
_MATERIAL_WISHES = {"sgk": "textbook", "stk": "reference"}


class Syllable(NamedTuple):
    exact: str
    folded: str

    @property
    def is_number(self) -> bool:
        return self.folded.isdecimal()


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as the engine needs it."""

    text: str  # cleaned, as typed
    syllables: tuple[Syllable, ...]
    identifiers: tuple[str, ...]  # keys to look up among ISBNs, accession numbers and barcodes
    call_number: str | None  # beginning of a call number
    has_accents: bool
    material_wish: str | None = None  # a material named by its abbreviation: kept only if it leaves hits

    @property
    def is_empty(self) -> bool:
        return not (self.syllables or self.identifiers or self.material_wish)


def parse_query(text: str) -> ParsedQuery:
    """Any text at all; never raises. Only words count: there is no query language to get wrong."""
    clean = nfc(text[:LONGEST_QUERY])
    words, wish = _take_material_wish(clean.split())
    found = syllables(expand_abbreviations(" ".join(words)))
    distinct = tuple(dict.fromkeys(found)) if len(found) > MOST_WORDS else tuple(found)
    return ParsedQuery(
        text=clean,
        syllables=distinct[:MOST_WORDS],
        identifiers=_identifiers_in(clean),
        call_number=_call_number_in(clean),
        has_accents=fold(clean) != clean.lower(),
        material_wish=wish,
    )


def syllables(text: str) -> list[Syllable]:
    """Both keys of every syllable and number, in reading order."""
    return [syllable for syllable, _, _ in syllables_with_places(nfc(text))]


def syllables_with_places(text: str) -> Iterator[tuple[Syllable, int, int]]:
    """The same with start and end in `text`, which must be `nfc` already."""
    previous = ""
    for match in _TOKEN.finditer(text):
        word = match.group().lower()
        if previous in _BEFORE_ROMAN and word in _ROMAN:
            word = _ROMAN[word]
        elif previous in _BEFORE_NUMBER_WORD and word in _NUMBER_WORDS:
            word = _NUMBER_WORDS[word]
        syllable = syllable_of(word)
        yield syllable, match.start(), match.end()
        previous = syllable.folded


@lru_cache(maxsize=32768)
def syllable_of(word: str) -> Syllable:
    """Both keys of one lower-case NFC word or number."""
    if word.isdecimal():
        number = "".join(str(unicodedata.decimal(char)) for char in word).lstrip("0") or "0"
        return Syllable(number, number)
    tone = ""
    letters = []
    for char in unicodedata.normalize("NFD", word.replace("ð", "đ")):
        digit = _TONE_DIGITS.get(char)
        if digit:
            tone = digit
        else:
            letters.append(char)
    base = _Y_AFTER_CONSONANT.sub(r"\1i", unicodedata.normalize("NFC", "".join(letters)))
    return Syllable(base + tone, fold(base))


def joined_words(text: str) -> list[str]:
    """Hyphenated foreign words also in one: `sô-cô-la` -> `socola`, `Totto-chan` -> `tottochan`."""
    return [
        "".join(syllable_of(part).folded for part in match.split("-"))
        for match in _HYPHENATED.findall(nfc(text).lower())
    ]


def expand_abbreviations(text: str) -> str:
    """`sgv toán 6 kntt` -> `sách giáo viên toán 6 kết nối tri thức`."""
    return " ".join(_ABBREVIATIONS.get(word.lower(), word) for word in text.split())


def _take_material_wish(words: list[str]) -> tuple[list[str], str | None]:
    """`sgk toán 6` -> (`toán 6`, textbook)."""
    wishes = [word.lower() for word in words if word.lower() in _MATERIAL_WISHES]
    if not wishes:
        return words, None
    return [word for word in words if word.lower() not in _MATERIAL_WISHES], _MATERIAL_WISHES[wishes[0]]


def bigram(first: Syllable, second: Syllable) -> str:
    """Two syllables side by side, accents aside. `_` is in no syllable."""
    return f"{first.folded}_{second.folded}"


def bigrams(words: tuple[Syllable, ...] | list[Syllable]) -> list[str]:
    return [bigram(first, second) for first, second in zip(words, words[1:], strict=False)]


def beginning(first: Syllable) -> str:
    """The term that says "a title begins with this word": `Toán 6` stands before `Bài tập Toán 6`."""
    return f"^_{first.folded}"


def title_key(text: str) -> str:
    """Folded syllables with single spaces: what whole-title completion compares."""
    return " ".join(syllable.folded for syllable in syllables(text))


# --- identifiers ----------------------------------------------------------------------------------


def identifier_key(text: str) -> str:
    """ISBN, accession number or barcode as the index knows it: letters and digits, upper-case, ISBN-13."""
    return isbn_key(text) or re.sub(r"[^A-Z0-9]", "", fold(text).upper())


def isbn_key(text: str) -> str | None:
    """Thirteen digits of an ISBN-10 or ISBN-13 with a right check digit, else None (ISO 2108)."""
    compact = re.sub(r"[\s\-\u2010-\u2015]", "", text).upper().removeprefix("ISBN").lstrip(":")
    if re.fullmatch(r"[0-9]{9}[0-9X]", compact):
        digits = [10 if char == "X" else int(char) for char in compact]
        if sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11:
            return None
        stem = "978" + compact[:9]
        return stem + _isbn13_check_digit(stem)
    if re.fullmatch(r"97[89][0-9]{10}", compact) and compact[-1] == _isbn13_check_digit(compact[:12]):
        return compact
    return None


def _isbn13_check_digit(stem: str) -> str:
    total = sum(int(char) * (3 if place % 2 else 1) for place, char in enumerate(stem))
    return str(-total % 10)


def call_number_key(text: str) -> str:
    """Call number or class number without spaces, accents and case: `895.9223 T450H` -> `895.9223T450H`."""
    return re.sub(r"\s", "", fold(text)).upper()


def _identifiers_in(clean: str) -> tuple[str, ...]:
    """The query as a whole may be an identifier: it must hold a digit and not be long."""
    if len(clean) > 50 or not any(char.isdecimal() for char in clean):
        return ()
    keys = [identifier_key(clean)]
    # An ISBN printed with a wrong check digit is stored as printed and must be found as printed.
    keys.append(re.sub(r"[^A-Z0-9]", "", fold(clean).upper()))
    return tuple(dict.fromkeys(key for key in keys if key))


def _call_number_in(clean: str) -> str | None:
    if len(clean) > 40 or not any(char.isdecimal() for char in clean):
        return None
    key = call_number_key(clean)
    return key if len(key) >= 3 else None
