"""Words and shapes of readers and classes. Pure. Next: rules.py, queries.py, service.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ReaderKind(StrEnum):
    PUPIL = "pupil"
    TEACHER = "teacher"
    STAFF = "staff"
    PARENT = "parent"
    OTHER = "other"


KIND_LABELS: dict[str, str] = {
    ReaderKind.PUPIL: "Học sinh",
    ReaderKind.TEACHER: "Giáo viên",
    ReaderKind.STAFF: "Nhân viên",
    ReaderKind.PARENT: "Phụ huynh",
    ReaderKind.OTHER: "Bạn đọc khác",
}
KIND_ORDER: dict[str, int] = {kind: place for place, kind in enumerate(KIND_LABELS)}


def group_words(class_name: str, kind: str) -> str:
    """What lists by class call a group: "Lớp 6A1", or who they are where there is no class: "Giáo viên"."""
    if class_name:
        return f"Lớp {class_name}"
    return "Học sinh chưa xếp lớp" if kind == ReaderKind.PUPIL else KIND_LABELS.get(kind, KIND_LABELS[ReaderKind.OTHER])


class ReaderStatus(StrEnum):
    ACTIVE = "active"
    TRANSFERRED = "transferred"
    GRADUATED = "graduated"
    LEFT = "left"


STATUS_LABELS: dict[str, str] = {
    ReaderStatus.ACTIVE: "Đang phục vụ",
    ReaderStatus.TRANSFERRED: "Đã chuyển trường",
    ReaderStatus.GRADUATED: "Đã ra trường",
    ReaderStatus.LEFT: "Đã rời trường",
}

OUTCOME_LABELS: dict[str, str] = {  # how a stay in a class ends
    "promoted": "Lên lớp",
    "repeated": "Ở lại lớp",
    "moved": "Chuyển lớp",
    "transferred": "Chuyển trường",
    "graduated": "Ra trường",
    "left": "Thôi học",
}

CARD_LABELS: dict[str, str] = {
    "active": "Đang dùng",
    "lost": "Báo mất",
    "replaced": "Đã thay",
    "closed": "Đã đóng",
}
GENDER_LABELS: dict[str, str] = {"male": "Nam", "female": "Nữ"}


@dataclass(frozen=True, slots=True)
class ReaderFields:
    """What a form or a list says about a reader. Nothing about ethnicity, parents, phone or address
    exists here (domain.md §A9: only what lending needs)."""

    kind: str
    full_name: str
    education_id: str | None = None
    local_code: str | None = None
    born_on: date | None = None
    gender: str | None = None
    department_id: int | None = None
    post: str | None = None
    email: str | None = None
    leaves_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReaderCard:
    """A reader as lists and the desk show one. `class_name` is the class of today (L200)."""

    id: int
    kind: str
    full_name: str
    status: str
    class_id: int | None
    class_name: str | None
    grade: int | None
    department: str | None
    born_on: date | None
    gender: str | None
    education_id: str | None
    card_number: str | None
    namesakes: int = 0
    """How many other active readers have exactly this name: then show class and birth date."""
    class_year: str | None = None
    """The school year of the class where it is not the one of today (L204): said beside the class."""

    @property
    def place(self) -> str:
        """Where people look for this reader: the class, the department, else what kind of reader it is."""
        return self.class_name or self.department or KIND_LABELS.get(self.kind, "")

    @property
    def label(self) -> str:
        """One line that tells people of the same name apart: "Nguyễn Văn An (6A1, sinh 04/03/2015)"."""
        details = [self.place] if self.place else []
        if self.namesakes and self.born_on:
            details.append(f"sinh {self.born_on:%d/%m/%Y}")
        return f"{self.full_name} ({', '.join(details)})" if details else self.full_name


@dataclass(frozen=True, slots=True)
class CardState:
    """One library card of a reader."""

    id: int
    number: str
    status: str
    issued_at: datetime
    ended_at: datetime | None
    printed_at: datetime | None


@dataclass(frozen=True, slots=True)
class EnrolmentState:
    """A stay in a class; `ended_on` None while it lasts."""

    school_year: str
    class_id: int
    class_name: str
    started_on: date
    ended_on: date | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class BlockState:
    """A time in which the reader may not borrow; `ends_on` None until somebody lifts it."""

    id: int
    kind: str
    starts_on: date
    ends_on: date | None
    reason: str
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReaderDetails:
    """Everything the reader page shows, without loans (library/lending answers those)."""

    card: ReaderCard
    fields: ReaderFields
    cards: tuple[CardState, ...]
    enrolments: tuple[EnrolmentState, ...]
    blocks: tuple[BlockState, ...]
    created_at: datetime
    updated_at: datetime
    merged_into: int | None = None
    forgotten: bool = False  # the name is gone (anonymised)
    """The reader this one was a duplicate of."""


@dataclass(frozen=True, slots=True)
class ClassCard:
    """A class of one school year with its head count."""

    id: int
    school_year: str
    name: str
    grade: int
    pupils: int
    homeroom_id: int | None
    homeroom_name: str | None
    site: str
    closed: bool


@dataclass(frozen=True, slots=True)
class DepartmentCard:
    """Tổ chuyên môn with its head count."""

    id: int
    name: str
    members: int
    closed: bool
