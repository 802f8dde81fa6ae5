"""Acts a kiosk did while the core was away, settled afterwards: facts, not requests (L91–L94).

Each entry is applied at most once under its own key. What cannot be applied as it was is kept as a
conflict that the librarian works off; nothing is dropped. Next: library/kiosk_api/journal.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from library.access.kiosk_pins import find_kiosk_staff
from library.access.tables import Device
from library.contract.kiosk_api import JournalEntry
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now, parse_instant
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.tables import IdempotencyKey
from library.foundation.vietnamese import nfc
from library.lending.corrections import undo_last
from library.lending.desk_facts import CopyAtDesk, find_copy, find_reader
from library.lending.due_dates import due_date
from library.lending.loan_writing import LendingDay, add_event, insert_loan, lending_day
from library.lending.model import CheckoutFacts, Granted
from library.lending.policy_matrix import select_row
from library.lending.rows import dicts_of
from library.lending.rules import decide_checkout
from library.lending.service import check_in, renew, unit_lent_from
from library.lending.tables import KioskConflict, Loan
from library.lending.visits import log_card_visit

OLDEST_DAYS = 400
"""A time further back than a school year is a clock that was wrong, not a journal."""


@dataclass(frozen=True, slots=True)
class Applied:
    """`status`: applied | repeated | conflict; `code` says why, or what is noteworthy."""

    status: str
    code: str | None = None


class _Conflict(Exception):
    """The entry cannot be applied as it was. `undo`: leave no trace of what it has written so far."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def apply_entry(entry: JournalEntry, raw: dict[str, Any], *, actor: Actor, channel: str = "offline") -> Applied:
    """Settle one entry inside the caller's transaction. `raw` is kept with a conflict as it came."""
    require_transaction()
    earlier = _find_earlier(entry.key, actor)
    if earlier is not None:
        return earlier
    at = _occurred_at(entry)
    try:
        with transaction():  # a savepoint: an entry that fails leaves nothing half done
            code = _apply(entry, at, actor, channel)
            _remember(entry.key, actor, {"status": "applied", "code": code})
    except _Conflict as conflict:
        return keep_conflict(entry.key, entry.kind, conflict.code, raw, at, actor=actor)
    except Refused as refusal:
        return keep_conflict(entry.key, entry.kind, refusal.code, raw, at, actor=actor)
    if code == "copy_on_loan":  # L92: done, and still something to look at
        return keep_conflict(entry.key, entry.kind, code, raw, at, actor=actor)
    return Applied("applied", code)


def keep_conflict(
    key: str, kind: str, code: str, raw: dict[str, Any], at: datetime, *, actor: Actor
) -> Applied:
    """Put an entry on the librarian's list."""
    require_transaction()
    conflict_id = KioskConflict.insert(
        device=actor.id, act_key=key, kind=kind[:16], code=code, payload=raw, occurred_at=at, received_at=now()
    ).execute()
    record_audit(actor, "kiosk.conflict", "kiosk_conflict", conflict_id, None, {"code": code, "kind": kind[:16]})
    return Applied("conflict", code)


def _find_earlier(key: str, actor: Actor) -> Applied | None:
    """L94. The key may have been used online too: the answer got lost, the act did not."""
    conflict = KioskConflict.get_or_none(KioskConflict.act_key == key)
    if conflict is not None:
        return Applied("conflict", conflict.code)
    known = IdempotencyKey.get_or_none(IdempotencyKey.key == key)
    if known is None:
        return None
    if known.scope != f"device:{actor.id}":
        return Applied("conflict", "key_reused")
    return Applied("repeated", known.answer.get("code") if isinstance(known.answer, dict) else None)


def _remember(key: str, actor: Actor, answer: dict[str, Any]) -> None:
    IdempotencyKey.insert(
        key=key, scope=f"device:{actor.id}", request_hash="journal", status=200, answer=answer, created_at=now()
    ).execute()


