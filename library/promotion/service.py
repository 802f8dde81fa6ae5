"""What the librarian does about reading promotion: log, plan, hold, cancel and edit sessions; the year's
themes; the log of reading periods. One function = one transaction, audited. Next: pages.py.
"""

from __future__ import annotations

from typing import Any

from library.cataloguing.tables import Record
from library.foundation.audit import Actor, record_audit
from library.foundation.calendar import ensure_year
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.promotion.model import FORM_LABELS, PeriodDraft, Session, SessionDraft, SessionStatus, Slot
from library.promotion.queries import SCHOOL_YEAR_MONTHS, get_session, list_themes
from library.promotion.rules import changes, check_draft, check_period, usual_title
from library.promotion.tables import MonthlyTheme, PromotionSession, ReadingPeriod, SessionRecord
from library.readers.tables import Department, Reader, SchoolClass


def log_session(draft: SessionDraft, actor: Actor) -> int:
    """Write down a session that was held, or (status planned) one that is meant to be. Returns its id.

    InvalidInput names the field; an unknown department or record is NotFound.
    """
    check_draft(draft, today())
    with transaction():
        columns = _columns(draft)
        instant = now()
        row = PromotionSession.create(**columns, created_at=instant, updated_at=instant)
        _set_records(row.id, draft.record_ids)
        action = "promotion.plan" if draft.status is SessionStatus.PLANNED else "promotion.log"
        record_audit(actor, action, "promotion_session", row.id, None, _audited(columns, draft.record_ids))
    return row.id


def edit_session(session_id: int, draft: SessionDraft, actor: Actor) -> None:
    """Put a session right; the audit keeps what it said before."""
    check_draft(draft, today())
    with transaction():
        before = get_session(session_id)
        columns = _columns(draft)
        PromotionSession.update(**columns, updated_at=now()).where(PromotionSession.id == session_id).execute()
        _set_records(session_id, draft.record_ids)
        old, new = changes(_session_audited(before), _audited(columns, draft.record_ids))
        if new:
            record_audit(actor, "promotion.edit", "promotion_session", session_id, old, new)


def mark_held(session_id: int, attendance: int | None, actor: Actor) -> None:
    """A planned session has taken place. Again for one already held: only the attendance changes."""
    with transaction():
        session = get_session(session_id)
        if session.status is SessionStatus.CANCELLED:
            raise Conflict("session_not_open", session_id=session_id)
        draft = draft_of(session, status=SessionStatus.HELD, attendance=attendance)
        check_draft(draft, today())
        PromotionSession.update(status=SessionStatus.HELD.value, attendance=attendance, updated_at=now()).where(
            PromotionSession.id == session_id
        ).execute()
        record_audit(
            actor,
            "promotion.hold",
            "promotion_session",
            session_id,
            {"status": session.status.value, "attendance": session.attendance},
            {"status": SessionStatus.HELD.value, "attendance": attendance},
        )


def cancel_session(session_id: int, reason: str, actor: Actor) -> None:
    """A planned session will not take place; it stays in the register. Conflict when it was held."""
    with transaction():
        session = get_session(session_id)
        if session.status is SessionStatus.HELD:
            raise Conflict("session_cancelled_held", session_id=session_id)
        if session.status is SessionStatus.CANCELLED:
            return
        PromotionSession.update(status=SessionStatus.CANCELLED.value, updated_at=now()).where(
            PromotionSession.id == session_id
        ).execute()
        record_audit(
            actor,
            "promotion.cancel",
            "promotion_session",
            session_id,
            {"status": session.status.value},
            {"status": SessionStatus.CANCELLED.value},
            nfc(reason) or None,
        )


def delete_session(session_id: int, actor: Actor) -> None:
    """Take out a session written by mistake; the audit keeps all of it. Sent reports stay as they were sent."""
    with transaction():
        session = get_session(session_id)
        SessionRecord.delete().where(SessionRecord.session == session_id).execute()
        PromotionSession.delete().where(PromotionSession.id == session_id).execute()
        record_audit(actor, "promotion.delete", "promotion_session", session_id, _session_audited(session), None)


def draft_of(session: Session, **changed: Any) -> SessionDraft:
    """A session as a draft again, with some fields changed."""
    fields: dict[str, Any] = {
        "held_on": session.held_on,
        "slot": session.slot,
        "form": session.form,
        "title": session.title,
        "theme": session.theme,
        "department_id": session.department_id,
        "audience": session.audience,
        "attendance": session.attendance,
        "presenter": session.presenter,
        "text": session.text,
        "note": session.note,
        "status": session.status,
        "record_ids": tuple(book.record_id for book in session.books),
    }
    return SessionDraft(**{**fields, **changed})


