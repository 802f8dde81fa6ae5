"""Migrations 0013 and 0014 on a database with booked lessons: they stay, may stand in a series, books may be counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import peewee as pw
import pytest

from library.foundation import schema
from tests.old_database import old_database_at, put, rows

AT = "2026-09-02T00:00:00.000000Z"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """A database of the version before, with a teacher and two lessons."""
    with old_database_at(request, tmp_path, "0012_add_kiosk_releases"):
        put("reader", id=5, kind="teacher", full_name="Nguyễn Văn Dũng", sort_key="dung", fold_key="dung", status="active",
            note="", created_at=AT, updated_at=AT)  # fmt: skip
        for number, day in ((1, "2026-12-01"), (2, "2026-12-08")):
            put("lesson_booking", id=number, lesson_on=day, first_period=3, last_period=3, teacher_id=5, subject="Ngữ văn",
                equipment="", status="planned", placed_at=AT, placed_by="Cô Lan", note="")  # fmt: skip
        yield


def test_lessons_stay_and_may_stand_in_a_series(old_database: None) -> None:
    before = rows("SELECT id, lesson_on, subject, status FROM lesson_booking ORDER BY id")
    schema.runner().up("0013_add_lesson_series")
    assert rows("SELECT id, lesson_on, subject, status FROM lesson_booking ORDER BY id") == before
    assert rows("SELECT COUNT(*) FROM series_lesson") == [(0,)]
    for number in (1, 2):
        put("series_lesson", booking_id=number, first_id=1)
    with pytest.raises(pw.IntegrityError):
        put("series_lesson", booking_id=2, first_id=2)  # a lesson is in one series
    with pytest.raises(pw.IntegrityError):
        put("series_lesson", booking_id=99, first_id=1)
    schema.runner().up("0014_add_stocktakes")
    assert rows("SELECT COUNT(*) FROM series_lesson") == [(2,)]
    put("stocktake", id=1, name="Kiểm kê", started_at=AT, started_by="Cô Lan")
    scan = {"stocktake_id": 1, "outcome": "unknown", "detail": "", "scanned_at": AT, "scanned_by": "Cô Lan"}
    put("stocktake_scan", code="LA-LA", **scan)
    with pytest.raises(pw.IntegrityError):
        put("stocktake_scan", code="LA-LA", **scan)  # a book counts once
