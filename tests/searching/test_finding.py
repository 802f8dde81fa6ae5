"""What readers type and what they must find, through the whole of search over a real catalogue."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.searching.model import Match, SearchRequest, Sort, Tier
from library.searching.service import SearchIndex

NamesFound = Callable[..., list[str]]


@pytest.mark.parametrize(
    "typed",
    [
        "dế mèn phiêu lưu ký",
        "de men phieu luu ky",
        unicodedata.normalize("NFD", "Dế Mèn"),
        "DẾ MÈN PHIÊU LƯU KÍ",
        "dế\u200b mèn",
        "tô hoài dế mèn",
        "978-604-2-12345-6",
        "9786042123456",
        "stn.00123",
        "STN00124",
        "stn 00123",
        "895.9223 T450H",
    ],
)
def test_the_cricket_is_found_first(names_found: NamesFound, typed: str) -> None:
    assert names_found(typed)[:1] == ["de_men"]


def test_without_accents_every_accent_is_found_and_the_plain_word_first(names_found: NamesFound) -> None:
    assert names_found("duong") == ["duong_plain", "duong", "duong_surname"] + names_found("duong")[3:]
    assert set(names_found("duong")) == {"duong_plain", "duong", "duong_surname", "tam_ly"}


def test_as_typed_comes_first(names_found: NamesFound) -> None:
    assert names_found("đường")[0] == "duong"
    assert names_found("dương")[0] == "duong_surname"
    assert names_found("hoa bình")[0] == "hoa_binh_flower"


def test_both_tone_places_and_both_spellings_of_i(names_found: NamesFound) -> None:
    assert names_found("hoà bình") == names_found("hòa bình")
    assert set(names_found("hoà bình")[:2]) == {"hoa_binh", "hoa_binh_province"}
    assert names_found("vật lý 10") == names_found("vật lí 10") == ["vat_li"]
    assert names_found("tâm lí") == ["tam_ly"]


@pytest.mark.parametrize("typed", ["toan 6 tap 2", "Toán 6 tập hai", "toán 6 tập II", "toán6 tập 02"])
def test_numbers_are_one_however_written(names_found: NamesFound, typed: str) -> None:
    assert names_found(typed) == ["toan6_2"]


def test_textbooks_come_before_what_is_about_them(names_found: NamesFound) -> None:
    assert set(names_found("toan 6")[:2]) == {"toan6_1", "toan6_2"}
    assert set(names_found("toán lớp 6")[:2]) == {"toan6_1", "toan6_2"}
    assert "toan10" not in names_found("toán 6")


def test_school_abbreviations(names_found: NamesFound) -> None:
    assert set(names_found("sgk toán 6")) == {"toan6_1", "toan6_2"}
    assert names_found("sgv toan 6") == ["toan6_teacher"]
    assert set(names_found("toán 6 kntt")) == {"toan6_1", "toan6_2", "toan6_teacher"}
    assert names_found("sbt toán 6") == ["toan6_exercises"]
    assert set(names_found("sgk")) == {"toan6_1", "toan6_2", "toan10", "vat_li"}
    assert names_found("sgk kính vạn hoa") == ["kinh_van_hoa"], "no textbook has it: the wish gives way"


def test_foreign_words_and_signs(names_found: NamesFound) -> None:
    assert names_found("socola") == names_found("sô cô la") == ["charlie"]
    assert names_found("c++") == ["cpp"]


def test_call_number_finds_by_its_beginning(names_found: NamesFound) -> None:
    assert names_found("895.92") == ["de_men"]
    assert names_found("335.4346") == ["duong"]


def test_the_author_finds_all_books(names_found: NamesFound) -> None:
    assert set(names_found("nguyễn nhật ánh")) == {"mat_biec", "kinh_van_hoa"}


def test_tiers_say_why(index: SearchIndex) -> None:
    def tiers(query: str) -> set[Tier]:
        return set(index.search(SearchRequest(query)).tiers)

    assert tiers("stn.00123") == {Tier.IDENTIFIER}
    assert tiers("dế mèn") == {Tier.TITLE_EXACT_PHRASE}
    assert tiers("de men") == {Tier.TITLE_PHRASE}
    assert tiers("tô hoài") == {Tier.EXACT}
    assert tiers("895.92") == {Tier.CALL_NUMBER}


# --- nothing found, or nearly ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("phieeu luwu kys", "phiêu lưu ký"),
        ("phie6u lu7u ky1", "phiêu lưu ký"),
        ("kinh vạm hoa", "kính vạn hoa"),
        ("mat biecc", "mắt biếc"),
        ("mát biec toan", None),
        ("nguyen nhta anh", "nguyen nhat anh"),
    ],
)
def test_another_spelling_is_offered(index: SearchIndex, typed: str, meant: str | None) -> None:
    page = index.search(SearchRequest(typed))
    assert page.suggestion == meant
    assert meant is None or index.search(SearchRequest(meant)).total > 0


def test_one_word_too_many_still_shows_the_nearest(index: SearchIndex, shelf: dict[str, int]) -> None:
    page = index.search(SearchRequest("dế mèn phiêu lưu ký zzz"))
    assert page.match is Match.ALL_BUT_ONE
    assert page.record_ids == (shelf["de_men"],)


def test_nothing_is_said_to_be_nothing(index: SearchIndex) -> None:
    page = index.search(SearchRequest("qwrtp"))
    assert (page.total, page.record_ids, page.match) == (0, (), Match.NOTHING)
    assert index.search(SearchRequest("!!! ???")).total == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=1000))
def test_any_text_is_a_query(index: SearchIndex, text: str) -> None:
    page = index.search(SearchRequest(text))
    assert len(page.record_ids) == min(page.total, page.per_page)
    index.suggest(text)


def test_a_thousand_characters_of_garbage(index: SearchIndex) -> None:
    for garbage in ("NOT NOT a " * 100, "*" * 1000, "a" * 1000, "ế" * 5000, "1" * 6000, "dế " * 400, '"(' * 500):
        page = index.search(SearchRequest(garbage))
        assert page.total >= 0
    assert index.search(SearchRequest("dế " * 300)).total == 1


# --- facets, filters, sorting -------------------------------------------------------------------------


def facet(index: SearchIndex, request: SearchRequest, name: str) -> dict[str, int]:
    return {item.value: item.count for item in index.search(request).facets[name]}


def test_empty_query_is_everything_newest_first(index: SearchIndex, shelf: dict[str, int]) -> None:
    page = index.search(SearchRequest("", per_page=5))
    assert page.total == len(shelf) and page.match is Match.EVERYTHING
    assert list(page.record_ids) == sorted(shelf.values(), reverse=True)[:5]


def test_facets_count_the_hits(index: SearchIndex) -> None:
    request = SearchRequest("toán")
    assert facet(index, request, "grade") == {"6": 4, "10": 1}
    assert facet(index, request, "material") == {"textbook": 3, "teacher": 1, "reference": 1}
    assert facet(index, SearchRequest(""), "collection") == {"STN": 1, "SGK": 1}
    assert facet(index, SearchRequest(""), "shelf") == {"Tuổi mới lớn": 1}
    assert facet(index, SearchRequest("duong"), "language") == {"vie": 3, "eng": 1}


def test_filters_narrow_and_leave_the_alternatives_visible(index: SearchIndex, names_found: NamesFound) -> None:
    chosen = {"grade": ("10",)}
    assert names_found("toán", filters=chosen) == ["toan10"]
    assert set(names_found("toán", filters={"grade": ("10", "6")})) == set(names_found("toán"))
    assert facet(index, SearchRequest("toán", filters=chosen), "grade") == {"6": 4, "10": 1}
    assert facet(index, SearchRequest("toán", filters=chosen), "material") == {"textbook": 1}
    assert names_found("toán", filters={"grade": ("10",), "material": ("teacher",)}) == []
    assert len(names_found("toán", filters={"nonsense": ("x",)})) == 5


def test_sorting(names_found: NamesFound) -> None:
    titles = names_found("", sort=Sort.TITLE)
    assert titles[:3] == ["toan6_exercises", "charlie", "de_men"]
    assert titles.index("duong_plain") < titles.index("duong_surname") < titles.index("duong")
    assert titles.index("toan6_teacher") < titles.index("toan6_1") < titles.index("toan10")
    by_author = [name for name in names_found("", sort=Sort.AUTHOR) if name in ("de_men", "duong", "mat_biec")]
    assert by_author == ["duong", "mat_biec", "de_men"]
    assert names_found("toán", sort=Sort.YEAR)[0] in ("toan10", "toan6_exercises")
    assert names_found("toán", sort=Sort.NEWEST)[0] == "toan10"


def test_pages_partition_the_result(index: SearchIndex, shelf: dict[str, int]) -> None:
    for sort in Sort:
        seen: list[int] = []
        for page in range(1, 8):
            seen += index.search(SearchRequest("", page=page, per_page=4, sort=sort)).record_ids
        assert sorted(seen) == sorted(shelf.values())


# --- typeahead --------------------------------------------------------------------------------------


def test_typeahead(index: SearchIndex, shelf: dict[str, int]) -> None:
    first = index.suggest("dế m")[0]
    assert (first.text, first.kind, first.record_id) == ("Dế Mèn phiêu lưu ký", "title", shelf["de_men"])
    assert index.suggest("duo")[0].kind == "title"
    assert index.suggest("đươ")[0].text == "Đường Kách mệnh"
    assert ("Nguyễn Nhật Ánh", "author") in [(s.text, s.kind) for s in index.suggest("nhat a")]
    assert ("Vật lí", "subject") in [(s.text, s.kind) for s in index.suggest("vật lý")]
    assert index.suggest("phiêu lư")[0].record_id == shelf["de_men"]
    assert [(s.text, s.kind) for s in index.suggest("mat biecc")] == [("mắt biếc", "query")]
    assert index.suggest("") == [] == index.suggest("!!!")
