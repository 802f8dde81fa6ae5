"""L221: the same book under the scanner again within a minute is no second act, whatever the desk does; L231: nor is
a second renewal of the same day. Reads only."""

from __future__ import annotations

from datetime import timedelta

from library.foundation.audit import Actor
from library.foundation.clock import at_local, local_date, now
from library.foundation.tables import AuditEntry
from library.lending.own_acts import list_own_acts
from library.lending.tables import Loan, LoanEvent

JUST_NOW = timedelta(seconds=60)


def was_just_lent(loan_id: int) -> bool:
    """The loan was made a moment ago and has not been lengthened."""
    loan = Loan.get_by_id(loan_id)
    return now() - loan.loaned_at < JUST_NOW and loan.renewals == 0


def did_just_lend(loan_id: int, actor: Actor) -> bool:
    """This member of staff made the loan a moment ago, and has not taken it back."""
    return any(entry.subject_id == str(loan_id) for entry in _just_done(actor, "loan.check_out"))


def was_renewed_today(loan_id: int) -> bool:
    """L231: somebody has lengthened the loan today, at the desk or a kiosk, and that has not been taken back."""
    today = LoanEvent.select().where(LoanEvent.loan == loan_id, LoanEvent.at >= at_local(local_date(now())))
    return today.where(LoanEvent.kind == "renewed").count() > today.where(LoanEvent.kind == "undone").count()


def was_just_taken_back(copy_id: int, actor: Actor) -> bool:
    """This member of staff took the copy in a moment ago, on loan or not."""
    loans = []
    for entry in _just_done(actor, "loan.check_in", "copy.check_in"):
        if entry.subject_kind == "copy" and entry.subject_id == str(copy_id):
            return True
        if entry.subject_kind == "loan":
            loans.append(int(entry.subject_id))
    return bool(loans) and Loan.select().where(Loan.id.in_(loans), Loan.copy == copy_id).exists()


def _just_done(actor: Actor, *actions: str) -> list[AuditEntry]:
    return list_own_acts(actor, actions, now() - JUST_NOW)
