"""Reads of the school's move into the next year. Never commits. Next: service.py."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import peewee as pw

from library.foundation.errors import NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import default_year, year_after
from library.foundation.tables import SchoolYear
from library.lending.queries import list_open_counts
from library.readers.model import ReaderKind, ReaderStatus
from library.readers.rules import TOP_GRADES
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.year_end.model import Choice, ClassFacts, ClassFates, Fate, MoveView, PupilFacts
from library.year_end.rules import decide_classes
from library.year_end.tables import YearMove, YearMoveLine


def top_grade() -> int:
    """The last grade of this school."""
    return TOP_GRADES[get_preference("school_level")]


def list_class_facts(year: SchoolYear) -> list[ClassFacts]:
    rows = SchoolClass.select(SchoolClass.id, SchoolClass.name, SchoolClass.grade, SchoolClass.site)
    found = rows.where(SchoolClass.school_year == year).order_by(SchoolClass.sort_key)
    return [ClassFacts(*row) for row in found.tuples()]


def list_pupils(from_year: SchoolYear, to_year: SchoolYear | None) -> dict[int, list[PupilFacts]]:
    """Class id -> its active pupils by given name."""
    next_stay = Enrolment.alias()
    next_class = SchoolClass.alias()
    query = (
        Enrolment.select(
            Reader.id, Reader.full_name, Reader.sort_key, Reader.born_on, Reader.education_id,
            Enrolment.school_class, Enrolment.id, next_class.name,
        )
        .join(Reader)
        .join(
            next_stay, pw.JOIN.LEFT_OUTER,
            on=(next_stay.reader == Reader.id) & next_stay.ended_on.is_null()
            & (next_stay.school_year == (to_year.id if to_year is not None else 0)),
        )
        .join(next_class, pw.JOIN.LEFT_OUTER, on=(next_class.id == next_stay.school_class))
        .where(
            Enrolment.school_year == from_year, Enrolment.ended_on.is_null(),
            Reader.status == ReaderStatus.ACTIVE, Reader.kind == ReaderKind.PUPIL,
        )
        .order_by(Reader.sort_key, Reader.id)
    )  # fmt: skip
    rows = list(query.tuples())
    loans = list_open_counts(row[0] for row in rows)
    found: dict[int, list[PupilFacts]] = defaultdict(list)
    for row in rows:
        held = loans.get(row[0], (0, 0))[0]
        facts: list[Any] = [*row, held, held > 0]
        found[row[5]].append(PupilFacts(*facts))
    return found


def get_move(move_id: int) -> YearMove:
    """NotFound move_missing."""
    row = YearMove.get_or_none(YearMove.id == move_id)
    if row is None:
        raise NotFound("move_missing", move_id=move_id)
    return row


def next_label(row: YearMove) -> str:
    """The year a move goes into; its row is made in the calendar only when the move is applied."""
    return year_after(row.from_year.label)


def make_plan(row: YearMove) -> MoveView:
    """The move as it would be today."""
    from_year, label = row.from_year, next_label(row)
    to_year = SchoolYear.get_or_none(SchoolYear.label == label)
    classes = list_class_facts(from_year)
    choices = {int(reader_id): Choice(**choice) for reader_id, choice in row.decisions.items()}
    fates, new = decide_classes(
        classes, list_pupils(from_year, to_year), {int(key): name for key, name in row.class_map.items()}, choices,
        [one.name for one in list_class_facts(to_year)] if to_year is not None else [], top_grade(),
    )  # fmt: skip
    return MoveView(row.id, from_year.label, label, starts_on(label), fates, new)


def make_result(row: YearMove) -> MoveView:
    """What an applied move did, class by class; `owes` of a pupil who left: the card is still open (L158)."""
    stays = {
        stay_id: (class_id, name)
        for stay_id, class_id, name in Enrolment.select(Enrolment.id, SchoolClass.id, SchoolClass.name)
        .join(SchoolClass)
        .where(Enrolment.school_year.in_([row.from_year_id, row.to_year_id]))
        .tuples()
    }
    lines = list(
        YearMoveLine.select(YearMoveLine, Reader)
        .join(Reader)
        .where(YearMoveLine.move == row)
        .order_by(Reader.sort_key, Reader.id)
    )
    loans = list_open_counts(line.reader_id for line in lines)
    fates: dict[int, list[Fate]] = defaultdict(list)
    for line in lines:
        reader, stay_id = line.reader, line.before["stay"]
        class_id, _ = stays[stay_id]
        _, target = stays.get(line.before.get("opened"), (0, ""))
        pupil = PupilFacts(
            reader.id, reader.full_name, reader.sort_key, reader.born_on, reader.education_id, class_id, stay_id,
            target or None, loans.get(reader.id, (0, 0))[0], reader.status == ReaderStatus.ACTIVE,
        )  # fmt: skip
        fates[class_id].append(Fate(pupil, line.outcome, target, str(reader.id) in row.decisions))
    made = row.classes_made or []
    names = [name for (name,) in SchoolClass.select(SchoolClass.name).where(SchoolClass.id.in_(made or [0])).tuples()]
    classes = tuple(
        ClassFates(one, row.class_map.get(str(one.id), ""), False, "", tuple(fates[one.id]))
        for one in list_class_facts(row.from_year)
        if one.id in fates
    )
    return MoveView(row.id, row.from_year.label, row.to_year.label, row.to_year.starts_on, classes, tuple(names))


def list_moves() -> list[YearMove]:
    """Applied ones and plans, the newest first."""
    return list(YearMove.select().order_by(YearMove.id.desc()))


def find_open_plan() -> YearMove | None:
    return YearMove.get_or_none(YearMove.applied_at.is_null())


def list_year_choices() -> list[str]:
    """School years that have pupils to move, newest first."""
    query = (
        SchoolYear.select(SchoolYear.label)
        .join(Enrolment)
        .join(Reader)
        .where(Enrolment.ended_on.is_null(), Reader.status == ReaderStatus.ACTIVE)
        .group_by(SchoolYear.label, SchoolYear.starts_on)
        .order_by(SchoolYear.starts_on.desc())
    )
    return [label for (label,) in query.tuples()]


def count_without_next(from_year: SchoolYear, to_label: str) -> int:
    """Pupils of a year who have no class in the next one yet."""
    to_year = SchoolYear.get_or_none(SchoolYear.label == to_label)
    return sum(pupil.next_class is None for row in list_pupils(from_year, to_year).values() for pupil in row)


def starts_on(label: str) -> date:
    """The first day of a school year as kept, or its usual one while it is not in the calendar."""
    row = SchoolYear.get_or_none(SchoolYear.label == label)
    kept: date = row.starts_on if row is not None else default_year(label).starts_on
    return kept


def list_leavers(move: YearMove) -> tuple[Fate, ...]:
    """Those who left with this move and still have a card (L158)."""
    return make_result(move).owing
