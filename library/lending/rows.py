"""Selects as plain rows, and selects whose SQL text is built once.

`tuples_of`/`dicts_of` are one place for what mypy cannot know: peewee types a select by its model,
whatever shape was asked for. `PreparedSelect` is for what every loan asks: building the text of such a
select costs peewee ten times what SQLite needs to answer it (measured; docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import peewee as pw

from library.foundation.database import database, is_sqlite


def tuples_of(query: Any) -> list[Any]:
    """The rows of a select as tuples, in the order of its columns."""
    return list(query.tuples())


def dicts_of(query: Any) -> list[dict[str, Any]]:
    """The rows of a select as dictionaries by column name or alias."""
    return list(query.dicts())


class _Slot:
    """Stands in the built text for a value that is given with each call."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def slot(name: str) -> Any:
    """Where a value of `PreparedSelect.rows(name=…)` goes; write it as one side of a comparison."""
    return pw.Value(_Slot(name), converter=False)


class PreparedSelect:
    """`build()` returns the select, with `slot(…)` where values go. Columns must be fields or aliases;
    the row's keys are their names."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._made: dict[bool, tuple[str, list[Any], list[tuple[str, Callable[[Any], Any] | None]]]] = {}

    def rows(self, **values: Any) -> list[dict[str, Any]]:
        """Run it. KeyError for a slot without a value."""
        kind = is_sqlite()
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self._make()
        sql, slots, columns = made
        bound = [values[value.name] if isinstance(value, _Slot) else value for value in slots]
        found = database.execute_sql(sql, bound).fetchall()
        return [
            {
                name: value if value is None or convert is None else convert(value)
                for (name, convert), value in zip(columns, row, strict=True)
            }
            for row in found
        ]

    def _make(self) -> tuple[str, list[Any], list[tuple[str, Callable[[Any], Any] | None]]]:
        query = self._build()
        sql, slots = query.sql()
        columns: list[tuple[str, Callable[[Any], Any] | None]] = []
        for node in query._returning:
            name = node._alias if isinstance(node, pw.Alias) else node.name
            field = node.unwrap() if isinstance(node, pw.Alias) else node
            columns.append((name, field.python_value if isinstance(field, pw.Field) else None))
        return sql, list(slots), columns


class PreparedInsert:
    """Insert one row of a model; its text is built once. Fields not given take the model's default."""

    def __init__(self, model: type[pw.Model]) -> None:
        self._model = model
        self._made: dict[bool, tuple[str, list[Any]]] = {}

    def add(self, **values: Any) -> Any:
        """Returns the new row's id where the database makes it, else None. TypeError for an unknown field."""
        kind = is_sqlite()
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self._make(kind)
        sql, fields = made
        unknown = values.keys() - {field.name for field in fields}
        if unknown:
            raise TypeError(f"{self._model.__name__} has no {', '.join(sorted(unknown))}")
        bound = [field.db_value(values.get(field.name, field.default)) for field in fields]
        cursor = database.execute_sql(sql, bound)
        if not isinstance(self._model._meta.primary_key, pw.AutoField):
            return None
        return cursor.lastrowid if kind else cursor.fetchone()[0]

    def _make(self, kind: bool) -> tuple[str, list[Any]]:
        meta = self._model._meta
        fields = [field for field in meta.sorted_fields if not isinstance(field, pw.AutoField)]
        if any(callable(field.default) for field in fields):
            raise ValueError(f"{self._model.__name__}: defaults that are computed are not supported")
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        places = ", ".join(["?" if kind else "%s"] * len(fields))
        sql = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({places})'
        if not kind and isinstance(meta.primary_key, pw.AutoField):
            sql += f' RETURNING "{meta.primary_key.column_name}"'
        return sql, fields
