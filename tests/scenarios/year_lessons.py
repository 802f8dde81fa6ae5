"""Books for lessons through the year: series for a whole term, each lesson handed over and taken back on its day.

What a series has booked keeps copies in the house (L120): the model says when, and year_acts.py holds every
loan and renewal to it. Here: placing, giving, taking back, cancelling; the oracle is year_lesson_model.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

import year_acts as acts
from year_lesson_model import CANCELLED, DONE, OUT, PLANNED, Lesson
from year_model import SHELF, Copy, Person, last_year_of
from year_school import School

from library.lending.bookings.series import cancel_rest, place_series
from library.lending.bookings.service import (
    BookingDraft,
    cancel_booking,
    hand_over_lesson,
    place_booking,
    take_back_lesson,
)
from library.lending.tables import BookedCopy, BookedTitle, LessonBooking, Loan

STANDING = ("copy_on_loan", "copy_on_loan_same_reader", "copy_in_repair", "copy_lost", "copy_withdrawn", "copy_in_unit",
            "held_for_other")  # fmt: skip
"""What keeps a copy from a lesson; the teacher's own late books or suspension do not (L125)."""


@dataclass
class Tally:
    """What the lessons of the year came to, counted by who gave the books out."""

    given: Counter[int] = field(default_factory=Counter)  # copies by booking
    numbers: list[str] = field(default_factory=list)  # documents in order
    short: int = 0  # lessons that got fewer copies than they had booked
    left_out: int = 0  # days that a series left out for want of books


def term_last_day(day: date) -> date:
    """L193: the end of the term; of the second one, the last day for returns (25 May)."""
    year = last_year_of(day)
    term2 = date(year, 1, 18)
    return term2 - timedelta(days=1) if day < term2 else date(year, 5, 25)


def plan_series(school: School, tally: Tally, weeks: int) -> None:
    """A teacher books the same title for the same tiết through the rest of the term."""
    model, day = school.model, school.day
    record = max(
        school.random.sample(school.records_of("children"), 12),
        key=lambda one: (sum(copy.place == SHELF for copy in model.titles[one]), one),
    )
    copies = model.titles[record]
    wanted = max(sum(copy.place == SHELF for copy in copies), 1)
    teacher, first = school.random.choice(school.teachers()), school.random.choice((1, 2, 3))
    days = [day + timedelta(days=gap) for gap in range(7, (term_last_day(day) - day).days + 1, 7 * weeks)]
    opened = [one for one in days if model.days.is_open(one)]
    short = model.lessons.short_days(copies, record, wanted, opened, first, first + 1, day)
    kept = [one for one in opened if one not in short]
    if len(days) < 2 or not kept:
        return
    placed = place_series(
        BookingDraft(lesson_on=days[0], first_period=first, last_period=first + 1, teacher_id=teacher.id,
                     subject="Ngữ văn", titles={record: wanted}),
        actor=school.staff, weeks=weeks, only_whole=True,
    )  # fmt: skip
    assert len(placed.booking_ids) == len(kept)
    assert (list(placed.short), [*placed.closed]) == (short, [one for one in days if one not in opened])
    for booking_id, on in zip(placed.booking_ids, kept, strict=True):
        model.lessons.all[booking_id] = Lesson(
            booking_id, on, first, first + 1, record, wanted, teacher.id, booking_id, series=placed.booking_ids[0]
        )
    model.audit["booking.place"] += len(kept)
    model.audit["booking.series"] += 1
    tally.left_out += len(short)


def book_today(school: School, record: int, copies: int, teacher: Person) -> int:
    """One lesson of this very day, kept although it may be short."""
    booking_id = place_booking(
        BookingDraft(lesson_on=school.day, first_period=3, last_period=3, teacher_id=teacher.id, subject="Ngữ văn",
                     titles={record: copies}),
        actor=school.staff, anyway=True,
    )  # fmt: skip
    school.model.lessons.all[booking_id] = Lesson(
        booking_id, school.day, 3, 3, record, copies, teacher.id, booking_id
    )
    school.model.audit["booking.place"] += 1
    return booking_id


def of_today(school: School) -> list[Lesson]:
    return [one for one in school.model.lessons.all.values() if one.on == school.day and one.status == PLANNED]


