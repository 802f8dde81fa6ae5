"""October of a small school, counted by hand, on both databases; and every figure equals the rows behind it."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from report_world import World, october_2026

from library.foundation.audit import SYSTEM
from library.foundation.clock import at_local, clock_at
from library.foundation.database import database as db
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.preferences import set_preferences
from library.reporting import service
from library.reporting.model import list_values

NOVEMBER_10 = at_local(date(2026, 11, 10), 9)


@pytest.fixture
def october(database):
    with clock_at(NOVEMBER_10):
        october_2026()
        yield service.build_month(2026, 10)


def row(rows, key):
    return next(item for item in rows if item.key == key)


def test_c11_c12_what_came_in(october) -> None:
    children, reference = row(october.supply, "children"), row(october.supply, "reference")
    assert (children.copies, children.budget, children.other_money, children.donated) == (4, 150_000, 0, 1)
    assert (reference.copies, reference.budget, reference.other_money) == (1, 0, 120_000)
    assert row(october.supply, "textbook").copies == 0  # 30/9 and 1/11 are other months
    assert october.supply_total.copies == 5
    assert october.retro_copies >= 1


def test_c3_c9_readers_by_grade(october) -> None:
    six, seven = row(october.readers, "pupil_6"), row(october.readers, "pupil_7")
    assert (six.served, six.distinct, six.visits, six.home, six.in_library) == (2, 2, 40, 4, 0)
    assert (seven.served, seven.distinct, seven.visits, seven.home, seven.in_library) == (1, 1, 0, 0, 1)
    teacher = row(october.readers, "teacher")
    assert (teacher.served, teacher.distinct, teacher.visits, teacher.home) == (1, 1, 1, 1)
    assert row(october.readers, "other").served == 1
    assert october.readers_total.distinct == 4
    assert october.pupils_total.share == 1.0


def test_c8_a_corner_is_counted_apart_and_never_twice(october) -> None:
    children = row(october.rotation, "children")
    assert (children.persons, children.corners, children.shelves) == (1, 2, 0)
    reference = row(october.rotation, "reference")
    assert (reference.persons, reference.corners, reference.shelves) == (1, 0, 1)  # carrying over sends nothing
    assert october.unit_reads == 12 + 1
    assert october.rotation_total.persons == october.readers_total.home + october.readers_total.in_library == 6


def test_c10_turnover_is_issues_by_copies_on_the_register(october) -> None:
    textbook = row(october.rotation, "textbook")
    # Received by 31/10: the retro copy, the one of 30/9 and three old ones; the one of 1/11 is not there yet.
    assert (textbook.total, textbook.stock, textbook.turnover) == (4, 5, 0.8)
    assert row(october.rotation, "periodical").turnover is None


def test_c13_c14_what_is_wrong(october) -> None:
    troubles = october.troubles
    assert troubles.overdue == 1  # due 30/10; the one due 14/11 was not late on 31/10
    assert troubles.lost == 1 and troubles.damaged == 1  # Vietnamese midnight decides, not UTC
    assert troubles.withdrawn == 1 and troubles.withdrawn_by_reason == (("Lạc hậu về nội dung", 1),)


def test_c15_c16_promotion(october) -> None:
    assert [line.attendance for line in october.sessions] == [480]
    assert october.sessions[0].books == ("Dế Mèn phiêu lưu ký",)
    assert [line.subject for line in october.activities] == ["Triển lãm sách của em"]
    assert october.quota_required and october.theme_ok and not october.department_ok
    assert [(p.label, p.periods, p.pupils) for p in october.periods] == [("6A1", 2, 79), ("7B1", 1, 38)]


def test_every_figure_opens_to_rows_that_add_up_to_it(october) -> None:
    checked = 0
    for figure_id, (_, value) in list_values(october).items():
        behind = service.rows_behind(figure_id, 2026, 10)
        assert len(behind.rows) == len(behind.amounts) and behind.title and behind.rule
        assert all(len(cells) == len(behind.columns) for cells in behind.rows), figure_id
        if not figure_id.endswith((".share", ".turnover")):
            assert behind.total == value, figure_id
            checked += 1
    assert checked > 80


def test_no_pupil_is_named_in_the_rows(october) -> None:
    names = ("Lê Văn An", "Trần Thị Bình", "Phạm Chi")
    for figure_id in list_values(october):
        assert not any(name in str(service.rows_behind(figure_id, 2026, 10).rows) for name in names), figure_id


def test_c1_the_window_may_run_from_the_15th_to_the_14th(database) -> None:
    with clock_at(NOVEMBER_10):
        october_2026()
        set_preferences({"report_window": "15_14"}, SYSTEM)
        october = service.build_month(2026, 10)
        assert (october.from_on, october.until_on) == (date(2026, 9, 15), date(2026, 10, 14))
        # 30/9, 1/10, 9/10 home and 12/10 in the library; everything later belongs to November's report.
        assert (october.readers_total.home, october.readers_total.in_library) == (3, 1)
        november = service.build_month(2026, 11)
        assert november.counted_until_on == date(2026, 11, 10)
        assert november.readers_total.home == 4


def test_an_empty_month_has_zeros_not_errors(database) -> None:
    with clock_at(NOVEMBER_10):
        World()
        september = service.build_month(2026, 9)
    assert september.readers_total.visits == 0 and september.rotation_total.turnover is None
    assert september.pupils_total.share is None


def test_unknown_figures_and_months_are_refused(sqlite_database) -> None:
    for figure_id in ("", "a.b.c", "supply.total", "readers.total.copies", "x" * 500):
        with pytest.raises(NotFound):
            service.rows_behind(figure_id, 2026, 10)
    for year, month in ((2026, 13), (2026, 0), (1, 1)):
        with pytest.raises(InvalidInput):
            service.build_month(year, month)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["home", "in_library", "unit", "visit", "corrected"]),
        st.sampled_from(
            [("pupil", 6), ("pupil", 9), ("pupil", None), ("teacher", None), ("staff", None), ("parent", None)]
        ),
        st.dates(date(2026, 9, 28), date(2026, 11, 3)),
        st.sampled_from(["textbook", "tool", "periodical", "disc", "children"]),
        st.integers(1, 45),
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS)
def test_totals_are_sums_of_parts_whatever_happened(sqlite_database, events) -> None:
    """Totals equal their parts, the same loan is never on two lines, and every figure equals its rows."""
    with clock_at(NOVEMBER_10), db.atomic() as trial:
        world = World()
        records = {}
        inside = {"home": 0, "in_library": 0, "visit": 0}
        for kind, (reader_kind, grade), day, material, people in events:
            within = date(2026, 10, 1) <= day <= date(2026, 10, 31)
            if kind == "visit":
                world.visit(day, people, kind=reader_kind, grade=grade)
                inside["visit"] += people * within
                continue
            record = records.get(material) or records.setdefault(material, world.record(material, material))
            purpose = "home" if kind == "corrected" else kind
            ended_as = "corrected" if kind == "corrected" else None
            world.loan(world.copy(record), None, day, None, purpose, reader_kind, grade, ended_as=ended_as)
            if kind in inside:
                inside[kind] += within
        october = service.build_month(2026, 10)
        total = october.readers_total
        assert (total.home, total.in_library, total.visits) == (inside["home"], inside["in_library"], inside["visit"])
        assert october.rotation_total.persons == total.home + total.in_library
        for figure_id, (_, value) in list_values(october).items():
            if not figure_id.endswith((".share", ".turnover")):
                assert service.rows_behind(figure_id, 2026, 10).total == value, figure_id
        trial.rollback()
