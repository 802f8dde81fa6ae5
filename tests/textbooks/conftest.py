"""The small school of textbook_school.py, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lending_world import open_school
from textbook_school import TextbookSchool, add_books


@pytest.fixture
def school(database: str) -> Iterator[TextbookSchool]:
    with open_school() as world:
        yield add_books(world)
