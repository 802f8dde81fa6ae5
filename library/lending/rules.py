"""May this reader borrow, renew, return? Pure decisions: facts in, value out, all reasons at once.

Numbers (L1…) are those of docs/lending-rules.md; tests quote them. Imports nothing but the standard
library, library.contract and pure foundation modules, because the kiosk decides by this very file when
the server is away. Due days are in due_dates.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from library.contract.codes import REASONS, is_overridable
from library.foundation.errors import Reason
from library.foundation.schoolyear import Calendar
from library.lending.due_dates import due_date, is_overdue, overdue_days, suspension_days
from library.lending.limits import IN_ALL, count_in_total, remaining_in_total, tightest_limit
from library.lending.model import (
    DEFAULT_ROW,
    CheckoutFacts,
    CopyFacts,
    DueDate,
    Granted,
    LengthKind,
    Policy,
    PolicyRow,
    Purpose,
    ReaderFacts,
    RefusedBy,
    RenewalFacts,
    ReturnDecision,
    ReturnFacts,
    UnitKind,
)
from library.lending.policy_matrix import select_row

_ORDER = {code: position for position, code in enumerate(REASONS)}
STATUS_REASONS = {
    "lost": "copy_lost",
    "repair": "copy_in_repair",
    "withdrawn": "copy_withdrawn",
}


def make_reason(code: str, **params: Any) -> Reason:
    return Reason(code, params, is_overridable(code))


def sort_reasons(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each code once, in the fixed order of REASONS (L4)."""
    first: dict[str, Reason] = {}
    for reason in reasons:
        first.setdefault(reason.code, reason)
    return tuple(sorted(first.values(), key=lambda reason: _ORDER.get(reason.code, len(_ORDER))))


# --- check out (L10–L29) --------------------------------------------------------------------------


def decide_checkout(
    facts: CheckoutFacts,
    policy: Policy,
    calendar: Calendar,
    today: date,
    overrides: Collection[str] = (),
) -> Granted | RefusedBy:
    """May this reader have this copy today, and until when?

    `overrides`: codes of overridable reasons that staff set aside; others cannot be (L5).
    """
    reader, copy = facts.reader, facts.copy
    reasons: list[Reason] = []
    if reader is None:
        reasons.append(make_reason("reader_unknown", card=facts.card))  # L10
    else:
        reasons += _reader_reasons(reader, policy, today, facts.purpose)
    if copy is None:
        reasons.append(make_reason("copy_unknown", barcode=facts.barcode))  # L11
    else:
        reasons += _copy_reasons(copy, reader, facts.purpose, facts.at_unit)
    row, due, remaining = DEFAULT_ROW, None, 0
    if reader is not None and copy is not None:
        row = select_row(policy, reader.kind, reader.grade, copy.material, copy.collection)
        own, due, remaining = _pair_decision(reader, copy, row, policy, calendar, today, facts.purpose, overrides)
        reasons += own
    standing, set_aside = _split(reasons, overrides)
    if standing or due is None:
        return RefusedBy(reasons=sort_reasons(standing))
    found = copy is not None and (copy.status == "missing" or "copy_lost" in {reason.code for reason in set_aside})
    notes = (*due.notes, "copy_found") if found else due.notes  # L19
    return Granted(due_on=due.due_on, row=row, notes=notes, remaining=remaining, set_aside=set_aside)


def _split(reasons: list[Reason], overrides: Collection[str]) -> tuple[list[Reason], tuple[Reason, ...]]:
    standing = [reason for reason in reasons if not (reason.overridable and reason.code in overrides)]
    set_aside = sort_reasons(reason for reason in reasons if reason.overridable and reason.code in overrides)
    return standing, set_aside


def decide_reader(reader: ReaderFacts, policy: Policy, today: date) -> tuple[Reason, ...]:
    """Why this reader may not borrow anything now, copy not yet known (what a card scan shows)."""
    reasons = _reader_reasons(reader, policy, today)
    count, limit = count_in_total(reader, policy), policy.limit_for(reader.kind)
    if count >= limit:
        reasons.append(make_reason("loan_limit", name=reader.name, count=count, limit=limit, of=IN_ALL))
    return sort_reasons(reasons)


def _reader_reasons(
    reader: ReaderFacts, policy: Policy, today: date, purpose: str = Purpose.HOME
) -> list[Reason]:
    reasons = [make_reason(code, name=reader.name) for code in reader.known]
    gone = reader.leaves_on is not None and reader.leaves_on < today
    if not reader.active or gone:
        # The last day of service is one still; the card is out of date from the day after.
        since = reader.leaves_on + timedelta(days=1) if reader.leaves_on is not None and gone else None
        reasons.append(make_reason("reader_expired", name=reader.name, since=since))  # L12
    if purpose == Purpose.UNIT:
        return reasons  # L137: reading in the own classroom is no privilege to lose
    for block in reader.blocks:
        if block.until is None or block.until >= today:
            until = block.until if block.until is not None else "khi được mở lại"
            reasons.append(make_reason("reader_blocked", name=reader.name, until=until, why=block.why))  # L13
            break
    late = sum(is_overdue(loan.due_on, today) for loan in reader.open_loans if loan.purpose != Purpose.UNIT)
    if late and policy.block_when_overdue:
        reasons.append(make_reason("has_overdues", name=reader.name, count=late))  # L14
    return reasons


