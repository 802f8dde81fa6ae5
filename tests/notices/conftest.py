"""The small school of lending_world.py, on SQLite and on PostgreSQL."""

from __future__ import annotations

import email
import socket
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from lending_world import World, open_school


@pytest.fixture
def school(database: str) -> Iterator[World]:
    with open_school() as world:
        yield world


class Mailbox:
    """What a real SMTP server took, and what it shall refuse next."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refuse_address = ""
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address == self.refuse_address:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


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
