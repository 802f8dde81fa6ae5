"""Use cases of the catalogue on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from library.cataloguing import service
from library.cataloguing.model import Material, RecordFields
from library.cataloguing.queries import list_copies, list_index_rows
from library.cataloguing.tables import Copy, Record
from library.foundation.audit import SYSTEM, Actor
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.tables import AuditEntry, OutboxJob

CO_THU = Actor("staff", "Cô Thư", 1)
TOAN = RecordFields(title="Toán 6", part="Tập 1", authors=("Hà Huy Khoái",), material=Material.TEXTBOOK, price=21_000,
                    isbns=("9786040000088",), subjects=("Toán",), grades=(6,))  # fmt: skip


@pytest.fixture
def school(database: str) -> None:
    service.ensure_default_collections()


def last_audit() -> AuditEntry:
    return AuditEntry.select().order_by(AuditEntry.id.desc()).get()


def jobs_for(record_id: int) -> int:
    return OutboxJob.select().where(OutboxJob.record_id == record_id).count()


def test_a_new_title_is_found_by_the_index_and_the_audit(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    (row,) = list_index_rows([record_id])
    assert (row.title, row.part, row.isbns, row.subjects, row.grades) == (
        "Toán 6", "Tập 1", ("9786040000088",), ("Toán",), (6,),
    )  # fmt: skip
    assert jobs_for(record_id) == 1
    assert (last_audit().action, last_audit().actor_name) == ("record.create", "Cô Thư")


def test_a_change_keeps_before_and_after_and_refuses_stale_forms(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    values, version = service.get_fields(record_id)
    service.update_record(record_id, replace(values, grades=(6, 7), title="Toán"), CO_THU, version=version)
    assert service.get_fields(record_id)[0].grades == (6, 7)
    assert (last_audit().before["title"], last_audit().after["title"]) == ("Toán 6", "Toán")
    with pytest.raises(Conflict, match="record_changed"):
        service.update_record(record_id, values, CO_THU, version=version)
    entries = AuditEntry.select().count()
    service.update_record(record_id, service.get_fields(record_id)[0], CO_THU)
    assert AuditEntry.select().count() == entries  # nothing changed, nothing said


def test_titles_without_title_or_with_a_wrong_isbn_are_refused(school: None) -> None:
    for bad, field in ((replace(TOAN, title="  "), "title"), (replace(TOAN, isbns=("9786040000089",)), "isbns")):
        with pytest.raises(InvalidInput) as refusal:
            service.create_record(bad, CO_THU)
        assert refusal.value.params["field"] == field
    assert Record.select().count() == 0


def test_copies_take_the_next_numbers_of_their_kho_and_step_over_taken_ones(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    first = service.add_copies(record_id, 2, "SGK", CO_THU)
    assert [copy.accession_number for copy in first] == ["SGK.000001", "SGK.000002"]
    service.add_copies(record_id, 0, "STK", CO_THU, numbers=["SGK.000003", "cũ 12"])
    assert [copy.accession_number for copy in service.add_copies(record_id, 2, "SGK", CO_THU)] == [
        "SGK.000004", "SGK.000005",
    ]  # fmt: skip
    service.add_copies(record_id, 0, "SGK", CO_THU, numbers=["SGK.000100"])
    (after_gap,) = service.add_copies(record_id, 1, "SGK", CO_THU)
    assert after_gap.accession_number == "SGK.000101"
    copies = list_copies(record_id)
    assert [copy.barcode for copy in copies if copy.accession_number == "cũ 12"] == ["CU12"]
    assert {copy.price for copy in copies} == {21_000}
    assert {copy.received_on for copy in copies} == {today()}


def test_a_taken_number_adds_nothing_at_all(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    service.add_copies(record_id, 1, "SGK", CO_THU)
    for numbers in (["SGK.000050", "sgk.000001"], ["X1", "x 1"]):
        with pytest.raises(Conflict, match="accession_taken"):
            service.add_copies(record_id, 0, "SGK", CO_THU, numbers=numbers)
    assert Copy.select().count() == 1
    with pytest.raises(InvalidInput, match="accession_bad"):
        service.add_copies(record_id, 0, "SGK", CO_THU, numbers=["9786040000088"])


def test_a_withdrawn_copy_keeps_its_number_in_the_register(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    (copy,) = service.add_copies(record_id, 1, "SGK", CO_THU)
    service.withdraw_copy(copy.id, "outdated", CO_THU, minutes="01/BB-TV 20/11/2026")
    row = Copy.get_by_id(copy.id)
    assert (row.status, row.withdrawal_reason, row.accession_number) == ("withdrawn", "outdated", "SGK.000001")
    with pytest.raises(Conflict, match="copy_is_withdrawn"):
        service.change_copy(copy.id, CO_THU, note="x")
    with pytest.raises(Conflict, match="accession_taken"):
        service.add_copies(record_id, 0, "SGK", CO_THU, numbers=["SGK.000001"])
    with pytest.raises(Conflict, match="record_has_copies"):
        service.delete_record(record_id, CO_THU)
    (row,) = list_index_rows([record_id])
    assert row.accession_numbers == ()


def lend(copy_id: int) -> None:
    from library.lending.tables import Loan

    with transaction():
        Loan.create(
            copy=copy_id, channel="desk", loaned_at=now(), loaned_on=today(), due_on=today(), first_due_on=today(),
            reader_kind="pupil", school_year="2026-2027", material="textbook", collection="SGK",
        )  # fmt: skip


def test_a_copy_on_loan_is_neither_withdrawn_nor_reported_lost_by_hand(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    (copy,) = service.add_copies(record_id, 1, "SGK", CO_THU)
    lend(copy.id)
    with pytest.raises(Conflict, match="copy_is_lent"):
        service.withdraw_copy(copy.id, "lost", CO_THU)
    with pytest.raises(Conflict, match="copy_is_lent"):
        service.change_copy(copy.id, CO_THU, status="lost")
    service.change_copy(copy.id, CO_THU, note="Bìa rách", condition="worn")
    assert Copy.get_by_id(copy.id).note == "Bìa rách"


def test_deleting_a_title_without_copies_takes_it_out_of_the_index(school: None) -> None:
    record_id = service.create_record(TOAN, CO_THU)
    service.delete_record(record_id, CO_THU)
    assert list(list_index_rows([record_id])) == []
    with pytest.raises(NotFound, match="record_unknown"):
        service.get_fields(record_id)
    assert Record.select().count() == 1  # the row stays for the registers


def test_merging_moves_copies_and_numbers(school: None) -> None:
    kept = service.create_record(TOAN, CO_THU)
    other = service.create_record(replace(TOAN, isbns=("9786040000095",), title="Toan 6"), CO_THU)
    service.add_copies(other, 2, "SGK", CO_THU)
    service.merge_records(kept, other, CO_THU)
    assert [copy.accession_number for copy in list_copies(kept)] == ["SGK.000001", "SGK.000002"]
    assert service.get_fields(kept)[0].isbns == ("9786040000088", "9786040000095")
    assert Record.get_by_id(other).merged_into_id == kept
    assert list(list_index_rows([other])) == []
    with pytest.raises(InvalidInput, match="merge_same"):
        service.merge_records(kept, kept, CO_THU)


def test_a_school_makes_its_own_kho(school: None) -> None:
    service.create_collection("tnn", "Truyện nước ngoài", "PM.{:06d}", CO_THU, next_number=2774)
    record_id = service.create_record(TOAN, CO_THU)
    (copy,) = service.add_copies(record_id, 1, "TNN", CO_THU)
    assert copy.accession_number == "PM.002774"
    with pytest.raises(Conflict, match="collection_taken"):
        service.create_collection("TNN", "Trùng", "T.{:06d}", SYSTEM)
    with pytest.raises(NotFound, match="collection_unknown"):
        service.add_copies(record_id, 1, "KHONG", CO_THU)
