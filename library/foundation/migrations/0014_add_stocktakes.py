"""Stock-takes and what was scanned in them (frozen models of that day)."""

import peewee as pw

from library.foundation.database import InstantField, JsonField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Collection(Base):
        class Meta:
            table_name = "collection"

    class Copy(Base):
        class Meta:
            table_name = "copy"

    class Stocktake(Base):
        name = pw.CharField(max_length=120)
        collection = pw.ForeignKeyField(Collection, null=True, on_delete="RESTRICT", backref="+")
        started_at = InstantField()
        started_by = pw.CharField(max_length=120)
        closed_at = InstantField(null=True)
        closed_by = pw.CharField(max_length=120, null=True)
        result = JsonField(null=True)

        class Meta:
            table_name = "stocktake"

    class StocktakeScan(Base):
        stocktake = pw.ForeignKeyField(Stocktake, on_delete="CASCADE", backref="+")
        code = pw.CharField(max_length=40)
        copy = pw.ForeignKeyField(Copy, null=True, on_delete="RESTRICT", backref="+")
        outcome = pw.CharField(max_length=12)
        detail = pw.CharField(max_length=200)
        scanned_at = InstantField()
        scanned_by = pw.CharField(max_length=120)
        settled_at = InstantField(null=True)

        class Meta:
            table_name = "stocktake_scan"
            indexes = ((("stocktake", "code"), True),)

    db.create_tables([Stocktake, StocktakeScan], safe=False)
