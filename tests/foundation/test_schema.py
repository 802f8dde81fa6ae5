"""Migrations and models say the same thing, on both databases; the app refuses to run on old schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from library.foundation import database as db
from library.foundation import schema
from library.foundation.errors import Unavailable


def test_migrations_make_exactly_the_models_on_sqlite(tmp_path: Path) -> None:
    migrated = db.connect(tmp_path / "migrated.db")
    schema.upgrade()
    by_migrations = schema.read_schema()
    migrated.close()
    created = db.connect(tmp_path / "created.db")
    created.create_tables(schema.list_models(), safe=False)
    schema.runner().History.create_table(safe=False)
    by_models = schema.read_schema()
    created.close()
    assert by_migrations == by_models


@pytest.mark.postgres
def test_migrations_make_exactly_the_models_on_postgres(postgres_database: str) -> None:
    by_migrations = schema.read_schema()
    db.database.drop_tables(schema.list_models(), safe=True)
    db.database.create_tables(schema.list_models(), safe=False)
    assert schema.read_schema() == by_migrations


def test_a_database_behind_the_program_is_refused(tmp_path: Path) -> None:
    db.connect(tmp_path / "empty.db")
    with pytest.raises(Unavailable) as refusal:
        schema.require_current()
    assert refusal.value.code == "database_pending"
    schema.upgrade()
    schema.require_current()


def test_a_database_ahead_of_the_program_is_refused(sqlite_database: str) -> None:
    schema.runner().History.create(name="9999_from_the_future")
    with pytest.raises(Unavailable) as refusal:
        schema.require_current()
    assert refusal.value.code == "database_newer"
    assert refusal.value.params["migrations"] == ["9999_from_the_future"]


def test_a_database_keeps_its_identity(sqlite_database: str) -> None:
    first, school = schema.database_uuid(), schema.school_uuid()
    assert schema.upgrade() == []
    assert (schema.database_uuid(), schema.school_uuid()) == (first, school) and first != school
