"""Decisions about promotion sessions: what a draft must say, and whether a month has met its quota. Pure.

Numbered P1… in docs/counting-rules.md; the quota is seed L195: each month at least one session on the
month's theme and one on a subject department's topic. Next: service.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from library.contract.codes import register_errors
from library.foundation.errors import InvalidInput
from library.promotion.model import (
    QUOTA_SLOTS,
    PeriodDraft,
    Quota,
    SessionDraft,
    SessionStatus,
    Slot,
)

MOST_PEOPLE = 20_000
LAST_PERIOD = 12  # tiết in one day, morning and afternoon

register_errors(
    {
        "session_theme_missing": "Buổi theo chủ điểm cần ghi chủ điểm. Điền ô Chủ điểm rồi lưu lại.",
        "session_department_missing": "Buổi theo chuyên đề cần chọn tổ chuyên môn. Chọn một tổ rồi lưu lại.",
        "session_title_missing": "Hoạt động khác cần có tên. Điền ô Tên buổi rồi lưu lại.",
        "session_in_future": "Ngày {held_on} chưa tới. Lưu thành kế hoạch, hoặc sửa ngày.",
        "session_attendance_bad": "Số lượt dự phải từ 0 đến {most}. Sửa lại ô Số lượt dự.",
        "session_date_bad": "Ngày {held_on} không hợp lý. Kiểm tra lại năm.",
        "session_unknown": "Không tìm thấy buổi giới thiệu sách này. Có thể buổi đã bị xoá.",
        "session_not_open": "Buổi này đã huỷ. Sửa buổi hoặc lập buổi mới.",
        "session_cancelled_held": "Buổi này đã thực hiện nên không huỷ được. Nếu ghi nhầm, hãy xoá buổi.",
        "session_department_unknown": "Không tìm thấy tổ chuyên môn này. Chọn lại trong danh sách.",
        "reading_pupils_bad": "Số học sinh phải từ 1 đến {most}. Sửa lại ô Số học sinh.",
        "reading_period_bad": "Tiết phải từ 1 đến {most}, hoặc để trống.",
        "reading_in_future": "Ngày {held_on} chưa tới. Ghi tiết đọc sau khi lớp đã đọc.",
        "reading_unknown": "Không tìm thấy tiết đọc này. Có thể đã bị xoá.",
        "reading_class_missing": "Chưa chọn lớp. Chọn một lớp rồi lưu lại.",
        "reading_teacher_missing": "Không tìm thấy giáo viên này. Chọn lại trong danh sách.",
        "monthly_theme_missing": "Chủ điểm đang để trống. Điền chủ điểm rồi lưu lại.",
    }
)


class CountedSession(Protocol):
    """What the quota looks at."""

    @property
    def slot(self) -> Slot: ...

    @property
    def status(self) -> SessionStatus: ...


def check_draft(draft: SessionDraft, today: date) -> None:
    """InvalidInput for the first thing the librarian must put right; `params["field"]` names the field."""
    if draft.slot is Slot.THEME and not draft.theme.strip():
        raise InvalidInput("session_theme_missing", field="theme")
    if draft.slot is Slot.DEPARTMENT and draft.department_id is None:
        raise InvalidInput("session_department_missing", field="department")
    if draft.slot is Slot.OTHER and not draft.title.strip():
        raise InvalidInput("session_title_missing", field="title")
    if not 2000 <= draft.held_on.year <= today.year + 2:
        raise InvalidInput("session_date_bad", field="held_on", held_on=draft.held_on)
    if draft.status is SessionStatus.HELD and draft.held_on > today:
        raise InvalidInput("session_in_future", field="held_on", held_on=draft.held_on)
    if draft.attendance is not None and not 0 <= draft.attendance <= MOST_PEOPLE:
        raise InvalidInput("session_attendance_bad", field="attendance", most=MOST_PEOPLE)


def check_period(draft: PeriodDraft, today: date) -> None:
    """The same for a reading period."""
    if draft.held_on > today:
        raise InvalidInput("reading_in_future", field="held_on", held_on=draft.held_on)
    if not draft.held_on.year >= 2000:
        raise InvalidInput("session_date_bad", field="held_on", held_on=draft.held_on)
    if not 1 <= draft.pupils <= MOST_PEOPLE:
        raise InvalidInput("reading_pupils_bad", field="pupils", most=MOST_PEOPLE)
    if draft.period is not None and not 1 <= draft.period <= LAST_PERIOD:
        raise InvalidInput("reading_period_bad", field="period", most=LAST_PERIOD)


def decide_quota(sessions: Iterable[CountedSession], year: int, month: int, required_months: Iterable[int]) -> Quota:
    """Whether these sessions (of one month) fill both slots.

    P1: only sessions held count, not planned or cancelled ones. P2: each slot needs a session of its
    own; a session has exactly one slot, so it never fills both, and two of one slot do not make up for
    the other. P3: a month outside the school's list has no duty, but may still be full.
    """
    filled = {session.slot for session in sessions if session.status is SessionStatus.HELD}
    required = month in set(required_months)
    missing = tuple(slot for slot in QUOTA_SLOTS if slot not in filled) if required else ()
    return Quota(
        year=year,
        month=month,
        required=required,
        theme_ok=Slot.THEME in filled,
        department_ok=Slot.DEPARTMENT in filled,
        missing=missing,
    )


def usual_title(slot: Slot, theme: str, department: str, form_label: str) -> str:
    """A name for a session that was given none."""
    if slot is Slot.THEME and theme:
        return f"Giới thiệu sách theo chủ điểm “{theme}”"
    if slot is Slot.DEPARTMENT and department:
        return f"Giới thiệu sách theo chuyên đề {department}"
    return theme or form_label


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Only the fields that differ, old and new: what the audit keeps of an edit."""
    keys = [key for key in after if before.get(key) != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}