def _columns(draft: SessionDraft) -> dict[str, Any]:
    """The draft as column values. Only a theme session keeps the theme (the form brings the month's along for all),
    and it names no department: a session can never be taken for both slots (P2)."""
    department_id = draft.department_id if draft.slot is not Slot.THEME else None
    theme = nfc(draft.theme) if draft.slot is Slot.THEME else ""
    department = ""
    if department_id is not None:
        row = Department.get_or_none(Department.id == department_id)
        if row is None:
            raise NotFound("session_department_unknown", field="department", department_id=department_id)
        department = row.name
    title = nfc(draft.title) or usual_title(draft.slot, theme, department, FORM_LABELS[draft.form])
    return {
        "held_on": draft.held_on,
        "slot": draft.slot.value,
        "status": draft.status.value,
        "title": title[:200],
        "theme": theme[:160],
        "department": department_id,
        "form": draft.form.value,
        "audience": nfc(draft.audience)[:160],
        "attendance": draft.attendance,
        "presenter": nfc(draft.presenter)[:120],
        "text": "\n".join(nfc(line) for line in draft.text.splitlines()).strip(),
        "note": nfc(draft.note),
    }


def _set_records(session_id: int, record_ids: tuple[int, ...]) -> None:
    ids = list(dict.fromkeys(record_ids))
    known = {row.id for row in Record.select(Record.id).where(Record.id.in_(ids))} if ids else set()
    for record_id in ids:
        if record_id not in known:
            raise NotFound("record_unknown", record_id=record_id)
    SessionRecord.delete().where(SessionRecord.session == session_id).execute()
    if ids:
        SessionRecord.insert_many([{"session": session_id, "record": record_id} for record_id in ids]).execute()


def _audited(columns: dict[str, Any], record_ids: tuple[int, ...]) -> dict[str, Any]:
    shown = {key: value for key, value in columns.items() if key != "held_on"}
    return {**shown, "held_on": str(columns["held_on"]), "record_ids": list(dict.fromkeys(record_ids))}


def _session_audited(session: Session) -> dict[str, Any]:
    draft = draft_of(session)
    columns = {
        "held_on": draft.held_on, "slot": draft.slot.value, "status": draft.status.value, "title": draft.title,
        "theme": draft.theme, "department": draft.department_id, "form": draft.form.value,
        "audience": draft.audience, "attendance": draft.attendance, "presenter": draft.presenter,
        "text": draft.text, "note": draft.note,
    }  # fmt: skip
    return _audited(columns, draft.record_ids)


def set_themes(label: str, themes: dict[int, str], actor: Actor) -> None:
    """The school's own themes of a school year, month -> theme. InvalidInput for an empty one."""
    clean = {month: nfc(theme)[:160] for month, theme in themes.items() if month in SCHOOL_YEAR_MONTHS}
    for month, theme in clean.items():
        if not theme:
            raise InvalidInput("monthly_theme_missing", field=f"theme_{month}")
    with transaction():
        year = ensure_year(label)
        kept = list_themes(year.label)
        changed = {month: theme for month, theme in clean.items() if kept[month] != theme}
        for month, theme in changed.items():
            MonthlyTheme.insert(school_year=year.id, month=month, theme=theme).on_conflict(
                conflict_target=[MonthlyTheme.school_year, MonthlyTheme.month], preserve=[MonthlyTheme.theme]
            ).execute()
        if changed:
            record_audit(
                actor,
                "promotion.themes",
                "school_year",
                year.label,
                {str(month): kept[month] for month in changed},
                {str(month): theme for month, theme in changed.items()},
            )


def log_reading_period(draft: PeriodDraft, actor: Actor) -> int:
    """Write down a class's reading period or lesson in the library. Returns its id.

    P6: it is a figure of its own and makes no visit; a class that came is written down at the door (L195).
    """
    check_period(draft, today())
    with transaction():
        if SchoolClass.get_or_none(SchoolClass.id == draft.school_class_id) is None:
            raise InvalidInput("reading_class_missing", field="school_class")
        if (
            draft.teacher_id is not None
            and Reader.get_or_none((Reader.id == draft.teacher_id) & (Reader.kind == "teacher")) is None
        ):
            raise InvalidInput("reading_teacher_missing", field="teacher")
        row = ReadingPeriod.create(
            held_on=draft.held_on,
            period=draft.period,
            school_class=draft.school_class_id,
            teacher=draft.teacher_id,
            kind=draft.kind.value,
            content=nfc(draft.content)[:300],
            pupils=draft.pupils,
            created_at=now(),
        )
        record_audit(
            actor, "reading_period.log", "reading_period", row.id, None,
            {"held_on": str(draft.held_on), "school_class": draft.school_class_id, "pupils": draft.pupils,
             "kind": draft.kind.value, "period": draft.period},
        )  # fmt: skip
    return row.id


def delete_reading_period(period_id: int, actor: Actor) -> None:
    """Take out one written by mistake. NotFound(`reading_unknown`)."""
    with transaction():
        row = ReadingPeriod.get_or_none(ReadingPeriod.id == period_id)
        if row is None:
            raise NotFound("reading_unknown", period_id=period_id)
        row.delete_instance()
        record_audit(
            actor,
            "reading_period.delete",
            "reading_period",
            period_id,
            {"held_on": str(row.held_on), "school_class": row.school_class_id, "pupils": row.pupils},
            None,
        )
