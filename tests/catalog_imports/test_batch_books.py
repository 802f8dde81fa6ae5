"""After an import: which titles it brought, and which số ĐKCB to write on their spines."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from catalog_imports import service
from catalog_imports.batch_books import count_books, list_books, list_ranges
from catalog_imports.tables import ImportBatch
from library.settings import Settings


def bring_in(school: Settings, folder: Path, text: str, name: str = "sach.csv") -> ImportBatch:
    file = folder / name
    file.write_text(text, "utf-8")
    return ImportBatch.get(ImportBatch.number == service.import_books(school, file)["batch"])


def test_titles_and_numbers_of_one_batch_and_no_other(school: Settings, tmp_path: Path) -> None:
    first = bring_in(school, tmp_path, "Tên sách,Số lượng,Kho\nSố đỏ,3,STK\nDế Mèn phiêu lưu ký,2,STN\n")
    second = bring_in(school, tmp_path, "Tên sách,Số lượng,Kho\nTắt đèn,1,STK\nLão Hạc,2,STK\n", "hai.csv")
    assert [(book.card.title, book.copies, book.numbers, book.is_new) for book in list_books(second, 0, 50)] == [
        ("Tắt đèn", 1, "STK.000004", True), ("Lão Hạc", 2, "STK.000005–000006", True),
    ]  # fmt: skip
    assert [(one.collection, one.copies, one.numbers) for one in list_ranges(first)] == [
        ("STK", 3, "STK.000001–000003"), ("STN", 2, "STN.000001–000002"),
    ]  # fmt: skip
    assert [book.card.title for book in list_books(second, 1, 1)] == ["Lão Hạc"]
    service.undo_import(school, second.number)
    assert list_books(second, 0, 50) == [] and list_ranges(second) == []


def test_a_register_with_a_row_a_copy_shows_each_title_once(school: Settings, tmp_path: Path) -> None:
    rows = "".join(f"STK.{number:06d},Số đỏ,Vũ Trọng Phụng,STK\n" for number in (3, 4, 9))
    batch = bring_in(school, tmp_path, f"Số ĐKCB,Tên sách,Tác giả,Kho\n{rows}")
    (book,) = list_books(batch, 0, 50)
    assert count_books(batch) == 1
    assert (book.copies, book.numbers) == (3, "STK.000003–000004, STK.000009")
    more = bring_in(school, tmp_path, "Số ĐKCB,Tên sách,Tác giả,Kho\nSTK.000010,Số đỏ,Vũ Trọng Phụng,STK\n", "them.csv")
    (again,) = list_books(more, 0, 50)
    assert (again.numbers, again.is_new) == ("STK.000010", False)


def test_numbers_that_leap_about_are_told_by_first_and_last(sqlite_school: Settings, tmp_path: Path) -> None:
    rows = "".join(f"STK.{number:06d},Sách {number},STK\n" for number in range(1, 30, 2))
    batch = bring_in(sqlite_school, tmp_path, f"Số ĐKCB,Tên sách,Kho\n{rows}")
    (told,) = list_ranges(batch)
    assert told.numbers == "từ STK.000001 đến STK.000029, có số cách quãng" and told.copies == 15


def test_the_result_page_leads_to_the_books_of_the_batch(
    app: Flask, client, login_as, settings: Settings, tmp_path: Path
) -> None:
    login_as(client, "librarian")
    bring_in(settings, tmp_path, "Tên sách,Số lượng,Kho\nSố đỏ,3,STK\n")
    batch = bring_in(settings, tmp_path, "Tên sách,Số lượng,Kho\nTắt đèn,2,STK\n", "hai.csv")
    result = client.get(f"/staff/imports/{batch.number}").text
    assert "STK.000004–000005" in result and f"/staff/imports/{batch.number}/books" in result
    books = client.get(f"/staff/imports/{batch.number}/books").text
    assert "Tắt đèn" in books and "Số đỏ" not in books


def test_the_preview_shows_the_copies_that_will_be_made(sqlite_school: Settings, tmp_path: Path) -> None:
    from catalog_imports.model import ImportOptions
    from library.foundation.audit import SYSTEM

    file = tmp_path / "sach.csv"
    file.write_text("Tên sách,Số lượng\nSố đỏ,\nTắt đèn,4\n", "utf-8")
    plan = service.plan_import(sqlite_school, "books", file, ImportOptions(copies_each=3), actor=SYSTEM)
    assert [sample["copies"] for sample in plan["samples"]] == [3, 4]
    assert plan["copies_created"] == 7
