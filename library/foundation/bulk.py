"""Many rows at once: ids taken beforehand, one statement per table and chunk, long IN lists without a query tree.

For imports and the outbox, where building SQL row by row costs more than running it. Ids are given here because
both databases must say which row got which id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from library.foundation.database import BaseModel, InstantField, JsonField, database, is_sqlite, require_transaction


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
    # Only our own fields change a value on its way in; numbers, text, dates and bytes go as they are.
    special = [
        (place, field.db_value) for place, field in enumerate(fields) if isinstance(field, (JsonField, InstantField))
    ]
    values = [list(row) for row in rows]
    for row_values in values:
        for place, convert in special:
            row_values[place] = convert(row_values[place])
    database.connection().cursor().executemany(sql, values)


def select_in(sql: str, values: Sequence[Any], chunk: int = 500) -> Iterator[tuple[Any, ...]]:
    """Rows of `sql`, whose one `{}` becomes the list of place-holders of an IN; values as the database has them."""
    mark = "?" if is_sqlite() else "%s"
    for start in range(0, len(values), chunk):
        part = values[start : start + chunk]
        yield from database.execute_sql(sql.format(", ".join([mark] * len(part))), tuple(part)).fetchall()
