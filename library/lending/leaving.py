"""A reader gets a last day of service: no open loan stays due after it (L234).

service.py registers the step (library/readers/ties.py says why this way round); the year-end move takes it back when
it is undone (L159). Next: due_dates.py (L38).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import now, today
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import Reason
from library.lending.due_dates import last_day_for
from library.lending.loan_writing import add_event
from library.lending.queries import LoanLine, list_open_loans
from library.lending.rows import tuples_of
from library.lending.tables import Loan


def settle_due_days(reader_id: int, leaves_on: date, actor: Actor) -> list[Reason]:
    """Move the due days after `leaves_on` to the last open day not after it, and say which. When no open day is left
    until then nothing moves, and the open loans are named as due back now."""
    with transaction():
        lines = list_open_loans(reader_id)
        wanted = last_day_for(leaves_on, today(), load_calendar())
        if wanted is None:
            said = [f"“{line.title}”" for line in lines]
            return [_say("leaver_keeps_books", lines, leaves_on, said)] if lines else []
        moved = [line for line in lines if line.due_on > leaves_on]
        why = f"Thôi phục vụ sau ngày {leaves_on:%d/%m/%Y}"
        for line in moved:
            Loan.update(due_on=wanted).where(Loan.id == line.loan_id).execute()
            add_event(line.loan_id, "corrected", now(), actor, line.due_on, wanted, why)
            record_audit(actor, "loan.due_day", "loan", line.loan_id, {"due_on": str(line.due_on)},
                         {"due_on": str(wanted)}, why)  # fmt: skip
        if not moved:
            return []
        said = [f"“{line.title}” từ {line.due_on:%d/%m/%Y} về {wanted:%d/%m/%Y}" for line in moved]
        return [_say("leaver_due_moved", moved, leaves_on, said)]


def list_due_days(reader_id: int) -> dict[int, date]:
    """loan id -> due day of the reader's open loans."""
    rows = Loan.select(Loan.id, Loan.due_on).where(Loan.reader == reader_id, Loan.returned_at.is_null())
    return dict(tuples_of(rows))


def restore_due_days(moved: Mapping[int, tuple[date, date]], actor: Actor, why: str) -> None:
    """The last day of service that moved these due days never was: loan id -> (old day, day it was moved to). What has
    come back, or has another day by now, stays."""
    require_transaction()
    for loan_id, (before, after) in moved.items():
        same = (Loan.id == loan_id) & (Loan.due_on == after) & Loan.returned_at.is_null()
        if Loan.update(due_on=before).where(same).execute():
            add_event(loan_id, "corrected", now(), actor, after, before, why)
            record_audit(actor, "loan.due_day", "loan", loan_id, {"due_on": str(after)}, {"due_on": str(before)}, why)


def _say(code: str, lines: list[LoanLine], leaves_on: date, said: list[str]) -> Reason:
    params = {"name": lines[0].reader_name, "count": len(lines), "leaves_on": leaves_on, "what": "; ".join(said)}
    return Reason(code, params)
