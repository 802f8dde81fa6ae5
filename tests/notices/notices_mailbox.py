"""The handler of a real SMTP server: what it took, and what it shall refuse next."""

from __future__ import annotations

import email
from email import policy
from email.message import EmailMessage


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
