"""Visits (lượt bạn đọc): by card at the door, or a class by count. One person's card counts once an hour.

Counting rules for reports are in docs/counting-rules.md; here the rows are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import peewee as pw

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import at_local, local_date, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.vietnamese import nfc
from library.lending.desk_facts import find_reader, unknown_card
from library.lending.queries import current_classes
from library.lending.rows import dicts_of, tuples_of
from library.lending.settings_reader import find_year_row
from library.lending.tables import Loan, Visit
from library.readers.tables import Reader, SchoolClass

REPEAT_MINUTES = 60
MOST_PERIODS = 12
VISIT_PURPOSES: dict[str, str] = {
    "read": "Đọc tại chỗ",
    "borrow": "Mượn, trả",
    "lesson": "Tiết đọc thư viện",
    "orientation": "Làm quen thư viện",
    "other": "Việc khác",
}


@dataclass(frozen=True, slots=True)
class VisitLogged:
    visit_id: int
    reader_name: str
    class_name: str | None
    repeated: bool  # scanned again within the hour: not counted twice


def log_card_visit(
    card: str, *, actor: Actor, source: str = "card", purpose: str = "read", occurred_at: datetime | None = None
) -> VisitLogged:
    """A card at the door. Refused(`reader_unknown`, `card_replaced`); a reader who may not borrow may still come in."""
    with transaction():
        at = min(occurred_at or now(), now())
        day = local_date(at)
        year = find_year_row(day)
        reader = find_reader(card=card, year_id=year.id if year else None, today=day)
        if reader is None:
            raise Refused([unknown_card(card)])
        earlier = (
            Visit.select()
            .where(
                Visit.reader == reader.id,
                Visit.visited_on == day,
                Visit.visited_at > at - timedelta(minutes=REPEAT_MINUTES),
                Visit.visited_at <= at + timedelta(minutes=REPEAT_MINUTES),
            )
            .first()
        )
        if earlier is not None:
            return VisitLogged(earlier.id, reader.full_name, reader.class_name, repeated=True)
        visit_id: int = Visit.insert(
            visited_on=day, visited_at=at, reader=reader.id, reader_kind=reader.kind, grade=reader.facts.grade,
            purpose=purpose, source=source,
        ).execute()  # fmt: skip
        record_audit(actor, "visit.card", "visit", visit_id, None, {"reader": reader.id})
        return VisitLogged(visit_id, reader.full_name, reader.class_name, repeated=False)


def log_class_visit(
    class_id: int,
    people: int,
    *,
    actor: Actor,
    visited_on: date | None = None,
    period: int | None = None,
    teacher_id: int | None = None,
    purpose: str = "lesson",
    note: str = "",
    again: bool = False,
) -> int:
    """A class that came together, counted. InvalidInput for a count of 0 or above 200, a day to come or one outside
    the school year of the class (L213); Conflict(`visit_twice`) for a second time in one tiết, unless `again` (L212).
    """
    if not 1 <= people <= 200:
        raise InvalidInput("people_bad", field="people")
    day = visited_on or today()
    if day > today():
        raise InvalidInput("day_in_future", field="visited_on")
    if purpose not in VISIT_PURPOSES:
        raise InvalidInput("purpose_bad", field="purpose")
    if period is not None and not 1 <= period <= MOST_PERIODS:
        raise InvalidInput("period_number_bad", field="period")
    with transaction():
        school_class = SchoolClass.get_or_none(SchoolClass.id == class_id)
        if school_class is None:
            raise NotFound("class_missing")
        _require_in_year(school_class, day)
        if not again:
            _require_new(school_class, day, period, purpose)
        if teacher_id is not None and Reader.get_or_none(Reader.id == teacher_id) is None:
            raise NotFound("reader_missing")
        at = now() if day == today() else at_local(day, 12)
        visit_id: int = Visit.insert(
            visited_on=day, visited_at=at, school_class=class_id, reader_kind="pupil", grade=school_class.grade,
            people=people, period=period, teacher=teacher_id, purpose=purpose, source="count", note=nfc(note)[:200],
        ).execute()  # fmt: skip
        record_audit(actor, "visit.class", "visit", visit_id, None, {"class": school_class.name, "people": people})
        return visit_id


def _require_in_year(school_class: SchoolClass, day: date) -> None:
    """L213. A class of the year that has ended may still come until the new year has classes (L200)."""
    year = school_class.school_year
    if day > year.ends_on:
        new = find_year_row(day)
        if new is None or not SchoolClass.select().where(SchoolClass.school_year == new.id).exists():
            return
    if not year.starts_on <= day <= year.ends_on:
        raise InvalidInput(
            "visit_day_outside", field="visited_on", name=school_class.name, label=year.label,
            starts_on=year.starts_on, ends_on=year.ends_on,
        )  # fmt: skip


def _require_new(school_class: SchoolClass, day: date, period: int | None, purpose: str) -> None:
    """L212: the same class on one day in one tiết (without a tiết: for one purpose) is asked about first."""
    same = Visit.select().where(Visit.school_class == school_class.id, Visit.visited_on == day)
    same = same.where(Visit.period.is_null() & (Visit.purpose == purpose) if period is None else Visit.period == period)
    earlier = same.order_by(Visit.id.desc()).first()
    if earlier is not None:
        raise Conflict(
            "visit_twice", visit_id=earlier.id, name=school_class.name, on=day, period=period, count=earlier.people
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """One visit as the day's list shows it: a reader by card, or a class by count."""

    id: int
    at: datetime
    name: str
    class_name: str
    is_class: bool
    people: int
    period: int | None
    teacher: str
    purpose: str
    source: str
    note: str


