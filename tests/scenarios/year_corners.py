"""What goes on inside the corners and with whole classes: books lent inside, tick sheets, books for a lesson,
a return that is written down later. On the core and on the model alike; sets themselves are year_units.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import year_acts as acts
import year_lessons as lessons
from year_model import SHELF, UNIT, Copy, Debt, Lent
from year_school import School

from library.lending.corrections import correct_return
from library.lending.tables import Charge
from library.lending.units import corner_loans

BACK_DAYS = 7


def lend_inside(school: School, unit_id: int, class_name: str) -> None:
    """A pupil of the class takes a book of the corner home; the set stays as it is (L137)."""
    model = school.model
    free = [copy for copy in model.copies.values() if copy.unit == unit_id and not school.is_away(copy)]
    pupils = [one for one in school.of_class(class_name) if not any(loan.purpose == "unit" for loan in one.loans.values())]
    if not free or not pupils:
        return
    copy, person = school.random.choice(free), school.random.choice(pupils)
    if model.wish_of(person, copy.record) is not None:
        return
    school.clock.later(30)
    done = corner_loans.lend_inside(unit_id, copy.id, person.id, actor=school.staff)
    assert done.back_on == model.days.next_open(school.day + timedelta(days=BACK_DAYS)) <= done.due_on
    loan = acts.make_loan(school, done.loan_id, person, copy, "unit", done.due_on)
    model.lent.append(loan)
    person.loans[copy.barcode] = copy.inner = loan
    model.audit["loan.check_out"] += 1


def return_inside(school: School, loan: Lent) -> None:
    assert loan.copy.unit is not None
    corner_loans.return_inside(loan.copy.unit, loan.copy.id, actor=school.staff)
    end_inside(school, [loan.copy], "returned")
    school.model.audit["loan.check_in"] += 1


def end_inside(school: School, copies: Iterable[Copy], how: str) -> int:
    """The loans inside end with what happens to their copies (L139, L190). How many pupils owe."""
    owing = 0
    for copy in copies:
        loan = copy.inner
        if loan is None:
            continue
        loan.returned_on, loan.ended_as = school.day, "returned" if how == "returned" else "lost"
        del loan.person.loans[copy.barcode]
        copy.inner = None
        if how == "lost":
            charge = Charge.get(Charge.loan == loan.id, Charge.settled_at.is_null())
            assert charge.reader_id == loan.person.id
            school.model.debts.append(Debt(charge.id, loan))
            owing += 1
    return owing


def tick_sheet(school: School, unit_id: int) -> None:
    """The helper's paper of the day, typed in whole (L141)."""
    here = [copy for copy in school.model.copies.values() if copy.place == UNIT and copy.unit == unit_id]
    ticked = {copy.id: school.random.randint(1, 9) for copy in school.random.sample(here, min(len(here), 8))}
    if not ticked:
        return
    assert corner_loans.log_tally(unit_id, ticked, actor=school.staff, used_on=school.day) == sum(ticked.values())
    school.log.uses.append((school.day, sum(ticked.values())))
    school.model.audit["unit.tally"] += 1


def hold_a_lesson(school: School, tally: lessons.Tally) -> None:
    """A teacher books what stands free of a title for today, and gets it as one document (L125)."""
    model = school.model
    records = [record for record in school.records_of("reference")
               if model.free(record) and not model.waiting(record)]  # fmt: skip
    if not records:
        return
    record, teacher = school.random.choice(records), school.random.choice(school.teachers())
    going = [copy for copy in model.titles[record] if copy.place == SHELF and not school.is_away(copy)]
    if not going:
        return
    lesson = model.lessons.all[lessons.book_today(school, record, len(going), teacher)]
    given = lessons.give(school, tally, lesson)
    school.clock.later(2_700)
    lessons.take_back(school, lesson, given, by_scanning=False)


def found_in_the_box(school: School, loan: Lent) -> None:
    """It lay in the box at the door since an earlier day of the month: returned as of that day (L69)."""
    earlier = loan.on + timedelta(days=1)
    first = max(earlier, school.day - timedelta(days=3), school.day.replace(day=1))
    if first >= school.day:
        return
    done = correct_return(loan.id, first, actor=school.staff, comment="trong thùng trước cửa")
    assert (done.was_on_loan, done.overdue_days) == (True, max((first - loan.due_on).days, 0))
    school.model.take_back(loan.copy, first)
    school.model.audit["loan.check_in"] += 1
