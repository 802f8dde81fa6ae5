"""Reads of reading promotion: sessions, the month, the year, themes, reading periods. Never commits.

Next: service.py (writes), pages.py (screens).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import peewee as pw

from library.cataloguing.model import RecordCard, shown_title
from library.cataloguing.queries import card_of
from library.cataloguing.tables import Copy, Record, RecordIsbn
from library.contract.scans import classify_scan
from library.foundation.errors import NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import label_for
from library.foundation.tables import SchoolYear
from library.foundation.vietnamese import nfc
from library.lending.tables import Loan, Visit
from library.promotion.model import (
    QUOTA_SLOTS,
    IntroducedBook,
    PeriodKind,
    Quota,
    ReadingPeriodRow,
    Session,
    SessionForm,
    SessionStatus,
    Slot,
    YearCell,
    YearMonth,
)
from library.promotion.rules import decide_quota
from library.promotion.tables import MonthlyTheme, PromotionSession, ReadingPeriod, SessionRecord
from library.promotion.themes import default_theme
from library.readers.tables import Department, Reader, SchoolClass

EFFECT_DAYS = 30
SCHOOL_YEAR_MONTHS = (8, 9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7)


def month_bounds(year: int, month: int) -> tuple[date, date]:
    """First and last day of a calendar month."""
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def list_sessions(
    from_on: date, until_on: date, *, statuses: Sequence[SessionStatus] = tuple(SessionStatus)
) -> list[Session]:
    """Sessions of a span of days (inclusive), by date."""
    rows = (
        PromotionSession.select(PromotionSession, Department)
        .join(Department, pw.JOIN.LEFT_OUTER)
        .where(
            PromotionSession.held_on.between(from_on, until_on),
            PromotionSession.status.in_([status.value for status in statuses]),
        )
        .order_by(PromotionSession.held_on, PromotionSession.id)
    )
    return _sessions(list(rows))


def get_session(session_id: int) -> Session:
    """NotFound(`session_unknown`) when there is none."""
    row = (
        PromotionSession.select(PromotionSession, Department)
        .join(Department, pw.JOIN.LEFT_OUTER)
        .where(PromotionSession.id == session_id)
        .first()
    )
    if row is None:
        raise NotFound("session_unknown", session_id=session_id)
    return _sessions([row])[0]


def _sessions(rows: list[PromotionSession]) -> list[Session]:
    books: dict[int, list[IntroducedBook]] = defaultdict(list)
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 400):
        found = (
            SessionRecord.select(SessionRecord.session, Record.id, Record.title, Record.part, Record.authors)
            .join(Record)
            .where(SessionRecord.session.in_(ids[start : start + 400]))
            .order_by(SessionRecord.id)
            .objects()
        )
        for item in found:
            title = shown_title(item.title, item.part)
            books[item.session_id].append(IntroducedBook(item.id, title, tuple(item.authors)))
    return [
        Session(
            id=row.id,
            held_on=row.held_on,
            slot=Slot(row.slot),
            status=SessionStatus(row.status),
            title=row.title,
            theme=row.theme,
            department_id=row.department_id,
            department=row.department.name if row.department_id else "",
            form=SessionForm(row.form),
            audience=row.audience,
            attendance=row.attendance,
            presenter=row.presenter,
            text=row.text,
            note=row.note,
            books=tuple(books[row.id]),
        )
        for row in rows
    ]


def month_quota(year: int, month: int) -> Quota:
    """The quota of one calendar month (P1–P3)."""
    sessions = list_sessions(*month_bounds(year, month), statuses=(SessionStatus.HELD,))
    return decide_quota(sessions, year, month, get_preference("promotion_months"))


def missing_slots(today: date) -> tuple[Slot, ...]:
    """Sessions still to be held in the month of `today`; empty in months without a duty. For the home page."""
    return month_quota(today.year, today.month).missing


def year_view(label: str, today: date) -> list[YearMonth]:
    """The twelve months of a school year (August to July), each with its two quota slots counted."""
    first_year = int(label[:4])
    sessions = list_sessions(date(first_year, 8, 1), date(first_year + 1, 7, 31))
    counts: dict[tuple[int, Slot, SessionStatus], int] = defaultdict(int)
    for session in sessions:
        counts[session.held_on.month, session.slot, session.status] += 1
    required_months = set(get_preference("promotion_months"))
    themes = list_themes(label)
    months = []
    for month in SCHOOL_YEAR_MONTHS:
        year = first_year if month >= 8 else first_year + 1
        past = month_bounds(year, month)[1] < today
        cells = {
            slot: YearCell(
                held=counts[month, slot, SessionStatus.HELD],
                planned=counts[month, slot, SessionStatus.PLANNED],
                required=month in required_months and slot in QUOTA_SLOTS,
                past=past,
            )
            for slot in Slot
        }
        months.append(YearMonth(year, month, themes[month], cells))
    return months


def list_themes(label: str) -> dict[int, str]:
    """Month -> theme of a school year: the school's own where kept, else the customary one of its level."""
    level = get_preference("school_level")
    themes = {month: default_theme(level, month) for month in SCHOOL_YEAR_MONTHS}
    kept = MonthlyTheme.select(MonthlyTheme.month, MonthlyTheme.theme).join(SchoolYear).where(SchoolYear.label == label)
    themes.update({row.month: row.theme for row in kept})
    return themes


