"""What notices are about and who gets them. Pure. Next: letters.py (words), queries.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from library.readers.model import group_words


class NoticeOf(StrEnum):
    """Which loans a notice is about."""

    OVERDUE = "overdue"
    RECALLED = "recalled"
    LEAVING = "leaving"
    ALL = "all"


NOTICE_LABELS: dict[str, str] = {
    NoticeOf.OVERDUE: "Quá hạn",
    NoticeOf.RECALLED: "Xin nhận lại",
    NoticeOf.LEAVING: "Trước khi ra trường",
    NoticeOf.ALL: "Tất cả đang mượn",
}
FILE_WORDS: dict[str, str] = {
    NoticeOf.OVERDUE: "qua-han",
    NoticeOf.RECALLED: "xin-nhan-lai",
    NoticeOf.LEAVING: "truoc-khi-ra-truong",
    NoticeOf.ALL: "dang-muon",
}
SHEET_TITLES: dict[str, str] = {
    NoticeOf.OVERDUE: "DANH SÁCH SÁCH QUÁ HẠN",
    NoticeOf.RECALLED: "DANH SÁCH SÁCH THƯ VIỆN XIN NHẬN LẠI",
    NoticeOf.LEAVING: "DANH SÁCH CHƯA TRẢ SÁCH",
    NoticeOf.ALL: "DANH SÁCH SÁCH ĐANG MƯỢN",
}


@dataclass(frozen=True, slots=True)
class BookLine:
    """One copy somebody still has."""

    title: str
    accession_number: str
    loaned_on: date
    due_on: date
    days_late: int
    says_returned: bool = False


@dataclass(frozen=True, slots=True)
class PersonNotice:
    """One person and what they still have; `apart` tells people of one name in one class apart."""

    reader_id: int
    name: str
    apart: str
    card: str
    lines: tuple[BookLine, ...]


@dataclass(frozen=True, slots=True)
class ClassNotice:
    """A class, or (empty name) those of one kind who have none: teachers, staff, others."""

    name: str
    homeroom_id: int | None
    homeroom: str
    homeroom_email: str
    people: tuple[PersonNotice, ...]
    kind: str = ""  # of the readers, where they have no class

    @property
    def title(self) -> str:
        return group_words(self.name, self.kind)

    @property
    def loans(self) -> int:
        return sum(len(person.lines) for person in self.people)


class Reach(StrEnum):
    """What becomes of a class when homeroom teachers are written to."""

    WRITE = "write"
    TOLD = "told"  # in the days before (L161, L232)
    NO_TEACHER = "no_teacher"
    NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class MailLine:
    """A mail as the list shows it."""

    id: int
    reader_id: int | None  # to whom
    state: str  # waiting | sent | failed | cancelled
    to_name: str
    to_address: str
    subject: str
    body: str
    created_on: date
    created_by: str
    attempts: int
    last_error: str
    at: datetime | None  # sent at, or the next try
