"""Many rows at once: ids taken beforehand, values turned once, one statement per table and chunk.

Only for apply.py. Ids are given here because both databases must say which row got which id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from library.foundation.database import BaseModel, database, is_sqlite, require_transaction


def reserve_ids(model: type[BaseModel], count: int) -> list[int]:
    """The next `count` ids of a table, inside a transaction (the writer lock makes this exact)."""
    require_transaction()
    if count == 0:
        return []
    table = model._meta.table_name
    if is_sqlite():
        (highest,) = database.execute_sql(f'SELECT COALESCE(MAX("id"), 0) FROM "{table}"').fetchone()
        return list(range(highest + 1, highest + 1 + count))
    rows = database.execute_sql(
        "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", (f'"{table}"', count)
    )
    return [row[0] for row in rows.fetchall()]


def insert_rows(model: type[BaseModel], columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of values (in the order of `columns`, which are field names) with one statement."""
    require_transaction()
    if not rows:
        return
    fields = [model._meta.fields[name] for name in columns]
    mark = "?" if is_sqlite() else "%s"
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    sql = f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({", ".join([mark] * len(fields))})'
    converters = [field.db_value for field in fields]
    values = [tuple(convert(value) for convert, value in zip(converters, row, strict=True)) for row in rows]
    database.connection().cursor().executemany(sql, values)
