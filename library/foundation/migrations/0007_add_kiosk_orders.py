"""Orders to kiosks, the runs of their program, and versions of the receipt template."""

import peewee as pw

from library.foundation.database import InstantField, JsonField, SequenceField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Device(Base):
        class Meta:
            table_name = 'device'

    class DeviceOrder(Base):
        device = pw.ForeignKeyField(Device, on_delete='CASCADE', backref="+")
        key = pw.CharField(max_length=36, unique=True)
        kind = pw.CharField(max_length=24)
        text = pw.CharField(max_length=200)
        until_at = InstantField(null=True)
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        expires_at = InstantField()
        delivered_at = InstantField(null=True)
        done_at = InstantField(null=True)
        outcome = pw.CharField(max_length=24, null=True)
        cancelled_at = InstantField(null=True)

        class Meta:
            table_name = 'device_order'
            indexes = ((('device', 'done_at'), False),)

    class DeviceRun(Base):
        device = pw.ForeignKeyField(Device, on_delete='CASCADE', backref="+")
        run = pw.CharField(max_length=36)
        address = pw.CharField(max_length=64)
        first_seen_at = InstantField()
        last_seen_at = InstantField()

        class Meta:
            table_name = 'device_run'
            indexes = ((('device', 'run'), True),)

    class ReceiptTemplate(Base):
        id = SequenceField()
        settings = JsonField()
        logo = pw.TextField()
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)

        class Meta:
            table_name = 'receipt_template'

    db.create_tables([DeviceOrder, DeviceRun, ReceiptTemplate], safe=False)

