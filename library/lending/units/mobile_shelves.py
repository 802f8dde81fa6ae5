"""Mobile shelves (tủ sách lưu động): a shelf, its route of stops with dates, counted out and in.

Sets go in and out by service.py. Rules L87, L88.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.lending.availability import current_stop
from library.lending.model import Channel, UnitKind
from library.lending.scanned_codes import unknown_copy
from library.lending.service import check_in
from library.lending.tables import HoldingUnit, Placement, ShelfStop
from library.lending.units.set_steps import (
    SetProblem,
    SetRefused,
    clean_list,
    get_open_unit,
    load_copies,
    load_copies_by_id,
    require_keeper,
    why_not_in,
)
from library.lending.units.shelf_rules import same_place
from library.lending.units.shelf_stops import count_on_shelf, list_net_lent
from library.readers.tables import SchoolClass

register_errors(
    {
        "stop_taken": "{unit} sẽ ở {place} từ {from_on} đến {until_on}. Chọn nơi khác hoặc ngày khác.",
        "shelf_count_over": "Trên tủ nhiều nhất còn {most} cuốn: danh sách của tủ có {listed} cuốn, bạn đọc đang "
        "mượn {lent}. Đếm lại, hoặc đếm bằng quét để biết cuốn nào thừa.",
        "shelf_count_in_over": "Đếm về không thể quá {most} cuốn: danh sách của tủ có {listed} cuốn, lúc đến đây tủ có "
        "{out} cuốn. Đếm lại, hoặc đếm bằng quét để biết cuốn nào thừa.",
        "stop_not_newest": "Tủ đã đi tiếp: chỉ sửa được chặng mới nhất.",
        "shelf_empty": "{unit} chưa có sách nào trên tủ. Giao sách lên tủ trước khi đi.",
    }
)

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
        _require_free_place(unit_id, place, class_id, from_on, until_on)
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
    """The shelf is at this stop now, with so many copies (None: as many as should stand on it). It leaves the
    stop before, if it is still there (L87). Conflict(`stop_state_bad`, `shelf_empty`); InvalidInput for more copies
    than can be on it (`shelf_count_over`, L226)."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is not None:
            raise Conflict("stop_state_bad")
        _check_count(copies_out)
        before = current_stop(stop.unit_id)
        most = count_on_shelf(stop.unit_id)
        loaded = most if copies_out is None else copies_out
        if not loaded:
            raise Conflict("shelf_empty", unit=stop.unit.name)
        if loaded > most:
            listed = _count_listed(stop.unit_id)
            raise InvalidInput("shelf_count_over", field="count", most=most, listed=listed, lent=listed - most)
        if before is not None:
            leave(before.id, actor=actor, copies_in=copies_out)
        ShelfStop.update(arrived_at=now(), copies_out=loaded).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.arrive", "shelf_stop", stop_id, None, {"copies_out": loaded})


def leave(stop_id: int, *, actor: Actor, copies_in: int | None = None) -> int:
    """The shelf leaves, with so many copies counted in. Returns how many are short of those counted out, beyond
    what readers have from it (negative: too many). InvalidInput for more than went out and than its list has
    (`shelf_count_in_over`, L226)."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is None or stop.left_at is not None:
            raise Conflict("stop_state_bad")
        _check_count(copies_in)
        counted = count_on_shelf(stop.unit_id) if copies_in is None else copies_in
        listed, out = _count_listed(stop.unit_id), stop.copies_out or 0
        if counted > max(listed, out):  # a listed copy that "somebody has" may stand there all the same
            raise InvalidInput("shelf_count_in_over", field="count", most=max(listed, out), listed=listed, out=out)
        lent = list_net_lent(stop.unit_id)[stop_id]
        ShelfStop.update(left_at=now(), copies_in=counted).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.leave", "shelf_stop", stop_id, None, {"copies_in": counted})
        return (stop.copies_out or 0) - lent - counted


def undo_leave(stop_id: int, *, actor: Actor) -> None:
    """L226: the shelf has not left after all: it is at its newest stop again, without a count in. Conflict
    (`stop_state_bad`, `stop_not_newest`)."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.left_at is None:
            raise Conflict("stop_state_bad")
        if _went_on(stop):
            raise Conflict("stop_not_newest")
        ShelfStop.update(left_at=None, copies_in=None).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.undo_leave", "shelf_stop", stop_id, {"copies_in": stop.copies_in}, None)


def _count_listed(unit_id: int) -> int:
    count: int = Placement.select().where(Placement.unit == unit_id, Placement.removed_at.is_null()).count()
    return count


def _went_on(stop: ShelfStop) -> bool:
    """The shelf has been at another stop since."""
    since = ShelfStop.arrived_at > stop.arrived_at if stop.arrived_at is not None else ShelfStop.id < 0
    later = ShelfStop.select().where(
        ShelfStop.unit == stop.unit_id, ShelfStop.arrived_at.is_null(False), ShelfStop.id != stop.id, since
    )
    return bool(later.exists())


