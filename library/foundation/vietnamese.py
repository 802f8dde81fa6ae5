"""Vietnamese text as the whole house sees it: clean form, accent-free form, one spelling, sort keys.

Lives here: pure functions over single strings, standard library only (the kiosk imports this too).
Does not live here: search tokens (`library/searching/analysis.py`), wording, legacy encodings
(`catalog_imports`). Read next: `library/searching/analysis.py`.

The order of letters and tones is the one of Vietnamese dictionaries and card catalogues: syllable by
syllable, inside a syllable first the letters, then the tone (ngang, huyền, hỏi, ngã, sắc, nặng).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONE_RANK = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Combining mark -> rank: huyền, hỏi, ngã, sắc, nặng; no mark (ngang) is 0."""

# What no catalogue text may hold: controls that are not white space, soft hyphen, zero-width and bidi
# marks, byte order mark, lone surrogates (cannot be stored as UTF-8), non-characters (not legal in XML).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# Letters that look like đ and come in its place out of old fonts and converters: ð (eth), ɖ.
_DONG_LOOKALIKES = str.maketrans({"ð": "đ", "ɖ": "đ"})

_WORD = re.compile(r"[^\W_]+")
_NUMBER_OR_LETTERS = re.compile(r"\d+|[^\W\d_]+")
_Y_AFTER_CONSONANT = re.compile(r"^([bcdđghklmnprstvx]+|qu)([yỳỷỹýỵ])$", re.IGNORECASE)
_Y_TO_I = str.maketrans("yỳỷỹýỵYỲỶỸÝỴ", "iìỉĩíịIÌỈĨÍỊ")
_TONED_FIRST_OF_PAIR = re.compile(r"^(?:(.*[^q])?([òỏõóọ])([ae])|(.*[^q])?([ùủũúụ])(y))$", re.IGNORECASE)
_TONED_U_AFTER_Q = re.compile(r"^(q)([ùủũúụ])([aăâeêioôơy])(.*)$", re.IGNORECASE)

_LONGEST_NUMBER = 36 * 36 - 1
"""Digits of one number that the sort key looks at: its length is written with two base-36 digits."""
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def nfc(text: str) -> str:
    """The form in which text is stored: NFC, nothing invisible, single spaces, no space at the ends.

    Line breaks and tabs count as white space. Empty in, empty out; never raises.
    """
    # Nothing invisible is printable, and most text is clean already.
    if text.isprintable() and unicodedata.is_normalized("NFC", text):
        return " ".join(text.split())
    visible = _INVISIBLE.sub("", text)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def fold(text: str) -> str:
    """Lower-case, accent-free, đ -> d, spaces as `nfc` leaves them: how people type in a hurry."""
    clean = nfc(text)
    if clean.isascii():
        return clean.lower()
    lowered = clean.lower().translate(_DONG_LOOKALIKES).replace("đ", "d")
    bare = "".join(char for char in unicodedata.normalize("NFD", lowered) if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare)


def unify_spelling(text: str) -> str:
    """One spelling where two are in use: `hòa` -> `hoà`, `tùy` -> `tuỳ`; `lý` -> `lí`, `quý` -> `quí`.

    Keeps case and everything between words; the text is brought to `nfc` first. For comparing, not for
    display.
    """
    return _WORD.sub(lambda match: _unify_word(match.group()), nfc(text))


@lru_cache(maxsize=16384)
def _unify_word(word: str) -> str:
    moved = _move_tone_to_second_vowel(word)
    match = _Y_AFTER_CONSONANT.match(moved)
    return match.group(1) + match.group(2).translate(_Y_TO_I) if match else moved


def _move_tone_to_second_vowel(word: str) -> str:
    """`hòa` -> `hoà` for the open rhymes oa, oe, uy; `qúy` -> `quý`, where u belongs to the consonant."""
    match = _TONED_U_AFTER_Q.match(word)
    if match:
        head, first, second, rest = match.groups()
        return head + _swap_tone(first, second) + rest
    match = _TONED_FIRST_OF_PAIR.match(word)
    if match:
        head, first, second = match.group(1, 2, 3) if match.group(2) else match.group(4, 5, 6)
        return (head or "") + _swap_tone(first, second)
    return word


