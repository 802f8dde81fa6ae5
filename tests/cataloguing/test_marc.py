"""The MARC record is the source of truth: what goes in comes out, and editing harms nothing else."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymarc import Field, Indicators, MARCReader, Record, Subfield, parse_xml_to_array

from library.cataloguing.marc import read_marc, to_blob, to_bytes, to_xml
from library.cataloguing.marc_edit import build_marc, clean_fields, update_marc
from library.cataloguing.marc_fields import NO_TITLE, extract_fields
from library.cataloguing.model import Material, RecordFields
from library.foundation.errors import InvalidInput

MEN = RecordFields(
    title="Dế Mèn phiêu lưu ký", part="Tập 1", authors=("Tô Hoài", "Ngô Mạnh Lân"), publisher="Kim Đồng", place="H.",
    year=2015, isbns=("9786042000017",), material=Material.CHILDREN, class_scheme="bbk19", class_number="ĐV13",
    series="Tủ sách Vàng", edition="Tái bản lần thứ 2", pages="143 tr.", size="21 cm", price=25_000,
    summary="Chuyện chàng Dế Mèn", keywords=("Văn học thiếu nhi", "Truyện đồng thoại"), subjects=("Ngữ văn",),
    grades=(5, 6), shelves=("Tủ sách thiếu nhi",), book_set="Cánh Diều",
)  # fmt: skip


def fields_of(record: Record) -> list[str]:
    return [str(field) for field in record.fields]


def test_what_is_typed_comes_back_from_the_record() -> None:
    values = clean_fields(MEN)
    assert extract_fields(read_marc(to_bytes(build_marc(values)))) == values


VALUE = st.text(
    st.characters(codec="utf-8", categories=("L", "M", "N", "P", "S", "Zs")), min_size=1, max_size=40
).filter(str.strip)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["245", "500", "653", "999", "100"]), VALUE, VALUE), min_size=1, max_size=8))
def test_any_record_is_written_readably_for_others(fields: list[tuple[str, str, str]]) -> None:
    record = Record()
    for tag, one, other in fields:
        record.add_field(Field(tag, Indicators("1", " "), [Subfield("a", one), Subfield("b", other)]))
    (read,) = MARCReader(BytesIO(to_bytes(record)))
    expected = [unicodedata.normalize("NFC", text) for _, one, other in fields for text in (one, other)]
    assert read is not None
    assert [value for field in read.fields for _, value in field.subfields] == expected
    (from_xml,) = parse_xml_to_array(BytesIO(to_xml(record)))
    assert [value for field in from_xml.fields for _, value in field.subfields] == expected


def test_editing_one_value_leaves_every_other_field_as_it_was() -> None:
    record = build_marc(clean_fields(MEN))
    record.add_field(Field("245", Indicators("9", "9"), [Subfield("a", "second 245 of a dirty record")]))
    record.add_field(Field("546", Indicators(" ", " "), [Subfield("a", "Song ngữ"), Subfield("b", "chữ nổi")]))
    record.add_field(Field("852", Indicators("4", " "), [Subfield("p", "STN.000001"), Subfield("x", "kho cũ")]))
    before = extract_fields(record)
    old = fields_of(record)
    update_marc(record, before, replace(before, title="Dế mèn"))
    changed = [(one, other) for one, other in zip(old, fields_of(record), strict=True) if one != other]
    assert changed == [("=245  10$aDế Mèn phiêu lưu ký$nTập 1", "=245  10$aDế mèn$nTập 1")]


def test_authors_that_stay_keep_their_dates_and_roles() -> None:
    record = Record()
    record.add_field(
        Field("100", Indicators("1", " "), [Subfield("a", "Nguyễn, Du,"), Subfield("d", "1765-1820")]),
        Field("245", Indicators("1", "0"), [Subfield("a", "Truyện Kiều")]),
        Field("700", Indicators("1", " "), [Subfield("a", "Đào Duy Anh"), Subfield("e", "chú giải")]),
    )
    before = extract_fields(record)
    update_marc(record, before, replace(before, authors=("Đào Duy Anh", *before.authors[:1], "Kiều Oánh Mậu")))
    assert [str(field) for field in record.get_fields("100", "700")] == [
        "=100  1\\$aĐào Duy Anh$echú giải",
        "=700  1\\$aNguyễn, Du,$d1765-1820",
        "=700  0\\$aKiều Oánh Mậu",
    ]


@pytest.mark.parametrize(
    ("tag", "code", "title"),
    [
        ("246", "a", "Nhan đề khác"),
        ("130", "a", "Kinh Thi"),
        ("200", "a", "Nhan đề UNIMARC"),
        ("110", "a", "Bộ Giáo dục"),
    ],
)
def test_a_record_without_245_still_has_a_title(tag: str, code: str, title: str) -> None:
    record = Record()
    record.add_field(Field(tag, Indicators(" ", " "), [Subfield(code, title)]))
    assert extract_fields(record).title == title


def test_a_record_that_names_nothing_says_so() -> None:
    record = Record()
    record.add_field(Field("020", Indicators(" ", " "), [Subfield("a", "9786042000018")]))
    values = extract_fields(record)
    assert values.title == NO_TITLE
    assert {code for _, code, _ in values.problems} == {"title_missing", "isbn_bad"}
    assert values.isbns == ()


def test_national_library_habits_are_understood() -> None:
    record = Record()
    record.add_field(
        Field("020", Indicators(" ", " "), [Subfield("a", "978-604-200-001-7 (Tập 1)"), Subfield("c", "45.000đ")]),
        Field("020", Indicators(" ", " "), [Subfield("a", "0394800168 :"), Subfield("c", "$7.99")]),
        Field("084", Indicators(" ", " "), [Subfield("a", "51(075)")]),
        Field("245", Indicators("1", "0"), [Subfield("a", "Toán 6 :"), Subfield("b", "Chân trời sáng tạo /"),
                                            Subfield("n", "Tập 2")]),
        Field("264", Indicators(" ", "1"), [Subfield("a", "[Hà Nội] :"), Subfield("b", "Giáo dục,"), Subfield("c", "c2021")]),
        Field("852", Indicators(" ", " "), [Subfield("b", "SGK"), Subfield("p", "SGK.000001"), Subfield("p", "SGK.000002")]),
    )  # fmt: skip
    values = extract_fields(record)
    assert values.isbns == ("9786042000017", "9780394800165")
    assert values.price == 45_000
    assert (values.class_scheme, values.class_number) == ("bbk19", "51(075)")
    assert (values.title, values.subtitle, values.part) == ("Toán 6", "Chân trời sáng tạo", "Tập 2")
    assert (values.place, values.publisher, values.year) == ("Hà Nội", "Giáo dục", 2021)
    assert (values.material, values.subjects, values.grades) == (Material.TEXTBOOK, ("Toán",), (6,))
    assert values.book_set == "Chân trời sáng tạo"
    assert [item.accession_number for item in values.items] == ["SGK.000001", "SGK.000002"]


def test_a_record_too_large_for_iso_2709_is_kept_as_xml_and_refused_as_mrc() -> None:
    record = build_marc(clean_fields(MEN))
    record.add_field(Field("520", Indicators(" ", " "), [Subfield("a", "ư" * 6000)]))
    with pytest.raises(InvalidInput) as refusal:
        to_bytes(record)
    assert refusal.value.code == "marc_too_big"
    assert refusal.value.params["tag"] == "520"
    assert fields_of(read_marc(to_blob(record))) == fields_of(record)
