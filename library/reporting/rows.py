"""The rows behind a figure: `rows_behind(figure_id, year, month)`.

Uses the conditions of queries.py, so a figure always equals the sum of its rows. Rows name no pupil:
a reader appears as class or group only. Never commits. Next: service.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import peewee as pw

from library.cataloguing.model import ACQUISITION_SOURCES, MATERIAL_LABELS, WITHDRAWAL_REASONS, Material
from library.cataloguing.tables import Acquisition, Copy, Record
from library.foundation.errors import NotFound
from library.foundation.schoolyear import class_sort_key
from library.lending.tables import HandOver, HoldingUnit, Loan, Placement, UnitUse, Visit
from library.promotion import queries as promotion
from library.promotion.model import FORM_LABELS, PERIOD_LABELS, SessionStatus
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.reporting import counting, queries
from library.reporting.counting import GROUP_LABELS, Window, group_of, reader_row_of
from library.reporting.model import (
    PERIOD_COLUMNS,
    READER_COLUMNS,
    ROTATION_COLUMNS,
    SUPPLY_COLUMNS,
    TROUBLE_LABELS,
    RowsBehind,
)

Fact = tuple[tuple[Any, ...], int]
Found = tuple[str, tuple[str, ...], list[Fact]]

_FUNDING = {"budget": "Ngân sách", "other": "Kinh phí khác"}


def rows_behind(figure_id: str, window: Window, today: date) -> RowsBehind:
    """The rows a figure of this window was counted from. NotFound(`figure_unknown`) for an id that is none."""
    parts = figure_id.split(".")
    finder = _FINDERS.get((parts[0], parts[2])) if len(parts) == 3 else None
    if finder is None:
        raise NotFound("figure_unknown", figure_id=figure_id)
    rule, columns, facts = finder(parts[1], window, min(window.until_on, today))
    return RowsBehind(
        figure_id=figure_id,
        title=_title(*parts),
        rule=rule,
        columns=columns,
        rows=tuple(cells for cells, _ in facts),
        amounts=tuple(amount for _, amount in facts),
    )


def _title(table: str, row: str, column: str) -> str:
    columns: dict[str, dict[str, str]] = {
        "supply": SUPPLY_COLUMNS, "readers": READER_COLUMNS, "rotation": ROTATION_COLUMNS, "periods": PERIOD_COLUMNS,
        "troubles": TROUBLE_LABELS,
    }  # fmt: skip
    if (table, row) == ("supply", "retro"):
        return "Kê khai vốn sẵn có (hồi cố)"
    if (table, row) == ("rotation", "units"):
        return "Lượt đọc tại góc lớp, tủ lưu động"
    if table == "sessions":
        return {"theme": "Buổi theo chủ điểm", "department": "Buổi theo chuyên đề"}.get(row, "Hoạt động khác")
    label = columns[table].get(column, column)
    if row == "all":
        return label
    if row == "total":
        return f"{label}: tất cả"
    if table == "readers":
        row_label = "Học sinh" if row == "pupil" else queries.reader_label(row)
    else:
        row_label = GROUP_LABELS.get(row, row)
    return f"{row_label}: {label}"


def _in_reader_row(row: str, kind: str, grade: int | None) -> bool:
    own = reader_row_of(kind, grade)
    return row == "total" or own == row or (row == "pupil" and own.startswith("pupil_"))


def _in_group(group: str, material: str) -> bool:
    return group in ("total", group_of(material))


def _material(value: str) -> str:
    return MATERIAL_LABELS[Material(value)] if value in set(Material) else value


def _who(kind: str, grade: int | None, class_name: str | None = None) -> str:
    return class_name or queries.reader_label(reader_row_of(kind, grade))


def _supply(column: str) -> Callable[[str, Window, date], Found]:
    def find(group: str, window: Window, day: date) -> Found:
        condition = queries.declared_retro(window) if group == "retro" else queries.supplied(window)
        rows = (
            Copy.select(
                Copy.received_on, Copy.accession_number, Record.title, Record.material, Copy.price,
                Acquisition.source, Acquisition.funding,
            )
            .join(Record)
            .switch(Copy)
            .join(Acquisition, pw.JOIN.LEFT_OUTER)
            .where(condition)
            .order_by(Copy.received_on, Copy.id)
            .tuples()
        )  # fmt: skip
        facts: list[Fact] = []
        for received_on, number, title, material, price, source, funding in rows:
            if group != "retro" and not _in_group(group, material):
                continue
            donated = source == "donated"
            amount = 1
            if column == "donated" and not donated:
                continue
            if column in ("budget", "other_money"):
                if donated or (funding == "budget") != (column == "budget"):
                    continue
                amount = price or 0
            came = ACQUISITION_SOURCES.get(source or "retro", source)
            shown = (received_on, number, title, _material(material), price, came,
                     "" if donated else _FUNDING.get(funding or "", ""))  # fmt: skip
            facts.append((shown, amount))
        rule = "C12" if column in ("budget", "other_money") else "C11"
        return rule, ("Ngày nhập kho", "Số ĐKCB", "Tên sách", "Loại", "Giá (đồng)", "Nguồn", "Kinh phí"), facts

    return find


def _loans(window: Window, condition: pw.Expression) -> list[tuple[Any, ...]]:
    return list(
        Loan.select(
            Loan.loaned_on, Copy.accession_number, Record.title, Loan.material, Loan.reader_kind, Loan.grade,
            Loan.class_name, Loan.purpose, Loan.due_on, Loan.returned_on,
        )
        .join(Copy)
        .join(Record)
        .where(condition)
        .order_by(Loan.loaned_on, Loan.id)
        .tuples()
    )  # fmt: skip


_LOAN_COLUMNS = ("Ngày mượn", "Số ĐKCB", "Tên sách", "Loại", "Lớp, nhóm")


def _loan_fact(row: tuple[Any, ...]) -> Fact:
    loaned_on, number, title, material, kind, grade, class_name = row[:7]
    return (loaned_on, number, title, _material(material), _who(kind, grade, class_name)), 1


def _reader_loans(column: str) -> Callable[[str, Window, date], Found]:
    def find(line: str, window: Window, day: date) -> Found:
        rows = _loans(window, queries.counted_loans(window) & ~queries.in_unit())
        facts = [
            _loan_fact(row)
            for row in rows
            if _in_reader_row(line, row[4], row[5]) and counting.loan_column(row[7], False) == column
        ]
        return ("C6" if column == counting.HOME else "C7"), _LOAN_COLUMNS, facts

    return find


def _served(line: str, window: Window, day: date) -> Found:
    counts: Counter[str] = Counter()
    groups: dict[str, tuple[str, int | None]] = {}
    if line in ("total", "pupil") or line.startswith("pupil_"):
        for name, grade, count in (
            queries.served_pupils(day)
            .select(SchoolClass.name, SchoolClass.grade, pw.fn.COUNT(Enrolment.reader.distinct()))
            .group_by(SchoolClass.name, SchoolClass.grade)
            .tuples()
        ):
            if _in_reader_row(line, "pupil", grade):
                counts[name] += count
                groups[name] = ("pupil", grade)
    adults = Reader.select(Reader.kind, pw.fn.COUNT(Reader.id)).where(queries.served_adults(day)).group_by(Reader.kind)
    for kind, count in adults.tuples():
        if _in_reader_row(line, kind, None):
            label = {"teacher": "Giáo viên", "staff": "Nhân viên", "parent": "Phụ huynh"}.get(kind, "Bạn đọc khác")
            counts[label] += count
    facts = [((name, count), count) for name, count in sorted(counts.items(), key=lambda item: class_sort_key(item[0]))]
    return "C4", ("Lớp, nhóm", "Số người"), facts


def _distinct(line: str, window: Window, day: date) -> Found:
    """By class, not by name: what a pupil borrows is nobody's business but the desk's."""
    members = queries.distinct_readers(window)
    wanted = {
        reader_id
        for reader_id, row in members.items()
        if line in ("total", row) or (line == "pupil" and row.startswith("pupil_"))
    }
    class_of: dict[int, str] = {}
    loans = Loan.select(Loan.reader, Loan.class_name).where(
        queries.counted_loans(window), Loan.reader.is_null(False), Loan.class_name.is_null(False)
    )
    class_of.update(dict(loans.order_by(Loan.loaned_on, Loan.id).tuples()))
    visits = (
        Visit.select(Visit.reader, SchoolClass.name)
        .join(SchoolClass)
        .where(queries.counted_visits(window), Visit.reader.is_null(False))
    )
    for reader_id, name in visits.tuples():
        class_of.setdefault(reader_id, name)
    counts = Counter(class_of.get(reader_id) or queries.reader_label(members[reader_id]) for reader_id in wanted)
    facts = [((name, count), count) for name, count in sorted(counts.items(), key=lambda item: class_sort_key(item[0]))]
    return "C9", ("Lớp, nhóm", "Số bạn đọc"), facts


def _visits(line: str, window: Window, day: date) -> Found:
    rows = (
        Visit.select(Visit.visited_on, Visit.reader_kind, Visit.grade, SchoolClass.name, Visit.purpose, Visit.people)
        .join(SchoolClass, pw.JOIN.LEFT_OUTER)
        .where(queries.counted_visits(window))
        .order_by(Visit.visited_on, Visit.id)
        .tuples()
    )
    words = {"read": "Đọc", "borrow": "Mượn trả", "lesson": "Tiết học", "orientation": "Hướng dẫn"}
    facts: list[Fact] = [
        ((day_, _who(kind, grade, name), words.get(purpose, "Khác"), people), people)
        for day_, kind, grade, name, purpose, people in rows
        if _in_reader_row(line, kind, grade)
    ]
    return "C5", ("Ngày", "Lớp, nhóm", "Mục đích", "Số lượt"), facts


def _persons(group: str, window: Window, day: date) -> Found:
    rows = _loans(window, queries.counted_loans(window) & ~queries.in_unit())
    return "C6", _LOAN_COLUMNS, [_loan_fact(row) for row in rows if _in_group(group, row[3])]


def _placements(window: Window) -> Iterable[tuple[Any, ...]]:
    sent = queries.select_sent_out(
        window, Placement.placed_on, HandOver.number, HoldingUnit.name, HoldingUnit.kind, Copy.accession_number,
        Record.title, Record.material,
    )  # fmt: skip
    return sent.order_by(Placement.placed_on, Placement.id).tuples()


_PLACED_COLUMNS = ("Ngày giao", "Số phiếu", "Nơi nhận", "Số ĐKCB", "Tên sách", "Loại")


def _placed(corners: bool | None) -> Callable[[str, Window, date], Found]:
    def find(group: str, window: Window, day: date) -> Found:
        facts: list[Fact] = []
        for placed_on, document, unit, kind, number, title, material in _placements(window):
            if _in_group(group, material) and corners in (None, kind == counting.CORNER):
                facts.append(((placed_on, document, unit, number, title, _material(material)), 1))
        return "C8", _PLACED_COLUMNS, facts

    return find


def _issues(group: str, window: Window, day: date) -> Found:
    """Everything that makes a line's total, and the numerator of its turnover."""
    _, _, persons = _persons(group, window, day)
    _, _, placed = _placed(None)(group, window, day)
    facts = [((cells[0], "Cá nhân", cells[1], cells[2], cells[3]), 1) for cells, _ in persons]
    facts += [((cells[0], cells[2], cells[3], cells[4], cells[5]), 1) for cells, _ in placed]
    facts.sort(key=lambda fact: (fact[0][0], str(fact[0][2])))
    return "C10", ("Ngày", "Mượn, giao cho", "Số ĐKCB", "Tên sách", "Loại"), facts