@dataclass(frozen=True, slots=True, kw_only=True)
class StopCount:
    """A count by scanning (L147). `missing`: barcodes not seen; `lent`: not on the shelf because a reader has
    them; `back`: seen although a reader had them, so brought back; `foreign`: scanned, but not of this shelf."""

    seen: int
    missing: tuple[str, ...]
    lent: tuple[str, ...]
    back: tuple[str, ...]
    foreign: tuple[SetProblem, ...]


def count_stop(stop_id: int, barcodes: Sequence[str], *, actor: Actor, moves: bool = True) -> StopCount:
    """Count the shelf at a stop by scanning what stands on it (L147): out when it arrives, in when it leaves,
    anew when it has left already. What is missing keeps its name on the shelf's list. Without `moves` the shelf stays
    where it is and only the difference is told (L226).

    Conflict(`stop_not_newest`) for a stop before the newest one; SetRefused when nothing scanned is of the shelf."""
    wanted, _ = clean_list(barcodes)
    with transaction():
        stop = _get_stop(stop_id)
        if _went_on(stop):
            raise Conflict("stop_not_newest")
        found = load_copies(wanted)
        here = {copy.id: copy for code, copy in found.items() if copy.unit_id == stop.unit_id and code in wanted}
        foreign = [
            SetProblem(
                barcode=code, title=found[code].title if code in found else "",
                reason=why_not_in(stop.unit.name, code, found[code])
                if code in found else unknown_copy(code),
            )
            for code in wanted
            if code not in found or found[code].unit_id != stop.unit_id
        ]  # fmt: skip
        if not here:
            raise SetRefused(foreign)
        ids = [copy_id for (copy_id,) in Placement.select(Placement.copy).where(
            Placement.unit == stop.unit_id, Placement.removed_at.is_null()).tuples()]  # fmt: skip
        whole = load_copies_by_id(ids)
        back = [copy for copy in here.values() if copy.loan_id is not None]
        for copy in back:
            check_in(copy.barcode, actor=actor, channel=Channel.MOBILE)
        unseen = [copy for copy in whole if copy.id not in here]
        result = StopCount(
            seen=len(here), missing=tuple(copy.barcode for copy in unseen if copy.loan_id is None),
            lent=tuple(copy.barcode for copy in unseen if copy.loan_id is not None),
            back=tuple(copy.barcode for copy in back), foreign=tuple(foreign),
        )  # fmt: skip
        if not moves and stop.left_at is None:
            pass  # counted in between: the shelf neither arrives nor leaves
        elif stop.arrived_at is None:
            arrive(stop_id, actor=actor, copies_out=result.seen)
        elif stop.left_at is None:
            leave(stop_id, actor=actor, copies_in=result.seen)
        else:
            ShelfStop.update(copies_in=result.seen).where(ShelfStop.id == stop_id).execute()
        record_audit(
            actor, "stop.count", "shelf_stop", stop_id, None,
            {"count": result.seen, "missing": list(result.missing), "returned": len(back)},
        )  # fmt: skip
        return result


def cancel_stop(stop_id: int, *, actor: Actor) -> None:
    """A planned stop will not be; one the shelf has been at stays in the route."""
    with transaction():
        stop = _get_stop(stop_id)
        if stop.arrived_at is not None:
            raise Conflict("stop_state_bad")
        ShelfStop.update(cancelled_at=now()).where(ShelfStop.id == stop_id).execute()
        record_audit(actor, "stop.cancel", "shelf_stop", stop_id, None, None)


def _require_free_place(unit_id: int, place: str, class_id: int | None, from_on: date, until_on: date) -> None:
    """L145: Conflict(`stop_taken`) when another shelf will be at this place in these days."""
    others = (
        ShelfStop.select(ShelfStop, HoldingUnit)
        .join(HoldingUnit)
        .where(
            ShelfStop.unit != unit_id,
            ShelfStop.cancelled_at.is_null(),
            ShelfStop.left_at.is_null(),
            ShelfStop.planned_from_on <= until_on,
            ShelfStop.planned_until_on >= from_on,
            HoldingUnit.closed_on.is_null(),
        )
        .order_by(ShelfStop.planned_from_on)
    )
    for other in others:
        if same_place(place, class_id, other.place, other.school_class_id):
            raise Conflict(
                "stop_taken", field="place", unit=other.unit.name, place=other.place, from_on=other.planned_from_on,
                until_on=other.planned_until_on,
            )  # fmt: skip


def _get_stop(stop_id: int) -> ShelfStop:
    stop = ShelfStop.get_or_none((ShelfStop.id == stop_id) & ShelfStop.cancelled_at.is_null())
    if stop is None:
        raise NotFound("stop_unknown")
    return stop


def _check_count(count: int | None) -> None:
    if count is not None and not 0 <= count <= 5_000:
        raise InvalidInput("count_bad", field="count")
