"""What goes on inside a corner or shelf, for its pages: who has which of its books, what is read. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.clock import today
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import Loan, Placement, UnitUse
from library.readers.tables import Enrolment, Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class BookInside:
    """A copy of a unit with what the helper sees of it. `reader_id`: the pupil who has it at home now."""

    copy_id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    authors: tuple[str, ...]
    reads: int
    reader_id: int | None
    reader_name: str
    lent_on: date | None
    days_out: int


def list_books_inside(unit_id: int, copy_id: int | None = None) -> list[BookInside]:
    """The books of a unit in the order of its lists (title, number), with loans inside and readings so far."""
    reads = (
        UnitUse.select(pw.fn.COALESCE(pw.fn.SUM(UnitUse.count), 0))
        .where(UnitUse.unit == unit_id, UnitUse.copy == Placement.copy)
    )  # fmt: skip
    out = (Loan.copy == Placement.copy) & Loan.returned_at.is_null()
    query = (
        Placement.select(
            Placement.copy, Copy.barcode, Copy.accession_number, Copy.record, Record.title, Record.part,
            Record.authors, reads.alias("reads"), Loan.reader, Loan.loaned_on, Reader.full_name,
        )
        .join(Copy)
        .join(Record)
        .switch(Placement)
        .join(Loan, pw.JOIN.LEFT_OUTER, on=out)
        .join(Reader, pw.JOIN.LEFT_OUTER, on=(Loan.reader == Reader.id))
        .where(Placement.unit == unit_id, Placement.removed_at.is_null())
        .order_by(Record.title_sort, Copy.accession_number)
    )  # fmt: skip
    if copy_id is not None:
        query = query.where(Placement.copy == copy_id)
    day = today()
    return [
        BookInside(
            copy_id=row["copy"], barcode=row["barcode"], accession_number=row["accession_number"],
            record_id=row["record"], title=shown_title(row["title"], row["part"]),
            authors=tuple(row["authors"] or ()), reads=int(row["reads"]), reader_id=row["reader"],
            reader_name=row["full_name"] or "", lent_on=row["loaned_on"],
            days_out=(day - row["loaned_on"]).days if row["loaned_on"] else 0,
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def list_class_pupils(class_id: int) -> list[tuple[int, str]]:
    """(reader id, full name) of the pupils of a class by given name: the page shows the given name only."""
    query = (
        Enrolment.select(Reader.id, Reader.full_name)
        .join(Reader)
        .where(Enrolment.school_class == class_id, Enrolment.ended_on.is_null(), Reader.status == "active")
        .order_by(Reader.sort_key, Reader.id)
    )
    return tuples_of(query)


def count_reads_on(unit_id: int, day: date) -> int:
    """Readings written down for a day."""
    return int(
        UnitUse.select(pw.fn.COALESCE(pw.fn.SUM(UnitUse.count), 0))
        .where(UnitUse.unit == unit_id, UnitUse.used_on == day)
        .scalar()
    )


def count_lent_inside(unit_ids: Sequence[int]) -> dict[int, int]:
    """unit id -> copies that pupils have at home now."""
    query = (
        Loan.select(Loan.unit, pw.fn.COUNT(Loan.id))
        .where(Loan.unit.in_(list(unit_ids)), Loan.returned_at.is_null())
        .group_by(Loan.unit)
    )
    return dict(tuples_of(query))
