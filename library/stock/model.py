"""Shapes of a stock-take (kiểm kê): what a scan tells, what is missing, what the minutes add up to. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

OUTCOME_LABELS: dict[str, str] = {
    "found": "Có trên giá",
    "back": "Tìm thấy lại",
    "on_loan": "Đang ghi cho mượn",
    "in_unit": "Đang ghi ở góc lớp, tủ",
    "lost": "Đang ghi là mất",
    "elsewhere": "Thuộc kho khác",
    "withdrawn": "Đã thanh lý",
    "unknown": "Không có trong sổ",
}
TO_SETTLE = ("on_loan", "in_unit", "lost")
"""The books say it is somewhere else, and here it is: staff decide (L198)."""
SETTLE_LABELS: dict[str, str] = {
    "on_loan": "Nhận trả", "in_unit": "Nhận về kho", "lost": "Đã tìm thấy",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What one scan of a stock-take was. `detail`: whose, which corner, which collection; `repeated`: counted
    before."""

    code: str
    title: str
    outcome: str
    detail: str = ""
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLine:
    """A scan that stays to be looked at."""

    scan_id: int
    code: str
    title: str
    outcome: str
    detail: str
    settled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingLine:
    """A copy that should stand on its shelf and was not seen."""

    copy_id: int
    accession_number: str
    title: str
    collection: str
    place: str
    price: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesLine:
    """A kind of document in the minutes. on_books = here + lent + short; money in whole đồng."""

    material: str
    on_books: int = 0
    on_books_sum: int = 0
    here: int = 0
    here_sum: int = 0
    lent: int = 0
    short: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StocktakeLine:
    """A stock-take in the list and at the head of its page. `range_name`: the collection, or all."""

    id: int
    name: str
    collection_id: int | None
    range_name: str
    started_at: datetime
    started_by: str
    closed_at: datetime | None
    closed_by: str

    @property
    def open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """What a stock-take found, now or as it was closed. `extra`: scans that are not on the books of its range."""

    on: date
    lines: tuple[MinutesLine, ...]
    missing: tuple[MissingLine, ...]
    extra: int

    @property
    def total(self) -> MinutesLine:
        names = ("on_books", "on_books_sum", "here", "here_sum", "lent", "short", "damaged")
        return MinutesLine(material="", **{name: sum(getattr(line, name) for line in self.lines) for name in names})
