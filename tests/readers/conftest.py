"""Tests of readers stand on one morning of November 2026."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from readers_made import NOW

from library.foundation.clock import clock_at


@pytest.fixture(autouse=True)
def november() -> Iterator[None]:
    with clock_at(NOW):
        yield


@pytest.fixture
def token(client, login_as) -> str:
    return login_as(client, "librarian")
