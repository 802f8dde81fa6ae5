"""Bad files: a clear Vietnamese sentence with the place, and the catalogue as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from catalog_imports import service
from catalog_imports.report import exit_code
from catalog_imports.tables import ImportBatch
from library.cataloguing.tables import Copy, Record
from library.contract.codes import word
from library.foundation.errors import InvalidInput
from library.settings import Settings, load_settings


def refused(call) -> str:
    """The sentence a person reads; nothing may have been written."""
    with pytest.raises(InvalidInput) as refusal:
        call()
    assert ImportBatch.select().count() == Record.select().count() == Copy.select().count() == 0
    sentence = word(refusal.value.code, refusal.value.params)
    assert sentence != word("internal") and "…" not in sentence
    return sentence


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("rong.mrc", b"", "trống"),
        ("trang.mrc", b"\r\n \x1a\x00", "trống"),
        ("giay.mrc", b"%PDF-1.7\n1 0 obj\x1d\x1e", "PDF"),
        ("anh.mrc", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "không phải tệp MARC"),
        ("chu.mrc", "Nhan đề;Tác giả\nDế Mèn;Tô Hoài\n".encode(), "không phải tệp MARC"),
        ("nen.mrc", b"\x1f\x8b\x08" + b"\x00" * 50, "nén"),
        ("bang.mrc", b"PK\x03\x04" + b"\x00" * 50, "bảng tính"),
        ("trang.xml", b"<html><body>404</body></html>", "không phải tệp MARC"),
        ("bom.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><collection><record/></collection>', "DTD"),
    ],
)
def test_what_is_no_marc_is_named(sqlite_school: Settings, tmp_path: Path, name: str, data: bytes, says: str) -> None:
    file = write(tmp_path, name, data)
    sentence = refused(lambda: service.import_marc(sqlite_school, file))
    assert says in sentence and name in sentence
    assert not sqlite_school.files_dir.exists() or not any(sqlite_school.files_dir.rglob("*.part"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(sqlite_school: Settings, tmp_path: Path) -> None:
    small = load_settings({"KESACH_DATA": str(sqlite_school.data_dir), "KESACH_MAX_IMPORT_MB": "1"})
    file = tmp_path / "lon.mrc"
    with file.open("wb") as stream:
        stream.truncate(2 * 1024 * 1024)
    assert "1 MB" in refused(lambda: service.import_marc(small, file))


def test_a_huge_file_without_any_record_is_given_up(sqlite_school: Settings, tmp_path: Path) -> None:
    file = write(tmp_path, "rac.mrc", b"00100nam  2200037   4500245\x1e" + b"x" * (17 << 20))
    assert "không phải tệp MARC" in refused(lambda: service.import_marc(sqlite_school, file))


def test_an_unknown_profile_is_refused(sqlite_school: Settings, marc_file: Path) -> None:
    assert "tcvn3" in refused(lambda: service.import_marc(sqlite_school, marc_file, profile="koi8"))


def test_a_truncated_file_brings_in_what_is_whole_and_says_where_it_ends(
    sqlite_school: Settings, marc_file: Path, tmp_path: Path
) -> None:
    file = write(tmp_path, "cut.mrc", marc_file.read_bytes()[:-100])
    result = service.import_marc(sqlite_school, file)
    assert (result["created"], result["rejected"], exit_code(result)) == (11, 1, 1)
    last = result["problems"][-1]
    assert (last["position"], last["code"], last["severity"]) == (12, "truncated", "error")
    kept = list((sqlite_school.files_dir / "imports").glob("*khong-nhan.mrc"))
    assert kept[0].read_bytes() == marc_file.read_bytes().split(b"\x1d")[11][:-99]


def test_wrong_leaders_are_repaired_or_refused_one_by_one(
    sqlite_school: Settings, marc_file: Path, tmp_path: Path
) -> None:
    good = [part + b"\x1d" for part in marc_file.read_bytes().split(b"\x1d")[:-1]]
    bad = [b"XXXXX" + good[0][5:], good[1][:12] + b"00000" + good[1][17:], b"\x00\xff" * 20 + b"\x1d", *good[3:]]
    result = service.import_marc(sqlite_school, write(tmp_path, "sai.mrc", b"".join(bad)))
    assert (result["read"], result["created"], result["rejected"]) == (12, 11, 1)
    repaired = [p["position"] for p in result["problems"] if p["code"] == "leader_repaired"]
    assert repaired == [1, 2]
    assert [p["position"] for p in result["problems"] if p["severity"] == "error"] == [3]


def book(rows: list[list[object]], path: Path, merge: str = "") -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    workbook.save(path)
    return path


def test_a_merged_title_row_is_stepped_over(sqlite_school: Settings, tmp_path: Path) -> None:
    file = book(
        [["DANH MỤC SÁCH THƯ VIỆN", None, None], [None], ["STT", "Tên sách", "Tác giả", "Số lượng"],
         [1, "Tắt đèn", "Ngô Tất Tố", 2]],
        tmp_path / "so.xlsx", merge="A1:D1",
    )  # fmt: skip
    result = service.import_books(sqlite_school, file)
    assert (result["created"], result["copies_created"], result["rejected"]) == (1, 2, 0)


def test_formulas_are_named_and_a_title_without_value_is_refused(sqlite_school: Settings, tmp_path: Path) -> None:
    file = book(
        [["Tên sách", "Tác giả", "Giá bìa"], ["Số đỏ", "Vũ Trọng Phụng", "=40000+12000"], ['=CONCATENATE("a","b")', "X", 1]],
        tmp_path / "cong-thuc.xlsx",
    )  # fmt: skip
    result = service.import_books(sqlite_school, file)
    assert (result["created"], result["rejected"]) == (1, 1)
    assert [(p["row"], p["code"], p["severity"]) for p in result["problems"]] == [
        (2, "cell_formula_empty", "warning"), (3, "cell_formula_empty", "error"),
    ]  # fmt: skip
    assert Record.get().price is None


def test_a_list_in_cp1258_with_semicolons(sqlite_school: Settings, tmp_path: Path) -> None:
    lines = ["T\xean sa\xecch;Ta\xecc gia\xd2;S\xf4\xec l\xfd\xf5\xf2ng", "S\xf4\xec \xf0o\xd2;Vu\xde Tro\xf2ng Phu\xf2ng;2",
             "La\xdeo Ha\xf2c;Nam Cao;1"]  # fmt: skip
    file = write(tmp_path, "cu.csv", "\r\n".join(lines).encode("latin-1"))
    result = service.import_books(sqlite_school, file)
    assert (result["created"], result["copies_created"]) == (2, 3)
    assert {row.title for row in Record.select()} == {"Số đỏ", "Lão Hạc"}
    assert any(p["code"] == "file_encoding" and "Windows-1258" in p["message"] for p in result["problems"])


def test_cells_in_old_fonts_are_converted_and_said(sqlite_school: Settings, tmp_path: Path) -> None:
    file = book([["Tên sách", "Tác giả"], ["DÕ MÌn phiªu l­u ký", "T« Hoµi"], ["Đất rừng phương Nam", "Đoàn Giỏi"]],
                tmp_path / "vntime.xlsx")  # fmt: skip
    result = service.import_books(sqlite_school, file)
    assert {row.title for row in Record.select()} == {"Dế Mèn phiêu lưu ký", "Đất rừng phương Nam"}
    assert [(p["row"], p["code"]) for p in result["problems"]] == [(2, "cell_encoding")]


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("rong.csv", b"", "trống"),
        ("giay.xlsx", b"%PDF-1.4 nothing", "PDF"),
        ("cu.xlsx", b"\xd0\xcf\x11\xe0" + b"\x00" * 600, ".xls"),
        ("hong.xlsx", b"PK\x03\x04 broken", "hỏng"),
        ("khac.csv", b"A,B\n1,2\n", "tiêu đề"),
        ("marc.csv", b"00100nam  2200037   4500245001000000\x1e10\x1faX\x1e\x1d", "MARC"),
    ],
)
def test_what_is_no_list_of_books_is_named(
    sqlite_school: Settings, tmp_path: Path, name: str, data: bytes, says: str
) -> None:
    file = write(tmp_path, name, data)
    assert says in refused(lambda: service.import_books(sqlite_school, file))


def test_a_zip_bomb_is_not_unpacked(sqlite_school: Settings, tmp_path: Path) -> None:
    file = tmp_path / "bom.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as stream:
            for _ in range(700):
                stream.write(b"\x00" * (1 << 20))
    assert "giải nén" in refused(lambda: service.import_books(sqlite_school, file))


def test_a_bad_mapping_file_is_refused(sqlite_school: Settings, books_file: Path, tmp_path: Path) -> None:
    for text, says in (("{", "ánh xạ"), ('{"khong_co": "Tên"}', "khong_co"), ("[1]", "ánh xạ")):
        mapping = write(tmp_path, "cot.json", text.encode())
        assert says in refused(lambda: service.import_books(sqlite_school, books_file, mapping=mapping))  # noqa: B023  called at once
