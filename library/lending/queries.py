"""What others ask lending: loans of a reader, overdue lists, holds. Reads only, never commits.

What is free and where copies are: availability.py. Facts for one decision at the desk: desk_facts.py. Corners
and shelves: units/queries.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.clock import local_date, today
from library.lending.availability import list_availability
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import Hold, Loan, LoanEvent
from library.readers.tables import Card, Enrolment, Reader, SchoolClass

CHUNK = 400  # below SQLite's old limit of 999 bound values


# --- loans ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """An open or past loan as staff see it."""

    loan_id: int
    copy_id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    material: str
    price: int | None
    reader_id: int | None
    reader_name: str
    card: str
    class_name: str
    kind: str
    loaned_on: date
    due_on: date
    renewals: int
    returned_on: date | None
    days_late: int
    ended_as: str | None = None
    claimed_returned_on: date | None = None
    recalled_on: date | None = None
    comment: str = ""


def _loan_lines(condition: Iterable[Any], order: Sequence[Any], limit: int | None) -> list[LoanLine]:
    day = today()
    query = (
        Loan.select(
            Loan.id, Copy.id.alias("copy_id"), Copy.barcode, Copy.accession_number, Copy.record,
            Record.title, Record.part, Record.material, Copy.price, Record.price.alias("title_price"), Loan.reader,
            Reader.full_name, Card.number, Loan.class_name, Loan.reader_kind, Loan.loaned_on, Loan.due_on,
            Loan.renewals, Loan.returned_on, Loan.overdue_days, Loan.ended_as, Loan.claimed_returned_on,
            Loan.recalled_on, Loan.comment,
        )
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .join(Card, pw.JOIN.LEFT_OUTER, on=(Card.reader == Reader.id) & (Card.status == "active"))
        .where(*condition)
        .order_by(*order)
    )  # fmt: skip
    if limit is not None:
        query = query.limit(limit)
    lines = []
    for row in dicts_of(query):
        open_late = max((day - row["due_on"]).days, 0)
        lines.append(
            LoanLine(
                loan_id=row["id"],
                copy_id=row["copy_id"],
                barcode=row["barcode"],
                accession_number=row["accession_number"],
                record_id=row["record"],
                title=shown_title(row["title"], row["part"]),
                material=row["material"],
                price=row["price"] or row["title_price"],
                reader_id=row["reader"],
                reader_name=row["full_name"] or "",
                card=row["number"] or "",
                class_name=row["class_name"] or "",
                kind=row["reader_kind"],
                loaned_on=row["loaned_on"],
                due_on=row["due_on"],
                renewals=row["renewals"],
                returned_on=row["returned_on"],
                days_late=open_late if row["returned_on"] is None else (row["overdue_days"] or 0),
                ended_as=row["ended_as"],
                claimed_returned_on=row["claimed_returned_on"],
                recalled_on=row["recalled_on"],
                comment=row["comment"] or "",
            )
        )
    return lines


def list_open_loans(reader_id: int) -> list[LoanLine]:
    """What a reader has now, the earliest due first."""
    return _loan_lines((Loan.reader == reader_id, Loan.returned_at.is_null()), (Loan.due_on, Loan.id), None)


def list_open_loans_of(reader_ids: Sequence[int]) -> dict[int, list[LoanLine]]:
    """reader id -> what they have now, in the order it was lent; for the list of a class."""
    found: dict[int, list[LoanLine]] = {}
    for start in range(0, len(reader_ids), CHUNK):
        chosen = Loan.reader.in_(list(reader_ids[start : start + CHUNK]))
        for line in _loan_lines((chosen, Loan.returned_at.is_null()), (Loan.id,), None):
            found.setdefault(line.reader_id or 0, []).append(line)
    return found


def list_loans(loan_ids: Sequence[int]) -> list[LoanLine]:
    """Loans by their numbers, open or past, in that order."""
    found: dict[int, LoanLine] = {}
    for start in range(0, len(loan_ids), CHUNK):
        chosen = Loan.id.in_(list(loan_ids[start : start + CHUNK]))
        found |= {line.loan_id: line for line in _loan_lines((chosen,), (Loan.id,), None)}
    return [found[loan_id] for loan_id in loan_ids if loan_id in found]


def find_loan(loan_id: int) -> LoanLine | None:
    """Any loan, open or past."""
    lines = _loan_lines((Loan.id == loan_id,), (Loan.id,), 1)
    return lines[0] if lines else None


def list_loan_events(loan_id: int) -> list[dict[str, Any]]:
    """What happened to a loan after it was made, in order: kind, at, due_before, due_after, actor_name, comment."""
    return dicts_of(LoanEvent.select().where(LoanEvent.loan == loan_id).order_by(LoanEvent.id))


def list_past_loans(reader_id: int, limit: int = 50) -> list[LoanLine]:
    """What a reader has brought back, the newest first. Steps that were undone are left out."""
    conditions = (
        Loan.reader == reader_id,
        Loan.returned_at.is_null(False),
        Loan.ended_as.is_null() | (Loan.ended_as != "corrected"),
    )
    return _loan_lines(conditions, (Loan.returned_at.desc(), Loan.id.desc()), limit)


def list_open_loans_due(since: date) -> list[LoanLine]:
    """Open loans due on `since` or later."""
    return _loan_lines((Loan.returned_at.is_null(), Loan.due_on >= since), (Loan.due_on, Loan.id), None)


def list_overdue(on: date | None = None) -> list[LoanLine]:
    """Open loans past their due day (L40), by class (natural order), name, due day. Class as it is now."""
    day = on or today()
    lines = _loan_lines((Loan.returned_at.is_null(), Loan.due_on < day), (Loan.due_on, Loan.id), None)
    classes = current_classes({line.reader_id for line in lines if line.reader_id is not None})
    sort_keys = (
        Reader.select(Reader.id, Reader.sort_key)
        .join(Loan, on=(Loan.reader == Reader.id))
        .where(Loan.returned_at.is_null(), Loan.due_on < day)
    )
    names: dict[int | None, str] = dict(tuples_of(sort_keys))
    far = "~"  # readers without a class come after all classes

    def order(line: LoanLine) -> tuple[str, str, date]:
        class_key = classes[line.reader_id][1] if line.reader_id in classes else far
        return class_key, names.get(line.reader_id, ""), line.due_on

    placed = [
        replace(line, class_name=classes[line.reader_id][0]) if line.reader_id in classes else line for line in lines
    ]
    return sorted(placed, key=order)


def current_classes(reader_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """reader id -> (class name, its sort key) of the newest open enrolment."""
    ids = list(reader_ids)
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            Enrolment.select(Enrolment.reader, SchoolClass.name, SchoolClass.sort_key)
            .join(SchoolClass)
            .where(Enrolment.reader.in_(ids[start : start + CHUNK]), Enrolment.ended_on.is_null())
            .order_by(Enrolment.school_year)
        )
        found.update({reader_id: (name, sort_key) for reader_id, name, sort_key in tuples_of(query)})
    return found


def count_open_loans(reader_id: int) -> int:
    return Loan.select().where(Loan.reader == reader_id, Loan.returned_at.is_null()).count()


def list_open_counts(reader_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """reader id -> (open loans, those past their due day); readers without loans are left out."""
    ids = list(dict.fromkeys(reader_ids))
    late = pw.fn.SUM(pw.Case(None, ((Loan.due_on < today(), 1),), 0))
    found: dict[int, tuple[int, int]] = {}
    for start in range(0, len(ids), CHUNK):
        query = (
            Loan.select(Loan.reader, pw.fn.COUNT(Loan.id), late)
            .where(Loan.reader.in_(ids[start : start + CHUNK]), Loan.returned_at.is_null())
            .group_by(Loan.reader)
        )
        found.update({reader_id: (count, int(overdue)) for reader_id, count, overdue in tuples_of(query)})
    return found


def count_overdue(on: date | None = None) -> int:
    """For the page "Hôm nay"."""
    return Loan.select().where(Loan.returned_at.is_null(), Loan.due_on < (on or today())).count()


def count_loans_on(day: date) -> int:
    """Loans to persons made on a day, corrected ones left out."""
    return (
        Loan.select()
        .where(Loan.loaned_on == day, Loan.ended_as.is_null() | (Loan.ended_as != "corrected"))
        .count()
    )


def find_open_loan(copy_id: int) -> LoanLine | None:
    lines = _loan_lines((Loan.copy == copy_id, Loan.returned_at.is_null()), (Loan.id,), 1)
    return lines[0] if lines else None


def find_loan_superseded_at(copy_id: int, at: datetime) -> LoanLine | None:
    """The loan that a kiosk's later loan of `at` ended unseen (L92)."""
    ended = LoanEvent.select(LoanEvent.loan).where(LoanEvent.kind == "superseded", LoanEvent.at == at)
    lines = _loan_lines((Loan.copy == copy_id, Loan.id.in_(ended)), (Loan.id.desc(),), 1)
    return lines[0] if lines else None


