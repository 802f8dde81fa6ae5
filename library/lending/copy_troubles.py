"""What goes wrong with a copy on its way: lost, found, missing, damaged, in repair, claimed as returned.

Allowed changes of state are the table TRANSITIONS; whatever is not in it is refused. Rules L18, L19, L49, L62, L69.
Withdrawing is the register's business (library/stock).
"""

from __future__ import annotations

from library.cataloguing.model import COPY_CONDITION_LABELS
from library.cataloguing.tables import Copy
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import at_local, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.lending import charges
from library.lending.desk_facts import CopyAtDesk, find_copy
from library.lending.due_dates import overdue_days
from library.lending.loan_writing import add_event, set_status
from library.lending.model import ReturnDone, UnitKind
from library.lending.rules import make_reason
from library.lending.scanned_codes import unknown_copy
from library.lending.service import check_in
from library.lending.tables import Loan
from library.lending.units.service import settle_missing

TRANSITIONS: dict[str, frozenset[str]] = {
    "in_service": frozenset({"lost", "missing", "repair"}),
    "missing": frozenset({"in_service", "lost", "repair"}),
    "repair": frozenset({"in_service", "lost"}),
    "lost": frozenset({"in_service"}),
    "withdrawn": frozenset(),
}


def change_status(barcode: str, status: str, *, actor: Actor, comment: str | None = None) -> None:
    """Move a copy to another state of service. A copy on loan can only become lost: use declare_lost.

    Refused with the state it is in, or with the corner or shelf whose list it must be settled on (L85);
    Conflict(`copy_status_bad`) for a change that makes no sense.
    """
    with transaction():
        copy = _get_copy(barcode)
        before = copy.facts.status
        if copy.facts.loan is not None:
            raise Refused([make_reason("copy_on_loan", due_on=copy.facts.loan.due_on)])
        _require_no_unit(copy)
        _require_allowed(copy, status)
        set_status(copy.id, status, now())
        after: dict[str, object] = {"status": status}
        if (before, status) == ("lost", "in_service"):  # found, though nobody scanned it as a return
            dissolved, _ = charges.dissolve(copy.id, actor)  # L47
            if dissolved is not None:
                after["dissolved"] = dissolved
        record_audit(actor, "copy.status", "copy", copy.id, {"status": before}, after, comment)


def declare_lost(barcode: str, *, actor: Actor, comment: str | None = None) -> None:
    """The reader (or nobody) has lost it: an open loan ends as lost. Twice is refused (behaviour 21). What a
    reader has from a corner or shelf is settled there (L190)."""
    with transaction():
        copy = _get_copy(barcode)
        if copy.facts.status == "lost":
            raise Refused([make_reason("copy_lost", since=copy.facts.status_since)])
        if copy.facts.loan is not None and copy.unit_id is not None:  # L190: settled where it belongs
            settle_missing(copy.unit_id, {copy.barcode: "lost"}, actor=actor, note=comment or "")
            return
        _require_no_unit(copy)
        _require_allowed(copy, "lost")
        loan = copy.facts.loan
        moment, day = now(), today()
        if loan is not None and loan.id is not None:
            Loan.update(
                returned_at=moment, returned_on=day, overdue_days=overdue_days(loan.due_on, day), ended_as="lost"
            ).where(Loan.id == loan.id).execute()
            add_event(loan.id, "lost", moment, actor, loan.due_on, None, comment)
            charges.owe(
                "lost", copy_id=copy.id, reader_id=loan.reader_id, loan_id=loan.id, amount=copy.price, at=moment,
                actor=actor, comment=comment,
            )  # L46  # fmt: skip
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


