"""Putting things right: undo of the newest step, a due day set by hand, recall, a return dated back.

Rules L44, L68, L69; a changed calendar: closing.py. Nothing is deleted: an undone loan stays, ended as corrected, and
every figure leaves `ended_as = "corrected"` out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from library.cataloguing.tables import Copy
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import at_local, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.tables import AuditEntry
from library.lending import charges
from library.lending.due_dates import recalled_day
from library.lending.loan_writing import add_event, set_status
from library.lending.model import ReturnDone
from library.lending.own_acts import list_own_acts
from library.lending.service import check_in
from library.lending.suspensions import take_back_suspension
from library.lending.tables import Hold, Loan, LoanEvent, Placement

UNDO_MINUTES = 15
BACKDATE_DAYS = 30
_UNDOABLE = ("loan.check_out", "loan.check_in", "loan.renew")


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back: `action` is check_out | check_in | renew."""

    action: str
    loan_id: int
    copy_id: int
    reader_id: int | None


def undo_last(*, actor: Actor, entry_id: int | None = None) -> Undone:
    """Take back this person's newest loan, return or renewal, or the one of this audit row (L68).

    Conflict(`undo_nothing`) when there is none in the last 15 minutes, Conflict(`undo_too_late`) when
    something else has happened to the copy since.
    """
    with transaction():
        entry = _newest_act(actor, entry_id)
        loan = Loan.get_or_none(Loan.id == int(entry.subject_id))
        if loan is None:
            raise Conflict("undo_nothing")
        after: dict[str, Any] = entry.after or {}
        action = entry.action.removeprefix("loan.")
        if action == "check_out":
            undo_check_out(loan, after, actor)
        elif action == "check_in":
            if is_touched(loan, entry.at, after.get("hold")):
                raise Conflict("undo_too_late")
            undo_check_in(loan, after, actor)
        else:
            _undo_renew(loan, actor)
        record_audit(actor, "loan.undo", "loan", loan.id, None, {"undone": entry.id, "action": action})
        return Undone(action, loan.id, loan.copy_id, loan.reader_id)


def _newest_act(actor: Actor, entry_id: int | None) -> AuditEntry:
    acts = list_own_acts(actor, _UNDOABLE, now() - timedelta(minutes=UNDO_MINUTES), limit=200, from_lists=False)
    if not acts:
        raise Conflict("undo_nothing")
    if entry_id is None:
        return acts[0]
    wanted = next((entry for entry in acts if entry.id == entry_id), None)
    if wanted is None:
        raise Conflict("undo_nothing")
    if any(entry.id > entry_id and entry.subject_id == wanted.subject_id for entry in acts):
        raise Conflict("undo_too_late")  # the newer step of the same loan goes first
    return wanted


def undo_check_out(loan: Loan, after: dict[str, Any], actor: Actor) -> None:
    """The loan ends as corrected; what its making changed (`after` of its audit row) is put back. Inside a
    transaction; the caller writes the audit row. Conflict(`undo_too_late`)."""
    if loan.returned_at is not None or LoanEvent.select().where(LoanEvent.loan == loan.id).exists():
        raise Conflict("undo_too_late")
    moment = now()
    Loan.update(returned_at=moment, returned_on=today(), overdue_days=0, ended_as="corrected").where(
        Loan.id == loan.id
    ).execute()
    add_event(loan.id, "undone", moment, actor, loan.due_on, None)
    if "hold" in after:
        hold = Hold.get_by_id(after["hold"])
        again: dict[str, Any] = {"status": "ready", "ended_at": None}
        if hold.ready_copy_id != loan.copy_id:  # another copy had been kept for it, and went on to the next
            again |= {"status": "waiting", "ready_copy": None, "ready_at": None, "pickup_until_on": None}
        Hold.update(again).where(Hold.id == hold.id, Hold.status == "filled").execute()
    if "dissolved" in after:
        charges.take_back(after["dissolved"])
    if "found" in after:
        set_status(loan.copy_id, after["found"], moment)


def is_touched(loan: Loan, since: datetime, own_hold: int | None) -> bool:
    """L68: whether something that the returned loan itself does not show has happened to its copy after that moment.
    `own_hold`: what the return kept it for; that a return was dated back is the return itself."""
    kept_for = Hold.get_or_none((Hold.ready_copy == loan.copy_id) & (Hold.status == "ready"))
    events = LoanEvent.select().where(
        LoanEvent.loan == loan.id, LoanEvent.at > since, LoanEvent.kind != "back_dated"
    )  # fmt: skip
    return (
        (kept_for is not None and kept_for.id != own_hold)
        or events.exists()
        or Copy.select().where(Copy.id == loan.copy_id, Copy.status_changed_at > since).exists()
        or Placement.select().where(Placement.copy == loan.copy_id, Placement.placed_at > since).exists()
    )


def undo_check_in(loan: Loan, after: dict[str, Any], actor: Actor) -> None:
    """The loan is open again; what its return changed (`after` of its audit row) is put back. Inside a transaction;
    the caller writes the audit row. Conflict(`undo_too_late`), before anything is written."""
    newer = Loan.select().where(Loan.copy == loan.copy_id, Loan.id > loan.id).exists()
    if loan.ended_as != "returned" or newer:
        raise Conflict("undo_too_late")
    if "hold" in after:
        hold = Hold.get_by_id(after["hold"])
        if hold.status != "ready" or hold.ready_copy_id != loan.copy_id:
            raise Conflict("undo_too_late")
        Hold.update(status="waiting", ready_copy=None, ready_at=None, pickup_until_on=None).where(
            Hold.id == hold.id
        ).execute()
    if "suspension" in after:
        take_back_suspension(after["suspension"], loan.id)
    if "found" in after:
        set_status(loan.copy_id, after["found"], now())
    if "dissolved" in after:
        charges.take_back(after["dissolved"])
    if after.get("charge"):
        charges.drop(after["charge"], actor)
    Loan.update(
        returned_at=None, returned_on=None, return_channel=None, return_device=None, overdue_days=None, ended_as=None
    ).where(Loan.id == loan.id).execute()
    add_event(loan.id, "reopened", now(), actor, loan.due_on, loan.due_on)


