"""Booking books for a lesson: place, change, cancel, prepare, hand over as one document, take back.

One function = one use case = one transaction. The loans are ordinary ones to the teacher, read in the house
and due the same day (L29). Rules L120–L127; facts in bookings/facts.py, lists in bookings/queries.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from library.cataloguing.tables import Record
from library.contract.codes import register_errors
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import load_calendar
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict as StateConflict
from library.foundation.errors import InvalidInput, NotFound, Reason, Refused
from library.foundation.vietnamese import nfc
from library.lending.bookings.facts import list_stocks
from library.lending.bookings.queries import BookingLine, get_booking, list_free_for_lesson, list_spans
from library.lending.bookings.rules import PERIODS, Conflict, LessonSpan, find_conflicts
from library.lending.desk_facts import CopyAtDesk, find_copy, find_reader
from library.lending.idempotency import hash_request, run_keyed
from library.lending.loan_writing import insert_loan, lending_day
from library.lending.model import LESSON_COMMENT, Channel, CheckoutFacts, Purpose, RefusedBy
from library.lending.rules import decide_checkout, make_reason
from library.lending.scanned_codes import call_codes_by_name
from library.lending.service import check_in
from library.lending.tables import BookedCopy, BookedTitle, LessonBooking, Loan
from library.lending.units.service import SetProblem, SetRefused
from library.readers.tables import Reader, SchoolClass

MOST_TITLES = 12
MOST_COPIES = 300
MOST_DAYS = 400
SET_ASIDE = frozenset({"has_overdues", "reader_blocked"})
"""L125: a class waits for its books; the teacher's own late books are another matter."""

