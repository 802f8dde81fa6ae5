"""One way of writing over all our own texts: counts as 1.403, tones as in "văn hoá" (never "văn hóa").

Books, names and files of a school are never changed: only what this repository says itself is looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

from library.contract.codes import word

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = ("library", "opac", "catalog_imports", "kiosk", "hardware", "docs", "tools", "README.md", "CHANGELOG.md")
TEXTS = (".py", ".html", ".js", ".md", ".typ", ".json", ".toml", ".xml", ".txt")

OLD_TONE = re.compile(r"[^\W\d_]*(?:[òóỏõọ][ae]|(?<!q)[ùúủũụ]y)(?![^\W\d_])", re.IGNORECASE)
"""The tone on the first vowel of an open oa, oe, uy."""
AS_OTHERS_WRITE = {
    "library/reporting/paper.py": {"HÒA"},  # the name of the country, as the rules of documents print it
    "library/reporting/templates/reporting/paper.html": {"HÒA"},
    "catalog_imports/books_source.py": {"khóa"},  # a heading that lists from elsewhere carry
    "library/foundation/vietnamese.py": {"hòa", "tùy"},  # what is brought to one spelling, shown
    "library/searching/analysis.py": {"hòa"},
    "library/foundation/calendar.py": {"hóa"},  # a name the holidays library writes so, brought to ours
}

UNITS = (
    "bản|cuốn|em|học sinh|lượt|nhan đề|người|thẻ|dòng|mã|biểu ghi|bạn đọc|giáo viên|phiếu|ngày|buổi|tiết|lớp"
)
SHOWN = re.compile(r"\{\{\s*((?:[^{}]|\{[^{}]*\})+?)\s*\}\}(?=(?:</?(?:strong|span|b)\b[^>]*>)?\s+(?:" + UNITS + r")\b)")
LENGTH = re.compile(r"\{\{\s*([^{}\"']*\|\s*length)\s*\}\}")
FORMATTED = re.compile(r"\|\s*(?:number|money|date|weekday|short_date|instant|clock|school_year)\b")
WORDS = ("loop.", "them")  # a place in a list; words before a noun


def list_texts() -> list[str]:
    """Our own texts, by path."""
    found: list[str] = []
    for source in SOURCES:
        top = REPOSITORY / source
        paths = [top] if top.is_file() else top.rglob("*")
        found += [str(path.relative_to(REPOSITORY)) for path in paths if path.suffix in TEXTS and path.is_file()]
    assert len(found) > 400
    return found


def strays_of_tone(text: str) -> set[str]:
    return {found[0] for found in OLD_TONE.finditer(text)}


def strays_of_numbers(text: str) -> list[str]:
    shown = [*(found[1] for found in SHOWN.finditer(text)), *(found[1] for found in LENGTH.finditer(text))]
    return [
        one for one in shown
        if not FORMATTED.search(one) and not one.startswith(WORDS) and not re.match(r"[\w.]+\(", one)
    ]  # fmt: skip


def test_tones_stand_in_one_place() -> None:
    assert strays_of_tone("Văn hóa, THÚY, khỏe, tùy; quý, của, hoà, thuỷ, qúy") == {"hóa", "THÚY", "khỏe", "tùy"}
    strays = {}
    for name in list_texts():
        found = strays_of_tone((REPOSITORY / name).read_text("utf-8")) - AS_OTHERS_WRITE.get(name, set())
        if found:
            strays[name] = found
    assert strays == {}


def test_counts_are_written_with_dots() -> None:
    assert strays_of_numbers("{{ rows|length }} lớp, {{ total }} cuốn, {{ total|number }} cuốn, {{ name }} và") == [
        "rows|length", "total", "rows|length",
    ]  # fmt: skip
    strays = {
        name: found
        for name in list_texts()
        if name.endswith(".html") and (found := strays_of_numbers((REPOSITORY / name).read_text("utf-8")))
    }
    assert strays == {}


def test_counts_in_sentences_too() -> None:
    assert "1.403 cuốn" in word("reader_has_loans", {"count": 1403})
    assert "1403" in word("record_unknown", {"record_id": 1403})  # a number that names a thing
