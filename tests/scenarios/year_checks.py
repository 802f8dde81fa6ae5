"""The core and the model say the same: cheaply every evening, of everything at the end of a month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import peewee as pw
from year_figures import FOR_GOOD, count
from year_lessons import check_bookings
from year_model import LOAN, LOST, PICKUP, SHELF, UNIT, WITHDRAWN
from year_school import School

from library.cataloguing.tables import Copy
from library.foundation.outbox import count_pending
from library.foundation.tables import AuditEntry
from library.lending import availability, queries
from library.lending.tables import Charge, Hold, Loan, Placement
from library.readers.tables import ReaderBlock
from library.reporting.model import list_values
from library.reporting.service import build_month, rows_behind

COUNTED_ACTIONS = ("loan.", "copy.", "copies.", "hold.", "visit.", "unit.", "stop.", "charge.", "textbook.", "kiosk.", "promotion.", "reading_period.",
                   "booking.")  # fmt: skip


@contextmanager
def same(what: str) -> Iterator[list[tuple[Any, Any]]]:
    """Compare pairs (core, model); when they differ, say only what differs."""
    pairs: list[tuple[Any, Any]] = []
    yield pairs
    for core, model in pairs:
        if core != model:
            if isinstance(core, dict) and isinstance(model, dict):
                keys = [key for key in {*core, *model} if core.get(key) != model.get(key)]
                raise AssertionError(
                    f"{what}: " + "; ".join(f"{key}: core {core.get(key)}, model {model.get(key)}" for key in keys[:12])
                )
            raise AssertionError(f"{what}: core {core}, model {model}")


def places_in_core() -> dict[str, tuple[str, ...]]:
    """barcode -> every place the rows name; a copy nothing is said of stands on its shelf."""
    found: dict[str, list[str]] = {}
    queries_ = {
        LOAN: Copy.select(Copy.barcode).join(Loan).where(Loan.returned_at.is_null(), Loan.purpose != "unit"),
        UNIT: Copy.select(Copy.barcode).join(Placement).where(Placement.removed_at.is_null()),
        PICKUP: Copy.select(Copy.barcode).join(Hold, on=Hold.ready_copy == Copy.id).where(Hold.status == "ready"),
    }
    for place, query in queries_.items():
        for (barcode,) in query.tuples():
            found.setdefault(barcode, []).append(place)
    for barcode, status in Copy.select(Copy.barcode, Copy.status).where(Copy.status != "in_service").tuples():
        found.setdefault(barcode, []).append(status)
    return {barcode: tuple(places) for barcode, places in found.items()}


def check_evening(school: School) -> None:
    """Every copy is in one place, and it is the model's; who has what until when; who waits."""
    model = school.model
    with same(f"{school.day}: where copies are") as pairs:
        pairs.append((
            places_in_core(),
            {copy.barcode: (copy.place,) for copy in model.copies.values() if copy.place != SHELF},
        ))  # fmt: skip
    with same(f"{school.day}: open loans") as pairs:
        rows = Loan.select(Loan.id, Loan.reader, Loan.due_on, Loan.renewals).where(Loan.returned_at.is_null())
        pairs.append((
            {loan_id: (reader, due_on, renewals) for loan_id, reader, due_on, renewals in rows.tuples()},
            {loan.id: (person.id, loan.due_on, loan.renewals)
             for person in model.people.values() for loan in person.loans.values()},
        ))  # fmt: skip
    with same(f"{school.day}: holds") as pairs:
        rows = Hold.select(Hold.id, Hold.record, Hold.reader, Hold.ready_copy, Hold.pickup_until_on).where(
            Hold.ended_at.is_null()
        )
        pairs.append((
            {row[0]: row[1:] for row in rows.tuples()},
            {wish.id: (wish.record, wish.person.id, wish.copy.id if wish.copy else None, wish.until)
             for wish in model.wishes},
        ))  # fmt: skip
    with same(f"{school.day}: what is owed") as pairs:
        rows = Charge.select(Charge.id, Charge.reader).where(Charge.settled_at.is_null()).tuples()
        pairs.append((dict(rows), {debt.id: debt.loan.person.id for debt in model.debts if debt.is_open}))
    check_bookings(school)
    with same(f"{school.day}: units") as pairs:
        rows = Placement.select(Placement.copy, Placement.unit).where(Placement.removed_at.is_null()).tuples()
        pairs.append((dict(rows), {copy.id: copy.unit for copy in model.copies.values() if copy.place == UNIT}))


