"""Handing textbooks out to a class, and undoing it: one document = one use case = one transaction.

Loans are those of library/lending: decided by its rules, written by its `insert_loan`. Here: the scan
list of a whole class (rules.py), the document, the condition per copy. Rules L102–L107, L114.
Taking back: collecting.py. Lost and made good: losses.py.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.bulk import insert_rows
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.tables import AuditEntry
from library.lending.corrections import undo_check_out
from library.lending.desk_facts import CopyAtDesk, ReaderAtDesk, find_copy, find_reader
from library.lending.loan_writing import LendingDay, insert_loan, lending_day
from library.lending.model import HAND_OUT_COMMENT, Channel, CheckoutFacts, OpenLoan, RefusedBy
from library.lending.rules import decide_checkout
from library.lending.tables import Loan, LoanEvent
from library.textbooks.documents import (
    MOST_LINES,
    ListRefused,
    check_length,
    list_conditions,
    run_once,
    set_conditions,
    write_batch,
)
from library.textbooks.model import (
    Assigned,
    ClassSheet,
    HandedOut,
    ListProblem,
    Preview,
    PreviewPair,
    PupilNeeds,
    ScanLine,
)
from library.textbooks.queries import get_class_sheet, list_free_copies
from library.textbooks.rules import (
    HELD_BACK_NEVER,
    assign,
    propose_by_list,
    read_scan_list,
)
from library.textbooks.tables import TextbookBatch, TextbookLoan

register_errors(
    {
        "textbook_undone": "Phiếu {number} đã được hoàn tác.",
        "textbook_undo_none": "Không còn cuốn nào của phiếu {number} để hoàn tác: sách đã trả hoặc đã ghi việc khác.",
        "textbook_undo_back": "Chỉ hoàn tác được phiếu cấp phát.",
    }
)


def needs_of(sheet: ClassSheet) -> list[PupilNeeds]:
    """The pupils of a class as the hand-out's rules ask about them."""
    return [
        PupilNeeds(
            reader_id=pupil.reader_id,
            name=pupil.name,
            has=frozenset(record_id for record_id, cell in pupil.cells.items() if cell.status in ("out", "lost")),
            takes=pupil.takes,
        )
        for pupil in sheet.pupils
        if not pupil.left
    ]


def propose(
    class_id: int, reader_ids: Iterable[int] | None = None, record_ids: Iterable[int] | None = None
) -> tuple[list[ScanLine], dict[int, int]]:
    """L106: the whole set for everybody (or those named) by list, without scanning; nothing is written.
    Also how many copies each title is short of."""
    sheet = get_class_sheet(class_id)
    wanted = None if record_ids is None else set(record_ids)
    titles = [
        title.record_id for title in sheet.titles if (title.required if wanted is None else title.record_id in wanted)
    ]
    chosen = None if reader_ids is None else set(reader_ids)
    pupils = [pupil for pupil in needs_of(sheet) if chosen is None or pupil.reader_id in chosen]
    return propose_by_list(pupils, titles, list_free_copies(titles))


def hand_out(
    class_id: int,
    lines: Sequence[str],
    *,
    actor: Actor,
    skip_problems: bool = False,
    note: str = "",
    act_key: str | None = None,
) -> HandedOut:
    """Hand a scan list out to a class in one document (L102–L107, L113). All or nothing: ListRefused names
    every problem of every line unless `skip_problems`.

    `act_key`: the same key and list again answers the first document and writes nothing (L115).
    InvalidInput textbook_list_empty, textbook_list_long, textbook_set_none.
    """
    check_length(lines)
    done: list[HandedOut] = []

    def act() -> tuple[int, dict[str, Any]]:
        done.append(_hand_out(class_id, lines, actor, skip_problems, note))
        return 200, {"batch": done[0].batch_id}

    answer = run_once(act_key, "textbook.hand_out", [class_id, list(lines), skip_problems], actor, act)
    if done:
        return done[0]
    batch = TextbookBatch.get_by_id(answer["batch"])
    return HandedOut(
        batch_id=batch.id, number=batch.number, copies=batch.copies_count, pupils=0, left_out=(), repeated=()
    )


_Granted = tuple[ScanLine, ReaderAtDesk, CopyAtDesk, date, tuple[str, ...]]


