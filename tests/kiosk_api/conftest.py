"""The whole core over the small school of tests/lending, with one kiosk that has a token."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lending"))

from kiosk_desk import Kiosk
from lending_world import World, open_school

from library.access.devices import add_device
from library.foundation.audit import SYSTEM


@pytest.fixture
def school(app: Flask) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def kiosk(client: FlaskClient, school: World) -> Kiosk:
    return Kiosk(client, add_device("Quầy cửa chính", "kiosk", SYSTEM))
