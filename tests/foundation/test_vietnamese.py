"""Vietnamese text: clean form, folded form, one spelling, and sort keys against a plain reference."""

from __future__ import annotations

import random
import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from library.foundation.vietnamese import (
    fold,
    given_name,
    initials,
    nfc,
    person_sort_key,
    title_sort_key,
    unify_spelling,
)

VIETNAMESE_LETTERS = (
    "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
)
words = st.one_of(st.text(alphabet=VIETNAMESE_LETTERS, min_size=1, max_size=6), st.integers(0, 2000).map(str))
phrases = st.lists(words, min_size=1, max_size=5).map(" ".join)
anything = st.text(max_size=40)


# --- nfc and fold -------------------------------------------------------------------------------


def test_nfc_composes_removes_the_invisible_and_collapses_space() -> None:
    decomposed = unicodedata.normalize("NFD", "Đường Kách mệnh")
    assert nfc(f"\ufeff  {decomposed}\u200b \t\n tập\u00a01\x00 ") == "Đường Kách mệnh tập 1"


def test_nfc_composes_over_a_removed_zero_width_character() -> None:
    assert nfc("e\u0302\u200d\u0301") == "ế"


def test_fold_knows_dong_and_its_lookalike() -> None:
    assert fold("Đường ĐỎ, Ðông") == "duong do, dong"


@settings(max_examples=60)
@given(anything)
def test_nfc_and_fold_are_stable_and_storable(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)
    assert fold(fold(text)) == fold(text)
    assert unify_spelling(unify_spelling(text)) == unify_spelling(text)
    nfc(text).encode("utf-8")
    assert not re.search(r"\s\s|^\s|\s$|[\x00-\x1f]", nfc(text))


@settings(max_examples=60)
@given(phrases)
def test_every_vietnamese_phrase_folds_to_plain_letters_in_either_normal_form(phrase: str) -> None:
    assert re.fullmatch(r"[a-z0-9 ]+", fold(phrase))
    assert fold(unicodedata.normalize("NFD", phrase.upper())) == fold(phrase)


# --- one spelling ---------------------------------------------------------------------------------


def test_both_tone_places_become_one() -> None:
    pairs = [
        ("hòa bình", "hoà bình"),
        ("KHỎE", "KHOẺ"),
        ("tùy bút", "tuỳ bút"),
        ("Thủy", "Thuỷ"),
        ("ủy ban", "uỷ ban"),
        ("lõa", "loã"),
    ]
    for old, new in pairs:
        assert unify_spelling(old) == unify_spelling(new) == new


def test_tone_on_the_u_of_qu_is_put_right() -> None:
    assert unify_spelling("qúa") == "quá"
    assert unify_spelling("qúy") == unify_spelling("quý") == unify_spelling("quí") == "quí"


def test_i_and_y_after_a_lone_consonant_become_one() -> None:
    for old, new in [
        ("Vật lý", "Vật lí"),
        ("Mỹ thuật", "Mĩ thuật"),
        ("KỸ NĂNG", "KĨ NĂNG"),
        ("thế kỷ", "thế kỉ"),
        ("bác sỹ", "bác sĩ"),
    ]:
        assert unify_spelling(old) == unify_spelling(new) == new


def test_words_that_differ_stay_different() -> None:
    for one, other in [("thúy", "thúi"), ("tay", "tai"), ("ý", "í"), ("mùa", "muà"), ("của", "cuả")]:
        assert unify_spelling(one) != unify_spelling(other)


# --- sorting --------------------------------------------------------------------------------------

_ORDER = {letter: rank for rank, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}


def reference_key(phrase: str) -> list[tuple[int, int, tuple[int, ...], int]]:
    """The rule of the domain reference as tuples: (is a word, value, letters, tone) for each syllable."""
    key = []
    for word in phrase.split():
        if word.isdecimal():
            key.append((0, int(word), (), 0))
            continue
        marks = unicodedata.normalize("NFD", word)
        tones = [_TONES[mark] for mark in marks if mark in _TONES]
        letters = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        key.append((1, 0, tuple(_ORDER[letter] for letter in letters), tones[-1] if tones else 0))
    return key


