"""Reads of the school's move into the next year. Never commits. Next: service.py."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import peewee as pw

from library.foundation.errors import NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import default_year
from library.foundation.tables import SchoolYear
from library.lending.queries import list_open_counts
from library.readers.model import ReaderKind, ReaderStatus
from library.readers.rules import TOP_GRADES
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.year_end.model import LEAVING, Choice, ClassFacts, MovePlan, PupilFacts
from library.year_end.rules import decide_classes, next_year_of
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
        facts: list[Any] = [*row, loans.get(row[0], (0, 0))[0]]
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
    return next_year_of(row.from_year.label)


def make_plan(row: YearMove) -> MovePlan:
    """The move as it would be today."""
    from_year, label = row.from_year, next_label(row)
    to_year = SchoolYear.get_or_none(SchoolYear.label == label)
    classes = list_class_facts(from_year)
    choices = {int(reader_id): Choice(**choice) for reader_id, choice in row.decisions.items()}
    fates, new = decide_classes(
        classes, list_pupils(from_year, to_year), {int(key): name for key, name in row.class_map.items()}, choices,
        [one.name for one in list_class_facts(to_year)] if to_year is not None else [], top_grade(),
    )  # fmt: skip
    return MovePlan(
        row.id, from_year.label, label, starts_on(label), fates, new, row.applied_at, row.applied_by,
        row.undone_at,
    )  # fmt: skip


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


def list_leavers(move: YearMove) -> list[tuple[Reader, str, str, int]]:
    """(reader, outcome, last class, open loans) of those who left with this move and still have a card."""
    rows = list(
        YearMoveLine.select(YearMoveLine, Reader)
        .join(Reader)
        .where(
            YearMoveLine.move == move, YearMoveLine.outcome.in_(sorted(LEAVING)), Reader.status == ReaderStatus.ACTIVE
        )
        .order_by(Reader.sort_key)
    )
    loans = list_open_counts(row.reader_id for row in rows)
    classes = {
        stay_id: name
        for stay_id, name in Enrolment.select(Enrolment.id, SchoolClass.name)
        .join(SchoolClass)
        .where(Enrolment.id.in_([row.before["stay"] for row in rows] or [0]))
        .tuples()
    }
    return [
        (row.reader, row.outcome, classes.get(row.before["stay"], ""), loans.get(row.reader_id, (0, 0))[0])
        for row in rows
    ]
