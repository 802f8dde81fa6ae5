"""August: the whole school moves up, is taken back once, and moves again; new pupils come, old history goes."""

from __future__ import annotations

from datetime import date
from random import Random

from year_checks import check_evening
from year_figures import Stay
from year_model import Person
from year_school import PUPILS, School, import_pupils, keep_year, learn_people

from library.demo.people import make_pupils
from library.lending.tables import Loan, Visit
from library.privacy.anonymising import anonymise_history, history_cut
from library.readers.queries import list_classes
from library.readers.tables import Enrolment, Reader
from library.year_end.model import Choice
from library.year_end.queries import find_open_plan
from library.year_end.service import apply_move, close_leavers, set_choices, start_plan
from library.year_end.undoing import undo_move


def move_up(school: School) -> int:
    """Repeaters, one who moves away, graduates; applied, undone, applied again. Answers the id of the move."""
    first = school.day.year
    keep_year(school, school.day)
    before = _stays_in_core()
    pupils = school.pupils()
    repeating = {one.id: one for one in school.random.sample([one for one in pupils if (one.grade or 9) < 9], 5)}
    away = {one.id: one for one in school.random.sample([one for one in pupils if one.id not in repeating], 3)}
    plan = start_plan(f"{first - 1}-{first}", school.staff)
    choices: dict[int, Choice | None] = {reader_id: Choice("repeated") for reader_id in repeating}
    choices |= {reader_id: Choice("transferred") for reader_id in away}
    assert set_choices(plan, choices, school.staff) == 8
    counts = apply_move(plan, school.staff)
    assert undo_move(plan, school.staff) == len(pupils)
    assert _stays_in_core() == before
    check_evening(school)
    again = find_open_plan()
    assert again is not None
    assert apply_move(again.id, school.staff) == counts
    school.classes = {row.name: row.id for row in list_classes()}
    last, opens = date(first, 7, 31), date(first, 8, 1)
    for one in pupils:
        _end_stay(school, one, last)
        if one.id in away or (one.grade == 9 and one.id not in repeating):
            one.left_on, one.class_id, one.class_name, one.grade = last, None, None, None
            one.active = _is_tied(school, one)
            continue
        assert one.grade is not None and one.class_name is not None
        one.grade += one.id not in repeating
        one.class_name = f"{one.grade}{one.class_name[1:]}"
        one.class_id, one.started_on = school.classes[one.class_name], opens
        school.log.stays.append(Stay(one, one.grade, one.class_id, opens))
    assert counts["repeated"] == 5 and counts["transferred"] == 3
    assert sum(counts.values()) == len(pupils)
    _check_readers(school)
    return again.id


def welcome(school: School) -> None:
    """The new grade 6, from the list of the school's database."""
    first = school.day.year
    rows = [
        (f"{first}{number:06d}", one.full_name, one.born_on, "Nữ" if one.gender == "female" else "Nam", one.class_name)
        for number, one in enumerate(make_pupils(Random(first), first))
        if one.grade == 6 and number % 40 < PUPILS
    ]  # fmt: skip
    import_pupils(school, rows, f"{first}-{first + 1}")
    learn_people(school)
    _check_readers(school)


def let_leavers_go(school: School, move_id: int) -> None:
    """Who has brought everything back since leaves now (L158)."""
    tied = [one for one in school.model.people.values() if one.active and one.left_on is not None]
    free = [one for one in tied if not _is_tied(school, one)]
    assert close_leavers(move_id, school.staff) == len(free)
    for one in free:
        one.active = False
    _check_readers(school)


def forget_old_history(school: School) -> None:
    """A year after (L150–L153): names go, rows stay, no figure moves."""
    anonymise_history(school.staff, files_dir=school.settings.files_dir)
    cut = history_cut()
    for one in school.model.people.values():
        one.blocks = [block for block in one.blocks if block[1] >= cut]
    named = {row for (row,) in Loan.select(Loan.id).where(Loan.returned_on < cut, Loan.reader.is_null(False)).tuples()}
    owed = {debt.loan.id for debt in school.model.debts if debt.is_open}
    lost = {loan.id for loan in school.model.lent if loan.ended_as == "lost"}
    assert named <= owed | lost
    assert any(loan.returned_on and loan.returned_on < cut for loan in school.model.lent)
    assert not Visit.select().where(Visit.visited_on < cut, Visit.reader.is_null(False)).exists()


def _end_stay(school: School, person: Person, last: date) -> None:
    for stay in school.log.stays:
        if stay.person is person and stay.ended_on is None:
            stay.ended_on = last


def _is_tied(school: School, person: Person) -> bool:
    """Something is open: the card stays until it is settled."""
    return bool(
        person.loans
        or any(wish.person is person for wish in school.model.wishes)
        or any(debt.is_open and debt.loan.person is person for debt in school.model.debts)
        or person.id in school.helpers
    )


def _check_readers(school: School) -> None:
    core = {row for (row,) in Reader.select(Reader.id).where(Reader.status == "active").tuples()}
    assert core == {one.id for one in school.model.people.values() if one.active}


def _stays_in_core() -> list[tuple[object, ...]]:
    return sorted(
        Enrolment.select(Enrolment.reader, Enrolment.school_class, Enrolment.started_on, Enrolment.ended_on).tuples(),
        key=str,
    )
