"""Old Vietnamese encodings: TCVN3 (ABC fonts), VNI-Windows, Windows-1258. Guessing says how sure it is.

Nothing here converts silently: a guess carries a confidence and a preview, and the caller asks the person or
records a problem (domain.md §C8). Capitals of .VnTimeH fonts are lost in TCVN3 and cannot come back.
Next: marc_decode.py, books_source.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

LegacyName = Literal["tcvn3", "vni", "cp1258"]
LABELS: dict[str, str] = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI-Windows", "cp1258": "Windows-1258"}

_TCVN3 = dict(
    zip(
        (*range(0xA1, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF), *range(0xC6, 0xCD), *range(0xCE, 0xD9),
         *range(0xDC, 0xE0), *range(0xE1, 0xF0), *range(0xF1, 0xFF)),
        "ĂÂÊÔƠƯĐăâêôơưđ" "àảãáạ" "ằẳẵắ" "ặầẩẫấậè" "ẻẽéẹềểễếệìỉ" "ĩíịò" "ỏõóọồổỗốộờởỡớợù" "ủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)  # fmt: skip

# VNI-Windows writes a letter and then a mark; ơ ư đ and the tones of i and ỵ are letters of their own.
_VNI_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323", "ê": "\u0306", "â": "\u0302",
    "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303", "ë": "\u0306\u0323",
    "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303", "ä": "\u0302\u0323",
}  # fmt: skip
_VNI_LETTERS = {"ô": "ơ", "ö": "ư", "ñ": "đ", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
_VNI_TWO = re.compile(
    r"([aeoAEO])([ùøûõïâáàåãäÙØÛÕÏÂÁÀÅÃÄ])|([aA])([êéèúüëÊÉÈÚÜË])|([uyôöUYÔÖ])([ùøûõïÙØÛÕÏ])|([ôöñæóòîÔÖÑÆÓÒÎ])"
)

_RHYMES = frozenset(
    re.findall(
        r"\w+",
        """a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây e ec em en eng eo ep et
    ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang
    oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm
    ơn ơp ơt u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uy uya uych uyên uyêt
    uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu êt uyp ưp uêu oem
    uen uet uao ueo uau uang uanh uac uat uai uan uay uăn uăng uăt uăc ue ua uach uênh uinh uit uich iêng""",
    )
)
_ONSET = re.compile(r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnpqrstvx])?")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_STOP = ("c", "ch", "p", "t")
_WORD = re.compile(r"[^\W\d_]+")
_BROKEN = re.compile("[A-Za-z][\u00a1-\u00bf\u00d7\u00f7]|[\u00a1-\u00bf][a-z]|[a-z][\u00c0-\u00de](?![A-Z])")


@dataclass(frozen=True, slots=True)
class LegacyGuess:
    """`confidence` is the share (0–1) of accented words that are Vietnamese syllables after converting."""

    name: LegacyName
    confidence: float
    preview: str


def from_tcvn3(text: str) -> str:
    """TCVN3 text whose bytes were read as Latin-1 -> Unicode (NFC)."""
    return unicodedata.normalize("NFC", text.translate(_TCVN3))


def from_vni(text: str) -> str:
    """VNI-Windows text whose bytes were read as Latin-1 or Windows-1252 -> Unicode (NFC)."""

    def replace(match: re.Match[str]) -> str:
        base = match[1] or match[3] or match[5]
        if base is None:
            return _vni_letter(match[7])
        mark = match[2] or match[4] or match[6]
        return _vni_letter(base) + _VNI_MARKS[mark.lower()]

    return unicodedata.normalize("NFC", _VNI_TWO.sub(replace, text))


def _vni_letter(letter: str) -> str:
    plain = _VNI_LETTERS.get(letter.lower())
    if plain is None:
        return letter
    return plain.upper() if letter.isupper() else plain


def from_cp1258(text: str) -> str:
    """Windows-1258 text whose bytes were read as Latin-1 -> Unicode (NFC)."""
    return unicodedata.normalize("NFC", text.encode("latin-1", "replace").decode("cp1258", "replace"))


CONVERTERS: dict[LegacyName, Callable[[str], str]] = {"tcvn3": from_tcvn3, "vni": from_vni, "cp1258": from_cp1258}


def decode_legacy(data: bytes, name: LegacyName) -> str:
    """Bytes in an old encoding, named by a person (`--profile`), as NFC text. Undefined bytes become U+FFFD."""
    if name == "cp1258":
        return unicodedata.normalize("NFC", data.decode("cp1258", "replace"))
    return CONVERTERS[name](data.decode("latin-1"))


@lru_cache(maxsize=8192)
def is_vietnamese_syllable(word: str) -> bool:
    """True for a well-formed syllable: known onset and rhyme, at most one tone, stops only with sắc or nặng."""
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [char for char in decomposed if char in _TONES]
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", "".join(char for char in decomposed if char not in _TONES))
    onset = _ONSET.match(bare)
    head = onset.group() if onset else ""
    rhyme = bare[len(head) :]
    if head == "gi" and rhyme not in _RHYMES:
        rhyme = "i" + rhyme
    if rhyme not in _RHYMES and head == "qu":
        rhyme = "u" + rhyme
    if rhyme not in _RHYMES:
        return False
    return not (rhyme.endswith(_STOP) and tones and tones[0] not in "\u0301\u0323")


def vietnamese_share(text: str) -> tuple[float, int]:
    """(share, number) of words with letters beyond ASCII that are Vietnamese syllables."""
    words = [word for word in _WORD.findall(unicodedata.normalize("NFC", text)) if not word.isascii()]
    if not words:
        return 0.0, 0
    return sum(is_vietnamese_syllable(word) for word in words) / len(words), len(words)


def guess_legacy(text: str, *, least_words: int = 2, least_share: float = 0.8) -> LegacyGuess | None:
    """Which old encoding a text is in whose bytes were read as Latin-1; None when none makes Vietnamese of it.

    Text that is Vietnamese as it stands (letters beyond Latin-1 already there) is left alone.
    """
    if text.isascii() or any("\u1ea0" <= char <= "\u1ef9" or char in "ăđơưĂĐƠƯ" for char in text):
        return None
    # Signs and capitals in the middle of words ("v¨n", "thÓ") are never how Unicode text looks.
    as_it_is = 0.0 if _BROKEN.search(text) else vietnamese_share(text)[0]
    best: LegacyGuess | None = None
    for name, convert in CONVERTERS.items():
        converted = convert(text)
        if "\ufffd" in converted:
            continue
        share, words = vietnamese_share(converted)
        if (
            words >= least_words
            and share >= least_share
            and share > as_it_is
            and (best is None or share > best.confidence)
        ):
            best = LegacyGuess(name, round(share, 3), converted[:200])
    return best


def decode_csv_legacy(data: bytes) -> tuple[str, str]:
    """For spreadsheet reading (sheets.py): bytes that are no Unicode -> (text, encoding name).

    The best guess over the first part of the file; Windows-1258 when nothing is convincing.
    """
    guess = guess_legacy(data[:200_000].decode("latin-1"))
    name: LegacyName = guess.name if guess else "cp1258"
    return decode_legacy(data, name), name
