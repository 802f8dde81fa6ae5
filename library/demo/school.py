"""The demo school: Trường THCS Nguyễn Du (mẫu), the same every time for the same day.

12 classes, 480 pupils, 35 teachers, about 2,500 titles in 9,000 copies, last school year and this one so
far. `fill_demo` fills an empty database in some seconds; the caller rebuilds the search index once.
Next: people.py, collection.py, circulation.py, life.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from library.cataloguing.copies import ensure_default_collections
from library.cataloguing.tables import Record
from library.contract.codes import register_errors
from library.contract.scans import make_card_number
from library.demo.circulation import LIBRARIAN, Borrower, Circulation
from library.demo.collection import fill_collection
from library.demo.lessons import fill_lessons
from library.demo.life import fill_promotion, fill_reading_periods, fill_units
from library.demo.people import CLASSES, DEPARTMENTS, Person, make_pupils, make_staff
from library.demo.readers_room import fill_readers_room
from library.demo.stocktake import fill_stocktake
from library.demo.textbooks import fill_textbooks
from library.demo.troubles import fill_troubles
from library.demo.unit_life import fill_unit_life
from library.demo.village_kiosk import fill_kiosks
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.bulk import insert_rows, reserve_ids
from library.foundation.calendar import add_closed_period, as_year, ensure_year, load_calendar, public_holidays
from library.foundation.clock import at_local, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict
from library.foundation.preferences import set_preferences
from library.foundation.schoolyear import Year, class_sort_key, default_year, label_for
from library.foundation.tables import ClosedPeriod
from library.foundation.vietnamese import fold, person_sort_key, title_sort_key
from library.lending.policies import ensure_default_policies
from library.promotion.service import set_themes
from library.promotion.themes import default_theme
from library.readers.tables import Card, Department, Enrolment, Reader, SchoolClass

SEED = 20_260_905
SCHOOL_NAME = "Trường THCS Nguyễn Du (mẫu)"

register_errors({"demo_not_empty": "Trường này đã có dữ liệu nên không nạp trường mẫu. Tạo một thư mục dữ liệu khác."})


def fill_demo(actor: Actor = SYSTEM, progress: Callable[[str], None] = lambda _: None) -> None:
    """Fill an empty school. Conflict demo_not_empty when it has readers or records already.

    `progress` is told in a few words what is being made. The data depend on SEED and today's date only.
    """
    if Reader.select().exists() or Record.select().exists():
        raise Conflict("demo_not_empty")
    random, day = Random(SEED), today()
    until = day - timedelta(days=1)  # today is for the visitor: nothing may lie in the future of the clock
    progress("Trường mẫu: lịch, cài đặt, bạn đọc")
    _fill_preferences(actor)
    last_year, this_year = _fill_calendar(day, actor)
    calendar = load_calendar()
    ensure_default_policies(actor)
    ensure_default_collections(actor)
    people, class_ids, last_class_ids, departments = _fill_people(random, last_year, this_year)
    set_preferences({"head_name": Reader.get(Reader.post == "Hiệu trưởng").full_name}, actor)
    progress("Trường mẫu: sách và bản sách")
    with transaction():
        copies = fill_collection(random, until, calendar)
    progress("Trường mẫu: góc lớp, tủ lưu động")
    placed = fill_units(random, until, calendar, this_year, copies, people, class_ids)
    progress("Trường mẫu: mượn trả, lượt đọc")
    with transaction():
        circulation = Circulation(random, calendar, [copy for copy in copies if copy.id not in placed], until)
        circulation.run_year(last_year, _borrowers(random, people, years_ago=1), kiosk_share=0.0)
        circulation.run_year(this_year, _borrowers(random, people, years_ago=0), kiosk_share=0.4)
        homerooms = {person.homeroom: person.id for person in people if person.homeroom}
        fill_reading_periods(random, until, calendar, last_year, last_class_ids, homerooms, circulation)
        fill_reading_periods(random, until, calendar, this_year, class_ids, homerooms, circulation)
        loans = circulation.write()
    fill_unit_life(until, calendar, people, class_ids)
    fill_troubles(until)
    with transaction():
        fill_readers_room(people, until)
    progress("Trường mẫu: sách giáo khoa dùng chung")
    fill_textbooks(SEED + 1, until, calendar, this_year, people, class_ids)
    fill_lessons(until, calendar, people, class_ids)
    progress("Trường mẫu: tuyên truyền giới thiệu sách")
    fill_promotion(random, until, calendar, [last_year, this_year], departments)
    fill_kiosks(until)
    fill_stocktake(until)
    with transaction():
        record_audit(
            actor,
            "demo.fill",
            "school",
            "demo",
            None,
            {"seed": SEED, "readers": len(people), "copies": len(copies), "loans": loans},
        )


def _fill_preferences(actor: Actor) -> None:
    set_preferences(
        {
            "school_name": SCHOOL_NAME,
            "school_short": "THCSND",
            "school_level": "THCS",
            "superior_body": "UBND PHƯỜNG MỸ BÌNH",
            "place_name": "An Giang",
            "head_title": "HIỆU TRƯỞNG",
            "head_name": "Lê Thị Thanh Hương",
            "librarian_name": LIBRARIAN,
            "report_recipient": "Phòng Văn hoá – Xã hội phường Mỹ Bình",
        },
        actor,
    )


def _fill_calendar(day: date, actor: Actor) -> tuple[Year, Year]:
    """Last school year and this one with holidays, the Tết break and the summers."""
    label = label_for(day)
    before = label_for(default_year(label).starts_on - timedelta(days=1))
    with transaction():
        last_year, this_year = (as_year(ensure_year(name)) for name in (before, label))
    for year in (last_year, this_year):
        new_year = next(when for when, name in public_holidays(year.ends_on.year).items() if name == "Tết Nguyên Đán")
        if not ClosedPeriod.select().where(ClosedPeriod.name == f"Nghỉ Tết {year.ends_on.year}").exists():
            add_closed_period(
                new_year - timedelta(days=5),
                new_year + timedelta(days=8),
                f"Nghỉ Tết {year.ends_on.year}",
                "break",
                actor,
            )
            summer = date(year.ends_on.year, 6, 1)
            add_closed_period(summer, date(year.ends_on.year, 8, 9), f"Nghỉ hè {year.ends_on.year}", "break", actor)
    for label_of_year in (before, label):
        set_themes(
            label_of_year, {month: default_theme("THCS", month) for month in (9, 10, 11, 12, 1, 2, 3, 4, 5)}, actor
        )
    return last_year, this_year


# ---------------------------------------------------------------- people


def _fill_people(
    random: Random, last_year: Year, this_year: Year
) -> tuple[list[Person], dict[str, int], dict[str, int], dict[str, int]]:
    """Readers with cards and enrolments; (people, this year's classes, last year's classes, departments)."""
    people = make_pupils(random, this_year.starts_on.year) + make_staff(random, this_year.starts_on.year)
    with transaction():
        departments = {}
        for name in DEPARTMENTS:
            departments[name] = Department.create(name=name, sort_key=title_sort_key(name)).id
        made_at = at_local(date(last_year.starts_on.year, 8, 20), 8)
        rows = []
        for person, reader_id in zip(people, reserve_ids(Reader, len(people)), strict=True):
            person.id = reader_id
            rows.append(
                (
                    reader_id,
                    person.kind,
                    person.full_name,
                    person_sort_key(person.full_name),
                    fold(person.full_name),
                    person.education_id,
                    person.born_on,
                    person.gender,
                    departments.get(person.department or ""),
                    person.post,
                    "active",
                    "",
                    made_at,
                    made_at,
                )
            )
        insert_rows(
            Reader,
            (
                "id",
                "kind",
                "full_name",
                "sort_key",
                "fold_key",
                "education_id",
                "born_on",
                "gender",
                "department",
                "post",
                "status",
                "note",
                "created_at",
                "updated_at",
            ),
            rows,
        )
        for serial, person in enumerate(people, start=1):
            person.card = make_card_number(serial)
        insert_rows(
            Card,
            ("reader", "number", "status", "issued_at"),
            [(person.id, person.card, "active", made_at) for person in people],
        )
        class_ids = _make_classes(this_year, people)
        last_class_ids = _make_classes(last_year, [])
        year_ids = {name: ensure_year(name).id for name in (last_year.label, this_year.label)}
        stays: list[tuple[object, ...]] = []
        for person in people:
            if person.class_name is None or person.grade is None:
                continue
            if person.grade > 6:  # last year in the class below, of the same number
                earlier = f"{person.grade - 1}{person.class_name[1:]}"
                stays.append(
                    (
                        person.id,
                        last_class_ids[earlier],
                        year_ids[last_year.label],
                        last_year.starts_on,
                        last_year.ends_on,
                        "promoted",
                    )
                )
            now_in = class_ids[person.class_name]
            stays.append((person.id, now_in, year_ids[this_year.label], this_year.starts_on, None, None))
        insert_rows(Enrolment, ("reader", "school_class", "school_year", "started_on", "ended_on", "outcome"), stays)
    return people, class_ids, last_class_ids, departments


def _make_classes(year: Year, people: list[Person]) -> dict[str, int]:
    homerooms = {person.homeroom: person.id for person in people if person.homeroom}
    row = ensure_year(year.label)
    return {
        name: SchoolClass.create(
            school_year=row,
            name=name,
            grade=int(name[0]),
            sort_key=class_sort_key(name),
            homeroom_teacher=homerooms.get(name),
        ).id
        for name in CLASSES
    }


def _borrowers(random: Random, people: list[Person], *, years_ago: int) -> list[Borrower]:
    """Who borrowed in a school year. Those of last year's grade 9 have left: their loans are anonymous."""
    found: list[Borrower] = []
    for person in people:
        if person.kind != "pupil":
            found.append(Borrower(person, person.kind, None, None, person.activity * 0.8))
        elif person.grade is not None and person.class_name is not None and person.grade - years_ago >= 6:
            grade = person.grade - years_ago
            found.append(Borrower(person, "pupil", grade, f"{grade}{person.class_name[1:]}", person.activity))
    if years_ago:
        for name in CLASSES[-3:]:
            found += [Borrower(None, "pupil", 9, name, random.choice((0.0, 0.3, 0.8, 1.5, 4.0))) for _ in range(40)]
    return found
