"""Lists of books (.xlsx, .csv) as records: what each column means, and what people write into one cell.

Rows, cells and headings are the business of sheets.py and its neighbours. Text is kept as typed (capitals stay
capitals); only notes that are no part of a title are moved: "(Tái bản 2020)" to the edition, gifts to a note,
"(Tập 2)" to the part. Next: draft.py.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pymarc import Field, Indicators, Subfield

from catalog_imports.legacy_text import CONVERTERS, LABELS, decode_csv_legacy, guess_legacy
from catalog_imports.model import SourceItem
from catalog_imports.problems import Problem
from catalog_imports.sheet_cells import cell_code, cell_number, cell_text, is_error_value
from catalog_imports.sheet_headers import Header, data_rows, find_header
from catalog_imports.sheets import Sheet, SheetRow, read_sheets
from library.cataloguing.copies import MAX_COPIES_AT_ONCE
from library.cataloguing.marc import MarcRecord
from library.cataloguing.marc_edit import build_marc, clean_fields
from library.cataloguing.model import LocalItem, Material, RecordFields
from library.cataloguing.rules import COMMON_SURNAMES, MAX_PRICE, parse_isbns, parse_year
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

# field -> headings; compared without accents, case and punctuation (sheet_headers.heading_key).
ALIASES: dict[str, tuple[str, ...]] = {
    "title": ("nhan đề", "nhan đề chính", "tên sách", "tựa sách", "tựa đề", "tên tài liệu", "tên ấn phẩm",
              "tên tác phẩm", "tên đầu sách", "tên sách báo", "tác phẩm", "title"),
    "subtitle": ("phụ đề", "nhan đề phụ", "tên phụ", "thông tin nhan đề", "subtitle"),
    "part": ("tập", "số tập", "phần", "quyển", "volume"),
    "authors": ("tác giả", "tên tác giả", "tác giả chính", "họ tên tác giả", "author", "authors"),
    "translator": ("dịch giả", "người dịch", "tác giả phụ", "người biên soạn", "chủ biên"),
    "author_and_title": ("tác giả và tên sách", "tên tác giả và tên sách"),
    "publisher": ("nhà xuất bản", "nhà xb", "nxb", "publisher"),
    "place": ("nơi xuất bản", "nơi xb", "place"),
    "year": ("năm xuất bản", "năm xb", "năm", "year"),
    "edition": ("lần xuất bản", "lần tái bản", "tái bản", "edition"),
    "isbn": ("isbn", "mã isbn", "số isbn"),
    "pages": ("số trang", "trang", "pages"),
    "size": ("khổ", "khổ sách", "kích thước", "khổ cỡ", "size"),
    "price": ("giá bìa", "giá", "giá tiền", "đơn giá", "price"),
    "keywords": ("thể loại", "chủ đề", "từ khoá", "từ khóa", "đề mục", "category", "keywords"),
    "class_number": ("phân loại", "môn loại", "ký hiệu phân loại", "kí hiệu phân loại", "chỉ số phân loại", "ddc",
                     "19 lớp"),
    "material": ("loại sách", "loại tài liệu", "loại hình", "dạng tài liệu", "loại", "type"),
    "language": ("ngôn ngữ", "language"),
    "subject": ("môn", "môn học", "bộ môn", "subject"),
    "grade": ("khối", "lớp", "khối lớp", "grade"),
    "book_set": ("bộ sách", "bộ sgk"),
    "series": ("tùng thư", "series"),
    "shelf": ("tủ sách", "chủ điểm tủ sách"),
    "collection": ("kho", "kho sách", "mã kho", "tên kho", "collection"),
    "copies": ("số lượng", "số bản", "số cuốn", "sl", "số lượng bản", "quantity"),
    "accession": ("số đkcb", "đkcb", "số đăng ký cá biệt", "số đăng kí cá biệt", "số đăng ký", "mã vạch", "mã sách",
                  "mã đkcb", "mã đkcb từ đến", "barcode", "accession number"),
    "location": ("vị trí", "kệ", "giá sách", "vị trí kệ"),
    "summary": ("tóm tắt", "nội dung", "mô tả", "giới thiệu", "summary"),
}  # fmt: skip
LABELS_OF_FIELDS = {name: words[0].capitalize() for name, words in ALIASES.items()}

_EDITION = re.compile(
    r"\s*[(\[]\s*((?:tái bản|in lần|xuất bản lần|phiên bản)[^()\[\]]*)[)\]]\s*|\s+[-–]\s*(tái bản(?:\s+[^-–]*)?)$",
    re.IGNORECASE,
)
_GIFT = re.compile(r"\s*(?:[(\[]\s*(tặng(?: kèm)?[^()\[\]]*)[)\]]|[-–]\s*(tặng kèm.*)$)\s*", re.IGNORECASE)
_PART = re.compile(r"\s*(?:[(\[]\s*(tập\s+[\w.]+)\s*[)\]]|[-–:,.]\s*(tập\s+\d+)\s*$)\s*", re.IGNORECASE)
_PUBLISHER = re.compile(r"^(?:nhà xuất bản|nhà xb|nxb)\.?\s+", re.IGNORECASE)
_ROLE = re.compile(
    r"^(?:dịch giả|người dịch|biên soạn|chủ biên|tác giả|dịch|minh ho[aạ]ạ?)\s*:?\s+"
    r"|\s*\((?:ch\.?\s?b\.?|chủ biên|tổng ch\.?b\.?"
    r"|b\.?s\.?|biên soạn|dịch|h\.?đ\.?|hiệu đính|s\.?t\.?|sưu tầm|minh ho[aạ]ạ?)\)",
    re.IGNORECASE,
)
_NOBODY = frozenset(
    {"nhiều tác giả", "nhiều tg", "đang cập nhật", "khuyết danh", "không rõ", "n/a", "-", "nhóm tác giả"}
)
_RANGE = re.compile(r"^(.*?)(\d+)\s*(?:-|–|đến|->|→)\s*(?:(.*?)(\d+))$")
_LANGUAGES = {"viet": "vie", "tieng viet": "vie", "anh": "eng", "tieng anh": "eng", "phap": "fre", "tieng phap": "fre",
              "trung": "chi", "tieng trung": "chi", "nhat": "jpn", "tieng nhat": "jpn", "nga": "rus",
              "song ngu": "mul", "song ngu anh viet": "mul"}  # fmt: skip


def read_mapping(path: Path) -> tuple[tuple[str, str], ...]:
    """A JSON or TOML file saying which heading each field has: {"title": "Tên", …}. InvalidInput when it is bad."""
    try:
        text = path.read_text("utf-8-sig")
        content: Any = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (OSError, ValueError) as error:
        raise InvalidInput("import_mapping_bad", field="mapping", name=path.name, detail=str(error)[:120]) from error
    return check_mapping(content, path.name)


def check_mapping(content: Any, name: str) -> tuple[tuple[str, str], ...]:
    """The mapping as pairs (field, heading); InvalidInput names an unknown field."""
    if not isinstance(content, dict) or not all(isinstance(value, str) for value in content.values()):
        raise InvalidInput("import_mapping_bad", field="mapping", name=name, detail="cần các cặp trường = tên cột")
    unknown = sorted(set(content) - set(ALIASES))
    if unknown:
        detail = f"không có trường {', '.join(unknown)}; các trường: {', '.join(ALIASES)}"
        raise InvalidInput("import_mapping_bad", field="mapping", name=name, detail=detail)
    return tuple(sorted(content.items()))


def read_books(file: Path, name: str, mapping: Sequence[tuple[str, str]] = ()) -> list[SourceItem]:
    """Every row below the header of every sheet that has one. InvalidInput when no sheet has a title column."""
    sheets = read_sheets(file, max_bytes=1 << 40, decode_legacy=decode_csv_legacy)
    aliases: dict[str, Sequence[str]] = dict(ALIASES)
    for target, heading in mapping:
        aliases = {key: tuple(word for word in words if fold(word) != fold(heading)) for key, words in aliases.items()}
        aliases[target] = (heading,)
    found: list[SourceItem] = []
    any_header = False
    for sheet in sheets:
        header = find_header(sheet.rows, aliases, required=[("title", "author_and_title")])
        if header is None:
            continue
        any_header = True
        found.extend(_read_sheet(sheet, header, aliases, len(found)))
    if not any_header:
        raise InvalidInput("import_no_header", field="file", name=name)
    return found


def _read_sheet(sheet: Sheet, header: Header, aliases: Mapping[str, Sequence[str]], before: int) -> list[SourceItem]:
    items: list[SourceItem] = []
    for row in data_rows(sheet, header, aliases):
        cells = _Cells(row, header)
        if not cells.has_anything():
            continue
        item = _item_of(cells, before + len(items) + 1)
        if not items and sheet.encoding in LABELS:
            item.problems.append(Problem("file_encoding", params={"label": LABELS[sheet.encoding]}))
        item.encoding = sheet.encoding
        items.append(item)
    return items


class _Cells:
    """One row by field name, with its problems. Old encodings are converted cell by cell, and said."""

    def __init__(self, row: SheetRow, header: Header) -> None:
        self.row = row
        self.columns = header.columns
        self.problems: list[Problem] = []
        self._legacy_said = False

    def has_anything(self) -> bool:
        """False for rows that hold only a running number, a total or a signature line."""
        return any(self.row.text(column) for name, column in self.columns.items() if name != "copies")

    def text(self, name: str) -> str:
        column = self.columns.get(name)
        value = self.row.get(column)
        label = LABELS_OF_FIELDS[name]
        if column is not None and column in self.row.formulas:
            code = "cell_formula_empty" if value is None else "cell_formula"
            self.problems.append(Problem(code, tag=label, params={"column": label}))
        if is_error_value(value):
            self.problems.append(Problem("cell_error", tag=label, params={"column": label, "value": value}))
            return ""
        if isinstance(value, str):
            value = self._unicode(value)  # before cleaning: ư of TCVN3 is a soft hyphen elsewhere
        text = cell_text(value)
        if text.startswith('="') and text.endswith('"'):
            text = text[2:-1]
        return text

    def code(self, name: str) -> str:
        label = LABELS_OF_FIELDS[name]
        value = self.row.get(self.columns.get(name))
        try:
            cell_code(value)
        except ValueError:
            params = {"column": label, "value": cell_text(value)}
            self.problems.append(Problem("cell_code_lost", tag=label, params=params))
            return ""
        return self.text(name)

    def number(self, name: str, most: int) -> int | None:
        label = LABELS_OF_FIELDS[name]
        text = self.text(name)
        value = self.row.get(self.columns.get(name))
        if not text:
            return None
        try:
            number = cell_number(value)
        except ValueError:
            number = -1
        if number is not None and not 0 <= number <= most:
            self.problems.append(Problem("cell_number_bad", tag=label, params={"column": label, "value": text[:40]}))
            return None
        return number

    def _unicode(self, text: str) -> str:
        if text.isascii():
            return text
        guess = guess_legacy(text)
        if guess is None:
            return text
        if not self._legacy_said:
            self._legacy_said = True
            self.problems.append(Problem("cell_encoding", params={"label": LABELS[guess.name]}))
        return nfc(CONVERTERS[guess.name](text))


def _item_of(cells: _Cells, position: int) -> SourceItem:
    raw = "\t".join(cells.row.text(column) for column in range(len(cells.row.values))).encode()
    typed = cells.text("title")
    authors_cell = cells.text("authors")
    if not typed and (both := cells.text("author_and_title")):
        author, slash, rest = both.partition("/")
        typed, authors_cell = (rest, author) if slash else (both, "")
    title, part, edition, gifts = clean_title(typed)
    if not title:
        if any(problem.code in ("cell_formula_empty", "cell_error") for problem in cells.problems):
            cells.problems = [
                Problem(problem.code, "error", problem.tag, problem.params) for problem in cells.problems[:1]
            ]
        else:
            cells.problems.append(Problem("row_no_title", "error", LABELS_OF_FIELDS["title"]))
        return SourceItem(position, None, raw, cells.problems, cells.row.number)
    values = _fields_of(cells, title, part, edition, authors_cell)
    record: MarcRecord = build_marc(clean_fields(values))
    for gift in gifts:
        record.add_ordered_field(Field("500", Indicators(" ", " "), [Subfield("a", gift)]))
    items = _copies_of(cells)
    wanted = cells.number("copies", 10**9) or 0
    if wanted > MAX_COPIES_AT_ONCE:
        params = {"value": wanted, "limit": MAX_COPIES_AT_ONCE}
        cells.problems.append(Problem("copies_too_many", tag=LABELS_OF_FIELDS["copies"], params=params))
        wanted = 0
    missing = max(0, wanted - len(items))
    if missing and not items:
        kho, location = cells.text("collection"), cells.text("location")
        if kho or location:
            items, missing = tuple(LocalItem("", kho, location) for _ in range(missing)), 0
    return SourceItem(
        position, record, b"", cells.problems, cells.row.number, items=items, copies=missing,
    )  # fmt: skip


def _fields_of(cells: _Cells, title: str, part: str, edition: str, authors_cell: str) -> RecordFields:
    authors = split_authors(authors_cell)
    authors += tuple(name for name in split_authors(cells.text("translator")) if name not in authors)
    part = _part_text(cells.text("part")) or part
    isbn_text = cells.code("isbn")
    isbns = parse_isbns(isbn_text)
    if isbn_text and not isbns and any(char.isdigit() for char in isbn_text):
        cells.problems.append(Problem("isbn_bad", tag="ISBN", params={"detail": isbn_text[:40]}))
    publisher = _PUBLISHER.sub("", cells.text("publisher"))
    subtitle = cells.text("subtitle")
    words = f"{title} {subtitle} {part}"
    grades = _grades_of(cells.text("grade")) or detect_grades(words)
    subject_cell = cells.text("subject")
    known_subject = find_subject(subject_cell) if subject_cell else None
    subjects = (known_subject or subject_cell,) if subject_cell else detect_subjects(words, bool(grades))
    keywords = tuple(word for word in re.split(r"\s*[;|]\s*", cells.text("keywords")) if word)
    book_set = detect_book_set(cells.text("book_set")) or cells.text("book_set") or detect_book_set(words)
    class_number = cells.text("class_number")
    typed_material = LOCAL_TYPES.get(fold(cells.text("material")).upper())
    material = (
        typed_material
        or LOCAL_TYPES.get(fold(cells.text("collection")).upper())
        or _material_of(words, keywords, grades, subjects, book_set, publisher, class_number)
    )
    year_text = cells.text("year")
    return RecordFields(
        title=title, subtitle=subtitle, part=part, responsibility=authors_cell, authors=authors, publisher=publisher,
        place=cells.text("place"), year=parse_year(year_text) or parse_year(edition), isbns=isbns,
        language=_LANGUAGES.get(fold(cells.text("language")), "vie"), material=material,
        class_scheme=_scheme_of(class_number), class_number=class_number, series=cells.text("series"),
        book_set=book_set, edition=cells.text("edition") or edition, pages=_pages_text(cells.text("pages")),
        size=cells.text("size"), price=cells.number("price", MAX_PRICE) or None, summary=cells.text("summary"),
        keywords=keywords, subjects=subjects, grades=grades,
        shelves=tuple(word for word in re.split(r"\s*[;|]\s*", cells.text("shelf")) if word),
    )  # fmt: skip


def _material_of(
    words: str, keywords: Sequence[str], grades: tuple[int, ...], subjects: tuple[str, ...], book_set: str,
    publisher: str, class_number: str,
) -> Material:  # fmt: skip
    material = detect_material(
        words, grades=grades, subjects=subjects, book_set=book_set, publisher=publisher, class_number=class_number
    )
    if material is Material.REFERENCE and keywords:
        return detect_material(" ".join(keywords), publisher=publisher)
    return material


def clean_title(text: str) -> tuple[str, str, str, list[str]]:
    """(title, part, edition, notes) of what a shop writes into one cell."""
    notes: list[str] = []
    edition = part = ""
    title = text
    while match := _GIFT.search(title):
        notes.append(nfc(match[1] or match[2]))
        title = f"{title[: match.start()]} {title[match.end() :]}"
    while match := _EDITION.search(title):
        edition = edition or nfc(match[1] or match[2])
        title = f"{title[: match.start()]} {title[match.end() :]}"
    if match := _PART.search(title):
        part = nfc(match[1] or match[2])
        title = f"{title[: match.start()]} {title[match.end() :]}"
    title = nfc(title).strip(" -–:;,/")
    return (title, part, edition, notes) if title else (nfc(text), "", "", [])


def split_authors(text: str) -> tuple[str, ...]:
    """Names in one cell: "A, B", "A; B", "A - B", "A & B", "A và B". An inverted name is not cut."""
    if not text or nfc(text).lower().strip(" .") in _NOBODY:
        return ()
    pieces = re.split(r"\s*[;/&\n|]\s*|\s+[-–]\s+|\s+và\s+", text)
    names: list[str] = []
    for piece in pieces:
        parts = [part for part in re.split(r"\s*,\s*", piece) if part]
        inverted = len(parts) == 2 and len(parts[0].split()) == 1 and len(parts[1].split()) >= 2
        if inverted and parts[1].split()[0].lower() in COMMON_SURNAMES:
            parts = [piece]
        names.extend(parts)
    cleaned = (nfc(_ROLE.sub("", name)).strip(" .,:") for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name and name.lower() not in _NOBODY))


def _grades_of(text: str) -> tuple[int, ...]:
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) == 2 and re.search(r"\d\s*[-–]\s*\d", text) and numbers[0] < numbers[1]:
        numbers = list(range(numbers[0], numbers[1] + 1))
    return tuple(sorted({number for number in numbers if 1 <= number <= 12}))


def _part_text(text: str) -> str:
    return f"Tập {text}" if text.isdecimal() else text


def _pages_text(text: str) -> str:
    return f"{text} tr." if text.isdecimal() else text


def _scheme_of(class_number: str) -> str:
    if not class_number:
        return ""
    return "ddc" if re.match(r"^\d{3}(?:\.\d+)?", class_number) else "bbk19"


def _copies_of(cells: _Cells) -> tuple[LocalItem, ...]:
    text = cells.code("accession")
    if not text:
        return ()
    kho, location = cells.text("collection"), cells.text("location")
    numbers = [number for piece in re.split(r"\s*[;,|]\s*", text) for number in expand_range(piece)]
    return tuple(LocalItem(number, kho, location) for number in dict.fromkeys(numbers) if number)


def expand_range(text: str) -> list[str]:
    """ "STK.000005-STK.000008" or "00005-00008" -> every number; anything else is one number."""
    match = _RANGE.match(text)
    if not match:
        return [nfc(text)]
    head, first, second_head, last = match[1], match[2], match[3] or "", match[4]
    span = int(last) - int(first)
    if (
        second_head.strip() not in ("", head.strip())
        or not 0 <= span < MAX_COPIES_AT_ONCE
        or len(last) < len(first) > 4
    ):
        return [nfc(text)]
    return [f"{nfc(head)}{int(first) + step:0{len(first)}d}" for step in range(span + 1)]
