"""Orders to kiosks, the runs of a kiosk's program, versions of the receipt template. No rules."""

from __future__ import annotations

import peewee as pw

from library.access.tables import Device
from library.foundation.database import BaseModel, InstantField, JsonField, SequenceField


class DeviceOrder(BaseModel):
    """One thing a kiosk is asked to do, once. It goes out with every answer until the kiosk says it is done."""

    device = pw.ForeignKeyField(Device, backref="+", on_delete="CASCADE")
    key = pw.CharField(max_length=36, unique=True)
    kind = pw.CharField(max_length=24)  # message | clear_message | restart_program | restart_screen
    text = pw.CharField(max_length=200, default="")
    until_at = InstantField(null=True)  # message: shown until then
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    expires_at = InstantField()  # not handed out any more after this
    delivered_at = InstantField(null=True)
    done_at = InstantField(null=True)
    outcome = pw.CharField(max_length=24, null=True)  # what the kiosk said: done | unknown
    cancelled_at = InstantField(null=True)

    class Meta:
        table_name = "device_order"
        indexes = ((("device", "done_at"), False),)


class DeviceRun(BaseModel):
    """One start of a kiosk's program, as seen from here. Two that overlap are two machines with one token."""

    device = pw.ForeignKeyField(Device, backref="+", on_delete="CASCADE")
    run = pw.CharField(max_length=36)
    address = pw.CharField(max_length=64)
    first_seen_at = InstantField()
    last_seen_at = InstantField()

    class Meta:
        table_name = "device_run"
        indexes = ((("device", "run"), True),)


class ReceiptTemplate(BaseModel):
    """A version of what the school's receipts look like; its id is the version kiosks ask by. Append-only."""

    id = SequenceField()
    settings = JsonField()
    logo = pw.TextField(default="")  # PNG of one bit a dot, base64
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)

    class Meta:
        table_name = "receipt_template"
