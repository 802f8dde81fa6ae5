"""MARC 21 records as bytes, as XML, and as the fields of our tables.

The record is the source of truth; what is read out of it here is rewritten with it. Reading is tolerant of
what real files hold (no 245, UNIMARC titles, dirty dates); damaged bytes are repaired before, in
catalog_imports/marc_decode.py. Writing a changed field leaves every other field as it was.
Only this module and catalog_imports touch pymarc. Next: service.py.

Local fields of ours: 690 $a with $2 kesach-mon | kesach-khoi | kesach-bo | kesach-tu (môn, khối, bộ sách,
tủ sách chuyên đề); 927 $a document type; 099 $a call number when it is not class number + author mark.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace

from lxml import etree
from pymarc import Field, Indicators, Leader, Record, Subfield

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
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import fold, nfc

MAX_FIELD_BYTES = 9_999
MAX_RECORD_BYTES = 99_999
NO_TITLE = "[Không có nhan đề]"
MARCXML_NS = "http://www.loc.gov/MARC21/slim"
NEW_LEADER = "00000nam a2200000 a 4500"
OUR_TYPE_CODES: dict[Material, str] = {
    Material.TEXTBOOK: "SGK", Material.TEACHER: "SNV", Material.REFERENCE: "STK", Material.CHILDREN: "STN",
    Material.TOOL: "TD", Material.PERIODICAL: "BTC", Material.MAP_PICTURE: "BD", Material.DISC: "DIA",
    Material.DIGITAL: "EBOOK",
}  # fmt: skip
_VIETNAMESE_LETTER = re.compile("[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")
_CLASS19 = re.compile(r"^(?:3K|7A|Đ[VN]?|K[VN]?|[VN]\d{0,2}|\d{1,3}(?:\([VN]\))?)(?:[.(\d].*)?$")
_ISBD_TAIL = re.compile(r"\s*[/:;,=]+\s*$")
_BRACKETS = re.compile(r"^\[(.*)\]$")
_SEPARATORS = {0x1D: " ", 0x1E: " ", 0x1F: " "}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TITLE_FALLBACKS = (("245", "abknp"), ("200", "aehi"), ("240", "a"), ("130", "a"), ("222", "a"), ("246", "a"),
                    ("210", "a"), ("740", "a"), ("110", "ab"), ("111", "a"), ("500", "a"))  # fmt: skip
_PERIODICAL_LEVELS = frozenset("bis")


# -- bytes -------------------------------------------------------------------------------------------


def read_marc(blob: bytes) -> Record:
    """The record kept in `record.marc`: ISO 2709 in UTF-8, or MARCXML where ISO 2709 has no room for it."""
    data = bytes(blob)
    if data[:1] == b"<":
        return record_of_xml(parse_xml(data))
    return Record(data=data, to_unicode=True, force_utf8=True)


def to_bytes(record: Record) -> bytes:
    """ISO 2709 in UTF-8, NFC, leader/09 = a.

    InvalidInput(`marc_too_big`) when a field is over 9,999 bytes or the record over 99,999: pymarc would
    write those unreadable (marc.md §8). MARCXML has no such limit.
    """
    directory: list[str] = []
    body: list[bytes] = []
    offset = 0
    for field in record.fields:
        if field.control_field:
            text = _clean(field.data or "")
        else:
            pieces = ["".join(field.indicators) if field.indicators else "  "]
            for code, value in field.subfields:
                pieces.append(f"\x1f{code}{_clean(value or '')}")
            text = "".join(pieces)
        data = (text if text.isascii() else unicodedata.normalize("NFC", text)).encode() + b"\x1e"
        length = len(data)
        if length > MAX_FIELD_BYTES:
            raise InvalidInput("marc_too_big", tag=field.tag, bytes=length, limit=MAX_FIELD_BYTES)
        directory.append(f"{field.tag:0>3.3}{length:04d}{offset:05d}")
        body.append(data)
        offset += length
    base = 24 + 12 * len(directory) + 1
    total = base + offset + 1
    if total > MAX_RECORD_BYTES:
        raise InvalidInput("marc_too_big", tag="", bytes=total, limit=MAX_RECORD_BYTES)
    leader = str(record.leader)
    head = f"{total:05d}{leader[5:9]}a22{base:05d}{leader[17:20]}4500{''.join(directory)}\x1e"
    return b"".join((head.encode("ascii", "replace"), *body, b"\x1d"))


def to_blob(record: Record) -> bytes:
    """What table `record` keeps: ISO 2709, or MARCXML when the record does not fit into it."""
    try:
        return to_bytes(record)
    except InvalidInput:
        return to_xml(record)


def _clean(value: str) -> str:
    """The three separators of ISO 2709 cannot stand inside a value."""
    if value.isprintable():
        return value
    return value.translate(_SEPARATORS)


def to_xml_element(record: Record) -> etree._Element:
    """The record as a MARCXML <record> element; characters that XML cannot hold are left out."""
    element = etree.Element(f"{{{MARCXML_NS}}}record", nsmap={None: MARCXML_NS})
    leader = str(record.leader)
    etree.SubElement(element, f"{{{MARCXML_NS}}}leader").text = _xml_text(f"{leader[:9]}a{leader[10:]}")
    for field in record.fields:
        if field.control_field:
            child = etree.SubElement(element, f"{{{MARCXML_NS}}}controlfield", tag=_xml_text(field.tag))
            child.text = _xml_text(field.data or "")
            continue
        first, second = field.indicators or (" ", " ")
        child = etree.SubElement(
            element, f"{{{MARCXML_NS}}}datafield", tag=_xml_text(field.tag), ind1=_xml_text(first), ind2=_xml_text(second)
        )
        for code, value in field.subfields:
            sub = etree.SubElement(child, f"{{{MARCXML_NS}}}subfield", code=_xml_text(code))
            sub.text = _xml_text(value or "")
    return element


def to_xml(record: Record) -> bytes:
    """One MARCXML record without a collection around it, UTF-8."""
    return bytes(etree.tostring(to_xml_element(record), encoding="utf-8"))


def _xml_text(value: str) -> str:
    return _NOT_XML.sub("", unicodedata.normalize("NFC", value))


def parse_xml(data: bytes) -> etree._Element:
    """Bytes -> element, without entities, DTD or network. lxml.etree.XMLSyntaxError when not well-formed."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def record_of_xml(element: etree._Element) -> Record:
    """A well-formed MARCXML <record> as a record. Strict ways of the import are in catalog_imports."""
    record = Record()
    for child in element:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name == "leader":
            record.leader = Leader(f"{child.text or '':<24.24}")
        elif name == "controlfield":
            record.fields.append(Field(tag=child.get("tag", ""), data=child.text or ""))
        elif name == "datafield":
            subfields = [Subfield(sub.get("code", ""), sub.text or "") for sub in child if isinstance(sub.tag, str)]
            indicators = Indicators(child.get("ind1") or " ", child.get("ind2") or " ")
            record.fields.append(Field(tag=child.get("tag", ""), indicators=indicators, subfields=subfields))
    return record


