"""Lending to persons: check out, check in, renew. One function = one use case = one transaction.

Decisions are in rules.py; holds in holds.py; what goes wrong with copies (lost, found, claimed) in
copy_troubles.py; undo in corrections.py, a changed calendar in closing.py; the kiosk's journal in offline.py;
the rows that all of them write in loan_writing.py.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import peewee as pw

from library.foundation.audit import Actor, record_audit
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, Refused
from library.foundation.preferences import get_preference
from library.lending import charges, holds
from library.lending.desk_facts import CopyAtDesk, ReaderAtDesk, find_copy, find_reader, list_waiting_holds
from library.lending.leaving import settle_due_days
from library.lending.loan_writing import (
    LendingDay,
    add_event,
    insert_loan,
    lending_day,
    note_read_here,
    set_status,
    suspend,
)
from library.lending.model import (
    CheckoutFacts,
    Granted,
    LoanDone,
    Purpose,
    RefusedBy,
    RenewalFacts,
    ReturnDecision,
    ReturnDone,
    ReturnFacts,
    UnitKind,
)
from library.lending.reader_ties import list_open_ties
from library.lending.rules import decide_checkout, decide_renewal, decide_return
from library.lending.tables import Loan
from library.readers.ties import register_leaving, register_ties

register_ties(list_open_ties)  # what keeps a reader from being removed
register_leaving(settle_due_days)  # L234


def check_out(
    barcode: str,
    *,
    reader_card: str | None = None,
    reader_id: int | None = None,
    actor: Actor,
    channel: str,
    occurred_at: datetime | None = None,
    overrides: Collection[str] = (),
    comment: str | None = None,
    act_key: str | None = None,
    purpose: str = Purpose.HOME,
    at_unit: str | None = None,
) -> LoanDone:
    """Lend a copy to a reader, or Refused with every reason (L10–L39).

    `overrides` (staff only, with a comment) sets named overridable reasons aside; `act_key` is kept on
    the loan; `at_unit` is the shelf a mobile desk stands at (L184). InvalidInput(`override_needs_comment`)
    when the comment is missing.
    """
    set_aside = check_overrides(overrides, comment, actor)
    try:
        with transaction():
            return _check_out(barcode, reader_card, reader_id, actor, channel, occurred_at, set_aside, comment,
                              act_key, purpose, at_unit)  # fmt: skip
    except pw.IntegrityError:
        # Another writer was quicker: the constraint "one open loan per copy" held. Say the reason.
        with transaction():
            day = lending_day(occurred_at)
            decision = _decide_checkout(day, barcode, reader_card, reader_id, set_aside, purpose, at_unit)[2]
        if isinstance(decision, RefusedBy):
            raise Refused(decision.reasons) from None
        raise


def _check_out(
    barcode: str, reader_card: str | None, reader_id: int | None, actor: Actor, channel: str,
    occurred_at: datetime | None, set_aside: frozenset[str], comment: str | None, act_key: str | None, purpose: str,
    at_unit: str | None,
) -> LoanDone:  # fmt: skip
    day = lending_day(occurred_at)
    reader, copy, decision = _decide_checkout(day, barcode, reader_card, reader_id, set_aside, purpose, at_unit)
    if isinstance(decision, RefusedBy):
        raise Refused(decision.reasons)
    assert reader is not None and copy is not None
    codes = tuple(reason.code for reason in decision.set_aside)
    loan = insert_loan(
        day, reader, copy, decision.due_on, actor, channel,
        purpose=purpose, act_key=act_key, overrides=codes, comment=comment, unit_id=unit_lent_from(copy, at_unit),
    )  # fmt: skip
    return _loan_done(loan, reader, copy, decision)


def _loan_done(
    loan_id: int, reader: ReaderAtDesk, copy: CopyAtDesk, decision: Granted, renewed: bool = False
) -> LoanDone:
    return LoanDone(
        loan_id=loan_id,
        copy_id=copy.id,
        copy_barcode=copy.barcode,
        record_id=copy.record_id,
        title=copy.title,
        reader_id=reader.id,
        reader_name=reader.full_name,
        class_name=reader.class_name,
        due_on=decision.due_on,
        remaining=decision.remaining,
        renewed=renewed,
        notes=decision.notes,
        set_aside=tuple(reason.code for reason in decision.set_aside),
    )


def _decide_checkout(
    day: LendingDay, barcode: str, reader_card: str | None, reader_id: int | None, set_aside: frozenset[str],
    purpose: str, at_unit: str | None,
) -> tuple[ReaderAtDesk | None, CopyAtDesk | None, Granted | RefusedBy]:  # fmt: skip
    reader = find_reader(card=reader_card, reader_id=reader_id, year_id=day.year_id, today=day.on)
    copy = find_copy(barcode=barcode, for_reader=reader.id if reader else None)
    if copy is not None and copy.ready_until_on is not None and copy.ready_until_on < day.on:
        holds.expire_unfetched(day.on, copy.record_id)  # L72
        copy = find_copy(copy_id=copy.id, for_reader=reader.id if reader else None)
    facts = CheckoutFacts(
        card=reader_card or (str(reader_id) if reader_id else ""),
        barcode=barcode,
        reader=reader.facts if reader else None,
        copy=copy.facts if copy else None,
        purpose=purpose,
        at_unit=unit_lent_from(copy, at_unit) if copy else None,
    )
    return reader, copy, decide_checkout(facts, day.policy, day.calendar, day.on, set_aside)


def unit_lent_from(copy: CopyAtDesk, at_unit: str | None) -> int | None:
    """The shelf named `at_unit`, when the copy stands on it (L184); a class corner lends by corner_loans.py."""
    unit = copy.facts.unit
    if unit is None or at_unit is None or unit.kind == UnitKind.CLASS_CORNER or unit.name != at_unit:
        return None
    return unit.id


def check_in(
    barcode: str,
    *,
    actor: Actor,
    channel: str,
    occurred_at: datetime | None = None,
    comment: str | None = None,
) -> ReturnDone:
    """Take a copy back, whoever brings it (L60–L66). Refused only for an unknown copy, or a lost one
    where the school wants to see it first. A day in the future or before the loan counts as now (L67)."""
    with transaction():
        day = lending_day(occurred_at)
        copy = find_copy(barcode=barcode)
        loan = copy.facts.loan if copy else None
        if loan is not None and loan.loaned_on is not None and day.on < loan.loaned_on:
            day = lending_day()
        if copy is not None and copy.ready_until_on is not None and copy.ready_until_on < day.on:
            holds.expire_unfetched(day.on, copy.record_id)
            copy = find_copy(copy_id=copy.id)
        waiting = []
        if copy is not None and copy.open_holds:
            holds.expire_needed(day.on, copy.record_id)  # L73
            waiting = list_waiting_holds(copy.record_id, copy.id)
        facts = ReturnFacts(
            barcode=barcode,
            copy=copy.facts if copy else None,
            next_hold_id=waiting[0].id if waiting else None,
        )
        decision = decide_return(facts, day.policy, day.on)
        if isinstance(decision, RefusedBy):
            raise Refused(decision.reasons)
        assert copy is not None
        return _take_back(day, copy, decision, actor, channel, comment)


def _take_back(
    day: LendingDay, copy: CopyAtDesk, decision: ReturnDecision, actor: Actor, channel: str, comment: str | None
) -> ReturnDone:
    after: dict[str, Any] = {"copy": copy.barcode}
    loan = copy.facts.loan
    suspended_until = None
    reader_id = None
    if loan is not None and loan.id is not None:
        reader_id = loan.reader_id
        Loan.update(
            returned_at=day.at,
            returned_on=day.on,
            return_channel=channel,
            return_device=actor.id if actor.kind == "device" else None,
            overdue_days=decision.overdue_days,
            ended_as="returned",
        ).where(Loan.id == loan.id).execute()
        if decision.suspension_days and reader_id is not None:
            suspended_until = suspend(day, reader_id, decision.suspension_days, after)
        if decision.fine:  # L45
            after["charge"] = charges.owe(
                "late", copy_id=copy.id, reader_id=reader_id, loan_id=loan.id, amount=decision.fine, at=day.at,
                actor=actor,
            )  # fmt: skip
    if decision.found:
        set_status(copy.id, "in_service", day.at)  # L62
        after["found"] = copy.facts.status
    alerts = decision.alerts
    if decision.found and copy.facts.status == "lost":
        dissolved, paid = charges.dissolve(copy.id, actor)  # L47
        if dissolved is not None:
            after["dissolved"] = dissolved
        alerts = (*alerts, "charge_paid") if paid else alerts
    read_here = loan is None and not alerts and channel == "desk" and get_preference("in_house_use")
    if read_here:
        after["read_here"] = note_read_here(day, copy, actor)  # L98
    held_for = None
    if decision.capture_hold_id is not None:
        held_for = holds.capture(decision.capture_hold_id, copy.id, day)  # L65
        after["hold"] = decision.capture_hold_id
    elif copy.facts.ready_for is not None:
        held_for = holds.reader_name_of(copy.ready_hold_id)
    if loan is not None:
        record_audit(actor, "loan.check_in", "loan", loan.id or 0, None, after, comment)
    else:
        record_audit(actor, "copy.check_in", "copy", copy.id, None, after, comment)
    return ReturnDone(
        copy_id=copy.id,
        copy_barcode=copy.barcode,
        record_id=copy.record_id,
        title=copy.title,
        was_on_loan=decision.closes_loan,
        loan_id=loan.id if loan else None,
        reader_id=reader_id,
        reader_name=copy.loan_reader_name or "",
        class_name=copy.loan_class_name,
        overdue_days=decision.overdue_days,
        suspended_until=suspended_until,
        held_for=held_for,
        hold_id=decision.capture_hold_id or copy.ready_hold_id,
        route_to=_route(copy, decision, held_for),
        fine=decision.fine,
        read_here=read_here,
        alerts=alerts,
    )


def _route(copy: CopyAtDesk, decision: ReturnDecision, held_for: str | None) -> str | None:
    if "copy_withdrawn" in decision.alerts or "copy_in_repair" in decision.alerts:
        return "Bàn thủ thư"
    if held_for is not None:
        return "Kệ sách đặt mượn"
    if decision.belongs_to is not None:
        unit = decision.belongs_to
        return f"Góc lớp {unit.name}" if unit.kind == "class_corner" else unit.name
    return None


def renew(
    barcode: str,
    *,
    reader_card: str | None = None,
    reader_id: int | None = None,
    actor: Actor,
    occurred_at: datetime | None = None,
    overrides: Collection[str] = (),
    comment: str | None = None,
) -> LoanDone:
    """Lengthen the reader's loan of this copy, or Refused with every reason (L50–L56)."""
    set_aside = check_overrides(overrides, comment, actor)
    with transaction():
        day = lending_day(occurred_at)
        reader = find_reader(card=reader_card, reader_id=reader_id, year_id=day.year_id, today=day.on)
        copy = find_copy(barcode=barcode, for_reader=reader.id if reader else None)
        waiting = copy_holds = free = 0
        if copy is not None and copy.open_holds:
            others = [hold for hold in list_waiting_holds(copy.record_id) if not reader or hold.reader_id != reader.id]
            waiting = len(others)
            copy_holds = sum(hold.copy_id == copy.id for hold in others)
            free = holds.count_spare(copy.record_id, copy.id)
        facts = RenewalFacts(
            card=reader_card or "",
            barcode=barcode,
            reader=reader.facts if reader else None,
            copy=copy.facts if copy else None,
            waiting_holds=waiting,
            copy_holds=copy_holds,
            free_copies=free,
        )
        decision = decide_renewal(facts, day.policy, day.calendar, day.on, set_aside)
        if isinstance(decision, RefusedBy):
            raise Refused(decision.reasons)
        assert reader is not None and copy is not None and copy.facts.loan is not None
        loan = copy.facts.loan
        assert loan.id is not None
        Loan.update(due_on=decision.due_on, renewals=Loan.renewals + 1).where(Loan.id == loan.id).execute()
        add_event(loan.id, "renewed", day.at, actor, loan.due_on, decision.due_on, comment)
        codes = tuple(reason.code for reason in decision.set_aside)
        after = {"due_on": str(decision.due_on), **({"overrides": list(codes)} if codes else {})}
        record_audit(actor, "loan.renew", "loan", loan.id, {"due_on": str(loan.due_on)}, after, comment)
        return _loan_done(loan.id, reader, copy, decision, renewed=True)


def check_overrides(overrides: Collection[str], comment: str | None, actor: Actor) -> frozenset[str]:
    """L5: only staff set reasons aside, and say why."""
    if not overrides:
        return frozenset()
    if actor.kind != "staff":
        raise InvalidInput("override_staff_only")
    if not (comment or "").strip():
        raise InvalidInput("override_needs_comment", field="comment")
    return frozenset(overrides)
