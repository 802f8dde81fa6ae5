"""A database of an earlier version, filled by plain SQL, for the tests of migrations."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from library.foundation import database as db
from library.foundation import schema


@contextmanager
def old_database_at(request: pytest.FixtureRequest, tmp_path: Path, version: str) -> Iterator[None]:
    """Bound and migrated up to `version`; SQLite or PostgreSQL by the fixture's parameter."""
    if request.param == "sqlite":
        real = db.connect(tmp_path / "old.db")
    else:
        uri = request.getfixturevalue("postgres_server")
        name = f"kesach_{version[:4]}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        head, _, query = uri.partition("?")
        real = db.connect(f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else ""))
    schema.runner().up(version)
    yield
    real.close()


def put(table: str, **values: object) -> None:
    names, marks = ", ".join(values), ", ".join([db.database.param] * len(values))
    with db.database.atomic():
        db.database.execute_sql(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))


def rows(query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.database.execute_sql(query).fetchall()]