# -- MARC -> fields ----------------------------------------------------------------------------------


class _Tags:
    """The fields of one record by tag, with first-of look-ups."""

    def __init__(self, record: Record) -> None:
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


def _trim_end(text: str) -> str:
    """Without ISBD marks and a closing full stop that belongs to the card, not to the name ("Jr." stays)."""
    text = _trim(text)
    return text[:-1].rstrip() if len(text) > 4 and text.endswith(".") and text[-3] not in ". " else text


def extract_fields(record: Record) -> RecordFields:
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
    series = _trim_end(tags.first("490a", "440a", "830a"))
    keywords = [_trim_end(word) for word in tags.every("653a", "650a", "651a")]
    local = _local_subjects(tags)
    words = f"{title} {subtitle} {part}"
    grades = local["khoi"] or [str(grade) for grade in detect_grades(f"{words} {' '.join(tags.every('521a'))}")]
    grade_numbers = tuple(sorted({int(grade) for grade in grades if grade.isdecimal() and 1 <= int(grade) <= 12}))
    subjects = tuple(local["mon"]) or _subjects_of(words, keywords, bool(grade_numbers))
    book_set = (local["bo"] or [detect_book_set(f"{words} {series}")])[0]
    material = _material_of(tags, leader, words, grade_numbers, subjects, book_set, publisher, number)
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
        part = ". ".join(_trim_end(text) for text in (*values["n"], *values["p"]))
        title = _trim_end(" ".join(values["a"]))
        if title:
            return title, _trim_end(" ".join(values["b"])), part
        if part:
            return part, _trim_end(" ".join(values["b"])), ""
        whole = _trim_end(" ".join(values["b"] + values["k"]))
        if whole:
            return whole, "", ""
    if "200" in tags.by_tag:  # UNIMARC
        title = _trim_end(tags.first("200a"))
        if title:
            part = ". ".join(tags.every("200h", "200i"))
            return title, _trim_end(tags.first("200e")), part
    for tag, codes in _TITLE_FALLBACKS[2:]:
        text = _trim_end(tags.first(*(tag + code for code in codes)))
        if text:
            return text, "", ""
    return "", "", ""


