"""Holds (đặt mượn): place, cancel, keep ready at return, fill by a loan, expire without a timer.

Rules L70–L74 in docs/lending-rules.md. The small steps (capture, fill, expire) run inside the use case
that calls them; place_hold, cancel_hold, keep_ready and tidy_holds are use cases.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import now, today
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import NotFound, Refused
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Calendar
from library.lending.desk_facts import count_free_copies, find_copy, find_reader, list_waiting_holds
from library.lending.model import PickupMoved
from library.lending.queries import current_classes
from library.lending.rows import dicts_of
from library.lending.rules import decide_reader, make_reason, sort_reasons
from library.lending.scanned_codes import unknown_copy
from library.lending.settings_reader import find_year_row, load_policy
from library.lending.tables import Hold
from library.readers.tables import Reader

if TYPE_CHECKING:  # service.py calls this module
    from library.lending.loan_writing import LendingDay


def place_hold(
    reader_id: int,
    record_id: int,
    *,
    actor: Actor,
    copy_id: int | None = None,
    needed_until_on: date | None = None,
    note: str = "",
) -> int:
    """Put a reader into the queue of a title (or of one copy), or Refused (L70, L71). Returns the hold's id."""
    with transaction():
        day = today()
        year = find_year_row(day)
        reader = find_reader(reader_id=reader_id, year_id=year.id if year else None, today=day)
        if reader is None:
            raise NotFound("reader_missing")
        if Record.get_or_none((Record.id == record_id) & Record.deleted_at.is_null()) is None:
            raise NotFound("record_unknown", record_id=record_id)
        own = decide_reader(reader.facts, load_policy(day), day)
        reasons = [reason for reason in own if reason.code != "loan_limit"]
        if any(loan.record_id == record_id for loan in reader.facts.open_loans):
            reasons.append(make_reason("hold_has_it", name=reader.full_name))
        if Hold.select().where(Hold.record == record_id, Hold.reader == reader_id, Hold.ended_at.is_null()).exists():
            reasons.append(make_reason("hold_twice", name=reader.full_name))
        hopeful = Copy.select().where(Copy.record == record_id, Copy.status == "in_service", Copy.use == "loan")
        if copy_id is not None:
            hopeful = hopeful.where(Copy.id == copy_id)  # this very copy: of this title, and one that is lent
        if not hopeful.exists():
            reasons.append(make_reason("hold_no_copy"))
        if reasons:
            raise Refused(sort_reasons(reasons))
        hold_id: int = Hold.insert(
            record=record_id, copy=copy_id, reader=reader_id, placed_at=now(), needed_until_on=needed_until_on,
            note=note[:200],
        ).execute()  # fmt: skip
        record_audit(actor, "hold.place", "hold", hold_id, None, {"record": record_id, "reader": reader_id})
        return hold_id


def cancel_hold(hold_id: int, *, actor: Actor, comment: str | None = None) -> None:
    """End a hold; a copy that was kept for it goes to the next in the queue. NotFound when it is not open."""
    with transaction():
        hold = _get_open(hold_id)
        _end(hold, "cancelled", actor, comment)
        if hold.ready_copy_id is not None:
            _pass_on(hold.ready_copy_id, today(), load_calendar())


def keep_ready(hold_id: int, barcode: str, *, actor: Actor) -> None:
    """Staff fetched a copy from the shelf for a waiting hold. Refused when the copy cannot serve it, or when
    one is kept for it already (L191)."""
    with transaction():
        hold = _get_open(hold_id)
        copy = find_copy(barcode=barcode)
        reasons = []
        if copy is None:
            raise Refused([unknown_copy(barcode)])
        if hold.ready_copy_id is not None:  # somebody was quicker, with this copy or with another one
            kept = Copy.get_by_id(hold.ready_copy_id).barcode
            raise Refused([make_reason("hold_ready", barcode=kept)])
        if copy.facts.loan is not None:
            reasons.append(make_reason("copy_on_loan", due_on=copy.facts.loan.due_on))
        if copy.facts.ready_for is not None:
            reasons.append(make_reason("held_for_other"))
        if copy.record_id != hold.record_id or (hold.copy_id is not None and hold.copy_id != copy.id):
            reasons.append(make_reason("hold_other_title"))
        if copy.facts.status not in ("in_service", "missing") or copy.facts.unit is not None:
            reasons.append(make_reason("hold_not_here"))
        if reasons:
            raise Refused(sort_reasons(reasons))
        _make_ready(hold.id, copy.id, today(), load_calendar())
        record_audit(actor, "hold.ready", "hold", hold.id, None, {"copy": copy.barcode})


