"""Records and copies. The MARC record (ISO 2709 bytes, UTF-8, NFC) is the source of truth; the other
columns of `Record` are read out of it by library/cataloguing/marc.py and rewritten with it. No rules."""

from __future__ import annotations

import peewee as pw

from library.foundation.database import BaseModel, InstantField, JsonField


class Collection(BaseModel):
    """Kho / tủ sách, with its own accession numbering."""

    code = pw.CharField(max_length=12, unique=True)  # SGK, SNV, STK, STN…
    name = pw.CharField(max_length=80)
    number_pattern = pw.CharField(max_length=40)  # e.g. STK.{:06d}
    next_number = pw.IntegerField(default=1)
    sort_no = pw.IntegerField(default=0)
    home_loan = pw.BooleanField(default=True)
    description = pw.CharField(max_length=200, default="")
    closed_at = InstantField(null=True)


class Record(BaseModel):
    marc = pw.BlobField()
    control_number = pw.CharField(max_length=80, null=True, index=True)  # 001, as imported
    title = pw.TextField()
    subtitle = pw.TextField(default="")
    part = pw.CharField(max_length=120, default="")  # 245 $n $p
    responsibility = pw.TextField(default="")
    authors = JsonField()  # ["Tô Hoài", …] as displayed
    publisher = pw.CharField(max_length=200, default="")
    place = pw.CharField(max_length=120, default="")
    year = pw.IntegerField(null=True)
    isbn = pw.CharField(max_length=13, null=True)  # the first valid one, 13 digits
    language = pw.CharField(max_length=3, default="vie")
    material = pw.CharField(max_length=16)  # Material in cataloguing/model.py
    class_scheme = pw.CharField(max_length=8, default="")  # ddc | bbk19 | ""
    class_number = pw.CharField(max_length=40, default="")
    author_mark = pw.CharField(max_length=20, default="")
    call_number = pw.CharField(max_length=60, default="", index=True)
    series = pw.CharField(max_length=200, default="")
    book_set = pw.CharField(max_length=40, default="")  # bộ sách: Kết nối tri thức…
    edition = pw.CharField(max_length=120, default="")
    pages = pw.CharField(max_length=60, default="")
    size = pw.CharField(max_length=40, default="")
    price = pw.IntegerField(null=True)  # whole VND
    summary = pw.TextField(default="")
    keywords = JsonField()  # [str]
    cover_file = pw.CharField(max_length=200, null=True)
    title_sort = pw.CharField(max_length=900)  # title_sort_key, cut
    author_sort = pw.CharField(max_length=400, default="")
    match_key = pw.CharField(max_length=64, index=True)  # duplicate detection, see catalog_imports/matching.py
    version = pw.IntegerField(default=1)
    deleted_at = InstantField(null=True)
    merged_into = pw.ForeignKeyField("self", null=True, on_delete="RESTRICT")
    created_at = InstantField(index=True)
    updated_at = InstantField()


class RecordIsbn(BaseModel):
    record = pw.ForeignKeyField(Record, backref="isbns", on_delete="CASCADE")
    isbn = pw.CharField(max_length=13, index=True)

    class Meta:
        table_name = "record_isbn"
        indexes = ((("record", "isbn"), True),)


class RecordFacet(BaseModel):
    """What a record is for: `subject` = môn, `grade` = khối, `shelf` = thematic tag (tủ sách Bác Hồ…)."""

    record = pw.ForeignKeyField(Record, backref="facets", on_delete="CASCADE")
    kind = pw.CharField(max_length=8)
    value = pw.CharField(max_length=60)

    class Meta:
        table_name = "record_facet"
        indexes = ((("record", "kind", "value"), True), (("kind", "value"), False))


class Acquisition(BaseModel):
    """One batch that came in (a voucher): a row of part I of the sổ đăng ký tổng quát."""

    register_number = pw.IntegerField(null=True, unique=True)  # số vào sổ tổng quát; null = retro-entry
    voucher_number = pw.CharField(max_length=40, default="")
    voucher_on = pw.DateField(null=True)
    received_on = pw.DateField(index=True)
    source = pw.CharField(max_length=16)  # bought | district | province | donated | retro | other
    funding = pw.CharField(max_length=16, default="budget")  # budget | other
    supplier = pw.CharField(max_length=160, default="")  # or donor (an organisation or adult)
    note = pw.TextField(default="")
    created_at = InstantField()


class Copy(BaseModel):
    """One physical item. Accession numbers are append-only; a withdrawn copy keeps its row."""

    record = pw.ForeignKeyField(Record, backref="copies", on_delete="RESTRICT")
    accession_number = pw.CharField(max_length=40, unique=True)  # số ĐKCB, as printed
    barcode = pw.CharField(max_length=40, unique=True)  # upper-case ASCII, what the scanner reads
    collection = pw.ForeignKeyField(Collection, backref="copies", on_delete="RESTRICT")
    status = pw.CharField(max_length=16, default="in_service")  # in_service | lost | missing | repair | withdrawn
    use = pw.CharField(max_length=16, default="loan")  # loan | reading_room | reference
    condition = pw.CharField(max_length=16, default="good")  # COPY_CONDITION_LABELS in model.py
    price = pw.IntegerField(null=True)  # whole VND
    acquisition = pw.ForeignKeyField(Acquisition, null=True, backref="copies", on_delete="RESTRICT")
    received_on = pw.DateField()  # ngày nhập kho thật
    created_at = InstantField()  # ngày nhập vào hệ thống
    shelf_location = pw.CharField(max_length=60, default="")
    note = pw.TextField(default="")
    withdrawn_on = pw.DateField(null=True)
    withdrawal_reason = pw.CharField(max_length=24, null=True)
    withdrawal_minutes = pw.CharField(max_length=60, null=True)  # số và ngày biên bản xuất
    status_changed_at = InstantField(null=True)
