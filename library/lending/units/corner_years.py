"""A new school year: each corner of the old one goes on with the class that moved up, or is closed (L144).

All corners in one transaction. What is in a corner moves as it is; nothing is counted as sent out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import peewee as pw

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import current_year
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput
from library.lending.model import UnitKind
from library.lending.rows import tuples_of
from library.lending.tables import HoldingUnit
from library.lending.units.class_corners import carry_over
from library.lending.units.queries import UnitLine, list_unit_copies, list_units
from library.lending.units.service import close_unit, settle_missing, take_back
from library.lending.units.set_steps import count_copies
from library.readers.tables import Enrolment, Reader, SchoolClass

ACTS = ("later", "carry", "back", "missing")

register_errors(
    {
        "year_target_twice": "Lớp {name} được chọn cho hai góc lớp. Mỗi lớp một góc.",
        "year_target_none": "Chọn lớp mới cho {unit}.",
        "year_keeper_none": "Lớp {name} chưa có giáo viên chủ nhiệm và {unit} chưa có người phụ trách."
        " Thêm một người trước.",
        "year_nothing": "Chưa chọn việc nào. Chọn cho ít nhất một góc lớp.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OldCorner:
    """A corner of a former year. `target_id`: the class most of its pupils are in now; None when there is none
    (they have left, or classes of this year are not filled yet)."""

    unit: UnitLine
    school_year: str
    target_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CornerChoice:
    """`act`: later | carry (to `class_id`) | back (everything is back in the library) | missing (what is still on
    its list is missing)."""

    unit_id: int
    act: str
    class_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class YearDone:
    """`missing`: (corner, title, accession number) of every copy that was written down as missing."""

    carried: tuple[tuple[str, str, int], ...]  # (old corner, new class, copies)
    closed: tuple[str, ...]
    missing: tuple[tuple[str, str, str], ...]


def list_old_corners() -> list[OldCorner]:
    """Open corners of classes of former years, by class."""
    year = current_year()
    labels = dict(
        tuples_of(
            HoldingUnit.select(HoldingUnit.id, SchoolClass.school_year)
            .join(SchoolClass)
            .where(
                HoldingUnit.kind == UnitKind.CLASS_CORNER.value, HoldingUnit.closed_on.is_null(),
                SchoolClass.school_year != year,
            )
        )
    )  # fmt: skip
    years = {row.id: row.school_year.label for row in SchoolClass.select().where(
        SchoolClass.school_year.in_(set(labels.values())))}  # fmt: skip
    return [
        OldCorner(
            unit=line, school_year=years.get(line.class_id or 0, ""),
            target_id=find_moved_up(line.class_id) if line.class_id else None,
        )
        for line in list_units(corners=True)
        if line.unit_id in labels
    ]  # fmt: skip


def find_moved_up(class_id: int) -> int | None:
    """The class of this year in which most pupils of that class are now."""
    were = Enrolment.select(Enrolment.reader).where(Enrolment.school_class == class_id)
    now_in = (
        Enrolment.select(Enrolment.school_class, pw.fn.COUNT(Enrolment.id).alias("count"))
        .where(
            Enrolment.reader.in_(were), Enrolment.school_year == current_year(), Enrolment.ended_on.is_null(),
        )
        .group_by(Enrolment.school_class)
        .order_by(pw.SQL("count").desc(), Enrolment.school_class)
    )  # fmt: skip
    found = tuples_of(now_in.limit(1))
    return found[0][0] if found else None


def begin_year(choices: Sequence[CornerChoice], *, actor: Actor) -> YearDone:
    """Do what was chosen for every corner, all or nothing.

    InvalidInput(`year_target_none`, `year_keeper_none`, `year_nothing`), Conflict(`year_target_twice`),
    Refused(`corner_twice`) for a class that has books in a corner already; each names the corner or class."""
    chosen = [choice for choice in choices if choice.act in ACTS and choice.act != "later"]
    if not chosen:
        raise InvalidInput("year_nothing", field="form")
    carried, closed, missing = [], [], []
    with transaction():
        units = {row.id: row for row in HoldingUnit.select().where(
            HoldingUnit.id.in_([choice.unit_id for choice in chosen]), HoldingUnit.closed_on.is_null())}  # fmt: skip
        classes = {row.id: row for row in SchoolClass.select().where(
            SchoolClass.id.in_([choice.class_id for choice in chosen if choice.class_id]))}  # fmt: skip
        targets: set[int] = set()
        for choice in chosen:
            unit = units.get(choice.unit_id)
            if unit is None:
                continue  # somebody was quicker; its page says so
            if choice.act == "carry":
                target = classes.get(choice.class_id or 0)
                if target is None:
                    raise InvalidInput("year_target_none", field=f"class-{unit.id}", unit=unit.name)
                if target.id in targets:
                    raise Conflict("year_target_twice", field=f"class-{unit.id}", name=target.name)
                targets.add(target.id)
                copies = count_copies(unit.id)
                carry_over(unit.id, target.id, _keeper(unit, target), actor=actor)
                carried.append((unit.name, target.name, copies))
                continue
            left = list_unit_copies(unit.id)
            if left and choice.act == "back":
                take_back(unit.id, [copy.barcode for copy in left], actor=actor, note="Nhận về cuối năm học")
            elif left:
                outcomes = {copy.barcode: "missing" for copy in left}
                settle_missing(unit.id, outcomes, actor=actor, note="Chưa về khi hết năm học")
                missing += [(unit.name, copy.title, copy.accession_number) for copy in left]
            close_unit(unit.id, actor=actor)
            closed.append(unit.name)
        record_audit(
            actor, "unit.new_year", "holding_unit", "all", None,
            {"carried": len(carried), "closed": len(closed), "missing": len(missing), "on": str(today())},
        )  # fmt: skip
    return YearDone(carried=tuple(carried), closed=tuple(closed), missing=tuple(missing))


def _keeper(unit: HoldingUnit, target: SchoolClass) -> int:
    """The homeroom teacher of the new class, else whoever answered until now."""
    for reader_id in (target.homeroom_teacher_id, unit.responsible_id):
        if reader_id is not None and Reader.select().where(
            Reader.id == reader_id, Reader.status == "active", Reader.kind != "pupil"
        ).exists():
            return int(reader_id)
    raise InvalidInput("year_keeper_none", field=f"class-{unit.id}", name=target.name, unit=unit.name)

