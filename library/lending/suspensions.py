"""A return that never was takes its part of a suspension with it (L41, L42, L68); making one: loan_writing.py."""

from __future__ import annotations

from datetime import date

from library.foundation.clock import now, today
from library.foundation.database import require_transaction
from library.foundation.tables import AuditEntry
from library.lending.due_dates import suspension_days, suspension_end
from library.lending.settings_reader import load_policy
from library.lending.tables import Loan
from library.readers.tables import ReaderBlock


def take_back_suspension(block_id: int, loan_id: int) -> None:
    """The suspension ends as the other late returns alone would have it, by the school's present rule; without
    others it is lifted. What staff have taken in hand (L235) or lifted is theirs and stays."""
    require_transaction()
    block = ReaderBlock.get_or_none(
        ReaderBlock.id == block_id, ReaderBlock.kind == "suspension", ReaderBlock.lifted_at.is_null()
    )
    if block is None:
        return
    ends_on = _end_without(block, loan_id)
    change = {"lifted_at": now()} if ends_on is None else {"ends_on": ends_on}
    ReaderBlock.update(change).where(ReaderBlock.id == block_id).execute()


def _end_without(block: ReaderBlock, loan_id: int) -> date | None:
    """The last blocked day from the reader's late returns that stand, in the order they were scanned; None without."""
    loans = {str(loan.id): loan for loan in Loan.select().where(Loan.reader == block.reader_id)}
    entries = list(
        AuditEntry.select()
        .where(
            AuditEntry.subject_kind == "loan", AuditEntry.subject_id.in_(list(loans)),
            AuditEntry.action == "loan.check_in",
        )
        .order_by(AuditEntry.id)
    )  # fmt: skip
    newest = {entry.subject_id: entry.id for entry in entries}
    own = [entry for entry in entries if (entry.after or {}).get("suspension") == block.id]
    policy = load_policy(today())
    ends_on: date | None = None
    for place, entry in enumerate(own):
        if place == 0 and "suspension_before" in entry.after:
            ends_on = date.fromisoformat(entry.after["suspension_before"])
        loan = loans[entry.subject_id]
        if loan.id != loan_id and loan.ended_as == "returned" and newest[entry.subject_id] == entry.id:
            days = suspension_days(loan.overdue_days or 0, policy)
            ends_on = suspension_end(loan.returned_on, days, ends_on, policy)
    return ends_on
