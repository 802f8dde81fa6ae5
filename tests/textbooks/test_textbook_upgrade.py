"""A school of release 0.1 with books on loan is upgraded: nothing is lost, and its textbooks can be collected."""

from __future__ import annotations

from pathlib import Path

import pytest
from lending_world import STAFF, open_school

from library.foundation import database as db
from library.foundation import preferences, schema
from library.lending.service import check_out
from library.lending.tables import Loan
from library.readers.queries import get_class
from library.textbooks.collecting import collect
from library.textbooks.queries import get_class_sheet

OURS = ("0002_add_textbooks", "0008_add_lesson_bookings", "0013_add_lesson_series")
TABLES = ("series_lesson", "booked_copy", "booked_title", "lesson_booking", "textbook_loan", "textbook_batch", "textbook_owner",
          "textbook_set_title", "textbook_set")  # fmt: skip


def step_back() -> None:
    """The database as it was before these tables: they are empty, so they go with their history."""
    for table in TABLES:
        db.database.execute_sql(f'DROP TABLE "{table}"')
    history = schema.runner().History
    history.delete().where(history.name.in_(OURS)).execute()


def upgrade_with_loans() -> None:
    with open_school() as world:
        books = world.add_title("Toán 6", 3, "textbook", "SGK")
        for name, book in zip(("Trần Minh An", "Lê Thanh Bình"), books, strict=False):
            check_out(book, reader_id=world.readers[name], actor=STAFF, channel="desk")
        step_back()
        assert schema.list_pending() == list(OURS)
        assert schema.upgrade() == list(OURS)
        schema.require_current()
        assert Loan.select().where(Loan.returned_at.is_null()).count() == 2
        sheet = get_class_sheet(world.classes["6A1"])
        assert get_class(sheet.class_id).pupils == 3
        assert [cell.barcode for pupil in sheet.pupils for cell in pupil.others] == books[:2]
        done = collect([books[1], books[0], books[2]], actor=STAFF)
        assert [line.reader_name for line in done.lines] == ["Lê Thanh Bình", "Trần Minh An"]
        assert [code for code, _ in done.not_on_loan] == [books[2]]


def test_an_old_school_on_sqlite(sqlite_database: str) -> None:
    upgrade_with_loans()


@pytest.mark.postgres
def test_an_old_school_on_postgres(postgres_database: str) -> None:
    upgrade_with_loans()


def test_a_file_of_the_first_release_goes_all_the_way(tmp_path: Path) -> None:
    real = db.connect(tmp_path / "old.db")
    preferences.forget_cache()
    schema.runner().up("0001_create_schema")
    real.execute_sql(
        "INSERT INTO school_year (label, starts_on, term2_starts_on, ends_on)"
        " VALUES ('2026-2027', '2026-08-01', '2027-01-18', '2027-07-31')"
    )
    schema.upgrade()
    schema.require_current()
    assert real.execute_sql("SELECT label FROM school_year").fetchall() == [("2026-2027",)]
    real.close()
