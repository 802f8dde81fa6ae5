"""Class corners (góc lớp): open one for a class with a responsible teacher and a pupil helper.

Sets go in and out by service.py. Rules L80–L86; the seed document's "thư viện góc lớp".
"""

from __future__ import annotations

from datetime import date

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound, Refused
from library.foundation.vietnamese import nfc
from library.lending.model import UnitKind
from library.lending.rules import make_reason
from library.lending.tables import HoldingUnit, Loan, Placement
from library.lending.units.corner_loans import follow_set
from library.lending.units.set_steps import (
    count_copies,
    get_open_unit,
    insert_placements,
    require_keeper,
    usual_end,
    write_document,
)
from library.readers.tables import Enrolment, SchoolClass


def open_corner(
    class_id: int,
    responsible_id: int,
    *,
    actor: Actor,
    helper_id: int | None = None,
    capacity: int | None = None,
    due_on: date | None = None,
    note: str = "",
) -> int:
    """Open the corner of a class (L80). Refused(`corner_twice`) when it has one. Returns the unit's id.

    `due_on` None: the setting's number of weeks from today, on an open day.
    """
    with transaction():
        school_class = SchoolClass.get_or_none(SchoolClass.id == class_id)
        if school_class is None:
            raise NotFound("class_missing")
        require_keeper(responsible_id)
        _check_helper(helper_id, class_id)
        _check_capacity(capacity)
        if find_corner(class_id) is not None:
            raise Refused([make_reason("corner_twice", unit=school_class.name)])
        unit_id: int = HoldingUnit.insert(
            kind=UnitKind.CLASS_CORNER.value, name=f"Góc lớp {school_class.name}",
            school_year=school_class.school_year_id, school_class=class_id, responsible=responsible_id,
            helper=helper_id, capacity=capacity, due_on=due_on or usual_end(), opened_on=today(), note=nfc(note),
        ).execute()  # fmt: skip
        record_audit(
            actor, "unit.open", "holding_unit", unit_id, None,
            {"class": school_class.name, "responsible": responsible_id, "helper": helper_id},
        )  # fmt: skip
        return unit_id


def find_corner(class_id: int) -> int | None:
    """The open corner of a class."""
    row = HoldingUnit.get_or_none(
        (HoldingUnit.school_class == class_id)
        & (HoldingUnit.kind == UnitKind.CLASS_CORNER.value)
        & HoldingUnit.closed_on.is_null()
    )
    return None if row is None else row.id


def change_corner(
    unit_id: int,
    *,
    actor: Actor,
    responsible_id: int,
    helper_id: int | None,
    capacity: int | None,
    due_on: date | None,
    note: str = "",
) -> None:
    """Other keepers, another end, another capacity."""
    with transaction():
        unit = get_open_unit(unit_id)
        require_keeper(responsible_id)
        _check_helper(helper_id, unit.school_class_id)
        _check_capacity(capacity)
        before = {"responsible": unit.responsible_id, "helper": unit.helper_id, "capacity": unit.capacity,
                  "due_on": str(unit.due_on)}  # fmt: skip
        HoldingUnit.update(
            responsible=responsible_id, helper=helper_id, capacity=capacity, due_on=due_on, note=nfc(note)
        ).where(HoldingUnit.id == unit_id).execute()
        if due_on is not None:
            follow_set([unit_id], due_on)
        after = {"responsible": responsible_id, "helper": helper_id, "capacity": capacity, "due_on": str(due_on)}
        record_audit(actor, "unit.change", "holding_unit", unit_id, before, after)


def carry_over(unit_id: int, new_class_id: int, responsible_id: int, *, actor: Actor) -> int:
    """New school year: the set moves as it is to the corner of the new class (4A -> 5A), and what pupils have out
    of it goes with it. Returns its unit id. Refused(`corner_twice`) when that class has books in a corner."""
    with transaction():
        old = get_open_unit(unit_id)
        if old.school_class_id == new_class_id:
            raise InvalidInput("unit_same", field="class_id")
        copies = [row.copy_id for row in Placement.select().where(
            Placement.unit == unit_id, Placement.removed_at.is_null())]  # fmt: skip
        new_id = find_corner(new_class_id)
        if new_id is not None and count_copies(new_id):
            raise Refused([make_reason("corner_twice", unit=SchoolClass.get_by_id(new_class_id).name)])
        if new_id is None:
            new_id = open_corner(new_class_id, responsible_id, actor=actor, capacity=old.capacity)
        keeper = require_keeper(responsible_id).full_name
        document = write_document(
            new_id, "carry_over", "GN", len(copies), actor, keeper, None, f"Chuyển năm học, từ {old.name}"
        )
        Placement.update(removed_by=document.id, removed_at=document.happened_at, outcome="moved").where(
            Placement.unit == unit_id, Placement.removed_at.is_null()
        ).execute()
        insert_placements(new_id, copies, document.id, document.happened_at, document.happened_on)
        Loan.update(unit=new_id).where(Loan.unit == unit_id, Loan.returned_at.is_null()).execute()
        HoldingUnit.update(closed_on=today()).where(HoldingUnit.id == unit_id).execute()
        record_audit(actor, "unit.carry_over", "holding_unit", new_id, {"unit": unit_id}, {"copies": len(copies)})
        return new_id


def _check_helper(helper_id: int | None, class_id: int) -> None:
    if helper_id is None:
        return
    member = Enrolment.select().where(
        Enrolment.reader == helper_id, Enrolment.school_class == class_id, Enrolment.ended_on.is_null()
    )
    if not member.exists():
        raise InvalidInput("helper_bad", field="helper_id")


def _check_capacity(capacity: int | None) -> None:
    if capacity is not None and not 1 <= capacity <= 1_000:
        raise InvalidInput("capacity_bad", field="capacity")
