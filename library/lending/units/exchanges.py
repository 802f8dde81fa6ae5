"""Two corners or shelves exchange copies, in both directions, in one act (L202).

What lies in the boxes is scanned in any order: each copy knows where it comes from and goes to the other place.
One direction alone is units/service.py, a ring of corners through the year rotations.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from library.foundation.audit import Actor
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput
from library.lending.idempotency import hash_request, run_keyed
from library.lending.scanned_codes import unknown_copy
from library.lending.tables import HandOver, HoldingUnit, Placement
from library.lending.units.set_steps import (
    SetCopy,
    SetProblem,
    SetRefused,
    clean_list,
    each_once,
    get_open_unit,
    load_copies,
    move_set,
    require_room,
    why_not_in,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanged:
    """`document_ids`: what went to the second place, then what went to the first (one of them where only one
    box had copies to give); `moved`: how many copies each way; `left_out`: what staff chose to leave out;
    `repeated`: codes that named a copy again."""

    document_ids: tuple[int, ...]
    moved: tuple[int, int]
    left_out: tuple[SetProblem, ...] = ()
    repeated: tuple[str, ...] = ()


def exchange_both(
    first_id: int,
    second_id: int,
    codes: Sequence[str],
    *,
    actor: Actor,
    skip_problems: bool = False,
    note: str = "",
    act_key: str | None = None,
) -> Exchanged:
    """Every scanned copy goes to the other of the two places, all in one transaction (L202). What was not scanned
    stays where it is, by name.

    SetRefused names every copy that is in neither place unless `skip_problems`; Refused(`unit_full`) where one of
    them would hold too much afterwards; InvalidInput(`unit_same`); NotFound(`unit_unknown`). Under one `act_key`
    it happens once: a form sent twice does not carry everything back again.
    """
    wanted, repeated = clean_list(codes)
    if first_id == second_id:
        raise InvalidInput("unit_same", field="to_unit_id")
    done: list[Exchanged] = []

    def act() -> tuple[int, dict[str, Any]]:
        done.append(_exchange(first_id, second_id, wanted, repeated, actor, skip_problems, note))
        return 200, {"documents": list(done[0].document_ids), "moved": list(done[0].moved)}

    if act_key is None:
        with transaction():
            act()
        return done[0]
    asked = hash_request("exchange", [first_id, second_id, wanted, skip_problems])
    answer = run_keyed(act_key, f"staff:{actor.id}", asked, act).answer
    if done:
        return done[0]
    there, back = answer["moved"]
    return Exchanged(document_ids=tuple(answer["documents"]), moved=(there, back))


def _exchange(
    first_id: int,
    second_id: int,
    wanted: Sequence[str],
    repeated: tuple[str, ...],
    actor: Actor,
    skip: bool,
    note: str,
) -> Exchanged:
    first, second = get_open_unit(first_id), get_open_unit(second_id)
    found = load_copies(wanted)
    problems = [
        SetProblem(barcode=code, title="", reason=unknown_copy(code))
        if code not in found
        else SetProblem(
            barcode=code, title=found[code].title, reason=why_not_in("hai nơi này", code, found[code])
        )
        for code in wanted
        if code not in found or found[code].unit_id not in (first_id, second_id)
    ]
    bad = {problem.barcode for problem in problems}
    moving, doubles = each_once(found, [code for code in wanted if code not in bad])
    if problems and (not skip or not moving):
        raise SetRefused(problems)
    there = [copy for copy in moving if copy.unit_id == first_id]
    back = [copy for copy in moving if copy.unit_id == second_id]
    require_room(second, len(there), going=len(back))
    require_room(first, len(back), going=len(there))
    moment = now()
    documents = [
        _move(source, target, copies, actor, note, moment)
        for source, target, copies in ((first, second, there), (second, first, back))
        if copies
    ]
    return Exchanged(
        document_ids=tuple(documents), moved=(len(there), len(back)), left_out=tuple(problems),
        repeated=repeated + doubles,
    )  # fmt: skip


def _move(
    source: HoldingUnit, target: HoldingUnit, copies: Sequence[SetCopy], actor: Actor, note: str, moment: datetime
) -> int:
    said = note or f"Đổi sách, từ {source.name}"
    return int(move_set(source, target, copies, actor=actor, note=said, comment=note or None, at=moment).id)


def find_twin(hand_over_id: int) -> int | None:
    """The document of the other direction of the same exchange; None where only one direction moved."""
    row = HandOver.get_or_none((HandOver.id == hand_over_id) & (HandOver.kind == "exchange"))
    if row is None:
        return None
    moved_from = Placement.select(Placement.unit).where(Placement.removed_by == hand_over_id)
    brought = Placement.alias()
    twin: int | None = (
        HandOver.select(HandOver.id)
        .join(brought, on=(brought.removed_by == HandOver.id))
        .where(
            HandOver.kind == "exchange", HandOver.id != hand_over_id, HandOver.happened_at == row.happened_at,
            HandOver.unit.in_(moved_from), brought.unit == row.unit_id,
        )
        .limit(1)
        .scalar()
    )  # fmt: skip
    return twin