def _swap_tone(first: str, second: str) -> str:
    decomposed = unicodedata.normalize("NFD", first)
    return decomposed[0] + unicodedata.normalize("NFC", second + decomposed[1:])


def title_sort_key(text: str) -> str:
    """A key of [0-9a-z] that sorts, bytewise and under any database collation, as a Vietnamese catalogue.

    Syllable by syllable, tone included ("ba ba", "ba má", "bà con"); numbers come before letters and by
    value ("Tập 2" before "Tập 10"); punctuation and case do not count. Letters outside the Vietnamese
    alphabet follow after z. Source: domain reference §C6, §H10.
    """
    return "".join(_syllable_sort_key(part) for part in _NUMBER_OR_LETTERS.findall(_sortable(text)))


def person_sort_key(full_name: str) -> str:
    """Like `title_sort_key`, for people: by given name (the last word), then by the other words in order.

    "Trần Văn An" comes before "Lê Thị Bình". Source: domain reference §C6.
    """
    words = nfc(full_name).split()
    position = _given_name_position(words)
    if position is None:
        return title_sort_key(full_name)
    # "0" never begins a syllable's key, so a shorter given name files before a longer one.
    rest = words[:position] + words[position + 1 :]
    return title_sort_key(words[position]) + "0" + title_sort_key(" ".join(rest))


def given_name(full_name: str) -> str:
    """The name a person is called by: the last word with a letter in it. Empty for an empty name."""
    words = nfc(full_name).split()
    position = _given_name_position(words)
    return "" if position is None else words[position]


def initials(full_name: str) -> str:
    """First letter of every word, upper-case, without its tone: "Đặng Ánh Ơn" -> "ĐAƠ"."""
    letters = (word[0] for word in nfc(full_name).split() if word[0].isalpha())
    return "".join(_without_tone(letter.upper()) for letter in letters)


def _given_name_position(words: list[str]) -> int | None:
    for position in range(len(words) - 1, -1, -1):
        if any(char.isalpha() for char in words[position]):
            return position
    return None


def _sortable(text: str) -> str:
    """Lower-case NFC without the marks that found no letter to sit on (they would split a word)."""
    lowered = unicodedata.normalize("NFC", nfc(text).lower().translate(_DONG_LOOKALIKES))
    return "".join(char for char in lowered if not unicodedata.combining(char))


@lru_cache(maxsize=16384)
def _syllable_sort_key(part: str) -> str:
    """Two characters for every letter, then "0" + tone; a number is "1" + its length + its digits.

    "0…" (end of syllable) < "1…" (number) < "a0" … "z0" < "zz…" (foreign letter), and no code is the
    beginning of another, so joined keys compare like lists of (letters, tone).
    """
    if part[0].isdecimal():
        digits = "".join(str(unicodedata.decimal(char)) for char in part).lstrip("0")[:_LONGEST_NUMBER]
        return "1" + _BASE36[len(digits) // 36] + _BASE36[len(digits) % 36] + digits
    tone = 0
    codes = []
    for char in part:
        for mark in unicodedata.normalize("NFD", char):
            tone = _TONE_RANK.get(mark, tone)
        codes.append(_letter_code(_without_tone(char)))
    return "".join(codes) + "0" + str(tone)


def _without_tone(char: str) -> str:
    marks = unicodedata.normalize("NFD", char)
    return unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONE_RANK))


def _make_letter_codes() -> dict[str, str]:
    """a -> a0, ă -> a1, â -> a2, b -> b0 …: the second character orders letters of one base letter."""
    codes: dict[str, str] = {}
    for letter in _ALPHABET:
        base = fold(letter)
        codes[letter] = base + str(sum(1 for code in codes.values() if code[0] == base))
    return codes


_LETTER_CODES = _make_letter_codes()


def _letter_code(letter: str) -> str:
    code = _LETTER_CODES.get(letter)
    if code is None:
        base = unicodedata.normalize("NFD", letter)[0]
        code = _LETTER_CODES.get(base)
    if code is None:
        value = ord(base)
        places = []
        for _ in range(4):  # 36 ** 4 is more than the last code point
            value, digit = divmod(value, 36)
            places.append(_BASE36[digit])
        code = "zz" + "".join(reversed(places))
    return code
