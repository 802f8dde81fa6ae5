"""Year-end move-ups, mails to send, consents; a hold may lose its reader when its history becomes anonymous."""

import peewee as pw

from library.foundation.database import InstantField, JsonField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Reader(Base):
        class Meta:
            table_name = 'reader'

    class SchoolYear(Base):
        class Meta:
            table_name = 'school_year'

    class ReaderConsent(Base):
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        about = pw.CharField(max_length=16)
        given_by = pw.CharField(max_length=120)
        given_on = pw.DateField()
        withdrawn_on = pw.DateField(null=True)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = 'reader_consent'

    class YearMove(Base):
        from_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+")
        to_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+")
        class_map = JsonField()
        decisions = JsonField()
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        applied_at = InstantField(null=True)
        applied_by = pw.CharField(max_length=120, null=True)
        undone_at = InstantField(null=True)
        undone_by = pw.CharField(max_length=120, null=True)
        counts = JsonField(null=True)
        classes_made = JsonField(null=True)

        class Meta:
            table_name = 'year_move'

    class YearMoveLine(Base):
        move = pw.ForeignKeyField(YearMove, on_delete='CASCADE', backref="+")
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        outcome = pw.CharField(max_length=16)
        before = JsonField()

        class Meta:
            table_name = 'year_move_line'

    class MailMessage(Base):
        event_key = pw.CharField(max_length=120, unique=True)
        kind = pw.CharField(max_length=24)
        reader = pw.ForeignKeyField(Reader, null=True, on_delete='RESTRICT', backref="+")
        to_name = pw.CharField(max_length=120)
        to_address = pw.CharField(max_length=160)
        subject = pw.CharField(max_length=200)
        body = pw.TextField()
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        attempts = pw.IntegerField()
        next_try_at = InstantField(null=True, index=True)
        last_error = pw.CharField(max_length=300)
        sent_at = InstantField(null=True)
        cancelled_at = InstantField(null=True)

        class Meta:
            table_name = 'mail_message'

    db.create_tables([ReaderConsent, YearMove, YearMoveLine, MailMessage], safe=False)
    _let_holds_forget(db)


def _let_holds_forget(db):
    """Drop NOT NULL of hold.reader_id; no row moves."""
    if not isinstance(db, pw.SqliteDatabase):
        db.execute_sql('ALTER TABLE "hold" ALTER COLUMN "reader_id" DROP NOT NULL')
        return
    # SQLite's own way to take a NOT NULL away (lang_altertable, "Making Other Kinds Of Table Schema Changes"):
    # copying the table would meet every other table that points at it.
    text = db.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'hold'").fetchone()[0]
    wanted = text.replace('"reader_id" INTEGER NOT NULL', '"reader_id" INTEGER')
    version = db.execute_sql("PRAGMA schema_version").fetchone()[0]
    db.execute_sql("PRAGMA writable_schema = ON")
    db.execute_sql("UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = 'hold'", (wanted,))
    db.execute_sql(f"PRAGMA schema_version = {version + 1}")
    db.execute_sql("PRAGMA writable_schema = OFF")
