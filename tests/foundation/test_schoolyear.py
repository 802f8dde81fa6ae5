"""School years, classes and open days, pure."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.foundation.calendar import public_holidays
from library.foundation.schoolyear import (
    Calendar,
    class_sort_key,
    default_year,
    expand_periods,
    grade_of,
    label_for,
    parse_label,
    year_after,
    year_before,
)


@pytest.mark.parametrize("text", ["2026-2027", "2026 – 2027", " 2026/2027 ", "2026—2027"])
def test_school_years_are_read_as_people_write_them(text: str) -> None:
    assert parse_label(text) == "2026-2027"


def test_the_years_beside_a_school_year() -> None:
    assert (year_before("2026-2027"), year_after("2026–2027")) == ("2025-2026", "2027-2028")


@pytest.mark.parametrize("text", ["2026", "2026-2028", "2027-2026", "năm nay", ""])
def test_what_is_no_school_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_label(text)


def test_the_school_year_turns_in_august() -> None:
    assert label_for(date(2026, 7, 31)) == "2025-2026"
    assert label_for(date(2026, 8, 1)) == "2026-2027"
    assert default_year("2026-2027").term_end(date(2026, 11, 22)) == date(2027, 1, 17)
    assert default_year("2026-2027").term_end(date(2027, 3, 1)) == date(2027, 7, 31)


@pytest.mark.parametrize(
    ("name", "grade"),
    [("6A1", 6), ("12.6", 12), ("10 Toán", 10), ("4/1", 4), ("Lớp 9A", 9), ("Mầm", None), ("13A", None), ("", None)],
)
def test_the_grade_is_the_leading_number(name: str, grade: int | None) -> None:
    assert grade_of(name) == grade


def test_classes_sort_as_people_count() -> None:
    names = ["10A1", "6A10", "6A2", "6B1"]
    assert sorted(names, key=class_sort_key) == ["6A2", "6A10", "6B1", "10A1"]


@given(
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.sets(st.integers(1, 7)),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=4),
)
def test_the_next_open_day_is_open_and_none_before_it_is(
    start: date, weekly: set[int], breaks: list[tuple[int, int]]
) -> None:
    closed = expand_periods(
        [(start + timedelta(days=at), start + timedelta(days=at + length)) for at, length in breaks]
    )
    calendar = Calendar(frozenset(weekly), closed)
    found = calendar.next_open(start)
    if found is None:
        assert len(weekly) == 7  # only a library that never opens has no next day
    else:
        assert calendar.is_open(found)
        assert not any(calendar.is_open(start + timedelta(days=n)) for n in range((found - start).days))


def test_a_library_that_never_opens_is_an_answer_not_a_hang() -> None:
    assert Calendar(frozenset(range(1, 8))).next_open(date(2026, 1, 1)) is None


@pytest.mark.parametrize("new_year", [date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6), date(2028, 1, 26)])
def test_tet_is_on_its_day_and_no_day_before_it_has_a_wrong_number(new_year: date) -> None:
    """In 2025, 2027 and 2028 the last lunar month has 29 days: two days before Tết it is the 28th, not "29 Tết"."""
    days = public_holidays(new_year.year)
    assert days[new_year] == "Tết Nguyên Đán"
    assert days[new_year - timedelta(days=1)].startswith("Giao thừa")
    assert days.get(new_year - timedelta(days=2), "") in ("", "Ngày trước giao thừa Tết Nguyên Đán")
    assert not any("29" in name for name in days.values())
