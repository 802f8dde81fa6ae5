"""Dates, numbers and pages of lists, as Vietnamese schools write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from library.web import charts, i18n
from library.web.pagination import Pagination, paginate, read_page_number


def test_dates_and_times() -> None:
    day = date(2026, 12, 7)
    assert i18n.format_date(day) == "07/12/2026"
    assert i18n.format_weekday(day) == "thứ Hai, 07/12"
    assert i18n.format_weekday(date(2026, 12, 6)) == "Chủ nhật, 06/12"
    assert i18n.format_long_date(day) == "thứ Hai, ngày 07 tháng 12 năm 2026"
    assert i18n.as_sentence(i18n.format_weekday(day)) == "Thứ Hai, 07/12"
    assert i18n.format_date(None) == ""


def test_no_page_makes_the_rest_of_a_sentence_small() -> None:
    """Jinja's `capitalize` turns "thứ Hai" into "Thứ hai" and a name's capitals away: `sentence` leaves them."""
    repository = Path(__file__).resolve().parents[2]
    templates = [*repository.glob("*/templates/**/*.html"), *repository.glob("*/*/templates/**/*.html")]
    assert len(templates) > 50
    strays = [path.name for path in templates if ".venv" not in path.parts and "|capitalize" in path.read_text("utf-8")]
    assert strays == []


def test_instants_are_shown_in_vietnamese_time() -> None:
    late = datetime(2026, 12, 6, 18, 41, tzinfo=UTC)
    assert i18n.format_time(late) == "01:41"
    assert i18n.format_date(late) == "07/12/2026"
    assert i18n.format_instant(late) == "01:41 07/12/2026"


def test_near_days_have_names() -> None:
    today = date(2026, 12, 6)
    assert i18n.format_day_near(today, today) == "hôm nay"
    assert i18n.format_day_near(date(2026, 12, 7), today) == "ngày mai"
    assert i18n.format_day_near(date(2026, 12, 9), today) == "thứ Tư, 09/12"
    assert i18n.format_day_near(date(2027, 1, 5), today) == "05/01/2027"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (i18n.format_number(1234.5), "1.234,5"),
        (i18n.format_number(1234567), "1.234.567"),
        (i18n.format_number(-3), "-3"),
        (i18n.format_money(25000), "25.000 đ"),
        (i18n.format_money(None), ""),
        (i18n.format_percent(0.425, 1), "42,5 %"),
        (i18n.format_school_year("2026-2027"), "2026–2027"),
    ],
)
def test_figures(shown: str, expected: str) -> None:
    assert shown == expected


def test_vietnamese_needs_no_catalogue_and_an_unknown_language_changes_nothing(site: Flask) -> None:
    with site.test_request_context("/", headers={"Cookie": "kesach_language=xx"}):
        assert i18n.current_language() == "vi"
        assert i18n.gettext("Tìm") == "Tìm"


def test_an_installed_catalogue_translates_pages(
    site: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = Catalog(locale="en")
    catalogue.add("Trình đơn chính", "Main menu")
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "kesach.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    i18n.forget_catalogues()
    client = site.test_client()
    assert "Trình đơn chính" in client.get("/").text
    client.set_cookie("kesach_language", "en")
    page = client.get("/").text
    assert 'aria-label="Main menu"' in page and '<html lang="en"' in page
    i18n.forget_catalogues()


@settings(max_examples=60)
@given(st.integers(0, 5000), st.integers(1, 60), st.text(max_size=12))
def test_every_row_is_on_exactly_one_page(total: int, per_page: int, asked: str) -> None:
    page = paginate(total, per_page, {"page": asked})
    assert 1 <= page.number <= page.pages
    pages = [Pagination(number, per_page, total) for number in range(1, page.pages + 1)]
    rows = [row for shown in pages if total for row in range(shown.first_row, shown.last_row + 1)]
    assert rows == list(range(1, total + 1))


@settings(max_examples=60)
@given(st.integers(1, 400), st.integers(1, 400))
def test_page_numbers_offered_have_no_needless_gap(number: int, pages: int) -> None:
    shown = Pagination(min(number, pages), 1, pages).around()
    assert shown[0] == 1 and shown[-1] == pages and min(number, pages) in shown
    for place, entry in enumerate(shown):
        if entry is None:
            before, after = shown[place - 1], shown[place + 1]
            assert before is not None and after is not None and after - before > 2


def test_a_silly_page_number_is_page_one() -> None:
    for asked in ("0", "-2", "abc", "١", "9" * 30, ""):
        assert read_page_number({"page": asked}) == 1


def test_charts_carry_their_words_and_figures_escaped() -> None:
    picture = charts.bar_chart([("Lớp <6A>", 1234.0), ("6B", 0.0)], "Lượt mượn & lớp")
    assert "Lớp &lt;6A&gt;" in picture and "1.234" in picture and "Lượt mượn &amp; lớp" in picture
    assert "style=" not in picture
    line = charts.line_chart([(f"T{n}", float(n)) for n in range(9, 13)], "Theo tháng")
    assert line.count("<circle") == 4
    assert charts.line_chart([], "trống").startswith("<svg")


@settings(max_examples=60)
@given(st.floats(0, 1e9))
def test_the_axis_reaches_the_highest_value(value: float) -> None:
    top = charts.nice_ceiling(value)
    assert top >= value and (value <= 1 or top <= value * 2.5001)
