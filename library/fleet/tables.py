"""Orders to kiosks, runs of their program, versions of the receipt template, releases to install. No rules."""

from __future__ import annotations

import peewee as pw

from library.access.tables import Device
from library.foundation.database import BaseModel, InstantField, JsonField, SequenceField


class DeviceOrder(BaseModel):
    """One thing a kiosk is asked to do, once. It goes out with every answer until the kiosk says it is done."""

    device = pw.ForeignKeyField(Device, backref="+", on_delete="CASCADE")
    key = pw.CharField(max_length=36, unique=True)
    kind = pw.CharField(max_length=24)  # one of ORDER_KINDS
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


class DeviceKey(BaseModel):
    """What seals a release for one kiosk; given to its installer once. Kept as it is: it must make seals."""

    device = pw.ForeignKeyField(Device, backref="+", on_delete="CASCADE", unique=True)
    key = pw.CharField(max_length=64)
    created_at = InstantField()

    class Meta:
        table_name = "device_key"


class KioskRelease(BaseModel):
    """A program for kiosks; its wheels lie in files/kiosk-releases/VERSION."""

    version = pw.CharField(max_length=32, unique=True)
    files = JsonField()  # [{"name", "size", "sha256"}]
    added_at = InstantField()
    added_by = pw.CharField(max_length=120)

    class Meta:
        table_name = "kiosk_release"


class ReleaseOffer(BaseModel):
    """To run from now on, by one kiosk or (device null) by all. The newest that fits counts."""

    release = pw.ForeignKeyField(KioskRelease, backref="+", on_delete="RESTRICT")
    device = pw.ForeignKeyField(Device, backref="+", on_delete="CASCADE", null=True)
    serial = pw.BigIntegerField(unique=True)  # seconds since 1970: grows even across a restored backup
    created_at = InstantField()
    created_by = pw.CharField(max_length=120)
    withdrawn_at = InstantField(null=True)

    class Meta:
        table_name = "release_offer"
