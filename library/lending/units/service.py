"""Sets of copies going to and coming back from a class corner, a mobile shelf or another holding unit.

One hand-over = one document with a number = one transaction, whatever its size (L81–L86). The steps are in
set_steps.py; who may open what in class_corners.py and mobile_shelves.py; composing a set in set_drafts.py;
lists and sheets in queries.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, Refused
from library.foundation.vietnamese import nfc
from library.lending.holds import release_copy
from library.lending.rules import make_reason
from library.lending.scanned_codes import unknown_copy
from library.lending.tables import HandOver, HoldingUnit
from library.lending.units.set_steps import (
    CHUNK,
    SetCopy,
    SetProblem,
    SetRefused,
    audit_hand_over,
    clean_list,
    count_copies,
    each_once,
    end_as_lost,
    end_inner_loans,
    end_placements,
    expected_back,
    get_open_unit,
    insert_placements,
    lessons_left_short,
    load_copies,
    move_set,
    problems_going,
    require_room,
    why_not_in,
    write_document,
)
from library.lending.units.tables import SetDraft

OUTCOMES = ("missing", "lost", "damaged")


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """`moved`: barcodes that moved; `left_out`: problems that staff chose to leave out; `repeated`:
    barcodes scanned more than once; `remaining`: copies the unit has afterwards; `lessons`: what a lesson will
    lack meanwhile (L192)."""

    hand_over_id: int
    number: str
    moved: tuple[str, ...]
    left_out: tuple[SetProblem, ...]
    repeated: tuple[str, ...]
    remaining: int
    lessons: tuple[SetProblem, ...] = ()


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
    wanted, repeated = clean_list(barcodes)
    with transaction():
        unit = get_open_unit(unit_id)
        found = load_copies(wanted)
        problems = [problem for code in wanted for problem in problems_going(code, found.get(code))]
        bad = {problem.barcode for problem in problems}
        going, doubles = each_once(found, [code for code in wanted if code not in bad])
        if problems and (not skip_problems or not going):
            raise SetRefused(problems)
        require_room(unit, len(going))
        lessons = lessons_left_short(going, expected_back(unit))
        receiver = nfc(received_by) or (unit.responsible.full_name if unit.responsible is not None else "")
        document = write_document(unit_id, "out", "GN", len(going), actor, receiver, stop_id, note)
        moment, day = document.happened_at, document.happened_on
        insert_placements(unit_id, [copy.id for copy in going], document.id, moment, day)
        _set_states([copy.id for copy in going if copy.status == "missing"], "in_service", moment)  # L82: it is found
        _leave_draft(unit_id, [copy.id for copy in going])
        short = tuple(
            SetProblem(barcode=copy.barcode, title=copy.title, reason=lessons.pop(copy.record_id))
            for copy in going
            if copy.record_id in lessons
        )
        audit_hand_over("unit.hand_over", document, going, actor, note or None)
        return _handed_over(document, going, left_out=problems, repeated=repeated + doubles, lessons=short)



def take_back(
    unit_id: int, barcodes: Sequence[str], *, actor: Actor, stop_id: int | None = None, note: str = ""
) -> HandedOver:
    """Take copies out of a unit, in parts if need be (L84). Copies that are not in it are named in
    `left_out` and stay where they are; SetRefused when none of the scanned ones is in it."""
    wanted, repeated = clean_list(barcodes)
    with transaction():
        unit = get_open_unit(unit_id)
        found = load_copies(wanted)
        problems, here = [], []
        for code in wanted:
            copy = found.get(code)
            if copy is None:
                problems.append(SetProblem(barcode=code, title="", reason=unknown_copy(code)))
            elif copy.unit_id != unit_id:
                reason = why_not_in(unit.name, code, copy)
                problems.append(SetProblem(barcode=code, title=copy.title, reason=reason))
            else:
                here.append(code)
        if not here:
            raise SetRefused(problems)
        coming, doubles = each_once(found, here)
        document = write_document(unit_id, "back", "NT", len(coming), actor, "", stop_id, note)
        end_placements([copy.placement_id for copy in coming], document, "returned")
        end_inner_loans(coming, document, actor)
        audit_hand_over("unit.take_back", document, coming, actor, note or None)
        return _handed_over(document, coming, left_out=problems, repeated=repeated + doubles)



def exchange(
    from_unit_id: int, to_unit_id: int, barcodes: Sequence[str], *, actor: Actor, note: str = ""
) -> HandedOver:
    """Move copies straight from one unit to another under one document."""
    wanted, repeated = clean_list(barcodes)
    if from_unit_id == to_unit_id:
        raise InvalidInput("unit_same", field="to_unit_id")
    with transaction():
        source, target = get_open_unit(from_unit_id), get_open_unit(to_unit_id)
        found = load_copies(wanted)
        problems = [
            SetProblem(
                barcode=code, title=found[code].title if code in found else "",
                reason=why_not_in(source.name, code, found[code]) if code in found else unknown_copy(code),
            )
            for code in wanted
            if code not in found or found[code].unit_id != from_unit_id
        ]  # fmt: skip
        if problems:
            raise SetRefused(problems)
        moving, doubles = each_once(found, wanted)
        require_room(target, len(moving))
        document = move_set(source, target, moving, actor=actor, note=note, comment=note or None)
        return _handed_over(document, moving, repeated=repeated + doubles)


def _handed_over(
    document: HandOver, copies: Sequence[SetCopy], *, left_out: Sequence[SetProblem] = (),
    repeated: tuple[str, ...] = (), lessons: tuple[SetProblem, ...] = (),
) -> HandedOver:  # fmt: skip
    return HandedOver(
        hand_over_id=document.id,
        number=document.number,
        moved=tuple(copy.barcode for copy in copies),
        left_out=tuple(left_out),
        repeated=repeated,
        remaining=count_copies(document.unit_id),
        lessons=lessons,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many copies were decided, and how many readers owe the one they had (L190)."""

    copies: int
    owing: int


