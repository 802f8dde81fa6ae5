"""Words and shapes of reading promotion: slots, forms, sessions, the month's quota. Pure.

Sources: domain.md §D (seed L187–L199). No decisions here: rules.py; no database: queries.py.
Next: rules.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Slot(StrEnum):
    """What a session counts for. The monthly quota wants one THEME and one DEPARTMENT (seed L195)."""

    THEME = "theme"
    DEPARTMENT = "department"
    OTHER = "other"


SLOT_LABELS: dict[Slot, str] = {
    Slot.THEME: "Chủ điểm tháng",
    Slot.DEPARTMENT: "Chuyên đề tổ chuyên môn",
    Slot.OTHER: "Hoạt động khác",
}
QUOTA_SLOTS: tuple[Slot, ...] = (Slot.THEME, Slot.DEPARTMENT)


class SessionStatus(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


STATUS_LABELS: dict[SessionStatus, str] = {
    SessionStatus.PLANNED: "Đã lên kế hoạch",
    SessionStatus.HELD: "Đã thực hiện",
    SessionStatus.CANCELLED: "Đã huỷ",
}


class SessionForm(StrEnum):
    """How a session was given (domain.md §D2)."""

    FLAG_SALUTE = "flag_salute"
    BROADCAST = "broadcast"
    READING_PERIOD = "reading_period"
    DEPARTMENT_MEETING = "department_meeting"
    EXTRACURRICULAR = "extracurricular"
    EXHIBITION = "exhibition"
    STORYTELLING = "storytelling"
    DRAWING = "drawing"
    BIBLIOGRAPHY = "bibliography"
    BULLETIN = "bulletin"
    READING_DAY = "reading_day"
    REVIEW = "review"
    QUIZ = "quiz"
    BREAK_TIME = "break_time"
    OTHER = "other"


FORM_LABELS: dict[SessionForm, str] = {
    SessionForm.FLAG_SALUTE: "Giới thiệu dưới cờ",
    SessionForm.BROADCAST: "Phát thanh học đường",
    SessionForm.READING_PERIOD: "Tiết đọc sách",
    SessionForm.DEPARTMENT_MEETING: "Họp tổ chuyên môn",
    SessionForm.EXTRACURRICULAR: "Ngoại khoá",
    SessionForm.EXHIBITION: "Trưng bày, triển lãm sách",
    SessionForm.STORYTELLING: "Thi kể chuyện theo sách",
    SessionForm.DRAWING: "Thi vẽ, làm bìa sách",
    SessionForm.BIBLIOGRAPHY: "Thư mục giới thiệu sách",
    SessionForm.BULLETIN: "Bản tin, video",
    SessionForm.READING_DAY: "Ngày hội đọc sách",
    SessionForm.REVIEW: "Điểm sách",
    SessionForm.QUIZ: "Đố vui",
    SessionForm.BREAK_TIME: "Giờ ra chơi",
    SessionForm.OTHER: "Hình thức khác",
}


class PeriodKind(StrEnum):
    """What a class came to the library for in a timetabled period (domain.md §B7, §D5)."""

    READING = "reading"
    LESSON = "lesson"
    ORIENTATION = "orientation"


PERIOD_LABELS: dict[PeriodKind, str] = {
    PeriodKind.READING: "Tiết đọc thư viện",
    PeriodKind.LESSON: "Tiết học tại thư viện",
    PeriodKind.ORIENTATION: "Hướng dẫn sử dụng thư viện",
}


@dataclass(frozen=True, slots=True)
class IntroducedBook:
    """A title introduced in a session, as a list shows it."""

    record_id: int
    title: str
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """What the librarian writes down about a session, before it is checked."""

    held_on: date
    slot: Slot
    form: SessionForm
    title: str = ""
    theme: str = ""
    department_id: int | None = None
    audience: str = ""
    attendance: int | None = None
    presenter: str = ""
    text: str = ""
    note: str = ""
    status: SessionStatus = SessionStatus.HELD
    record_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A session as kept. `subject` is what register and report print: what it was about."""

    id: int
    held_on: date
    slot: Slot
    status: SessionStatus
    title: str
    theme: str
    department_id: int | None
    department: str
    form: SessionForm
    audience: str
    attendance: int | None
    presenter: str
    text: str
    note: str
    books: tuple[IntroducedBook, ...] = ()

    @property
    def subject(self) -> str:
        """The theme or department, then the session's own title unless that was only made from it. Another
        activity is called by its own title: it is not the month's theme that it was about."""
        if self.slot is Slot.OTHER:
            return self.title or self.theme
        frame = self.department if self.slot is Slot.DEPARTMENT else self.theme
        if not frame or not self.title:
            return self.title or frame
        return frame if frame.casefold() in self.title.casefold() else f"{frame}: {self.title}"


@dataclass(frozen=True, slots=True)
class Quota:
    """Whether a month has both sessions it must have. `required` is False in months without a duty."""

    year: int
    month: int
    required: bool
    theme_ok: bool
    department_ok: bool
    missing: tuple[Slot, ...] = ()

    @property
    def met(self) -> bool:
        """Both slots filled, whether or not the month must have them."""
        return self.theme_ok and self.department_ok


@dataclass(frozen=True, slots=True)
class YearCell:
    """One month × one slot of the year's heat map."""

    held: int
    planned: int
    required: bool
    past: bool  # the month is over

    @property
    def missing(self) -> bool:
        return self.required and self.past and self.held == 0


@dataclass(frozen=True, slots=True)
class YearMonth:
    """One column of the year's heat map."""

    year: int
    month: int
    theme: str
    cells: dict[Slot, YearCell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PeriodDraft:
    """A reading period or a lesson in the library, as written down."""

    held_on: date
    school_class_id: int
    pupils: int
    kind: PeriodKind = PeriodKind.READING
    period: int | None = None
    teacher_id: int | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class ReadingPeriodRow:
    """A reading period as kept here, or (`visit_id`, `id` 0) as the door wrote it down with the class's visit."""

    id: int
    held_on: date
    period: int | None
    class_name: str
    teacher: str
    kind: PeriodKind
    content: str
    pupils: int
    visit_id: int | None = None
