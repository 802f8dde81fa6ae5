"""Small files made to keep the server busy for hours: each is read or refused in one pass.

No clock is asked: before the bounds that these tests hold, none of them came to an end.
"""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from catalog_imports.marcxml_source import cut_records, decode_xml
from catalog_imports.sheets import SheetError, parse_sheets
from library.foundation.errors import InvalidInput

RECORD = "<record><leader>x</leader></record>"


def _xlsx(rows: bytes, before: bytes = b"") -> bytes:
    """A workbook whose sheet holds these rows, `before` standing in front of its XML."""
    made, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.namelist():
            data = source.read(member)
            if member == "xl/worksheets/sheet1.xml":
                head = data[: data.index(b"<sheetData")]
                data = before + head + b"<sheetData>" + rows + b"</sheetData></worksheet>"
            target.writestr(member, data)
    return out.getvalue()


def test_a_row_far_below_the_last_is_refused() -> None:
    rows = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
    with pytest.raises(SheetError) as refusal:
        parse_sheets(_xlsx(rows), "lop.xlsx")
    assert refusal.value.code == "sheet_broken"


def test_cells_far_to_the_right_are_not_filled_up() -> None:
    rows = b"".join(
        b'<row r="%d"><c r="A%d"><v>7</v></c><c r="ZZZ%d"><v>1</v></c></row>' % (row, row, row)
        for row in range(1, 2_001)
    )
    (sheet,) = parse_sheets(_xlsx(rows), "lop.xlsx")
    assert {row.values for row in sheet.rows} == {(7,)} and len(sheet.rows) == 2_000


def test_entities_hidden_behind_a_long_comment_are_refused() -> None:
    names = "abcdefghi"
    entities = "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip(names, names[1:], strict=False))
    hidden = f'<!--{"x" * 3_000}--><!DOCTYPE w [<!ENTITY a "{"x" * 50}">{entities}]>'.encode()
    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row>'
    with pytest.raises(SheetError):
        parse_sheets(_xlsx(rows, hidden), "lop.xlsx")


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<!--" * 400_000 + RECORD, 1),
        ("<![CDATA[" * 200_000 + RECORD, 1),
        ("<record " * 200_000 + RECORD, 1),
        ("<record>" * 30_000 + "</a:record>" * 30_000 + RECORD, 1),
        ("<record><leader/>" + ("y" * 500 + RECORD) * 40_000, 40_000),
    ],
    ids=["comments", "cdata", "half tags", "foreign ends", "a first record that lost its end"],
)
def test_xml_full_of_beginnings_is_cut_in_one_pass(text: str, whole: int) -> None:
    pieces = cut_records(text)
    assert sum(closed and text[start:end] == RECORD for start, end, closed in pieces) == whole


@pytest.mark.parametrize("encoding", ["undefined", "idna", "hex", "khong-co", "base64"])
def test_an_encoding_that_is_none_is_read_as_utf8(encoding: str) -> None:
    text, used = decode_xml(f'<?xml version="1.0" encoding="{encoding}"?><record>Dế Mèn</record>'.encode())
    assert "Dế Mèn" in text and used == "utf-8"


def test_a_document_type_behind_another_encoding_is_refused() -> None:
    hidden = b'<?xml version="1.0" encoding="utf-7"?>' + "<!DOCTYPE a>".encode("utf-7") + b"<record/>"
    with pytest.raises(InvalidInput) as refusal:
        decode_xml(hidden, "a.xml")
    assert refusal.value.code == "import_xml_dtd"