def _authors_of(tags: _Tags) -> tuple[str, ...]:
    names = [*tags.every("100a", "110a", "111a"), *tags.every("700a", "710a")]
    if not names and "200" in tags.by_tag:
        names = [", ".join(filter(None, (tags.first("700a"), tags.first("700b")))), *tags.every("200f")]
    trimmed = (_trim_end(name) for name in names)
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
    named = (find_subject(keyword) for keyword in keywords)
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


# -- fields -> MARC ----------------------------------------------------------------------------------


def build_marc(values: RecordFields) -> Record:
    """A new record for hand cataloguing and book lists. `extract_fields` gives back what went in."""
    record = Record(leader=NEW_LEADER)
    record.leader = Leader(NEW_LEADER)
    if values.material is Material.PERIODICAL:
        record.leader = Leader(NEW_LEADER[:7] + "s" + NEW_LEADER[8:])
    if values.control_number:
        record.fields.append(Field(tag="001", data=values.control_number))
    year = f"{values.year:04d}" if values.year else "    "
    language = f"{values.language or 'und':<3.3}"
    record.fields.append(Field(tag="008", data=f"      {'s' if values.year else 'n'}{year}    vm{' ' * 18}{language} d"))
    for write in _WRITERS.values():
        write(record, values)
    record.fields.sort(key=lambda field: field.tag)
    return record


def update_marc(record: Record, before: RecordFields, after: RecordFields) -> Record:
    """Change in `record` only what differs between `before` and `after`; every other field stays as it is."""
    done: set[Callable[[Record, RecordFields], None]] = set()
    for name in (field.name for field in dataclass_fields(RecordFields)):
        write = _WRITER_OF.get(name)
        if write and write not in done and getattr(before, name) != getattr(after, name):
            write(record, after)
            done.add(write)
    return record


def merge_local_fields(kept: Record, incoming: Record) -> Record:
    """An incoming record in the place of ours: our local fields (690 of ours, 927, 099) come along."""
    for field in kept.fields:
        ours = field.tag in ("927", "099") or (
            field.tag == "690" and any(code == "2" and value.startswith("kesach-") for code, value in field.subfields)
        )
        if ours and not incoming.get_fields(field.tag):
            _insert(incoming, field)
    return incoming


def _insert(record: Record, field: Field) -> None:
    """Put a field where its tag belongs, leaving the order of the others alone."""
    for position, other in enumerate(record.fields):
        if other.tag.isdigit() and other.tag > field.tag:
            record.fields.insert(position, field)
            return
    record.fields.append(field)


def _set_subfields(record: Record, tag: str, pairs: Sequence[tuple[str, str]], indicators: str = "  ") -> None:
    """In the first field `tag`: these codes get these values (empty = taken out), other codes stay."""
    existing = record.get_fields(tag)
    codes = {code for code, _ in pairs}
    new = [Subfield(code, value) for code, value in pairs if value]
    if not existing:
        if new:
            _insert(record, Field(tag=tag, indicators=Indicators(*indicators), subfields=new))
        return
    field = existing[0]
    kept = [sub for sub in field.subfields if sub.code not in codes]
    if new or kept:
        field.subfields = new + kept
    else:
        record.fields.remove(field)


