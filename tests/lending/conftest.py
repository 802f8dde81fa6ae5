"""The small school of lending_world.py, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lending_front import Browser, Front, Kiosk
from lending_world import World, open_school

from library.access.devices import add_device, find_device
from library.foundation.audit import SYSTEM


@pytest.fixture
def school(database: str) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def sqlite_school(sqlite_database: str) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def front(app: Flask, client: FlaskClient, login_as) -> Iterator[Front]:
    """The school with a librarian at the desk and a kiosk at the door, over HTTP."""
    with open_school() as world:
        token = add_device("Quầy cửa chính", "kiosk", SYSTEM)
        desk = Browser(client, login_as(client, "librarian"))
        yield Front(world, desk, Kiosk(app.test_client(), token), find_device(token).id, login_as)