def find_loan_began(loan_id: int) -> datetime:
    """When a loan was made, to the second."""
    return Loan.select(Loan.loaned_at).where(Loan.id == loan_id).get().loaned_at


def list_copy_history(copy_id: int, limit: int = 50) -> list[LoanLine]:
    """Loans of one copy, the newest first."""
    return _loan_lines((Loan.copy == copy_id,), (Loan.id.desc(),), limit)


# --- holds ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldLine:
    hold_id: int
    record_id: int
    title: str
    reader_id: int
    reader_name: str
    class_name: str
    status: str
    placed_on: date
    needed_until_on: date | None
    barcode: str | None  # the copy kept ready, or the copy asked for
    pickup_until_on: date | None
    free_copies: int


def list_holds(reader_id: int | None = None) -> list[HoldLine]:
    """Open holds: those on the pickup shelf first (by pickup day), then the queues by title."""
    ready_copy, wanted = Copy.alias(), Copy.alias()
    query = (
        Hold.select(
            Hold.id, Hold.record, Record.title, Record.part, Hold.reader, Reader.full_name, Hold.status, Hold.placed_at,
            Hold.needed_until_on, Hold.pickup_until_on, ready_copy.barcode.alias("ready_barcode"),
            wanted.barcode.alias("wanted_barcode"),
        )
        .join(Record)
        .switch(Hold)
        .join(Reader)
        .switch(Hold)
        .join(ready_copy, pw.JOIN.LEFT_OUTER, on=(Hold.ready_copy == ready_copy.id))
        .switch(Hold)
        .join(wanted, pw.JOIN.LEFT_OUTER, on=(Hold.copy == wanted.id))
        .where(Hold.ended_at.is_null())
        .order_by(Hold.status, Hold.pickup_until_on, Record.title_sort, Hold.priority, Hold.placed_at, Hold.id)
    )  # fmt: skip
    if reader_id is not None:
        query = query.where(Hold.reader == reader_id)
    rows = dicts_of(query)
    classes = current_classes({row["reader"] for row in rows})
    availability = list_availability({row["record"] for row in rows})
    return [
        HoldLine(
            hold_id=row["id"],
            record_id=row["record"],
            title=shown_title(row["title"], row["part"]),
            reader_id=row["reader"],
            reader_name=row["full_name"],
            class_name=classes.get(row["reader"], ("", ""))[0],
            status=row["status"],
            placed_on=local_date(row["placed_at"]),
            needed_until_on=row["needed_until_on"],
            barcode=row["ready_barcode"] or row["wanted_barcode"],
            pickup_until_on=row["pickup_until_on"],
            free_copies=availability.get(row["record"], (0, 0))[1],
        )
        for row in rows
    ]


