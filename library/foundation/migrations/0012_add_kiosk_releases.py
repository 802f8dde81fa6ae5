"""Releases of the kiosk's program, who is to run which, and the key that seals them for a kiosk."""

import peewee as pw

from library.foundation.database import InstantField, JsonField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Device(Base):
        class Meta:
            table_name = 'device'

    class DeviceKey(Base):
        device = pw.ForeignKeyField(Device, on_delete='CASCADE', backref="+", unique=True)
        key = pw.CharField(max_length=64)
        created_at = InstantField()

        class Meta:
            table_name = 'device_key'

    class KioskRelease(Base):
        version = pw.CharField(max_length=32, unique=True)
        files = JsonField()
        added_at = InstantField()
        added_by = pw.CharField(max_length=120)

        class Meta:
            table_name = 'kiosk_release'

    class ReleaseOffer(Base):
        release = pw.ForeignKeyField(KioskRelease, on_delete='RESTRICT', backref="+")
        device = pw.ForeignKeyField(Device, on_delete='CASCADE', backref="+", null=True)
        serial = pw.BigIntegerField(unique=True)
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        withdrawn_at = InstantField(null=True)

        class Meta:
            table_name = 'release_offer'

    db.create_tables([DeviceKey, KioskRelease, ReleaseOffer], safe=False)
