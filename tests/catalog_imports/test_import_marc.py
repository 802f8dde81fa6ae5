"""Bringing MARC in: created once, updated, undone, resumed after a crash, on both databases."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from pymarc import Field as MarcField
from pymarc import Indicators, Subfield
from pymarc import Record as MarcRecord

from catalog_imports import apply, service
from catalog_imports.model import ImportOptions
from catalog_imports.samples.make_samples import TITLES, make_record
from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing import service as cataloguing
from library.cataloguing.tables import Copy, Record
from library.foundation.audit import SYSTEM
from library.foundation.errors import Conflict, InvalidInput
from library.foundation.tables import AuditEntry, OutboxJob
from library.settings import Settings

FATES = ("created", "updated", "unchanged", "duplicates", "rejected")
SHAPE = ["batch", "source", "dry_run", "read", *FATES, "copies_created", "seconds", "problems", "problems_file"]


def fates(result: dict) -> dict[str, int]:
    assert list(result) == SHAPE
    assert result["read"] == sum(result[name] for name in FATES)
    return {name: result[name] for name in FATES if result[name]}


def test_the_sample_comes_in_with_its_copies(school: Settings, marc_file: Path, catalogue) -> None:
    result = service.import_marc(school, marc_file)
    assert fates(result) == {"created": 12}
    assert result["copies_created"] == 23
    copies = {copy.accession_number: copy for copy in Copy.select()}
    assert set(copies) >= {"STN.000001", "SGK.000006", "TRC.000001"}
    assert copies["SGK.000001"].collection.code == "SGK"
    men = Record.get(Record.title == "Dế Mèn phiêu lưu ký")
    assert (men.price, men.call_number, men.material, men.isbn) == (25_000, "ĐV13", "children", "9786042000017")
    assert OutboxJob.select().count() == 12
    assert {entry.action for entry in AuditEntry.select()} >= {"import.start", "import.finish"}
    assert Path(result["problems_file"]).read_text("utf-8-sig").count("encoding_flag") == 12


def test_the_same_file_again_creates_nothing(school: Settings, marc_file: Path, catalogue) -> None:
    service.import_marc(school, marc_file)
    before = catalogue()
    result = service.import_marc(school, marc_file)
    assert fates(result) == {"unchanged": 12}
    assert result["copies_created"] == 0
    assert catalogue() == before


def test_a_dry_run_says_the_same_and_writes_nothing(
    school: Settings, marc_file: Path, tmp_path: Path, catalogue
) -> None:
    doubled = tmp_path / "hai-lan.mrc"
    doubled.write_bytes(marc_file.read_bytes() + b"\n" + marc_file.read_bytes() + b"00000bad\x1d")
    before = catalogue()
    planned = service.import_marc(school, doubled, dry_run=True)
    assert catalogue() == before
    assert ImportBatch.select().count() == OutboxJob.select().count() == 0
    assert not list(school.files_dir.rglob("*")) if school.files_dir.exists() else True
    real = service.import_marc(school, doubled)
    assert fates(planned) == fates(real) == {"created": 12, "duplicates": 12, "rejected": 1}
    assert planned["copies_created"] == real["copies_created"] == 23
    assert [p["code"] for p in planned["problems"]] == [p["code"] for p in real["problems"]]


def test_an_accession_number_twice_in_a_file_brings_the_second_record_without_it(
    school: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "trung-so.mrc"
    second = make_record(2, TITLES[1]).replace(b"STN.000004", b"STN.000001")
    file.write_bytes(make_record(1, TITLES[0]) + second)
    result = service.import_marc(school, file)
    assert fates(result) == {"created": 2}
    (problem,) = [p for p in result["problems"] if p["code"] == "accession_in_file_twice"]
    assert problem["position"] == 2 and "STN.000001" in problem["message"]
    assert {copy.record.title for copy in Copy.select().where(Copy.accession_number == "STN.000001")} == {TITLES[0][0]}


def test_a_number_of_another_book_is_refused_and_named(school: Settings, tmp_path: Path) -> None:
    cataloguing.ensure_default_collections()
    from library.cataloguing.model import RecordFields

    other = cataloguing.create_record(RecordFields(title="Sách có trước"), SYSTEM)
    cataloguing.add_copies(other, 0, "STN", SYSTEM, numbers=["STN.000001"])
    file = tmp_path / "mot.mrc"
    file.write_bytes(make_record(1, TITLES[0]))
    result = service.import_marc(school, file)
    assert result["copies_created"] == 2
    assert any("Sách có trước" in p["message"] for p in result["problems"])


def changed(record: bytes) -> bytes:
    return record.replace(b"Kim", b"KIM").replace(b"Truye", b"Chuye")


def test_a_newer_version_from_the_same_source_updates_what_nobody_touched(
    school: Settings, tmp_path: Path, catalogue
) -> None:
    old, new = tmp_path / "cu.mrc", tmp_path / "moi.mrc"
    old.write_bytes(make_record(1, TITLES[0]) + make_record(2, TITLES[1]))
    new.write_bytes(changed(make_record(1, TITLES[0])) + changed(make_record(2, TITLES[1])))
    service.import_marc(school, old)
    edited = Record.get(Record.title == TITLES[1][0])
    values, _ = cataloguing.get_fields(edited.id)
    cataloguing.update_record(edited.id, replace(values, summary="Cô Thư viết thêm"), SYSTEM)
    before = catalogue()

    result = service.import_marc(school, new)
    assert fates(result) == {"updated": 1, "duplicates": 1}
    assert Record.get(Record.title == TITLES[0][0]).publisher == "KIM Đồng"
    assert Record.get_by_id(edited.id).summary == "Cô Thư viết thêm"

    undone = service.undo_import(school, result["batch"])
    assert (undone["restored"], undone["kept"]) == (1, [])
    assert Record.get(Record.title == TITLES[0][0]).publisher == "Kim Đồng"
    assert catalogue() == before


def test_undo_takes_back_everything_and_the_file_can_come_in_again(
    school: Settings, marc_file: Path, catalogue
) -> None:
    cataloguing.ensure_default_collections()
    before = catalogue()
    first = service.import_marc(school, marc_file)
    undone = service.undo_import(school, first["batch"])
    assert (undone["removed"], undone["copies_removed"], undone["kept"]) == (12, 23, [])
    assert {name: value for name, value in catalogue().items() if name != "kho"} == {
        name: value for name, value in before.items() if name != "kho"
    }
    with pytest.raises(Conflict, match="import_undone_already"):
        service.undo_import(school, first["batch"])
    assert fates(service.import_marc(school, marc_file)) == {"created": 12}


def test_undo_keeps_and_lists_what_has_been_used(school: Settings, marc_file: Path) -> None:
    from tests.cataloguing.test_service import lend

    result = service.import_marc(school, marc_file)
    lent, edited = (Record.get(Record.title == title) for title in ("Số đỏ", "Tắt đèn"))
    lend(Copy.get(Copy.record == lent.id).id)
    values, _ = cataloguing.get_fields(edited.id)
    cataloguing.update_record(edited.id, replace(values, pages="999 tr."), SYSTEM)
    copy = Copy.get(Copy.accession_number == "SGK.000001")
    cataloguing.change_copy(copy.id, SYSTEM, note="Mất trang 5")

    undone = service.undo_import(school, result["batch"])
    assert {(kept["title"], kept["code"]) for kept in undone["kept"]} == {
        ("Số đỏ", "copies_used"), ("Tắt đèn", "record_edited"), ("Toán 6", "copies_used"),
    }  # fmt: skip
    assert undone["removed"] == 9
    living = {row.title for row in Record.select().where(Record.deleted_at.is_null())}
    assert living == {"Số đỏ", "Tắt đèn", "Toán 6"}
    assert {row.accession_number for row in Copy.select()} == {"STK.000003", "SGK.000001"}


class PowerCut(Exception):
    """The process dies here."""


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "CHUNK", 5)


def test_an_interrupted_import_goes_on_where_it_stopped(
    school: Settings, marc_file: Path, catalogue, small_chunks: None
) -> None:
    def cut(done: int, total: int) -> None:
        assert total == 12
        if done >= 10:
            raise PowerCut

    with pytest.raises(PowerCut):
        service.import_marc(school, marc_file, progress=cut)
    (batch,) = service.list_interrupted()
    assert (batch.done_until, batch.counts["created"]) == (10, 10)
    assert Record.select().count() == 10

    (result,) = service.resume_interrupted(school)
    assert result["batch"] == batch.number
    assert fates(result) == {"created": 12}
    assert result["copies_created"] == Copy.select().count() == 23
    assert [item.position for item in ImportItem.select().order_by(ImportItem.position)] == list(range(1, 13))
    assert service.list_interrupted() == []
    assert not list((school.files_dir / "imports").glob("*.part"))
    once = catalogue()
    assert fates(service.import_marc(school, marc_file)) == {"unchanged": 12}
    assert catalogue() == once


def test_running_the_command_again_after_a_crash_also_goes_on(
    school: Settings, marc_file: Path, small_chunks: None
) -> None:
    def cut(done: int, total: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        service.import_marc(school, marc_file, progress=cut)
    result = service.import_marc(school, marc_file)
    assert fates(result) == {"created": 12}
    assert ImportBatch.select().count() == 1


def test_the_same_file_goes_on_as_it_was_begun(school: Settings, tmp_path: Path, small_chunks: None) -> None:
    """Half of a file with copies and half without helps nobody: the choices are the batch's, and the preview says so."""
    file = tmp_path / "no-copies.mrc"
    with file.open("wb") as out:
        for number in range(12):
            record = MarcRecord()
            title = MarcField("245", Indicators("0", "0"), [Subfield("a", f"Truyện số {number}")])
            record.add_field(MarcField("001", data=f"x{number}"), title)
            out.write(record.as_marc())

    def cut(done: int, total: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        service.import_marc(school, file, copies_each=2, progress=cut)
    (batch,) = service.list_interrupted()
    assert Copy.select().count() == 10
    seen = service.plan_import(school, "marc", file, ImportOptions(), actor=SYSTEM)
    assert seen["continues"] == batch.number
    result = service.import_marc(school, file)
    assert result["batch"] == batch.number
    assert result["copies_created"] == Copy.select().count() == 2 * result["created"]
    assert service.plan_import(school, "marc", file, ImportOptions(), actor=SYSTEM)["continues"] is None


def test_an_interrupted_import_can_be_undone_instead(
    school: Settings, marc_file: Path, catalogue, small_chunks: None
) -> None:
    cataloguing.ensure_default_collections()

    def cut(done: int, total: int) -> None:
        raise PowerCut

    with pytest.raises(PowerCut):
        service.import_marc(school, marc_file, progress=cut)
    (batch,) = service.list_interrupted()
    undone = service.undo_import(school, batch.number)
    assert undone["removed"] == 5
    assert catalogue()["records"] == catalogue()["copies"] == []
    with pytest.raises(InvalidInput, match="import_not_running"):
        service.resume_import(school, batch.number)


def test_a_chunk_that_fails_leaves_nothing_of_itself(
    school: Settings, marc_file: Path, catalogue, small_chunks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cataloguing.ensure_default_collections()
    real, calls = apply.enqueue_index, iter(range(9))

    def full_disk(ids: Iterable[int]) -> None:
        if next(calls) == 1:
            raise OSError(28, "No space left on device")
        real(ids)

    monkeypatch.setattr(apply, "enqueue_index", full_disk)
    with pytest.raises(OSError):
        service.import_marc(school, marc_file)
    assert Record.select().count() == ImportItem.select().count() == OutboxJob.select().count() == 5
    assert service.list_interrupted()[0].done_until == 5


def test_every_new_title_can_get_copies(school: Settings, tmp_path: Path) -> None:
    file = tmp_path / "khong-ban.mrc"
    bare = make_record(1, (*TITLES[0][:10], (), *TITLES[0][11:]))
    file.write_bytes(bare)
    result = service.import_marc(school, file, copies_each=3)
    assert result["copies_created"] == 3
    assert {copy.accession_number for copy in Copy.select()} == {"STN.000001", "STN.000002", "STN.000003"}
    again = service.import_marc(school, file, copies_each=3)
    assert again["copies_created"] == 0


def test_two_processes_never_write_the_same_chunk(school: Settings, marc_file: Path, small_chunks: None) -> None:
    def overtake(done: int, total: int) -> None:
        ImportBatch.update(done_until=12).execute()  # the other one was faster

    with pytest.raises(Conflict, match="import_running"):
        service.import_marc(school, marc_file, progress=overtake)
    assert Record.select().count() == 5