def settle_missing(unit_id: int, outcomes: Mapping[str, str], *, actor: Actor, note: str = "") -> Settled:
    """Decide what became of copies that did not come back (L85): missing, lost or damaged. What a reader has,
    inside the corner or from the shelf, ends with it (L190): lost is owed, damaged is in the hand of staff."""
    for code, outcome in outcomes.items():
        if outcome not in OUTCOMES:
            raise InvalidInput("outcome_bad", field=code)
    with transaction():
        get_open_unit(unit_id)
        found = load_copies(list(outcomes))
        chosen = {copy.id: (copy, outcomes[code]) for code, copy in found.items() if copy.unit_id == unit_id}
        if not chosen:
            return Settled(copies=0, owing=0)
        document = write_document(unit_id, "count", "NT", len(chosen), actor, "", None, note)
        after: dict[str, object] = {"number": document.number}
        owing = 0
        for outcome in OUTCOMES:
            copies = [copy for copy, decided in chosen.values() if decided == outcome]
            if not copies:
                continue
            after[outcome] = [copy.barcode for copy in copies]
            end_placements([copy.placement_id for copy in copies], document, outcome)
            if outcome == "damaged":
                end_inner_loans(copies, document, actor)
            else:
                owing += end_as_lost(copies, document, actor, owes=outcome == "lost")
            status = "repair" if outcome == "damaged" else outcome
            _set_states([copy.id for copy in copies], status, document.happened_at)
            for copy in copies:
                if copy.loan_id is not None:
                    release_copy(copy.id)  # taking it back may have kept it for somebody
        if owing:
            after["charges"] = owing
        record_audit(actor, "unit.settle", "holding_unit", unit_id, None, after, note or None)
        return Settled(copies=len(chosen), owing=owing)


def close_unit(unit_id: int, *, actor: Actor) -> None:
    """End a unit. Refused(`unit_not_empty`) while copies are still in it (L85)."""
    with transaction():
        unit = get_open_unit(unit_id)
        left = count_copies(unit_id)
        if left:
            raise Refused([make_reason("unit_not_empty", unit=unit.name, count=left)])
        HoldingUnit.update(closed_on=today()).where(HoldingUnit.id == unit_id).execute()
        record_audit(actor, "unit.close", "holding_unit", unit_id, None, {"closed_on": str(today())})


def _set_states(copy_ids: Sequence[int], status: str, at: datetime) -> None:
    for start in range(0, len(copy_ids), CHUNK):
        Copy.update(status=status, status_changed_at=at).where(Copy.id.in_(copy_ids[start : start + CHUNK])).execute()


def _leave_draft(unit_id: int, copy_ids: Sequence[int]) -> None:
    """What is handed over is not on the list of a set to come any more."""
    for start in range(0, len(copy_ids), CHUNK):
        SetDraft.delete().where(
            SetDraft.unit == unit_id, SetDraft.copy.in_(copy_ids[start : start + CHUNK])
        ).execute()
