"""Taking a mistaken collection of textbooks back whole: the books are in the pupils' names again (L237).

One document = one use case = one transaction, as for the hand-out (service.py, L114). Next: collecting.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from library.cataloguing.tables import Copy
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, NotFound
from library.foundation.tables import AuditEntry
from library.lending.corrections import is_touched, undo_check_in
from library.lending.model import COLLECT_COMMENT
from library.lending.tables import Loan
from library.textbooks.documents import CHUNK, set_conditions
from library.textbooks.tables import TextbookBatch, TextbookLoan

register_errors(
    {
        "textbook_undo_out": "Đây là phiếu cấp phát, không phải phiếu thu. Hoàn tác ở trang của phiếu.",
        "textbook_undo_back_none": "Không còn cuốn nào của phiếu {number} để hoàn tác: sách đã cho mượn lại hoặc đã "
        "ghi việc khác.",
    }
)


def undo_collect(batch_id: int, *, actor: Actor, comment: str = "") -> tuple[int, int]:
    """Take a mistaken collection back: its returns never were, the copies have the condition they had before.
    Books to which something else has happened since (lent again, kept for the next reader who has fetched it, lost,
    damaged, withdrawn, in a corner, its reader forgotten) stay returned. Returns (undone, kept).

    NotFound document_unknown; Conflict textbook_undone, textbook_undo_back_none, textbook_undo_out.
    """
    with transaction():
        batch = TextbookBatch.get_or_none(TextbookBatch.id == batch_id)
        if batch is None:
            raise NotFound("document_unknown")
        if batch.kind != "back":
            raise Conflict("textbook_undo_out")
        if batch.undone_at is not None:
            raise Conflict("textbook_undone", number=batch.number)
        taken = TextbookLoan.select(TextbookLoan.loan).where(TextbookLoan.back_batch == batch_id)
        loans = list(Loan.select().where(Loan.id.in_(taken)).order_by(Loan.id))
        returns = _list_returns([loan.id for loan in loans])
        undone = [loan for loan in loans if _undo(loan, returns.get(loan.id), actor)]
        if not undone:
            raise Conflict("textbook_undo_back_none", number=batch.number)
        _put_conditions_back(batch_id, undone)
        ids = [loan.id for loan in undone]
        _clear_lines(ids)
        TextbookBatch.update(undone_at=now()).where(TextbookBatch.id == batch_id).execute()
        record_audit(
            actor, "textbook.undo_collect", "textbook_batch", batch_id, None,
            {"number": batch.number, "count": len(undone), "loans": ids}, comment or None,
        )  # fmt: skip
        return len(undone), len(loans) - len(undone)


def _list_returns(loan_ids: Sequence[int]) -> dict[int, AuditEntry]:
    """loan id -> its newest return, where a collection took it."""
    found: dict[int, AuditEntry] = {}
    for start in range(0, len(loan_ids), CHUNK):
        query = AuditEntry.select().where(
            AuditEntry.subject_kind == "loan",
            AuditEntry.subject_id.in_([str(loan_id) for loan_id in loan_ids[start : start + CHUNK]]),
            AuditEntry.action == "loan.check_in",
        )
        found.update({int(entry.subject_id): entry for entry in query.order_by(AuditEntry.id)})
    return {loan_id: entry for loan_id, entry in found.items() if entry.comment == COLLECT_COMMENT}


def _undo(loan: Loan, entry: AuditEntry | None, actor: Actor) -> bool:
    if entry is None or loan.returned_at is None or loan.reader_id is None:
        return False
    after: dict[str, Any] = entry.after or {}
    if is_touched(loan, entry.at, after.get("hold")):
        return False
    try:
        undo_check_in(loan, after, actor)
    except Conflict:  # lent again, or kept for somebody who has it by now
        return False
    record_audit(actor, "loan.undo", "loan", loan.id, None, {"undone": entry.id, "action": "check_in"})
    return True


def _put_conditions_back(batch_id: int, loans: Sequence[Loan]) -> None:
    """L107: what the collection saw was not seen, unless somebody has noted another condition since."""
    entry = AuditEntry.get_or_none(
        AuditEntry.action == "textbook.collect",
        AuditEntry.subject_kind == "textbook_batch",
        AuditEntry.subject_id == str(batch_id),
    )
    before: dict[str, str] = (entry.after or {}).get("conditions", {}) if entry is not None else {}
    if not before:
        return
    seen: dict[int, str] = {}
    ids = [loan.id for loan in loans]
    for start in range(0, len(ids), CHUNK):
        lines = TextbookLoan.select(TextbookLoan.loan, TextbookLoan.condition_in)
        seen.update(lines.where(TextbookLoan.loan.in_(ids[start : start + CHUNK])).tuples())
    copies: dict[int, str] = {loan.copy_id: seen[loan.id] for loan in loans}
    changes: dict[int, str] = {}
    of_these = list(copies)
    for start in range(0, len(of_these), CHUNK):
        for copy in Copy.select().where(Copy.id.in_(of_these[start : start + CHUNK])):
            if copy.barcode in before and copy.condition == copies[copy.id]:
                changes[copy.id] = before[copy.barcode]
    set_conditions(changes)


def _clear_lines(loan_ids: Sequence[int]) -> None:
    """The loans wait to be collected; those that were lent singly have no line again. Their numbers stay in the log,
    so that the document still shows what it took (batches.py)."""
    for start in range(0, len(loan_ids), CHUNK):
        lines = TextbookLoan.loan.in_(list(loan_ids[start : start + CHUNK]))
        TextbookLoan.delete().where(lines, TextbookLoan.batch.is_null()).execute()
        TextbookLoan.update(back_batch=None, condition_in=None).where(lines).execute()
