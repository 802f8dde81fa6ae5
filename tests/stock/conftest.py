"""The small school of tests/lending/lending_world.py, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from lending_world import World, open_school


@pytest.fixture
def school(database: str) -> Iterator[World]:
    with open_school() as world:
        yield world