def note_damage(
    barcode: str, condition: str, *, actor: Actor, to_repair: bool = False, amount: int | None = None,
    owes: bool = False, comment: str | None = None, loan_id: int | None = None,
) -> None:  # fmt: skip
    """L49: how a copy looks when it has come back. `to_repair` takes it out of service (what was kept on the
    pickup shelf waits again); `owes` makes whoever had it last owe `amount` đồng, or the title. `loan_id`: the loan
    it is said of; its history tells of it, as does that of the loan that owes.

    Refused(`copy_on_loan`): take it back first. InvalidInput(`damage_condition`).
    """
    if condition not in COPY_CONDITION_LABELS:
        raise InvalidInput("damage_condition", field="condition")
    if amount is not None and not 0 <= amount <= charges.MOST:
        raise InvalidInput("charge_amount_bad", field="amount")
    with transaction():
        copy = _get_copy(barcode)
        if copy.facts.loan is not None:
            raise Refused([make_reason("copy_on_loan", due_on=copy.facts.loan.due_on)])
        row = Copy.get_by_id(copy.id)
        Copy.update(condition=condition).where(Copy.id == copy.id).execute()
        after: dict[str, object] = {"condition": condition}
        if to_repair:
            _require_no_unit(copy)
            _require_allowed(copy, "repair")
            set_status(copy.id, "repair", now())
            after["status"] = "repair"
        if owes:
            last = _last_loan(copy.id)
            if last is not None:
                after["charge"] = charges.owe(
                    "damaged", copy_id=copy.id, reader_id=last.reader_id, loan_id=last.id, amount=amount, at=now(),
                    actor=actor, comment=comment,
                )  # fmt: skip
                loan_id = loan_id or last.id
        if loan_id is not None:
            said = COPY_CONDITION_LABELS[condition].lower() + (f", {comment.strip()}" if comment else "")
            add_event(loan_id, "damaged", now(), actor, None, None, said)
        before = {"condition": row.condition, **({"status": row.status} if to_repair else {})}
        record_audit(actor, "copy.damage", "copy", copy.id, before, after, comment)


def settle_claim(loan_id: int, *, found: bool, actor: Actor, comment: str | None = None) -> ReturnDone | None:
    """The truth about a claim (L69): found on the shelf, then it counts as returned on the day of the claim;
    or the reader still has it, then the claim goes and the loan stays."""
    with transaction():
        loan = _get_open_loan(loan_id)
        if loan.claimed_returned_on is None:
            raise NotFound("loan_unknown")
        if found:
            day = max(loan.claimed_returned_on, loan.loaned_on)
            return check_in(
                Copy.get_by_id(loan.copy_id).barcode, actor=actor, channel="desk", occurred_at=at_local(day, 12),
                comment=comment or "bạn đọc đã báo trả",
            )  # fmt: skip
        Loan.update(claimed_returned_on=None).where(Loan.id == loan_id).execute()
        add_event(loan_id, "unclaimed", now(), actor, loan.due_on, loan.due_on, comment)
        record_audit(actor, "loan.unclaimed", "loan", loan_id, None, {"claimed_returned_on": None}, comment)
        return None


def _last_loan(copy_id: int) -> Loan | None:
    ended = Loan.select().where(Loan.copy == copy_id, Loan.reader.is_null(False), Loan.ended_as != "corrected")
    return ended.order_by(Loan.returned_at.desc()).first()


def _get_copy(barcode: str) -> CopyAtDesk:
    copy = find_copy(barcode=barcode)
    if copy is None:
        raise Refused([unknown_copy(barcode)])
    return copy


def _get_open_loan(loan_id: int) -> Loan:
    loan = Loan.get_or_none((Loan.id == loan_id) & Loan.returned_at.is_null())
    if loan is None:
        raise NotFound("loan_unknown")
    return loan


def _require_no_unit(copy: CopyAtDesk) -> None:
    """What stands in a class corner or on a mobile shelf is settled on its list (L85), or it would be in two
    places."""
    unit = copy.facts.unit
    if unit is not None:
        code = "copy_in_class_corner" if unit.kind == UnitKind.CLASS_CORNER else "copy_on_mobile_shelf"
        raise Refused([make_reason(code, unit=unit.name)])


def _require_allowed(copy: CopyAtDesk, status: str) -> None:
    if status not in TRANSITIONS.get(copy.facts.status, frozenset()):
        raise Conflict("copy_status_bad", barcode=copy.barcode)
