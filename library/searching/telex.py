"""Words typed in Telex or VNI while the input method was off: `vieetj`, `vie65t` -> `việt`. Pure.

Only a guess: the speller offers it when the catalogue knows the word. Next: speller.py.
"""

from __future__ import annotations

import re
import unicodedata

from library.searching.analysis import Syllable, syllable_of

_TELEX_TONES = {"f": "\u0300", "r": "\u0309", "x": "\u0303", "s": "\u0301", "j": "\u0323"}
_VNI_TONES = {"2": "\u0300", "3": "\u0309", "4": "\u0303", "1": "\u0301", "5": "\u0323"}
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"o": "ơ", "u": "ư"}
_VOWELS = set("aăâeêioôơuưy")


def decode_typing(word: str) -> list[Syllable]:
    """The Vietnamese words that these keys would have made; empty when the keys hold no such marks."""
    lowered = word.lower()
    return [syllable_of(decoded) for decoded in (_decode_telex(lowered), _decode_vni(lowered)) if decoded]


def _decode_telex(word: str) -> str | None:
    if not re.fullmatch(r"[a-z]{2,12}", word):
        return None
    letters: list[str] = []
    tone = ""
    for key in word:
        if key in _TELEX_TONES and _VOWELS.intersection(letters):
            if tone == _TELEX_TONES[key]:
                return None  # the same tone twice takes it back: "harri" is not "hải"
            tone = _TELEX_TONES[key]
        elif key == "w":
            _add_horn_or_breve(letters)
        elif key in _CIRCUMFLEX and key in letters:
            letters[_last(letters, key)] = _CIRCUMFLEX[key]
        elif key == "d" and letters[:1] == ["d"]:
            letters[0] = "đ"
        else:
            letters.append(key)
    decoded = _with_tone(letters, tone)
    return None if decoded == word else decoded


def _decode_vni(word: str) -> str | None:
    if not re.fullmatch(r"(?=.*[1-9])[a-z][a-z1-9]{1,12}", word):
        return None
    letters: list[str] = []
    tone = ""
    for key in word:
        if key in _VNI_TONES:
            tone = _VNI_TONES[key]
        elif key == "6":
            _replace_last(letters, _CIRCUMFLEX)
        elif key == "7":
            _add_horn(letters)
        elif key == "8":
            _replace_last(letters, {"a": "ă"})
        elif key == "9":
            _replace_last(letters, {"d": "đ"})
        else:
            letters.append(key)
    return _with_tone(letters, tone)


def _add_horn_or_breve(letters: list[str]) -> None:
    if not _add_horn(letters) and not _replace_last(letters, {"a": "ă"}):
        letters.append("ư")


def _add_horn(letters: list[str]) -> bool:
    """`uo` becomes `ươ` as a whole; `uow` and `uwow` type the same."""
    if "".join(letters).endswith(("uo", "ưo")):
        letters[-2:] = ["ư", "ơ"]
        return True
    return _replace_last(letters, _HORN)


def _replace_last(letters: list[str], replacement: dict[str, str]) -> bool:
    for place in range(len(letters) - 1, -1, -1):
        if letters[place] in replacement:
            letters[place] = replacement[letters[place]]
            return True
    return False


def _last(letters: list[str], letter: str) -> int:
    return len(letters) - 1 - letters[::-1].index(letter)


def _with_tone(letters: list[str], tone: str) -> str:
    """The tone goes on the last vowel: search keys do not care on which."""
    places = [place for place, letter in enumerate(letters) if letter in _VOWELS]
    if tone and places:
        letters = [*letters]
        letters[places[-1]] += tone
    return unicodedata.normalize("NFC", "".join(letters))