def _undo_renew(loan: Loan, actor: Actor) -> None:
    event = LoanEvent.select().where(LoanEvent.loan == loan.id).order_by(LoanEvent.id.desc()).first()
    if loan.returned_at is not None or event is None or event.kind != "renewed":
        raise Conflict("undo_too_late")
    Loan.update(due_on=event.due_before, renewals=Loan.renewals - 1).where(Loan.id == loan.id).execute()
    add_event(loan.id, "undone", now(), actor, event.due_after, event.due_before)


def set_due_day(loan_id: int, due_on: date, *, actor: Actor, comment: str) -> None:
    """L224: a due day by hand, with a reason. InvalidInput before the loan's own day, for a day on which the library
    is closed (`due_day_closed` names the next open one), past the reader's last day of service (L234,
    `due_day_past_leaving`), or without a comment."""
    if not comment.strip():
        raise InvalidInput("override_needs_comment", field="comment")
    with transaction():
        loan = _get_open(loan_id)
        if due_on < loan.loaned_on or due_on > today() + timedelta(days=3660):
            raise InvalidInput("due_day_bad", field="due_on")
        leaves_on = loan.reader.leaves_on if loan.reader is not None else None
        if leaves_on is not None and due_on > leaves_on:
            raise InvalidInput(
                "due_day_past_leaving", field="due_on", name=loan.reader.full_name, leaves_on=leaves_on
            )
        calendar = load_calendar()
        if due_on >= today() and not calendar.is_open(due_on):
            raise InvalidInput("due_day_closed", field="due_on", day=due_on, next=calendar.next_open(due_on))
        Loan.update(due_on=due_on).where(Loan.id == loan_id).execute()
        add_event(loan_id, "corrected", now(), actor, loan.due_on, due_on, comment)
        record_audit(actor, "loan.due_day", "loan", loan_id, {"due_on": str(loan.due_on)}, {"due_on": str(due_on)},
                     comment)  # fmt: skip


def recall(loan_id: int, *, actor: Actor, days: int | None = None, comment: str | None = None) -> date:
    """Ask for a copy back early (L44): due on the first open day after `days` (by default the school's
    `recall_days`), never later than it was. It is not renewed afterwards (L57). Returns the new due day."""
    if days is None:
        days = get_preference("recall_days")
    with transaction():
        loan = _get_open(loan_id)
        due_on = recalled_day(loan.due_on, today(), days, load_calendar())
        Loan.update(due_on=due_on, recalled_on=today()).where(Loan.id == loan_id).execute()
        add_event(loan_id, "recalled", now(), actor, loan.due_on, due_on, comment)
        record_audit(actor, "loan.recall", "loan", loan_id, {"due_on": str(loan.due_on)}, {"due_on": str(due_on)},
                     comment)  # fmt: skip
        return due_on


def correct_return(loan_id: int, returned_on: date, *, actor: Actor, comment: str) -> ReturnDone:
    """The book came back on an earlier day than it was scanned (a box at the door, a weekend): L69.

    An open loan is returned as of that day; a return already taken is moved there, with its lateness and
    suspension worked out anew. InvalidInput(`return_day_bad`, `return_comment`); Conflict(`undo_too_late`)
    when something else has happened to the copy since.
    """
    if not comment.strip():
        raise InvalidInput("return_comment", field="comment")
    with transaction():
        loan = Loan.get_or_none(Loan.id == loan_id)
        if loan is None or loan.ended_as not in (None, "returned"):
            raise NotFound("loan_unknown")
        if not max(loan.loaned_on, today() - timedelta(days=BACKDATE_DAYS)) <= returned_on <= today():
            raise InvalidInput("return_day_bad", field="returned_on", days=BACKDATE_DAYS)
        if loan.returned_at is not None:
            taken = (
                AuditEntry.select()
                .where(
                    AuditEntry.subject_kind == "loan",
                    AuditEntry.subject_id == str(loan_id),
                    AuditEntry.action == "loan.check_in",
                )
                .order_by(AuditEntry.id.desc())
                .first()
            )
            undo_check_in(loan, (taken.after if taken is not None else None) or {}, actor)
        moment = at_local(returned_on, 12) if returned_on < today() else now()
        done = check_in(
            Copy.get_by_id(loan.copy_id).barcode, actor=actor, channel="desk", comment=comment,
            occurred_at=max(moment, loan.loaned_at),
        )  # fmt: skip
        add_event(loan_id, "back_dated", now(), actor, None, None, _back_words(returned_on, comment))
        return done


def _back_words(returned_on: date, comment: str) -> str:
    return f"trả ngày {returned_on:%d/%m/%Y}, {comment.strip()}"


def _get_open(loan_id: int) -> Loan:
    loan = Loan.get_or_none((Loan.id == loan_id) & Loan.returned_at.is_null())
    if loan is None:
        raise NotFound("loan_unknown")
    return loan
