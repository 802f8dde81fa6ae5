"""Records leave the house unharmed, in four forms."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
from pymarc import Field, Indicators, MARCReader, Subfield, parse_xml_to_array

from library.cataloguing import service
from library.cataloguing.exports import COLUMNS, export_records, record_marcxml, record_mrc
from library.cataloguing.marc import read_marc
from library.cataloguing.marc_edit import build_marc, clean_fields
from library.cataloguing.model import RecordFields
from library.cataloguing.tables import Record
from library.foundation.audit import SYSTEM


def fill() -> list[int]:
    service.ensure_default_collections()
    ids = [
        service.create_record(RecordFields(title=title, authors=("Tô Hoài",), price=25_000), SYSTEM)
        for title in ("Dế Mèn phiêu lưu ký", "=1+2", "Võ sĩ Bọ Ngựa")
    ]
    service.add_copies(ids[0], 2, "STN", SYSTEM)
    return ids


def test_marc_and_marcxml_hold_every_field(sqlite_database: str, tmp_path: Path) -> None:
    fill()
    kept = [[str(field) for field in read_marc(row.marc).fields] for row in Record.select().order_by(Record.id)]
    mrc, xml = tmp_path / "ra.mrc", tmp_path / "ra.xml"
    assert export_records("marc", mrc).written == 3
    assert export_records("marcxml", xml).written == 3
    with mrc.open("rb") as stream:
        assert [[str(field) for field in record.fields] for record in MARCReader(stream)] == kept
    assert [[str(field) for field in record.fields] for record in parse_xml_to_array(str(xml))] == kept


def test_chosen_records_come_in_the_chosen_order_and_deleted_ones_not_at_all(
    sqlite_database: str, tmp_path: Path
) -> None:
    ids = fill()
    service.delete_record(ids[1], SYSTEM)
    assert export_records("csv", tmp_path / "ra.csv", [ids[2], ids[1], ids[0]]).written == 2
    with (tmp_path / "ra.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["Nhan đề"] for row in rows] == ["Võ sĩ Bọ Ngựa", "Dế Mèn phiêu lưu ký"]
    assert rows[1]["Số ĐKCB"] == "STN.000001; STN.000002"


def test_a_title_never_becomes_a_formula(sqlite_database: str, tmp_path: Path) -> None:
    fill()
    export_records("xlsx", tmp_path / "ra.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "ra.xlsx").active
    assert sheet is not None
    column = COLUMNS.index("Nhan đề") + 1
    assert [(sheet.cell(row, column).value, sheet.cell(row, column).data_type) for row in (2, 3)] == [
        ("Dế Mèn phiêu lưu ký", "s"), ("=1+2", "s"),
    ]  # fmt: skip
    export_records("csv", tmp_path / "ra.csv")
    assert "'=1+2" in (tmp_path / "ra.csv").read_text("utf-8-sig")


def test_a_record_too_large_for_mrc_is_named_and_goes_out_as_xml(sqlite_database: str, tmp_path: Path) -> None:
    record = build_marc(clean_fields(RecordFields(title="Sách rất dài")))
    record.add_field(Field("505", Indicators(" ", " "), [Subfield("a", "ộ" * 9000)]))
    record_id = service.save_marc(record, SYSTEM)
    result = export_records("marc", tmp_path / "ra.mrc")
    assert result.written == 0
    assert "Sách rất dài" in result.problems[0] and "MARCXML" in result.problems[0]
    assert export_records("marcxml", tmp_path / "ra.xml").problems == []
    assert ("ộ" * 9000).encode() in record_marcxml(record_id)


def test_one_record_can_be_downloaded(sqlite_database: str) -> None:
    ids = fill()
    (record,) = MARCReader(record_mrc(ids[0]))
    assert record is not None and record["245"]["a"] == "Dế Mèn phiêu lưu ký"