def theme_of(year: int, month: int) -> str:
    """The theme of a calendar month."""
    return list_themes(label_for(date(year, month, 1)))[month]


def count_loans_after(session: Session) -> int:
    """P5: loans to persons of the introduced titles, from the session's day on for 30 days. 0 without books."""
    ids = [book.record_id for book in session.books]
    if not ids:
        return 0
    until_on = session.held_on + timedelta(days=EFFECT_DAYS - 1)
    return (
        Loan.select()
        .join(Copy)
        .where(
            Copy.record.in_(ids),
            Loan.loaned_on.between(session.held_on, until_on),
            Loan.ended_as.is_null() | (Loan.ended_as != "corrected"),
        )
        .count()
    )


def list_departments() -> list[tuple[int, str]]:
    """Open subject departments, (id, name), in the Vietnamese order of names."""
    rows = Department.select().where(Department.closed_at.is_null()).order_by(Department.sort_key)
    return [(row.id, row.name) for row in rows]


def list_classes(label: str) -> list[tuple[int, str]]:
    """Open classes of a school year, (id, name), 6A2 before 6A10."""
    rows = (
        SchoolClass.select(SchoolClass.id, SchoolClass.name)
        .join(SchoolYear)
        .where(SchoolYear.label == label, SchoolClass.closed_at.is_null())
        .order_by(SchoolClass.sort_key)
    )
    return [(row.id, row.name) for row in rows]


def list_teachers() -> list[tuple[int, str]]:
    """Active teachers, (id, name), by given name."""
    rows = (
        Reader.select(Reader.id, Reader.full_name)
        .where(Reader.kind == "teacher", Reader.status == "active", Reader.merged_into.is_null())
        .order_by(Reader.sort_key)
    )
    return [(row.id, row.full_name) for row in rows]


def find_scanned_record(text: str) -> int | None:
    """The record of a copy (barcode or accession number) or of an ISBN, as typed or scanned."""
    clean = nfc(text)
    if not clean or len(clean) > 40:
        return None
    scanned = classify_scan(clean)
    row = Copy.get_or_none((Copy.barcode == scanned.text) | (Copy.accession_number == clean))
    if row is None and scanned.kind == "isbn":
        row = RecordIsbn.get_or_none(RecordIsbn.isbn == scanned.text)
    return None if row is None else row.record_id


def list_record_cards(record_ids: Iterable[int]) -> list[RecordCard]:
    """Records in the order of the ids, also ones deleted since: a register keeps showing them."""
    ids = list(dict.fromkeys(record_ids))
    found = {row.id: card_of(row) for row in Record.select().where(Record.id.in_(ids))} if ids else {}
    return [found[record_id] for record_id in ids if record_id in found]


PERIOD_OF_VISIT = {"lesson": PeriodKind.READING, "orientation": PeriodKind.ORIENTATION}
"""What a class that came for it has had (L195); a class that came to borrow has had no lesson."""
TITLES_SHOWN = 3


