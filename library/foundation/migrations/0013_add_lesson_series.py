"""Bookings that repeat through the term (frozen model of that day)."""

import peewee as pw


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class LessonBooking(Base):
        class Meta:
            table_name = "lesson_booking"

    class SeriesLesson(Base):
        booking = pw.ForeignKeyField(LessonBooking, unique=True, on_delete="CASCADE", backref="+")
        first = pw.ForeignKeyField(LessonBooking, on_delete="CASCADE", backref="+")

        class Meta:
            table_name = "series_lesson"

    db.create_tables([SeriesLesson], safe=False)