def check_month(school: School, year: int, month: int) -> None:
    """Every loan ever made, suspensions, the log, availability, overdue list, index, and the month's report."""
    model = school.model
    with same(f"{month}/{year}: all loans") as pairs:
        columns = (Loan.id, Loan.copy, Loan.loaned_on, Loan.due_on, Loan.returned_on, Loan.ended_as, Loan.purpose,
                   Loan.reader_kind, Loan.grade, Loan.class_name, Loan.material, Loan.renewals)  # fmt: skip
        pairs.append((
            {row[0]: row[1:] for row in Loan.select(*columns).tuples()},
            {one.id: (one.copy.id, one.on, one.due_on, one.returned_on, one.ended_as, one.purpose, one.kind, one.grade,
                      one.class_name, one.material, one.renewals) for one in model.lent},
        ))  # fmt: skip
    with same(f"{month}/{year}: suspensions") as pairs:
        rows = ReaderBlock.select(ReaderBlock.reader, ReaderBlock.starts_on, ReaderBlock.ends_on).tuples()
        own = [(person.id, *block) for person in model.people.values() for block in person.blocks]
        pairs.append((sorted(rows), sorted(own)))
    with same(f"{month}/{year}: overdue") as pairs:
        late = {line.loan_id for line in queries.list_overdue()}
        pairs.append((late, {loan.id for person in model.people.values() for loan in person.loans.values()
                             if loan.due_on < school.day}))  # fmt: skip
    check_log(school)
    check_availability(school)
    assert count_pending() == 0, "the search index has not followed"
    report = school.app.extensions["kesach_search"].check()
    assert report.is_clean, report
    check_report(school, year, month)


def check_log(school: School) -> None:
    """The audit has one row for each act that the model saw, and none besides."""
    with same(f"{school.day}: rows of the log") as pairs:
        rows = AuditEntry.select(AuditEntry.action, pw.fn.COUNT(AuditEntry.id)).group_by(AuditEntry.action).tuples()
        counted = Counter({action: amount for action, amount in rows if action.startswith(COUNTED_ACTIONS)})
        pairs.append((dict(counted), {name: amount for name, amount in school.model.audit.items() if amount}))


def check_availability(school: School) -> None:
    """What the OPAC would say of every title."""
    model = school.model
    with same(f"{school.day}: availability") as pairs:
        own = {}
        for record, copies in model.titles.items():
            total = sum(copy.place not in (WITHDRAWN, LOST) for copy in copies)
            free = 0 if copies[0].material in ("tool", "periodical") else model.free(record)
            if total:
                own[record] = (total, free)
        pairs.append((availability.list_availability(model.titles), own))


def check_report(school: School, year: int, month: int) -> None:
    """The month's report, figure by figure, against the model's own count."""
    with same(f"report {month}/{year}") as pairs:
        values = list_values(build_month(year, month))
        pairs.append((
            {name: value for name, (_, value) in values.items() if value},
            count(school.model, school.log, *days_of(year, month), school.day),
        ))  # fmt: skip


def check_for_good(school: School, year: int, month: int) -> None:
    """C3: what moved up, left, was found or made anonymous since changes no visit and no loan of an old month."""
    with same(f"late look at {month}/{year}") as pairs:
        values = list_values(build_month(year, month))
        own = count(school.model, school.log, *days_of(year, month), school.day)
        pairs.append((
            {name: value for name, (_, value) in values.items() if value and name.split(".")[-1] in FOR_GOOD},
            {name: value for name, value in own.items() if name.split(".")[-1] in FOR_GOOD},
        ))  # fmt: skip


def check_rows_behind(school: School, year: int, month: int) -> None:
    """Each figure opens to rows that add up to it."""
    for name, (_, value) in list_values(build_month(year, month)).items():
        if isinstance(value, int) and value:
            assert rows_behind(name, year, month).total == value, name


def days_of(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


