"""Visits (lượt bạn đọc): by card at the door, or a class by count. One person's card counts once an hour.

Counting rules for reports are in docs/counting-rules.md; here the rows are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import at_local, local_date, now, today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound, Refused
from library.foundation.vietnamese import nfc
from library.lending.desk_facts import find_reader
from library.lending.rows import tuples_of
from library.lending.rules import make_reason
from library.lending.settings_reader import find_year_row
from library.lending.tables import Visit
from library.readers.tables import Reader, SchoolClass

REPEAT_MINUTES = 60
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
    """A card at the door. Refused(`reader_unknown`); a reader who may not borrow may still come in."""
    with transaction():
        at = min(occurred_at or now(), now())
        day = local_date(at)
        year = find_year_row(day)
        reader = find_reader(card=card, year_id=year.id if year else None, today=day)
        if reader is None:
            raise Refused([make_reason("reader_unknown", card=card)])
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
) -> int:
    """A class that came together, counted. InvalidInput for a count of 0 or above 200, or a day to come."""
    if not 1 <= people <= 200:
        raise InvalidInput("people_bad", field="people")
    day = visited_on or today()
    if day > today():
        raise InvalidInput("day_in_future", field="visited_on")
    if purpose not in VISIT_PURPOSES:
        raise InvalidInput("purpose_bad", field="purpose")
    with transaction():
        school_class = SchoolClass.get_or_none(SchoolClass.id == class_id)
        if school_class is None:
            raise NotFound("class_missing")
        if teacher_id is not None and Reader.get_or_none(Reader.id == teacher_id) is None:
            raise NotFound("reader_missing")
        at = now() if day == today() else at_local(day, 12)
        visit_id: int = Visit.insert(
            visited_on=day, visited_at=at, school_class=class_id, reader_kind="pupil", grade=school_class.grade,
            people=people, period=period, teacher=teacher_id, purpose=purpose, source="count", note=nfc(note)[:200],
        ).execute()  # fmt: skip
        record_audit(actor, "visit.class", "visit", visit_id, None, {"class": school_class.name, "people": people})
        return visit_id


def count_visits_on(day: date) -> int:
    """People who came on a day."""
    return sum(people for (people,) in tuples_of(Visit.select(Visit.people).where(Visit.visited_on == day)))
