"""ISBN, prices, names, school words: pure rules of cataloguing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.cataloguing.accession import serial_in
from library.cataloguing.model import Material
from library.cataloguing.rules import (
    barcode_of,
    check_pattern,
    make_author_mark,
    match_key,
    parse_isbns,
    parse_price,
    person_match_form,
    to_isbn13,
)
from library.cataloguing.schoolwords import detect_book_set, detect_grades, detect_material, detect_subjects
from library.contract.scans import is_isbn13
from library.foundation.errors import InvalidInput


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"[0-9]{9}", fullmatch=True))
def test_ten_digit_isbns_become_thirteen_and_one_wrong_digit_is_seen(body: str) -> None:
    total = sum((10 - place) * int(digit) for place, digit in enumerate(body))
    check = -total % 11
    isbn10 = body + ("X" if check == 10 else str(check))
    found = to_isbn13(isbn10)
    assert found is not None and is_isbn13(found)
    wrong = str((int(isbn10[0]) + 1) % 10) + isbn10[1:]
    assert to_isbn13(wrong) is None


def test_isbns_are_found_in_any_dress() -> None:
    text = "978-604-2-00001-7 (bìa mềm) ; 9786042000024"
    assert parse_isbns(text) == ("9786042000017", "9786042000024")
    assert parse_isbns("893523481493") == ()


@pytest.mark.parametrize(
    ("text", "price"),
    [("45000đ", 45_000), ("45.000 đ", 45_000), ("120,000", 120_000), ("Giá: 25.000đ/bộ", 25_000), ("$12.95", None),
     ("12.95 USD", None), ("", None), ("500", None), ("500đ", 500), ("9786042000017đ", None)],
)  # fmt: skip
def test_prices_are_whole_dong_or_nothing(text: str, price: int | None) -> None:
    assert parse_price(text) == price


def test_one_person_in_three_shapes_is_one_person() -> None:
    shapes = {person_match_form(name) for name in ("Vũ Trọng Phụng", "Phụng, Vũ Trọng", "Vũ, Trọng Phụng, 1912-1939")}
    assert shapes == {"vũ trọng phụng"}
    assert person_match_form("Andersen, H. C.") == "andersen h c"


def test_match_keys_ignore_spelling_but_not_accents_or_parts() -> None:
    one = match_key("Vật lý: vui", "", "", ["Tô Hoài"], 2015)
    assert match_key("Vật lí – Vui", "", "", ["tô hoài"], 2015) == one
    assert match_key("Vật lí vui", "", "Tập 2", ["Tô Hoài"], 2015) != one
    assert match_key("Hoa", "", "", [], None) != match_key("Hoá", "", "", [], None)


def test_author_marks_are_made_of_the_heading_as_it_stands() -> None:
    assert make_author_mark(["Tô Hoài"], "Dế Mèn") == "TOH"
    assert make_author_mark([], "Đất rừng phương Nam") == "DAT"


def test_barcodes_are_what_a_scanner_reads() -> None:
    assert barcode_of("SNV 125") == "SNV125"
    assert barcode_of("đc.00012") == "DC.00012"
    for bad in ("TV00004236"[:2] + "00000017", "9786042000017", "số?!", ""):
        if bad.startswith("TV"):
            continue
        with pytest.raises(InvalidInput):
            barcode_of(bad)


def test_number_patterns_need_one_place_for_the_number() -> None:
    assert check_pattern("STK.{:06d}") == "STK.{:06d}"
    for bad in ("STK", "STK.{:06d", "ĐV.{:06d}", "{0.__class__}", "{}{}", "{name}"):
        with pytest.raises(InvalidInput):
            check_pattern(bad)
    assert serial_in("STK.{:06d}", "stk.000045") == 45
    assert serial_in("STK.{:06d}", "SNV.000045") is None


@pytest.mark.parametrize(
    ("title", "grades", "subjects", "material"),
    [
        ("Toán 6 tập 1", (6,), ("Toán",), Material.TEXTBOOK),
        ("Vật lý 10", (10,), ("Vật lí",), Material.TEXTBOOK),
        ("Bài tập Hoá học 11", (11,), ("Hoá học",), Material.REFERENCE),
        ("Sách giáo viên Ngữ văn 9", (9,), ("Ngữ văn",), Material.TEACHER),
        ("Từ điển Anh - Việt", (), (), Material.TOOL),
        ("Tập bản đồ Địa lí lớp 8", (8,), ("Địa lí",), Material.MAP_PICTURE),
        ("Lịch sử và Địa lí 4", (4,), ("Lịch sử và Địa lí",), Material.TEXTBOOK),
        ("Bồi dưỡng học sinh giỏi Toán lớp 4 - 5", (4, 5), ("Toán",), Material.REFERENCE),
        ("Hoá thân", (), (), Material.REFERENCE),
        ("Truyện cổ tích Việt Nam", (), (), Material.CHILDREN),
        ("Tiếng Việt lớp Ba", (3,), ("Tiếng Việt",), Material.TEXTBOOK),
        ("Tạp chí Giáo dục", (), (), Material.PERIODICAL),
        ("20 tuổi trở thành người biết nói", (), (), Material.REFERENCE),
    ],
)
def test_school_words_in_titles(
    title: str, grades: tuple[int, ...], subjects: tuple[str, ...], material: Material
) -> None:
    assert detect_grades(title) == grades
    assert detect_subjects(title, bool(grades)) == subjects
    assert detect_material(title, grades=grades, subjects=subjects) is material


def test_textbook_series_are_known_by_their_words() -> None:
    assert detect_book_set("Toán 6 (Bộ sách Kết nối tri thức với cuộc sống)") == "Kết nối tri thức với cuộc sống"
    assert detect_book_set("Ngữ văn 7 - Cánh Diều") == "Cánh Diều"
    assert detect_book_set("Cánh diều no gió") == ""