def keep_for_next(barcode: str, *, actor: Actor) -> int:
    """Keep a copy just fetched from the shelf for the first reader it can serve (L70). Returns the hold's id.

    Refused(`copy_unknown`), or with the reasons of `keep_ready`; NotFound(`hold_nobody_waits`).
    """
    with transaction():
        copy = find_copy(barcode=barcode)
        if copy is None:
            raise Refused([unknown_copy(barcode)])
        queue = list_waiting_holds(copy.record_id, copy.id)
        if not queue:
            raise NotFound("hold_nobody_waits", title=copy.title)
        keep_ready(queue[0].id, barcode, actor=actor)
        return queue[0].id


def tidy_holds(record_id: int | None = None) -> int:
    """Work out what has expired (L72, L73); pages call it before they show holds. Returns how many ended."""
    day = today()
    open_holds = Hold.ended_at.is_null()
    due = (Hold.pickup_until_on < day) | (Hold.needed_until_on < day)
    if not Hold.select().where(open_holds, due).exists():
        return 0  # nothing to write: a page that only looks takes no write lock
    with transaction():
        return expire_needed(day, record_id) + expire_unfetched(day, record_id)


def _get_open(hold_id: int) -> Hold:
    hold = Hold.get_or_none((Hold.id == hold_id) & Hold.ended_at.is_null())
    if hold is None:
        raise NotFound("hold_unknown")
    return hold


def _end(hold: Hold, status: str, actor: Actor, comment: str | None = None) -> None:
    Hold.update(status=status, ended_at=now()).where(Hold.id == hold.id).execute()
    record_audit(actor, f"hold.{status}", "hold", hold.id, {"status": hold.status}, {"status": status}, comment)


def list_pickups_to_move(calendar: Calendar) -> list[PickupMoved]:
    """L236: copies kept for readers whose last day, from today on, is closed in `calendar`; to which day it moves."""
    query = (
        Hold.select(Hold.id, Hold.reader, Hold.pickup_until_on, Record.title, Record.part, Reader.full_name)
        .join(Record)
        .switch(Hold)
        .join(Reader)
        .where(Hold.status == "ready", Hold.pickup_until_on >= today())
        .order_by(Hold.pickup_until_on, Record.title_sort, Hold.id)
    )
    rows = [row for row in dicts_of(query) if not calendar.is_open(row["pickup_until_on"])]
    classes = current_classes({row["reader"] for row in rows})
    moves = []
    for row in rows:
        until_on = calendar.next_open(row["pickup_until_on"])
        if until_on is not None:  # closed all year: the old day is better than none
            moves.append(
                PickupMoved(
                    hold_id=row["id"], title=shown_title(row["title"], row["part"]), reader_name=row["full_name"],
                    class_name=classes.get(row["reader"], ("", ""))[0], until_before=row["pickup_until_on"],
                    until_after=until_on,
                )
            )  # fmt: skip
    return moves


# --- steps inside other use cases -----------------------------------------------------------------


def capture(hold_id: int, copy_id: int, day: LendingDay) -> str:
    """L65: keep this copy for the hold. Returns the reader's name."""
    require_transaction()
    _make_ready(hold_id, copy_id, day.on, day.calendar)
    return reader_name_of(hold_id) or ""


