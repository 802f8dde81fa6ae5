"""Mails the school has decided to send, and what became of them. No rules. Next: outbox.py."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField
from library.readers.tables import Reader


class MailMessage(BaseModel):
    """One mail; `event_key` names what it is about, so that one event is told once."""

    event_key = pw.CharField(max_length=120, unique=True)  # overdue:6A1:2026-11-23
    kind = pw.CharField(max_length=24)
    reader = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")  # to whom; null: an address of no reader
    to_name = pw.CharField(max_length=120)
    to_address = pw.CharField(max_length=160)
    subject = pw.CharField(max_length=200)
    body = pw.TextField()  # emptied with the named history (L153)
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    attempts = pw.IntegerField(default=0)
    next_try_at = InstantField(null=True, index=True)  # null: not waiting any more
    last_error = pw.CharField(max_length=300, default="")
    sent_at = InstantField(null=True)
    cancelled_at = InstantField(null=True)

    class Meta:
        table_name = "mail_message"
