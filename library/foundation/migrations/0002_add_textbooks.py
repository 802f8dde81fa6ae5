"""Shared textbooks: sets per grade, hand-out documents, condition per copy (frozen models of that day)."""

import peewee as pw

from library.foundation.database import InstantField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class SchoolYear(Base):
        class Meta:
            table_name = "school_year"

    class SchoolClass(Base):
        class Meta:
            table_name = "school_class"

    class Reader(Base):
        class Meta:
            table_name = "reader"

    class Record(Base):
        class Meta:
            table_name = "record"

    class Loan(Base):
        class Meta:
            table_name = "loan"

    class TextbookSet(Base):
        school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT", backref="+")
        grade = pw.IntegerField()
        expected_pupils = pw.IntegerField(null=True)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = "textbook_set"
            indexes = ((("school_year", "grade"), True),)

    class TextbookSetTitle(Base):
        textbook_set = pw.ForeignKeyField(TextbookSet, on_delete="CASCADE", backref="+")
        record = pw.ForeignKeyField(Record, on_delete="RESTRICT", backref="+")
        sort_no = pw.IntegerField()
        required = pw.BooleanField()

        class Meta:
            table_name = "textbook_set_title"
            indexes = ((("textbook_set", "record"), True),)

    class TextbookOwner(Base):
        school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT", backref="+")
        reader = pw.ForeignKeyField(Reader, on_delete="CASCADE", backref="+")

        class Meta:
            table_name = "textbook_owner"
            indexes = ((("school_year", "reader"), True),)

    class TextbookBatch(Base):
        kind = pw.CharField(max_length=8)
        number = pw.CharField(max_length=40, unique=True)
        school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT", backref="+")
        happened_at = InstantField()
        happened_on = pw.DateField(index=True)
        staff_name = pw.CharField(max_length=120)
        copies_count = pw.IntegerField()
        note = pw.CharField(max_length=200)
        undone_at = InstantField(null=True)

        class Meta:
            table_name = "textbook_batch"

    class TextbookLoan(Base):
        loan = pw.ForeignKeyField(Loan, unique=True, on_delete="RESTRICT", backref="+")
        batch = pw.ForeignKeyField(TextbookBatch, null=True, on_delete="RESTRICT", backref="+")
        condition_out = pw.CharField(max_length=16, null=True)
        back_batch = pw.ForeignKeyField(TextbookBatch, null=True, on_delete="RESTRICT", backref="+")
        condition_in = pw.CharField(max_length=16, null=True)

        class Meta:
            table_name = "textbook_loan"

    db.create_tables([TextbookSet, TextbookSetTitle, TextbookOwner, TextbookBatch, TextbookLoan], safe=False)
