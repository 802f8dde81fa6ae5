"""What the promotion forms send, as drafts. Words for a bad field stand beside it. No rules: rules.py.

Next: pages.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from library.promotion.model import PeriodDraft, PeriodKind, Session, SessionDraft, SessionForm, SessionStatus, Slot
from library.web.form_values import parse_count, parse_day

MOST_BOOKS = 60


@dataclass(slots=True)
class FormState:
    """A form as it is shown: the texts of its fields, the books chosen, what is wrong."""

    values: dict[str, str]
    record_ids: list[int] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


class SentForm(Protocol):
    """A form as it was sent: a field may come several times."""

    def get(self, key: str, default: str) -> str: ...

    def getlist(self, key: str) -> list[str]: ...


def session_form(form: SentForm) -> FormState:
    """The session form as sent, unchecked."""
    names = ("held_on", "slot", "form", "title", "theme", "department", "audience", "attendance", "presenter", "text",
             "note", "status")  # fmt: skip
    ids = [int(value) for value in form.getlist("record") if value.isascii() and value.isdigit() and len(value) < 10]
    return FormState({name: form.get(name, "") for name in names}, list(dict.fromkeys(ids))[:MOST_BOOKS])


def session_state(session: Session) -> FormState:
    """A kept session as its form shows it."""
    values: dict[str, Any] = {
        "held_on": session.held_on.isoformat(),
        "slot": session.slot.value,
        "form": session.form.value,
        "title": session.title,
        "theme": session.theme,
        "department": "" if session.department_id is None else str(session.department_id),
        "audience": session.audience,
        "attendance": "" if session.attendance is None else str(session.attendance),
        "presenter": session.presenter,
        "text": session.text,
        "note": session.note,
        "status": session.status.value,
    }
    return FormState(values, [book.record_id for book in session.books])


def session_draft(state: FormState) -> SessionDraft | None:
    """The draft of a form, or None with `state.errors` filled."""
    values = state.values
    held_on = parse_day(values["held_on"])
    if held_on is None:
        state.errors["held_on"] = "Ngày chưa đúng. Ghi dạng 09/11/2026."
    attendance = parse_count(values["attendance"])
    if values["attendance"].strip() and attendance is None:
        state.errors["attendance"] = "Số lượt dự cần là một số. Để trống nếu chưa đếm."
    slot = _member(Slot, values["slot"], "slot", "Chọn loại buổi.", state.errors)
    form = _member(SessionForm, values["form"], "form", "Chọn hình thức.", state.errors)
    status = _member(SessionStatus, values["status"] or "held", "status", "Chọn tình trạng.", state.errors)
    department = values["department"]
    if state.errors or held_on is None or slot is None or form is None or status is None:
        return None
    return SessionDraft(
        held_on=held_on, slot=slot, form=form, title=values["title"], theme=values["theme"],
        department_id=int(department) if department.isascii() and department.isdigit() else None,
        audience=values["audience"], attendance=attendance, presenter=values["presenter"], text=values["text"],
        note=values["note"], status=status, record_ids=tuple(state.record_ids),
    )  # fmt: skip


def period_draft(form: Mapping[str, str], errors: dict[str, str]) -> PeriodDraft | None:
    """The draft of the reading-period form, or None with `errors` filled."""
    held_on = parse_day(form.get("held_on", ""))
    if held_on is None:
        errors["held_on"] = "Ngày chưa đúng. Ghi dạng 09/11/2026."
    pupils = parse_count(form.get("pupils", ""))
    if pupils is None:
        errors["pupils"] = "Ghi số học sinh của tiết này."
    period_text = form.get("period", "").strip()
    period = parse_count(period_text)
    if period_text and period is None:
        errors["period"] = "Tiết cần là một số, hoặc để trống."
    school_class = parse_count(form.get("school_class", ""))
    if school_class is None:
        errors["school_class"] = "Chọn lớp."
    kind = _member(PeriodKind, form.get("kind", ""), "kind", "Chọn loại tiết.", errors)
    if errors or held_on is None or pupils is None or school_class is None or kind is None:
        return None
    return PeriodDraft(
        held_on=held_on, school_class_id=school_class, pupils=pupils, kind=kind, period=period,
        teacher_id=parse_count(form.get("teacher", "")), content=form.get("content", ""),
    )  # fmt: skip


def _member(kind: Any, value: str, name: str, words: str, errors: dict[str, str]) -> Any:
    try:
        return kind(value)
    except ValueError:
        errors[name] = words
        return None