def list_reading_periods(from_on: date, until_on: date) -> list[ReadingPeriodRow]:
    """Reading periods and lessons in the library of a span of days (inclusive), by date, period and class: those
    written down here, and class visits of such a purpose that are not written down here as well (C16, L195)."""
    rows = (
        ReadingPeriod.select(ReadingPeriod, SchoolClass, Reader)
        .join(SchoolClass)
        .switch(ReadingPeriod)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .where(ReadingPeriod.held_on.between(from_on, until_on))
        .order_by(ReadingPeriod.held_on, ReadingPeriod.period, SchoolClass.sort_key, ReadingPeriod.id)
    )
    found = [
        (row.school_class, ReadingPeriodRow(
            id=row.id, held_on=row.held_on, period=row.period, class_name=row.school_class.name,
            teacher=row.teacher.full_name if row.teacher_id else "", kind=PeriodKind(row.kind), content=row.content,
            pupils=row.pupils,
        ))
        for row in rows
    ]  # fmt: skip
    found += _from_the_door(from_on, until_on, found)
    found.sort(key=lambda one: (one[1].held_on, one[1].period or 0, one[0].sort_key, one[1].id))
    return [row for _, row in found]


def _from_the_door(
    from_on: date, until_on: date, written: Sequence[tuple[SchoolClass, ReadingPeriodRow]]
) -> list[tuple[SchoolClass, ReadingPeriodRow]]:
    visits = list(
        Visit.select(Visit, SchoolClass, Reader)
        .join(SchoolClass)
        .switch(Visit)
        .join(Reader, pw.JOIN.LEFT_OUTER, on=(Visit.teacher == Reader.id), attr="led_by")
        .where(Visit.visited_on.between(from_on, until_on), Visit.purpose.in_(list(PERIOD_OF_VISIT)))
        .order_by(Visit.visited_on, Visit.period, Visit.id)
    )
    # Each row written here tells one visit of the class that day: of the same tiết, else where one names none.
    open_visits = {visit.id: visit for visit in visits}
    for same_period in (True, False):
        for school_class, row in list(written):
            told = next(
                (visit for visit in open_visits.values()
                 if (visit.school_class_id, visit.visited_on) == (school_class.id, row.held_on)
                 and (visit.period == row.period if same_period else None in (visit.period, row.period))),
                None,
            )  # fmt: skip
            if told is not None:
                del open_visits[told.id]
                written = [one for one in written if one[1].id != row.id]
    titles = _titles_read(from_on, until_on) if open_visits else {}
    return [
        (visit.school_class, ReadingPeriodRow(
            id=0, held_on=visit.visited_on, period=visit.period, class_name=visit.school_class.name,
            teacher=visit.led_by.full_name if visit.teacher_id else "", kind=PERIOD_OF_VISIT[visit.purpose],
            content=visit.note or _some_titles(titles.get(visit.id, [])), pupils=visit.people, visit_id=visit.id,
        ))
        for visit in open_visits.values()
    ]  # fmt: skip


def _titles_read(from_on: date, until_on: date) -> dict[int, list[str]]:
    """Visit id -> titles of the books scanned as read during it (L165)."""
    query = (
        Loan.select(Loan.act_key, Record.title)
        .join(Copy)
        .join(Record)
        .where(
            Loan.act_key >= "visit:", Loan.act_key < "visit;", Loan.loaned_on.between(from_on, until_on),
            Loan.ended_as != "corrected",
        )
        .order_by(Record.title_sort, Loan.id)
        .tuples()
    )  # fmt: skip
    found: dict[int, list[str]] = defaultdict(list)
    for key, title in query:
        found[int(key.split(":")[1])].append(title)
    return found


def _some_titles(titles: Sequence[str]) -> str:
    """A few titles and how many more."""
    own = list(dict.fromkeys(titles))
    more = f" và {len(own) - TITLES_SHOWN} nhan đề nữa" if len(own) > TITLES_SHOWN else ""
    return f"{'; '.join(own[:TITLES_SHOWN])}{more}"
