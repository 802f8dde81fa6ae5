"""Lists of corners and shelves: what is in them, what is missing, routes, hand-over documents. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.clock import local_date, today
from library.foundation.errors import NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Calendar
from library.foundation.tables import SchoolYear
from library.lending.availability import current_stop
from library.lending.model import UNIT_LABELS, UnitKind
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import HandOver, HoldingUnit, Placement, ShelfStop, UnitUse
from library.lending.units.shelf_stops import list_net_lent
from library.readers.tables import Reader, SchoolClass

HAND_OVER_LABELS: dict[str, str] = {
    "out": "Giao sách",
    "back": "Nhận về",
    "exchange": "Chuyển giữa hai nơi",
    "count": "Kiểm đếm",
    "carry_over": "Chuyển năm học",
}


STAY_LABELS: dict[str | None, str] = {
    None: "Đang ở đây",
    "returned": "Đã nhận về",
    "moved": "Chuyển nơi khác",
    "missing": "Thất lạc",
    "lost": "Mất",
    "damaged": "Hư hỏng",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    unit_id: int
    kind: str
    kind_label: str
    name: str
    class_id: int | None
    class_name: str
    responsible_id: int | None
    responsible: str
    helper_id: int | None
    helper: str
    capacity: int
    copies: int
    due_on: date | None
    late_days: int  # after due_on with copies still out
    opened_on: date
    closed_on: date | None
    note: str
    stop_place: str | None
    stop_until_on: date | None
    stop_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCopy:
    copy_id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    authors: tuple[str, ...]
    price: int | None
    placed_on: date
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLine:
    """`state`: planned | here | late | done | cancelled."""

    stop_id: int
    sequence: int
    place: str
    class_name: str
    responsible: str
    from_on: date
    until_on: date
    arrived_at: datetime | None
    left_at: datetime | None
    copies_out: int | None
    copies_in: int | None
    state: str
    closed_days: int  # planned days on which the school is closed (L88)
    note: str
    lent: int  # copies that readers have from it since, less what came back there (L87)

    @property
    def arrived_on(self) -> date | None:
        """The day the shelf really came."""
        return None if self.arrived_at is None else local_date(self.arrived_at)

    @property
    def left_on(self) -> date | None:
        """The day the shelf really left."""
        return None if self.left_at is None else local_date(self.left_at)

    @property
    def short(self) -> int:
        """Copies fewer in than out, beyond what readers have."""
        return (self.copies_out or 0) - self.lent - (self.copies_in or 0) if self.left_at is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A hand-over document with its copies, ready to print and sign."""

    hand_over_id: int
    number: str
    kind: str
    kind_label: str
    unit: UnitLine
    happened_on: date
    received_by: str
    staff_name: str
    note: str
    copies: tuple[UnitCopy, ...]


def list_units(*, corners: bool, closed: bool = False) -> list[UnitLine]:
    """Class corners, or everything else; by class in natural order, then by name."""
    corner = HoldingUnit.kind == UnitKind.CLASS_CORNER.value
    ended = HoldingUnit.closed_on.is_null(False) if closed else HoldingUnit.closed_on.is_null()
    return _unit_lines((corner if corners else ~corner) & ended)


def get_unit(unit_id: int) -> UnitLine:
    """NotFound(`unit_unknown`)."""
    lines = _unit_lines(HoldingUnit.id == unit_id)
    if not lines:
        raise NotFound("unit_unknown")
    return lines[0]


