"""GET snapshot: what a kiosk needs to decide while the core is away, whole or as changes.

`version` = day × 10⁹ + newest audit entry. Every change of a reader, copy, loan or hold writes an audit
entry in its own transaction, so the number only grows and nothing changes without it; the day is in it
because blocks begin and end at midnight. Changes since a version are read off the audit entries; an entry
of a kind not listed in _FOLLOWED (an import, a merge, a new policy) makes the answer full. Plain dicts,
not the contract's dataclasses: 60,000 copies are made of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import peewee as pw

from library.access.kiosk_pins import list_kiosk_staff
from library.cataloguing.model import shown_title
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.clock import iso_instant, now, today
from library.foundation.tables import AuditEntry
from library.kiosk_api.names import display_name
from library.lending.bookings.facts import list_needs_ahead
from library.lending.desk_facts import free_copies_query, list_last_classes
from library.lending.model import UnitKind
from library.lending.policy_json import calendar_to_json, policy_to_json
from library.lending.rows import dicts_of, tuples_of
from library.lending.settings_reader import find_year_row, load_open_days, load_policy
from library.lending.tables import Hold, HoldingUnit, Loan
from library.lending.whereabouts import join_whereabouts
from library.readers.tables import Card, Enrolment, Reader, ReaderBlock, SchoolClass

_DAY = 10**9
MAX_DELTA = 3_000
"""More audit entries than this since a version: sending all is cheaper than finding out."""
CHUNK = 400
DATED_BACK = timedelta(days=60)
"""What ended since a version may say it ended before: nobody dates back for longer."""
_IGNORED = ("visit.", "device.", "staff.", "session.", "login", "kiosk.", "promotion.", "report.", "stop.",
            "set_draft.", "unit_pass.", "unit.use", "unit.tally", "rotation.",
            # documents whose loans have entries of their own
            "textbook.", "booking.")
_BY_BARCODES = {"unit.hand_over": ("copies",), "unit.take_back": ("copies",), "unit.exchange": ("copies",),
                "unit.settle": ("missing", "lost", "damaged")}  # fmt: skip
"""Documents, and where their audit entry lists the barcodes that moved."""


def current_version() -> int:
    """Grows with every change and every day."""
    newest = AuditEntry.select(pw.fn.MAX(AuditEntry.id)).scalar() or 0
    return today().toordinal() * _DAY + newest


def make_snapshot(since: int | None = None) -> dict[str, Any]:
    """The message `Snapshot` of library/contract/kiosk_api.py as plain JSON values."""
    version = current_version()  # read first: what is written meanwhile is sent again next time
    touched = None if since is None else _touched_since(since, version)
    day = today()
    answer: dict[str, Any] = {
        "version": version,
        "generated_at": iso_instant(now()),
        "full": touched is None,
        # Lessons go with the policy: it is sent with every answer, so a new booking changes no copy's row.
        "policy": policy_to_json(load_policy(day)) | {"lessons": list_needs_ahead(day)},
        "closed_days": calendar_to_json(load_open_days(), day, day + timedelta(days=800)),
        "removed": {"readers": [], "copies": []},
        "staff": [{"id": one.id, "name": one.name, "verifier": one.verifier} for one in list_kiosk_staff()],
    }
    if touched is None:
        answer["readers"] = _readers(None, day)
        answer["copies"] = _copies(None)
        return answer
    reader_ids, copy_ids = touched
    answer["readers"] = _readers(reader_ids, day)
    answer["copies"] = _copies(copy_ids)
    kept = {copy["barcode"] for copy in answer["copies"]}
    answer["removed"]["copies"] = sorted(_barcodes_of(copy_ids) - kept)
    return answer


def _touched_since(since: int, version: int) -> tuple[set[int], set[int]] | None:
    """(reader ids, copy ids) that may have changed since; None: send everything."""
    if since // _DAY != version // _DAY or since > version:
        return None  # another day, or the database was restored from an older copy
    entries = list(
        AuditEntry.select(
            AuditEntry.action, AuditEntry.subject_kind, AuditEntry.subject_id, AuditEntry.after, AuditEntry.at
        )
        .where(AuditEntry.id > since % _DAY)
        .limit(MAX_DELTA + 1)
    )
    if len(entries) > MAX_DELTA:
        return None
    loans, copies, holds, barcodes = set(), set(), set(), set()
    for entry in entries:
        if entry.action.startswith(_IGNORED):
            continue
        if entry.subject_kind == "loan":
            loans.add(int(entry.subject_id))
        elif entry.subject_kind == "copy" and entry.subject_id.isdecimal():
            copies.add(int(entry.subject_id))
        elif entry.subject_kind == "hold":
            holds.add(int(entry.subject_id))
        elif entry.action in _BY_BARCODES:
            moved = [code for name in _BY_BARCODES[entry.action] for code in (entry.after or {}).get(name, ())]
            if not moved:
                return None  # written otherwise: what it moved cannot be told
            barcodes.update(moved)
        else:
            return None
    readers: set[int] = set()
    for chunk in _chunks(loans):
        for copy_id, reader_id in tuples_of(Loan.select(Loan.copy, Loan.reader).where(Loan.id.in_(chunk))):
            copies.add(copy_id)
            if reader_id is not None:
                readers.add(reader_id)
    for chunk in _chunks(barcodes):
        copies.update(found for (found,) in tuples_of(Copy.select(Copy.id).where(Copy.barcode.in_(chunk))))
    since_when = entries[0].at - DATED_BACK if entries else None
    # A copy that is lost, or comes back with its box, ends a loan without an entry of the loan's own.
    for chunk in _chunks(copies):
        ended = Loan.returned_at.is_null() | (Loan.returned_at >= since_when)
        theirs = Loan.select(Loan.reader).where(Loan.copy.in_(chunk), Loan.reader.is_null(False), ended)
        readers.update(reader_id for (reader_id,) in tuples_of(theirs))
    # A hold (one that a loan has filled, too), or a copy that came or went, changes what is free of its title.
    records: set[int] = set()
    for chunk in _chunks(holds):
        records.update(found for (found,) in tuples_of(Hold.select(Hold.record).where(Hold.id.in_(chunk))))
    for chunk in _chunks(copies):
        with_queue = (
            Copy.select(Copy.record)
            .join(Hold, on=(Hold.record == Copy.record) & (Hold.ended_at.is_null() | (Hold.ended_at >= since_when)))
            .where(Copy.id.in_(chunk))
        )
        records.update(found for (found,) in tuples_of(with_queue))
    for chunk in _chunks(records):
        copies.update(found for (found,) in tuples_of(Copy.select(Copy.id).where(Copy.record.in_(chunk))))
    return readers, copies


def _chunks(ids: Iterable[Any]) -> Iterable[list[Any]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def _barcodes_of(copy_ids: set[int]) -> set[str]:
    found: set[str] = set()
    for chunk in _chunks(copy_ids):
        found.update(barcode for (barcode,) in tuples_of(Copy.select(Copy.barcode).where(Copy.id.in_(chunk))))
    return found


def _readers(reader_ids: set[int] | None, day: date) -> list[dict[str, Any]]:
    if reader_ids is not None and not reader_ids:
        return []
    year = find_year_row(day)
    enrolled = (
        (Enrolment.reader == Reader.id)
        & Enrolment.ended_on.is_null()
        & (Enrolment.school_year == (year.id if year else None))
    )
    query = (
        Reader.select(
            Reader.id, Reader.full_name, Reader.kind, Reader.status, Reader.leaves_on, Card.number,
            SchoolClass.name.alias("class_name"), SchoolClass.grade,
        )
        .join(Card, on=(Card.reader == Reader.id) & (Card.status == "active"))
        .switch(Reader)
        .join(Enrolment, pw.JOIN.LEFT_OUTER, on=enrolled)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER, on=(Enrolment.school_class == SchoolClass.id))
        .where(Reader.merged_into.is_null())
    )  # fmt: skip
    rows = dicts_of(query)  # all of them: whether two names read alike needs the whole class
    last_classes = list_last_classes(day)
    for row in rows:
        if row["class_name"] is None and row["id"] in last_classes:  # L200: nobody has moved up yet
            row["class_name"], row["grade"] = last_classes[row["id"]]
    classmates: dict[str | None, list[str]] = defaultdict(list)
    for row in rows:
        if row["class_name"]:
            classmates[row["class_name"]].append(row["full_name"])
    blocked = _blocked_today(day)
    open_loans = dict(
        tuples_of(
            Loan.select(Loan.reader, pw.fn.COUNT(Loan.id)).where(Loan.returned_at.is_null()).group_by(Loan.reader)
        )
    )
    readers = []
    for row in rows:
        if reader_ids is not None and row["id"] not in reader_ids:
            continue
        blocks = ["reader_blocked"] if row["id"] in blocked else []
        if row["status"] != "active" or (row["leaves_on"] is not None and row["leaves_on"] < day):
            blocks.insert(0, "reader_expired")
        readers.append(
            {
                "card": row["number"],
                "display_name": display_name(row["full_name"], classmates[row["class_name"]]),
                "class_name": row["class_name"],
                "kind": row["kind"],
                "grade": row["grade"],
                "loans_open": open_loans.get(row["id"], 0),
                "blocks": blocks,
                "leaves_on": row["leaves_on"].isoformat() if row["leaves_on"] else None,
            }
        )
    return readers


def _blocked_today(day: date) -> set[int]:
    query = ReaderBlock.select(ReaderBlock.reader).where(
        ReaderBlock.lifted_at.is_null(),
        ReaderBlock.starts_on <= day,
        ReaderBlock.ends_on.is_null() | (ReaderBlock.ends_on >= day),
    )
    return {reader_id for (reader_id,) in tuples_of(query)}


def _copies(copy_ids: set[int] | None) -> list[dict[str, Any]]:
    if copy_ids is None:
        return _copy_rows(None)
    return [copy for chunk in _chunks(copy_ids) for copy in _copy_rows(chunk)]


def _copy_rows(copy_ids: list[int] | None) -> list[dict[str, Any]]:
    copies = (
        Copy.select(
            Copy.barcode, Copy.status, Copy.use, Copy.record, Record.title, Record.part, Record.material,
            Collection.code, Collection.home_loan, Loan.id.alias("loan_id"), Loan.due_on, Card.number,
            HoldingUnit.kind, HoldingUnit.name.alias("unit_name"), SchoolClass.name.alias("unit_class"),
            Hold.id.alias("hold_id"),
        )
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .where(Copy.status != "withdrawn")
        .order_by(Copy.id)
    )  # fmt: skip
    query = join_whereabouts(copies).join_from(
        Loan, Card, pw.JOIN.LEFT_OUTER, on=(Card.reader == Loan.reader) & (Card.status == "active")
    )
    if copy_ids is not None:
        query = query.where(Copy.id.in_(copy_ids))
    overbooked = _overbooked_records()
    return [_copy_json(row, overbooked) for row in dicts_of(query)]


def _overbooked_records() -> set[int]:
    """Titles with at least as many waiting as free copies (L26)."""
    waiting = dict(
        tuples_of(
            Hold.select(Hold.record, pw.fn.COUNT(Hold.id)).where(Hold.status == "waiting").group_by(Hold.record)
        )
    )
    found: set[int] = set()
    for chunk in _chunks(waiting):
        query = free_copies_query(Copy.select(Copy.record, pw.fn.COUNT(Copy.id)))
        free = dict(tuples_of(query.where(Copy.record.in_(chunk), Copy.use == "loan").group_by(Copy.record)))
        found.update(record_id for record_id in chunk if waiting[record_id] >= max(free.get(record_id, 0), 1))
    return found


def _copy_json(row: dict[str, Any], overbooked: set[int]) -> dict[str, Any]:
    reason, unit = None, None
    corner = row["kind"] == UnitKind.CLASS_CORNER.value
    if row["kind"] is not None:
        unit = row["unit_class"] if corner and row["unit_class"] else row["unit_name"]
    # A desk standing at the shelf sets the shelf aside (L184), never what is said before it here.
    if row["status"] in ("lost", "repair"):
        reason = "copy_lost" if row["status"] == "lost" else "copy_in_repair"
    elif row["use"] == "reference":
        reason = "reference_only"
    elif row["use"] == "reading_room" or not row["home_loan"]:
        reason = "not_for_home"
    elif row["kind"] is not None:
        reason = "copy_in_class_corner" if corner else "copy_on_mobile_shelf"
    on_loan = row["loan_id"] is not None
    return {
        "barcode": row["barcode"],
        "title": shown_title(row["title"], row["part"]),
        "material": row["material"],
        "collection": row["code"],
        "loanable": reason is None,
        "open_loan": {"reader_card": row["number"] or "", "due_on": row["due_on"].isoformat()} if on_loan else None,
        "held": row["hold_id"] is not None or (not on_loan and row["record"] in overbooked),
        "reason": reason,
        "unit": unit,
        "record_id": row["record"],
    }
