"""The figures of one month's report, and the report around them, as plain frozen values.

The skeleton is domain.md §H9. No pupil is named anywhere in here. `figure_ids` of a value open to the
rows behind it (queries.rows_behind). Next: counting.py (what they mean), queries.py (where they come from).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from library.reporting.counting import share, turnover


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """I: what came in, of one document type. Money is whole VND."""

    key: str
    label: str
    copies: int = 0
    budget: int = 0
    other_money: int = 0
    donated: int = 0


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """II.1: one group of readers."""

    key: str
    label: str
    served: int = 0
    distinct: int = 0
    visits: int = 0
    home: int = 0
    in_library: int = 0

    @property
    def share(self) -> float | None:
        return share(self.distinct, self.served)


@dataclass(frozen=True, slots=True)
class RotationRow:
    """II.2: issues of one document type: to persons, sent to class corners, sent on mobile shelves."""

    key: str
    label: str
    persons: int = 0
    corners: int = 0
    shelves: int = 0
    stock: int = 0

    @property
    def total(self) -> int:
        return self.persons + self.corners + self.shelves

    @property
    def turnover(self) -> float | None:
        return turnover(self.total, self.stock)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """II.3 and II.5: one promotion session that was held."""

    session_id: int
    held_on: date
    slot: str
    slot_label: str
    subject: str
    form_label: str
    books: tuple[str, ...]
    audience: str
    attendance: int | None


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """II.4: reading periods of one class."""

    key: str
    label: str
    periods: int
    pupils: int


@dataclass(frozen=True, slots=True)
class Troubles:
    """III: what is wrong, in copies."""

    overdue: int = 0
    lost: int = 0
    damaged: int = 0
    withdrawn: int = 0
    withdrawn_by_reason: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Everything a monthly report counts. Frozen: a sent version never changes (field.md §4.30)."""

    year: int
    month: int
    school_year: str
    mode: str
    from_on: date
    until_on: date
    counted_until_on: date  # the last day, or today while the period runs
    supply: tuple[SupplyRow, ...]
    retro_copies: int
    readers: tuple[ReaderRow, ...]
    rotation: tuple[RotationRow, ...]
    unit_reads: int
    sessions: tuple[SessionLine, ...]  # theme and department
    activities: tuple[SessionLine, ...]  # other sessions
    quota_required: bool
    theme_ok: bool
    department_ok: bool
    periods: tuple[PeriodRow, ...]
    troubles: Troubles

    @property
    def supply_total(self) -> SupplyRow:
        return SupplyRow("total", "TỔNG CỘNG", **_sums(self.supply, SupplyRow))

    @property
    def readers_total(self) -> ReaderRow:
        return ReaderRow("total", "TỔNG CỘNG", **_sums(self.readers, ReaderRow))

    @property
    def pupils_total(self) -> ReaderRow:
        """All grades together."""
        pupils = [row for row in self.readers if row.key.startswith("pupil_")]
        return ReaderRow("pupil", "Học sinh", **_sums(pupils, ReaderRow))

    @property
    def rotation_total(self) -> RotationRow:
        return RotationRow("total", "TỔNG CỘNG", **_sums(self.rotation, RotationRow))

    @property
    def periods_total(self) -> PeriodRow:
        return PeriodRow("total", "TỔNG CỘNG", **_sums(self.periods, PeriodRow))

    @property
    def quota_met(self) -> bool:
        return self.theme_ok and self.department_ok


def _sums(rows: Iterable[Any], kind: type[Any]) -> dict[str, int]:
    names = [item.name for item in fields(kind) if item.name not in ("key", "label")]
    listed = list(rows)
    return {name: sum(getattr(row, name) for row in listed) for name in names}


WORD_KEYS: dict[str, str] = {
    "activities": "Hoạt động khác",
    "coordination": "Công tác phối hợp",
    "shortcomings": "Tồn tại, hạn chế",
    "proposals_school": "Đối với nhà trường",
    "proposals_superior": "Đối với cấp trên",
    "plan": "Kế hoạch tháng sau",
}
"""The parts the librarian writes, each a list of lines."""