def _replace_fields(record: Record, tag: str, values: Iterable[str], indicators: str = "  ", source: str = "") -> None:
    """All fields `tag` (of that $2, when given) with exactly these $a; a field whose $a stays is kept whole."""
    wanted = [value for value in values if value]

    def ours(field: Field) -> bool:
        return field.tag == tag and (not source or any(sub == ("2", source) for sub in map(tuple, field.subfields)))

    kept: dict[str, Field] = {}
    for field in [field for field in record.fields if ours(field)]:
        text = nfc(next((value for code, value in field.subfields if code == "a"), ""))
        if text in wanted and text not in kept:
            kept[text] = field
        else:
            record.fields.remove(field)
    for value in wanted:
        if value not in kept:
            extra = [Subfield("2", source)] if source else []
            _insert(record, Field(tag=tag, indicators=Indicators(*indicators), subfields=[Subfield("a", value), *extra]))


def _write_title(record: Record, values: RecordFields) -> None:
    pairs = [("a", values.title), ("n", values.part), ("p", ""), ("b", values.subtitle), ("c", values.responsibility)]
    _set_subfields(record, "245", pairs, "10" if values.authors else "00")


def _write_authors(record: Record, values: RecordFields) -> None:
    """The first name is the main entry; names that stay keep their field with dates and roles."""
    known: dict[str, Field] = {}
    for field in record.get_fields("100", "110", "111", "700", "710"):
        name = _trim_end(nfc(next((value for code, value in field.subfields if code == "a"), "")))
        known.setdefault(name, field)
        record.fields.remove(field)
    for position, name in enumerate(values.authors):
        field = known.get(name) or Field(
            tag="100", indicators=Indicators("0" if "," not in name else "1", " "), subfields=[Subfield("a", name)]
        )
        field.tag = ("1" if position == 0 else "7") + field.tag[1:].replace("11", "10")
        _insert(record, field)


def _write_isbn(record: Record, values: RecordFields) -> None:
    price = f"{values.price}đ" if values.price else ""
    present = {isbn: field for field in record.get_fields("020")
               for isbn in parse_isbns(next((value for code, value in field.subfields if code == "a"), ""))}  # fmt: skip
    for isbn, field in present.items():
        if isbn not in values.isbns and field in record.fields:
            record.fields.remove(field)
    for isbn in values.isbns:
        if isbn not in present:
            _insert(record, Field(tag="020", indicators=Indicators(" ", " "), subfields=[Subfield("a", isbn)]))
    current = next((value for field in record.get_fields("020") for code, value in field.subfields if code == "c"), "")
    if (parse_price(current) if current else None) != values.price:
        _set_subfields(record, "020", [*[("a", isbn) for isbn in _first_isbn(record)], ("c", price)])


def _first_isbn(record: Record) -> list[str]:
    fields = record.get_fields("020")
    return [value for code, value in fields[0].subfields if code == "a"] if fields else []


def _publication_tag(record: Record) -> str:
    return "264" if record.get_fields("264") and not record.get_fields("260") else "260"


def _write_publication(record: Record, values: RecordFields) -> None:
    pairs = [("a", values.place), ("b", values.publisher), ("c", str(values.year or ""))]
    _set_subfields(record, _publication_tag(record), pairs)


def _write_language(record: Record, values: RecordFields) -> None:
    if values.language and values.language != "und":
        _set_subfields(record, "041", [("a", values.language)], "0 ")


def _write_class(record: Record, values: RecordFields) -> None:
    automatic_mark = make_author_mark(values.authors, values.title)
    mark = values.author_mark if values.author_mark != automatic_mark else ""
    if values.class_scheme == "bbk19":
        _set_subfields(record, "082", [("a", ""), ("b", mark), ("2", "")], "04")
        _set_subfields(record, "084", [("a", values.class_number), ("2", "19lop" if values.class_number else "")])
    else:
        edition = next((value for field in record.get_fields("082") for code, value in field.subfields if code == "2"), "23")
        pairs = [("a", values.class_number), ("b", mark), ("2", edition if values.class_number else "")]
        _set_subfields(record, "082", pairs, "04")
    automatic = make_call_number(values.class_number, values.author_mark or automatic_mark)
    named = next((value for field in record.get_fields("852") for code, value in field.subfields if code in "jh"), "")
    needs_own = values.call_number and values.call_number not in (automatic, nfc(named))
    if needs_own or record.get_fields("099"):
        _set_subfields(record, "099", [("a", values.call_number if needs_own else "")])


