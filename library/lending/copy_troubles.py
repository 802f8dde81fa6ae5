"""What goes wrong with a copy on its way: lost, found, missing, in repair, claimed as returned.

Allowed changes of state are the table TRANSITIONS; whatever is not in it is refused. Rules L18, L19, L62.
Withdrawing is the register's business (library/stock).
"""

from __future__ import annotations

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, NotFound, Refused
from library.lending.desk_facts import CopyAtDesk, find_copy
from library.lending.due_dates import overdue_days
from library.lending.rules import make_reason
from library.lending.service import add_event, set_status
from library.lending.tables import Loan

TRANSITIONS: dict[str, frozenset[str]] = {
    "in_service": frozenset({"lost", "missing", "repair"}),
    "missing": frozenset({"in_service", "lost", "repair"}),
    "repair": frozenset({"in_service", "lost"}),
    "lost": frozenset({"in_service"}),
    "withdrawn": frozenset(),
}


def change_status(barcode: str, status: str, *, actor: Actor, comment: str | None = None) -> None:
    """Move a copy to another state of service. A copy on loan can only become lost: use declare_lost.

    Refused with the state it is in, Conflict(`copy_status_bad`) for a change that makes no sense.
    """
    with transaction():
        copy = _get_copy(barcode)
        before = copy.facts.status
        if copy.facts.loan is not None:
            raise Refused([make_reason("copy_on_loan", due_on=copy.facts.loan.due_on)])
        _require_allowed(copy, status)
        set_status(copy.id, status, now())
        record_audit(actor, "copy.status", "copy", copy.id, {"status": before}, {"status": status}, comment)


def declare_lost(barcode: str, *, actor: Actor, comment: str | None = None) -> None:
    """The reader (or nobody) has lost it: an open loan ends as lost. Twice is refused (behaviour 21)."""
    with transaction():
        copy = _get_copy(barcode)
        if copy.facts.status == "lost":
            raise Refused([make_reason("copy_lost", since=copy.facts.status_since or "…")])
        _require_allowed(copy, "lost")
        loan = copy.facts.loan
        moment, day = now(), today()
        if loan is not None and loan.id is not None:
            Loan.update(
                returned_at=moment, returned_on=day, overdue_days=overdue_days(loan.due_on, day), ended_as="lost"
            ).where(Loan.id == loan.id).execute()
            add_event(loan.id, "lost", moment, actor, loan.due_on, None, comment)
        before = {"status": copy.facts.status, "loan": loan.id if loan else None}
        set_status(copy.id, "lost", moment)
        record_audit(actor, "copy.lost", "copy", copy.id, before, {"status": "lost"}, comment)


def claim_returned(loan_id: int, *, actor: Actor, comment: str | None = None) -> None:
    """The reader says it was brought back: the loan stays open, marked, until the book or the truth is found."""
    with transaction():
        loan = _get_open_loan(loan_id)
        Loan.update(claimed_returned_on=today()).where(Loan.id == loan_id).execute()
        add_event(loan_id, "claimed", now(), actor, loan.due_on, loan.due_on, comment)
        record_audit(actor, "loan.claimed", "loan", loan_id, None, {"claimed_returned_on": str(today())}, comment)


def settle_replaced(barcode: str, *, actor: Actor, comment: str | None = None) -> None:
    """A lost copy was made good by the same title or its price: the loan that lost it says so."""
    with transaction():
        copy = _get_copy(barcode)
        loan = (
            Loan.select()
            .where(Loan.copy == copy.id, Loan.ended_as == "lost")
            .order_by(Loan.returned_at.desc())
            .first()
        )
        if loan is None:
            raise NotFound("loan_unknown")
        Loan.update(ended_as="replaced").where(Loan.id == loan.id).execute()
        add_event(loan.id, "replaced", now(), actor, None, None, comment)
        record_audit(actor, "loan.replaced", "loan", loan.id, {"ended_as": "lost"}, {"ended_as": "replaced"}, comment)


def _get_copy(barcode: str) -> CopyAtDesk:
    copy = find_copy(barcode=barcode)
    if copy is None:
        raise Refused([make_reason("copy_unknown", barcode=barcode)])
    return copy


def _get_open_loan(loan_id: int) -> Loan:
    loan = Loan.get_or_none((Loan.id == loan_id) & Loan.returned_at.is_null())
    if loan is None:
        raise NotFound("loan_unknown")
    return loan


def _require_allowed(copy: CopyAtDesk, status: str) -> None:
    if status not in TRANSITIONS.get(copy.facts.status, frozenset()):
        raise Conflict("copy_status_bad", barcode=copy.barcode)
