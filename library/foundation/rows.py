"""Selects as plain rows, and statements whose SQL text is built once.

`tuples_of`/`dicts_of` are one place for what mypy cannot know: peewee types a select by its model,
whatever shape was asked for. `PreparedSelect` and `PreparedInsert` are for what every loan asks and writes:
building the text of such a statement costs peewee ten times what SQLite needs to run it (measured;
docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import peewee as pw

from library.foundation.database import database, is_sqlite

Convert = Callable[[Any], Any]


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


class _Select:
    """A built select: its text, what is bound, the names of its columns and those that need converting."""

    def __init__(self, query: Any) -> None:
        self.sql, self.slots = _inline_constants("?" if is_sqlite() else "%s", *query.sql())
        self.names: list[str] = []
        self.converts: list[tuple[str, Convert]] = []
        for node in query._returning:
            name = node._alias if isinstance(node, pw.Alias) else node.name
            field = node.unwrap() if isinstance(node, pw.Alias) else node
            self.names.append(name)
            convert = _converter(field)
            if convert is not None:
                self.converts.append((name, convert))


def _inline_constants(placeholder: str, sql: str, values: list[Any]) -> tuple[str, list[Any]]:
    """Numbers and words that are the same in every call stand in the text itself. Bound, SQLite would plan the
    statement anew in each call: whether a partial index serves `status = ?` depends on the value."""
    pieces = sql.split(placeholder)
    if len(pieces) != len(values) + 1:  # a placeholder inside a quoted name or word: nothing is touched
        return sql, values
    text, bound = pieces[0], []
    for value, piece in zip(values, pieces[1:], strict=True):
        literal = _literal(value)
        if literal is None:
            bound.append(value)
        text += (placeholder if literal is None else literal) + piece
    return text, bound


def _literal(value: Any) -> str | None:
    if type(value) is int:
        return str(value)
    if type(value) is str and value.isascii() and value.replace("_", "").isalnum():
        return f"'{value}'"
    return None


class PreparedSelect:
    """`build()` returns the select, with `slot(…)` where values go. Columns must be fields or aliases;
    the row's keys are their names."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._made: dict[bool, _Select] = {}

    def rows(self, **values: Any) -> list[dict[str, Any]]:
        """Run it. KeyError for a slot without a value."""
        made = self._select()
        rows = [dict(zip(made.names, row, strict=True)) for row in self._run(made, values)]
        for name, convert in made.converts:
            for row in rows:
                value = row[name]
                if value is not None:
                    row[name] = convert(value)
        return rows

    def raw(self, **values: Any) -> tuple[tuple[Any, ...], ...]:
        """Run it; the rows as the database gives them, to compare with what was read before."""
        return tuple(self._run(self._select(), values))

    def read(self, raw: tuple[tuple[Any, ...], ...]) -> list[dict[str, Any]]:
        """What `rows` would have made of these raw rows."""
        made = self._select()
        converts = dict(made.converts)
        return [
            {
                name: value if value is None or name not in converts else converts[name](value)
                for name, value in zip(made.names, row, strict=True)
            }
            for row in raw
        ]

    def _select(self) -> _Select:
        kind = is_sqlite()
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = _Select(self._build())
        return made

    @staticmethod
    def _run(made: _Select, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        bound = [values[value.name] if isinstance(value, _Slot) else value for value in made.slots]
        found: list[tuple[Any, ...]] = database.execute_sql(made.sql, bound).fetchall()
        return found


def _converter(node: Any) -> Convert | None:
    """How a value of this column becomes ours; None where the driver's value is it already."""
    if isinstance(node, pw.ForeignKeyField):
        return _converter(node.rel_field)
    if not isinstance(node, pw.Field) or isinstance(node, (pw.IntegerField, pw.CharField, pw.TextField)):
        return None
    if isinstance(node, pw.DateField):
        return _as_date
    if isinstance(node, pw.BooleanField):
        return bool
    convert: Convert = node.python_value
    return convert


def _as_date(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


class PreparedInsert:
    """Insert one row of a model; its text is built once. Fields not given take the model's default."""

    def __init__(self, model: type[pw.Model]) -> None:
        self._model = model
        self._made: dict[bool, tuple[str, list[tuple[str, Any, Convert | None]]]] = {}

    def add(self, **values: Any) -> Any:
        """Returns the new row's id where the database makes it, else None. TypeError for an unknown field."""
        kind = is_sqlite()
        made = self._made.get(kind)
        if made is None:
            made = self._made[kind] = self._make(kind)
        sql, fields = made
        bound = []
        for name, default, convert in fields:
            value = values.pop(name, default)
            bound.append(value if convert is None or value is None else convert(value))
        if values:
            raise TypeError(f"{self._model.__name__} has no {', '.join(sorted(values))}")
        cursor = database.execute_sql(sql, bound)
        if not isinstance(self._model._meta.primary_key, pw.AutoField):
            return None
        return cursor.lastrowid if kind else cursor.fetchone()[0]

    def _make(self, kind: bool) -> tuple[str, list[tuple[str, Any, Convert | None]]]:
        meta = self._model._meta
        fields = [field for field in meta.sorted_fields if not isinstance(field, pw.AutoField)]
        if any(callable(field.default) for field in fields):
            raise ValueError(f"{self._model.__name__}: defaults that are computed are not supported")
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        places = ", ".join(["?" if kind else "%s"] * len(fields))
        sql = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({places})'
        if not kind and isinstance(meta.primary_key, pw.AutoField):
            sql += f' RETURNING "{meta.primary_key.column_name}"'
        return sql, [(field.name, field.default, _binder(field)) for field in fields]


def _binder(field: Any) -> Convert | None:
    """How a value of ours is bound; None where the driver takes it as it is."""
    if isinstance(field, pw.ForeignKeyField):
        return _binder(field.rel_field)
    if isinstance(field, (pw.IntegerField, pw.BooleanField)):
        return None
    convert: Convert = field.db_value
    return convert