def _write_series(record: Record, values: RecordFields) -> None:
    tag = "440" if record.get_fields("440") and not record.get_fields("490") else "490"
    _set_subfields(record, tag, [("a", values.series)], "0 ")


def _write_edition(record: Record, values: RecordFields) -> None:
    _set_subfields(record, "250", [("a", values.edition)])


def _write_extent(record: Record, values: RecordFields) -> None:
    _set_subfields(record, "300", [("a", values.pages), ("c", values.size)])


def _write_summary(record: Record, values: RecordFields) -> None:
    _replace_fields(record, "520", [values.summary])


def _write_keywords(record: Record, values: RecordFields) -> None:
    headings = {_trim_end(nfc(value)): field.tag for field in record.get_fields("650", "651")
                for code, value in field.subfields if code == "a"}  # fmt: skip
    for tag in ("650", "651"):
        for field in record.get_fields(tag):
            text = _trim_end(nfc(next((value for code, value in field.subfields if code == "a"), "")))
            if text not in values.keywords:
                record.fields.remove(field)
    _replace_fields(record, "653", [word for word in values.keywords if word not in headings])


def _write_local(record: Record, values: RecordFields) -> None:
    _replace_fields(record, "690", values.subjects, " 7", "kesach-mon")
    _replace_fields(record, "690", [str(grade) for grade in values.grades], " 7", "kesach-khoi")
    _replace_fields(record, "690", [values.book_set], " 7", "kesach-bo")
    _replace_fields(record, "690", values.shelves, " 7", "kesach-tu")


def _write_material(record: Record, values: RecordFields) -> None:
    _replace_fields(record, "927", [OUR_TYPE_CODES[values.material]])


_WRITERS: dict[tuple[str, ...], Callable[[Record, RecordFields], None]] = {
    ("isbns", "price"): _write_isbn,
    ("language",): _write_language,
    ("authors",): _write_authors,
    ("title", "subtitle", "part", "responsibility"): _write_title,
    ("class_scheme", "class_number", "author_mark", "call_number"): _write_class,
    ("edition",): _write_edition,
    ("place", "publisher", "year"): _write_publication,
    ("pages", "size"): _write_extent,
    ("series",): _write_series,
    ("summary",): _write_summary,
    ("keywords",): _write_keywords,
    ("subjects", "grades", "book_set", "shelves"): _write_local,
    ("material",): _write_material,
}
_WRITER_OF = {name: write for names, write in _WRITERS.items() for name in names}


def clean_fields(values: RecordFields) -> RecordFields:
    """Typed values as they will be kept: NFC, no doubles, author mark and call number made when empty.

    InvalidInput(`title_empty`) without a title; (`isbn_bad`) for a number with a wrong check digit.
    """
    title = nfc(values.title)
    if not title:
        raise InvalidInput("title_empty", field="title")
    isbns: list[str] = []
    for text in values.isbns:
        valid = parse_isbns(text)
        if not valid:
            raise InvalidInput("isbn_bad", field="isbns", isbn=text[:40])
        isbns.extend(isbn for isbn in valid if isbn not in isbns)
    texts = {
        field.name: nfc(value)
        for field in dataclass_fields(RecordFields)
        if isinstance(value := getattr(values, field.name), str) and field.name != "material"
    }
    lists = {
        name: tuple(dict.fromkeys(text for item in getattr(values, name) if (text := nfc(item))))
        for name in ("authors", "keywords", "subjects", "shelves")
    }
    mark = texts["author_mark"] or make_author_mark(lists["authors"], title)
    number = texts["call_number"] or make_call_number(texts["class_number"], mark)
    texts |= {"title": title, "author_mark": mark, "call_number": number}
    if texts["class_number"] and not texts["class_scheme"]:
        texts["class_scheme"] = "ddc"
    grades = tuple(sorted({grade for grade in values.grades if 1 <= grade <= 12}))
    return replace(values, **texts, **lists, isbns=tuple(isbns), grades=grades, material=Material(values.material))
