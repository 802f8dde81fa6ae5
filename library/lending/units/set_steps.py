"""Steps that every movement of a set is made of: load the copies, say what speaks against it, write the
document, move the placements, end what pupils had out of the corner. Called inside the mover's transaction.

Movers: service.py, rotations.py, corner_years.py. Lists and sheets: queries.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import local_date, now, today
from library.foundation.errors import InvalidInput, NotFound, Reason, Refused
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import nfc
from library.lending import charges
from library.lending.bookings.facts import list_lessons_without
from library.lending.desk_facts import unit_fact
from library.lending.due_dates import overdue_days
from library.lending.loan_writing import add_event
from library.lending.model import Channel, Purpose, UnitKind
from library.lending.rows import dicts_of
from library.lending.rules import make_reason
from library.lending.scanned_codes import unknown_copy
from library.lending.service import check_in
from library.lending.set_problems import SetProblem as SetProblem
from library.lending.set_problems import SetRefused as SetRefused
from library.lending.tables import HandOver, Hold, HoldingUnit, Loan, Placement
from library.lending.whereabouts import join_whereabouts
from library.readers.tables import Reader, SchoolClass

MAX_SET = 1_000
CHUNK = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCopy:
    """A copy as a set sees it: where it is, who has it, what keeps it."""

    id: int
    record_id: int
    barcode: str
    title: str
    status: str
    due_on: date | None
    unit_id: int | None
    unit_kind: str
    unit_name: str
    placement_id: int | None
    loan_id: int | None
    loan_purpose: str
    ready: bool


def get_open_unit(unit_id: int) -> HoldingUnit:
    """NotFound(`unit_unknown`) when there is none or it is closed."""
    unit = HoldingUnit.get_or_none((HoldingUnit.id == unit_id) & HoldingUnit.closed_on.is_null())
    if unit is None:
        raise NotFound("unit_unknown")
    return unit


def count_copies(unit_id: int) -> int:
    """Copies in a unit now."""
    return Placement.select().where(Placement.unit == unit_id, Placement.removed_at.is_null()).count()


def clean_list(barcodes: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    codes = [code for code in (clean_scan(barcode) for barcode in barcodes) if code]
    if not codes:
        raise InvalidInput("set_empty", field="barcodes")
    if len(codes) > MAX_SET:
        raise InvalidInput("set_too_big", field="barcodes", limit=MAX_SET)
    wanted = list(dict.fromkeys(codes))
    return wanted, tuple(code for code in wanted if codes.count(code) > 1)


def load_copies(codes: Sequence[str]) -> dict[str, SetCopy]:
    """By the barcode or accession number that was scanned; a few statements for the whole set."""
    found: dict[str, SetCopy] = {}
    for start in range(0, len(codes), CHUNK):
        chunk = list(codes[start : start + CHUNK])
        for row in dicts_of(_select_copies().where(Copy.barcode.in_(chunk) | Copy.accession_number.in_(chunk))):
            copy = _as_copy(row)
            found[row["barcode"]] = copy
            if row["accession_number"] in chunk:
                found.setdefault(row["accession_number"], copy)
    return found


def each_once(found: Mapping[str, SetCopy], codes: Sequence[str]) -> tuple[list[SetCopy], tuple[str, ...]]:
    """The copies of these codes, each once, and the codes that named one again: a barcode and an accession
    number may both be scanned off the same book (L81)."""
    copies: dict[int, SetCopy] = {}
    doubles = []
    for code in codes:
        if found[code].id in copies:
            doubles.append(code)
        copies[found[code].id] = found[code]
    return list(copies.values()), tuple(doubles)


def load_copies_by_id(copy_ids: Sequence[int]) -> list[SetCopy]:
    """The same for copies known by id, in the order of their titles."""
    found: list[SetCopy] = []
    for start in range(0, len(copy_ids), CHUNK):
        query = _select_copies().where(Copy.id.in_(list(copy_ids[start : start + CHUNK])))
        found += [_as_copy(row) for row in dicts_of(query.order_by(Record.title_sort, Copy.accession_number))]
    return found


def _select_copies() -> Any:
    return join_whereabouts(
        Copy.select(
            Copy.id, Copy.record, Copy.barcode, Copy.accession_number, Copy.status, Record.title, Record.part,
            Loan.due_on, Loan.id.alias("loan_id"), Loan.purpose, Placement.id.alias("placement_id"),
            Placement.unit.alias("unit_id"), HoldingUnit.kind.alias("unit_kind"),
            HoldingUnit.name.alias("unit_name"), SchoolClass.name.alias("class_name"), Hold.id.alias("hold_id"),
        )
        .join(Record)
    )  # fmt: skip


def _as_copy(row: dict[str, Any]) -> SetCopy:
    unit = unit_fact(row["unit_id"] or 0, row["unit_kind"] or "", row["unit_name"] or "", row["class_name"])
    return SetCopy(
        id=row["id"], record_id=row["record"], barcode=row["barcode"],
        title=shown_title(row["title"], row["part"]), status=row["status"],
        due_on=row["due_on"],
        unit_id=row["unit_id"], unit_kind=row["unit_kind"] or "", unit_name=unit.name,
        placement_id=row["placement_id"], ready=row["hold_id"] is not None, loan_id=row["loan_id"],
        loan_purpose=row["purpose"] or "",
    )  # fmt: skip


def why_not_in(unit_name: str, code: str, copy: SetCopy) -> Reason:
    """A copy that is not of this unit, with where it belongs."""
    where = "kho thư viện"
    if copy.unit_id is not None:
        where = f"góc lớp {copy.unit_name}" if copy.unit_kind == UnitKind.CLASS_CORNER else copy.unit_name
    return make_reason("not_in_unit", unit=unit_name, barcode=code, where=where)


def problems_going(code: str, copy: SetCopy | None) -> list[SetProblem]:
    """L82: every reason why this copy cannot go into a unit."""
    if copy is None:
        return [SetProblem(barcode=code, title="", reason=unknown_copy(code))]
    reasons = []
    if copy.due_on is not None:
        reasons.append(make_reason("copy_on_loan", due_on=copy.due_on, todo="Nhận trả rồi mới giao đi được"))
    if copy.status in ("lost", "repair", "withdrawn"):
        named = {"lost": "copy_lost", "repair": "copy_in_repair", "withdrawn": "copy_withdrawn"}
        reasons.append(make_reason(named[copy.status]))
    if copy.unit_id is not None:
        corner = copy.unit_kind == UnitKind.CLASS_CORNER
        named_unit = "copy_in_class_corner" if corner else "copy_on_mobile_shelf"
        reasons.append(make_reason(named_unit, unit=copy.unit_name, todo="Nhận về thư viện rồi mới giao đi được"))
    if copy.ready:
        reasons.append(make_reason("held_for_other"))
    return [SetProblem(barcode=code, title=copy.title, reason=reason) for reason in reasons]


def lessons_left_short(copies: Sequence[SetCopy], until: date) -> dict[int, Reason]:
    """L192: record id -> the lesson that would lack books if these copies were away until that day."""
    taken = Counter(copy.record_id for copy in copies)
    return {
        record_id: make_reason("booked_for_lesson", on=need.on, count=need.needed, free=need.free)
        for record_id, need in list_lessons_without(taken, today(), until).items()
    }


def write_document(
    unit_id: int,
    kind: str,
    prefix: str,
    count: int,
    actor: Actor,
    received_by: str,
    stop_id: int | None,
    note: str,
    *,
    at: datetime | None = None,
) -> HandOver:
    """`at`: when another document of the same act was written; documents of one moment belong together (L202)."""
    moment = at or now()
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


def insert_placements(unit_id: int, copy_ids: list[int], document_id: int, moment: datetime, day: date) -> None:
    rows: list[dict[str, Any]] = [
        {"unit": unit_id, "copy": copy_id, "placed_by": document_id, "placed_at": moment, "placed_on": day}
        for copy_id in copy_ids
    ]
    for start in range(0, len(rows), 100):  # SQLite's limit of bound values
        Placement.insert_many(rows[start : start + 100]).execute()


def end_placements(placement_ids: Sequence[int | None], document: HandOver, outcome: str) -> None:
    ids = [placement_id for placement_id in placement_ids if placement_id is not None]
    for start in range(0, len(ids), CHUNK):
        Placement.update(removed_by=document.id, removed_at=document.happened_at, outcome=outcome).where(
            Placement.id.in_(ids[start : start + CHUNK])
        ).execute()


def move_set(
    source: HoldingUnit, target: HoldingUnit, copies: Sequence[SetCopy], *, actor: Actor, note: str,
    comment: str | None = None, at: datetime | None = None,
) -> HandOver:  # fmt: skip
    """Copies of one unit go straight into another under one document, `note` on it and `comment` in the log."""
    receiver = target.responsible.full_name if target.responsible is not None else ""
    document = write_document(target.id, "exchange", "GN", len(copies), actor, receiver, None, note, at=at)
    end_placements([copy.placement_id for copy in copies], document, "moved")
    end_inner_loans(copies, document, actor)
    ids = [copy.id for copy in copies]
    insert_placements(target.id, ids, document.id, document.happened_at, document.happened_on)
    audit_hand_over("unit.exchange", document, copies, actor, comment, before={"unit": source.id})
    return document


def audit_hand_over(
    action: str, document: HandOver, copies: Sequence[SetCopy], actor: Actor, comment: str | None,
    before: dict[str, int] | None = None,
) -> None:  # fmt: skip
    """The line in the log of a set that went out, came back or moved on."""
    after = {"number": document.number, "copies": [copy.barcode for copy in copies]}
    record_audit(actor, action, "holding_unit", document.unit_id, before, after, comment)


def end_inner_loans(copies: Iterable[SetCopy], document: HandOver, actor: Actor) -> int:
    """L139: a copy in the hand that moves the set is not with a reader any more. Loans inside a class end here; a
    loan from a mobile shelf is a return like any other (L60–L67). Returns how many loans ended."""
    lent = [copy for copy in copies if copy.loan_id is not None]
    inner = [copy.loan_id for copy in lent if copy.loan_purpose == Purpose.UNIT]
    for start in range(0, len(inner), CHUNK):
        Loan.update(
            returned_at=document.happened_at, returned_on=document.happened_on, return_channel="unit",
            overdue_days=0, ended_as="returned", staff_name=document.staff_name,
        ).where(Loan.id.in_(inner[start : start + CHUNK])).execute()  # fmt: skip
    for copy in lent:
        if copy.loan_purpose != Purpose.UNIT:
            check_in(copy.barcode, actor=actor, channel=Channel.UNIT)
    return len(lent)


def end_as_lost(copies: Iterable[SetCopy], document: HandOver, actor: Actor, *, owes: bool) -> int:
    """L190: what a reader has of the set is not coming back: the loan ends as lost, and where it `owes` the
    reader owes the copy (L46). Returns how many owe."""
    owing = 0
    for copy in copies:
        if copy.loan_id is None:
            continue
        loan, day = Loan.get_by_id(copy.loan_id), document.happened_on
        Loan.update(
            returned_at=document.happened_at, returned_on=day, overdue_days=overdue_days(loan.due_on, day),
            ended_as="lost",
        ).where(Loan.id == loan.id).execute()  # fmt: skip
        add_event(loan.id, "lost", document.happened_at, actor, loan.due_on, None)
        if owes:
            made = charges.owe(
                "lost", copy_id=copy.id, reader_id=loan.reader_id, loan_id=loan.id,
                amount=Copy.get_by_id(copy.id).price, at=document.happened_at, actor=actor,
            )  # fmt: skip
            owing += made is not None
    return owing


def require_room(unit: HoldingUnit, coming: int, going: int = 0) -> None:
    """L83: Refused(`unit_full`) when the unit would hold more than its capacity."""
    capacity = capacity_of(unit)
    over = count_copies(unit.id) - going + coming - capacity
    if over > 0:
        raise Refused([make_reason("unit_full", unit=unit.name, capacity=capacity, over=over)])


def expected_back(unit: HoldingUnit) -> date:
    """When what goes into a unit now is expected back: its own day, else the usual time of a rotation."""
    return max(unit.due_on or usual_end(), today())


def usual_end() -> date:
    """When a set is usually expected back: the rotation time of the settings, on an open day."""
    day = today() + timedelta(weeks=get_preference("unit_weeks"))
    return load_calendar().next_open(day) or day


def capacity_of(unit: HoldingUnit) -> int:
    """Copies a unit may hold (L83)."""
    return unit.capacity if unit.capacity is not None else int(get_preference("unit_capacity"))


def require_keeper(reader_id: int) -> Reader:
    """The responsible grown-up of a unit. InvalidInput(`keeper_bad`) for a pupil or nobody."""
    reader = Reader.get_or_none((Reader.id == reader_id) & (Reader.status == "active"))
    if reader is None or reader.kind == "pupil":
        raise InvalidInput("keeper_bad", field="responsible_id")
    return reader