def preview(class_id: int, lines: Sequence[str]) -> Preview:
    """What `hand_out` would do with this list now; nothing is written. The page asks after every scan."""
    if len(lines) > MOST_LINES:
        raise InvalidInput("textbook_list_long", field="lines", limit=MOST_LINES)
    work = _work_out(class_id, lines)
    pairs = tuple(
        PreviewPair(reader_id=reader.id, record_id=copy.record_id, title=copy.title, barcode=copy.barcode)
        for _, reader, copy, _, _ in work.granted
    )
    return Preview(pairs=pairs, problems=work.problems, repeated=work.repeated, sheet=work.sheet)


@dataclass(frozen=True, slots=True)
class _Work:
    sheet: ClassSheet
    day: LendingDay
    granted: list[_Granted]
    problems: tuple[ListProblem, ...]
    repeated: tuple[str, ...]


def _work_out(class_id: int, lines: Sequence[str]) -> _Work:
    sheet = get_class_sheet(class_id)
    if not sheet.titles:
        raise InvalidInput("textbook_set_none", field="lines", grade=sheet.grade)
    pupils = needs_of(sheet)
    cards = {pupil.card: pupil.reader_id for pupil in sheet.pupils if pupil.card and not pupil.left}
    books, unread = read_scan_list(lines, cards, {pupil.reader_id for pupil in pupils})
    problems = list(unread)
    copies = {code: copy for code in {book.barcode for book in books} if (copy := find_copy(barcode=code)) is not None}
    known = {code: (copy.record_id, copy.title) for code, copy in copies.items()}
    in_set = {title.record_id for title in sheet.titles}
    holders = {
        code: (copy.facts.loan.reader_id, copy.loan_reader_name or "", copy.loan_class_name or "")
        for code, copy in copies.items()
        if copy.facts.loan is not None
    }
    day = lending_day()
    while True:
        assigned = assign(books, pupils, known, in_set, holders)
        granted, refused = _decide(day, assigned, copies)
        problems += refused
        if not refused:
            break
        # A copy that cannot go takes nobody's place in the list: share out again without it.
        out = {problem.text for problem in refused}
        books = [book for book in books if book.barcode not in out]
    return _Work(sheet, day, granted, (*problems, *assigned.problems), assigned.repeated)


def _hand_out(class_id: int, lines: Sequence[str], actor: Actor, skip: bool, note: str) -> HandedOut:
    work = _work_out(class_id, lines)
    day, granted, problems = work.day, work.granted, work.problems
    if not granted and not problems:
        raise InvalidInput("textbook_list_empty", field="lines")
    if problems and (not skip or not granted):
        raise ListRefused(problems)
    batch = write_batch("out", "CP", len(granted), actor, note, day.at, class_id)
    late: dict[int, str] = {}
    conditions = list_conditions([copy.id for _, _, copy, _, _ in granted])
    rows = []
    for book, reader, copy, due_on, set_aside in granted:
        loan_id = insert_loan(
            day, reader, copy, due_on, actor, Channel.DESK.value, overrides=set_aside, comment=HAND_OUT_COMMENT
        )
        rows.append((loan_id, batch.id, book.condition or conditions[copy.id]))
        if set_aside:
            late[reader.id] = reader.full_name
    insert_rows(TextbookLoan, ("loan", "batch", "condition_out"), rows)
    set_conditions({copy.id: book.condition for book, _, copy, _, _ in granted if book.condition is not None})
    receivers = {reader.id for _, reader, _, _, _ in granted}
    record_audit(
        actor, "textbook.hand_out", "textbook_batch", batch.id, None,
        {"number": batch.number, "class": work.sheet.class_name, "count": len(granted), "pupils": len(receivers)},
        note or None,
    )  # fmt: skip
    return HandedOut(
        batch_id=batch.id, number=batch.number, copies=len(granted), pupils=len(receivers),
        left_out=problems, repeated=work.repeated, set_aside=tuple(late.values()),
    )  # fmt: skip