def _unit_lines(condition: pw.Node) -> list[UnitLine]:
    keeper, helper = Reader.alias(), Reader.alias()
    inside = (
        Placement.select(pw.fn.COUNT(Placement.id))
        .where(Placement.unit == HoldingUnit.id, Placement.removed_at.is_null())
    )  # fmt: skip
    query = (
        HoldingUnit.select(
            HoldingUnit.id, HoldingUnit.kind, HoldingUnit.name, HoldingUnit.school_class, HoldingUnit.responsible,
            HoldingUnit.helper, HoldingUnit.capacity, HoldingUnit.due_on, HoldingUnit.opened_on,
            HoldingUnit.closed_on, HoldingUnit.note, SchoolClass.name.alias("class_name"),
            keeper.full_name.alias("keeper_name"), helper.full_name.alias("helper_name"), inside.alias("copies"),
        )
        .join(SchoolClass, pw.JOIN.LEFT_OUTER)
        .switch(HoldingUnit)
        .join(keeper, pw.JOIN.LEFT_OUTER, on=(HoldingUnit.responsible == keeper.id))
        .switch(HoldingUnit)
        .join(helper, pw.JOIN.LEFT_OUTER, on=(HoldingUnit.helper == helper.id))
        .where(condition)
        .order_by(SchoolClass.sort_key, HoldingUnit.name, HoldingUnit.id)
    )  # fmt: skip
    day, usual = today(), get_preference("unit_capacity")
    lines = []
    for row in dicts_of(query):
        corner = row["kind"] == UnitKind.CLASS_CORNER.value
        stop = None if corner or row["closed_on"] else current_stop(row["id"])
        late = (day - row["due_on"]).days if row["due_on"] and row["copies"] and not row["closed_on"] else 0
        lines.append(
            UnitLine(
                unit_id=row["id"], kind=row["kind"], kind_label=UNIT_LABELS[UnitKind(row["kind"])], name=row["name"],
                class_id=row["school_class"], class_name=row["class_name"] or "",
                responsible_id=row["responsible"], responsible=row["keeper_name"] or "",
                helper_id=row["helper"], helper=row["helper_name"] or "",
                capacity=row["capacity"] if row["capacity"] is not None else usual, copies=row["copies"],
                due_on=row["due_on"], late_days=max(late, 0), opened_on=row["opened_on"], closed_on=row["closed_on"],
                note=row["note"], stop_place=stop.place if stop else None,
                stop_until_on=stop.planned_until_on if stop else None,
                stop_late=bool(stop and stop.planned_until_on < day),
            )
        )  # fmt: skip
    return lines


def list_unit_copies(unit_id: int) -> list[UnitCopy]:
    """What is in a unit now; while taking back, what is not ticked off yet is what is missing."""
    return _unit_copies((Placement.unit == unit_id) & Placement.removed_at.is_null())