def _stock(group: str, window: Window, day: date) -> Found:
    rows = (
        Copy.select(Record.title, Record.material, pw.fn.COUNT(Copy.id))
        .join(Record)
        .where(queries.held_on(day))
        .group_by(Record.id, Record.title, Record.material, Record.title_sort)
        .order_by(Record.title_sort, Record.id)
        .tuples()
    )
    facts: list[Fact] = [
        ((title, _material(material), count), count) for title, material, count in rows if _in_group(group, material)
    ]
    return "C10", ("Tên sách", "Loại", "Số bản"), facts


def _unit_reads(line: str, window: Window, day: date) -> Found:
    logged = (
        UnitUse.select(UnitUse.used_on, HoldingUnit.name, UnitUse.kind, UnitUse.count)
        .join(HoldingUnit)
        .where(UnitUse.used_on.between(window.from_on, window.until_on))
        .order_by(UnitUse.used_on, UnitUse.id)
        .tuples()
    )
    facts: list[Fact] = [
        ((day_, unit, "Mượn" if kind == "borrowed" else "Đọc", count), count) for day_, unit, kind, count in logged
    ]
    lent = (
        Loan.select(Loan.loaned_on, HoldingUnit.name)
        .join(HoldingUnit, pw.JOIN.LEFT_OUTER)
        .where(queries.counted_loans(window), queries.in_unit())
        .order_by(Loan.loaned_on, Loan.id)
        .tuples()
    )
    facts += [((day_, unit or "", "Mượn", 1), 1) for day_, unit in lent]
    return "C8", ("Ngày", "Góc lớp, tủ", "Việc", "Số lượt"), facts