def _copy_reasons(
    copy: CopyFacts, reader: ReaderFacts | None, purpose: str, at_unit: int | None = None
) -> list[Reason]:
    reasons = [make_reason(code, unit=copy.unit.name if copy.unit else "") for code in copy.known]
    if copy.loan is not None:
        same = reader is not None and reader.id is not None and copy.loan.reader_id == reader.id
        code = "copy_on_loan_same_reader" if same else "copy_on_loan"  # L15, L16
        name = reader.name if reader is not None else ""
        reasons.append(make_reason(code, name=name, due_on=copy.loan.due_on))
    if copy.status in STATUS_REASONS:
        # L18. "missing" is not here: whoever holds a missing book has found it (L19).
        reasons.append(make_reason(STATUS_REASONS[copy.status], since=copy.status_since))
    if copy.unit is not None and not copy.known and (at_unit is None or copy.unit.id != at_unit):
        corner = copy.unit.kind == UnitKind.CLASS_CORNER
        code = "copy_in_class_corner" if corner else "copy_on_mobile_shelf"  # L22
        reasons.append(make_reason(code, unit=copy.unit.name))
    if purpose == Purpose.HOME:
        if copy.use == "reference":
            reasons.append(make_reason("reference_only"))  # L23
        elif copy.use == "reading_room" or not copy.home_loan:
            reasons.append(make_reason("not_for_home"))  # L24
    if purpose != Purpose.UNIT and _is_held(copy, reader):
        reasons.append(make_reason("held_for_other"))  # L25, L26
    return reasons


def _is_held(copy: CopyFacts, reader: ReaderFacts | None) -> bool:
    if copy.ready_for is not None:
        return reader is None or copy.ready_for != reader.id
    if copy.loan is not None:
        return False  # the loan is the reason; the queue is served when it comes back
    return copy.held_for_other or copy.holds_ahead >= max(copy.free_copies, 1)


def _pair_decision(
    reader: ReaderFacts,
    copy: CopyFacts,
    row: PolicyRow,
    policy: Policy,
    calendar: Calendar,
    today: date,
    purpose: str,
    overrides: Collection[str],
) -> tuple[list[Reason], DueDate | None, int]:
    """Reasons, due day and what remains that only the two together decide."""
    if purpose != Purpose.HOME:
        return [], DueDate(due_on=today), 0  # L29: read here, back today; no limit, no length
    reasons: list[Reason] = []
    said = copy.use in ("reference", "reading_room") or not copy.home_loan  # L23, L24: for teachers as for pupils
    said = said or any(code in copy.known for code in ("not_for_home", "reference_only"))
    if not row.loanable and not said:
        reasons.append(make_reason(_why_not_lent(reader, copy, row, policy)))  # L24, L187
    count, limit, remaining, of = tightest_limit(reader, row, policy)
    if count >= limit:
        reasons.append(make_reason("loan_limit", name=reader.name, count=count, limit=limit, of=of))  # L17, L21, L222
    if not policy.same_title_twice and copy.record_id is not None and copy.material != "periodical":
        same_loan = copy.loan is not None and copy.loan.reader_id == reader.id
        if not same_loan and any(
            loan.record_id == copy.record_id and loan.purpose != Purpose.UNIT for loan in reader.open_loans
        ):
            reasons.append(make_reason("same_title", name=reader.name))  # L27
    cut_at = None if "due_after_leaving" in overrides else reader.leaves_on
    due = due_date(row, policy, calendar, today, cut_at)
    if due is None:
        reasons.append(make_reason("library_closed"))  # L37
    elif reader.leaves_on is not None and due.due_on > reader.leaves_on >= today:
        reasons.append(make_reason("due_after_leaving", name=reader.name, leaves_on=reader.leaves_on))  # L39
    if due is not None and copy.loan is None and _serves_lessons(copy):
        reasons += _lesson_reasons(copy, today, due.due_on)  # L120
    return reasons, due, max(remaining - 1, 0)


def _why_not_lent(reader: ReaderFacts, copy: CopyFacts, row: PolicyRow, policy: Policy) -> str:
    """L187: what teachers may take home and pupils of no grade may is not "to be read here"."""
    teachers = select_row(policy, "teacher", None, copy.material, copy.collection)
    pupils = select_row(policy, "pupil", None, copy.material, copy.collection)
    theirs = reader.kind != "teacher" and row.grade is None and teachers.loanable and not pupils.loanable
    return "teachers_only" if theirs else "not_for_home"


def _serves_lessons(copy: CopyFacts) -> bool:
    """L121: lending a copy that no lesson counts on (in a corner, on a shelf, kept for a reader, missing) takes
    nothing from one."""
    return copy.status == "in_service" and copy.unit is None and copy.ready_for is None


