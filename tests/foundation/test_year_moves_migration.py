"""Migration 0004 on a database with data: holds keep their rows and may lose their reader; the new tables are there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from library.foundation import database as db
from library.foundation import schema
from tests.old_database import old_database_at


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """As it was before this migration, foreign keys not watched while old rows are put in."""
    with old_database_at(request, tmp_path, "0003_add_unit_planning"):
        sqlite = db.is_sqlite()
        db.database.execute_sql("PRAGMA foreign_keys = OFF" if sqlite else "SET session_replication_role = replica")
        yield


def may_be_empty(table: str, column: str) -> bool:
    return next(one.null for one in db.database.get_columns(table) if one.name == column)


def test_old_holds_stay_and_may_lose_their_reader(old_database: None) -> None:
    execute = db.database.execute_sql
    execute(
        "INSERT INTO hold (id, record_id, reader_id, status, priority, placed_at, note) "
        "VALUES (7, 1, 1, 'waiting', 100, '2026-09-02T00:00:00.000000Z', 'cần gấp')"
    )
    assert not may_be_empty("hold", "reader_id")
    schema.runner().up("0004_add_year_moves_mails_consents")
    assert may_be_empty("hold", "reader_id") and not may_be_empty("hold", "record_id")
    assert [tuple(row) for row in execute("SELECT id, reader_id, note FROM hold").fetchall()] == [(7, 1, "cần gấp")]
    execute("UPDATE hold SET reader_id = NULL")
    assert {"year_move", "year_move_line", "mail_message", "reader_consent"} <= set(db.database.get_tables())
    if db.is_sqlite():
        assert execute("PRAGMA integrity_check").fetchall() == [("ok",)]