def _make_ready(hold_id: int, copy_id: int, day: date, calendar: Calendar) -> None:
    # A kiosk may tell of a return days later: the pickup days begin when the library knows of the book.
    last = max(day, today()) + timedelta(days=get_preference("pickup_days"))
    Hold.update(
        status="ready", ready_copy=copy_id, ready_at=now(), pickup_until_on=calendar.next_open(last) or last
    ).where(Hold.id == hold_id).execute()


def move_pickups(calendar: Calendar, actor: Actor) -> list[PickupMoved]:
    """Do what `list_pickups_to_move` says; each hold keeps both days in the log."""
    require_transaction()
    moves = list_pickups_to_move(calendar)
    for move in moves:
        Hold.update(pickup_until_on=move.until_after).where(Hold.id == move.hold_id).execute()
        record_audit(actor, "hold.redate", "hold", move.hold_id, {"pickup_until_on": str(move.until_before)},
                     {"pickup_until_on": str(move.until_after)})  # fmt: skip
    return moves


def fill(reader_id: int, record_id: int, copy_id: int, day: date) -> int | None:
    """L74: a loan of the title fills the reader's own hold; a different copy kept for it is passed on."""
    require_transaction()
    hold = Hold.get_or_none((Hold.reader == reader_id) & (Hold.record == record_id) & Hold.ended_at.is_null())
    if hold is None:
        return None
    Hold.update(status="filled", ended_at=now()).where(Hold.id == hold.id).execute()
    if hold.ready_copy_id is not None and hold.ready_copy_id != copy_id:
        _pass_on(hold.ready_copy_id, day, load_calendar())
    return hold.id


def put_back_in_queue(hold_id: int) -> None:
    """The copy kept for this hold was lent to somebody else on purpose: the reader waits again."""
    require_transaction()
    Hold.update(status="waiting", ready_copy=None, ready_at=None, pickup_until_on=None).where(
        Hold.id == hold_id
    ).execute()


def release_copy(copy_id: int) -> None:
    """A copy that was kept is lost, missing or broken: nothing is kept any more, the reader waits again."""
    hold = Hold.get_or_none((Hold.ready_copy == copy_id) & (Hold.status == "ready"))
    if hold is not None:
        put_back_in_queue(hold.id)


def expire_unfetched(day: date, record_id: int | None = None) -> int:
    """L72: kept copies whose pickup day has passed go on to the next in the queue."""
    require_transaction()
    query = Hold.select().where(Hold.status == "ready", Hold.pickup_until_on < day)
    if record_id is not None:
        query = query.where(Hold.record == record_id)
    ended = 0
    for hold in list(query.order_by(Hold.pickup_until_on, Hold.id)):
        _end(hold, "expired", SYSTEM)
        _pass_on(hold.ready_copy_id, day, load_calendar())
        ended += 1
    return ended


def expire_needed(day: date, record_id: int | None = None) -> int:
    """L73: waiting holds that are no longer needed."""
    require_transaction()
    query = Hold.select().where(Hold.status == "waiting", Hold.needed_until_on < day)
    if record_id is not None:
        query = query.where(Hold.record == record_id)
    ended = 0
    for hold in list(query):
        _end(hold, "expired", SYSTEM)
        ended += 1
    return ended


def _pass_on(copy_id: int, day: date, calendar: Calendar) -> None:
    copy = find_copy(copy_id=copy_id)
    if copy is None or copy.facts.loan is not None or copy.facts.status != "in_service":
        return
    waiting = list_waiting_holds(copy.record_id, copy.id)
    if waiting:
        _make_ready(waiting[0].id, copy.id, day, calendar)
        record_audit(SYSTEM, "hold.ready", "hold", waiting[0].id, None, {"copy": copy.barcode})


def reader_name_of(hold_id: int | None) -> str | None:
    """Who a hold is for."""
    if hold_id is None:
        return None
    return Hold.select(Reader.full_name).join(Reader).where(Hold.id == hold_id).scalar()


def count_spare(record_id: int, without_copy: int) -> int:
    """Other copies of the title that could serve those who wait (L53)."""
    return count_free_copies(record_id, without_copy)