register_errors(
    {
        "lesson_unknown": "Lượt đặt sách này không còn nữa. Tải lại trang.",
        "lesson_titles_none": "Chọn ít nhất một nhan đề.",
        "lesson_titles_many": "Một tiết đặt tối đa {limit} nhan đề.",
        "lesson_copies_bad": "Số bản mỗi nhan đề từ 1 đến {limit}.",
        "lesson_period_bad": "Tiết là một số từ 1 đến 12, tiết cuối không trước tiết đầu.",
        "lesson_day_bad": "Chọn ngày từ hôm nay đến một năm tới.",
        "lesson_subject_missing": "Ghi môn học.",
        "lesson_teacher_bad": "Chọn giáo viên đang dạy.",
        "lesson_state_bad": "Lượt đặt này đã qua bước đó. Tải lại trang.",
        "lesson_books_out": "Sách của tiết này đang ở lớp. Nhận về trước khi huỷ.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDraft:
    """What the form says. `titles`: record id -> copies."""

    lesson_on: date
    first_period: int
    last_period: int
    teacher_id: int
    subject: str
    titles: dict[int, int] = field(default_factory=dict)
    class_id: int | None = None
    equipment: str = ""
    note: str = ""


class BookingRefused(Refused):
    """The lesson meets conflicts (L122, L123) and staff have not said to keep it anyway."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__([as_reason(conflict) for conflict in conflicts])
        self.conflicts = tuple(conflicts)


def as_reason(conflict: Conflict) -> Reason:
    """A conflict as a reason with its words."""
    if conflict.kind == "closed":
        return make_reason("lesson_closed", on=conflict.on)
    title = Record.get_by_id(conflict.record_id).title
    return make_reason(
        "lesson_short", title=title, wanted=conflict.wanted, free=conflict.free, lent=conflict.lent,
        others=conflict.others,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonHandedOver:
    """`left_out`: scanned copies that could not go; `short`: titles with fewer copies than booked."""

    booking_id: int
    number: str
    copies: int
    left_out: tuple[SetProblem, ...] = ()
    short: tuple[tuple[str, int], ...] = ()


def place_booking(draft: BookingDraft, *, actor: Actor, anyway: bool = False) -> int:
    """Book copies for a lesson; returns the booking's id. BookingRefused lists the conflicts unless `anyway`.

    InvalidInput names the field; NotFound record_unknown.
    """
    with transaction():
        check_draft(draft)
        _check_conflicts(draft, None, anyway)
        booking = LessonBooking.create(placed_at=now(), placed_by=actor.name[:120], **_columns(draft))
        _write_titles(booking.id, draft)
        record_audit(actor, "booking.place", "lesson_booking", booking.id, None, _shown(draft))
        return booking.id


def change_booking(booking_id: int, draft: BookingDraft, *, actor: Actor, anyway: bool = False) -> None:
    """Change a booking whose books have not gone yet; its place among others stays (L122)."""
    with transaction():
        row = _get(booking_id)
        if row.status != "planned":
            raise StateConflict("lesson_state_bad")
        check_draft(draft)
        _check_conflicts(draft, booking_id, anyway)
        before = {"on": str(row.lesson_on), "period": row.first_period, "subject": row.subject}
        LessonBooking.update(prepared_at=None, **_columns(draft)).where(LessonBooking.id == booking_id).execute()
        BookedTitle.delete().where(BookedTitle.booking == booking_id).execute()
        _write_titles(booking_id, draft)
        record_audit(actor, "booking.change", "lesson_booking", booking_id, before, _shown(draft))


def cancel_booking(booking_id: int, *, actor: Actor, comment: str = "") -> None:
    """The lesson needs no books any more. Conflict lesson_books_out, lesson_state_bad."""
    with transaction():
        row = _get(booking_id)
        if row.status == "out":
            raise StateConflict("lesson_books_out")
        if row.status != "planned":
            raise StateConflict("lesson_state_bad")
        LessonBooking.update(status="cancelled", ended_at=now()).where(LessonBooking.id == booking_id).execute()
        record_audit(
            actor, "booking.cancel", "lesson_booking", booking_id, {"status": "planned"}, {"status": "cancelled"},
            comment or None,
        )  # fmt: skip


def mark_prepared(booking_id: int, *, actor: Actor) -> None:
    """The copies stand ready beside the desk."""
    with transaction():
        row = _get(booking_id)
        if row.status != "planned":
            raise StateConflict("lesson_state_bad")
        if row.prepared_at is None:
            LessonBooking.update(prepared_at=now()).where(LessonBooking.id == booking_id).execute()
            record_audit(actor, "booking.prepare", "lesson_booking", booking_id)


def hand_over_lesson(
    booking_id: int,
    barcodes: Sequence[str],
    *,
    actor: Actor,
    skip_problems: bool = False,
    act_key: str | None = None,
) -> LessonHandedOver:
    """Give the teacher the copies of a lesson as one document (L125). Without barcodes the free copies are
    taken in the order of the pick list. SetRefused names every problem unless `skip_problems`."""
    done: list[LessonHandedOver] = []

    def act() -> tuple[int, dict[str, Any]]:
        done.append(_hand_over(booking_id, barcodes, actor, skip_problems))
        return 200, {"booking": booking_id}

    if act_key is None:
        with transaction():
            act()
    else:
        run_keyed(act_key, f"staff:{actor.id}", hash_request("lesson", [booking_id, list(barcodes)]), act)
    if done:
        return done[0]
    line = get_booking(booking_id)
    return LessonHandedOver(booking_id=booking_id, number=line.number, copies=line.given)


def _hand_over(booking_id: int, barcodes: Sequence[str], actor: Actor, skip: bool) -> LessonHandedOver:
    line = get_booking(booking_id)
    if line.status != "planned":
        raise StateConflict("lesson_state_bad")
    wanted = {title.record_id: title.copies for title in line.titles}
    codes = [code for code in (clean_scan(text)[:40] for text in barcodes) if code]
    if not codes:
        codes = [code for own in list_free_for_lesson(wanted).values() for code in own]
    day = lending_day()
    reader = find_reader(reader_id=line.teacher_id, year_id=day.year_id, today=day.on)
    problems: list[SetProblem] = []
    going: list[CopyAtDesk] = []
    counts: dict[int, int] = dict.fromkeys(wanted, 0)
    for code in dict.fromkeys(codes):
        copy = find_copy(barcode=code, for_reader=line.teacher_id)
        facts = CheckoutFacts(
            card=str(line.teacher_id), barcode=code, reader=reader.facts if reader else None,
            copy=copy.facts if copy else None, purpose=Purpose.IN_LIBRARY.value,
        )  # fmt: skip
        overrides = SET_ASIDE | {"reference_only", "not_for_home", "teachers_only"}
        decision = decide_checkout(facts, day.policy, day.calendar, day.on, overrides)
        title = copy.title if copy else ""
        if isinstance(decision, RefusedBy):
            reasons = call_codes_by_name(code, decision.reasons)
            problems += [SetProblem(barcode=code, title=title, reason=reason) for reason in reasons]
        elif copy is None or copy.record_id not in wanted:
            problems.append(SetProblem(barcode=code, title=title, reason=make_reason("lesson_other_title")))
        else:
            counts[copy.record_id] += 1
            going.append(copy)
    if (problems and not skip) or not going:
        raise SetRefused(problems or [SetProblem(barcode="", title="", reason=make_reason("lesson_no_copy"))])
    assert reader is not None
    number = _next_number(day.on)
    for copy in going:
        loan_id = insert_loan(
            day,
            reader,
            copy,
            max(day.on, line.lesson_on),
            actor,
            Channel.DESK.value,
            purpose=Purpose.IN_LIBRARY.value,
            comment=number,
            audit_comment=LESSON_COMMENT,
        )
        BookedCopy.insert(booking=booking_id, loan=loan_id).execute()
    LessonBooking.update(status="out", number=number, handed_at=day.at, prepared_at=day.at).where(
        LessonBooking.id == booking_id
    ).execute()
    record_audit(
        actor, "booking.hand_over", "lesson_booking", booking_id, {"status": "planned"},
        {"number": number, "count": len(going)},
    )  # fmt: skip
    short = tuple(
        (title.title, title.copies - counts[title.record_id])
        for title in line.titles
        if counts[title.record_id] < title.copies
    )
    return LessonHandedOver(
        booking_id=booking_id, number=number, copies=len(going), left_out=tuple(problems), short=short
    )


def take_back_lesson(booking_id: int, barcodes: Sequence[str], *, actor: Actor) -> BookingLine:
    """Take a lesson's copies back by scanning, in parts if need be (L126); the rest stays named. Copies that
    are not of this lesson are returned like any other. Without barcodes: all of them, counted by hand."""
    with transaction():
        row = _get(booking_id)
        if row.status != "out":
            raise StateConflict("lesson_state_bad")
        codes = [code for code in (clean_scan(text)[:40] for text in barcodes) if code]
        if not codes:
            codes = [copy.barcode for copy in get_booking(booking_id).copies if copy.open]
        problems = []
        for code in dict.fromkeys(codes):
            try:
                check_in(code, actor=actor, channel=Channel.DESK.value, comment=LESSON_COMMENT)
            except Refused as refusal:
                reasons = call_codes_by_name(code, refusal.reasons)
                problems += [SetProblem(barcode=code, title="", reason=reason) for reason in reasons]
        if problems:
            raise SetRefused(problems)
        open_loans = (
            Loan.select().join(BookedCopy).where(BookedCopy.booking == booking_id, Loan.returned_at.is_null()).count()
        )
        if not open_loans:
            LessonBooking.update(status="done", ended_at=now()).where(LessonBooking.id == booking_id).execute()
        record_audit(
            actor, "booking.take_back", "lesson_booking", booking_id, None, {"count": len(codes), "open": open_loans}
        )
        return get_booking(booking_id)


def preview_conflicts(draft: BookingDraft, booking_id: int | None = None) -> list[Conflict]:
    """What would stand against this lesson; nothing is written."""
    mine = [
        LessonSpan(
            booking_id=booking_id or 0, record_id=record_id, on=draft.lesson_on, first_period=draft.first_period,
            last_period=draft.last_period, copies=copies, order=booking_id or 2**60,
        )
        for record_id, copies in draft.titles.items()
    ]  # fmt: skip
    others = [span for span in list_spans(draft.lesson_on, draft.lesson_on) if span.booking_id != booking_id]
    stocks = list_stocks(list(draft.titles), today())
    found = find_conflicts([*others, *mine], stocks, load_calendar())
    return [conflict for conflict in found if conflict.booking_id == (booking_id or 0)]


def _check_conflicts(draft: BookingDraft, booking_id: int | None, anyway: bool) -> None:
    if anyway:
        return
    conflicts = preview_conflicts(draft, booking_id)
    if conflicts:
        raise BookingRefused(conflicts)


def check_draft(draft: BookingDraft) -> None:
    """What cannot be booked at all: InvalidInput names the field, NotFound the title or class."""
    if not draft.titles:
        raise InvalidInput("lesson_titles_none", field="what")
    if len(draft.titles) > MOST_TITLES:
        raise InvalidInput("lesson_titles_many", field="what", limit=MOST_TITLES)
    for record_id, copies in draft.titles.items():
        if not 1 <= copies <= MOST_COPIES:
            raise InvalidInput("lesson_copies_bad", field=f"copies-{record_id}", limit=MOST_COPIES)
        if Record.get_or_none((Record.id == record_id) & Record.deleted_at.is_null()) is None:
            raise NotFound("record_unknown", record_id=record_id)
    if draft.first_period not in PERIODS or draft.last_period not in PERIODS or draft.last_period < draft.first_period:
        raise InvalidInput("lesson_period_bad", field="first_period")
    if not today() <= draft.lesson_on <= today() + timedelta(days=MOST_DAYS):
        raise InvalidInput("lesson_day_bad", field="lesson_on")
    if not nfc(draft.subject):
        raise InvalidInput("lesson_subject_missing", field="subject")
    teacher = Reader.get_or_none(Reader.id == draft.teacher_id)
    if teacher is None or teacher.kind not in ("teacher", "staff") or teacher.status != "active":
        raise InvalidInput("lesson_teacher_bad", field="teacher_id")
    if draft.class_id is not None and SchoolClass.get_or_none(SchoolClass.id == draft.class_id) is None:
        raise NotFound("class_missing", class_id=draft.class_id)


def _columns(draft: BookingDraft) -> dict[str, Any]:
    return {
        "lesson_on": draft.lesson_on, "first_period": draft.first_period, "last_period": draft.last_period,
        "teacher": draft.teacher_id, "school_class": draft.class_id, "subject": nfc(draft.subject)[:60],
        "equipment": nfc(draft.equipment)[:200], "note": nfc(draft.note)[:200],
    }  # fmt: skip


def _shown(draft: BookingDraft) -> dict[str, Any]:
    return {
        "on": str(draft.lesson_on), "period": draft.first_period, "subject": nfc(draft.subject),
        "copies": sum(draft.titles.values()),
    }  # fmt: skip


def _write_titles(booking_id: int, draft: BookingDraft) -> None:
    for record_id, copies in draft.titles.items():
        BookedTitle.insert(booking=booking_id, record=record_id, copies=copies).execute()


def _get(booking_id: int) -> Any:
    row = LessonBooking.get_or_none(LessonBooking.id == booking_id)
    if row is None:
        raise NotFound("lesson_unknown")
    return row


def _next_number(day: date) -> str:
    """L127: ST-2026/001 (sách cho tiết dạy), by calendar year."""
    start = f"ST-{day.year}/"
    newest = (
        LessonBooking.select(LessonBooking.number)
        .where(LessonBooking.number.startswith(start))
        .order_by(LessonBooking.handed_at.desc(), LessonBooking.number.desc())
        .scalar()
    )
    return f"{start}{int(newest.removeprefix(start)) + 1 if newest else 1:03d}"