def list_hold_names(hold_ids: Collection[int]) -> list[tuple[int, str, str, str]]:
    """(hold, title, reader's name, class) of holds open or ended; no name once the reader is anonymised."""
    rows: list[tuple[Any, ...]] = []
    ids = list(hold_ids)
    for start in range(0, len(ids), 500):
        query = (
            Hold.select(Hold.id, Record.title, Record.part, Hold.reader, Reader.full_name)
            .join(Record)
            .switch(Hold)
            .join(Reader, pw.JOIN.LEFT_OUTER)
            .where(Hold.id.in_(ids[start : start + 500]))
        )
        rows += tuples_of(query)
    classes = current_classes({row[3] for row in rows if row[3] is not None})
    return [
        (hold_id, shown_title(title, part), name or "", classes.get(reader_id, ("", ""))[0])
        for hold_id, title, part, reader_id, name in rows
    ]


def count_holds_ready(reader_id: int) -> int:
    return Hold.select().where(Hold.reader == reader_id, Hold.status == "ready").count()


def list_ready_titles(reader_id: int) -> tuple[str, ...]:
    """What is kept on the pickup shelf for a reader, the first to be given up first."""
    query = (
        Hold.select(Record.title, Record.part)
        .join(Record)
        .where(Hold.reader == reader_id, Hold.status == "ready")
        .order_by(Hold.pickup_until_on, Hold.id)
    )
    return tuple(shown_title(title, part) for title, part in tuples_of(query))


def list_waiting_counts(record_ids: Iterable[int]) -> dict[int, int]:
    """record id -> how many wait for it."""
    query = (
        Hold.select(Hold.record, pw.fn.COUNT(Hold.id))
        .where(Hold.record.in_(list(record_ids)), Hold.status == "waiting")
        .group_by(Hold.record)
    )
    return dict(tuples_of(query))
