"""Words of cataloguing: materials, copy states, and the plain shapes other features read.

Pure. Next: marc.py (record <-> these fields), queries.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Material(StrEnum):
    """Document types (domain.md §C9). The value is stored; labels are in MATERIAL_LABELS."""

    TEXTBOOK = "textbook"
    TEACHER = "teacher"
    REFERENCE = "reference"
    CHILDREN = "children"
    TOOL = "tool"
    PERIODICAL = "periodical"
    MAP_PICTURE = "map_picture"
    DISC = "disc"
    DIGITAL = "digital"


MATERIAL_LABELS: dict[Material, str] = {
    Material.TEXTBOOK: "Sách giáo khoa",
    Material.TEACHER: "Sách nghiệp vụ",
    Material.REFERENCE: "Sách tham khảo",
    Material.CHILDREN: "Sách thiếu nhi",
    Material.TOOL: "Từ điển, tra cứu",
    Material.PERIODICAL: "Báo, tạp chí",
    Material.MAP_PICTURE: "Bản đồ, tranh ảnh",
    Material.DISC: "Băng đĩa",
    Material.DIGITAL: "Học liệu điện tử",
}


class CopyStatus(StrEnum):
    IN_SERVICE = "in_service"
    LOST = "lost"
    MISSING = "missing"
    REPAIR = "repair"
    WITHDRAWN = "withdrawn"


class CopyUse(StrEnum):
    """What a copy may be used for: lent, read in the room, looked up."""

    LOAN = "loan"
    READING_ROOM = "reading_room"
    REFERENCE = "reference"


# Where a copy came from (Acquisition.source), as the register says it.
ACQUISITION_SOURCES: dict[str, str] = {
    "bought": "Mua",
    "district": "Phòng cấp",
    "province": "Sở cấp",
    "donated": "Được tặng",
    "retro": "Hồi cố",
    "other": "Khác",
}


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One record as the search index wants it. Copies that are withdrawn are left out of the copy fields."""

    id: int
    title: str
    subtitle: str
    part: str
    authors: tuple[str, ...]
    publisher: str
    year: int | None
    isbns: tuple[str, ...]
    material: str
    language: str
    collections: tuple[str, ...]  # collection codes
    subjects: tuple[str, ...]  # môn
    grades: tuple[int, ...]  # khối
    shelves: tuple[str, ...]  # thematic tags
    series: str
    book_set: str
    keywords: tuple[str, ...]
    summary: str
    class_number: str
    call_number: str
    accession_numbers: tuple[str, ...]
    barcodes: tuple[str, ...]
    created_at: datetime


def shown_title(title: str, part: str | None) -> str:
    """What a list calls a book: its title with the volume, "Doraemon: Truyện dài. Tập 2". The only place that joins
    them; a long list without volumes is a list of the same book."""
    return f"{title}. {part}" if part else title


@dataclass(frozen=True, slots=True)
class RecordCard:
    """A record as a list shows it."""

    id: int
    title: str
    subtitle: str
    part: str
    authors: tuple[str, ...]
    publisher: str
    year: int | None
    isbn: str | None
    material: str
    class_number: str
    call_number: str
    book_set: str
    cover_file: str | None
    summary: str

    @property
    def full_title(self) -> str:
        """Title, part and subtitle as one line."""
        title = shown_title(self.title, self.part)
        return f"{title}: {self.subtitle}" if self.subtitle else title


@dataclass(frozen=True, slots=True)
class LocalItem:
    """One physical item as a MARC record or a list describes it (852/952/927); empty = not said."""

    accession_number: str = ""
    collection: str = ""  # the source's own word for kho
    shelf_location: str = ""
    price: int | None = None  # whole VND


@dataclass(frozen=True, slots=True)
class RecordFields:
    """A title as people and tables see it; read out of MARC and written back by marc.py.

    All text is NFC. `isbns` are valid 13-digit numbers. `items` is only what an imported record says of
    its copies; the copies themselves are rows of table `copy`.
    """

    title: str
    subtitle: str = ""
    part: str = ""
    responsibility: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    place: str = ""
    year: int | None = None
    isbns: tuple[str, ...] = ()
    language: str = "vie"
    material: Material = Material.REFERENCE
    class_scheme: str = ""  # ddc | bbk19 | ""
    class_number: str = ""
    author_mark: str = ""
    call_number: str = ""  # empty: made of class number and author mark
    series: str = ""
    book_set: str = ""
    edition: str = ""
    pages: str = ""
    size: str = ""
    price: int | None = None  # whole VND
    summary: str = ""
    keywords: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()  # môn
    grades: tuple[int, ...] = ()  # khối
    shelves: tuple[str, ...] = ()  # thematic tags: tủ sách Bác Hồ…
    control_number: str | None = None
    items: tuple[LocalItem, ...] = ()
    problems: tuple[tuple[str, str, str], ...] = ()  # (tag, code, detail): what looked wrong while reading


COPY_STATUS_LABELS: dict[CopyStatus, str] = {
    CopyStatus.IN_SERVICE: "Trong kho",
    CopyStatus.LOST: "Đã mất",
    CopyStatus.MISSING: "Chưa tìm thấy",
    CopyStatus.REPAIR: "Đang tu sửa",
    CopyStatus.WITHDRAWN: "Đã thanh lý",
}

COPY_USE_LABELS: dict[CopyUse, str] = {
    CopyUse.LOAN: "Cho mượn về",
    CopyUse.READING_ROOM: "Đọc tại chỗ",
    CopyUse.REFERENCE: "Chỉ tra cứu",
}

COPY_CONDITION_LABELS: dict[str, str] = {
    "new": "Mới",
    "good": "Tốt",
    "fair": "Khá",
    "worn": "Cũ",
    "torn": "Rách",
    "damaged": "Hư hỏng",
}

# TT 02/2020/TT-BVHTTDL: the five reasons for weeding (domain.md §A5, §H2).
WITHDRAWAL_REASONS: dict[str, str] = {
    "unsuitable": "Không phù hợp diện phục vụ",
    "surplus": "Thừa bản",
    "outdated": "Lạc hậu về nội dung",
    "damaged": "Hư hỏng không thể phục hồi",
    "lost": "Bị mất trong quá trình phục vụ",
}
