"""The stock plan: per grade and title of a school year, sets needed against copies there are. Reads only.

Rule L111. Next: pages/lists.py shows it, sheets.py writes it as XLSX.
"""

from __future__ import annotations

from collections.abc import Sequence

import peewee as pw

from library.cataloguing.tables import Copy
from library.foundation.schoolyear import year_before
from library.foundation.tables import SchoolYear
from library.lending.rows import tuples_of
from library.lending.tables import Loan
from library.readers.queries import list_classes
from library.readers.tables import Enrolment, Reader, SchoolClass
from library.textbooks.model import GradePlan, StockLine
from library.textbooks.queries import find_set
from library.textbooks.rules import decide_needed
from library.textbooks.tables import TextbookOwner, TextbookSet

SOURCES: dict[str, str] = {
    "expected": "số dự kiến",
    "classes": "theo danh sách lớp, trừ em tự có sách",
    "moved_up": "tạm tính từ khối dưới năm trước",
    "none": "chưa có lớp",
}
UNUSABLE = ("lost", "missing", "repair")


def list_grades(school_year: str) -> list[int]:
    """Grades that have classes or a set that year (or had classes the year before)."""
    found = {card.grade for card in list_classes(school_year)} | {
        card.grade for card in list_classes(year_before(school_year))
    }
    query = TextbookSet.select(TextbookSet.grade).join(SchoolYear).where(SchoolYear.label == school_year)
    return sorted(found | {grade for (grade,) in tuples_of(query)})


def plan_stock(school_year: str) -> list[GradePlan]:
    """Every grade's plan, the lowest first."""
    plans = []
    for grade in list_grades(school_year):
        chosen = find_set(school_year, grade)
        enrolled, owners = _count_pupils(school_year, grade)
        moving_up, _ = _count_pupils(year_before(school_year), grade - 1)
        pupils, source = decide_needed(chosen.expected_pupils, enrolled, owners, moving_up)
        counts = _count_copies([title.record_id for title in chosen.titles])
        lines = [
            StockLine(
                grade=grade, title=title, needed=pupils if title.required else 0,
                usable=counts.get(title.record_id, (0, 0, 0))[0], out=counts.get(title.record_id, (0, 0, 0))[1],
                unusable=counts.get(title.record_id, (0, 0, 0))[2],
            )
            for title in chosen.titles
        ]  # fmt: skip
        plans.append(GradePlan(grade=grade, pupils=pupils, source=source, lines=tuple(lines)))
    return plans


def _count_pupils(school_year: str, grade: int) -> tuple[int, int]:
    """(pupils enrolled in a grade, of them with books of their own)."""
    query = (
        Enrolment.select(pw.fn.COUNT(Enrolment.id), pw.fn.COUNT(TextbookOwner.id))
        .join(SchoolClass)
        .switch(Enrolment)
        .join(Reader)
        .switch(Enrolment)
        .join(SchoolYear)
        .join(
            TextbookOwner,
            pw.JOIN.LEFT_OUTER,
            on=(TextbookOwner.reader == Reader.id) & (TextbookOwner.school_year == SchoolYear.id),
        )
        .where(
            SchoolYear.label == school_year,
            SchoolClass.grade == grade,
            Reader.status == "active",
            Enrolment.ended_on.is_null(),
        )
    )
    enrolled, owners = tuples_of(query)[0]
    return enrolled, owners


def _count_copies(record_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
    """record id -> (usable copies, of them with somebody, copies that cannot be used now)."""
    if not record_ids:
        return {}
    usable = pw.Case(None, (((Copy.status == "in_service") & (Copy.use == "loan"), 1),), 0)
    unusable = pw.Case(None, ((Copy.status.in_(UNUSABLE), 1),), 0)
    out = pw.Case(None, (((Copy.status == "in_service") & Loan.id.is_null(False), 1),), 0)
    query = (
        Copy.select(Copy.record, pw.fn.SUM(usable), pw.fn.SUM(out), pw.fn.SUM(unusable))
        .join(Loan, pw.JOIN.LEFT_OUTER, on=(Loan.copy == Copy.id) & Loan.returned_at.is_null())
        .where(Copy.record.in_(list(record_ids)))
        .group_by(Copy.record)
    )
    return {record: (int(ok), int(lent), int(bad)) for record, ok, lent, bad in tuples_of(query)}
