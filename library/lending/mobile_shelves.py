"""Mobile shelves (tủ sách lưu động): a shelf, its route of stops with dates, counted out and in.

Sets go in and out by units.py. Rules L87, L88.
"""

from __future__ import annotations

from datetime import date

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.lending.model import UnitKind
from library.lending.queries import current_stop
from library.lending.set_steps import count_copies, get_open_unit, require_keeper
from library.lending.tables import HoldingUnit, ShelfStop
from library.readers.tables import SchoolClass

SHELF_KINDS = (
    UnitKind.MOBILE_SHELF, UnitKind.BOOK_BAG, UnitKind.BOOKCASE, UnitKind.SITE, UnitKind.GREEN_LIBRARY,
)  # fmt: skip


def open_shelf(
    name: str,
    *,
    actor: Actor,
    kind: str = UnitKind.MOBILE_SHELF,
    responsible_id: int | None = None,
    capacity: int | None = None,
    note: str = "",
) -> int:
    """A shelf (bag, bookcase, site). InvalidInput for an empty name or one that is in use."""
    name = nfc(name)[:80]
    if not name:
        raise InvalidInput("name_missing", field="name")
    if kind not in SHELF_KINDS:
        raise InvalidInput("kind_bad", field="kind")
    if capacity is not None and not 1 <= capacity <= 1_000:
        raise InvalidInput("capacity_bad", field="capacity")
    with transaction():
        if HoldingUnit.select().where(HoldingUnit.name == name, HoldingUnit.closed_on.is_null()).exists():
            raise Conflict("name_taken", name=name, field="name")
        if responsible_id is not None:
            require_keeper(responsible_id)
        unit_id: int = HoldingUnit.insert(
            kind=str(kind), name=name, responsible=responsible_id, capacity=capacity, opened_on=today(), note=nfc(note)
        ).execute()
        record_audit(actor, "unit.open", "holding_unit", unit_id, None, {"name": name})
        return unit_id


def add_stop(
    unit_id: int,
    place: str,
    from_on: date,
    until_on: date,
    *,
    actor: Actor,
    class_id: int | None = None,
    responsible_id: int | None = None,
    note: str = "",
) -> int:
    """Plan a stop. InvalidInput when it has no place, ends before it starts, or meets another planned stop."""
    with transaction():
        get_open_unit(unit_id)
        place = nfc(place)[:120]
        if class_id is not None:
            school_class = SchoolClass.get_or_none(SchoolClass.id == class_id)
            if school_class is None:
                raise NotFound("class_missing")
            place = place or f"lớp {school_class.name}"
        if not place:
            raise InvalidInput("place_missing", field="place")
        if until_on < from_on or (until_on - from_on).days > 366:
            raise InvalidInput("period_bad", field="until_on")
        meets = ShelfStop.select().where(
            ShelfStop.unit == unit_id,
            ShelfStop.cancelled_at.is_null(),
            ShelfStop.left_at.is_null(),
            ShelfStop.planned_from_on <= until_on,
            ShelfStop.planned_until_on >= from_on,
        )
        other = meets.first()
        if other is not None:
            raise Conflict("stop_meets", field="from_on", place=other.place, from_on=other.planned_from_on,
                           until_on=other.planned_until_on)  # fmt: skip
        if responsible_id is not None:
            require_keeper(responsible_id)
        sequence = ShelfStop.select().where(ShelfStop.unit == unit_id).count() + 1
        stop_id: int = ShelfStop.insert(
            unit=unit_id, sequence=sequence, place=place, school_class=class_id, responsible=responsible_id,
            planned_from_on=from_on, planned_until_on=until_on, note=nfc(note),
        ).execute()  # fmt: skip
        record_audit(actor, "stop.plan", "shelf_stop", stop_id, None,
                     {"place": place, "from": str(from_on), "until": str(until_on)})  # fmt: skip
        return stop_id


def arrive(stop_id: int, *, actor: Actor, copies_out: int | None = None) -> None:
    """The shelf is at this stop now, with so many copies (None: as many as are loaded). It leaves the stop
    before, if it is still there (L87)."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is not None:
            raise Conflict("stop_state_bad")
        _check_count(copies_out)
        before = current_stop(stop.unit_id)
        loaded = count_copies(stop.unit_id) if copies_out is None else copies_out
        if before is not None:
            leave(before.id, actor=actor, copies_in=copies_out)
        ShelfStop.update(arrived_at=now(), copies_out=loaded).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.arrive", "shelf_stop", stop_id, None, {"copies_out": loaded})


def leave(stop_id: int, *, actor: Actor, copies_in: int | None = None) -> int:
    """The shelf leaves, with so many copies counted in. Returns how many are short (negative: too many)."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is None or stop.left_at is not None:
            raise Conflict("stop_state_bad")
        _check_count(copies_in)
        counted = count_copies(stop.unit_id) if copies_in is None else copies_in
        ShelfStop.update(left_at=now(), copies_in=counted).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.leave", "shelf_stop", stop_id, None, {"copies_in": counted})
        return (stop.copies_out or 0) - counted


def cancel_stop(stop_id: int, *, actor: Actor) -> None:
    """A planned stop will not be; one the shelf has been at stays in the route."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is not None:
            raise Conflict("stop_state_bad")
        ShelfStop.update(cancelled_at=now()).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.cancel", "shelf_stop", stop_id, None, None)


def _get_stop(stop_id: int) -> ShelfStop:
    stop = ShelfStop.get_or_none((ShelfStop.id == stop_id) & ShelfStop.cancelled_at.is_null())
    if stop is None:
        raise NotFound("stop_unknown")
    return stop


def _check_count(count: int | None) -> None:
    if count is not None and not 0 <= count <= 5_000:
        raise InvalidInput("count_bad", field="count")
