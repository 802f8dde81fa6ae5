"""Files nobody here wrote (beside the checkout): every record accounted for, nothing crashes, nothing twice.

The numbers of terminators and of <record> elements are those of the data folder's README.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from pymarc import MARCReader

from catalog_imports import service
from catalog_imports.detect import detect_marc
from catalog_imports.marc_source import read_iso2709
from catalog_imports.marcxml_source import read_marcxml
from catalog_imports.model import SourceItem
from library.cataloguing.exports import export_records
from library.cataloguing.marc import read_marc
from library.cataloguing.marc_fields import extract_fields
from library.cataloguing.tables import Record
from library.foundation.errors import InvalidInput
from library.settings import Settings

TERMINATORS = {"evergreen": 2917, "marc4j": 931, "openlibrary": 69, "perl-MARC-Record": 39, "pymarc": 70,
               "ruby-marc": 25, "yaz": 111}  # fmt: skip
XML_RECORDS = {"evergreen": 28, "marc4j": 29, "openlibrary": 22, "pymarc": 4, "ruby-marc": 9, "yaz": 26}
JUNK = b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe"


def marc_files(shared_data: Path) -> list[Path]:
    return sorted(path for path in (shared_data / "marc").glob("*/*") if path.is_file())


def read(path: Path) -> list[SourceItem] | None:
    """All records, None when the file is no MARC."""
    try:
        if detect_marc(path, path.name) == "marcxml":
            return list(read_marcxml(path.read_bytes(), path.name))
        with path.open("rb") as stream:
            return list(read_iso2709(stream, name=path.name))
    except InvalidInput:
        return None


def test_every_terminator_and_every_xml_record_is_accounted_for(shared_data: Path) -> None:
    binary: Counter[str] = Counter()
    xml: Counter[str] = Counter()
    for path in marc_files(shared_data):
        items = read(path)
        if items is None:
            continue
        data = path.read_bytes()
        if detect_marc(path, path.name) == "marcxml":
            xml[path.parent.name] += len(items)
        else:
            rest = data.rpartition(b"\x1d")[2].strip(JUNK)
            assert len(items) == data.count(b"\x1d") + bool(rest), path.name
            binary[path.parent.name] += data.count(b"\x1d")
        for item in items:
            errors = [problem for problem in item.problems if problem.severity == "error"]
            assert (item.record is None) == bool(errors), (path.name, item.position)
            if item.record is not None:
                assert extract_fields(item.record).title
            assert all(problem.message for problem in item.problems)
    assert dict(binary) == TERMINATORS
    assert dict(xml) == XML_RECORDS


def test_no_record_that_pymarc_can_read_is_lost_or_changed(shared_data: Path) -> None:
    """Where pymarc reads a UTF-8 file through, we read the same fields, but for NFC."""
    compared = 0
    for path in marc_files(shared_data):
        items = read(path)
        if items is None or detect_marc(path, path.name) == "marcxml":
            continue
        with path.open("rb") as stream:
            theirs = list(MARCReader(stream, force_utf8=True))
        if any(record is None for record in theirs) or len(theirs) != len(items):
            continue
        for record, item in zip(theirs, items, strict=True):
            if item.record is None or item.encoding != "utf-8" or item.problems:
                continue
            expected = [unicodedata.normalize("NFC", str(field)) for field in record.fields]
            assert [str(field) for field in item.record.fields] == expected, (path.name, item.position)
            compared += 1
    assert compared > 700


@pytest.mark.slow
def test_all_of_them_come_in_once_and_go_out_again(sqlite_school: Settings, shared_data: Path, tmp_path: Path) -> None:
    totals: Counter[str] = Counter()
    again: Counter[str] = Counter()
    files = [path for path in marc_files(shared_data) if path.suffix in (".mrc", ".marc", ".dat", ".usmarc", ".xml")]
    for sums in (totals, again):
        for path in files:
            try:
                result = service.import_marc(sqlite_school, path)
            except InvalidInput:
                continue  # TurboMARC, MODS, empty…: no MARC, nothing changed
            fates = ("created", "updated", "unchanged", "duplicates", "rejected")
            assert result["read"] == sum(result[name] for name in fates), path.name
            sums.update({name: result[name] for name in (*fates, "copies_created", "read")})
    assert totals["read"] == again["read"]
    assert totals["created"] > 2400
    assert {name: again[name] for name in ("created", "updated", "duplicates", "copies_created")} == {
        "created": 0, "updated": 0, "duplicates": 0, "copies_created": 0,
    }  # fmt: skip
    assert again["unchanged"] == totals["read"] - totals["rejected"]

    rows = list(Record.select(Record.id, Record.marc).order_by(Record.id))
    kept = [[str(field) for field in read_marc(row.marc).fields] for row in rows]
    assert export_records("marcxml", tmp_path / "tat-ca.xml").written == len(rows)
    out = [item.record for item in read_marcxml((tmp_path / "tat-ca.xml").read_bytes())]
    assert [[str(field) for field in record.fields] for record in out if record is not None] == kept
    result = export_records("marc", tmp_path / "tat-ca.mrc")
    assert result.written + len(result.problems) == len(rows)
    small = [fields for row, fields in zip(rows, kept, strict=True) if bytes(row.marc[:1]) != b"<"]
    with (tmp_path / "tat-ca.mrc").open("rb") as stream:
        assert [[str(field) for field in record.fields] for record in MARCReader(stream)] == small


def test_the_shops_list_comes_in(sqlite_school: Settings, shared_data: Path) -> None:
    result = service.import_books(sqlite_school, shared_data / "books-vi-shop.csv")
    assert (result["read"], result["rejected"]) == (846, 0)
    assert result["created"] >= 840
    assert service.import_books(sqlite_school, shared_data / "books-vi-shop.csv")["unchanged"] == 846
    assert not Record.select().where(Record.title.contains("Tái Bản 20")).exists()
