"""Readers, cards, classes, searching, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readers_made import NOW, YEAR, pupil, teacher

from library.cataloguing import service as catalogue
from library.cataloguing.copies import add_copies
from library.cataloguing.model import RecordFields
from library.contract.scans import is_card_number, make_card_number
from library.foundation.audit import SYSTEM
from library.foundation.clock import clock_at
from library.foundation.errors import Conflict, InvalidInput, KesachError, NotFound, Reason, Refused
from library.foundation.preferences import set_preferences
from library.foundation.tables import AuditEntry
from library.lending.holds import place_hold
from library.lending.queries import list_open_counts
from library.lending.service import check_out
from library.readers import classes, merging, queries, rules, service, ties
from library.readers.model import ReaderFields
from library.readers.tables import Card, Reader


def names(text: str, **more) -> list[str]:
    return [card.full_name for card in queries.search_readers(text, **more)[0]]


def test_a_new_pupil_has_a_class_and_a_card(database: str) -> None:
    class_id = classes.create_class(YEAR, "lớp 6a1", SYSTEM)
    reader_id = pupil("  Nguyễn  Văn An ", class_id, education_id="0812345678", born_on=date(2015, 3, 4))
    card = queries.get_reader_card(reader_id)
    assert (card.full_name, card.class_name, card.grade, card.education_id) == (
        "Nguyễn Văn An", "6A1", 6, "0812345678",
    )
    assert card.card_number is not None and is_card_number(card.card_number)
    assert queries.find_by_card(card.card_number.lower()) == card
    assert queries.find_by_card("TV99999999") is None
    details = queries.get_reader_details(reader_id)
    assert [stay.class_name for stay in details.enrolments] == ["6A1"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (ReaderFields("pupil", " "), "reader_name_missing"),
        (ReaderFields("pupil", "123"), "reader_name_missing"),
        (ReaderFields("pupil", "A" * 121), "reader_name_long"),
        (ReaderFields("robot", "An"), "reader_kind_bad"),
        (ReaderFields("pupil", "An", born_on=date(2027, 1, 1)), "birth_date_bad"),
        (ReaderFields("pupil", "An", born_on=date(1825, 1, 1)), "birth_date_bad"),
        (ReaderFields("pupil", "An", gender="x"), "gender_bad"),
        (ReaderFields("pupil", "An", education_id="08 12/34;56"), "education_id_bad"),
        (ReaderFields("teacher", "An", email="an tại trường"), "email_bad"),
        (ReaderFields("teacher", "An", department_id=77), "department_missing"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(sqlite_database: str, fields: ReaderFields, code: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        service.create_reader(fields, SYSTEM)
    assert caught.value.code == code
    assert Reader.select().count() == 0


def test_an_education_id_belongs_to_one_reader(database: str) -> None:
    pupil("Lê An", education_id="0812345678")
    other = pupil("Lê Bình", education_id="0812345679")
    with pytest.raises(Conflict) as caught:
        pupil("Lê Chi", education_id="0812345678")
    assert caught.value.params["name"] == "Lê An"
    with pytest.raises(Conflict):
        service.update_reader(other, ReaderFields("pupil", "Lê Bình", education_id="0812345678"), SYSTEM)
    service.update_reader(other, ReaderFields("pupil", "Lê Bình", education_id="0812345679"), SYSTEM)


def test_search_by_name_accents_class_codes_and_card(database: str) -> None:
    first = classes.create_class(YEAR, "6A1", SYSTEM)
    second = classes.create_class(YEAR, "6A10", SYSTEM)
    pupil("Nguyễn Thị Đào", first, education_id="0812345678")
    pupil("Trần Văn Đạo", second)
    pupil("Đào Văn An", first)
    lost = pupil("Lê Thị Ân", second)
    pupil("Phan Anh", first)
    assert names("đào") == ["Nguyễn Thị Đào", "Đào Văn An", "Trần Văn Đạo"]  # exact accents, given name first
    assert names("dao") == ["Nguyễn Thị Đào", "Trần Văn Đạo", "Đào Văn An"]
    assert names("an") == ["Đào Văn An", "Lê Thị Ân", "Phan Anh"]  # An, Ân by given name; Anh begins with an
    assert names("van dao") == ["Trần Văn Đạo", "Đào Văn An"]
    assert names("an 6a1") == ["Đào Văn An", "Phan Anh"]
    assert names("6a10") == ["Lê Thị Ân", "Trần Văn Đạo"]
    assert names("08123", by_part=True) == ["Nguyễn Thị Đào"]
    assert (names("08123"), names("0812345678")) == ([], ["Nguyễn Thị Đào"])
    assert names("6a9") == []
    number = queries.get_reader_card(lost).card_number
    assert number is not None
    service.replace_lost_card(lost, SYSTEM)
    assert names(number) == ["Lê Thị Ân"]  # a lost card found in the yard still finds its owner
    assert queries.find_by_card(number) is None


def test_search_takes_any_text(sqlite_database: str) -> None:
    pupil("Lê 100% An_")
    for text in ("%", "_", "'", '"', "\\", "x" * 5000, "100%", "−1", "đ" * 200):
        queries.search_readers(text)
    assert names("100%") == [] or names("100%") == ["Lê 100% An_"]
    assert names("%") == []


def test_people_are_ordered_by_given_name(database: str) -> None:
    for name in ("Trần Bình", "Nguyễn Ân", "Lê An", "Đỗ Đạt", "Vũ Dung"):
        pupil(name)
    assert names("") == ["Lê An", "Nguyễn Ân", "Trần Bình", "Vũ Dung", "Đỗ Đạt"]


def test_same_names_are_told_apart_by_class_and_birth_date(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    pupil("Nguyễn Minh Anh", class_id, born_on=date(2015, 1, 2))
    pupil("Nguyễn Minh Anh", class_id, born_on=date(2015, 8, 9))
    pupil("Lê Chi", class_id, born_on=date(2015, 8, 9))
    labels = [card.label for card in queries.list_class_members(class_id)]
    assert labels == [
        "Nguyễn Minh Anh (6A1, sinh 02/01/2015)", "Nguyễn Minh Anh (6A1, sinh 09/08/2015)", "Lê Chi (6A1)",
    ]


def test_paging_counts_everything(sqlite_database: str) -> None:
    for number in range(7):
        pupil(f"Lê An {'ABCDEFG'[number]}")
    page, total = queries.search_readers("lê", limit=3, offset=6)
    assert (total, [card.full_name for card in page]) == (7, ["Lê An G"])


def test_cards_run_on_and_are_never_used_again(database: str) -> None:
    first, second = pupil("Lê An"), pupil("Lê Bình")
    assert queries.get_reader_card(first).card_number == make_card_number(1)
    with pytest.raises(Conflict) as caught:
        service.issue_card(first, SYSTEM)
    assert caught.value.code == "card_has_one"
    assert service.replace_lost_card(first, SYSTEM) == make_card_number(3)
    Card.create(reader=second, number="CU-0001", status="replaced", issued_at=NOW)  # a card of the old system
    assert service.next_card_serial() == 4
    assert [card.status for card in queries.get_reader_details(first).cards] == ["active", "lost"]


def test_leaving_is_refused_while_something_is_open(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    reader_id = pupil("Lê An", classes.create_class(YEAR, "6A1", SYSTEM))
    monkeypatch.setattr(ties, "_questions", [])
    ties.register_ties(lambda asked: [Reason("has_overdues", {"name": "Lê An", "count": 2})] if asked == reader_id else [])
    for attempt in (
        lambda: service.change_status(reader_id, "transferred", SYSTEM),
        lambda: service.remove_reader(reader_id, SYSTEM),
    ):
        with pytest.raises(Refused):
            attempt()
    assert queries.get_reader_card(reader_id).card_number


def test_removing_deletes_the_unused_and_keeps_those_with_history(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    unused = pupil("Lê An", class_id)
    known = teacher("Trần Bình")
    classes.set_homeroom_teacher(class_id, known, SYSTEM)
    assert service.remove_reader(unused, SYSTEM) is True
    with pytest.raises(NotFound):
        queries.get_reader_card(unused)
    assert service.remove_reader(known, SYSTEM) is False
    left = queries.get_reader_card(known)
    assert (left.status, left.card_number) == ("left", None)
    assert names("") == []
    assert names("", status=None) == ["Trần Bình"]
    service.change_status(known, "active", SYSTEM)
    assert service.issue_card(known, SYSTEM) == make_card_number(3)


def test_blocks(database: str) -> None:
    reader_id = pupil("Lê An")
    with pytest.raises(InvalidInput):
        service.block_reader(reader_id, " ", SYSTEM)
    with pytest.raises(InvalidInput):
        service.block_reader(reader_id, "làm hỏng sách", SYSTEM, until=date(2026, 11, 1))
    block = service.block_reader(reader_id, "làm hỏng sách", SYSTEM, until=date(2026, 12, 1))
    assert queries.get_reader_details(reader_id).blocks[0].reason == "làm hỏng sách"
    service.unblock_reader(block, SYSTEM)
    with pytest.raises(NotFound):
        service.unblock_reader(block, SYSTEM)


def test_a_school_may_choose_to_keep_no_birth_dates(database: str) -> None:
    set_preferences({"keep_birth_dates": False}, SYSTEM)
    reader_id = pupil("Lê An", born_on=date(2015, 1, 2))
    assert queries.get_reader_card(reader_id).born_on is None


def test_audit_names_only_what_changed(database: str) -> None:
    reader_id = pupil("Lê An", born_on=date(2015, 1, 2))
    service.update_reader(reader_id, ReaderFields("pupil", "Lê Ân", born_on=date(2015, 1, 2)), SYSTEM)
    service.update_reader(reader_id, ReaderFields("pupil", "Lê Ân", born_on=date(2015, 1, 2)), SYSTEM)
    entries = list(AuditEntry.select().where(AuditEntry.action == "reader.update"))
    assert [(entry.before, entry.after) for entry in entries] == [({"full_name": "Lê An"}, {"full_name": "Lê Ân"})]


def test_names_in_capitals_are_set_as_names() -> None:
    assert rules.tidy_person_name("NGUYỄN THỊ HỒNG ĐÀO") == "Nguyễn Thị Hồng Đào"
    assert rules.tidy_person_name("Y Thim Niê") == "Y Thim Niê"
    assert rules.tidy_person_name("K'Brơi") == "K'Brơi"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_searching_never_fails(sqlite_database: str, text: str) -> None:
    try:
        found, total = queries.search_readers(text)
    except KesachError:
        raise AssertionError("a search has no wrong text") from None
    assert len(found) <= max(total, 0)


def test_merging_keeps_one_card_and_one_class_of_a_year(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    other_class = classes.create_class(YEAR, "6A2", SYSTEM)
    kept, same_class, elsewhere = pupil("An", class_id), pupil("An", class_id), pupil("An", other_class)
    card = queries.get_reader_card(kept).card_number
    merging.merge_readers(kept, same_class, SYSTEM)
    merging.merge_readers(kept, elsewhere, SYSTEM)
    details = queries.get_reader_details(kept)
    assert details.card.card_number == card and len(details.cards) == 3
    assert [(stay.class_name, stay.ended_on is None) for stay in details.enrolments if stay.ended_on is None] == [
        ("6A1", True)
    ]
    assert {stay.class_name for stay in details.enrolments} == {"6A1", "6A2"}
    with pytest.raises(Conflict, match="reader_merge_done"):
        merging.merge_readers(kept, elsewhere, SYSTEM)
    with pytest.raises(InvalidInput, match="reader_merge_same"):
        merging.merge_readers(kept, kept, SYSTEM)


def test_merging_is_all_or_nothing(database: str) -> None:
    kept, twin = pupil("An"), pupil("An")
    service.change_status(kept, "left", SYSTEM)
    with pytest.raises(Conflict, match="reader_merge_active"):
        merging.merge_readers(kept, twin, SYSTEM)
    assert queries.get_reader_card(twin).status == "active"
    assert len(queries.get_reader_details(kept).cards) == 1
    merging.merge_readers(twin, kept, SYSTEM)
    with pytest.raises(Conflict, match="reader_merge_done"):
        service.change_status(kept, "active", SYSTEM)


def test_two_waiting_for_one_title_are_not_merged(database: str) -> None:
    kept, twin = pupil("An"), pupil("An")
    catalogue.ensure_default_collections(SYSTEM)
    record_id = catalogue.create_record(RecordFields(title="Dế Mèn phiêu lưu ký"), SYSTEM)
    add_copies(record_id, 1, "STN", SYSTEM, received_on=date(2026, 8, 20))
    for reader_id in (kept, twin):
        place_hold(reader_id, record_id, actor=SYSTEM)
    with pytest.raises(Conflict, match="reader_merge_clash"):
        merging.merge_readers(kept, twin, SYSTEM)
    assert queries.get_reader_details(twin).card.card_number is not None  # nothing was half done


def test_open_loans_of_a_list_and_cards_still_to_print(database: str) -> None:
    class_id = classes.create_class(YEAR, "6A1", SYSTEM)
    borrower, newcomer = pupil("An", class_id), pupil("Bình", class_id)
    catalogue.ensure_default_collections(SYSTEM)
    record_id = catalogue.create_record(RecordFields(title="Dế Mèn phiêu lưu ký"), SYSTEM)
    copies = add_copies(record_id, 2, "STN", SYSTEM, received_on=date(2026, 8, 20))
    with clock_at(datetime(2026, 10, 1, 2, 0, tzinfo=UTC)):
        check_out(copies[0].barcode, reader_id=borrower, actor=SYSTEM, channel="desk")
    assert list_open_counts([borrower, newcomer]) == {borrower: (1, 1)}
    assert sorted(queries.list_unprinted_cards(class_id)) == sorted([borrower, newcomer])
    assert service.mark_cards_printed([borrower], SYSTEM) == 1
    assert service.mark_cards_printed([borrower], SYSTEM) == 0
    assert queries.list_unprinted_cards(class_id) == [newcomer]
    service.replace_lost_card(borrower, SYSTEM)  # a new card is not printed yet
    assert sorted(queries.list_unprinted_cards(class_id)) == sorted([borrower, newcomer])
