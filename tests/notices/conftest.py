"""The small school of lending_world.py, on SQLite and on PostgreSQL."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from lending_world import World, open_school
from notices_mailbox import Mailbox


@pytest.fixture
def school(database: str) -> Iterator[World]:
    with open_school() as world:
        yield world


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server on this machine."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()
