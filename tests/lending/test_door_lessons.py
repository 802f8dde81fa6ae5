"""A class at the door is written down once: its visit, its books and its tiết in the register (L195, C5, C7, C16)."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from lending_world import STAFF, TODAY, World, open_school
from openpyxl import load_workbook

from library.lending.class_reading import correct_class_visit, log_class_reading
from library.lending.visits import log_card_visit, remove_visit
from library.promotion.model import PeriodDraft, PeriodKind
from library.promotion.queries import list_reading_periods
from library.promotion.service import log_reading_period
from library.reporting.counting import Window
from library.reporting.queries import count_month
from library.reporting.rows import rows_behind

MONTH = Window(2026, 11, "calendar", date(2026, 11, 1), date(2026, 11, 30))
DUNG = "Nguyễn Văn Dũng"


def register() -> list[tuple[str, int | None, str, str, int]]:
    rows = list_reading_periods(MONTH.from_on, MONTH.until_on)
    return [(row.class_name, row.period, row.kind.value, row.content, row.pupils) for row in rows]


def test_l195_one_act_feeds_the_visits_the_reading_and_the_register(school: World) -> None:
    books = [school.add_title(title)[0] for title in ("Dế Mèn", "Đất rừng phương Nam")]
    log_class_reading(
        school.classes["6A1"], 35, books, actor=STAFF, period=2, teacher_id=school.readers[DUNG], purpose="lesson"
    )
    log_class_reading(school.add_class("6A2"), 33, [], actor=STAFF, purpose="orientation", note="Nội quy")
    log_class_reading(school.classes["6A2"], 30, [], actor=STAFF, purpose="borrow")  # no lesson
    assert register() == [
        ("6A2", None, "orientation", "Nội quy", 33), ("6A1", 2, "reading", "Dế Mèn; Đất rừng phương Nam", 35)
    ]  # fmt: skip
    assert list_reading_periods(MONTH.from_on, MONTH.until_on)[1].teacher == DUNG
    figures = count_month(MONTH, TODAY)
    pupils = next(row for row in figures.readers if row.key == "pupil_6")
    assert (pupils.visits, pupils.in_library) == (35 + 33 + 30, 2)
    assert [(row.label, row.periods, row.pupils) for row in figures.periods] == [("6A1", 1, 35), ("6A2", 1, 33)]


def test_l195_a_lesson_written_down_in_both_places_is_one(school: World) -> None:
    six, other = school.classes["6A1"], school.add_class("6A2")
    visits = [log_class_reading(six, 35, [], actor=STAFF, period=period) for period in (2, 4)]
    unsaid = log_class_reading(other, 30, [], actor=STAFF)
    for class_id, period in ((six, 2), (other, 3)):
        log_reading_period(
            PeriodDraft(held_on=TODAY, school_class_id=class_id, pupils=34, period=period, content="Thơ",
                        kind=PeriodKind.LESSON), STAFF,
        )  # fmt: skip
    assert [line[:3] for line in register()] == [("6A1", 2, "lesson"), ("6A2", 3, "lesson"), ("6A1", 4, "reading")]
    log_reading_period(PeriodDraft(held_on=TODAY, school_class_id=six, pupils=34), STAFF)  # that of tiết 4, unsaid
    assert len(register()) == 3
    log_reading_period(PeriodDraft(held_on=TODAY, school_class_id=six, pupils=34, period=5), STAFF)  # a third one
    assert len(register()) == 4
    figures = count_month(MONTH, TODAY)
    assert [(row.label, row.periods) for row in figures.periods] == [("6A1", 3), ("6A2", 1)]
    assert sum(row.visits for row in figures.readers) == 100  # nobody came twice for it
    # What is put right at the door is right in the register; what is taken out there is out of it.
    correct_class_visit(visits[1], 31, actor=STAFF, period=4, teacher_id=None, purpose="borrow")
    remove_visit(unsaid, actor=STAFF)
    assert [row.periods for row in count_month(MONTH, TODAY).periods] == [3, 1]


def test_l195_a_figure_opens_to_the_same_rows(school: World) -> None:
    log_class_reading(school.classes["6A1"], 35, [], actor=STAFF, period=2)
    log_card_visit(school.cards["Phạm Chi"], actor=STAFF)
    school.clock.set_day(TODAY + timedelta(days=8))  # December's
    log_class_reading(school.classes["6A1"], 34, [], actor=STAFF, period=2)
    assert rows_behind("periods.total.pupils", MONTH, TODAY).total == count_month(MONTH, TODAY).periods[0].pupils == 35


@pytest.fixture
def desk(app):
    with open_school() as world:
        yield world


def test_the_pages_of_the_register_and_the_diary_as_a_workbook(desk: World, client, login_as) -> None:
    token = login_as(client, "librarian")
    form = {"csrf_token": token, "school_class": desk.classes["6A1"], "people": "35", "purpose": "lesson", "period": "2"}
    assert client.post("/staff/visits/class", data=form).status_code == 303
    page = client.get("/staff/promotion/reading?month=2026-11").get_data(as_text=True)
    assert "1 tiết, 35 lượt học sinh" in page and "Sửa ở cửa" in page
    answer = client.get("/staff/visits/diary.xlsx?month=2026-11")
    assert "nhat-ky-ban-doc-2026-11.xlsx" in answer.headers["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.data)).active
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    head = next(row for row in rows if row and row[0] == "Ngày")
    sums = {row[0]: dict(zip(head, row, strict=False)) for row in rows if row and row[0] in ("Cộng tháng", "Luỹ kế năm học")}
    assert sums["Cộng tháng"]["Lượt đến"] == sums["Luỹ kế năm học"]["Khối 6"] == 35
    assert client.get("/staff/visits/diary.xlsx?month=2026-02").status_code == 200  # an empty month is a sheet too
