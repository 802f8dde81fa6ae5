"""Lists of books as schools and shops write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog_imports import service
from catalog_imports.books_source import clean_title, expand_range, split_authors
from library.cataloguing.tables import Copy, Record, RecordFacet
from library.settings import Settings


def write(folder: Path, text: str, name: str = "sach.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_the_sample_list_comes_in(school: Settings, books_file: Path, catalogue) -> None:
    result = service.import_books(school, books_file)
    assert (result["created"], result["copies_created"], result["problems"]) == (5, 24, [])
    prince = Record.get(Record.title == "Hoàng Tử Bé")
    assert (prince.edition, prince.year, prince.publisher, prince.price) == ("Tái Bản 2022", 2022, "Kim Đồng", 45_000)
    kaleidoscope = Record.get(Record.title == "Kính vạn hoa")
    assert (kaleidoscope.part, kaleidoscope.price) == ("Tập 1", 80_000)
    assert Record.select().where(Record.title == "KHÔNG GIA ĐÌNH").exists()  # kept as typed
    maths = Record.get(Record.title == "Bài tập Toán 7")
    assert maths.authors == ["Cung Thế Anh", "Nguyễn Huy Đoan"]
    assert {row.value for row in RecordFacet.select().where(RecordFacet.record == maths.id)} == {"Toán", "7"}
    before = catalogue()
    assert service.import_books(school, books_file)["unchanged"] == 5
    assert catalogue() == before


def test_a_register_with_one_row_per_copy_is_one_title_with_many_copies(school: Settings, tmp_path: Path) -> None:
    rows = "\n".join(f"STK.{number:06d},Số đỏ,Vũ Trọng Phụng,STK" for number in (3, 4, 9))
    file = write(tmp_path, f"Số ĐKCB,Tên sách,Tác giả,Kho\n{rows}\nSTK.000004,Lão Hạc,Nam Cao,STK\n")
    result = service.import_books(school, file)
    assert (result["created"], result["duplicates"], result["copies_created"]) == (2, 2, 3)
    assert [(p["row"], p["code"]) for p in result["problems"]] == [(5, "accession_in_file_twice")]
    assert {copy.accession_number for copy in Copy.select()} == {"STK.000003", "STK.000004", "STK.000009"}
    file = write(tmp_path, "Tên sách,Số lượng,Kho\nTắt đèn,1,STK\n", "moi.csv")
    service.import_books(school, file)
    assert Copy.select().order_by(Copy.id.desc()).get().accession_number == "STK.000010"  # after the highest


def test_a_corrected_list_updates_and_undo_brings_the_old_one_back(school: Settings, tmp_path: Path) -> None:
    service.import_books(school, write(tmp_path, "Tên sách,Tác giả,Giá bìa\nSố đỏ,Vũ Trọng Phụng,40000\n"))
    result = service.import_books(
        school, write(tmp_path, "Tên sách,Tác giả,Giá bìa\nSố đỏ,Vũ Trọng Phụng,52000\n", "hai.csv")
    )
    assert result["updated"] == 1
    assert Record.get().price == 52_000
    service.undo_import(school, result["batch"])
    assert Record.get().price == 40_000


def test_the_columns_can_be_named_in_a_file(sqlite_school: Settings, tmp_path: Path) -> None:
    file = write(tmp_path, "Mã;Sách gì;Ai viết;Bao nhiêu\n1;Lão Hạc;Nam Cao;2\n")
    mapping = write(tmp_path, 'title = "Sách gì"\nauthors = "Ai viết"\ncopies = "Bao nhiêu"\n', "cot.toml")
    result = service.import_books(sqlite_school, file, mapping=mapping)
    assert (result["created"], result["copies_created"]) == (1, 2)
    assert Record.get().authors == ["Nam Cao"]


@pytest.mark.parametrize(
    ("heading", "kho", "size"), [("Kho", "STN", ""), ("KHO", "STN", ""), ("Khổ", "STK", "STN"), ("Kho sách", "STN", "")]
)
def test_the_column_kho_is_not_taken_for_the_size(
    sqlite_school: Settings, tmp_path: Path, heading: str, kho: str, size: str
) -> None:
    service.import_books(sqlite_school, write(tmp_path, f"Tên sách,Số lượng,{heading}\nSố đỏ,2,STN\n"))
    assert {copy.collection.code for copy in Copy.select()} == {kho}
    assert Record.get().size == size


def test_odd_numbers_are_named_with_their_row(sqlite_school: Settings, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "Tên sách,Số lượng,Giá bìa,Số ĐKCB,ISBN\n"
        "Một,nhiều,rẻ,,\nHai,99999,1000,,\nBa,1,,9.78604E+12,9786042000018\n,1,,,\n",
    )
    result = service.import_books(sqlite_school, file)
    assert (result["created"], result["rejected"]) == (3, 0)
    assert [(p["row"], p["code"]) for p in result["problems"]] == [
        (2, "cell_number_bad"), (2, "cell_number_bad"), (3, "copies_too_many"), (4, "isbn_bad"), (4, "cell_code_lost"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "title", "part", "edition", "notes"),
    [
        ("Nhà Giả Kim (Tái Bản 2020)", "Nhà Giả Kim", "", "Tái Bản 2020", []),
        (
            "Sáu Người Đi Khắp Thế Gian (Tập 2) ( Tái Bản 2019 )",
            "Sáu Người Đi Khắp Thế Gian",
            "Tập 2",
            "Tái Bản 2019",
            [],
        ),
        ("Cũng Đừng Là Cừu -Tặng kèm bookmark 2 mặt", "Cũng Đừng Là Cừu", "", "", ["Tặng kèm bookmark 2 mặt"]),
        ("GIẬN (TBL22)", "GIẬN (TBL22)", "", "", []),
        ("(Tái bản)", "(Tái bản)", "", "", []),
        ("Totto - Chan Bên Cửa Sổ", "Totto - Chan Bên Cửa Sổ", "", "", []),
    ],
)
def test_notes_in_titles(typed: str, title: str, part: str, edition: str, notes: list[str]) -> None:
    assert clean_title(typed) == (title, part, edition, notes)


def test_several_authors_in_one_cell() -> None:
    assert split_authors("Nguyễn Văn A, Trần B; Lê C và Phạm D") == ("Nguyễn Văn A", "Trần B", "Lê C", "Phạm D")
    assert split_authors("Phụng, Vũ Trọng") == ("Phụng, Vũ Trọng",)
    assert split_authors("Dịch giả Bùi Thị Quỳnh Chi") == ("Bùi Thị Quỳnh Chi",)
    assert split_authors("Hà Huy Khoái (ch.b.) - Nguyễn Huy Đoan") == ("Hà Huy Khoái", "Nguyễn Huy Đoan")
    assert split_authors("Nhiều Tác Giả") == ()


def test_ranges_of_numbers() -> None:
    assert expand_range("STK.000005-STK.000007") == ["STK.000005", "STK.000006", "STK.000007"]
    assert expand_range("00005 - 00006") == ["00005", "00006"]
    assert expand_range("SGK-00001") == ["SGK-00001"]
    assert expand_range("SNV 125") == ["SNV 125"]
