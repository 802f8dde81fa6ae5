"""August: the new school year has begun, nobody has moved up yet. Loans and visits stand under the last class (L200)."""

from __future__ import annotations

from datetime import date

import pytest
from lending_world import STAFF, World

from library.foundation.calendar import ensure_year
from library.foundation.database import transaction
from library.kiosk_api.snapshots import make_snapshot
from library.lending.desk_facts import find_reader
from library.lending.model import LengthKind, PolicyRow
from library.lending.policies import save_policy
from library.lending.service import check_in, check_out
from library.lending.tables import Loan, Visit
from library.lending.visits import log_card_visit
from library.readers.tables import Enrolment, SchoolClass
from library.reporting.counting import Window
from library.reporting.queries import count_month

AN, BINH = "Trần Minh An", "Lê Thanh Bình"
AUGUST = date(2027, 8, 12)


@pytest.fixture
def summer(school: World) -> World:
    ensure_year("2027-2028")
    school.clock.set_day(AUGUST)
    return school


def move_up(school: World, name: str, class_name: str, starts: date) -> None:
    year = ensure_year("2027-2028")
    with transaction():
        made, _ = SchoolClass.get_or_create(
            school_year=year, name=class_name, defaults={"grade": int(class_name[0]), "sort_key": class_name}
        )
        Enrolment.update(ended_on=date(2027, 7, 31)).where(
            Enrolment.reader == school.readers[name], Enrolment.school_year == school.year
        ).execute()
        Enrolment.create(reader=school.readers[name], school_class=made, school_year=year, started_on=starts)


def stands_under(loan_id: int) -> tuple[str | None, int | None, str]:
    loan = Loan.get_by_id(loan_id)
    return loan.class_name, loan.grade, loan.school_year


def test_l200_the_last_class_until_the_new_one(summer: World) -> None:
    first, second = summer.add_title("Dế Mèn")[0], summer.add_title("Đất rừng")[0]
    card = summer.cards[AN]
    before = check_out(first, reader_card=card, actor=STAFF, channel="desk")
    assert before.class_name == "6A1" and stands_under(before.loan_id) == ("6A1", 6, "2026-2027")
    log_card_visit(card, actor=STAFF)
    assert Visit.get().grade == 6
    move_up(summer, AN, "7A1", date(2027, 8, 1))
    after = check_out(second, reader_card=card, actor=STAFF, channel="desk")
    assert stands_under(after.loan_id) == ("7A1", 7, "2027-2028")
    assert stands_under(before.loan_id) == ("6A1", 6, "2026-2027")  # C3: what was true on the day stays
    figures = count_month(Window(2027, 8, "calendar", date(2027, 8, 1), date(2027, 8, 31)), AUGUST)
    lines = {row.key: (row.home, row.visits) for row in figures.readers if row.home or row.visits}
    assert lines == {"pupil_6": (1, 1), "pupil_7": (1, 0)}
    check_in(first, actor=STAFF, channel="desk")


def test_l200_the_row_for_the_grade_applies_in_august(summer: World) -> None:
    save_policy(PolicyRow(grade=6, length_kind=LengthKind.DAYS, length_value=5), actor=STAFF)
    (book,) = summer.add_title("Dế Mèn")
    done = check_out(book, reader_card=summer.cards[AN], actor=STAFF, channel="desk")
    assert done.due_on == date(2027, 8, 17)


def test_l200_a_kiosk_shows_the_class_in_its_snapshot(summer: World) -> None:
    move_up(summer, BINH, "7A1", date(2027, 8, 1))
    readers = {row["card"]: (row["class_name"], row["grade"]) for row in make_snapshot()["readers"]}
    assert (readers[summer.cards[AN]], readers[summer.cards[BINH]]) == (("6A1", 6), ("7A1", 7))


def test_l200_an_old_class_is_not_carried_for_ever(summer: World) -> None:
    ensure_year("2028-2029")
    summer.clock.set_day(date(2028, 8, 14))
    year = ensure_year("2028-2029")
    reader = find_reader(card=summer.cards[AN], year_id=year.id, today=date(2028, 8, 14))
    assert reader is not None and (reader.class_name, reader.facts.grade) == (None, None)
