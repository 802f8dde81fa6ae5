"""Composing a set before it is handed over: scanned, pasted, or proposed; struck out, refilled, picked by shelf.

The list is kept, so an afternoon at the shelves loses nothing. The rule of the proposal is in set_rules.py
(L130–L134); the hand-over itself in service.py.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound, Reason
from library.foundation.vietnamese import fold
from library.lending.rows import dicts_of, tuples_of
from library.lending.tables import HoldingUnit, Placement
from library.lending.units.service import HandedOver, hand_over
from library.lending.units.set_candidates import list_candidates, list_kept, list_records_had, load_limits
from library.lending.units.set_rules import propose_set
from library.lending.units.set_steps import (
    MAX_SET,
    SetProblem,
    capacity_of,
    clean_list,
    expected_back,
    get_open_unit,
    lessons_left_short,
    load_copies,
    problems_going,
)
from library.lending.units.tables import SetDraft

_HEADINGS = {"ma", "ma sach", "ma vach", "ma ca biet", "so dkcb", "dkcb", "so dang ky ca biet", "barcode"}
_CELL = re.compile(r"[,;\t]")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedToDraft:
    """`added`: copies now on the list; `already`: (barcode, title) of those that were; `repeated`: codes that came
    twice and count once (L81); `problems`: those that cannot go."""

    added: int
    already: tuple[tuple[str, str], ...]
    repeated: tuple[str, ...]
    problems: tuple[SetProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftLine:
    """A copy on the list, with where it stands and what speaks against it by now (None: nothing). `lesson`: it
    may go, but a lesson will lack it (L192)."""

    copy_id: int
    barcode: str
    accession_number: str
    title: str
    authors: tuple[str, ...]
    material: str
    collection: str
    place: str
    call_number: str
    proposed: bool
    problem: Reason | None
    lesson: Reason | None


def read_list(text: str) -> list[str]:
    """Codes out of a pasted list or CSV: the first cell with a digit of every line, else its first cell, so that a
    wrong line is named (L215). Left out: a heading, which is the first line and has no digit."""
    codes: list[str] = []
    lines = [line for line in text.splitlines() if line.strip(" ,;\t\"")]
    for number, line in enumerate(lines):
        cells = [cell for part in _CELL.split(line) if (cell := part.strip().strip('"').strip())]
        code = next((cell for cell in cells if any(letter.isdigit() for letter in cell)), None)
        if code is None and number == 0 and (len(cells) > 1 or fold(cells[0]) in _HEADINGS):
            continue
        codes.append(code or cells[0])
    return codes


def add_to_draft(unit_id: int, codes: Sequence[str], *, actor: Actor) -> AddedToDraft:
    """Put copies on the list. What cannot go (L82) is named and left out; InvalidInput(`set_empty`, `set_too_big`)."""
    wanted, repeated = clean_list(codes)
    with transaction():
        get_open_unit(unit_id)
        found = load_copies(wanted)
        problems = [problem for code in wanted for problem in problems_going(code, found.get(code))]
        bad = {problem.barcode for problem in problems}
        ids = list(dict.fromkeys(found[code].id for code in wanted if code not in bad))
        lines = {line.copy_id: line for line in SetDraft.select().where(SetDraft.unit == unit_id)}
        new = [copy_id for copy_id in ids if copy_id not in lines]
        back = [copy_id for copy_id in ids if copy_id in lines and lines[copy_id].struck_at is not None]
        _insert(unit_id, new, "scan")
        if back:
            SetDraft.update(struck_at=None, source="scan").where(
                SetDraft.unit == unit_id, SetDraft.copy.in_(back)
            ).execute()
        if new or back:
            record_audit(actor, "set_draft.add", "holding_unit", unit_id, None, {"copies": len(new) + len(back)})
        here = {copy_id for copy_id in ids if copy_id not in {*new, *back}}
        already = {copy.id: (copy.barcode, copy.title) for copy in found.values() if copy.id in here}
        return AddedToDraft(
            added=len(new) + len(back), already=tuple(already.values()), repeated=tuple(repeated),
            problems=tuple(problems),
        )  # fmt: skip


def propose_into_draft(unit_id: int, size: int, *, actor: Actor) -> int:
    """Fill the list up to `size` copies (L130–L134). Returns how many were added; fewer than missing when no
    more fit. InvalidInput(`set_size_bad`) for a size that is none or beyond the unit's capacity."""
    with transaction():
        unit = get_open_unit(unit_id)
        if not 1 <= size <= min(MAX_SET, capacity_of(unit)):
            raise InvalidInput("set_size_bad", field="size", capacity=capacity_of(unit))
        lines = list(SetDraft.select().where(SetDraft.unit == unit_id))
        live = [line.copy_id for line in lines if line.struck_at is None]
        struck = [line.copy_id for line in lines if line.struck_at is not None]
        grade = unit.school_class.grade if unit.school_class is not None else None
        had = list_records_had(unit) | {candidate.record_id for candidate in list_kept(struck)}
        chosen = propose_set(
            list_candidates(expected_back(unit)), size - len(live), grade=grade, limits=load_limits(), had=had,
            kept=list_kept(live),
        )  # fmt: skip
        on_list = {line.copy_id for line in lines}
        _insert(unit_id, [one.copy_id for one in chosen if one.copy_id not in on_list], "proposal")
        if chosen:
            record_audit(actor, "set_draft.propose", "holding_unit", unit_id, None, {"copies": len(chosen)})
        return len(chosen)


