"""Books booked for lessons of the demo school: this week's and the next's, one of them short of books.

Made by the use cases, with the teachers and classes that are there; no random numbers. Next:
library/lending/bookings/service.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import peewee as pw

from library.cataloguing.tables import Copy, Record, RecordFacet
from library.demo.people import Person
from library.foundation.audit import Actor
from library.foundation.clock import at_local, clock_at
from library.foundation.schoolyear import Calendar
from library.lending.bookings.facts import list_stocks
from library.lending.bookings.series import place_series, term_end
from library.lending.bookings.service import BookingDraft, hand_over_lesson, place_booking, take_back_lesson
from library.lending.rows import tuples_of

LIBRARIAN = Actor("staff", "Trần Thị Mai Lan")
# (open days from today, first tiết, last tiết, class, department, subject, material, share of copies, equipment)
_LESSONS: tuple[tuple[int, int, int, str, str, str, str, float, str], ...] = (
    (-2, 2, 2, "6A1", "Ngữ văn", "Ngữ văn", "reference", 0.6, "Máy chiếu"),
    (1, 2, 3, "8A1", "Toán – Tin", "Toán", "textbook", 0.6, "Bảng phụ, thước đo góc"),
    (1, 3, 3, "8A2", "Toán – Tin", "Toán", "textbook", 0.6, "Bảng phụ"),  # the same book, the same tiết: short
    (2, 1, 2, "9A1", "Khoa học tự nhiên", "Khoa học tự nhiên", "textbook", 0.7, "Bộ thí nghiệm điện, máy chiếu"),
    (2, 4, 4, "7A2", "Ngữ văn", "Ngữ văn", "textbook", 0.5, ""),
    (3, 2, 2, "8A3", "Sử – Địa – GDCD", "Lịch sử và Địa lí", "textbook", 0.8, "Bản đồ Việt Nam"),
    (6, 3, 4, "9A2", "Ngoại ngữ", "Tiếng Anh", "textbook", 0.6, "Loa, máy nghe"),
)


def fill_lessons(until: date, calendar: Calendar, people: Sequence[Person], class_ids: dict[str, int]) -> None:
    """Bookings around `until` (yesterday): one held and taken back, six ahead, one of them short, one every week."""
    today = until + timedelta(days=1)
    open_days = [day for offset in range(-20, 40) if calendar.is_open(day := today + timedelta(days=offset))]
    ahead = [day for day in open_days if day >= today]
    past = [day for day in open_days if day < today]
    for when, first, last, class_name, department, subject, material, share, equipment in _LESSONS:
        days = past[when:] if when < 0 else ahead[when : when + 1]
        record_id = _find_title(subject, int(class_name[0]), material)
        teacher = next((person.id for person in people if person.department == department), None)
        if not days or record_id is None or teacher is None:
            continue
        placed_on = min(days[0], today) - timedelta(days=1)
        stock = list_stocks([record_id], placed_on)
        copies = max(round(stock[record_id].free_on(days[0]) * share), 1) if record_id in stock else 1
        draft = BookingDraft(
            lesson_on=days[0], first_period=first, last_period=last, teacher_id=teacher, subject=subject,
            class_id=class_ids[class_name], equipment=equipment, titles={record_id: copies},
        )  # fmt: skip
        with clock_at(at_local(placed_on, 15, 10)):
            booking = place_booking(draft, actor=LIBRARIAN, anyway=True)
        if when < 0:
            with clock_at(at_local(days[0], 7, 50)):
                hand_over_lesson(booking, [], actor=LIBRARIAN)
            with clock_at(at_local(days[0], 9, 5)):
                take_back_lesson(booking, [], actor=LIBRARIAN)
    if len(ahead) > 4:
        with clock_at(at_local(today - timedelta(days=1), 15, 40)):
            _weekly(people, class_ids, ahead[4])


def _weekly(people: Sequence[Person], class_ids: dict[str, int], first: date) -> None:
    """One class reads the same book every week until the end of term (L193)."""
    record_id = _find_title("Ngữ văn", 6, "reference")
    teacher = next((person.id for person in people if person.department == "Ngữ văn"), None)
    if record_id is None or teacher is None:
        return
    draft = BookingDraft(
        lesson_on=first, first_period=4, last_period=4, teacher_id=teacher, subject="Ngữ văn",
        class_id=class_ids["6A2"], note="Đọc mở rộng hằng tuần", titles={record_id: 1},
    )  # fmt: skip
    if first < term_end(first):
        place_series(draft, actor=LIBRARIAN, anyway=True)


def _find_title(subject: str, grade: int, material: str) -> int | None:
    """The title of a subject and grade with the most copies."""
    for_grade = RecordFacet.select(RecordFacet.record).where(
        RecordFacet.kind == "grade", RecordFacet.value == str(grade)
    )
    query = (
        Copy.select(Copy.record, pw.fn.COUNT(Copy.id))
        .join(Record)
        .join(RecordFacet, on=(RecordFacet.record == Record.id))
        .where(
            RecordFacet.kind == "subject", RecordFacet.value == subject, Record.material == material,
            Record.id.in_(for_grade), Copy.status == "in_service",
        )
        .group_by(Copy.record)
        .order_by(pw.fn.COUNT(Copy.id).desc(), Copy.record)
    )  # fmt: skip
    rows = tuples_of(query.limit(1))
    return rows[0][0] if rows else None