def list_visits_on(day: date) -> list[VisitLine]:
    """Everybody who came on a day, the newest first."""
    teacher = Reader.alias()
    query = (
        Visit.select(
            Visit.id, Visit.visited_at, Visit.reader, Visit.reader_kind, Reader.full_name,
            Visit.school_class, SchoolClass.name.alias("class_name"), Visit.people, Visit.period,
            teacher.full_name.alias("teacher_name"), Visit.purpose, Visit.source, Visit.note,
        )
        .join(Reader, pw.JOIN.LEFT_OUTER, on=(Visit.reader == Reader.id))
        .switch(Visit)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(Visit.school_class == SchoolClass.id))
        .switch(Visit)
        .join(teacher, pw.JOIN.LEFT_OUTER, on=(Visit.teacher == teacher.id))
        .where(Visit.visited_on == day)
        .order_by(Visit.visited_at.desc(), Visit.id.desc())
    )  # fmt: skip
    rows = dicts_of(query)
    classes = current_classes({row["reader"] for row in rows if row["reader"] is not None})
    return [
        VisitLine(
            id=row["id"],
            at=row["visited_at"],
            name=row["full_name"] or "",
            class_name=row["class_name"] or classes.get(row["reader"], ("", ""))[0],
            is_class=row["school_class"] is not None,
            people=row["people"],
            period=row["period"],
            teacher=row["teacher_name"] or "",
            purpose=row["purpose"],
            source=row["source"],
            note=row["note"],
        )
        for row in rows
    ]


def count_visits_by_day(since: date, until: date) -> dict[date, int]:
    """Day -> people who came, quiet days left out."""
    query = (
        Visit.select(Visit.visited_on, pw.fn.SUM(Visit.people))
        .where(Visit.visited_on.between(since, until))
        .group_by(Visit.visited_on)
    )
    return {day: int(people) for day, people in tuples_of(query)}


def remove_visit(visit_id: int, *, actor: Actor) -> None:
    """Take out a visit written by mistake; the audit keeps what it was. NotFound(`visit_unknown`)."""
    with transaction():
        row = Visit.get_or_none(Visit.id == visit_id)
        if row is None:
            raise NotFound("visit_unknown")
        before = {"visited_on": str(row.visited_on), "people": row.people, "class": row.school_class_id,
                  "reader": row.reader_id, "source": row.source}  # fmt: skip
        if row.school_class_id is not None:
            _take_out_books(visit_id)
        row.delete_instance()
        record_audit(actor, "visit.delete", "visit", visit_id, before, None)


def books_of(visit_id: int) -> pw.Expression:
    """The rows of table loan that stand for copies read during a class visit (L165)."""
    # ";" is the letter after ":", so that visit 1 does not mean visit 12.
    return (Loan.act_key >= f"visit:{visit_id}:") & (Loan.act_key < f"visit:{visit_id};") & (
        Loan.ended_as != "corrected"
    )


def _take_out_books(visit_id: int) -> None:
    """What was read during a visit that is taken out counts no more."""
    Loan.update(ended_as="corrected").where(books_of(visit_id)).execute()


@dataclass(frozen=True, slots=True)
class ClassVisit:
    """A class visit as the form that corrects it needs it."""

    id: int
    at: datetime
    class_name: str
    people: int
    period: int | None
    teacher_id: int | None
    purpose: str
    note: str


def get_class_visit(visit_id: int) -> ClassVisit:
    """NotFound visit_unknown, also for a visit by card."""
    row = Visit.get_or_none(Visit.id == visit_id, Visit.school_class.is_null(False))
    if row is None:
        raise NotFound("visit_unknown")
    return ClassVisit(
        row.id, row.visited_at, row.school_class.name, row.people, row.period, row.teacher_id, row.purpose, row.note
    )


def count_visits_on(day: date) -> int:
    """People who came on a day."""
    return sum(people for (people,) in tuples_of(Visit.select(Visit.people).where(Visit.visited_on == day)))