def _occurred_at(entry: JournalEntry) -> datetime:
    """The entry's own time (L91); now when it is none."""
    try:
        return believable(parse_instant(entry.occurred_at))
    except ValueError:
        return now()


def believable(at: datetime) -> datetime:
    """What a device says of the time of an act; now when it lies in the future or absurdly far back."""
    moment = now()
    return moment if at > moment or at < moment - timedelta(days=OLDEST_DAYS) else at


def _apply(entry: JournalEntry, at: datetime, actor: Actor, channel: str) -> str | None:
    card = clean_scan(entry.reader_card or "")
    barcode = clean_scan(entry.copy_barcode or "")
    if entry.kind == "visit":
        log_card_visit(card, actor=actor, source="kiosk", occurred_at=at)
        return None
    if entry.kind == "renewal":
        renew(barcode, reader_card=card, actor=actor, occurred_at=at)
        return None
    if entry.kind == "return":
        return _apply_return(barcode, at, actor, channel)
    if entry.kind == "checkout":
        return _apply_checkout(entry, card, barcode, at, actor, channel)
    if entry.kind == "undo":
        return _apply_undo(entry, barcode, actor)
    # A scan that the kiosk could settle with nobody (L93): a key the core has is an act that was done after all.
    raise _Conflict("scan_unwritten" if entry.kind == "unwritten" else "act_malformed")


def _apply_return(barcode: str, at: datetime, actor: Actor, channel: str) -> str | None:
    copy = find_copy(barcode=barcode)
    if copy is None:
        raise _Conflict("copy_unknown")
    loan = Loan.get_or_none((Loan.copy == copy.id) & Loan.returned_at.is_null())
    if loan is not None and loan.loaned_at > at:
        raise _Conflict("return_older")  # L93: it was lent again since
    done = check_in(barcode, actor=actor, channel=channel, occurred_at=at)
    return None if done.was_on_loan else "not_on_loan"


def _apply_checkout(
    entry: JournalEntry, card: str, barcode: str, at: datetime, actor: Actor, channel: str
) -> str | None:
    day = lending_day(at)
    reader = find_reader(card=card, year_id=day.year_id, today=day.on)
    copy = find_copy(barcode=barcode, for_reader=reader.id if reader else None)
    if reader is None:
        raise _Conflict("reader_unknown")
    if copy is None:
        raise _Conflict("copy_unknown")
    if copy.facts.status in ("lost", "withdrawn"):
        raise _Conflict("copy_lost" if copy.facts.status == "lost" else "copy_withdrawn")  # L93
    unit_id = unit_lent_from(copy, entry.unit)
    if copy.facts.unit is not None and unit_id is None:  # L184: a desk at the shelf lends what stands on it
        raise _Conflict("copy_in_class_corner" if copy.facts.unit.kind == "class_corner" else "copy_on_mobile_shelf")
    code = None
    if copy.facts.loan is not None:
        if copy.facts.loan.reader_id == reader.id:
            raise _Conflict("copy_on_loan_same_reader")  # L92
        code = _end_other_loan(copy, at, day, actor)
    # L91: what the rules would say is noted on the loan; the book is gone all the same.
    facts = CheckoutFacts(
        card=card, barcode=barcode, reader=reader.facts, copy=copy.facts, at_unit=unit_id
    )  # fmt: skip
    decision = decide_checkout(facts, day.policy, day.calendar, day.on)
    against = () if isinstance(decision, Granted) else decision.codes
    row = select_row(day.policy, reader.kind, reader.facts.grade, copy.facts.material, copy.facts.collection)
    ruled = due_date(row, day.policy, day.calendar, day.on, reader.facts.leaves_on)
    due_on = _told_due_day(entry.due_on, day.on) or (ruled.due_on if ruled else day.on + timedelta(days=14))
    who, comment = actor, "ghi bù từ quầy" if against else None
    staff = find_kiosk_staff(entry.staff_id) if entry.overrides else None
    if staff is not None:  # L181: a librarian stood there and set these aside
        who = Actor("staff", staff.full_name, staff.id)
        comment = f"cho mượn ngoài quy định ở {actor.name}, lúc mất mạng"
    insert_loan(
        day, reader, copy, due_on, who, channel,
        act_key=entry.key, overrides=against, comment=comment, unit_id=unit_id,
    )  # fmt: skip
    unsaid = [one for one in against if staff is None or one not in entry.overrides]
    return code or (unsaid[0] if unsaid else None)


