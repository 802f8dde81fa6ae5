"""Our fields -> MARC record: building one for hand cataloguing and book lists, changing one in place.

Only the MARC fields behind changed values are rewritten; all others stay as they are, in their order.
Next: service.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Any

from library.cataloguing.marc import Field, Indicators, Leader, MarcRecord, Subfield
from library.cataloguing.marc_fields import trim_end
from library.cataloguing.model import Material, RecordFields
from library.cataloguing.rules import make_author_mark, make_call_number, parse_isbns, parse_price
from library.foundation.errors import InvalidInput
from library.foundation.vietnamese import nfc

NEW_LEADER = "00000nam a2200000 a 4500"
OUR_TYPE_CODES: dict[Material, str] = {
    Material.TEXTBOOK: "SGK", Material.TEACHER: "SNV", Material.REFERENCE: "STK", Material.CHILDREN: "STN",
    Material.TOOL: "TD", Material.PERIODICAL: "BTC", Material.MAP_PICTURE: "BD", Material.DISC: "DIA",
    Material.DIGITAL: "EBOOK",
}  # fmt: skip


def build_marc(values: RecordFields) -> MarcRecord:
    """A new record for hand cataloguing and book lists. `extract_fields` gives back what went in."""
    record = MarcRecord()
    record.leader = Leader(NEW_LEADER)
    if values.material is Material.PERIODICAL:
        record.leader = Leader(NEW_LEADER[:7] + "s" + NEW_LEADER[8:])
    if values.control_number:
        record.fields.append(Field(tag="001", data=values.control_number))
    year = f"{values.year:04d}" if values.year else "    "
    language = f"{values.language or 'und':<3.3}"
    record.fields.append(
        Field(tag="008", data=f"      {'s' if values.year else 'n'}{year}    vm{' ' * 18}{language} d")
    )
    for write in _WRITERS.values():
        write(record, values)
    record.fields.sort(key=lambda field: field.tag)
    return record


def update_marc(record: MarcRecord, before: RecordFields, after: RecordFields) -> MarcRecord:
    """Change in `record` only what differs between `before` and `after`; every other field stays as it is."""
    done: set[Callable[[MarcRecord, RecordFields], None]] = set()
    for name in (field.name for field in dataclass_fields(RecordFields)):
        write = _WRITER_OF.get(name)
        if write and write not in done and getattr(before, name) != getattr(after, name):
            write(record, after)
            done.add(write)
    return record


def merge_local_fields(kept: MarcRecord, incoming: MarcRecord) -> MarcRecord:
    """An incoming record in the place of ours: our local fields (690 of ours, 927, 099) come along."""
    for field in kept.fields:
        ours = field.tag in ("927", "099") or (
            field.tag == "690" and any(code == "2" and value.startswith("kesach-") for code, value in field.subfields)
        )
        if ours and not incoming.get_fields(field.tag):
            _insert(incoming, field)
    return incoming


def _insert(record: MarcRecord, field: Field) -> None:
    """Put a field where its tag belongs, leaving the order of the others alone."""
    for position, other in enumerate(record.fields):
        if other.tag.isdigit() and other.tag > field.tag:
            record.fields.insert(position, field)
            return
    record.fields.append(field)


def _set_subfields(record: MarcRecord, tag: str, pairs: Sequence[tuple[str, str]], indicators: str = "  ") -> None:
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


def _replace_fields(
    record: MarcRecord, tag: str, values: Iterable[str], indicators: str = "  ", source: str = ""
) -> None:
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
            _insert(
                record, Field(tag=tag, indicators=Indicators(*indicators), subfields=[Subfield("a", value), *extra])
            )


def _write_title(record: MarcRecord, values: RecordFields) -> None:
    pairs = [("a", values.title), ("n", values.part), ("p", ""), ("b", values.subtitle), ("c", values.responsibility)]
    _set_subfields(record, "245", pairs, "10" if values.authors else "00")


def _write_authors(record: MarcRecord, values: RecordFields) -> None:
    """The first name is the main entry; names that stay keep their field with dates and roles."""
    known: dict[str, Field] = {}
    for field in record.get_fields("100", "110", "111", "700", "710"):
        name = trim_end(nfc(next((value for code, value in field.subfields if code == "a"), "")))
        known.setdefault(name, field)
        record.fields.remove(field)
    for position, name in enumerate(values.authors):
        field = known.get(name) or Field(
            tag="100", indicators=Indicators("0" if "," not in name else "1", " "), subfields=[Subfield("a", name)]
        )
        field.tag = ("1" if position == 0 else "7") + field.tag[1:].replace("11", "10")
        _insert(record, field)


def _write_isbn(record: MarcRecord, values: RecordFields) -> None:
    price = f"{values.price}đ" if values.price else ""
    present: dict[str, Field] = {}
    for field in record.get_fields("020"):
        text = next((value for code, value in field.subfields if code == "a"), "")
        present.update((isbn, field) for isbn in parse_isbns(text))
    for isbn, field in present.items():
        if isbn not in values.isbns and field in record.fields:
            record.fields.remove(field)
    for isbn in values.isbns:
        if isbn not in present:
            _insert(record, Field(tag="020", indicators=Indicators(" ", " "), subfields=[Subfield("a", isbn)]))
    current = next((value for field in record.get_fields("020") for code, value in field.subfields if code == "c"), "")
    if (parse_price(current) if current else None) != values.price:
        _set_subfields(record, "020", [*[("a", isbn) for isbn in _first_isbn(record)], ("c", price)])


def _first_isbn(record: MarcRecord) -> list[str]:
    fields = record.get_fields("020")
    return [value for code, value in fields[0].subfields if code == "a"] if fields else []


def _publication_tag(record: MarcRecord) -> str:
    return "264" if record.get_fields("264") and not record.get_fields("260") else "260"


def _write_publication(record: MarcRecord, values: RecordFields) -> None:
    pairs = [("a", values.place), ("b", values.publisher), ("c", str(values.year or ""))]
    _set_subfields(record, _publication_tag(record), pairs)


def _write_language(record: MarcRecord, values: RecordFields) -> None:
    if values.language and values.language != "und":
        _set_subfields(record, "041", [("a", values.language)], "0 ")


def _write_class(record: MarcRecord, values: RecordFields) -> None:
    automatic_mark = make_author_mark(values.authors, values.title)
    mark = values.author_mark if values.author_mark != automatic_mark else ""
    if values.class_scheme == "bbk19":
        _set_subfields(record, "082", [("a", ""), ("b", mark), ("2", "")], "04")
        _set_subfields(record, "084", [("a", values.class_number), ("2", "19lop" if values.class_number else "")])
    else:
        edition = next(
            (value for field in record.get_fields("082") for code, value in field.subfields if code == "2"), "23"
        )
        pairs = [("a", values.class_number), ("b", mark), ("2", edition if values.class_number else "")]
        _set_subfields(record, "082", pairs, "04")
    automatic = make_call_number(values.class_number, values.author_mark or automatic_mark)
    named = next((value for field in record.get_fields("852") for code, value in field.subfields if code in "jh"), "")
    needs_own = values.call_number and values.call_number not in (automatic, nfc(named))
    if needs_own or record.get_fields("099"):
        _set_subfields(record, "099", [("a", values.call_number if needs_own else "")])


def _write_series(record: MarcRecord, values: RecordFields) -> None:
    tag = "440" if record.get_fields("440") and not record.get_fields("490") else "490"
    _set_subfields(record, tag, [("a", values.series)], "0 ")


def _write_edition(record: MarcRecord, values: RecordFields) -> None:
    _set_subfields(record, "250", [("a", values.edition)])


def _write_extent(record: MarcRecord, values: RecordFields) -> None:
    _set_subfields(record, "300", [("a", values.pages), ("c", values.size)])


def _write_summary(record: MarcRecord, values: RecordFields) -> None:
    _replace_fields(record, "520", [values.summary])


def _write_keywords(record: MarcRecord, values: RecordFields) -> None:
    headings = {trim_end(nfc(value)): field.tag for field in record.get_fields("650", "651")
                for code, value in field.subfields if code == "a"}  # fmt: skip
    for tag in ("650", "651"):
        for field in record.get_fields(tag):
            text = trim_end(nfc(next((value for code, value in field.subfields if code == "a"), "")))
            if text not in values.keywords:
                record.fields.remove(field)
    _replace_fields(record, "653", [word for word in values.keywords if word not in headings])


def _write_local(record: MarcRecord, values: RecordFields) -> None:
    _replace_fields(record, "690", values.subjects, " 7", "kesach-mon")
    _replace_fields(record, "690", [str(grade) for grade in values.grades], " 7", "kesach-khoi")
    _replace_fields(record, "690", [values.book_set], " 7", "kesach-bo")
    _replace_fields(record, "690", values.shelves, " 7", "kesach-tu")


def _write_material(record: MarcRecord, values: RecordFields) -> None:
    _replace_fields(record, "927", [OUR_TYPE_CODES[values.material]])


_WRITERS: dict[tuple[str, ...], Callable[[MarcRecord, RecordFields], None]] = {
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
    texts: dict[str, Any] = {
        field.name: nfc(value)
        for field in dataclass_fields(RecordFields)
        if isinstance(value := getattr(values, field.name), str) and field.name != "material"
    }
    lists: dict[str, Any] = {
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
