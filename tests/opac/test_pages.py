"""The pages a pupil sees: they find, they say where a book is, they never break."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest
from opac_school import STAFF, School

from library.cataloguing import service
from library.cataloguing.model import RecordFields


def page(school: School, path: str, status: int = 200) -> str:
    answer = school.client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return answer.text


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.append(values["id"] or "")
        for name in ("href", "src", "action"):
            if values.get(name) and tag != "form":
                self.addresses.add(values[name] or "")


def test_home_shows_shelves_with_covers(school_on_both: School) -> None:
    text = page(school_on_both, "/")
    assert "Mới về" in text and "Tủ sách Bác Hồ" in text and "Tủ sách Văn học" in text
    assert text.count('class="shelf-book"') >= 8
    assert "Trường THCS Thử" in text


def test_every_link_of_the_catalogue_works(school: School) -> None:
    """Walk from the home page to everything it leads to; staff pages are another room. Of searches, one of
    each kind: the same parameters with other values lead to the same page."""
    waiting, seen, kinds = ["/"], set(), set()
    while waiting:
        path = waiting.pop(0)
        kind = (urlsplit(path).path, tuple(sorted(set(parse_qs(urlsplit(path).query)))))
        if kind in kinds:
            continue
        kinds.add(kind)
        seen.add(path)
        answer = school.client.get(path)
        assert answer.status_code == 200, path
        if answer.mimetype != "text/html":
            continue
        links = _Links()
        links.feed(answer.text)
        assert len(links.ids) == len(set(links.ids)), f"{path}: an id twice"
        for address in links.addresses:
            parts = urlsplit(address)
            if not parts.netloc and parts.path and not parts.path.startswith("/staff"):
                waiting.append(address.partition("#")[0])
    assert any(path.startswith("/subjects/list") for path in seen)
    assert any(path.endswith(".mrc") for path in seen)


def test_results_say_where_books_are_in_the_fixed_words(school: School) -> None:
    text = page(school, "/search")
    for words in ("Còn trên kệ 1/2", "Đang mượn – hạn ", "Ở góc lớp 6A1", "Tra cứu tại thư viện", "Chưa có bản nào"):
        assert words in text, words


def test_results_mark_what_was_found_without_accents(school: School) -> None:
    assert "<mark>Dế Mèn</mark> phiêu lưu ký" in page(school, "/search?q=de+men")


def test_two_books_of_one_name_are_told_apart(school: School) -> None:
    text = page(school, "/search?q=toan+6")
    assert "Kết nối tri thức với cuộc sống" in text and "Chân trời sáng tạo" in text


def test_filters_can_be_set_and_taken_away(school: School) -> None:
    text = page(school, "/search?subject=To%C3%A1n&page=3")
    link = re.search(r'href="(/search\?[^"]*grade=6[^"]*)"', text)
    assert link and "page=" not in link.group(1)
    narrowed = page(school, link.group(1).replace("&amp;", "&"))
    assert "<strong>2</strong> nhan đề" in narrowed and "Bỏ hết" in narrowed
    assert 'href="/search?subject=To%C3%A1n"' in narrowed  # khối 6 taken away again


def test_nothing_found_says_what_to_do(school: School) -> None:
    assert "Chưa tìm thấy sách này" in page(school, "/search?q=qqqqzzzz")
    assert "Bỏ hết mục lọc" in page(school, "/search?q=toan&shelf=T%E1%BB%A7+s%C3%A1ch+B%C3%A1c+H%E1%BB%93")


def test_another_spelling_is_offered_as_a_link(school: School) -> None:
    text = page(school, "/search?q=nguyen+nhat+amh")
    assert "Có phải em tìm" in text or "những cuốn gần nhất" in text


def test_odd_addresses_are_forgiven(school: School) -> None:
    for query in ("page=abc", "page=-4", "sort=nonsense", "grade=%00", "subject=" + "x" * 3000, "q=" + "%F0%9F%98%80" * 200):
        page(school, f"/search?{query}")


def test_a_title_with_markup_is_shown_as_text(school: School) -> None:
    record_id = next(number for title, number in school.ids.items() if "script" in title)
    for path in ("/", "/search?q=chua+ve", f"/records/{record_id}"):
        text = page(school, path)
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


def test_a_record_page_has_its_facts_copies_and_marc(school: School) -> None:
    record_id = school.ids["Dế Mèn phiêu lưu ký"]
    text = page(school, f"/records/{record_id}")
    for words in ("Tô Hoài", "H. : Kim Đồng, 2021", "9786042088237", "Còn trên kệ 1/2", "Chú Dế Mèn đi khắp nơi"):
        assert words in text, words
    assert f"/api/v1/records/{record_id}.mrc" in text
    assert text.count("<h1") == 1


def test_the_record_page_leads_to_the_same_author(school: School) -> None:
    text = page(school, f"/records/{school.ids['Mắt biếc']}")
    assert "Cùng tác giả Nguyễn Nhật Ánh" in text
    assert f"/records/{school.ids['Cho tôi xin một vé đi tuổi thơ']}" in text


def test_an_unknown_record_is_a_kind_page(school: School) -> None:
    text = page(school, "/records/99999", 404)
    assert "Không tìm thấy biểu ghi số 99999" in text and "Về trang đầu" in text


def test_the_table_of_mon_and_khoi_counts_titles(school: School) -> None:
    text = page(school, "/subjects")
    row = text[text.index("Toán</th>") :]
    assert re.search(r"khối 6: </span>2</a>", row) and re.search(r"khối 7: </span>1</a>", row)


def test_the_list_of_a_mon_and_khoi_can_be_printed(school: School) -> None:
    text = page(school, "/subjects/list?subject=To%C3%A1n&grade=6")
    assert "Danh mục sách Toán, khối 6" in text and "2 nhan đề, 6 bản" in text and "23/11/2026" in text
    assert text.count("Tập một") == 2
    page(school, "/subjects/list", 404)
    assert "Chưa có sách cho mục này" in page(school, "/subjects/list?subject=Nh%E1%BA%A3y&grade=12")


def test_a_cover_is_a_picture_that_changes_with_the_title(school: School) -> None:
    record_id = school.ids["Mắt biếc"]
    first = school.client.get(f"/covers/{record_id}.svg")
    assert first.mimetype == "image/svg+xml" and first.data.startswith(b"<svg")
    assert "max-age" in first.headers["Cache-Control"]
    again = school.client.get(f"/covers/{record_id}.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    fields, version = service.get_fields(record_id)
    changed = RecordFields(title="Mắt biếc (tái bản)", authors=fields.authors, year=fields.year)
    service.update_record(record_id, changed, STAFF, version=version)
    assert school.client.get(f"/covers/{record_id}.svg").headers["ETag"] != first.headers["ETag"]
    assert school.client.get("/covers/99999.svg").status_code == 404


def test_an_uploaded_cover_is_served_and_a_lost_file_is_replaced(school: School) -> None:
    record_id = school.ids["Mắt biếc"]
    folder = school.app.config["KESACH_SETTINGS"].files_dir / "covers"
    folder.mkdir(parents=True)
    (folder / "7.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    service.set_cover(record_id, "7.png", STAFF)
    answer = school.client.get(f"/covers/{record_id}.svg")
    assert answer.mimetype == "image/png" and answer.data.startswith(b"\x89PNG")
    answer.close()
    service.set_cover(record_id, "gone.png", STAFF)
    assert school.client.get(f"/covers/{record_id}.svg").mimetype == "image/svg+xml"
    service.set_cover(record_id, "../kesach.db", STAFF)
    assert school.client.get(f"/covers/{record_id}.svg").mimetype == "image/svg+xml"


@pytest.mark.parametrize("theme", ["light", "dark", "purple", ""])
def test_the_chosen_theme_is_drawn_by_the_server(school: School, theme: str) -> None:
    school.client.set_cookie("kesach_theme", theme)
    text = page(school, "/")
    assert ('data-theme="' in text) == (theme in ("light", "dark"))
    holds = {"light": "not all", "dark": "screen"}.get(theme, "screen and (prefers-color-scheme: dark)")
    assert re.search(r'dark\.css[^"]*" media="([^"]*)"', text).group(1) == holds  # type: ignore[union-attr]  # it is there


def test_results_can_be_seen_as_covers(school: School) -> None:
    text = page(school, "/search?q=toan&view=covers")
    assert 'class="cover-grid"' in text and text.count("/covers/") == 3
    assert 'href="/search?q=toan"' in text  # back to the list
    assert "view=covers" in re.search(r'href="(/search\?[^"]*grade=7[^"]*)"', text).group(1)  # type: ignore[union-attr]  # it is there


def test_a_merged_title_leads_to_the_one_that_was_kept(school: School) -> None:
    kept, twin, third = (school.add(f"Chuyện con mèo dạy hải âu bay {number}", 0) for number in range(3))
    service.merge_records(twin, third, STAFF)
    service.merge_records(kept, twin, STAFF)
    for gone in (twin, third):
        answer = school.client.get(f"/records/{gone}")
        assert answer.status_code == 301 and answer.headers["Location"] == f"/records/{kept}"
