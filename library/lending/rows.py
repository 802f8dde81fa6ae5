"""One place for what mypy cannot know: peewee types a select by its model, whatever shape was asked for."""

from __future__ import annotations

from typing import Any


def tuples_of(query: Any) -> list[Any]:
    """The rows of a select as tuples, in the order of its columns."""
    return list(query.tuples())


def dicts_of(query: Any) -> list[dict[str, Any]]:
    """The rows of a select as dictionaries by column name or alias."""
    return list(query.dicts())
