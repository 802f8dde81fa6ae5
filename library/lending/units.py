"""Sets of copies going to and coming back from a class corner, a mobile shelf or another holding unit.

One hand-over = one document with a number = one transaction, whatever its size (L81–L86). Who may open
what is in class_corners.py and mobile_shelves.py; lists and sheets in unit_queries.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import peewee as pw

from library.cataloguing.tables import Copy, Record
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import local_date, now, today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound, Reason, Refused
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import nfc
from library.lending.desk_facts import unit_fact
from library.lending.model import UnitKind
from library.lending.rows import dicts_of
from library.lending.rules import make_reason
from library.lending.service import set_status
from library.lending.tables import HandOver, Hold, HoldingUnit, Loan, Placement, UnitUse
from library.readers.tables import Reader, SchoolClass

MAX_SET = 1_000
CHUNK = 300
OUTCOMES = ("missing", "lost", "damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProblem:
    """Why one scanned copy cannot go (or come back)."""

    barcode: str
    title: str
    reason: Reason


class SetRefused(Refused):
    """A hand-over with problems: every one of every copy, by barcode. Nothing was moved."""

    def __init__(self, problems: Sequence[SetProblem]) -> None:
        super().__init__([problem.reason for problem in problems])
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """`moved`: barcodes that moved; `left_out`: problems that staff chose to leave out; `repeated`:
    barcodes scanned more than once; `remaining`: copies the unit has afterwards."""

    hand_over_id: int
    number: str
    moved: tuple[str, ...]
    left_out: tuple[SetProblem, ...]
    repeated: tuple[str, ...]
    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _SetCopy:
    id: int
    barcode: str
    title: str
    status: str
    due_on: date | None
    unit_id: int | None
    unit_kind: str
    unit_name: str
    placement_id: int | None
    ready: bool


def hand_over(
    unit_id: int,
    barcodes: Sequence[str],
    *,
    actor: Actor,
    received_by: str = "",
    skip_problems: bool = False,
    stop_id: int | None = None,
    note: str = "",
) -> HandedOver:
    """Put a set of copies into a unit. SetRefused lists every problem of every copy unless
    `skip_problems`; Refused(`unit_full`) when the capacity would be passed (L81–L83)."""
    wanted, repeated = _clean_list(barcodes)
    with transaction():
        unit = get_open_unit(unit_id)
        found = _load_copies(wanted)
        problems = [problem for code in wanted for problem in _problems_going(code, found.get(code))]
        bad = {problem.barcode for problem in problems}
        going = [found[code] for code in wanted if code not in bad]
        if problems and (not skip_problems or not going):
            raise SetRefused(problems)
        inside = count_copies(unit_id)
        capacity = unit.capacity if unit.capacity is not None else get_preference("unit_capacity")
        if inside + len(going) > capacity:
            over = inside + len(going) - capacity
            raise Refused([make_reason("unit_full", unit=unit.name, capacity=capacity, over=over)])
        receiver = nfc(received_by) or (unit.responsible.full_name if unit.responsible is not None else "")
        document = _write_document(unit_id, "out", "GN", len(going), actor, receiver, stop_id, note)
        moment, day = document.happened_at, document.happened_on
        _insert_placements(unit_id, [copy.id for copy in going], document.id, moment, day)
        for copy in going:
            if copy.status == "missing":  # L82: whoever scans it has found it
                set_status(copy.id, "in_service", moment)
        record_audit(
            actor, "unit.hand_over", "holding_unit", unit_id, None,
            {"number": document.number, "copies": [copy.barcode for copy in going]}, note or None,
        )  # fmt: skip
        return HandedOver(
            hand_over_id=document.id,
            number=document.number,
            moved=tuple(copy.barcode for copy in going),
            left_out=tuple(problems),
            repeated=repeated,
            remaining=inside + len(going),
        )


def take_back(
    unit_id: int, barcodes: Sequence[str], *, actor: Actor, stop_id: int | None = None, note: str = ""
) -> HandedOver:
    """Take copies out of a unit, in parts if need be (L84). Copies that are not in it are named in
    `left_out` and stay where they are; SetRefused when none of the scanned ones is in it."""
    wanted, repeated = _clean_list(barcodes)
    with transaction():
        unit = get_open_unit(unit_id)
        found = _load_copies(wanted)
        problems, coming = [], []
        for code in wanted:
            copy = found.get(code)
            if copy is None:
                problems.append(SetProblem(barcode=code, title="", reason=make_reason("copy_unknown", barcode=code)))
            elif copy.unit_id != unit_id:
                reason = make_reason("not_in_unit", unit=unit.name, barcode=code)
                problems.append(SetProblem(barcode=code, title=copy.title, reason=reason))
            else:
                coming.append(copy)
        if not coming:
            raise SetRefused(problems)
        document = _write_document(unit_id, "back", "NT", len(coming), actor, "", stop_id, note)
        _end_placements([copy.placement_id for copy in coming], document, "returned")
        record_audit(
            actor, "unit.take_back", "holding_unit", unit_id, None,
            {"number": document.number, "copies": [copy.barcode for copy in coming]}, note or None,
        )  # fmt: skip
        return HandedOver(
            hand_over_id=document.id,
            number=document.number,
            moved=tuple(copy.barcode for copy in coming),
            left_out=tuple(problems),
            repeated=repeated,
            remaining=count_copies(unit_id),
        )


def exchange(
    from_unit_id: int, to_unit_id: int, barcodes: Sequence[str], *, actor: Actor, note: str = ""
) -> HandedOver:
    """Move copies straight from one unit to another under one document."""
    wanted, repeated = _clean_list(barcodes)
    if from_unit_id == to_unit_id:
        raise InvalidInput("unit_same", field="to_unit_id")
    with transaction():
        source, target = get_open_unit(from_unit_id), get_open_unit(to_unit_id)
        found = _load_copies(wanted)
        problems = [
            SetProblem(
                barcode=code, title=found[code].title if code in found else "",
                reason=make_reason("not_in_unit", unit=source.name, barcode=code),
            )
            for code in wanted
            if code not in found or found[code].unit_id != from_unit_id
        ]  # fmt: skip
        if problems:
            raise SetRefused(problems)
        capacity = target.capacity if target.capacity is not None else get_preference("unit_capacity")
        over = count_copies(to_unit_id) + len(wanted) - capacity
        if over > 0:
            raise Refused([make_reason("unit_full", unit=target.name, capacity=capacity, over=over)])
        moving = [found[code] for code in wanted]
        receiver = target.responsible.full_name if target.responsible is not None else ""
        document = _write_document(to_unit_id, "exchange", "GN", len(moving), actor, receiver, None, note)
        _end_placements([copy.placement_id for copy in moving], document, "moved")
        _insert_placements(
            to_unit_id, [copy.id for copy in moving], document.id, document.happened_at, document.happened_on
        )
        record_audit(
            actor, "unit.exchange", "holding_unit", to_unit_id, {"unit": from_unit_id},
            {"number": document.number, "copies": [copy.barcode for copy in moving]}, note or None,
        )  # fmt: skip
        return HandedOver(
            hand_over_id=document.id, number=document.number, moved=tuple(copy.barcode for copy in moving),
            left_out=(), repeated=repeated, remaining=count_copies(to_unit_id),
        )  # fmt: skip


def settle_missing(unit_id: int, outcomes: Mapping[str, str], *, actor: Actor, note: str = "") -> int:
    """Decide what became of copies that did not come back (L85): missing, lost or damaged. Returns how many."""
    for code, outcome in outcomes.items():
        if outcome not in OUTCOMES:
            raise InvalidInput("outcome_bad", field=code)
    with transaction():
        get_open_unit(unit_id)
        found = _load_copies(list(outcomes))
        chosen = [(copy, outcomes[code]) for code, copy in found.items() if copy.unit_id == unit_id]
        if not chosen:
            return 0
        document = _write_document(unit_id, "count", "NT", len(chosen), actor, "", None, note)
        for copy, outcome in chosen:
            _end_placements([copy.placement_id], document, outcome)
            set_status(copy.id, "repair" if outcome == "damaged" else outcome, document.happened_at)
        record_audit(
            actor, "unit.settle", "holding_unit", unit_id, None,
            {"number": document.number, "copies": {copy.barcode: outcome for copy, outcome in chosen}}, note or None,
        )  # fmt: skip
        return len(chosen)


def close_unit(unit_id: int, *, actor: Actor) -> None:
    """End a unit. Refused(`unit_not_empty`) while copies are still in it (L85)."""
    with transaction():
        unit = get_open_unit(unit_id)
        left = count_copies(unit_id)
        if left:
            raise Refused([make_reason("unit_not_empty", unit=unit.name, count=left)])
        HoldingUnit.update(closed_on=today()).where(HoldingUnit.id == unit_id).execute()
        record_audit(actor, "unit.close", "holding_unit", unit_id, None, {"closed_on": str(today())})


def log_use(
    unit_id: int,
    *,
    actor: Actor,
    count: int = 1,
    used_on: date | None = None,
    kind: str = "read",
    barcode: str | None = None,
    stop_id: int | None = None,
) -> int:
    """Reading inside a unit, as the helper wrote it down: a copy once, or a count of a day."""
    day = used_on or today()
    if day > today():
        raise InvalidInput("day_in_future", field="used_on")
    if not 1 <= count <= 1_000 or kind not in ("read", "borrowed"):
        raise InvalidInput("use_bad", field="count")
    with transaction():
        unit = get_open_unit(unit_id)
        copy_id = None
        if barcode:
            copy = _load_copies([clean_scan(barcode)]).get(clean_scan(barcode))
            if copy is None or copy.unit_id != unit_id:
                raise Refused([make_reason("not_in_unit", unit=unit.name, barcode=barcode)])
            copy_id = copy.id
        use_id: int = UnitUse.insert(
            unit=unit_id, stop=stop_id, used_on=day, copy=copy_id, count=count, kind=kind, created_at=now()
        ).execute()
        record_audit(actor, "unit.use", "holding_unit", unit_id, None, {"count": count, "on": str(day)})
        return use_id


def get_open_unit(unit_id: int) -> HoldingUnit:
    """NotFound(`unit_unknown`) when there is none or it is closed."""
    unit = HoldingUnit.get_or_none((HoldingUnit.id == unit_id) & HoldingUnit.closed_on.is_null())
    if unit is None:
        raise NotFound("unit_unknown")
    return unit


def count_copies(unit_id: int) -> int:
    """Copies in a unit now."""
    return Placement.select().where(Placement.unit == unit_id, Placement.removed_at.is_null()).count()


# --- steps ----------------------------------------------------------------------------------------


def _clean_list(barcodes: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    codes = [code for code in (clean_scan(barcode) for barcode in barcodes) if code]
    if not codes:
        raise InvalidInput("set_empty", field="barcodes")
    if len(codes) > MAX_SET:
        raise InvalidInput("set_too_big", field="barcodes", limit=MAX_SET)
    wanted = list(dict.fromkeys(codes))
    return wanted, tuple(code for code in wanted if codes.count(code) > 1)


def _load_copies(codes: Sequence[str]) -> dict[str, _SetCopy]:
    """By the barcode or accession number that was scanned; a few statements for the whole set."""
    found: dict[str, _SetCopy] = {}
    for start in range(0, len(codes), CHUNK):
        chunk = list(codes[start : start + CHUNK])
        query = (
            Copy.select(
                Copy.id, Copy.barcode, Copy.accession_number, Copy.status, Record.title,
                Loan.due_on, Placement.id.alias("placement_id"), Placement.unit.alias("unit_id"),
                HoldingUnit.kind.alias("unit_kind"), HoldingUnit.name.alias("unit_name"),
                SchoolClass.name.alias("class_name"), Hold.id.alias("hold_id"),
            )
            .join(Record)
            .switch(Copy)
            .join(Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
            .switch(Copy)
            .join(Placement, pw.JOIN.LEFT_OUTER, on=(Placement.copy == Copy.id) & Placement.removed_at.is_null())
            .join(HoldingUnit, pw.JOIN.LEFT_OUTER, on=(Placement.unit == HoldingUnit.id))
            .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(HoldingUnit.school_class == SchoolClass.id))
            .switch(Copy)
            .join(Hold, pw.JOIN.LEFT_OUTER, on=(Hold.ready_copy == Copy.id) & (Hold.status == "ready"))
            .where(Copy.barcode.in_(chunk) | Copy.accession_number.in_(chunk))
        )  # fmt: skip
        for row in dicts_of(query):
            unit = unit_fact(row["unit_id"] or 0, row["unit_kind"] or "", row["unit_name"] or "", row["class_name"])
            copy = _SetCopy(
                id=row["id"], barcode=row["barcode"], title=row["title"], status=row["status"], due_on=row["due_on"],
                unit_id=row["unit_id"], unit_kind=row["unit_kind"] or "", unit_name=unit.name,
                placement_id=row["placement_id"], ready=row["hold_id"] is not None,
            )  # fmt: skip
            found[row["barcode"]] = copy
            if row["accession_number"] in chunk:
                found.setdefault(row["accession_number"], copy)
    return found


def _problems_going(code: str, copy: _SetCopy | None) -> list[SetProblem]:
    """L82: every reason why this copy cannot go into a unit."""
    if copy is None:
        return [SetProblem(barcode=code, title="", reason=make_reason("copy_unknown", barcode=code))]
    reasons = []
    if copy.due_on is not None:
        reasons.append(make_reason("copy_on_loan", due_on=copy.due_on))
    if copy.status in ("lost", "repair", "withdrawn"):
        named = {"lost": "copy_lost", "repair": "copy_in_repair", "withdrawn": "copy_withdrawn"}
        reasons.append(make_reason(named[copy.status]))
    if copy.unit_id is not None:
        corner = copy.unit_kind == UnitKind.CLASS_CORNER
        reasons.append(make_reason("copy_in_class_corner" if corner else "copy_on_mobile_shelf", unit=copy.unit_name))
    if copy.ready:
        reasons.append(make_reason("held_for_other"))
    return [SetProblem(barcode=code, title=copy.title, reason=reason) for reason in reasons]


def _write_document(
    unit_id: int, kind: str, prefix: str, count: int, actor: Actor, received_by: str, stop_id: int | None, note: str
) -> HandOver:
    moment = now()
    day = local_date(moment)
    return HandOver.create(
        unit=unit_id, kind=kind, number=next_number(prefix, day), happened_at=moment, happened_on=day,
        received_by=received_by[:120], stop=stop_id, staff_name=actor.name[:120], copies_count=count, note=nfc(note),
    )  # fmt: skip


def next_number(prefix: str, day: date) -> str:
    """L86: GN-2026/001, by calendar year. The write lock of the transaction keeps it without gaps or twins."""
    start = f"{prefix}-{day.year}/"
    newest = HandOver.select(HandOver.number).where(HandOver.number.startswith(start)).order_by(HandOver.id.desc())
    last = newest.scalar()
    serial = int(last.removeprefix(start)) + 1 if last else 1
    return f"{start}{serial:03d}"


def _insert_placements(unit_id: int, copy_ids: list[int], document_id: int, moment: datetime, day: date) -> None:
    rows: list[dict[str, Any]] = [
        {"unit": unit_id, "copy": copy_id, "placed_by": document_id, "placed_at": moment, "placed_on": day}
        for copy_id in copy_ids
    ]
    for start in range(0, len(rows), 100):  # SQLite's limit of bound values
        Placement.insert_many(rows[start : start + 100]).execute()


def _end_placements(placement_ids: Sequence[int | None], document: HandOver, outcome: str) -> None:
    ids = [placement_id for placement_id in placement_ids if placement_id is not None]
    for start in range(0, len(ids), CHUNK):
        Placement.update(removed_by=document.id, removed_at=document.happened_at, outcome=outcome).where(
            Placement.id.in_(ids[start : start + CHUNK])
        ).execute()


def require_keeper(reader_id: int) -> Reader:
    """The responsible grown-up of a unit. InvalidInput(`keeper_bad`) for a pupil or nobody."""
    reader = Reader.get_or_none((Reader.id == reader_id) & (Reader.status == "active"))
    if reader is None or reader.kind == "pupil":
        raise InvalidInput("keeper_bad", field="responsible_id")
    return reader
