"""From fields and MARC bytes to the row of table `record`, cut to the columns' lengths. Pure but for the
column facts. Used by service.py and by the import, so that both write the same row. Next: service.py.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from library.cataloguing.model import RecordFields
from library.cataloguing.rules import match_key
from library.foundation.vietnamese import person_sort_key, title_sort_key

# The lengths of library/cataloguing/tables.py: PostgreSQL refuses longer text. The MARC record keeps all of it.
_LENGTHS = {
    "control_number": 80, "part": 120, "publisher": 200, "place": 120, "language": 3, "class_number": 40,
    "author_mark": 20, "call_number": 60, "series": 200, "book_set": 40, "edition": 120, "pages": 60, "size": 40,
}  # fmt: skip
TITLE_SORT_LENGTH = 900
AUTHOR_SORT_LENGTH = 400
FACET_LENGTH = 60


@lru_cache(maxsize=4096)
def _author_sort(name: str) -> str:
    return person_sort_key(name)[:AUTHOR_SORT_LENGTH]


def record_row(values: RecordFields, blob: bytes, now: datetime, key: str | None = None) -> dict[str, Any]:
    """Column values of a new record; created_at and updated_at are `now`; `key` saves making its match key."""
    row = projected_columns(values, key)
    row.update(marc=blob, created_at=now, updated_at=now, version=1)
    return row


def projected_columns(values: RecordFields, key: str | None = None) -> dict[str, Any]:
    """The columns that are read out of the MARC record (everything but marc, version, cover and times)."""
    row: dict[str, Any] = {
        "title": values.title,
        "subtitle": values.subtitle,
        "responsibility": values.responsibility,
        "authors": list(values.authors),
        "year": values.year,
        "isbn": values.isbns[0] if values.isbns else None,
        "material": values.material.value,
        "class_scheme": values.class_scheme,
        "price": values.price,
        "summary": values.summary,
        "keywords": list(values.keywords),
        "title_sort": title_sort_key(f"{values.title} {values.part}")[:TITLE_SORT_LENGTH],
        "author_sort": _author_sort(values.authors[0]) if values.authors else "",
        "match_key": key
        or match_key(values.title, values.subtitle, values.part, values.authors, values.year, values.book_set),
    }
    for name, length in _LENGTHS.items():
        text = getattr(values, name)
        row[name] = text[:length] if text else text
    return row


def facet_rows(values: RecordFields) -> list[tuple[str, str]]:
    """(kind, value) of môn, khối and thematic shelves."""
    pairs = [("subject", text) for text in values.subjects]
    pairs += [("grade", str(grade)) for grade in values.grades]
    pairs += [("shelf", text) for text in values.shelves]
    return list(dict.fromkeys((kind, text[:FACET_LENGTH]) for kind, text in pairs))