def _reading(column: str) -> Callable[[str, Window, date], Found]:
    def find(class_name: str, window: Window, day: date) -> Found:
        facts: list[Fact] = []
        for row in promotion.list_reading_periods(window.from_on, window.until_on):
            if class_name in ("total", row.class_name):
                shown = (row.held_on, row.period, row.class_name, PERIOD_LABELS[row.kind], row.content, row.pupils)
                facts.append((shown, 1 if column == "periods" else row.pupils))
        return "C16", ("Ngày", "Tiết", "Lớp", "Loại", "Nội dung", "Số học sinh"), facts

    return find


def _sessions(slot: str, window: Window, day: date) -> Found:
    held = promotion.list_sessions(window.from_on, window.until_on, statuses=(SessionStatus.HELD,))
    facts: list[Fact] = [
        ((row.held_on, row.subject, FORM_LABELS[row.form], row.audience, row.attendance), 1)
        for row in held
        if row.slot.value == slot
    ]
    return "C15", ("Ngày", "Chủ đề", "Hình thức", "Đối tượng", "Lượt dự"), facts


def _overdue(line: str, window: Window, day: date) -> Found:
    facts: list[Fact] = [
        ((row[0], row[8], row[1], row[2], _who(row[4], row[5], row[6])), 1)
        for row in _loans(window, queries.overdue_on(day))
    ]
    return "C13", ("Ngày mượn", "Hạn trả", "Số ĐKCB", "Tên sách", "Lớp, nhóm"), facts


