"""What a reader owes for a lost or damaged copy, and how it was settled (đền sách)."""

import peewee as pw

from library.foundation.database import InstantField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Copy(Base):
        class Meta:
            table_name = 'copy'

    class Loan(Base):
        class Meta:
            table_name = 'loan'

    class Reader(Base):
        class Meta:
            table_name = 'reader'

    class Charge(Base):
        kind = pw.CharField(max_length=12)
        reader = pw.ForeignKeyField(Reader, null=True, on_delete='RESTRICT', backref="+")
        loan = pw.ForeignKeyField(Loan, null=True, on_delete='RESTRICT', backref="+")
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+")
        amount = pw.IntegerField(null=True)
        made_at = InstantField()
        made_on = pw.DateField(index=True)
        staff_name = pw.CharField(max_length=120)
        comment = pw.TextField(null=True)
        settled_at = InstantField(null=True)
        settled_as = pw.CharField(max_length=12, null=True)
        settled_amount = pw.IntegerField(null=True)
        settled_by = pw.CharField(max_length=120, null=True)
        new_copy = pw.ForeignKeyField(Copy, null=True, on_delete='RESTRICT', backref="+")

        class Meta:
            table_name = 'charge'

    Charge.add_index(
        Charge.index(Charge.loan, Charge.kind, unique=True, where=Charge.settled_at.is_null(), name="charge_one_open")
    )
    db.create_tables([Charge], safe=False)