@dataclass(frozen=True, slots=True)
class Words:
    """The narrative of a report: for each part of WORD_KEYS its lines."""

    activities: tuple[str, ...] = ()
    coordination: tuple[str, ...] = ()
    shortcomings: tuple[str, ...] = ()
    proposals_school: tuple[str, ...] = ()
    proposals_superior: tuple[str, ...] = ()
    plan: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One version of one month's report, ready to be printed."""

    year: int
    month: int
    version: int  # 0: nothing kept yet
    status: str  # draft | sent
    number: str
    dated_on: date
    figures: MonthFigures
    words: Words
    words_kept: bool  # False: the words are suggestions from the figures
    sent_at: datetime | None = None
    sent_by: str | None = None


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in a list."""

    version: int
    status: str
    number: str
    updated_at: datetime
    sent_at: datetime | None
    sent_by: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that two versions of a month do not share."""

    figure_id: str
    label: str
    before: int | float | None
    after: int | float | None


@dataclass(frozen=True, slots=True)
class RowsBehind:
    """The rows a figure was counted from. `amounts` adds up to the figure (for rates: to their numerator)."""

    figure_id: str
    title: str
    rule: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    amounts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.amounts)


def list_values(figures: MonthFigures) -> dict[str, tuple[str, int | float | None]]:
    """Every figure by its id: (label, value). The ids are stable: pages link to them, versions compare by them."""
    values: dict[str, tuple[str, int | float | None]] = {}

    def add(table: str, rows: Iterable[Any], columns: dict[str, str]) -> None:
        for row in rows:
            for column, label in columns.items():
                values[f"{table}.{row.key}.{column}"] = (f"{row.label}: {label}", getattr(row, column))

    add("supply", (*figures.supply, figures.supply_total), SUPPLY_COLUMNS)
    add("readers", (*figures.readers, figures.pupils_total, figures.readers_total), READER_COLUMNS)
    add("rotation", (*figures.rotation, figures.rotation_total), ROTATION_COLUMNS)
    add("periods", (*figures.periods, figures.periods_total), PERIOD_COLUMNS)
    for name, label in TROUBLE_LABELS.items():
        values[f"troubles.all.{name}"] = (label, getattr(figures.troubles, name))
    values["supply.retro.copies"] = ("Kê khai vốn sẵn có (hồi cố)", figures.retro_copies)
    values["rotation.units.reads"] = ("Lượt đọc tại góc lớp, tủ lưu động", figures.unit_reads)
    values["sessions.theme.count"] = ("Buổi theo chủ điểm", _count(figures.sessions, "theme"))
    values["sessions.department.count"] = ("Buổi theo chuyên đề tổ chuyên môn", _count(figures.sessions, "department"))
    values["sessions.other.count"] = ("Hoạt động khác", len(figures.activities))
    return values


def _count(sessions: Iterable[SessionLine], slot: str) -> int:
    return sum(1 for session in sessions if session.slot == slot)


SUPPLY_COLUMNS = {
    "copies": "Số lượng",
    "budget": "Số tiền (ngân sách)",
    "other_money": "Số tiền (kinh phí khác)",
    "donated": "Trong đó được tặng",
}
READER_COLUMNS = {
    "served": "Số người phục vụ",
    "distinct": "Bạn đọc khác nhau",
    "share": "Tỉ lệ",
    "visits": "Lượt đến thư viện",
    "home": "Lượt mượn về",
    "in_library": "Lượt đọc tại chỗ",
}
ROTATION_COLUMNS = {
    "persons": "Cá nhân",
    "corners": "Góc lớp",
    "shelves": "Tủ lưu động",
    "total": "Tổng lượt",
    "stock": "Số bản hiện có",
    "turnover": "Vòng quay",
}
PERIOD_COLUMNS = {"periods": "Số tiết", "pupils": "Số lượt học sinh"}
TROUBLE_LABELS = {
    "overdue": "Bản quá hạn chưa trả",
    "lost": "Bản mất",
    "damaged": "Bản hỏng",
    "withdrawn": "Bản thanh lý",
}
