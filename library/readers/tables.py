"""Readers (pupils, teachers, others), classes by school year, enrolments, cards, blocks. No rules.

Least data about children: no ethnicity, parents, phone or address columns exist (domain.md §A9).
"""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField
from library.foundation.tables import SchoolYear


class Department(BaseModel):
    """Tổ chuyên môn."""

    name = pw.CharField(max_length=80, unique=True)
    sort_key = pw.CharField(max_length=255)
    closed_at = InstantField(null=True)


class Reader(BaseModel):
    kind = pw.CharField(max_length=16)  # pupil | teacher | staff | parent | other
    full_name = pw.CharField(max_length=120)  # NFC, as written; empty after anonymising
    sort_key = pw.CharField(max_length=400, index=True)  # person_sort_key
    fold_key = pw.CharField(max_length=120, index=True)  # fold(full_name)
    education_id = pw.CharField(max_length=20, null=True, unique=True)  # Mã định danh Bộ GD&ĐT, text
    local_code = pw.CharField(max_length=32, null=True, index=True)
    born_on = pw.DateField(null=True)
    gender = pw.CharField(max_length=8, null=True)  # male | female
    department = pw.ForeignKeyField(Department, null=True, on_delete="RESTRICT")
    post = pw.CharField(max_length=80, null=True)  # chức vụ
    email = pw.CharField(max_length=160, null=True)
    status = pw.CharField(max_length=16, default="active")  # active | transferred | graduated | left
    leaves_on = pw.DateField(null=True)  # last day of service; no due date goes past it
    note = pw.TextField(default="")
    merged_into = pw.ForeignKeyField("self", null=True, on_delete="RESTRICT")
    anonymised_at = InstantField(null=True)
    created_at = InstantField()
    updated_at = InstantField()


class SchoolClass(BaseModel):
    """A class of one school year, named as the school writes it (6A1, 10 Toán)."""

    school_year = pw.ForeignKeyField(SchoolYear, backref="classes", on_delete="RESTRICT")
    name = pw.CharField(max_length=20)
    grade = pw.IntegerField()  # khối
    sort_key = pw.CharField(max_length=120)
    homeroom_teacher = pw.ForeignKeyField(Reader, null=True, on_delete="RESTRICT")
    site = pw.CharField(max_length=80, default="")  # điểm trường; empty = main site
    closed_at = InstantField(null=True)

    class Meta:
        table_name = "school_class"
        indexes = ((("school_year", "name"), True),)


class Enrolment(BaseModel):
    """A pupil's membership of a class; at most one open per pupil and school year."""

    reader = pw.ForeignKeyField(Reader, backref="enrolments", on_delete="RESTRICT")
    school_class = pw.ForeignKeyField(SchoolClass, backref="enrolments", on_delete="RESTRICT")
    school_year = pw.ForeignKeyField(SchoolYear, on_delete="RESTRICT")
    started_on = pw.DateField()
    ended_on = pw.DateField(null=True)
    outcome = pw.CharField(max_length=16, null=True)  # promoted | repeated | moved | transferred | graduated | left


Enrolment.add_index(
    Enrolment.index(Enrolment.reader, Enrolment.school_year, unique=True, where=Enrolment.ended_on.is_null(),
                    name="enrolment_one_open")
)


class Card(BaseModel):
    """A library card; its number is what the scanner reads. One active card per reader."""

    reader = pw.ForeignKeyField(Reader, backref="cards", on_delete="RESTRICT")
    number = pw.CharField(max_length=32, unique=True)
    status = pw.CharField(max_length=16, default="active")  # active | lost | replaced | closed
    issued_at = InstantField()
    ended_at = InstantField(null=True)
    printed_at = InstantField(null=True)


Card.add_index(
    Card.index(Card.reader, unique=True, where=(Card.status == "active"), name="card_one_active")
)


class ReaderBlock(BaseModel):
    """A reader may not borrow between two dates: suspension for lateness, or by hand."""

    reader = pw.ForeignKeyField(Reader, backref="blocks", on_delete="RESTRICT")
    kind = pw.CharField(max_length=16)  # suspension | manual
    starts_on = pw.DateField()
    ends_on = pw.DateField(null=True)  # null: until lifted
    reason = pw.CharField(max_length=200)
    created_at = InstantField()
    lifted_at = InstantField(null=True)

    class Meta:
        table_name = "reader_block"


class ReaderConsent(BaseModel):
    """What a child's parent (or a teacher) allowed, on which day, and when it was taken back (Luật 91/2025)."""

    reader = pw.ForeignKeyField(Reader, backref="consents", on_delete="RESTRICT")
    about = pw.CharField(max_length=16)  # photo | name | mail | other
    given_by = pw.CharField(max_length=120)  # "mẹ em", "cha em và em", as on the paper
    given_on = pw.DateField()
    withdrawn_on = pw.DateField(null=True)
    note = pw.CharField(max_length=200, default="")

    class Meta:
        table_name = "reader_consent"
