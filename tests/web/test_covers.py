"""Generated covers: the same book looks the same, words stay inside and can be read, any text is safe."""

from __future__ import annotations

import re
import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcag import contrast

from library.web.cover_patterns import mix
from library.web.cover_text import fit, text_width
from library.web.covers import CLOTHS, CREAM, INK, CoverFacts, cloth_group, draw_cover, letters_on


def test_the_same_book_always_looks_the_same() -> None:
    facts = CoverFacts(42, "Dế Mèn phiêu lưu ký", "Tô Hoài", material="children", class_number="895.92233")
    assert draw_cover(facts) == draw_cover(facts)
    decomposed = CoverFacts(
        42, unicodedata.normalize("NFD", facts.title), facts.author, material="children", class_number="895.92233"
    )
    assert draw_cover(decomposed) == draw_cover(facts)


def test_sixty_neighbours_differ() -> None:
    covers = [draw_cover(CoverFacts(number, "Toán 6", subjects=("Toán",), grades=(6,))) for number in range(60)]
    assert len(set(covers)) >= 30
    assert sum(one == other for one, other in zip(covers, covers[1:], strict=False)) <= 4


@pytest.mark.parametrize("group", CLOTHS)
def test_letters_can_be_read_on_every_cloth(group: str) -> None:
    for cloth in CLOTHS[group]:
        letters = letters_on(cloth)
        assert contrast(letters, cloth) >= 4.5, (group, cloth)
        band = mix(cloth, "#000000", 0.24) if letters == CREAM else mix(cloth, "#FFFFFF", 0.4)
        assert contrast(letters, band) >= 4.5
    assert contrast(INK, "#FBF4E4") >= 4.5


@pytest.mark.parametrize(
    ("facts", "group"),
    [
        (CoverFacts(1, "Toán 6", subjects=("Toán",), class_number="V21"), "mathematics"),
        (CoverFacts(1, "Truyện Kiều", class_number="895.9221"), "literature"),
        (CoverFacts(1, "Tiếng chim hót trong bụi mận gai", class_number="823"), "world_literature"),
        (CoverFacts(1, "Dế Mèn", class_number="ĐV13"), "children"),
        (CoverFacts(1, "Tấm Cám", class_number="398.209597"), "folklore"),
        (CoverFacts(1, "Thể dục", class_number="7A"), "sport"),
        (CoverFacts(1, "Toán tuổi thơ", material="periodical", class_number="510"), "periodical"),
        (CoverFacts(1, "Không rõ", class_number="???"), "general"),
    ],
)
def test_the_colour_follows_what_the_book_is_about(facts: CoverFacts, group: str) -> None:
    assert cloth_group(facts) == group


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 10**7), st.text(max_size=300), st.text(max_size=80), st.text(max_size=30))
def test_any_text_gives_a_well_formed_picture(record_id: int, title: str, author: str, part: str) -> None:
    picture = draw_cover(CoverFacts(record_id, title, author, part))
    root = ElementTree.fromstring(picture.encode())
    assert root.attrib["viewBox"] == "0 0 240 360"
    assert "<script" not in picture and not re.search(r"\son\w+=", picture)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyẵộữẤ ĐƯỜNG-,.", min_size=1, max_size=200))
def test_lines_stay_inside_their_box_and_lose_no_word_that_fits(text: str) -> None:
    block = fit(text, "title", 184, 172, (36, 32, 28, 25, 22, 19, 17, 15), 7)
    assert block.height <= 172 and len(block.lines) <= 7
    for line in block.lines:
        assert text_width(line, "title", block.size) <= 184.01
    words = text.split()
    if not any(line.endswith("…") for line in block.lines):
        assert " ".join(block.lines).split() == words


def test_every_vietnamese_letter_is_drawn_not_borrowed() -> None:
    letters = "ĐđƠơƯưĂăÂâÊêÔô" + "".join(
        unicodedata.normalize("NFC", base + tone)
        for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
        for tone in ("\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    )
    for start in range(0, len(letters), 8):
        assert "<text" not in draw_cover(CoverFacts(3, letters[start : start + 8], letters[start : start + 8]))


def test_another_script_is_still_shown() -> None:
    assert "红楼梦" in draw_cover(CoverFacts(3, "红楼梦", "曹雪芹"))
