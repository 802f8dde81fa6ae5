"""The first schema: every table of release 0.1 (frozen copies of the models of that day)."""

import peewee as pw

from library.foundation.database import InstantField, JsonField, SequenceField


def up(migrator, db):
    class Base(pw.Model):
        class Meta:
            database = db
            legacy_table_names = False

    class Acquisition(Base):
        register_number = pw.IntegerField(unique=True, null=True)
        voucher_number = pw.CharField(max_length=40)
        voucher_on = pw.DateField(null=True)
        received_on = pw.DateField(index=True)
        source = pw.CharField(max_length=16)
        funding = pw.CharField(max_length=16)
        supplier = pw.CharField(max_length=160)
        note = pw.TextField()
        created_at = InstantField()

        class Meta:
            table_name = 'acquisition'

    class AuditEntry(Base):
        id = SequenceField()
        at = InstantField(index=True)
        actor_kind = pw.CharField(max_length=16)
        actor_id = pw.IntegerField(null=True)
        actor_name = pw.CharField(max_length=120)
        action = pw.CharField(max_length=64)
        subject_kind = pw.CharField(max_length=32)
        subject_id = pw.CharField(max_length=64)
        before = JsonField(null=True)
        after = JsonField(null=True)
        comment = pw.TextField(null=True)
        request_id = pw.CharField(null=True, max_length=64)

        class Meta:
            table_name = 'audit_entry'
            indexes = ((('subject_kind', 'subject_id'), False),)

    class Department(Base):
        name = pw.CharField(unique=True, max_length=80)
        sort_key = pw.CharField()
        closed_at = InstantField(null=True)

        class Meta:
            table_name = 'department'

    class Reader(Base):
        kind = pw.CharField(max_length=16)
        full_name = pw.CharField(max_length=120)
        sort_key = pw.CharField(index=True, max_length=400)
        fold_key = pw.CharField(index=True, max_length=120)
        education_id = pw.CharField(unique=True, null=True, max_length=20)
        local_code = pw.CharField(index=True, null=True, max_length=32)
        born_on = pw.DateField(null=True)
        gender = pw.CharField(null=True, max_length=8)
        department = pw.ForeignKeyField(Department, on_delete='RESTRICT', backref="+", null=True)
        post = pw.CharField(null=True, max_length=80)
        email = pw.CharField(null=True, max_length=160)
        status = pw.CharField(max_length=16)
        leaves_on = pw.DateField(null=True)
        note = pw.TextField()
        merged_into = pw.ForeignKeyField("self", on_delete='RESTRICT', backref="+", null=True)
        anonymised_at = InstantField(null=True)
        created_at = InstantField()
        updated_at = InstantField()

        class Meta:
            table_name = 'reader'

    class Card(Base):
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        number = pw.CharField(unique=True, max_length=32)
        status = pw.CharField(max_length=16)
        issued_at = InstantField()
        ended_at = InstantField(null=True)
        printed_at = InstantField(null=True)

        class Meta:
            table_name = 'card'

    Card.add_index(Card.index(Card.reader, unique=True, where=(Card.status == 'active'), name='card_one_active'))

    class ClosedPeriod(Base):
        starts_on = pw.DateField(index=True)
        ends_on = pw.DateField()
        name = pw.CharField(max_length=120)
        kind = pw.CharField(max_length=16)
        source = pw.CharField(max_length=16)

        class Meta:
            table_name = 'closed_period'

    class Collection(Base):
        code = pw.CharField(unique=True, max_length=12)
        name = pw.CharField(max_length=80)
        number_pattern = pw.CharField(max_length=40)
        next_number = pw.IntegerField()
        sort_no = pw.IntegerField()
        home_loan = pw.BooleanField()
        description = pw.CharField(max_length=200)
        closed_at = InstantField(null=True)

        class Meta:
            table_name = 'collection'

    class Record(Base):
        marc = pw.BlobField()
        control_number = pw.CharField(index=True, null=True, max_length=80)
        title = pw.TextField()
        subtitle = pw.TextField()
        part = pw.CharField(max_length=120)
        responsibility = pw.TextField()
        authors = JsonField()
        publisher = pw.CharField(max_length=200)
        place = pw.CharField(max_length=120)
        year = pw.IntegerField(null=True)
        isbn = pw.CharField(null=True, max_length=13)
        language = pw.CharField(max_length=3)
        material = pw.CharField(max_length=16)
        class_scheme = pw.CharField(max_length=8)
        class_number = pw.CharField(max_length=40)
        author_mark = pw.CharField(max_length=20)
        call_number = pw.CharField(index=True, max_length=60)
        series = pw.CharField(max_length=200)
        book_set = pw.CharField(max_length=40)
        edition = pw.CharField(max_length=120)
        pages = pw.CharField(max_length=60)
        size = pw.CharField(max_length=40)
        price = pw.IntegerField(null=True)
        summary = pw.TextField()
        keywords = JsonField()
        cover_file = pw.CharField(null=True, max_length=200)
        title_sort = pw.CharField(max_length=900)
        author_sort = pw.CharField(max_length=400)
        match_key = pw.CharField(index=True, max_length=64)
        version = pw.IntegerField()
        deleted_at = InstantField(null=True)
        merged_into = pw.ForeignKeyField("self", on_delete='RESTRICT', backref="+", null=True)
        created_at = InstantField(index=True)
        updated_at = InstantField()

        class Meta:
            table_name = 'record'

    class Copy(Base):
        record = pw.ForeignKeyField(Record, on_delete='RESTRICT', backref="+")
        accession_number = pw.CharField(unique=True, max_length=40)
        barcode = pw.CharField(unique=True, max_length=40)
        collection = pw.ForeignKeyField(Collection, on_delete='RESTRICT', backref="+")
        status = pw.CharField(max_length=16)
        use = pw.CharField(max_length=16)
        condition = pw.CharField(max_length=16)
        price = pw.IntegerField(null=True)
        acquisition = pw.ForeignKeyField(Acquisition, on_delete='RESTRICT', backref="+", null=True)
        received_on = pw.DateField()
        created_at = InstantField()
        shelf_location = pw.CharField(max_length=60)
        note = pw.TextField()
        withdrawn_on = pw.DateField(null=True)
        withdrawal_reason = pw.CharField(null=True, max_length=24)
        withdrawal_minutes = pw.CharField(null=True, max_length=60)
        status_changed_at = InstantField(null=True)

        class Meta:
            table_name = 'copy'

    class Device(Base):
        name = pw.CharField(unique=True, max_length=64)
        profile = pw.CharField(max_length=16)
        token_hash = pw.CharField(unique=True, max_length=64)
        created_at = InstantField()
        created_by = pw.CharField(max_length=120)
        revoked_at = InstantField(null=True)
        last_seen_at = InstantField(null=True)
        status = JsonField(null=True)
        status_at = InstantField(null=True)

        class Meta:
            table_name = 'device'

    class SchoolYear(Base):
        label = pw.CharField(unique=True, max_length=9)
        starts_on = pw.DateField()
        term2_starts_on = pw.DateField()
        ends_on = pw.DateField()

        class Meta:
            table_name = 'school_year'

    class SchoolClass(Base):
        school_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+")
        name = pw.CharField(max_length=20)
        grade = pw.IntegerField()
        sort_key = pw.CharField(max_length=120)
        homeroom_teacher = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        site = pw.CharField(max_length=80)
        closed_at = InstantField(null=True)

        class Meta:
            table_name = 'school_class'
            indexes = ((('school_year', 'name'), True),)

    class Enrolment(Base):
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        school_class = pw.ForeignKeyField(SchoolClass, on_delete='RESTRICT', backref="+")
        school_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+")
        started_on = pw.DateField()
        ended_on = pw.DateField(null=True)
        outcome = pw.CharField(null=True, max_length=16)

        class Meta:
            table_name = 'enrolment'

    Enrolment.add_index(Enrolment.index(Enrolment.reader, Enrolment.school_year, unique=True, where=(Enrolment.ended_on.is_null()), name='enrolment_one_open'))

    class EnrolmentCode(Base):
        code_hash = pw.CharField(unique=True, max_length=64)
        device_name = pw.CharField(max_length=64)
        profile = pw.CharField(max_length=16)
        created_at = InstantField()
        expires_at = InstantField()
        used_at = InstantField(null=True)

        class Meta:
            table_name = 'enrolment_code'

    class HoldingUnit(Base):
        kind = pw.CharField(max_length=16)
        name = pw.CharField(max_length=80)
        school_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+", null=True)
        school_class = pw.ForeignKeyField(SchoolClass, on_delete='RESTRICT', backref="+", null=True)
        responsible = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        helper = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        capacity = pw.IntegerField(null=True)
        due_on = pw.DateField(null=True)
        opened_on = pw.DateField()
        closed_on = pw.DateField(null=True)
        note = pw.TextField()

        class Meta:
            table_name = 'holding_unit'

    class ShelfStop(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref="+")
        sequence = pw.IntegerField()
        place = pw.CharField(max_length=120)
        school_class = pw.ForeignKeyField(SchoolClass, on_delete='RESTRICT', backref="+", null=True)
        responsible = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        planned_from_on = pw.DateField()
        planned_until_on = pw.DateField()
        arrived_at = InstantField(null=True)
        left_at = InstantField(null=True)
        copies_out = pw.IntegerField(null=True)
        copies_in = pw.IntegerField(null=True)
        cancelled_at = InstantField(null=True)
        note = pw.TextField()

        class Meta:
            table_name = 'shelf_stop'

    class HandOver(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref="+")
        kind = pw.CharField(max_length=16)
        number = pw.CharField(unique=True, max_length=40)
        happened_at = InstantField()
        happened_on = pw.DateField(index=True)
        received_by = pw.CharField(max_length=120)
        stop = pw.ForeignKeyField(ShelfStop, on_delete='RESTRICT', backref="+", null=True)
        staff_name = pw.CharField(max_length=120)
        copies_count = pw.IntegerField()
        note = pw.TextField()

        class Meta:
            table_name = 'hand_over'

    class Hold(Base):
        record = pw.ForeignKeyField(Record, on_delete='RESTRICT', backref="+")
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+", null=True)
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        status = pw.CharField(max_length=12)
        priority = pw.IntegerField()
        placed_at = InstantField()
        needed_until_on = pw.DateField(null=True)
        ready_copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+", null=True)
        ready_at = InstantField(null=True)
        pickup_until_on = pw.DateField(null=True)
        ended_at = InstantField(null=True)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = 'hold'

    Hold.add_index(Hold.index(Hold.ready_copy, unique=True, where=(Hold.status == 'ready'), name='hold_one_ready'))

    Hold.add_index(Hold.index(Hold.record, Hold.reader, unique=True, where=(Hold.ended_at.is_null()), name='hold_one_open'))

    class IdempotencyKey(Base):
        key = pw.CharField(primary_key=True, max_length=64)
        scope = pw.CharField(max_length=64)
        request_hash = pw.CharField(max_length=64)
        status = pw.IntegerField()
        answer = JsonField()
        created_at = InstantField(index=True)

        class Meta:
            table_name = 'idempotency_key'

    class ImportBatch(Base):
        number = pw.CharField(unique=True, max_length=24)
        kind = pw.CharField(max_length=12)
        source = pw.CharField()
        sha256 = pw.CharField(index=True, max_length=64)
        size_bytes = pw.BigIntegerField()
        status = pw.CharField(max_length=12)
        options = JsonField()
        done_until = pw.IntegerField()
        counts = JsonField()
        staff_name = pw.CharField(max_length=120)
        started_at = InstantField()
        finished_at = InstantField(null=True)
        undone_at = InstantField(null=True)

        class Meta:
            table_name = 'import_batch'

    class ImportItem(Base):
        batch = pw.ForeignKeyField(ImportBatch, on_delete='CASCADE', backref="+")
        position = pw.IntegerField()
        outcome = pw.CharField(max_length=12)
        subject_kind = pw.CharField(null=True, max_length=12)
        subject_id = pw.IntegerField(null=True)
        copies = JsonField(null=True)
        before = JsonField(null=True)
        raw = pw.BlobField(null=True)
        problems = JsonField(null=True)
        content_hash = pw.CharField(null=True, max_length=64)

        class Meta:
            table_name = 'import_item'
            indexes = ((('batch', 'position'), True), (('subject_kind', 'subject_id'), False), (('content_hash',), False))

    class KioskConflict(Base):
        device = pw.ForeignKeyField(Device, on_delete='RESTRICT', backref="+")
        act_key = pw.CharField(unique=True, max_length=64)
        kind = pw.CharField(max_length=16)
        code = pw.CharField(max_length=40)
        payload = JsonField()
        occurred_at = InstantField()
        received_at = InstantField()
        resolved_at = InstantField(null=True)
        resolved_by = pw.CharField(null=True, max_length=120)
        resolution = pw.CharField(null=True, max_length=200)

        class Meta:
            table_name = 'kiosk_conflict'

    class Loan(Base):
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+")
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        purpose = pw.CharField(max_length=12)
        channel = pw.CharField(max_length=12)
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref="+", null=True)
        loaned_at = InstantField()
        loaned_on = pw.DateField(index=True)
        due_on = pw.DateField()
        first_due_on = pw.DateField()
        renewals = pw.IntegerField()
        returned_at = InstantField(null=True)
        returned_on = pw.DateField(index=True, null=True)
        return_channel = pw.CharField(null=True, max_length=12)
        overdue_days = pw.IntegerField(null=True)
        ended_as = pw.CharField(null=True, max_length=16)
        device = pw.ForeignKeyField(Device, on_delete='RESTRICT', backref="+", null=True)
        return_device = pw.ForeignKeyField(Device, on_delete='RESTRICT', backref="+", null=True)
        staff_name = pw.CharField(null=True, max_length=120)
        reader_kind = pw.CharField(max_length=16)
        grade = pw.IntegerField(null=True)
        class_name = pw.CharField(null=True, max_length=20)
        school_year = pw.CharField(max_length=9)
        material = pw.CharField(max_length=16)
        collection = pw.CharField(max_length=12)
        act_key = pw.CharField(unique=True, null=True, max_length=64)
        overrides = JsonField(null=True)
        comment = pw.TextField(null=True)
        recalled_on = pw.DateField(null=True)
        claimed_returned_on = pw.DateField(null=True)

        class Meta:
            table_name = 'loan'

    Loan.add_index(Loan.index(Loan.copy, unique=True, where=(Loan.returned_at.is_null()), name='loan_one_open'))

    Loan.add_index(Loan.index(Loan.reader, where=(Loan.returned_at.is_null()), name='loan_reader_open'))

    Loan.add_index(Loan.index(Loan.due_on, where=(Loan.returned_at.is_null()), name='loan_due_open'))

    class LoanEvent(Base):
        id = SequenceField()
        loan = pw.ForeignKeyField(Loan, on_delete='RESTRICT', backref="+")
        kind = pw.CharField(max_length=16)
        at = InstantField()
        due_before = pw.DateField(null=True)
        due_after = pw.DateField(null=True)
        actor_name = pw.CharField(max_length=120)
        comment = pw.TextField(null=True)

        class Meta:
            table_name = 'loan_event'

    class LoanPolicy(Base):
        reader_kind = pw.CharField(null=True, max_length=16)
        grade = pw.IntegerField(null=True)
        material = pw.CharField(null=True, max_length=16)
        collection = pw.CharField(null=True, max_length=12)
        loanable = pw.BooleanField()
        max_loans = pw.IntegerField(null=True)
        counts_in_total = pw.BooleanField()
        length_kind = pw.CharField(max_length=12)
        length_value = pw.IntegerField()
        fixed_due_on = pw.DateField(null=True)
        max_renewals = pw.IntegerField()
        renewal_days = pw.IntegerField(null=True)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = 'loan_policy'

    class Meta(Base):
        key = pw.CharField(primary_key=True, max_length=64)
        value = pw.TextField()

        class Meta:
            table_name = 'meta'

    class MonthlyReport(Base):
        year = pw.IntegerField()
        month = pw.IntegerField()
        version = pw.IntegerField()
        status = pw.CharField(max_length=12)
        number = pw.CharField(max_length=40)
        period_from_on = pw.DateField()
        period_until_on = pw.DateField()
        figures = JsonField(null=True)
        words = JsonField()
        created_at = InstantField()
        updated_at = InstantField()
        sent_at = InstantField(null=True)
        sent_by = pw.CharField(null=True, max_length=120)

        class Meta:
            table_name = 'monthly_report'
            indexes = ((('year', 'month', 'version'), True),)

    class MonthlyTheme(Base):
        school_year = pw.ForeignKeyField(SchoolYear, on_delete='RESTRICT', backref="+")
        month = pw.IntegerField()
        theme = pw.CharField(max_length=160)

        class Meta:
            table_name = 'monthly_theme'
            indexes = ((('school_year', 'month'), True),)

    class OutboxJob(Base):
        id = SequenceField()
        topic = pw.CharField(max_length=16)
        record_id = pw.IntegerField()
        created_at = InstantField()

        class Meta:
            table_name = 'outbox_job'

    class Placement(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref="+")
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+")
        placed_by = pw.ForeignKeyField(HandOver, on_delete='RESTRICT', backref="+")
        placed_at = InstantField()
        placed_on = pw.DateField(index=True)
        removed_by = pw.ForeignKeyField(HandOver, on_delete='RESTRICT', backref="+", null=True)
        removed_at = InstantField(null=True)
        outcome = pw.CharField(null=True, max_length=16)

        class Meta:
            table_name = 'placement'

    Placement.add_index(Placement.index(Placement.copy, unique=True, where=(Placement.removed_at.is_null()), name='placement_one_open'))

    class Preference(Base):
        key = pw.CharField(primary_key=True, max_length=64)
        value = JsonField()
        updated_at = InstantField()
        updated_by = pw.CharField(max_length=120)

        class Meta:
            table_name = 'preference'

    class PromotionSession(Base):
        held_on = pw.DateField(index=True)
        slot = pw.CharField(max_length=12)
        status = pw.CharField(max_length=12)
        title = pw.CharField(max_length=200)
        theme = pw.CharField(max_length=160)
        department = pw.ForeignKeyField(Department, on_delete='RESTRICT', backref="+", null=True)
        form = pw.CharField(max_length=24)
        audience = pw.CharField(max_length=160)
        attendance = pw.IntegerField(null=True)
        presenter = pw.CharField(max_length=120)
        text = pw.TextField()
        evidence_file = pw.CharField(null=True, max_length=200)
        note = pw.TextField()
        created_at = InstantField()
        updated_at = InstantField()

        class Meta:
            table_name = 'promotion_session'

    class ReaderBlock(Base):
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+")
        kind = pw.CharField(max_length=16)
        starts_on = pw.DateField()
        ends_on = pw.DateField(null=True)
        reason = pw.CharField(max_length=200)
        created_at = InstantField()
        lifted_at = InstantField(null=True)

        class Meta:
            table_name = 'reader_block'

    class ReadingPeriod(Base):
        held_on = pw.DateField(index=True)
        period = pw.IntegerField(null=True)
        school_class = pw.ForeignKeyField(SchoolClass, on_delete='RESTRICT', backref="+")
        teacher = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        kind = pw.CharField(max_length=12)
        content = pw.CharField(max_length=300)
        pupils = pw.IntegerField()
        created_at = InstantField()

        class Meta:
            table_name = 'reading_period'

    class RecordFacet(Base):
        record = pw.ForeignKeyField(Record, on_delete='CASCADE', backref="+")
        kind = pw.CharField(max_length=8)
        value = pw.CharField(max_length=60)

        class Meta:
            table_name = 'record_facet'
            indexes = ((('record', 'kind', 'value'), True), (('kind', 'value'), False))

    class RecordIsbn(Base):
        record = pw.ForeignKeyField(Record, on_delete='CASCADE', backref="+")
        isbn = pw.CharField(index=True, max_length=13)

        class Meta:
            table_name = 'record_isbn'
            indexes = ((('record', 'isbn'), True),)

    class SessionRecord(Base):
        session = pw.ForeignKeyField(PromotionSession, on_delete='CASCADE', backref="+")
        record = pw.ForeignKeyField(Record, on_delete='RESTRICT', backref="+")

        class Meta:
            table_name = 'session_record'
            indexes = ((('session', 'record'), True),)

    class StaffAccount(Base):
        login = pw.CharField(unique=True, max_length=64)
        display_name = pw.CharField(max_length=120)
        role = pw.CharField(max_length=16)
        password_hash = pw.CharField()
        must_change_password = pw.BooleanField()
        failed_logins = pw.IntegerField()
        locked_until_at = InstantField(null=True)
        disabled_at = InstantField(null=True)
        created_at = InstantField()
        last_login_at = InstantField(null=True)
        kiosk_pin_hash = pw.CharField(null=True)
        card_number = pw.CharField(unique=True, null=True, max_length=32)

        class Meta:
            table_name = 'staff_account'

    class StaffSession(Base):
        account = pw.ForeignKeyField(StaffAccount, on_delete='CASCADE', backref="+")
        token_hash = pw.CharField(unique=True, max_length=64)
        created_at = InstantField()
        last_seen_at = InstantField()
        expires_at = InstantField()
        user_agent = pw.CharField(max_length=200)

        class Meta:
            table_name = 'staff_session'

    class UnitUse(Base):
        unit = pw.ForeignKeyField(HoldingUnit, on_delete='RESTRICT', backref="+")
        stop = pw.ForeignKeyField(ShelfStop, on_delete='RESTRICT', backref="+", null=True)
        used_on = pw.DateField(index=True)
        copy = pw.ForeignKeyField(Copy, on_delete='RESTRICT', backref="+", null=True)
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        count = pw.IntegerField()
        kind = pw.CharField(max_length=12)
        created_at = InstantField()

        class Meta:
            table_name = 'unit_use'

    class Visit(Base):
        visited_on = pw.DateField(index=True)
        visited_at = InstantField()
        reader = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        school_class = pw.ForeignKeyField(SchoolClass, on_delete='RESTRICT', backref="+", null=True)
        reader_kind = pw.CharField(max_length=16)
        grade = pw.IntegerField(null=True)
        people = pw.IntegerField()
        period = pw.IntegerField(null=True)
        teacher = pw.ForeignKeyField(Reader, on_delete='RESTRICT', backref="+", null=True)
        purpose = pw.CharField(max_length=16)
        source = pw.CharField(max_length=12)
        note = pw.CharField(max_length=200)

        class Meta:
            table_name = 'visit'

    db.create_tables([Acquisition, AuditEntry, Department, Reader, Card, ClosedPeriod, Collection, Record, Copy, Device, SchoolYear, SchoolClass, Enrolment, EnrolmentCode, HoldingUnit, ShelfStop, HandOver, Hold, IdempotencyKey, ImportBatch, ImportItem, KioskConflict, Loan, LoanEvent, LoanPolicy, Meta, MonthlyReport, MonthlyTheme, OutboxJob, Placement, Preference, PromotionSession, ReaderBlock, ReadingPeriod, RecordFacet, RecordIsbn, SessionRecord, StaffAccount, StaffSession, UnitUse, Visit], safe=False)
