"""What tests of imports share: the sample files, a school to bring them into, and what the database holds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catalog_imports.samples.make_samples import BOOKS_FILE, MARC_FILE
from library.cataloguing.tables import Collection, Copy, Record, RecordFacet, RecordIsbn
from library.settings import Settings, load_settings


@pytest.fixture
def school(database: str, data_dir: Path) -> Settings:
    """An empty school on each database."""
    return load_settings({"KESACH_DATA": str(data_dir)})


@pytest.fixture
def sqlite_school(sqlite_database: str, data_dir: Path) -> Settings:
    """An empty school on SQLite alone, where the database does not matter."""
    return load_settings({"KESACH_DATA": str(data_dir)})


@pytest.fixture
def marc_file() -> Path:
    return MARC_FILE


@pytest.fixture
def books_file() -> Path:
    return BOOKS_FILE


@pytest.fixture
def catalogue() -> Callable[[], dict[str, Any]]:
    """Call it to see the living catalogue: records, ISBNs, facets, copies, counters."""

    def look() -> dict[str, Any]:
        living = Record.deleted_at.is_null()
        return {
            "records": sorted(Record.select(Record.id, Record.title, Record.version).where(living).tuples()),
            "isbns": sorted(RecordIsbn.select(RecordIsbn.isbn).join(Record).where(living).tuples()),
            "facets": sorted(RecordFacet.select(RecordFacet.value).join(Record).where(living).tuples()),
            "copies": sorted(Copy.select(Copy.accession_number, Copy.record).tuples()),
            "kho": sorted(Collection.select(Collection.code).tuples()),
        }

    return look