def _copies(ids_of: Callable[[Window], set[int]]) -> Callable[[str, Window, date], Found]:
    def find(line: str, window: Window, day: date) -> Found:
        ids = sorted(ids_of(window))
        facts: list[Fact] = []
        for start in range(0, len(ids), 400):
            rows = (
                Copy.select(Copy.accession_number, Record.title, Record.material)
                .join(Record)
                .where(Copy.id.in_(ids[start : start + 400]))
                .order_by(Copy.accession_number)
            )
            facts += [((number, title, _material(material)), 1) for number, title, material in rows.tuples()]
        return "C14", ("Số ĐKCB", "Tên sách", "Loại"), facts

    return find


def _withdrawn(line: str, window: Window, day: date) -> Found:
    rows = (
        Copy.select(
            Copy.withdrawn_on, Copy.accession_number, Record.title, Copy.withdrawal_reason, Copy.withdrawal_minutes
        )
        .join(Record)
        .where(queries.withdrawn(window))
        .order_by(Copy.withdrawn_on, Copy.accession_number)
    )
    facts: list[Fact] = [
        ((day_, number, title, WITHDRAWAL_REASONS.get(reason or "", "Lý do khác"), minutes or ""), 1)
        for day_, number, title, reason, minutes in rows.tuples()
    ]
    return "C14", ("Ngày", "Số ĐKCB", "Tên sách", "Lý do", "Biên bản"), facts


_FINDERS: dict[tuple[str, str], Callable[[str, Window, date], Found]] = {
    **{("supply", column): _supply(column) for column in SUPPLY_COLUMNS},
    ("readers", "served"): _served,
    ("readers", "distinct"): _distinct,
    ("readers", "share"): _distinct,
    ("readers", "visits"): _visits,
    ("readers", "home"): _reader_loans(counting.HOME),
    ("readers", "in_library"): _reader_loans(counting.IN_LIBRARY),
    ("rotation", "persons"): _persons,
    ("rotation", "corners"): _placed(True),
    ("rotation", "shelves"): _placed(False),
    ("rotation", "total"): _issues,
    ("rotation", "turnover"): _issues,
    ("rotation", "stock"): _stock,
    ("rotation", "reads"): _unit_reads,
    **{("periods", column): _reading(column) for column in PERIOD_COLUMNS},
    ("sessions", "count"): _sessions,
    ("troubles", "overdue"): _overdue,
    ("troubles", "lost"): _copies(queries.lost_copy_ids),
    ("troubles", "damaged"): _copies(queries.damaged_copy_ids),
    ("troubles", "withdrawn"): _withdrawn,
}
