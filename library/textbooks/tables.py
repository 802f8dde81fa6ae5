"""Shared textbooks: sets per grade and school year, hand-out documents, the condition of each copy. No rules.

A textbook in a pupil's hands is a `loan` like any other; these tables only say more about it.
"""

from __future__ import annotations

import peewee as pw

from library.cataloguing.tables import Record
from library.foundation.database import BaseModel, InstantField
from library.foundation.tables import SchoolYear
from library.lending.tables import Loan
from library.readers.tables import Reader, SchoolClass


class TextbookSet(BaseModel):
    """Bộ SGK of a grade in a school year."""

    school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT")
    grade = pw.IntegerField()
    expected_pupils = pw.IntegerField(null=True)  # for the stock plan of a year without classes yet
    note = pw.CharField(max_length=200, default="")

    class Meta:
        table_name = "textbook_set"
        indexes = ((("school_year", "grade"), True),)


class TextbookSetTitle(BaseModel):
    """A title (one volume) of a set. `required` False: given to those who ask, never a shortfall."""

    textbook_set = pw.ForeignKeyField(TextbookSet, backref="titles", on_delete="CASCADE")
    record = pw.ForeignKeyField(Record, on_delete="RESTRICT")
    sort_no = pw.IntegerField()
    required = pw.BooleanField(default=True)

    class Meta:
        table_name = "textbook_set_title"
        indexes = ((("textbook_set", "record"), True),)


class TextbookOwner(BaseModel):
    """A pupil who has textbooks of their own this school year and takes none."""

    school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT")
    reader = pw.ForeignKeyField(Reader, backref="textbook_years", on_delete="CASCADE")

    class Meta:
        table_name = "textbook_owner"
        indexes = ((("school_year", "reader"), True),)


class TextbookBatch(BaseModel):
    """One document: textbooks handed out to a class (CP-…), or collected whoever brings them (TH-…)."""

    kind = pw.CharField(max_length=8)  # out | back
    number = pw.CharField(max_length=40, unique=True)
    school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT")
    happened_at = InstantField()
    happened_on = pw.DateField(index=True)
    staff_name = pw.CharField(max_length=120)
    copies_count = pw.IntegerField()
    note = pw.CharField(max_length=200, default="")
    undone_at = InstantField(null=True)

    class Meta:
        table_name = "textbook_batch"


class TextbookLoan(BaseModel):
    """What a loan of a textbook has more than others: its documents, and its condition out and back."""

    loan = pw.ForeignKeyField(Loan, unique=True, on_delete="RESTRICT")
    batch = pw.ForeignKeyField(TextbookBatch, null=True, backref="given", on_delete="RESTRICT")
    condition_out = pw.CharField(max_length=16, null=True)
    back_batch = pw.ForeignKeyField(TextbookBatch, null=True, backref="taken", on_delete="RESTRICT")
    condition_in = pw.CharField(max_length=16, null=True)

    class Meta:
        table_name = "textbook_loan"
