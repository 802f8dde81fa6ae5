"""Records out of the house: .mrc, MARCXML, CSV and XLSX, one record in memory at a time.

The MARC record comes out as it is kept, in UTF-8 and NFC. A record too large for ISO 2709 is named and left out
of an .mrc (never written unreadable); MARCXML takes every one. Next: library/commands/moving.py.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from lxml import etree
from openpyxl import Workbook

from library.cataloguing.marc import MARCXML_NS, MarcRecord, read_marc, to_bytes, to_xml_element
from library.cataloguing.model import MATERIAL_LABELS, Material
from library.cataloguing.queries import CHUNK, facets_of, get_record_row, isbns_of
from library.cataloguing.tables import Collection, Copy, Record
from library.contract.codes import word
from library.foundation.errors import InvalidInput
from library.foundation.spreadsheets import csv_text, text_cell

ExportForm = Literal["marc", "marcxml", "csv", "xlsx"]
XML_HEAD = f'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="{MARCXML_NS}">\n'.encode()
XML_TAIL = b"</collection>\n"
COLUMNS = (
    "Số biểu ghi", "Nhan đề", "Phụ đề", "Tập", "Tác giả", "Nơi xuất bản", "Nhà xuất bản", "Năm xuất bản", 
    "Lần xuất bản", "ISBN", "Số trang", "Khổ", "Giá bìa", "Loại sách", "Môn", "Khối", "Bộ sách", "Tùng thư", "Tủ sách",
    "Ký hiệu phân loại",
    "Ký hiệu xếp giá", "Từ khoá", "Tóm tắt", "Ngôn ngữ", "Kho", "Số lượng", "Số ĐKCB",
)  # fmt: skip


@dataclass(slots=True)
class ExportResult:
    """`problems` are Vietnamese sentences about records that were left out."""

    written: int = 0
    problems: list[str] = field(default_factory=list)


def export_records(form: ExportForm, out: Path, record_ids: Sequence[int] | None = None) -> ExportResult:
    """Write records (all living ones, or these, in this order) to a file. The file appears only when complete."""
    result = ExportResult()
    part = out.with_name(out.name + ".part")
    try:
        if form == "xlsx":
            _write_xlsx(part, record_ids, result)
        elif form == "csv":
            with part.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.writer(stream)
                writer.writerow(COLUMNS)
                for row in _table_rows(record_ids, result):
                    writer.writerow([csv_text(cell) for cell in row])
        else:
            with part.open("wb") as binary:
                for piece in marc_pieces(form, record_ids, result):
                    binary.write(piece)
        os.replace(part, out)
    finally:
        part.unlink(missing_ok=True)
    return result


def marc_pieces(
    form: Literal["marc", "marcxml"], record_ids: Sequence[int] | None, result: ExportResult
) -> Iterator[bytes]:
    """The bytes of an .mrc or MARCXML file, record by record (for downloads too)."""
    if form == "marcxml":
        yield XML_HEAD
    for record_id, title, record in _records(record_ids):
        if form == "marcxml":
            yield bytes(etree.tostring(to_xml_element(record), encoding="utf-8")) + b"\n"
        else:
            try:
                yield to_bytes(record)
            except InvalidInput as error:
                result.problems.append(f"Biểu ghi {record_id} “{title}”: {word(error.code, error.params)}")
                continue
        result.written += 1
    if form == "marcxml":
        yield XML_TAIL


def record_mrc(record_id: int) -> bytes:
    """One record as ISO 2709. NotFound(`record_unknown`); InvalidInput(`marc_too_big`) offers MARCXML."""
    return to_bytes(read_marc(get_record_row(record_id).marc))


def record_marcxml(record_id: int) -> bytes:
    """One record as a MARCXML document. NotFound(`record_unknown`)."""
    element = to_xml_element(read_marc(get_record_row(record_id).marc))
    return bytes(etree.tostring(element, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def _chunks(record_ids: Sequence[int] | None) -> Iterator[list[int]]:
    ids: Iterable[int]
    if record_ids is None:
        ids = [
            row[0] for row in Record.select(Record.id).where(Record.deleted_at.is_null()).order_by(Record.id).tuples()
        ]
    else:
        ids = dict.fromkeys(record_ids)
    ordered = list(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _records(record_ids: Sequence[int] | None) -> Iterator[tuple[int, str, MarcRecord]]:
    for ids in _chunks(record_ids):
        rows = {
            row.id: row
            for row in Record.select(Record.id, Record.title, Record.marc).where(
                Record.id.in_(ids), Record.deleted_at.is_null()
            )
        }
        for record_id in ids:
            if record_id in rows:
                yield record_id, rows[record_id].title, read_marc(rows[record_id].marc)


def _table_rows(record_ids: Sequence[int] | None, result: ExportResult) -> Iterator[list[Any]]:
    for ids in _chunks(record_ids):
        rows = {row.id: row for row in Record.select().where(Record.id.in_(ids), Record.deleted_at.is_null())}
        isbns, facets = isbns_of(ids), facets_of(ids)
        copies: dict[int, list[tuple[str, str]]] = defaultdict(list)
        for record_id, number, code in (
            Copy.select(Copy.record, Copy.accession_number, Collection.code)
            .join(Collection)
            .where(Copy.record.in_(ids), Copy.status != "withdrawn")
            .order_by(Copy.id)
            .tuples()
        ):
            copies[record_id].append((number, code))
        for record_id in ids:
            row = rows.get(record_id)
            if row is None:
                continue
            own = copies[record_id]
            result.written += 1
            yield [
                row.id, row.title, row.subtitle, row.part, "; ".join(row.authors), row.place, row.publisher, row.year,
                row.edition, "; ".join(isbns[record_id]), row.pages, row.size, row.price,
                MATERIAL_LABELS[Material(row.material)], "; ".join(facets[record_id, "subject"]),
                ", ".join(sorted(facets[record_id, "grade"], key=int)), row.book_set, row.series,
                "; ".join(facets[record_id, "shelf"]), row.class_number, row.call_number, "; ".join(row.keywords),
                row.summary, row.language, "; ".join(dict.fromkeys(code for _, code in own)), len(own),
                "; ".join(number for number, _ in own),
            ]  # fmt: skip


def _write_xlsx(path: Path, record_ids: Sequence[int] | None, result: ExportResult) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sách")
    sheet.freeze_panes = "C2"
    sheet.append(list(COLUMNS))
    for row in _table_rows(record_ids, result):
        sheet.append([text_cell(sheet, cell) if isinstance(cell, str) else cell for cell in row])
    book.save(path)
