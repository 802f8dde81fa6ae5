"""Reads of stock-takes: progress, what is missing, what is to be decided, the minutes. Never commits.

What a scan means is decided in service.py; rules L196–L199.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import peewee as pw

from library.cataloguing.model import MATERIAL_LABELS, shown_title
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.clock import local_date, now
from library.foundation.errors import NotFound
from library.foundation.rows import dicts_of, tuples_of
from library.lending.tables import Loan, Placement
from library.stock.model import TO_SETTLE, Minutes, MinutesLine, MissingLine, ScanLine, StocktakeLine
from library.stock.tables import Stocktake, StocktakeScan

WORN_OUT = ("damaged", "torn")
_EXTRA = ("elsewhere", "withdrawn", "unknown")


def list_stocktakes() -> list[StocktakeLine]:
    """All of them, the open ones first, then the newest."""
    return _lines(None)


def get_stocktake(stocktake_id: int) -> StocktakeLine:
    """NotFound(`stocktake_unknown`)."""
    found = _lines(Stocktake.id == stocktake_id)
    if not found:
        raise NotFound("stocktake_unknown")
    return found[0]


def _lines(condition: Any) -> list[StocktakeLine]:
    query = Stocktake.select(
        Stocktake.id, Stocktake.name, Stocktake.collection, Collection.name.alias("collection_name"),
        Stocktake.started_at, Stocktake.started_by, Stocktake.closed_at, Stocktake.closed_by,
    ).join(Collection, pw.JOIN.LEFT_OUTER)  # fmt: skip
    if condition is not None:
        query = query.where(condition)
    rows = dicts_of(query.order_by(Stocktake.closed_at.is_null(False), Stocktake.id.desc()))
    return [
        StocktakeLine(
            id=row["id"], name=row["name"], collection_id=row["collection"],
            range_name=row["collection_name"] or "Tất cả các kho", started_at=row["started_at"],
            started_by=row["started_by"], closed_at=row["closed_at"], closed_by=row["closed_by"] or "",
        )
        for row in rows
    ]  # fmt: skip


def count_outcomes(stocktake_id: int) -> dict[str, int]:
    """Outcome -> how many books were seen so."""
    query = (
        StocktakeScan.select(StocktakeScan.outcome, pw.fn.COUNT(StocktakeScan.id))
        .where(StocktakeScan.stocktake == stocktake_id)
        .group_by(StocktakeScan.outcome)
    )
    return dict(tuples_of(query))


def list_scans(stocktake_id: int, outcomes: tuple[str, ...] = TO_SETTLE) -> list[ScanLine]:
    """Scans of these outcomes, those that wait for a decision first, then the newest."""
    query = (
        StocktakeScan.select(
            StocktakeScan.id, StocktakeScan.code, Record.title, StocktakeScan.outcome, StocktakeScan.detail,
            StocktakeScan.settled_at,
        )
        .join(Copy, pw.JOIN.LEFT_OUTER)
        .join(Record, pw.JOIN.LEFT_OUTER)
        .where(StocktakeScan.stocktake == stocktake_id, StocktakeScan.outcome.in_(outcomes))
        .order_by(StocktakeScan.settled_at.is_null(False), StocktakeScan.id.desc())
    )  # fmt: skip
    return [
        ScanLine(
            scan_id=row["id"], code=row["code"], title=row["title"] or "", outcome=row["outcome"],
            detail=row["detail"], settled=row["settled_at"] is not None,
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def _in_range(line: StocktakeLine) -> Any:
    """On the books of the range since before it began, and not withdrawn."""
    condition = (Copy.status != "withdrawn") & (Copy.created_at <= line.started_at)
    return condition if line.collection_id is None else condition & (Copy.collection == line.collection_id)


def _unseen(line: StocktakeLine) -> Any:
    """L199: should stand here, and neither a scan nor the desk has seen it since the count began."""
    scan = StocktakeScan.select(pw.Value(1)).where(StocktakeScan.stocktake == line.id, StocktakeScan.copy == Copy.id)
    moved = Loan.select(pw.Value(1)).where(
        Loan.copy == Copy.id,
        Loan.returned_at.is_null() | (Loan.loaned_at >= line.started_at) | (Loan.returned_at >= line.started_at),
    )
    away = Placement.select(pw.Value(1)).where(Placement.copy == Copy.id, Placement.removed_at.is_null())
    return (
        _in_range(line) & Copy.status.in_(("in_service", "repair"))
        & ~pw.fn.EXISTS(scan) & ~pw.fn.EXISTS(moved) & ~pw.fn.EXISTS(away)
    )  # fmt: skip


def count_missing(line: StocktakeLine) -> int:
    """How many copies are still to be seen."""
    return int(Copy.select().where(_unseen(line)).count())


def list_missing(line: StocktakeLine) -> list[MissingLine]:
    """Copies still to be seen, in the order of the shelves."""
    return _missing_lines(_unseen(line))


def _missing_lines(condition: Any) -> list[MissingLine]:
    query = (
        Copy.select(
            Copy.id, Copy.accession_number, Record.title, Record.part, Collection.name.alias("collection_name"),
            Copy.shelf_location, Record.call_number, pw.fn.COALESCE(Copy.price, Record.price).alias("price"),
        )
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .where(condition)
        .order_by(Collection.sort_no, Collection.code, Copy.shelf_location, Record.call_number, Copy.accession_number)
    )  # fmt: skip
    return [
        MissingLine(
            copy_id=row["id"], accession_number=row["accession_number"],
            title=shown_title(row["title"], row["part"]),
            collection=row["collection_name"],
            place=", ".join(part for part in (row["shelf_location"], row["call_number"]) if part), price=row["price"],
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def make_minutes(line: StocktakeLine) -> Minutes:
    """L199: what the books say against what was seen; as it was closed, or as it stands now."""
    if not line.open:
        kept: dict[str, Any] = Stocktake.get_by_id(line.id).result
        ids = kept["missing"]
        return Minutes(
            on=local_date(line.closed_at or now()), extra=kept["extra"],
            lines=tuple(MinutesLine(**row) for row in kept["lines"]),
            missing=tuple(
                one for start in range(0, len(ids), 400)
                for one in _missing_lines(Copy.id.in_(ids[start : start + 400]))
            ),
        )  # fmt: skip
    scanned = StocktakeScan.select(pw.Value(1)).where(StocktakeScan.stocktake == line.id, StocktakeScan.copy == Copy.id)
    on_loan = Loan.select(pw.Value(1)).where(Loan.copy == Copy.id, Loan.returned_at.is_null())
    away = Placement.select(pw.Value(1)).where(Placement.copy == Copy.id, Placement.removed_at.is_null())
    desk = Loan.select(pw.Value(1)).where(
        Loan.copy == Copy.id, (Loan.loaned_at >= line.started_at) | (Loan.returned_at >= line.started_at)
    )
    query = (
        Copy.select(
            Record.material, pw.fn.COALESCE(Copy.price, Record.price), Copy.status, Copy.condition,
            pw.fn.EXISTS(scanned), pw.fn.EXISTS(on_loan), pw.fn.EXISTS(away), pw.fn.EXISTS(desk),
        )
        .join(Record)
        .where(_in_range(line))
    )  # fmt: skip
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for material, price, status, condition, was_scanned, is_lent, is_away, was_moved in query.tuples():
        one = sums[material]
        one["on_books"] += 1
        one["on_books_sum"] += price or 0
        if was_scanned or (was_moved and not is_lent and not is_away and status in ("in_service", "repair")):
            one["here"] += 1
            one["here_sum"] += price or 0
            one["damaged"] += status == "repair" or condition in WORN_OUT
        elif is_lent or is_away:
            one["lent"] += 1
        else:
            one["short"] += 1
    order = [material.value for material in MATERIAL_LABELS]
    counts = count_outcomes(line.id)
    return Minutes(
        on=local_date(now()),
        lines=tuple(MinutesLine(material=name, **sums[name]) for name in sorted(sums, key=order.index)),
        missing=tuple(list_missing(line)),
        extra=sum(counts.get(outcome, 0) for outcome in _EXTRA),
    )