def _decide(
    day: LendingDay, assigned: Assigned, copies: dict[str, CopyAtDesk]
) -> tuple[list[_Granted], list[ListProblem]]:
    """Every pair by the rules of lending (L103); a pupil's earlier books of this list count already."""
    granted: list[_Granted] = []
    problems: list[ListProblem] = []
    readers: dict[int, ReaderAtDesk] = {}
    for book in assigned.pairs:
        assert book.reader_id is not None
        if book.reader_id not in readers:
            found = find_reader(reader_id=book.reader_id, year_id=day.year_id, today=day.on)
            assert found is not None
            readers[book.reader_id] = found
        reader, copy = readers[book.reader_id], copies[book.barcode]
        if copy.open_holds:  # how many wait before this pupil
            copy = find_copy(barcode=book.barcode, for_reader=reader.id) or copy
        facts = CheckoutFacts(card=reader.card, barcode=book.barcode, reader=reader.facts, copy=copy.facts)
        decision = decide_checkout(facts, day.policy, day.calendar, day.on, HELD_BACK_NEVER)
        if isinstance(decision, RefusedBy):
            problems += [ListProblem(text=book.barcode, title=copy.title, reason=one) for one in decision.reasons]
            continue
        granted.append((book, reader, copy, decision.due_on, tuple(one.code for one in decision.set_aside)))
        lent = OpenLoan(
            due_on=decision.due_on, material=copy.facts.material, collection=copy.facts.collection,
            record_id=copy.record_id,
        )  # fmt: skip
        facts_now = dataclasses.replace(reader.facts, open_loans=(*reader.facts.open_loans, lent))
        readers[book.reader_id] = dataclasses.replace(reader, facts=facts_now)
    return granted, problems


# --- undo -----------------------------------------------------------------------------------------


def undo_hand_out(batch_id: int, *, actor: Actor, comment: str = "") -> tuple[int, int]:
    """Take a mistaken hand-out back (L114): its loans end as corrected, as if they had not been. Loans that
    something else has happened to (returned, lost, re-dated) stay. Returns (undone, kept).

    NotFound document_unknown; Conflict textbook_undone, textbook_undo_none, textbook_undo_back.
    """
    with transaction():
        batch = TextbookBatch.get_or_none(TextbookBatch.id == batch_id)
        if batch is None:
            raise NotFound("document_unknown")
        if batch.kind != "out":
            raise Conflict("textbook_undo_back")
        if batch.undone_at is not None:
            raise Conflict("textbook_undone", number=batch.number)
        given = TextbookLoan.select(TextbookLoan.loan).where(TextbookLoan.batch == batch_id)
        loans = list(Loan.select().where(Loan.id.in_(given)).order_by(Loan.id))
        entries = _checkout_entries([loan.id for loan in loans])
        moment, undone = now(), 0
        for loan in loans:
            if loan.returned_at is not None or LoanEvent.select().where(LoanEvent.loan == loan.id).exists():
                continue
            entry = entries[loan.id]
            undo_check_out(loan, entry.after or {}, actor)
            record_audit(actor, "loan.undo", "loan", loan.id, None, {"undone": entry.id, "action": "check_out"})
            undone += 1
        if not undone:
            raise Conflict("textbook_undo_none", number=batch.number)
        TextbookBatch.update(undone_at=moment).where(TextbookBatch.id == batch_id).execute()
        record_audit(
            actor, "textbook.undo", "textbook_batch", batch_id, None, {"number": batch.number, "count": undone},
            comment or None,
        )  # fmt: skip
        return undone, len(loans) - undone


def _checkout_entries(loan_ids: Sequence[int]) -> dict[int, AuditEntry]:
    found: dict[int, AuditEntry] = {}
    for start in range(0, len(loan_ids), 400):
        query = AuditEntry.select().where(
            AuditEntry.subject_kind == "loan",
            AuditEntry.subject_id.in_([str(loan_id) for loan_id in loan_ids[start : start + 400]]),
            AuditEntry.action == "loan.check_out",
        )
        found.update({int(entry.subject_id): entry for entry in query})
    return found


def group_by_pupil(lines: Iterable[ScanLine]) -> dict[int, list[str]]:
    """reader id -> barcodes, for the page that shows a proposal."""
    found: dict[int, list[str]] = defaultdict(list)
    for line in lines:
        found[line.reader_id or 0].append(line.barcode)
    return found
