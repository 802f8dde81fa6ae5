"""MARC record -> the fields of our tables, after the mapping of domain.md §H8.

Tolerant of what real files hold: no 245, UNIMARC titles, dirty dates and prices. Never raises on odd data:
what looks wrong becomes a problem of the result. Next: marc_edit.py (the way back).

Local fields of ours: 690 $a with $2 kesach-mon | kesach-khoi | kesach-bo | kesach-tu (môn, khối, bộ sách,
tủ sách chuyên đề); 927 $a document type; 099 $a call number when it is not class number + author mark.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from library.cataloguing.marc import Field, MarcRecord
from library.cataloguing.model import LocalItem, Material, RecordFields
from library.cataloguing.rules import make_author_mark, make_call_number, parse_isbns, parse_price, parse_year
from library.cataloguing.schoolwords import (
    LOCAL_TYPES,
    detect_book_set,
    detect_grades,
    detect_material,
    detect_subjects,
    find_subject,
)
from library.foundation.vietnamese import fold, nfc

NO_TITLE = "[Không có nhan đề]"
_VIETNAMESE_LETTER = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_CLASS19 = re.compile(r"^(?:3K|7A|Đ[VN]?|K[VN]?|[VN]\d{0,2}|\d{1,3}(?:\([VN]\))?)(?:[.(\d].*)?$")
_ISBD_TAIL = re.compile(r"\s*[/:;,=]+\s*$")
_BRACKETS = re.compile(r"^\[(.*)\]$")
_TITLE_FALLBACKS = (("240", "a"), ("130", "a"), ("222", "a"), ("246", "a"), ("210", "a"), ("740", "a"), ("110", "ab"),
                    ("111", "a"), ("500", "a"))  # fmt: skip
_PERIODICAL_LEVELS = frozenset("bis")


class _Tags:
    """The fields of one record by tag, with first-of look-ups."""

    def __init__(self, record: MarcRecord) -> None:
        self.by_tag: dict[str, list[Field]] = defaultdict(list)
        for field in record.fields:
            self.by_tag[field.tag].append(field)

    def control(self, tag: str) -> str:
        for field in self.by_tag.get(tag, ()):
            if field.control_field:
                return field.data or ""
        return ""

    def first(self, *wanted: str) -> str:
        """`first("260a", "264a")`: the first value that says something, in NFC."""
        for place in wanted:
            tag, code = place[:3], place[3]
            for field in self.by_tag.get(tag, ()):
                for found, value in field.subfields:
                    if found == code and value and (text := nfc(value)):
                        return text
        return ""

    def every(self, *wanted: str) -> list[str]:
        """All values of these places, in the order of the places, once each."""
        found: dict[str, None] = {}
        for place in wanted:
            tag, code = place[:3], place[3]
            for field in self.by_tag.get(tag, ()):
                for name, value in field.subfields:
                    if name == code and value and (text := nfc(value)):
                        found[text] = None
        return list(found)


def _trim(text: str) -> str:
    """Without the ISBD mark that leads over to the next element."""
    return _ISBD_TAIL.sub("", text).strip()


def trim_end(text: str) -> str:
    """Without ISBD marks and a closing full stop that belongs to the card, not to the name ("Jr." stays)."""
    text = _trim(text)
    return text[:-1].rstrip() if len(text) > 4 and text.endswith(".") and text[-3] not in ". " else text


def extract_fields(record: MarcRecord) -> RecordFields:
    """Everything our tables hold of a record, after the mapping of domain.md §H8. Never raises on odd data."""
    tags = _Tags(record)
    problems: list[tuple[str, str, str]] = []
    leader = str(record.leader)
    title, subtitle, part = _title_of(tags)
    if not title:
        title = NO_TITLE
        problems.append(("245", "title_missing", ""))
    authors = _authors_of(tags)
    isbns: list[str] = []
    for text in tags.every("020a"):
        valid = parse_isbns(text)
        if not valid and any(char.isdigit() for char in text):
            problems.append(("020", "isbn_bad", text[:40]))
        isbns.extend(isbn for isbn in valid if isbn not in isbns)
    price_text = tags.first("020c")
    publisher = _trim(tags.first("264b", "260b", "210c" if "200" in tags.by_tag else "260b"))
    fixed = tags.control("008")
    year = parse_year(tags.first("264c", "260c", "210d")) or parse_year(fixed[7:11])
    ddc, mark = tags.first("082a").replace("/", "").replace("'", ""), tags.first("082b")
    scheme, number = ("ddc", ddc) if ddc else _class19_of(tags)
    series = trim_end(tags.first("490a", "440a", "830a"))
    keywords = [trim_end(word) for word in tags.every("653a", "650a", "651a")]
    local = _local_subjects(tags)
    words = f"{title} {subtitle} {part}"
    grades = local["khoi"] or [str(grade) for grade in detect_grades(f"{words} {' '.join(tags.every('521a'))}")]
    grade_numbers = tuple(sorted({int(grade) for grade in grades if grade.isdecimal() and 1 <= int(grade) <= 12}))
    subjects = tuple(local["mon"]) or _subjects_of(words, keywords, bool(grade_numbers))
    book_set = (local["bo"] or [detect_book_set(f"{words} {series}")])[0]
    shelf_class = tags.first("084a") or number  # the older mark says more about the kind of book
    material = _material_of(tags, leader, words, grade_numbers, subjects, book_set, publisher, shelf_class)
    author_mark = mark or make_author_mark(authors, title)
    call_number = tags.first("099a", "852j", "852h") or make_call_number(number, author_mark)
    return RecordFields(
        title=title,
        subtitle=subtitle,
        part=part,
        responsibility=tags.first("245c", "200f"),
        authors=authors,
        publisher=publisher,
        place=_strip_brackets(_trim(tags.first("264a", "260a", "210a" if "200" in tags.by_tag else "260a"))),
        year=year,
        isbns=tuple(isbns),
        language=_language_of(tags, fixed, words),
        material=material,
        class_scheme=scheme,
        class_number=number,
        author_mark=author_mark,
        call_number=call_number,
        series=series,
        book_set=book_set,
        edition=tags.first("250a", "205a"),
        pages=_trim(tags.first("300a", "215a")),
        size=_trim(tags.first("300c", "215d")),
        price=parse_price(price_text) if price_text else None,
        summary=" ".join(tags.every("520a")),
        keywords=tuple(keywords),
        subjects=subjects,
        grades=grade_numbers,
        shelves=tuple(local["tu"]),
        control_number=nfc(tags.control("001")) or None,
        items=_items_of(tags),
        problems=tuple(problems),
    )


def _title_of(tags: _Tags) -> tuple[str, str, str]:
    """(title, subtitle, part); the title falls back to title-like fields of other record kinds."""
    for field in tags.by_tag.get("245", ()):
        values: dict[str, list[str]] = defaultdict(list)
        for code, value in field.subfields:
            if value and (text := nfc(value)):
                values[code].append(text)
        part = ". ".join(trim_end(text) for text in (*values["n"], *values["p"]))
        title = trim_end(" ".join(values["a"]))
        if title:
            return title, trim_end(" ".join(values["b"])), part
        if part:
            return part, trim_end(" ".join(values["b"])), ""
        whole = trim_end(" ".join(values["b"] + values["k"]))
        if whole:
            return whole, "", ""
    if "200" in tags.by_tag:  # UNIMARC
        title = trim_end(tags.first("200a"))
        if title:
            part = ". ".join(tags.every("200h", "200i"))
            return title, trim_end(tags.first("200e")), part
    for tag, codes in _TITLE_FALLBACKS:
        text = trim_end(tags.first(*(tag + code for code in codes)))
        if text:
            return text, "", ""
    return "", "", ""


def _authors_of(tags: _Tags) -> tuple[str, ...]:
    names = [*tags.every("100a", "110a", "111a"), *tags.every("700a", "710a")]
    if not names and "200" in tags.by_tag:
        names = [", ".join(filter(None, (tags.first("700a"), tags.first("700b")))), *tags.every("200f")]
    trimmed = (trim_end(name) for name in names)
    return tuple(dict.fromkeys(name for name in trimmed if name))


def _strip_brackets(text: str) -> str:
    match = _BRACKETS.match(text)
    return match.group(1).strip() if match else text


def _class19_of(tags: _Tags) -> tuple[str, str]:
    for place in ("084a", "080a", "090a"):
        text = tags.first(place)
        if text and (place == "084a" or _CLASS19.match(text)):
            return "bbk19", text
    return "", ""


def _language_of(tags: _Tags, fixed: str, words: str) -> str:
    for text in (tags.first("041a")[:3], fixed[35:38], tags.first("101a")[:3]):
        code = text.strip().lower()
        if len(code) == 3 and code.isascii() and code.isalpha() and code not in ("nul", "xxx"):
            return code
    return "vie" if _VIETNAMESE_LETTER.search(words) else "und"


def _local_subjects(tags: _Tags) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {"mon": [], "khoi": [], "bo": [], "tu": []}
    for field in tags.by_tag.get("690", ()):
        source = next((value for code, value in field.subfields if code == "2"), "")
        kind = source.removeprefix("kesach-")
        if source.startswith("kesach-") and kind in found:
            found[kind].extend(nfc(value) for code, value in field.subfields if code == "a" and value)
    return found


def _subjects_of(words: str, keywords: Sequence[str], has_grade: bool) -> tuple[str, ...]:
    found = detect_subjects(words, has_grade)
    if found:
        return found
    named = (find_subject(keyword, keyword=True) for keyword in keywords)
    return tuple(dict.fromkeys(label for label in named if label))[:2]


def _material_of(
    tags: _Tags, leader: str, words: str, grades: tuple[int, ...], subjects: tuple[str, ...],
    book_set: str, publisher: str, class_number: str,
) -> Material:  # fmt: skip
    for text in tags.every("927a"):
        known = LOCAL_TYPES.get(fold(text).upper())
        if known:
            return known
    kind, level = leader[6:7], leader[7:8]
    if level in _PERIODICAL_LEVELS and kind in "at":
        return Material.PERIODICAL
    if kind in "efgkor":
        return Material.MAP_PICTURE
    if kind in "ij":
        return Material.DISC
    if kind == "m":
        return Material.DIGITAL
    return detect_material(
        words, grades=grades, subjects=subjects, book_set=book_set, publisher=publisher, class_number=class_number
    )


def _items_of(tags: _Tags) -> tuple[LocalItem, ...]:
    """Copies named in 952 (one field per item) or 852 (one per item, or several $p in one field)."""
    items: dict[str, LocalItem] = {}
    for tag in ("952", "852"):
        for field in tags.by_tag.get(tag, ()):
            numbers: list[str] = []
            collection = location = price = ""
            for code, value in field.subfields:
                text = nfc(value) if value else ""
                if code in "pi" and tag == "952" or code == "p":
                    numbers.extend(filter(None, re.split(r"\s*[;|,]\s*", text)))
                elif (code == "b" and tag == "852") or (code in "8c" and tag == "952" and not collection):
                    collection = collection or text
                elif code == "c":
                    location = location or text
                elif code == "g" and tag == "952":
                    price = text
            for number in dict.fromkeys(numbers):
                items.setdefault(number, LocalItem(number, collection, location, parse_price(price) if price else None))
    return tuple(items.values())
