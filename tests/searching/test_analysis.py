"""Search terms, identifiers, raw typing, highlighting: pure functions."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.foundation.vietnamese import fold, nfc
from library.searching.analysis import identifier_key, isbn_key, parse_query, syllables, title_key
from library.searching.bitsets import numbers_in, set_of
from library.searching.highlight import highlight
from library.searching.speller import damerau_distance
from library.searching.telex import decode_typing

letters = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
phrases = st.text(alphabet=letters + letters.upper() + " -.,:123", max_size=40)


def exact(text: str) -> list[str]:
    return [syllable.exact for syllable in syllables(text)]


def test_one_key_for_each_way_of_writing() -> None:
    for one, other in [
        ("hòa bình", "hoà bình"), ("thủy", "thuỷ"), ("khỏe", "KHOẺ"), ("tùy", "tuỳ"), ("vật lý", "vật lí"),
        ("Mỹ thuật", "Mĩ thuật"), ("quý", "quí"), ("thế kỷ", "thế kỉ"), ("Tập 01", "tập I"), ("tập hai", "Tập 2"),
    ]:  # fmt: skip
        assert exact(one) == exact(other)
    for one, other in [("thúy", "thúi"), ("tay", "tai"), ("toán", "toàn"), ("duong", "đuong"), ("ma", "má")]:
        assert exact(one) != exact(other)
    assert title_key("Vitamin I") == "vitamin i"
    assert title_key("Hai đứa trẻ") == "hai dua tre"
    assert title_key("Toán6A") == "toan 6 a"


@settings(max_examples=60)
@given(phrases)
def test_terms_do_not_depend_on_normal_form_or_case(text: str) -> None:
    keys = exact(text)
    assert exact(unicodedata.normalize("NFD", text)) == keys
    if "i" not in fold(text):  # "tập I" is a number, and so is "TẬP i"
        assert exact(text.upper()) == keys
    assert all(syllable.folded.isascii() for syllable in syllables(text))


def test_isbn_with_a_wrong_check_digit_is_no_isbn_but_still_found_as_printed() -> None:
    assert isbn_key("0-306-40615-2") == isbn_key("978 0306406157") == isbn_key("ISBN: 978–0–306–40615–7")
    assert isbn_key("0-8044-2957-X") == "9780804429573"
    assert isbn_key("9786042000017") is None or isbn_key("9786042000018") is None
    wrong = "9780306406158"
    assert isbn_key(wrong) is None
    assert identifier_key(wrong) in parse_query("978-0-306-40615-8").identifiers


def test_identifiers_do_not_depend_on_case_and_punctuation() -> None:
    assert identifier_key("stn.00123") == identifier_key("STN 00123") == "STN00123"
    assert identifier_key("Đ-12") == "D12"
    assert parse_query("dế mèn").identifiers == ()


@pytest.mark.parametrize(
    ("telex", "vni", "meant"),
    [
        ("vieetj", "vie65t", "việt"), ("vieejt", "vie5t6", "việt"), ("dduwowngf", "d9u7o7ng2", "đường"),
        ("truwowngf", "truong72", "trường"), ("toans", "toa1n", "toán"), ("thuyr", "thu3y", "thủy"),
        ("xuaan", "xua6n", "xuân"), ("awn", "a8n", "ăn"), ("lyf", "ly2", "lỳ"),
    ],
)  # fmt: skip
def test_raw_typing_is_understood(telex: str, vni: str, meant: str) -> None:
    wanted = syllables(meant)[0]
    assert wanted in decode_typing(telex)
    if vni != "truong72":  # the horn on o alone is what this order of keys types
        assert wanted in decode_typing(vni)


def test_words_without_marks_are_not_raw_typing() -> None:
    assert decode_typing("hoa") == []
    assert decode_typing("toan") == []


def test_highlight_does_not_see_accents_or_normal_form() -> None:
    title = "Dế Mèn phiêu lưu ký"
    assert highlight(title, "de men") == [("Dế Mèn", True), (" phiêu lưu ký", False)]
    assert highlight(unicodedata.normalize("NFD", title), "KÍ") == [("Dế Mèn phiêu lưu ", False), ("ký", True)]
    assert highlight("<b>Toán</b> 6. Tập hai", "toan tập 2") == [
        ("<b>", False), ("Toán", True), ("</b> 6. ", False), ("Tập hai", True),
    ]  # fmt: skip
    assert highlight(title, "") == [(title, False)]
    assert highlight("", "x") == []


@settings(max_examples=60)
@given(st.text(max_size=60), st.text(max_size=20))
def test_highlight_loses_nothing(text: str, query: str) -> None:
    pieces = highlight(text, query)
    assert "".join(piece for piece, _ in pieces) == nfc(text)
    assert all(piece for piece, _ in pieces)


@settings(max_examples=60)
@given(st.sets(st.integers(0, 999)), st.integers(1000, 60_000))
def test_bitsets_keep_their_numbers(numbers: set[int], size: int) -> None:
    assert numbers_in(set_of(sorted(numbers), size)) == sorted(numbers)
    assert set_of(iter(numbers), size) == set_of(sorted(numbers), size)


def test_damerau_counts_a_swap_as_one() -> None:
    assert damerau_distance("toan", "taon", 2) == 1
    assert damerau_distance("toan", "toan", 2) == 0
    assert damerau_distance("truong", "trong", 2) == 1
    assert damerau_distance("a", "truong", 2) == 3