@settings(max_examples=60)
@given(st.lists(phrases, min_size=2, max_size=8))
def test_title_keys_sort_like_the_rule(titles: list[str]) -> None:
    for one in titles:
        for other in titles:
            by_rule = reference_key(one) < reference_key(other)
            assert (title_sort_key(one) < title_sort_key(other)) == by_rule


def test_a_shelf_in_catalogue_order() -> None:
    shelf = [
        "10 vạn câu hỏi vì sao",
        "An",
        "Ăn",
        "Ân",
        "Ba",
        "ba ba",
        "ba má",
        "Bà",
        "bà con",
        "Bả",
        "Bã",
        "Bá",
        "Bạ",
        "Ban",
        "Da",
        "Dế Mèn",
        "Đá",
        "Ê",
        "Ế",
        "on",
        "ông",
        "ơn",
        "Toán 6",
        "Toán 10",
        "Tập 2",
        "Tập 10",
        "zê",
    ]
    shuffled = shelf[:]
    random.Random(7).shuffle(shuffled)
    assert sorted(shuffled, key=title_sort_key) == sorted(shelf, key=reference_key_with_case)
    assert sorted(["Tập 10", "Tập 2", "Tập 02b"], key=title_sort_key) == ["Tập 2", "Tập 02b", "Tập 10"]


def reference_key_with_case(title: str) -> list[tuple[int, int, tuple[int, ...], int]]:
    return reference_key(title.lower())


@settings(max_examples=60)
@given(anything)
def test_keys_hold_only_digits_and_small_letters(text: str) -> None:
    assert re.fullmatch(r"[0-9a-z]*", title_sort_key(text))
    assert re.fullmatch(r"[0-9a-z]*", person_sort_key(text))
    assert title_sort_key(unicodedata.normalize("NFD", text)) == title_sort_key(
        unicodedata.normalize("NFC", text)
    )


def test_a_number_of_five_thousand_digits_has_a_key() -> None:
    assert title_sort_key("9" * 5000) > title_sort_key("8" * 900)


def test_people_sort_by_given_name_then_the_rest() -> None:
    people = [
        "Trần Văn Bình",
        "Nguyễn Thị Ánh",
        "Lê An",
        "Nguyễn An",
        "Lê Thị An",
        "Đỗ An",
        "Dương An",
        "Nguyễn Văn Ân",
    ]
    assert sorted(people, key=person_sort_key) == [
        "Dương An",
        "Đỗ An",
        "Lê An",
        "Lê Thị An",
        "Nguyễn An",
        "Nguyễn Thị Ánh",
        "Nguyễn Văn Ân",
        "Trần Văn Bình",
    ]


@settings(max_examples=60)
@given(st.lists(phrases, min_size=2, max_size=6))
def test_person_keys_sort_like_the_rule(names: list[str]) -> None:
    names = [f"{name} an" if name.replace(" ", "").isdecimal() else name for name in names]

    def by_rule(name: str) -> tuple[object, object]:
        split = name.split()
        last = max(index for index, word in enumerate(split) if not word.isdecimal())
        return reference_key(split[last]), reference_key(" ".join(split[:last] + split[last + 1 :]))

    for one in names:
        for other in names:
            assert (person_sort_key(one) < person_sort_key(other)) == (by_rule(one) < by_rule(other))


def test_given_name_and_initials() -> None:
    assert given_name(" Nguyễn  Thị Ánh ") == "Ánh"
    assert given_name("Trần An 2") == "An"
    assert given_name("") == ""
    assert initials("đặng Ánh Ơn") == "ĐAƠ"
    assert initials("") == ""
