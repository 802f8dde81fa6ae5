"""Reads of a shelf's stops: which stop a day belongs to, where the shelf could go next, what a stop has read
and borrowed. Never commits; no reader is named.

Planning and counting are in mobile_shelves.py, the rules in shelf_rules.py (L145–L149).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.calendar import find_year, load_calendar
from library.foundation.clock import at_local, local_date, today
from library.foundation.errors import NotFound
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import fold
from library.lending.model import UnitKind
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import HoldingUnit, Loan, Placement, ShelfStop, UnitUse
from library.lending.units.shelf_rules import Place, ProposedStop, StayAtStop, propose_stops, same_place, stop_of
from library.readers.tables import SchoolClass


def list_stays(unit_id: int) -> list[StayAtStop]:
    """Every stop the shelf has been at."""
    query = ShelfStop.select().where(ShelfStop.unit == unit_id, ShelfStop.arrived_at.is_null(False))
    return [StayAtStop(stop_id=row.id, arrived_at=row.arrived_at, left_at=row.left_at) for row in query]


def find_stop_on(unit_id: int, day: date) -> int | None:
    """L149, for a day without an hour: the later of two stops of that day."""
    return stop_of(list_stays(unit_id), at_local(day, 23, 59))


def count_on_shelf(unit_id: int) -> int:
    """Copies that should stand on the shelf now: those of the unit without those lent from it."""
    lent = Loan.select(pw.Value(1)).where(Loan.copy == Placement.copy, Loan.returned_at.is_null())
    return (
        Placement.select()
        .where(Placement.unit == unit_id, Placement.removed_at.is_null(), ~pw.fn.EXISTS(lent))
        .count()
    )


def list_net_lent(unit_id: int) -> dict[int, int]:
    """stop id -> by how many copies fewer the shelf left (or would leave now) because readers have them: lent
    there and not back, less what was lent elsewhere and came back there (L87)."""
    net: dict[int, int] = {}
    rows = tuples_of(
        Loan.select(Loan.loaned_at, Loan.returned_at).where(
            Loan.unit == unit_id, Loan.ended_as.is_null() | (Loan.ended_as != "corrected")
        )
    )
    for stay in list_stays(unit_id):
        gone = back = 0
        for loaned_at, returned_at in rows:
            here = loaned_at >= stay.arrived_at and (stay.left_at is None or loaned_at < stay.left_at)
            returned = returned_at is not None and (stay.left_at is None or returned_at <= stay.left_at)
            gone += here and not returned
            back += loaned_at < stay.arrived_at and returned and returned_at >= stay.arrived_at
        net[stay.stop_id] = gone - back
    return net


# --- where next -----------------------------------------------------------------------------------


def list_places() -> list[Place]:
    """Classes of this year, satellite campuses, and wherever a shelf has stopped before."""
    rows = dicts_of(
        ShelfStop.select(
            ShelfStop.place, ShelfStop.school_class, ShelfStop.arrived_at, ShelfStop.left_at,
            ShelfStop.planned_until_on,
        )
        .join(HoldingUnit)
        .where(ShelfStop.cancelled_at.is_null(), HoldingUnit.kind != UnitKind.CLASS_CORNER.value)
    )  # fmt: skip
    day = today()
    known: list[tuple[str, int | None, str]] = []
    year = find_year()
    corners = {
        class_id
        for (class_id,) in tuples_of(
            HoldingUnit.select(HoldingUnit.school_class).where(
                HoldingUnit.kind == UnitKind.CLASS_CORNER.value, HoldingUnit.closed_on.is_null()
            )
        )
    }
    if year is not None:
        classes = SchoolClass.select().where(SchoolClass.school_year == year, SchoolClass.closed_at.is_null())
        for row in classes.order_by(SchoolClass.sort_key):
            known.append((f"lớp {row.name}", row.id, f"1 {row.sort_key}"))
        for site in sorted({row.site for row in classes if row.site}):
            known.append((f"điểm {site}", None, f"2 {fold(site)}"))
    for row in rows:
        if row["school_class"] is None and not any(
            same_place(row["place"], None, name, class_id) for name, class_id, _ in known
        ):
            known.append((row["place"], None, f"3 {fold(row['place'])}"))
    places = []
    for name, class_id, sort_key in known:
        here = [row for row in rows if same_place(row["place"], row["school_class"], name, class_id)]
        been = [local_date(row["left_at"] or row["arrived_at"]) for row in here if row["arrived_at"] is not None]
        busy = any(row["left_at"] is None and (row["arrived_at"] or row["planned_until_on"] >= day) for row in here)
        places.append(
            Place(
                name=name, class_id=class_id, sort_key=sort_key, last_on=max(been, default=None),
                has_corner=class_id is not None and class_id in corners, busy=busy,
            )
        )  # fmt: skip
    return places


def propose_route(unit_id: int, count: int = 3) -> list[ProposedStop]:
    """The next stops of this shelf (L146), from the day after its last planned one."""
    planned = ShelfStop.select(pw.fn.MAX(ShelfStop.planned_until_on)).where(
        ShelfStop.unit == unit_id, ShelfStop.cancelled_at.is_null(), ShelfStop.left_at.is_null()
    )
    last = planned.scalar()
    last_on = date.fromisoformat(last) if isinstance(last, str) else last
    from_on = today() if last_on is None or last_on < today() else last_on + timedelta(days=1)
    return propose_stops(
        list_places(), load_calendar(), from_on, open_days=get_preference("shelf_stop_days"), count=count
    )


# --- what a stop has done -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleAtStop:
    title: str
    loans: int
    reads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopReport:
    """What was read and borrowed at one stop: counts and titles, no names (L149)."""

    stop_id: int
    unit_id: int
    unit_name: str
    place: str
    responsible: str
    from_on: date
    until_on: date
    arrived_at: datetime | None
    left_at: datetime | None
    copies_out: int | None
    copies_in: int | None
    cancelled: bool
    loans: int
    readers: int
    back: int  # of those loans, brought back by now
    reads: int
    materials: tuple[tuple[str, int], ...]  # material -> loans, the most first
    titles: tuple[TitleAtStop, ...]

    @property
    def out_still(self) -> int:
        return self.loans - self.back


def get_stop_report(stop_id: int) -> StopReport:
    """NotFound(`stop_unknown`)."""
    stop = ShelfStop.get_or_none(ShelfStop.id == stop_id)
    if stop is None:
        raise NotFound("stop_unknown")
    loans = [row for row in _loans_of(stop.unit_id) if row["stop"] == stop_id]
    reads = dicts_of(
        UnitUse.select(UnitUse.count, Record.title, Record.part)
        .join(Copy, pw.JOIN.LEFT_OUTER, on=(UnitUse.copy == Copy.id))
        .join(Record, pw.JOIN.LEFT_OUTER)
        .where(UnitUse.stop == stop_id)
    )
    lent, read = Counter(shown_title(row["title"], row["part"]) for row in loans), Counter[str]()
    for row in reads:
        if row["title"]:
            read[shown_title(row["title"], row["part"])] += row["count"]
    titles = sorted({*lent, *read}, key=lambda title: (-lent[title] - read[title], fold(title)))
    return StopReport(
        stop_id=stop.id, unit_id=stop.unit_id, unit_name=stop.unit.name, place=stop.place,
        responsible=stop.responsible.full_name if stop.responsible is not None else "",
        from_on=stop.planned_from_on, until_on=stop.planned_until_on, arrived_at=stop.arrived_at, left_at=stop.left_at,
        copies_out=stop.copies_out, copies_in=stop.copies_in, cancelled=stop.cancelled_at is not None,
        loans=len(loans), readers=len({row["reader"] for row in loans if row["reader"] is not None}),
        back=sum(row["returned_at"] is not None for row in loans), reads=sum(row["count"] for row in reads),
        materials=tuple(Counter(row["material"] for row in loans).most_common()),
        titles=tuple(TitleAtStop(title=title, loans=lent[title], reads=read[title]) for title in titles),
    )  # fmt: skip


def count_stop_loans(unit_id: int) -> dict[int, int]:
    """stop id -> loans made there."""
    counted = Counter(row["stop"] for row in _loans_of(unit_id))
    return {stop_id: count for stop_id, count in counted.items() if stop_id is not None}


def _loans_of(unit_id: int) -> list[dict[str, Any]]:
    query = (
        Loan.select(Loan.loaned_at, Loan.returned_at, Loan.reader, Loan.material, Record.title, Record.part)
        .join(Copy)
        .join(Record)
        .where(Loan.unit == unit_id, Loan.ended_as.is_null() | (Loan.ended_as != "corrected"))
        .order_by(Loan.id)
    )
    stays = list_stays(unit_id)
    return [{**row, "stop": stop_of(stays, row["loaned_at"])} for row in dicts_of(query)]
