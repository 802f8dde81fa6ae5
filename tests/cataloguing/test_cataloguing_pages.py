"""The librarian's screens of the catalogue and of imports, through the real app."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from catalog_imports import jobs
from catalog_imports.samples.make_samples import BOOKS_FILE, MARC_FILE
from catalog_imports.tables import ImportBatch
from library.cataloguing import service
from library.cataloguing.model import RecordFields
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.audit import SYSTEM
from tests.staff_client import plain

MEN = {"title": "Dế Mèn phiêu lưu ký", "authors": "Tô Hoài", "year": "2015", "isbns": "978-604-200-001-7",
       "grades": "5, 6", "material": "children", "price": "25.000", "language": "vie"}  # fmt: skip


@pytest.fixture
def token(client: FlaskClient, login_as) -> str:
    return login_as(client, "librarian")


def post(client: FlaskClient, url: str, token: str, **data: object):
    return client.post(url, data={"csrf_token": token, **data}, content_type="multipart/form-data")


def test_a_title_is_catalogued_found_and_changed(client: FlaskClient, token: str) -> None:
    made = post(client, "/staff/records/new", token, **MEN)
    assert made.status_code == 303
    record_id = Record.get().id
    assert (Record.get().price, Record.get().isbn) == (25_000, "9786042000017")
    found = client.get("/staff/records?q=de men").get_data(as_text=True)
    assert "Dế Mèn phiêu lưu ký" in found

    added = post(client, f"/staff/records/{record_id}/copies", token, count="2", collection="STN")
    assert added.status_code == 303
    page = client.get(f"/staff/records/{record_id}").get_data(as_text=True)
    assert "STN.000001" in page and "Còn trên kệ" in page

    form = client.get(f"/staff/records/{record_id}/edit").get_data(as_text=True)
    version = re.search(r'name="version" value="(\d+)"', form)
    assert version
    changed = post(
        client, f"/staff/records/{record_id}/edit", token, **MEN | {"title": "Dế mèn", "version": version[1]}
    )
    assert changed.status_code == 303
    stale = post(client, f"/staff/records/{record_id}/edit", token, **MEN | {"version": version[1]})
    assert stale.status_code == 422
    assert "đã được người khác sửa" in stale.get_data(as_text=True)


def test_mistakes_are_named_beside_their_fields_and_nothing_is_lost(client: FlaskClient, token: str) -> None:
    answer = post(client, "/staff/records/new", token, **MEN | {"title": " ", "isbns": "9786042000018", "year": "xưa"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    for words in ("Ghi nhan đề của sách", "sai số kiểm tra", "bốn chữ số", 'value="Tô Hoài"'):
        assert words in page
    assert Record.select().count() == 0


def test_a_taken_number_is_refused_on_the_form(client: FlaskClient, token: str) -> None:
    service.ensure_default_collections()
    record_id = service.create_record(RecordFields(title="Số đỏ"), SYSTEM)
    service.add_copies(record_id, 1, "STK", SYSTEM)
    answer = post(
        client, f"/staff/records/{record_id}/copies", token, count="1", collection="STK", numbers="STK.000001"
    )
    assert answer.status_code == 422
    assert "STK.000001 đã có ở sách “Số đỏ”" in answer.get_data(as_text=True)


def test_a_copy_is_changed_and_withdrawn(client: FlaskClient, token: str) -> None:
    service.ensure_default_collections()
    record_id = service.create_record(RecordFields(title="Số đỏ"), SYSTEM)
    (copy,) = service.add_copies(record_id, 1, "STK", SYSTEM, price=45_000, received_on=date(2026, 8, 20))
    entry = plain(client.get(f"/staff/copies/{copy.id}").text)
    assert "Ngày nhập kho 20/08/2026" in entry and "Giá 45.000 đ" in entry and "Nguồn Hồi cố" in entry
    saved = post(client, f"/staff/copies/{copy.id}", token, status="repair", use="loan", condition="damaged",
                 collection="STK", shelf_location="Kệ 3", note="Gãy gáy")  # fmt: skip
    assert saved.status_code == 303
    assert (Copy.get().status, Copy.get().shelf_location) == ("repair", "Kệ 3")
    post(client, f"/staff/copies/{copy.id}/withdraw", token, reason="damaged", minutes="02/BB")
    assert Copy.get().status == "withdrawn"
    assert "Hư hỏng không thể phục hồi" in client.get(f"/staff/copies/{copy.id}").get_data(as_text=True)
    deleted = post(client, f"/staff/records/{record_id}/delete", token)
    assert deleted.status_code == 303
    assert "còn 1 bản trong sổ đăng ký" in client.get(f"/staff/records/{record_id}").get_data(as_text=True)


def test_a_kho_with_a_bad_pattern_is_refused(client: FlaskClient, token: str) -> None:
    answer = post(client, "/staff/collections", token, code="TNN", name="Truyện", number_pattern="TNN")
    assert answer.status_code == 422
    assert "Viết số đầu tiên của kho, ví dụ STK.000001." in answer.get_data(as_text=True)


@pytest.mark.parametrize("typed", ["TNN.00001", "TNN.{:05d}"])
def test_a_kho_learns_its_pattern_from_its_first_number(client: FlaskClient, token: str, typed: str) -> None:
    made = post(client, "/staff/collections", token, code="TNN", name="Truyện", number_pattern=typed, home_loan="1")
    assert made.status_code == 303
    assert Collection.get(Collection.code == "TNN").number_pattern == "TNN.{:05d}"
    shown = client.get("/staff/collections?edit=TNN").get_data(as_text=True)
    assert "TNN.00001" in shown and "{:" not in shown


def test_a_pattern_left_as_shown_is_kept_as_it_is(client: FlaskClient, token: str) -> None:
    """Its example alone would not tell which digits run."""
    service.create_collection("NAM", "Sách theo năm", "NAM.{:04d}.2026", SYSTEM)
    same = post(
        client, "/staff/collections", token, known="NAM", name="Sách năm", number_pattern="NAM.0001.2026", next_number="7",
    )
    assert same.status_code == 303
    kho = Collection.get(Collection.code == "NAM")
    assert (kho.name, kho.number_pattern, kho.next_number) == ("Sách năm", "NAM.{:04d}.2026", 7)


def test_a_record_can_be_downloaded(client: FlaskClient, token: str) -> None:
    record_id = service.create_record(RecordFields(title="Số đỏ"), SYSTEM)
    assert client.get(f"/staff/records/{record_id}/marc").data.endswith(b"\x1d")
    assert b"<record" in client.get(f"/staff/records/{record_id}/marc?form=xml").data
    assert client.get("/staff/records/999").status_code == 404


def follow(client: FlaskClient, location: str):
    """Go where the page leads, waiting for the job it shows."""
    answer = client.get(location)
    while answer.status_code == 303:
        key = re.search(r"(?:job=|working/)([\w-]{16})", answer.headers["Location"])
        job = jobs.find_job(key[1]) if key else None
        if job is not None:
            assert job.finished.wait(60)
        answer = client.get(answer.headers["Location"])
    return answer


def upload(client: FlaskClient, token: str, file: Path, kind: str):
    answer = post(client, "/staff/imports", token, kind=kind, file=(BytesIO(file.read_bytes()), file.name))
    assert answer.status_code == 303
    return follow(client, answer.headers["Location"])


@pytest.mark.parametrize(("file", "kind", "titles"), [(MARC_FILE, "marc", 12), (BOOKS_FILE, "books", 5)])
def test_a_file_is_previewed_brought_in_and_taken_back(
    client: FlaskClient, token: str, file: Path, kind: str, titles: int
) -> None:
    preview = upload(client, token, file, kind)
    assert preview.status_code == 200
    page = preview.get_data(as_text=True)
    assert f"Nhập {titles} mục" in page
    assert Record.select().count() == ImportBatch.select().count() == 0

    digest = re.search(r"/staff/imports/apply/([0-9a-f]{64})", page)
    assert digest
    again = post(client, digest[0], token, kind=kind, name=file.name, copies_each="3", again="1")
    assert 'name="copies_each" value="3"' in re.sub(r'(id|type)="[^"]*" ', "", follow(client, again.headers["Location"]).text)
    assert ImportBatch.select().count() == 0  # looked at once more, nothing brought in
    started = post(client, digest[0], token, kind=kind, name=file.name, profile="auto")
    running = jobs.find_job(started.headers["Location"].rsplit("/", 1)[1])
    assert running and running.finished.wait(60)
    result = follow(client, started.headers["Location"])
    batch = ImportBatch.get()
    assert f"Đợt nhập {batch.number}" in result.get_data(as_text=True)
    assert (batch.status, batch.counts["created"], batch.staff_name[:6]) == ("done", titles, "Thủ th")

    undone = post(client, f"/staff/imports/{batch.number}/undo", token)
    assert undone.status_code == 303
    assert f"gỡ {titles} mục" in client.get(undone.headers["Location"]).get_data(as_text=True)
    assert not Record.select().where(Record.deleted_at.is_null()).exists()


def test_a_bad_upload_is_named_and_nothing_is_kept_in_the_catalogue(
    client: FlaskClient, token: str, tmp_path: Path
) -> None:
    fake = tmp_path / "bieu-ghi.mrc"
    fake.write_bytes(b"%PDF-1.7 nothing to see")
    answer = upload(client, token, fake, "marc")
    assert answer.status_code == 422
    assert "bieu-ghi.mrc là tệp PDF" in answer.get_data(as_text=True)
    missing = post(client, "/staff/imports", token, kind="marc")
    assert missing.status_code == 422
    gone = follow(client, f"/staff/imports/preview/{'0' * 64}?kind=marc&name=x")
    assert "Chọn lại tệp" in gone.get_data(as_text=True)
    assert ImportBatch.select().count() == 0


def test_who_may_not_import_is_refused(client: FlaskClient, login_as) -> None:
    token = login_as(client, "assistant")
    assert client.get("/staff/imports").status_code == 200
    assert post(client, "/staff/imports", token, kind="marc").status_code == 403
    token = login_as(client, "viewer")
    assert client.get("/staff/imports").status_code == 403
    assert post(client, "/staff/records/new", token, title="X").status_code == 403
