"""Which copies can be had and where each of them is: for the OPAC, the search filter and the desk.

Always from copies and open loans (promise 1 of docs/architecture.md), and no reader is named. Reads only.
Next: queries.py (loans, overdue, holds).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee as pw

from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.dates import short_day, week_day
from library.lending.desk_facts import free_copies_query, unit_fact
from library.lending.model import UnitKind
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import Hold, HoldingUnit, Loan, LoanPolicy, ShelfStop
from library.lending.whereabouts import join_whereabouts
from library.readers.tables import SchoolClass

CHUNK = 400  # below SQLite's old limit of 999 bound values


def list_availability(record_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """record id -> (copies in service, copies that can be taken home now). Ids without copies are left out."""
    ids = list(dict.fromkeys(record_ids))
    found: dict[int, tuple[int, int]] = {}
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        totals = Copy.select(Copy.record, pw.fn.COUNT(Copy.id)).where(
            Copy.record.in_(chunk), Copy.status.not_in(("withdrawn", "lost"))
        )
        free = _lendable_now(Copy.select(Copy.record, pw.fn.COUNT(Copy.id)).join(Collection).switch(Copy).join(Record))
        available = dict(tuples_of(free.where(Copy.record.in_(chunk)).group_by(Copy.record)))
        for record_id, total in tuples_of(totals.group_by(Copy.record)):
            found[record_id] = (total, available.get(record_id, 0))
    return found


def available_record_ids() -> set[int]:
    """Titles with at least one copy that can be taken home now (the search filter "còn trên kệ")."""
    query = _lendable_now(Copy.select(Copy.record).join(Collection).switch(Copy).join(Record))
    return {row[0] for row in tuples_of(query.distinct())}


def _lendable_now(query: Any) -> Any:
    """Free copies that may leave the house; the select has joined Collection and Record."""
    query = free_copies_query(query).where(Copy.use == "loan", Collection.home_loan == True)  # noqa: E712  SQL
    materials, collections = list_never_lent()
    if materials:
        query = query.where(Record.material.not_in(materials))
    if collections:
        query = query.where(Collection.code.not_in(collections))
    return query


def list_never_lent() -> tuple[list[str], list[str]]:
    """Materials and collections that the policy table lends to nobody (rows that name nothing else)."""
    rows = LoanPolicy.select(LoanPolicy.material, LoanPolicy.collection).where(
        LoanPolicy.loanable == False,  # noqa: E712  SQL
        LoanPolicy.reader_kind.is_null(),
        LoanPolicy.grade.is_null(),
    )
    named = tuples_of(rows)
    materials = [material for material, code in named if material and not code]
    collections = [code for material, code in named if code and not material]
    return materials, collections


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyState:
    """Where a copy is, in words for everybody. `status`: available | on_loan | held | class_corner |
    mobile_shelf | reading_room | reference | repair | missing | lost."""

    copy_id: int
    barcode: str
    accession_number: str
    collection: str
    collection_name: str
    shelf_location: str
    status: str
    label: str
    due_on: date | None = None
    unit_id: int | None = None
    unit_name: str | None = None
    class_name: str | None = None
    stop_place: str | None = None
    stop_until_on: date | None = None


def copy_states(record_id: int) -> list[CopyState]:
    """Every copy of a title but withdrawn ones, in accession order; no reader is named."""
    copies = (
        Copy.select(
            Copy.id, Copy.barcode, Copy.accession_number, Copy.status, Copy.use, Copy.shelf_location,
            Record.material, Collection.code, Collection.name.alias("collection_name"), Collection.home_loan,
            Loan.id.alias("loan_id"), Loan.due_on,
            HoldingUnit.id.alias("unit_id"), HoldingUnit.kind, HoldingUnit.name.alias("unit_name"),
            SchoolClass.name.alias("class_name"), Hold.id.alias("hold_id"),
        )
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .where(Copy.record == record_id, Copy.status != "withdrawn")
        .order_by(Copy.accession_number)
    )  # fmt: skip
    materials, collections = list_never_lent()
    states = []
    for row in dicts_of(join_whereabouts(copies)):
        stop = current_stop(row["unit_id"]) if row["kind"] == UnitKind.MOBILE_SHELF else None
        stays = not row["home_loan"] or row["material"] in materials or row["code"] in collections
        status, label = _state(row, stop, stays)
        at_class = row["class_name"] if status == "class_corner" else None
        states.append(
            CopyState(
                copy_id=row["id"],
                barcode=row["barcode"],
                accession_number=row["accession_number"],
                collection=row["code"],
                collection_name=row["collection_name"],
                shelf_location=row["shelf_location"],
                status=status,
                label=label,
                due_on=row["due_on"] if status == "on_loan" else None,
                unit_id=row["unit_id"],
                unit_name=row["unit_name"],
                class_name=at_class,
                stop_place=stop.place if stop else None,
                stop_until_on=stop.planned_until_on if stop else None,
            )
        )
    return states


def _state(row: dict[str, Any], stop: ShelfStop | None, stays: bool) -> tuple[str, str]:
    if row["status"] == "lost":
        return "lost", "Đã báo mất"
    if row["status"] == "missing":
        return "missing", "Đang tìm"
    if row["status"] == "repair":
        return "repair", "Đang tu sửa"
    if row["loan_id"] is not None:
        return "on_loan", f"Đang mượn – hạn {short_day(row['due_on'])}"
    if row["unit_id"] is not None:
        unit = unit_fact(row["unit_id"], row["kind"], row["unit_name"], row["class_name"])
        if row["kind"] == UnitKind.CLASS_CORNER:
            return "class_corner", f"Ở góc lớp {unit.name}"
        if stop is not None:
            return "mobile_shelf", f"{unit.name} – ở {stop.place} đến {week_day(stop.planned_until_on)}"
        return "mobile_shelf", f"Ở {unit.name}"
    if row["hold_id"] is not None:
        return "held", "Giữ cho bạn đọc đã đặt"
    if row["use"] == "reference":
        return "reference", "Tra cứu tại thư viện"
    if row["use"] == "reading_room" or stays:
        return "reading_room", "Đọc tại chỗ"
    return "available", "Còn trên kệ"


def current_stop(unit_id: int) -> ShelfStop | None:
    """Where a mobile shelf is now (L87); None while it is at home."""
    return (
        ShelfStop.select()
        .where(
            ShelfStop.unit == unit_id,
            ShelfStop.arrived_at.is_null(False),
            ShelfStop.left_at.is_null(),
            ShelfStop.cancelled_at.is_null(),
        )
        .order_by(ShelfStop.sequence)
        .first()
    )
