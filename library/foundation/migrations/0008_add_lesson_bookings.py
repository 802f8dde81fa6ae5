"""Books for a lesson: bookings, their titles, the loans made for them (frozen models of that day)."""

import peewee as pw

from library.foundation.database import InstantField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

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

    class LessonBooking(Base):
        lesson_on = pw.DateField(index=True)
        first_period = pw.IntegerField()
        last_period = pw.IntegerField()
        teacher = pw.ForeignKeyField(Reader, on_delete="RESTRICT", backref="+")
        school_class = pw.ForeignKeyField(SchoolClass, null=True, on_delete="RESTRICT", backref="+")
        subject = pw.CharField(max_length=60)
        equipment = pw.CharField(max_length=200)
        status = pw.CharField(max_length=12)
        placed_at = InstantField()
        placed_by = pw.CharField(max_length=120)
        prepared_at = InstantField(null=True)
        number = pw.CharField(max_length=40, null=True, unique=True)
        handed_at = InstantField(null=True)
        ended_at = InstantField(null=True)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = "lesson_booking"

    class BookedTitle(Base):
        booking = pw.ForeignKeyField(LessonBooking, on_delete="CASCADE", backref="+")
        record = pw.ForeignKeyField(Record, on_delete="RESTRICT", backref="+")
        copies = pw.IntegerField()

        class Meta:
            table_name = "booked_title"
            indexes = ((("booking", "record"), True),)

    class BookedCopy(Base):
        booking = pw.ForeignKeyField(LessonBooking, on_delete="RESTRICT", backref="+")
        loan = pw.ForeignKeyField(Loan, unique=True, on_delete="RESTRICT", backref="+")

        class Meta:
            table_name = "booked_copy"

    db.create_tables([LessonBooking, BookedTitle, BookedCopy], safe=False)