def strike_line(unit_id: int, copy_id: int, *, actor: Actor, struck: bool = True) -> None:
    """Strike a copy out (or take it in again). NotFound(`draft_line_unknown`) when it is not on the list."""
    with transaction():
        get_open_unit(unit_id)
        changed = (
            SetDraft.update(struck_at=now() if struck else None)
            .where(SetDraft.unit == unit_id, SetDraft.copy == copy_id, SetDraft.struck_at.is_null(struck))
            .execute()
        )
        if not changed:
            raise NotFound("draft_line_unknown")
        action = "set_draft.strike" if struck else "set_draft.restore"
        record_audit(actor, action, "holding_unit", unit_id, None, {"copy": copy_id})


def clear_draft(unit_id: int, *, actor: Actor) -> int:
    """Throw the list away, with what was struck out. Returns how many copies were on it."""
    with transaction():
        get_open_unit(unit_id)
        count = SetDraft.select().where(SetDraft.unit == unit_id, SetDraft.struck_at.is_null()).count()
        if SetDraft.delete().where(SetDraft.unit == unit_id).execute():
            record_audit(actor, "set_draft.clear", "holding_unit", unit_id, {"copies": count}, None)
        return count


def hand_over_draft(
    unit_id: int, *, actor: Actor, received_by: str = "", skip_problems: bool = False, note: str = ""
) -> HandedOver:
    """Hand the whole list over in one go (as `hand_over`); the list is empty afterwards."""
    with transaction():
        listed = SetDraft.select(Copy.barcode).join(Copy).where(SetDraft.unit == unit_id, SetDraft.struck_at.is_null())
        barcodes = [barcode for (barcode,) in tuples_of(listed.order_by(SetDraft.id))]
        done = hand_over(
            unit_id, barcodes, actor=actor, received_by=received_by, skip_problems=skip_problems, note=note
        )
        SetDraft.delete().where(SetDraft.unit == unit_id).execute()
        return done


def _insert(unit_id: int, copy_ids: list[int], source: str) -> None:
    rows = [{"unit": unit_id, "copy": copy_id, "source": source, "added_at": now()} for copy_id in copy_ids]
    for start in range(0, len(rows), 100):
        SetDraft.insert_many(rows[start : start + 100]).execute()


# --- reads ----------------------------------------------------------------------------------------


def list_draft(unit_id: int, *, struck: bool = False) -> list[DraftLine]:
    """The list in the order of the shelves: collection, place, call number, accession number."""
    query = (
        SetDraft.select(
            Copy.id, Copy.barcode, Copy.accession_number, Record.title, Record.part, Record.authors, Record.material,
            Record.call_number, Collection.name.alias("collection"), Copy.shelf_location, SetDraft.source,
        )
        .join(Copy)
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .where(SetDraft.unit == unit_id, SetDraft.struck_at.is_null(not struck))
        .order_by(
            Collection.sort_no, Collection.code, Copy.shelf_location, Record.call_number, Copy.accession_number
        )
    )  # fmt: skip
    rows = dicts_of(query)
    now_known = load_copies([row["barcode"] for row in rows])
    unit = HoldingUnit.get_or_none(HoldingUnit.id == unit_id)
    lessons: dict[int, Reason] = {}
    if unit is not None and not struck:
        listed = {copy.id: copy for copy in now_known.values()}
        lessons = lessons_left_short(list(listed.values()), expected_back(unit))
    lines = []
    for row in rows:
        copy = now_known.get(row["barcode"])
        problems = problems_going(row["barcode"], copy)
        lines.append(
            DraftLine(
                copy_id=row["id"], barcode=row["barcode"], accession_number=row["accession_number"],
                title=shown_title(row["title"], row["part"]),
                authors=tuple(row["authors"] or ()), material=row["material"], collection=row["collection"],
                place=row["shelf_location"], call_number=row["call_number"], proposed=row["source"] == "proposal",
                problem=problems[0].reason if problems else None,
                lesson=lessons.get(copy.record_id) if copy is not None else None,
            )
        )  # fmt: skip
    return lines


def count_draft(unit_id: int) -> int:
    """Copies on the list."""
    return SetDraft.select().where(SetDraft.unit == unit_id, SetDraft.struck_at.is_null()).count()


def list_unit_materials(unit_id: int) -> list[str]:
    """The material of every copy in a unit now, for its mix."""
    query = (
        Placement.select(Record.material)
        .join(Copy)
        .join(Record)
        .where(Placement.unit == unit_id, Placement.removed_at.is_null())
    )
    return [material for (material,) in query.tuples()]

