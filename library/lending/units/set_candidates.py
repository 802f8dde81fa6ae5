"""What the proposal of a set must know: free copies, what this class has had. Reads only, never commits."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import peewee as pw

from library.cataloguing.tables import Copy, Record, RecordFacet
from library.foundation.clock import today
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import fold
from library.lending.bookings.facts import list_lessons_without
from library.lending.desk_facts import free_copies_query
from library.lending.rows import tuples_of
from library.lending.tables import Hold, HoldingUnit, Placement, ShelfStop
from library.lending.units.set_rules import PROPOSED, Candidate, MixLimits
from library.readers.tables import Enrolment

_COLUMNS = (
    Copy.id, Copy.record, Record.title_sort, Record.material, Record.class_number, Record.series, Record.year,
)  # fmt: skip


def load_limits() -> MixLimits:
    """What the school wishes of a set (L135)."""
    return MixLimits(
        max_textbooks=get_preference("unit_max_textbooks"), min_children=get_preference("unit_min_children")
    )


def list_candidates(until: date) -> list[Candidate]:
    """Copies that stand free, may be lent, and whose title nobody waits for (L130), nor any lesson needs before
    the set is back, `until` (L192)."""
    waiting = Hold.select(pw.Value(1)).where(Hold.record == Copy.record, Hold.status == "waiting")
    query = free_copies_query(Copy.select(*_COLUMNS).join(Record)).where(
        Copy.use == "loan", Record.material.in_(PROPOSED), Record.deleted_at.is_null(), ~pw.fn.EXISTS(waiting)
    )
    found = _as_candidates(query)
    needed = list_lessons_without({candidate.record_id: 1 for candidate in found}, today(), until)
    return [candidate for candidate in found if candidate.record_id not in needed]


def list_kept(copy_ids: list[int]) -> list[Candidate]:
    """Copies that are on the list or in the unit already, in the same shape."""
    found: list[Candidate] = []
    for start in range(0, len(copy_ids), 400):
        query = Copy.select(*_COLUMNS).join(Record).where(Copy.id.in_(copy_ids[start : start + 400]))
        found += _as_candidates(query)
    return found


def _as_candidates(query: pw.ModelSelect) -> list[Candidate]:
    rows = tuples_of(query)
    grades: dict[int, set[int]] = defaultdict(set)
    for record_id, value in tuples_of(
        RecordFacet.select(RecordFacet.record, RecordFacet.value).where(RecordFacet.kind == "grade")
    ):
        if value.isdecimal():
            grades[record_id].add(int(value))
    stays = dict(
        tuples_of(
            Placement.select(Copy.record, pw.fn.COUNT(Placement.id)).join(Copy).group_by(Copy.record)
        )
    )
    return [
        Candidate(
            copy_id=copy_id, record_id=record_id, title_sort=title_sort, material=material,
            group=(class_number or "~")[:1].upper(), series=fold(series), grades=frozenset(grades[record_id]),
            stays=stays.get(record_id, 0), year=year,
        )
        for copy_id, record_id, title_sort, material, class_number, series, year in rows
    ]  # fmt: skip


def list_records_had(unit: HoldingUnit) -> set[int]:
    """L131: titles that have been in this unit, in a corner of this class or of the class most of its pupils
    were in before, or on a shelf while it stopped there."""
    classes = list_cohort_classes(unit.school_class_id) if unit.school_class_id else []
    here = HoldingUnit.id == unit.id
    if classes:
        here |= HoldingUnit.school_class.in_(classes)
    had = Placement.select(Copy.record).join(Copy).switch(Placement).join(HoldingUnit).where(here).distinct()
    found = {record_id for (record_id,) in tuples_of(had)}
    if classes:
        at_stop = (
            Placement.select(Copy.record)
            .join(Copy)
            .switch(Placement)
            .join(ShelfStop, on=(ShelfStop.unit == Placement.unit))
            .where(
                ShelfStop.school_class.in_(classes),
                ShelfStop.arrived_at.is_null(False),
                ShelfStop.left_at.is_null() | (Placement.placed_at <= ShelfStop.left_at),
                Placement.removed_at.is_null() | (Placement.removed_at >= ShelfStop.arrived_at),
            )
            .distinct()
        )
        found |= {record_id for (record_id,) in tuples_of(at_stop)}
    return found


def list_cohort_classes(class_id: int) -> list[int]:
    """This class and those of former years in which at least half of its pupils were (4A was 3A)."""
    members = Enrolment.select(Enrolment.reader).where(
        Enrolment.school_class == class_id, Enrolment.ended_on.is_null()
    )
    count = members.count()
    if not count:
        return [class_id]
    before = (
        Enrolment.select(Enrolment.school_class)
        .where(Enrolment.reader.in_(members))
        .group_by(Enrolment.school_class)
        .having(pw.fn.COUNT(pw.fn.DISTINCT(Enrolment.reader)) * 2 >= count)
    )
    return sorted({class_id, *(found for (found,) in tuples_of(before))})
