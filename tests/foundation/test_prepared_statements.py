"""Statements whose text is built once: what stands in the text, what is bound, and that both find the same."""

from __future__ import annotations

import importlib

import peewee as pw
import pytest

from library.foundation.database import database
from library.foundation.rows import PreparedSelect, slot
from library.foundation.tables import Preference

ROOMS = ("library.access.devices", "library.lending.desk_facts", "library.lending.idempotency",
         "library.lending.settings_reader")  # fmt: skip


def the_prepared() -> list[tuple[str, PreparedSelect]]:
    return [
        (f"{room}.{name}", value)
        for room in ROOMS
        for name, value in vars(importlib.import_module(room)).items()
        if isinstance(value, PreparedSelect)
    ]


@pytest.mark.parametrize("prepared", [one for _, one in the_prepared()], ids=[name for name, _ in the_prepared()])
def test_a_loan_binds_only_what_differs_from_call_to_call(sqlite_database: str, prepared: PreparedSelect) -> None:
    """A bound `status = ?` makes SQLite plan the statement anew in every call (partial indexes)."""
    made = prepared._select()
    assert [type(value).__name__ for value in made.slots] == ["_Slot"] * made.sql.count("?")


@pytest.fixture(params=["sqlite_database", pytest.param("postgres_database", marks=pytest.mark.postgres)])
def either_database(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.mark.parametrize("word", ["đọc", "it's", "100 %", "a?b", "%s", "plain_word", ""])
def test_whatever_the_constant_is_the_same_rows_are_found(either_database: str, word: str) -> None:
    with database.atomic():
        for key in ("here", "there"):
            Preference.insert(key=key, value=1, updated_at="2026-11-26T00:00:00.000000Z", updated_by=word).execute()
    chosen = PreparedSelect(
        lambda: (
            Preference.select(Preference.key, Preference.updated_by)
            .where(Preference.updated_by == word, Preference.key == slot("key"), pw.Value(3) == 3)
            .limit(2)
        )
    )
    assert chosen.rows(key="here") == [{"key": "here", "updated_by": word}]
    assert chosen.rows(key="there") == [{"key": "there", "updated_by": word}]
    assert chosen.rows(key="gone") == []