def give(school: School, tally: Tally, lesson: Lesson) -> list[Copy]:
    """The copies of a lesson go to the class as one document; what stands in the way of each, as the model says."""
    model = school.model
    school.clock.later(120)
    teacher = model.people[lesson.teacher]
    standing = [copy for copy in model.titles[lesson.record] if not school.is_away(copy)]
    going = [copy for copy in standing
             if not model.refusals(teacher, copy, school.day, "in_library") & set(STANDING)][:lesson.copies]  # fmt: skip
    if not going:
        cancel(school, lesson)
        return []
    done = hand_over_lesson(lesson.id, [copy.barcode for copy in going], actor=school.staff, act_key=str(school.uuid()))
    assert (done.copies, done.left_out) == (len(going), ())
    assert [missing for _, missing in done.short] == ([lesson.copies - len(going)] if len(going) < lesson.copies else [])
    tally.short += len(going) < lesson.copies
    lesson.status = OUT
    tally.given[lesson.id] += len(going)
    tally.numbers.append(done.number)
    model.audit["booking.hand_over"] += 1
    ids = dict(Loan.select(Loan.copy, Loan.id).where(Loan.copy.in_([one.id for one in going]), Loan.returned_at.is_null()).tuples())
    for copy in going:
        model.lend(acts.make_loan(school, ids[copy.id], teacher, copy, "in_library", school.day))
        model.audit["loan.check_out"] += 1
    return going


def take_back(school: School, lesson: Lesson, copies: list[Copy], *, by_scanning: bool) -> None:
    """Half of the pile is scanned, then the rest; or all is counted and taken at once (L126)."""
    model = school.model
    school.clock.later(120)
    half = len(copies) // 2
    for pile in ([copies[:half], copies[half:]] if by_scanning and half else [copies]):
        codes = [copy.barcode for copy in pile] if by_scanning else []
        left = take_back_lesson(lesson.id, codes, actor=school.staff).open
        for copy in pile:
            model.take_back(copy, school.day)
            model.audit["loan.check_in"] += 1
        assert left == sum(copy.place == "loan" and copy.loan.purpose == "in_library" for copy in copies if copy.loan)
        model.audit["booking.take_back"] += 1
    lesson.status = DONE


def cancel(school: School, lesson: Lesson) -> None:
    cancel_booking(lesson.id, actor=school.staff, comment="hôm ấy nghỉ")
    lesson.status = CANCELLED
    school.model.audit["booking.cancel"] += 1


def cancel_what_passed(school: School) -> None:
    """A storm or a break came over it: the librarian ticks such lessons off on the next open day."""
    for lesson in list(school.model.lessons.all.values()):
        if lesson.status == PLANNED and lesson.on < school.day:
            cancel(school, lesson)


def end_a_series(school: School) -> None:
    """The teacher has changed the plan: the rest of the series is cancelled in one act (L194)."""
    ahead = [one for one in school.model.lessons.all.values() if one.status == PLANNED and one.series and one.on > school.day]
    if not ahead:
        return
    start = school.random.choice(ahead)
    rest = [one for one in ahead if one.series == start.series and one.on >= start.on]
    assert cancel_rest(start.id, actor=school.staff) == len(rest)
    for one in rest:
        one.status = CANCELLED
    school.model.audit["booking.cancel_rest"] += 1


def check_bookings(school: School) -> None:
    """The rows of the core are the model's lessons, one by one; nothing of a lesson is out overnight."""
    query = BookedTitle.select(
        LessonBooking.id, LessonBooking.lesson_on, LessonBooking.status, LessonBooking.teacher, BookedTitle.record,
        BookedTitle.copies,
    ).join(LessonBooking)  # fmt: skip
    core = {row[0]: row[1:] for row in query.tuples()}
    model = {one.id: (one.on, one.status, one.teacher, one.record, one.copies) for one in school.model.lessons.all.values()}
    differ = [key for key in {*core, *model} if core.get(key) != model.get(key)]
    assert not differ, [(key, core.get(key), model.get(key)) for key in differ[:8]]
    assert not any(one.status == OUT for one in school.model.lessons.all.values())


def check_lessons_of_the_year(school: School, tally: Tally) -> None:
    """Every copy given is one loan read in the house, back on its day; documents are numbered without a gap."""
    lessons = school.model.lessons.all
    rows = list(
        BookedCopy.select(BookedCopy.booking, Loan.purpose, Loan.loaned_on, Loan.returned_on).join(Loan).tuples()
    )
    assert Counter(row[0] for row in rows) == tally.given
    assert {row[1] for row in rows} == {"in_library"}
    assert all(row[2] == row[3] == lessons[row[0]].on for row in rows)
    assert {one.id for one in lessons.values() if one.status == DONE} == set(tally.given)
    assert not any(one.status == PLANNED and one.on < school.day for one in lessons.values())
    by_year: dict[str, list[int]] = {}
    for number in tally.numbers:
        year, serial = number.removeprefix("ST-").split("/")
        by_year.setdefault(year, []).append(int(serial))
    assert all(serials == list(range(1, len(serials) + 1)) for serials in by_year.values())
    assert sorted(tally.numbers) == sorted(
        number for (number,) in LessonBooking.select(LessonBooking.number).where(LessonBooking.number.is_null(False)).tuples()
    )