def _lesson_reasons(copy: CopyFacts, out_from: date, out_until: date) -> list[Reason]:
    """L120: the copy would be away on a day on which lessons need every copy that is left."""
    for need in copy.lessons:
        if out_from <= need.on <= out_until and need.free - 1 < need.needed:
            return [make_reason("booked_for_lesson", on=need.on, count=need.needed, free=need.free)]
    return []


# --- renewal (L50–L56) ----------------------------------------------------------------------------


def decide_renewal(
    facts: RenewalFacts, policy: Policy, calendar: Calendar, today: date, overrides: Collection[str] = ()
) -> Granted | RefusedBy:
    """May the loan be lengthened, and until when? The new day is later than the old one or there is a reason."""
    reader, copy = facts.reader, facts.copy
    reasons: list[Reason] = []
    if reader is None:
        reasons.append(make_reason("reader_unknown", card=facts.card))
    if copy is None:
        reasons.append(make_reason("copy_unknown", barcode=facts.barcode))
    if reader is None or copy is None:
        return RefusedBy(reasons=sort_reasons(reasons))
    loan = copy.loan
    if loan is None or loan.reader_id != reader.id:
        return RefusedBy(reasons=(make_reason("renewal_not_on_loan"),))  # L50
    own = _reader_reasons(reader, policy, today)  # L51
    if policy.expired_may_renew:
        own = [reason for reason in own if reason.code != "reader_expired"]  # L58
    reasons += own
    if loan.recalled:
        reasons.append(make_reason("loan_recalled", due_on=loan.due_on))  # L57
    row = select_row(policy, reader.kind, reader.grade, copy.material, copy.collection)
    if loan.renewals >= row.max_renewals:
        reasons.append(make_reason("renewal_limit", count=loan.renewals, limit=row.max_renewals))  # L52
    short = facts.waiting_holds > (facts.free_copies if policy.renew_if_spare else 0)
    if facts.copy_holds > 0 or short:
        reasons.append(make_reason("reserved_by_other"))  # L53
    due = _renewed_day(row, policy, calendar, today, loan.due_on, reader.leaves_on)
    if due is None:
        reasons.append(make_reason("library_closed"))
    elif due.due_on <= loan.due_on:
        reasons.append(make_reason("renewal_no_gain", due_on=loan.due_on))  # L56
    else:
        # L124: only for lessons this copy would have been back for.
        reasons += _lesson_reasons(copy, max(loan.due_on + timedelta(days=1), today), due.due_on)
    standing, set_aside = _split(reasons, overrides)
    if standing or due is None:
        return RefusedBy(reasons=sort_reasons(standing))
    return Granted(
        due_on=due.due_on, row=row, notes=due.notes, remaining=remaining_in_total(reader, policy), set_aside=set_aside
    )


def _renewed_day(
    row: PolicyRow, policy: Policy, calendar: Calendar, today: date, due_on: date, leaves_on: date | None
) -> DueDate | None:
    base = max(due_on, today)  # L54: from the due day, from today when late
    if row.renewal_days is not None:
        if row.renewal_days == 0:
            base = today  # L55: nothing added: due today, which never gains a day
        row = PolicyRow(length_kind=LengthKind.DAYS, length_value=row.renewal_days)
    return due_date(row, policy, calendar, base, leaves_on)


# --- return (L60–L66) -----------------------------------------------------------------------------


def decide_return(facts: ReturnFacts, policy: Policy, today: date) -> ReturnDecision | RefusedBy:
    """A return is taken whoever brings it (L60), but for an unknown copy and a lost one where the school
    wants the librarian to see it first (L63)."""
    copy = facts.copy
    if copy is None:
        return RefusedBy(reasons=(make_reason("copy_unknown", barcode=facts.barcode),))
    if copy.status == "lost" and policy.lost_return == "refuse":
        return RefusedBy(reasons=(make_reason("copy_lost", since=copy.status_since),))
    withdrawn = copy.status == "withdrawn"
    if withdrawn and copy.loan is None and policy.withdrawn_return == "refuse":
        return RefusedBy(reasons=(make_reason("copy_withdrawn", since=copy.status_since),))  # L99
    late = overdue_days(copy.loan.due_on, today) if copy.loan is not None else 0
    found = copy.status in ("lost", "missing")
    alerts = []
    if withdrawn:
        alerts.append("copy_withdrawn")  # L64
    if copy.status == "repair":
        alerts.append("copy_in_repair")
    if found:
        alerts.append("copy_found")  # L62
    serves = not withdrawn and copy.status != "repair" and copy.unit is None
    already_ready = copy.ready_for is not None
    capture = facts.next_hold_id if serves and not already_ready else None  # L65
    return ReturnDecision(
        closes_loan=copy.loan is not None,  # L61: not on loan is fine too
        overdue_days=late,
        suspension_days=suspension_days(late, policy),
        fine=late * policy.late_fine,  # L45
        capture_hold_id=capture,
        found=found,
        alerts=tuple(alerts),
        belongs_to=copy.unit,  # L66
    )
