"""Collecting textbooks: piles in any order, whoever brings them; the book says whose it is.

One document = one use case = one transaction. Each return is the ordinary one of library/lending
(`check_in`); here the condition of the copy and the document are added. Rules L107, L108.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import peewee as pw

from library.cataloguing.model import Material
from library.cataloguing.tables import Copy, Record
from library.contract.codes import word
from library.contract.scans import clean_scan, looks_like_card
from library.foundation.audit import Actor, record_audit
from library.foundation.bulk import insert_rows
from library.foundation.errors import Refused
from library.lending.desk_facts import find_copy
from library.lending.loan_writing import lending_day
from library.lending.model import COLLECT_COMMENT, Channel
from library.lending.rows import dicts_of
from library.lending.rules import make_reason
from library.lending.scanned_codes import call_codes_by_name, unknown_copy
from library.lending.service import check_in
from library.lending.tables import Loan
from library.textbooks.documents import (
    CHUNK,
    ListRefused,
    check_length,
    list_conditions,
    run_once,
    set_conditions,
    write_batch,
)
from library.textbooks.model import Collected, CollectedLine, ListProblem, OrdinaryReturn
from library.textbooks.rules import follow_conditions, is_worse
from library.textbooks.tables import TextbookBatch, TextbookLoan


def collect(lines: Sequence[str], *, actor: Actor, note: str = "", act_key: str | None = None) -> Collected:
    """Take piles of textbooks back in any order, whoever brings them (L108): the book says whose it is.

    `=` and a word (=rách) says the condition of the books after it; a lone `=` returns to "as it went out".
    Unknown codes and cards are named and left out; ListRefused when nothing else is there. Each return is
    the ordinary one (L60–L66), so a hold is captured and a lost book is found.
    """
    check_length(lines)
    done: list[Collected] = []

    def act() -> tuple[int, dict[str, Any]]:
        done.append(_collect(lines, actor, note))
        return 200, {"batch": done[0].batch_id}

    answer = run_once(act_key, "textbook.collect", list(lines), actor, act)
    if done:
        return done[0]
    batch = TextbookBatch.get_by_id(answer["batch"])
    return Collected(batch_id=batch.id, number=batch.number, lines=(), not_on_loan=(), problems=(), repeated=())


def say_whose(code: str) -> tuple[str, str]:
    """(tone, sentence) about one scanned copy, before anything is written: whose it is, or what is odd."""
    text = clean_scan(code)[:40]
    copy = find_copy(barcode=text)
    if copy is None:
        reason = unknown_copy(code)
        return "no", word(reason.code, reason.params)
    ordinary = copy.facts.material != Material.TEXTBOOK.value
    if copy.facts.loan is None:
        is_of = " Đây là sách thư viện, không phải sách giáo khoa." if ordinary else ""
        return "attention", f"{copy.title}: không đứng tên ai.{is_of}"
    row = Loan.get_by_id(copy.facts.loan.id)
    whose = f"{copy.loan_reader_name or 'đã ẩn danh'} {row.class_name or ''}".strip()
    if ordinary and not TextbookLoan.select().where(TextbookLoan.loan == row.id).exists():
        return "attention", f"{copy.title} ({whose}): là sách thư viện. Nhận trả như thường, không vào phiếu thu."
    return "ok", f"{copy.title} – {whose}"


def _read_pile(lines: Sequence[str]) -> tuple[list[tuple[str, str | None]], list[ListProblem], list[str]]:
    books: dict[str, str | None] = {}
    problems: list[ListProblem] = []
    repeated: list[str] = []
    for text, condition in follow_conditions(lines, problems):
        code = clean_scan(text)[:40]
        if looks_like_card(code):
            problems.append(ListProblem(text=code, title="", reason=unknown_copy(code)))
            continue
        if code in books:
            repeated.append(code)
        books[code] = condition
    return list(books.items()), problems, list(dict.fromkeys(repeated))


def _collect(lines: Sequence[str], actor: Actor, note: str) -> Collected:
    books, problems, repeated = _read_pile(lines)
    taken: list[CollectedLine] = []
    rows: list[tuple[int, str]] = []  # loan id, condition in
    loose: list[tuple[str, str]] = []
    seen: dict[int, str] = {}  # copy id -> condition somebody has just said
    day = lending_day()
    before = _list_open([code for code, _ in books])
    library_books = _list_library_books([code for code, _ in books])
    ordinary: list[OrdinaryReturn] = []
    for code, condition in books:
        is_ordinary = code in library_books  # L108: a return like any other at the desk, with no line and no condition
        try:
            back = check_in(
                code, actor=actor, channel=Channel.DESK.value, comment=None if is_ordinary else COLLECT_COMMENT
            )
        except Refused as refusal:
            named = call_codes_by_name(code, refusal.reasons)
            problems += [ListProblem(text=code, title="", reason=reason) for reason in named]
            continue
        if is_ordinary:
            ordinary.append(OrdinaryReturn(barcode=code, title=back.title, reader_name=back.reader_name))
            continue
        if condition is not None:
            seen[back.copy_id] = condition
        if back.loan_id is None:
            loose.append((code, back.title))
            continue
        known = before[back.loan_id]
        after = condition or known["condition_out"] or known["condition"]
        rows.append((back.loan_id, after))
        taken.append(
            CollectedLine(
                barcode=back.copy_barcode, title=back.title, reader_name=back.reader_name,
                class_name=known["class_name"] or "", condition_out=known["condition_out"], condition_in=after,
                worse=is_worse(known["condition_out"], after), route_to=back.route_to,
            )
        )  # fmt: skip
    if not taken and not loose:
        problems += [
            ListProblem(text=one.barcode, title=one.title, reason=make_reason("textbook_library_book"))
            for one in ordinary
        ]
        raise ListRefused(problems)
    known_before = list_conditions(list(seen))
    set_conditions(seen)
    batch = write_batch("back", "TH", len(taken), actor, note, day.at, None)
    _write_lines(batch.id, rows, before)
    facts: dict[str, Any] = {"number": batch.number, "count": len(taken)}
    changed = {copy_id for copy_id, condition in seen.items() if known_before[copy_id] != condition}
    if changed:  # L237: an undone collection puts these back
        codes = Copy.select(Copy.id, Copy.barcode).where(Copy.id.in_(changed))
        facts["conditions"] = {barcode: known_before[copy_id] for copy_id, barcode in codes.tuples()}
    record_audit(actor, "textbook.collect", "textbook_batch", batch.id, None, facts, note or None)
    return Collected(
        batch_id=batch.id, number=batch.number, lines=tuple(taken), not_on_loan=tuple(loose),
        problems=tuple(problems), repeated=tuple(repeated), ordinary=tuple(ordinary),
    )  # fmt: skip


def _list_library_books(codes: Sequence[str]) -> set[str]:
    """Those of the codes that are books of the library and not textbooks, nor handed out with a set."""
    found: set[str] = set()
    for start in range(0, len(codes), CHUNK):
        part = list(codes[start : start + CHUNK])
        rows = (
            Copy.select(Copy.barcode, Copy.accession_number)
            .join(Record)
            .switch(Copy)
            .join(Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
            .join(TextbookLoan, pw.JOIN.LEFT_OUTER, on=(TextbookLoan.loan == Loan.id))
            .where(
                Copy.barcode.in_(part) | Copy.accession_number.in_(part),
                Record.material != Material.TEXTBOOK.value,
                TextbookLoan.id.is_null(),
            )
        )
        for codes_of_copy in rows.tuples():
            found.update(codes_of_copy)
    return found


def _list_open(codes: Sequence[str]) -> dict[int, dict[str, Any]]:
    """loan id -> what is known of the open loans on these copies: class, condition out, condition kept."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(codes), CHUNK):
        part = list(codes[start : start + CHUNK])
        query = (
            Loan.select(
                Loan.id, Loan.class_name, Copy.condition, TextbookLoan.id.alias("line"), TextbookLoan.condition_out
            )
            .join(Copy)
            .switch(Loan)
            .join(TextbookLoan, pw.JOIN.LEFT_OUTER, on=(TextbookLoan.loan == Loan.id))
            .where(Copy.barcode.in_(part) | Copy.accession_number.in_(part), Loan.returned_at.is_null())
        )
        found.update({row["id"]: row for row in dicts_of(query)})
    return found


def _write_lines(batch_id: int, rows: Sequence[tuple[int, str]], before: dict[int, dict[str, Any]]) -> None:
    """The document's lines; a book lent singly at the desk gets its line now."""
    by_condition: dict[str, list[int]] = {}
    for loan_id, condition in rows:
        if before[loan_id]["line"] is not None:
            by_condition.setdefault(condition, []).append(loan_id)
    for condition, ids in by_condition.items():
        for start in range(0, len(ids), CHUNK):
            part = ids[start : start + CHUNK]
            TextbookLoan.update(back_batch=batch_id, condition_in=condition).where(
                TextbookLoan.loan.in_(part)
            ).execute()
    new = [(loan_id, batch_id, condition) for loan_id, condition in rows if before[loan_id]["line"] is None]
    insert_rows(TextbookLoan, ("loan", "back_batch", "condition_in"), new)