def _unit_copies(condition: pw.Node) -> list[UnitCopy]:
    query = (
        Placement.select(
            Copy.id.alias("copy_id"), Copy.barcode, Copy.accession_number, Copy.record, Copy.price, Record.title,
            Record.part, Record.authors, Record.price.alias("title_price"), Placement.placed_on, Placement.outcome,
        )
        .join(Copy)
        .join(Record)
        .where(condition)
        .order_by(Record.title_sort, Copy.accession_number)
    )  # fmt: skip
    return [
        UnitCopy(
            copy_id=row["copy_id"], barcode=row["barcode"], accession_number=row["accession_number"],
            record_id=row["record"], title=shown_title(row["title"], row["part"]),
            authors=tuple(row["authors"] or ()), price=row["price"] or row["title_price"],
            placed_on=row["placed_on"], outcome=row["outcome"],
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def list_stops(unit_id: int, calendar: Calendar) -> list[StopLine]:
    """The route of a shelf, in the order of its planned days."""
    query = (
        ShelfStop.select(ShelfStop, SchoolClass.name.alias("class_name"), Reader.full_name.alias("keeper_name"))
        .join(SchoolClass, pw.JOIN.LEFT_OUTER)
        .switch(ShelfStop)
        .join(Reader, pw.JOIN.LEFT_OUTER, on=(ShelfStop.responsible == Reader.id))
        .where(ShelfStop.unit == unit_id)
        .order_by(ShelfStop.planned_from_on, ShelfStop.sequence)
    )
    day, net = today(), list_net_lent(unit_id)
    return [
        StopLine(
            stop_id=row["id"], sequence=row["sequence"], place=row["place"], class_name=row["class_name"] or "",
            responsible=row["keeper_name"] or "", from_on=row["planned_from_on"], until_on=row["planned_until_on"],
            arrived_at=row["arrived_at"], left_at=row["left_at"], copies_out=row["copies_out"],
            copies_in=row["copies_in"], state=_stop_state(row, day), note=row["note"],
            lent=net.get(row["id"], 0),
            closed_days=_closed_days(row["planned_from_on"], row["planned_until_on"], calendar),
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def _closed_days(from_on: date, until_on: date, calendar: Calendar) -> int:
    days = [date.fromordinal(number) for number in range(from_on.toordinal(), until_on.toordinal() + 1)]
    # Sundays are no surprise: only closures of the calendar are worth a word.
    return sum(day in calendar.closed for day in days)


def _stop_state(row: dict[str, object], day: date) -> str:
    if row["cancelled_at"] is not None:
        return "cancelled"
    if row["left_at"] is not None:
        return "done"
    until_on = row["planned_until_on"]
    assert isinstance(until_on, date)
    if until_on < day:
        return "late"  # L88: also a stop the shelf never reached
    return "here" if row["arrived_at"] is not None else "planned"


def list_late_stops(on: date | None = None) -> list[tuple[str, str, date]]:
    """(shelf, place, planned last day) of shelves that should have left by now (L88)."""
    day = on or today()
    query = (
        ShelfStop.select(HoldingUnit.name, ShelfStop.place, ShelfStop.planned_until_on)
        .join(HoldingUnit)
        .where(
            ShelfStop.arrived_at.is_null(False),
            ShelfStop.left_at.is_null(),
            ShelfStop.cancelled_at.is_null(),
            ShelfStop.planned_until_on < day,
            HoldingUnit.closed_on.is_null(),
        )
        .order_by(ShelfStop.planned_until_on)
    )
    return tuples_of(query)


def list_missed_stops(on: date | None = None) -> list[tuple[str, str, date]]:
    """(shelf, place, planned first day) of stops the shelf should have reached by now (L88), not yet long past."""
    day = on or today()
    query = (
        ShelfStop.select(HoldingUnit.name, ShelfStop.place, ShelfStop.planned_from_on)
        .join(HoldingUnit)
        .where(
            ShelfStop.arrived_at.is_null(),
            ShelfStop.cancelled_at.is_null(),
            ShelfStop.planned_from_on < day,
            HoldingUnit.closed_on.is_null(),
        )
        .order_by(ShelfStop.planned_from_on)
    )
    return tuples_of(query)


def count_old_corners(on: date | None = None) -> int:
    """Open corners of classes whose school year is over."""
    return (
        HoldingUnit.select()
        .join(SchoolClass)
        .join(SchoolYear)
        .where(
            HoldingUnit.kind == UnitKind.CLASS_CORNER.value, HoldingUnit.closed_on.is_null(),
            SchoolYear.ends_on < (on or today()),
        )
        .count()
    )  # fmt: skip


def list_documents(unit_id: int) -> list[HandOver]:
    """Hand-over documents of a unit, the newest first."""
    return list(HandOver.select().where(HandOver.unit == unit_id).order_by(HandOver.id.desc()))


def get_document(hand_over_id: int) -> Document:
    """NotFound(`document_unknown`)."""
    row = HandOver.get_or_none(HandOver.id == hand_over_id)
    if row is None:
        raise NotFound("document_unknown")
    moved = Placement.placed_by if row.kind in ("out", "exchange", "carry_over") else Placement.removed_by
    return Document(
        hand_over_id=row.id, number=row.number, kind=row.kind, kind_label=HAND_OVER_LABELS[row.kind],
        unit=get_unit(row.unit_id), happened_on=row.happened_on, received_by=row.received_by,
        staff_name=row.staff_name, note=row.note, copies=tuple(_unit_copies(moved == hand_over_id)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyStay:
    """One stay of a copy in a corner or shelf, with the documents that brought and took it."""

    unit_id: int
    unit_name: str
    placed_on: date
    hand_over_id: int
    number: str
    removed_at: datetime | None
    outcome: str | None
    back_id: int | None
    back_number: str


def list_copy_places(copy_id: int) -> list[CopyStay]:
    """Where a copy has been, the newest first (B29)."""
    back = HandOver.alias()
    query = (
        Placement.select(
            HoldingUnit.id.alias("unit_id"), HoldingUnit.name.alias("unit_name"), Placement.placed_on,
            HandOver.id.alias("hand_over_id"), HandOver.number, Placement.removed_at, Placement.outcome,
            back.id.alias("back_id"), back.number.alias("back_number"),
        )
        .join(HoldingUnit)
        .switch(Placement)
        .join(HandOver, on=(Placement.placed_by == HandOver.id))
        .switch(Placement)
        .join(back, pw.JOIN.LEFT_OUTER, on=(Placement.removed_by == back.id))
        .where(Placement.copy == copy_id)
        .order_by(Placement.id.desc())
    )  # fmt: skip
    return [CopyStay(**{**row, "back_number": row["back_number"] or ""}) for row in dicts_of(query)]


def count_uses(unit_id: int) -> int:
    """Reads logged inside a unit."""
    return UnitUse.select(pw.fn.SUM(UnitUse.count)).where(UnitUse.unit == unit_id).scalar() or 0
