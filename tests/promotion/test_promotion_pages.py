"""The promotion screens through a real browser session: log by scan and by words, errors beside the field, roles."""

from __future__ import annotations

import re
from datetime import date

import pytest
from promotion_school import add_class, add_department, add_record

from library.cataloguing.tables import Collection, Copy
from library.foundation.clock import at_local, clock_at, now
from library.foundation.database import transaction
from library.foundation.outbox import enqueue_index
from library.promotion import queries
from library.promotion.model import SessionStatus, Slot
from tests.staff_client import page


@pytest.fixture(autouse=True)
def november():
    with clock_at(at_local(date(2026, 11, 22), 9)):
        yield


def add_copy(record, number: str = "STN.000123") -> None:
    with transaction():
        collection = Collection.create(code="STN", name="Sách thiếu nhi", number_pattern="STN.{:06d}")
        Copy.create(
            record=record, accession_number=number, barcode=number, collection=collection,
            received_on=date(2026, 9, 1), created_at=now(),
        )  # fmt: skip
        enqueue_index([record.id])


def test_log_a_session_by_scanning_and_by_typing_without_accents(client, login_as) -> None:
    token = login_as(client, "assistant")
    scanned, typed = add_record("Dế Mèn phiêu lưu ký"), add_record("Đất rừng phương Nam", author="Đoàn Giỏi")
    add_copy(scanned)
    with transaction():
        enqueue_index([typed.id])
    form = {
        "csrf_token": token, "held_on": "2026-11-09", "slot": "theme", "form": "flag_salute", "theme": "Tôn sư trọng đạo",
        "audience": "Toàn trường", "attendance": "1.480", "presenter": "Cô Hạnh", "status": "held",
    }  # fmt: skip
    after_scan = page(client.post("/staff/promotion/new", data={**form, "do": "enter", "book": "stn.000123"}))
    assert f'name="record" value="{scanned.id}"' in after_scan and "1.480" in after_scan
    found = page(
        client.post("/staff/promotion/new", data={**form, "record": scanned.id, "do": "find", "book": "dat rung"})
    )
    assert f'name="add" value="{typed.id}"' in found
    added = page(client.post("/staff/promotion/new", data={**form, "record": scanned.id, "add": typed.id}))
    assert re.findall(r'name="record" value="(\d+)"', added) == [str(scanned.id), str(typed.id)]
    saved = client.post("/staff/promotion/new", data={**form, "record": [scanned.id, typed.id], "do": "save"})
    assert saved.status_code == 302 and saved.location.endswith("month=2026-11")
    (session,) = queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30))
    assert session.attendance == 1480 and len(session.books) == 2
    month = page(client.get(saved.location))
    assert "Còn 1 buổi cần tổ chức" in month and "còn 8 ngày" in month and "1.480 lượt dự" in month


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, login_as) -> None:
    token = login_as(client)
    form = {"csrf_token": token, "held_on": "31/11/2026", "slot": "department", "form": "quiz", "attendance": "nhiều",
            "presenter": "Thầy Khoa <b>", "status": "held", "do": "save"}  # fmt: skip
    shown = page(client.post("/staff/promotion/new", data=form))
    assert "Ngày chưa đúng" in shown and "Số lượt dự cần là một số" in shown and "Thầy Khoa &lt;b&gt;" in shown
    shown = page(client.post("/staff/promotion/new", data={**form, "held_on": "09/11/2026", "attendance": "30"}))
    assert "cần chọn tổ chuyên môn" in shown and 'id="e-department"' in shown
    shown = page(client.post("/staff/promotion/new", data={**form, "do": "find", "book": "x" * 900}))
    assert "Không tìm thấy sách" in shown
    assert queries.list_sessions(date(2026, 1, 1), date(2026, 12, 31)) == []


def test_a_plan_is_held_then_deleted_by_the_librarian_only(client, login_as) -> None:
    token = login_as(client, "librarian")
    department = add_department("Tổ Ngữ văn")
    client.post("/staff/promotion/new", data={
        "csrf_token": token, "held_on": "2026-11-22", "slot": "department", "department": department.id,
        "form": "department_meeting", "status": "planned", "do": "save",
    })  # fmt: skip
    (session,) = queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30))
    assert session.status is SessionStatus.PLANNED
    assert "Kế hoạch Chủ nhật, 22/11" in page(client.get("/staff/promotion"))
    client.post(f"/staff/promotion/{session.id}/held", data={"csrf_token": token, "attendance": "14"})
    assert Slot.DEPARTMENT not in queries.missing_slots(date(2026, 11, 22))
    assert "14" in page(client.get(f"/staff/promotion/{session.id}"))
    other = client.application.test_client()
    assistant = login_as(other, "assistant")
    assert other.post(f"/staff/promotion/{session.id}/delete", data={"csrf_token": assistant}).status_code == 403
    client.post(f"/staff/promotion/{session.id}/delete", data={"csrf_token": token})
    assert queries.list_sessions(date(2026, 11, 1), date(2026, 11, 30)) == []


def test_viewers_look_and_strangers_do_not(client, login_as) -> None:
    assert client.get("/staff/promotion").status_code in (302, 401)
    token = login_as(client, "viewer")
    for path in ("", "?month=2026-10", "?month=rubbish", "/year", "/year?year=abc", "/register"):
        page(client.get(f"/staff/promotion{path}"))
    assert client.get("/staff/promotion/new").status_code == 403
    assert client.post("/staff/promotion/themes", data={"csrf_token": token}).status_code == 403
    assert client.get("/staff/promotion/999999").status_code == 404


def test_a_form_without_its_token_changes_nothing(client, login_as) -> None:
    login_as(client)
    answer = client.post("/staff/promotion/new", data={"held_on": "2026-11-09", "slot": "theme", "theme": "x", "form": "quiz",
                                                       "do": "save"})  # fmt: skip
    assert answer.status_code == 400
    assert queries.list_sessions(date(2026, 1, 1), date(2026, 12, 31)) == []


def test_reading_periods_and_themes(client, login_as) -> None:
    token = login_as(client)
    school_class = add_class("6A1")
    bad = page(
        client.post("/staff/promotion/reading", data={"csrf_token": token, "held_on": "2026-11-12", "kind": "reading"})
    )
    assert "Ghi số học sinh" in bad and "Chọn lớp" in bad
    good = client.post("/staff/promotion/reading", data={
        "csrf_token": token, "held_on": "2026-11-12", "kind": "reading", "school_class": school_class.id, "pupils": "41",
        "period": "3",
    })  # fmt: skip
    assert "1 tiết, 41 lượt học sinh" in page(client.get(good.location))
    (row,) = queries.list_reading_periods(date(2026, 11, 1), date(2026, 11, 30))
    client.post(f"/staff/promotion/reading/{row.id}/delete", data={"csrf_token": token, "month": "2026-11"})
    assert queries.list_reading_periods(date(2026, 11, 1), date(2026, 11, 30)) == []
    client.post(
        "/staff/promotion/themes", data={"csrf_token": token, "year": "2026-2027", "theme_11": "Tri ân thầy cô"}
    )
    assert "Tri ân thầy cô" in page(client.get("/staff/promotion"))
    empty = page(
        client.post("/staff/promotion/themes", data={"csrf_token": token, "year": "2026-2027", "theme_11": ""})
    )
    assert "Chủ điểm đang để trống" in empty