def _apply_undo(entry: JournalEntry, barcode: str, actor: Actor) -> str | None:
    """L185: the person at a mobile desk took their newest act back. What had become a conflict is ticked off."""
    conflict = KioskConflict.get_or_none(
        (KioskConflict.act_key == (entry.undoes or "")) & KioskConflict.resolved_at.is_null()
    )
    if conflict is not None and conflict.code != "copy_on_loan":
        resolve_conflict(conflict.id, "quầy đã hoàn tác ngay lúc đó", actor=actor)
        return None
    try:
        undone = undo_last(actor=actor)
    except Conflict as refusal:
        raise _Conflict(refusal.code) from None
    copy = find_copy(barcode=barcode)
    if copy is None or copy.id != undone.copy_id:
        raise _Conflict("undo_too_late")  # the savepoint takes our undo back
    return None


def _told_due_day(text: str | None, loaned_on: date) -> date | None:
    """The day the kiosk told the child holds, when it can be one."""
    if not text:
        return None
    try:
        told = date.fromisoformat(text[:10])
    except ValueError:
        return None
    return told if loaned_on <= told <= loaned_on + timedelta(days=OLDEST_DAYS) else None


def _end_other_loan(copy: CopyAtDesk, at: datetime, day: LendingDay, actor: Actor) -> str:
    """L92: the book was in another child's hand, so the older loan had ended without anybody seeing it."""
    loan = Loan.get((Loan.copy == copy.id) & Loan.returned_at.is_null())
    if loan.loaned_at > at:
        raise _Conflict("checkout_older")
    Loan.update(
        returned_at=at, returned_on=day.on, return_channel="offline", overdue_days=0, ended_as="returned"
    ).where(Loan.id == loan.id).execute()
    add_event(loan.id, "superseded", at, actor, loan.due_on, None, "quầy cho bạn đọc khác mượn khi mất mạng")
    return "copy_on_loan"


# --- the librarian's list -------------------------------------------------------------------------


def list_conflicts(*, resolved: bool = False, limit: int = 200) -> list[dict[str, Any]]:
    """Entries to look at (or looked at), the newest first, with the device's name."""
    query = (
        KioskConflict.select(KioskConflict, Device.name.alias("device_name"))
        .join(Device)
        .where(KioskConflict.resolved_at.is_null(not resolved))
        .order_by(KioskConflict.id.desc())
        .limit(limit)
    )
    return dicts_of(query)


def count_conflicts() -> int:
    """Entries nobody has looked at yet."""
    return KioskConflict.select(pw.fn.COUNT(KioskConflict.id)).where(KioskConflict.resolved_at.is_null()).scalar()


def resolve_conflict(conflict_id: int, resolution: str, *, actor: Actor) -> None:
    """Tick an entry off, saying what was done. InvalidInput without words, NotFound when it is done already."""
    words = nfc(resolution)[:200]
    if not words:
        raise InvalidInput("resolution_missing", field="resolution")
    with transaction():
        changed = (
            KioskConflict.update(resolved_at=now(), resolved_by=actor.name[:120], resolution=words)
            .where(KioskConflict.id == conflict_id, KioskConflict.resolved_at.is_null())
            .execute()
        )
        if not changed:
            raise NotFound("conflict_unknown")
        record_audit(actor, "kiosk.resolve", "kiosk_conflict", conflict_id, None, {"resolution": words})
