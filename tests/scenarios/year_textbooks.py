"""Shared textbooks: a whole class gets its set in one document, brings it back in one pile, a few books short."""

from __future__ import annotations

from collections.abc import Sequence

from year_acts import make_loan
from year_model import SHELF, Copy, Debt, Person
from year_school import School

from library.cataloguing.tables import Copy as CopyRow
from library.lending.tables import Charge, Loan
from library.textbooks.collecting import collect
from library.textbooks.losses import declare_textbook_lost
from library.textbooks.service import hand_out
from library.textbooks.sets import copy_sets, save_set


def titles_of(school: School, grade: int) -> list[int]:
    return [record for record in school.records_of("textbook")
            if school.model.titles[record][0].title.endswith(f" {grade}")]  # fmt: skip


def choose_sets(school: School, label: str, before: str | None = None) -> None:
    """Which titles each grade uses; a new year begins with the sets of the old one."""
    grades = sorted({int(name[0]) for name in school.classes})
    if before is None:
        for grade in grades:
            save_set(label, grade, titles_of(school, grade), actor=school.staff)
    else:
        assert copy_sets(before, label, actor=school.staff) == len(grades)
    school.model.audit["textbook.set"] += len(grades)


def issue(school: School, class_name: str) -> None:
    """Card, book, book, book, next card: as the class files past. Posted twice, handed out once."""
    pairs: list[tuple[Person, Copy]] = []
    lines: list[str] = []
    for person in school.of_class(class_name):
        lines.append(person.card)
        has = {loan.copy.record for loan in person.loans.values()}
        for record in titles_of(school, int(class_name[0])):
            given = {copy.barcode for _, copy in pairs}
            free = [copy for copy in school.model.titles[record]
                    if copy.place == SHELF and copy.barcode not in given and not school.is_away(copy)]  # fmt: skip
            if record not in has and free:
                pairs.append((person, free[0]))
                lines.append(free[0].barcode)
    school.clock.later(1200)
    key = str(school.uuid())
    done, again = (hand_out(school.classes[class_name], lines, actor=school.staff, act_key=key) for _ in range(2))
    assert (done.copies, done.number, done.left_out) == (len(pairs), again.number, ())
    ids = dict(
        Loan.select(CopyRow.barcode, Loan.id)
        .join(CopyRow)
        .where(Loan.returned_at.is_null(), CopyRow.id.in_([copy.id for _, copy in pairs]))
        .tuples()
    )
    for person, copy in pairs:
        due_on = school.model.due_on(person, copy, school.day)
        school.model.lend(make_loan(school, ids[copy.barcode], person, copy, "home", due_on))
    school.model.audit["loan.check_out"] += len(pairs)
    school.model.audit["textbook.hand_out"] += 1


def take_in(school: School, class_name: str) -> None:
    """The pile of a class in any order; what is not in it is still out, or lost and owed."""
    out = [loan for person in school.of_class(class_name) for loan in person.loans.values()
           if loan.material == "textbook" and not school.is_away(loan.copy)]  # fmt: skip
    school.random.shuffle(out)
    back = [loan for loan in out if school.random.random() < 0.95]
    if back:
        _collect(school, [loan.copy for loan in back])
    for loan in out:
        if loan not in back and school.random.random() < 0.5:
            declare_textbook_lost(loan.id, actor=school.staff)
            charge = Charge.get(Charge.loan == loan.id)
            school.model.debts.append(Debt(charge.id, loan))
            school.model.end(loan, school.day, "lost")
            school.model.set_place(loan.copy, "lost", school.day)
            school.model.audit["copy.lost"] += 1


def _collect(school: School, copies: Sequence[Copy]) -> None:
    school.clock.later(900)
    lines = [copy.barcode for copy in copies]
    worn = lines[:: max(len(lines) // 3, 1)]
    done = collect([line for code in lines for line in ([f"{code}"] if code not in worn else ["=rách", code, "="])],
                   actor=school.staff)  # fmt: skip
    assert ({line.barcode for line in done.lines}, done.problems, done.not_on_loan) == (set(lines), (), ())
    for copy in copies:
        school.model.take_back(copy, school.day)
        school.model.audit["loan.check_in"] += 1
    school.model.audit["textbook.collect"] += 1
