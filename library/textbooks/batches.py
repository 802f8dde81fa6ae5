"""The documents of textbooks: what went out, what came back, copy by copy. Sets and classes: queries.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.errors import NotFound
from library.foundation.tables import AuditEntry
from library.lending.rows import dicts_of
from library.lending.tables import Loan
from library.readers.tables import Reader, SchoolClass
from library.textbooks.tables import TextbookBatch, TextbookLoan


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A document in a list."""

    id: int
    kind: str
    number: str
    class_id: int | None
    class_name: str
    happened_on: date
    happened_at: datetime
    staff_name: str
    copies: int
    note: str
    undone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCopy:
    """One copy of a document. `open`: still with the pupil. `corrected`: taken back, by itself or with the document."""

    loan_id: int
    reader_id: int | None
    reader_name: str
    class_name: str
    title: str
    barcode: str
    accession_number: str
    condition_out: str | None
    condition_in: str | None
    open: bool
    corrected: bool


def _batch_lines(condition: Any, limit: int) -> list[BatchLine]:
    query = (
        TextbookBatch.select(TextbookBatch, SchoolClass.name.alias("class_name"))
        .join(SchoolClass, pw.JOIN.LEFT_OUTER)
        .where(condition)
        .order_by(TextbookBatch.id.desc())
        .limit(limit)
    )
    return [
        BatchLine(
            id=row["id"], kind=row["kind"], number=row["number"], class_id=row["school_class"],
            class_name=row["class_name"] or "", happened_on=row["happened_on"], happened_at=row["happened_at"],
            staff_name=row["staff_name"], copies=row["copies_count"], note=row["note"],
            undone=row["undone_at"] is not None,
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def list_batches(class_id: int | None = None, *, kind: str | None = None, limit: int = 20) -> list[BatchLine]:
    """The newest documents, of a class or of all."""
    condition = pw.Value(1) == pw.Value(1)
    if class_id is not None:
        condition = TextbookBatch.school_class == class_id
    if kind is not None:
        condition = condition & (TextbookBatch.kind == kind)
    return _batch_lines(condition, limit)


def get_batch(batch_id: int) -> BatchLine:
    """NotFound document_unknown."""
    found = _batch_lines(TextbookBatch.id == batch_id, 1)
    if not found:
        raise NotFound("document_unknown")
    return found[0]


def list_batch_copies(batch_id: int) -> list[BatchCopy]:
    """The copies of a document, by pupil in list order; of a collection that was undone (L237) what it had taken."""
    taken_back = set(_list_taken_back(batch_id))
    of_it = (TextbookLoan.batch == batch_id) | (TextbookLoan.back_batch == batch_id)
    if taken_back:
        of_it = of_it | Loan.id.in_(taken_back)
    query = (
        Loan.select(
            Loan.id, Loan.reader, Reader.full_name, Loan.class_name, Record.title, Record.part, Copy.barcode,
            Copy.accession_number, TextbookLoan.condition_out, TextbookLoan.condition_in, Loan.returned_at,
            Loan.ended_as,
        )
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .switch(Loan)
        .join(TextbookLoan, pw.JOIN.LEFT_OUTER, on=(TextbookLoan.loan == Loan.id))
        .where(of_it)
        .order_by(Loan.class_name, Reader.sort_key, Reader.id, Copy.accession_number)
    )  # fmt: skip
    return [
        BatchCopy(
            loan_id=row["id"], reader_id=row["reader"], reader_name=row["full_name"] or "",
            class_name=row["class_name"] or "", title=shown_title(row["title"], row["part"]), barcode=row["barcode"],
            accession_number=row["accession_number"], condition_out=row["condition_out"],
            condition_in=None if row["id"] in taken_back else row["condition_in"], open=row["returned_at"] is None,
            corrected=row["ended_as"] == "corrected" or row["id"] in taken_back,
        )
        for row in dicts_of(query)
    ]  # fmt: skip


def _list_taken_back(batch_id: int) -> list[int]:
    """The loans of a collection that was undone: their lines name the next collection, the log keeps this one."""
    entry = AuditEntry.get_or_none(
        AuditEntry.action == "textbook.undo_collect",
        AuditEntry.subject_kind == "textbook_batch",
        AuditEntry.subject_id == str(batch_id),
    )
    return [] if entry is None else (entry.after or {}).get("loans", [])
